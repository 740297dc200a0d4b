"""The secrets that open one seller account and its advertising, and the check that all of them are there."""

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
    values = {item.name: str(getattr(credentials, item.name)) for item in fields(credentials)}
    _require_usable(values, variables, what="Amazon credentials", where=where)
    return credentials


@dataclass(frozen=True, slots=True)
class AdsAccount:
    """What opens a seller's advertising: an app of its own, a consent of its own, and one profile per marketplace.

    Attributes:
        refresh_token: of the Ads API; the one of the Selling Partner API opens nothing here.
        client_id: of the app.
        client_secret: of the app.
        profiles: profile id by marketplace code.
        base_url: None for Amazon itself, or a server that stands in for it.
    """

    refresh_token: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    profiles: Mapping[str, str]
    base_url: str | None = None


def validate_ads(account: AdsAccount, variables: Mapping[str, str], *, where: str = "") -> AdsAccount:
    """Return the account when its secrets and profiles are usable.

    Args:
        account: what was configured.
        variables: environment variable by field name, or by marketplace code for a profile, for the message.
        where: the store, for the message.

    Raises:
        ConfigError: one or more are empty or contain white space, there is no profile, or one is no number.
    """
    secrets = {name: getattr(account, name) for name in ("refresh_token", "client_id", "client_secret")}
    _require_usable(secrets, variables, what="Amazon Ads credentials", where=where)
    faults = [
        f"{variables.get(code, f'profile of {code}')} is not a number"
        for code, profile in account.profiles.items()
        if not (profile.isascii() and profile.isdigit())
    ]
    if faults or not account.profiles:
        raise ConfigError(
            f"Amazon Ads profiles are not usable: {', '.join(faults) or 'none is given'}",
            where=where,
            remedy="Set the profile id of each marketplace; the Ads API lists them under /v2/profiles",
        )
    return account


def _require_usable(values: Mapping[str, str], variables: Mapping[str, str], *, what: str, where: str) -> None:
    faults = [f"{variables.get(name, name)} {fault}" for name, value in values.items() if (fault := _fault(value))]
    if faults:
        raise ConfigError(
            f"{what} are not usable: {', '.join(faults)}",
            where=where,
            remedy="Set it to the value Amazon shows for the app, without quotes or spaces",
        )


def _fault(value: str) -> str:
    """Return what is wrong with a secret without saying what it is."""
    if not value.strip():
        return "is empty"
    return "contains white space" if len(value.split()) > 1 or value != value.strip() else ""
