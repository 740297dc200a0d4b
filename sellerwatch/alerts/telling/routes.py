"""Which channel hears of an alert: the first route that fits, or the channel of the rule's audience."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.run import Run
from sellerwatch.metrics.comparison.category import categories_on
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rules import Rule
from sellerwatch.settings.telling import Route

CategoryOf = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Router:
    """The channels of one run, every one of them known before anything is told."""

    audiences: Mapping[str, str]
    routes: tuple[tuple[Route, str], ...]
    category_of: CategoryOf

    def channel(self, alert: Alert, rule: Rule) -> str:
        """Return the channel that hears of the alert."""
        fitting = (channel for route, channel in self.routes if self._fits(route, alert, rule))
        return next(fitting, None) or self.audiences[rule.audience]

    def _fits(self, route: Route, alert: Alert, rule: Rule) -> bool:
        if route.categories and (alert.subject.kind != "sku" or self._category(alert) not in route.categories):
            return False
        return (not route.stores or alert.store_id in route.stores) and (not route.owners or rule.owner in route.owners)

    def _category(self, alert: Alert) -> str | None:
        return self.category_of(alert.subject.marketplace, alert.subject.id)


def router(connection: Connection, settings: Settings, audiences: Mapping[str, str], run: Run) -> Router:
    """Return the run's router.

    Raises:
        ConfigError: no environment variable of a route is set.
    """
    routes = settings.routing.telling.routes
    found = tuple((route, settings.channel_of(route)) for route in routes)
    asks = any(route.categories for route in routes)
    return Router(audiences, found, categories_on(connection, run.store_id, run.as_of) if asks else _no_category)


def _no_category(_marketplace: str, _sku: str) -> None:
    return None
