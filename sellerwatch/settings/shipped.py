"""Where the default configuration lies: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from sellerwatch.core.errors import ConfigError

_PACKAGE = Path(__file__).parent


def shipped_config() -> Path:
    """Return the folder with the default configuration files.

    Raises:
        ConfigError: the installation is incomplete.
    """
    for folder in (_PACKAGE / "default_config", _PACKAGE.parents[1] / "config"):
        if (folder / "stores.yaml").is_file():
            return folder
    raise ConfigError("the default configuration is missing", where=str(_PACKAGE), remedy="Install sellerwatch again")
