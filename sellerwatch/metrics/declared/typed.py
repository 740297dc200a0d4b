"""Numbers that people typed in for a period, and those of the help desk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sellerwatch.core.money import to_micros
from sellerwatch.metrics.declared.figure import NO_USER_DATA, STALE, UNSAID, Asked, Figure
from sellerwatch.metrics.derived.holding import Row, speaks_of
from sellerwatch.metrics.derived.plans import period_around
from sellerwatch.reports.user.declare import EVERY

Cells = tuple[Decimal | None, Decimal | None]
_GRACE: Final = timedelta(days=7)
NOT_ADDITIVE: Final = "not_additive"
"""Several rows say a part each, and medians or typed-in percentages of parts make none of the whole."""


def of_store(asked: Asked, metric: str, *, times: int = 1) -> Iterator[Figure]:
    """Yield what the newest period over says of the store: its own row, or those of its marketplaces together."""
    yield _typed(asked, _kpi(asked, metric), is_count=_is_count(asked, metric), times=times)


def of_marketplaces(asked: Asked, metric: str) -> Iterator[Figure]:
    """Yield what the newest period over says of each marketplace."""
    for place in asked.run.measuring.marketplaces:
        rows = _most_exact([row for row in _kpi(asked, metric) if speaks_of(row, place.code)], "marketplace", place.code)
        yield replace(_typed(asked, rows), kind="marketplace", subject=place.code, place=place.code)


def net_promoters(asked: Asked, metric: str) -> Iterator[Figure]:
    """Yield the net promoter score: promoters less detractors among answers, in points."""
    yield from of_store(asked, metric, times=100)


def not_observed(asked: Asked, metric: str) -> Iterator[Figure]:
    """Yield what people typed in for what no interface tells."""
    for figure in of_store(asked, metric):
        yield replace(figure, reason="not_observable") if figure.reason == NO_USER_DATA else figure


def satisfied(asked: Asked, metric: str) -> Iterator[Figure]:
    """Yield the share of satisfied answers: typed in as a KPI, or from the help desk."""
    yield from _typed_or_served(asked, metric, lambda row: (row["csat_satisfied_count"], row["csat_response_count"]))


def resolved(asked: Asked, metric: str) -> Iterator[Figure]:
    """Yield the share of contacts that were solved and not repeated."""
    yield from _typed_or_served(asked, metric, _solved)


def first_response(asked: Asked, metric: str) -> Iterator[Figure]:
    """Yield the median minutes to the first answer; medians of several teams make none of all."""
    found = next(of_store(asked, metric))
    if found.reason != NO_USER_DATA:
        yield found
        return
    rows = _whole_desk(_newest(asked.rows("service_figures"), asked.as_of))
    if len(rows) > 1:
        yield Figure(reason=NOT_ADDITIVE)
        return
    yield _summed(asked, rows, lambda row: (row["first_response_median_minutes"], None))


def review_growth(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield the growth of each product's reviews over the last period, and of all of them together."""
    rows = [row for row in asked.rows("declared_kpi") if row["kpi"] == "review_count" and row["subject"] != EVERY]
    own = [figure for key in sorted({_who(row) for row in rows}) if (figure := _growth(asked, rows, key))]
    yield from own
    known = [figure for figure in own if figure.top is not None]
    if not known:
        yield UNSAID
        return
    tops, bottoms = sum(item.top or 0 for item in known), sum(item.bottom or 0 for item in known)
    yield Figure(tops, bottoms, through=max(item.through for item in known if item.through))


def _who(row: Row) -> tuple[str, str]:
    return (row["marketplace"], row["subject"])


def _growth(asked: Asked, rows: Iterable[Row], key: tuple[str, str]) -> Figure | None:
    """Compare the newest period with the one just before it; None where one of the two was not counted."""
    own = [row for row in rows if _who(row) == key and row["value"] is not None]
    newest = _newest(own, asked.as_of)
    before = [row for row in own if newest and row["period"] == newest[0]["period"] and _is_just_before(row, newest[0])]
    if not before:
        return None
    now, then = newest[0]["value"], before[0]["value"]
    own_figure = Figure(kind="asin", subject=key[1], place=key[0], through=_end(newest[0]))
    if not then:
        return replace(own_figure, reason="no_reviews")
    return replace(own_figure, top=to_micros(now - then), bottom=to_micros(then))


def _is_just_before(row: Row, other: Row) -> bool:
    begins: date = other["period_from"]
    return _end(row) == begins - timedelta(days=1)


