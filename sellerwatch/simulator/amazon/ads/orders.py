"""What an ads report is ordered with, checked as Amazon does: days, span, retention, type, grouping, columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sellerwatch.simulator.amazon.ads.answers import refuse
from sellerwatch.simulator.amazon.ads_types import ADS_REPORTS, LONGEST_SPAN_DAYS, AdsReportKind

DATES = {"DAILY": frozenset({"date"}), "SUMMARY": frozenset({"startDate", "endDate"})}
"""The columns of time that each time unit has."""

FORMATS = ("GZIP_JSON",)


@dataclass(frozen=True, slots=True)
class AdsOrder:
    """One order for a report, understood; ``group_by`` is the finest of the groupings asked for."""

    name: str | None
    first: date
    last: date
    report_type: str
    group_by: str
    columns: tuple[str, ...]
    time_unit: str
    configuration: Mapping[str, object]


def read_order(body: object, today: date) -> AdsOrder:
    """Read the body of an order.

    Raises:
        RefusedError: a part is missing or not allowed; the detail names it.
    """
    if not isinstance(body, dict) or not isinstance(body.get("configuration"), dict):
        raise refuse(400, "Could not read the request body: configuration is required")
    configuration: dict[str, object] = body["configuration"]
    name = body.get("name")
    report_type = configuration.get("reportTypeId")
    if not isinstance(report_type, str) or report_type not in ADS_REPORTS:
        raise refuse(400, "configuration reportTypeId is unknown or invalid")
    kind = ADS_REPORTS[report_type]
    time_unit = _choice(configuration, "timeUnit", tuple(DATES))
    _choice(configuration, "format", FORMATS)
    _choice(configuration, "adProduct", (kind.ad_product,))
    if configuration.get("filters"):
        raise refuse(400, "configuration filters are not supported by this server")
    first, last = _days(body, kind, today)
    groups = _words(configuration, "groupBy", frozenset(kind.groups))
    return AdsOrder(
        name=name if isinstance(name, str) else None,
        first=first,
        last=last,
        report_type=report_type,
        group_by=max(groups, key=list(kind.groups).index),
        columns=_columns(configuration, kind, groups, time_unit),
        time_unit=time_unit,
        configuration=configuration,
    )


def _choice(configuration: Mapping[str, object], name: str, allowed: tuple[str, ...]) -> str:
    value = configuration.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise refuse(400, f"configuration {name} includes invalid values: ({value}). Allowed values: ({', '.join(allowed)})")
    return value


def _words(configuration: Mapping[str, object], name: str, allowed: frozenset[str]) -> tuple[str, ...]:
    value = configuration.get(name)
    found = value if isinstance(value, list) else []
    if not found:
        raise refuse(400, f"configuration {name} must not be empty")
    unknown = [str(item) for item in found if not isinstance(item, str) or item not in allowed]
    if unknown:
        known = ", ".join(sorted(allowed))
        raise refuse(400, f"configuration {name} includes invalid values: ({', '.join(unknown)}). Allowed values: ({known})")
    return tuple(map(str, found))


def _columns(
    configuration: Mapping[str, object], kind: AdsReportKind, groups: tuple[str, ...], time_unit: str
) -> tuple[str, ...]:
    other_dates = frozenset().union(*DATES.values()) - DATES[time_unit]
    grouped = frozenset().union(*(kind.groups[name] for name in groups))
    return _words(configuration, "columns", (kind.columns | grouped | DATES[time_unit]) - other_dates)


def _days(body: Mapping[str, object], kind: AdsReportKind, today: date) -> tuple[date, date]:
    first, last = _day(body, "startDate"), _day(body, "endDate")
    if first > last:
        raise refuse(400, "startDate must not be after endDate")
    if last > today:
        raise refuse(400, f"endDate ({last}) must not be in the future")
    span = (last - first).days + 1
    if span > LONGEST_SPAN_DAYS:
        raise refuse(400, f"startDate to endDate range ({span} days) must not exceed maximum range ({LONGEST_SPAN_DAYS} days)")
    if first < today - timedelta(days=kind.retention_days):
        raise refuse(400, f"startDate ({first}) must not be more than {kind.retention_days} days in the past")
    return first, last


def _day(body: Mapping[str, object], name: str) -> date:
    value = body.get(name)
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise refuse(400, f"{name} must be a date like 2026-11-20, not {value!r}") from error
