"""Whether the files and the environment say everything that a run needs: asked before anything is pulled, judged or sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.catalogue import measurements
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.checks.catalogue import limits_of
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.feeds import pulls_of
from sellerwatch.warehouse.workspace import Workspace

FALLBACK: Final = "fallback"
"""The audience of what a channel refuses; whoever delivers needs it."""


def require_ready(workspace: Workspace, store_id: str, as_of: date) -> None:
    """Ask what a night would find out step by step, with hours of pulling before it; a night of the past tells nobody.

    What only Amazon or Slack can say, such as that a token was revoked, is the night's to find out: it keeps what it can have.

    Raises:
        ConfigError: a report, data check or metric is not one that can be worked with, or a channel is not set.
    """
    settings = workspace.settings
    pulls_of(settings, store_id)
    limits_of(settings)
    measurements(settings)
    with reading(workspace.engine) as connection:
        place = settings.marketplaces(store_id)[0]
        is_live = nights.is_live(connection, store_id, as_of, workspace.clock.now(), place)
    if is_live:
        require_channels(settings)


def require_channels(settings: Settings) -> None:
    """Ask for the channel of every audience that a rule speaks to, of every route, and of what a channel refuses.

    Raises:
        ConfigError: one is not set; the message names all that are not.
    """
    _require_told(settings, settings.rules.values())


def require_watchers_channels(settings: Settings) -> None:
    """Ask for the channels of what is told about nights and feeds alone: that a night could not begin is told there.

    Raises:
        ConfigError: one is not set; the message names all that are not.
    """
    _require_told(
        settings, (rule for rule in settings.rules.values() if rule.judged_by == "watchdog" or rule.subject == "feed")
    )


def require_fallback(settings: Settings) -> None:
    """Ask for the one channel without which nothing is delivered.

    Raises:
        ConfigError: it is not set.
    """
    _require(settings, _of_audiences(settings, (FALLBACK,)))


def _require_told(settings: Settings, rules: Iterable[Rule]) -> None:
    audiences = (*sorted({rule.audience for rule in rules}), FALLBACK)
    routes = ((route.channels, "a route") for route in settings.routing.telling.routes)
    _require(settings, (*_of_audiences(settings, audiences), *routes))


def _of_audiences(settings: Settings, audiences: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    return ((getattr(settings.routing.channels, audience), audience) for audience in audiences)


def _require(settings: Settings, wanted: Iterable[tuple[tuple[str, ...], str]]) -> None:
    """Ask for one variable of each, and name the last where none is set: the more special ones come first."""
    missing: dict[str, list[str]] = defaultdict(list)
    for names, listener in wanted:
        if not any(settings.environment.get(name) for name in names):
            missing[names[-1]].append(listener)
    if missing:
        words = (f"{name} is not set (the Slack channel for {', '.join(who)})" for name, who in missing.items())
        steps = (f"set {name}, or {name}_FILE to a file that holds it" for name in missing)
        remedy = f"Nothing was begun; {', and '.join(steps)}"
        raise ConfigError("; ".join(words), where="environment", remedy=remedy)