def _kpi(asked: Asked, metric: str) -> list[Row]:
    return [row for row in asked.rows("declared_kpi") if row["kpi"] == metric and row["subject"] == EVERY]


def _is_count(asked: Asked, metric: str) -> bool:
    return asked.run.settings.metrics[metric].unit == "count"


def _typed(asked: Asked, rows: Collection[Row], *, is_count: bool = False, times: int = 1) -> Figure:
    newest = _newest(rows, asked.as_of)
    chosen = [row for row in newest if row.get("marketplace", EVERY) == EVERY] or newest
    have_parts = all(row["denominator"] is not None and row["numerator"] is not None for row in chosen)
    if chosen and have_parts:
        return _summed(asked, chosen, lambda row: (row["numerator"] * times, row["denominator"]))
    if len(chosen) > 1 and not is_count:
        return Figure(reason=NOT_ADDITIVE)
    return _summed(asked, chosen, lambda row: (row["value"], None))


def _typed_or_served(asked: Asked, metric: str, cells: Callable[[Row], Cells]) -> Iterator[Figure]:
    found = next(of_store(asked, metric))
    if found.reason == NO_USER_DATA:
        found = _summed(asked, _whole_desk(_newest(asked.rows("service_figures"), asked.as_of)), cells)
    yield found


def _solved(row: Row) -> Cells:
    parts = (row["solved_count"], row["repeated_count"])
    return (None if None in parts else Decimal(parts[0] - parts[1]), row["contact_count"])


def _summed(asked: Asked, rows: Sequence[Row], cells: Callable[[Row], Cells]) -> Figure:
    """Add up what rows of one period say; those with blank cells are left out and said."""
    pairs = [(row, *cells(row)) for row in rows]
    is_ratio = any(bottom is not None for _, _, bottom in pairs)
    full = [(top, bottom) for _, top, bottom in pairs if top is not None and (bottom is not None or not is_ratio)]
    if not full:
        return UNSAID
    through = _end(rows[0])
    doubt = "blank_cells" if len(full) < len(pairs) else STALE if _is_old(rows[0], asked.as_of) else None
    top = sum(to_micros(Decimal(one)) for one, _ in full)
    if not is_ratio:
        return Figure(top, None, doubt, through)
    bottom = sum(to_micros(Decimal(one)) for _, one in full if one is not None)
    return Figure(top, bottom, doubt, through) if bottom > 0 else Figure(reason="zero_denominator", through=through)


def _newest(rows: Iterable[Row], as_of: date) -> list[Row]:
    """Return the rows of the newest period that is over, the store's own before everybody's; one that is not over says too little."""
    over = [row for row in rows if _end(row) <= as_of]
    if not over:
        return []
    newest = max(over, key=lambda row: (_end(row), row["period_from"]))
    same = [row for row in over if (row["period"], row["period_from"]) == (newest["period"], newest["period_from"])]
    return [row for row in same if row["store"] != EVERY] or same


def _end(row: Row) -> date:
    return period_around(row["period"], row["period_from"]).last


def _is_old(row: Row, as_of: date) -> bool:
    """Tell whether two more such periods have gone by without a number."""
    period = period_around(row["period"], row["period_from"])
    return as_of - period.last > timedelta(days=2 * len(period)) + _GRACE


def _most_exact(rows: list[Row], column: str, value: str) -> list[Row]:
    return [row for row in rows if row[column] == value] or rows


def _whole_desk(rows: list[Row]) -> list[Row]:
    """Return the rows that make the whole: that of all teams, queues and marketplaces where it is given, else the parts."""
    for column, every in (("marketplace", EVERY), ("team", EVERY), ("queue", "all")):
        rows = _most_exact(rows, column, every)
    return rows


Measure = Callable[[Asked, str], Iterator[Figure]]
TYPED: Final[Mapping[str, Measure]] = {
    "nps": net_promoters,
    "csat": satisfied,
    "resolution_rate": resolved,
    "first_response_minutes": first_response,
    "review_growth_rate": review_growth,
    "ipi_score": of_marketplaces,
    "skill_cert_rate": of_store,
    "proposal_count": of_store,
    "kb_contributions": of_store,
    "training_milestones_pct": of_store,
    "customer_ltv": not_observed,
    "subscriber_retention_30d": not_observed,
    "ship_48h_rate": not_observed,
}
"""Metrics that are what people typed in."""
