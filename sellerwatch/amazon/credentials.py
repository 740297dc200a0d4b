"""The three secrets that open one seller account, and the check that all of them are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from sellerwatch.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Credentials:
    """What Login with Amazon asks for. The field names are the ones the SP-API client reads."""

    refresh_token: str = field(repr=False)
    lwa_app_id: str
    lwa_client_secret: str = field(repr=False)


def validate(credentials: Credentials, variables: Mapping[str, str], *, where: str = "") -> Credentials:
    """Return the credentials when all three are usable.

    An empty one must stop here: the client would otherwise look for it in the environment and in files, and might find
    another seller's.

    Args:
        credentials: what was configured.
        variables: environment variable by field name, for the message; a field not listed is named itself.
        where: the store, for the message.

    Raises:
        ConfigError: one or more are empty or contain white space; the message names each variable, never a value.
    """
    faults = [
        f"{variables.get(item.name, item.name)} {fault}"
        for item in fields(credentials)
        if (fault := _fault(getattr(credentials, item.name)))
    ]
    if faults:
        raise ConfigError(
            f"Amazon credentials are not usable: {', '.join(faults)}",
            where=where,
            remedy="Set it to the value Seller Central shows for the app, without quotes or spaces",
        )
    return credentials


def _fault(value: str) -> str:
    """Return what is wrong with a secret without saying what it is."""
    if not value.strip():
        return "is empty"
    return "contains white space" if len(value.split()) > 1 or value != value.strip() else ""
