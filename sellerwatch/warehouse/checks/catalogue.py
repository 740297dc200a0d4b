"""Every data check by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import CheckLimits
from sellerwatch.warehouse.checks import (
    behaviour_story,
    coverage,
    finance_story,
    impossible,
    keys,
    sales_sums,
    stock_sums,
    traffic_story,
    volume,
)
from sellerwatch.warehouse.checks.check import Check

CHECKS: Final[Mapping[str, Check]] = {
    check.name: check
    for module in (keys, impossible, sales_sums, stock_sums, volume, coverage, traffic_story, behaviour_story, finance_story)
    for check in module.CHECKS
}
"""Every check. A test holds it against config/checks.yaml."""


def check_named(name: str) -> Check:
    """Return the check.

    Raises:
        ConfigError: none has the name; the message lists all.
    """
    if name not in CHECKS:
        raise unknown_value(name, CHECKS, what="check")
    return CHECKS[name]


def limits_of(settings: Settings) -> Mapping[str, CheckLimits]:
    """Return what each check lets pass.

    Raises:
        ConfigError: checks.yaml names a check that does not exist, or lacks one that does.
    """
    where, limits = str(settings.config_folder / "checks.yaml"), settings.checks.limits
    for name in limits:
        if name not in CHECKS:
            raise unknown_value(name, CHECKS, what="check", where=where)
    for name in CHECKS:
        if name not in limits:
            raise ConfigError(
                f"the check {name!r} has no limits",
                where=where,
                remedy="Copy its line from the default configuration, which `sellerwatch init` writes to an empty folder",
            )
    return limits
