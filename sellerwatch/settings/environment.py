"""Every environment variable the product reads, in one table, and the way a value or a file holding it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sellerwatch.core.errors import ConfigError

VARIABLES = {
    "SELLERWATCH_CONFIG": "folder with stores.yaml and the other configuration files; ./config when unset",
    "SELLERWATCH_DATA": "folder of the raw store and the embedded warehouse; ./var when unset",
    "SELLERWATCH_WAREHOUSE_URL": "database URL; SQLite in SELLERWATCH_DATA when unset",
    "SELLERWATCH_SP_API_URL": "base URL of a simulated Amazon; the real one when unset",
    "SELLERWATCH_ADS_URL": "base URL of a simulated Ads API; the real one when unset",
    "SELLERWATCH_SLACK_URL": "base URL of a simulated Slack; the real one when unset",
    "SELLERWATCH_CLOCK": "simulated time as REAL=SIMULATED@SPEED; the computer's clock when unset",
    "SLACK_BOT_TOKEN": "the Slack app's bot token",
    "SLACK_APP_TOKEN": "the Slack app's app-level token (xapp-...), with which `sellerwatch listen` hears buttons",
    "SLACK_CHANNEL": "channel id that hears alerts",
    "SLACK_OPS_CHANNEL": "channel id that hears failures of the pipeline; SLACK_CHANNEL when unset",
    "SELLERWATCH_NOTIFY_ALERTS": "Apprise address that hears what SLACK_CHANNEL hears; nobody when unset",
    "SELLERWATCH_NOTIFY_OPS": "Apprise address that hears what SLACK_OPS_CHANNEL hears; nobody when unset",
    "SLACK_FALLBACK_CHANNEL": "channel id for messages whose own channel refuses them",
}
"""Name and meaning. A test checks that config/env.example and the docs name each of them."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment as it was at start."""

    values: Mapping[str, str] = field(repr=False)

    def get(self, name: str) -> str | None:
        """Return the value of ``name``, or the content of the file that ``NAME_FILE`` names; None when neither is set.

        White space alone counts as not set, as an empty line of a .env file does.

        Raises:
            ConfigError: the file cannot be read, or holds nothing.
        """
        if self.values.get(name, "").strip():
            return self.values[name]
        path = self.values.get(f"{name}_FILE")
        return _content(path, f"{name}_FILE") if path else None

    def require(self, name: str, *, purpose: str) -> str:
        """Return the value of ``name``.

        Raises:
            ConfigError: it is not set.
        """
        value = self.get(name)
        if value is None:
            raise ConfigError(
                f"{name} is not set ({purpose})",
                where="environment",
                remedy=f"Set {name}, or {name}_FILE to a file that holds it",
            )
        return value

    def first(self, names: tuple[str, ...], *, purpose: str) -> str:
        """Return the first of ``names`` that is set.

        Raises:
            ConfigError: none is set.
        """
        for name in names:
            value = self.get(name)
            if value:
                return value
        return self.require(names[-1], purpose=purpose)


def _content(path: str, variable: str) -> str:
    """Return what the file holds; no error quotes it, since it is a secret as a rule."""
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(
            f"cannot read the file named by {variable}: {error.strerror}",
            where=path,
            remedy="Correct the path or its permissions",
        ) from error
    except UnicodeDecodeError:
        raise ConfigError(f"the file named by {variable} is not text", where=path, remedy="Save the value as UTF-8") from None
    if not text:
        raise ConfigError(f"the file named by {variable} is empty", where=path, remedy="Write the value into it")
    return text
