"""A plan: the requests that will be made, the way that was chosen for each feed, what is left out and why, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from sellerwatch.core.periods import Days
from sellerwatch.warehouse.windows import Window

Mode: TypeAlias = Literal["gaps", "again"]
"""Only the days that no finished window covers, or all of them."""


class Route(StrEnum):
    """A way to come by the days of a feed."""

    DATA_KIOSK_TRENDS = "data_kiosk_trends"
    ONE_REPORT_A_DAY = "one_report_a_day"
    RANGE_REPORTS = "range_reports"
    CALENDAR_PERIODS = "calendar_periods"
    AMAZON_LIST = "amazon_list"
    SNAPSHOT = "snapshot"


NEW = "new"
"""The state of a request that is not in the ledger, or is finished there and made anew."""


@dataclass(frozen=True, slots=True)
class Request:
    """One window that will be asked for.

    Attributes:
        window: its name in the ledger.
        route: the way it belongs to.
        asins: the products it is about; none where it is about all.
        state: `NEW`, or the state of the window that stands in the ledger already and is taken over as it is.
        asked_at: when its report was asked for, where it was.
    """

    window: Window
    route: Route
    asins: tuple[str, ...] = ()
    state: str = NEW
    asked_at: datetime | None = None

    @property
    def is_adopted(self) -> bool:
        """Tell whether the window is in the ledger already, so that nothing is asked twice."""
        return self.state != NEW


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Days of a feed that are not asked for, and why."""

    store_id: str
    marketplace: str
    feed: str
    days: Days
    reason: str

    def to_dict(self) -> dict[str, str]:
        """Return it as JSON values."""
        return {
            "store": self.store_id,
            "marketplace": self.marketplace,
            "feed": self.feed,
            "first": self.days.first.isoformat(),
            "last": self.days.last.isoformat(),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class RouteTaken:
    """The way chosen for a feed of one marketplace, why, and how many requests it takes over which days."""

    store_id: str
    marketplace: str
    feed: str
    route: Route
    why: str
    requests: int
    days: Days

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "store": self.store_id,
            "marketplace": self.marketplace,
            "feed": self.feed,
            "route": self.route.value,
            "why": self.why,
            "requests": self.requests,
            "first": self.days.first.isoformat(),
            "last": self.days.last.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be asked for, in the order in which it is best asked, and what it costs.

    Attributes:
        requests: newest days first, so that the recent past is usable first.
        left_out: what cannot be had, or makes no sense to ask for.
        routes: the way of each feed and marketplace that has requests.
        calls: the fewest calls it takes, by operation.
        seconds: how long it is expected to take with the rate budget as it is now.
        lower_bound_seconds: what Amazon's limits alone force, with everything saved up; nobody can be faster.
    """

    requests: tuple[Request, ...]
    left_out: tuple[LeftOut, ...]
    routes: tuple[RouteTaken, ...]
    calls: Mapping[str, int]
    seconds: float
    lower_bound_seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "requests": len(self.requests),
            "calls": dict(self.calls),
            "seconds": round(self.seconds, 1),
            "lower_bound_seconds": round(self.lower_bound_seconds, 1),
            "routes": [route.to_dict() for route in self.routes],
            "left_out": [item.to_dict() for item in self.left_out],
        }
