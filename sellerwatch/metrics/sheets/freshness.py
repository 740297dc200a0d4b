"""Worksheets of the age of data, and of the length of a local day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import end_of_day, start_of_day
from sellerwatch.metrics.sheets.configured import SIGNS_OF
from sellerwatch.metrics.sheets.inputs import (
    Input,
    calendar_day,
    canonical,
    count,
    measured,
    moment,
    optional,
    rows,
    text,
    time_zone,
    words,
    zone_of_marketplace,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, quantity, unknown
from sellerwatch.settings.load import Settings
from sellerwatch.settings.tiers import scaled

# The age of data


def _hours(day: date, tz: ZoneInfo) -> Quantity:
    return _age(start_of_day(day, tz), end_of_day(day, tz))


def _age(newest: datetime, now: datetime) -> Quantity:
    if now < newest:
        raise ConfigError("the data is newer than now", remedy="Check both instants")
    return Quantity(Fraction((now - newest) // timedelta(microseconds=1), 3_600_000_000))


def _lateness(settings: Settings, feed_age_hours: Quantity, limit_hours: Quantity) -> str | None:
    """Return the tier of the rule that watches feeds, whose bands are multiples of the feed's limit."""
    rule = next((rule for rule in settings.rules.values() if rule.metric == "feed_age_hours"), None)
    if rule is None or feed_age_hours.value is None or limit_hours.value is None:
        return None
    bands = scaled(rule, float(limit_hours))
    return max(
        (
            name
            for name, band in bands.items()
            if feed_age_hours.compares(SIGNS_OF[rule.breach, rule.strictly], Fraction(str(band.enter)))
        ),
        key=list(bands).index,
        default=None,
    )


_runs: Final = rows(
    Input("data_end", "instant", moment, ("data_end_time", "data_through", "newest", "newest_data")),
    count("rows", "row_count", "lines"),
    optional(text("finished", "created_time", "finished_at", "pulled_at")),
)


def _newest(runs: Sequence[Mapping[str, Any]]) -> datetime:
    """Return the newest moment that a file tells of; an empty one is no fresh data."""
    told = [run["data_end"] for run in runs if run["rows"].compares(">", 0)]
    if not told:
        raise ConfigError("no file has a row", remedy="Add the last one that had")
    found: datetime = max(told)
    return found


USUAL_LIMITS: Final[Mapping[str, int]] = {
    "orders": 6,
    "inventory": 24,
    "sales_and_traffic": 72,
    "s&t": 72,
    "ads": 48,
    "returns": 48,
    "settlement": 480,
}
"""From which age on data is late, by the kind of feed, for those who tell no limit and no feed of reports.yaml."""


def _usual_limit(settings: Settings, feed: str | None) -> Quantity:
    """Return the limit of a feed as it is configured, or else the usual one of its kind."""
    name = canonical(feed or "")
    kind = USUAL_LIMITS.get(name.removesuffix("s")) or USUAL_LIMITS.get(name) or USUAL_LIMITS.get(f"{name}s")
    usual = settings.reports[name].freshness_hours if name in settings.reports else kind
    return unknown("no_data") if usual is None else quantity(Fraction(str(usual)))


SHEETS: Final = (
    Sheet(
        "feed_age_hours",
        "Length of a local day, which daylight saving makes 23 or 25 hours",
        (
            Input("day", "day", calendar_day),
            Input("tz", "time zone", time_zone, ("time_zone",)),
            Input("marketplace", "country code or Amazon's id", zone_of_marketplace),
        ),
        (
            cell("hours", "hours", _hours),
            cell("hours", "hours", _hours, "day", "marketplace"),
        ),
        is_kpi=False,
    ),
    Sheet(
        "feed_age_hours",
        "How old the newest data of a feed is",
        (
            Input("newest", "instant", moment, ("newest_data_at", "newest_data", "data_through", "data_end_time")),
            Input("now", "instant", moment, ("as_of",)),
            Input("runs", "rows of data_end and rows, how many there were", _runs, ("files", "reports")),
            measured("age_hours", "hours", "hours", "age", "feed_age_hours"),
            measured("limit_hours", "hours", "limit", "freshness_hours"),
            Input("feed", "text", words, ("report",)),
        ),
        (
            cell("feed_age_hours", "hours", _age),
            cell("feed_age_hours", "hours", lambda age_hours: age_hours),
            cell("newest", "instant", _newest),
            cell("limit_hours", "hours", _usual_limit),
            cell("hours", "hours", lambda feed_age_hours: feed_age_hours),
            cell("stale", "true or false", lambda feed_age_hours, limit_hours: feed_age_hours.compares(">", limit_hours)),
            cell("tier", "yellow, orange or red", _lateness),
        ),
    ),
)
