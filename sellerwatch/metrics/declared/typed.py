"""Numbers that people typed in for a period, and those of the help desk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sellerwatch.core.money import to_micros
from sellerwatch.metrics.declared.figure import NO_USER_DATA, STALE, UNSAID, Asked, Figure
from sellerwatch.metrics.declared.terms import Side, Term, joined, total
from sellerwatch.metrics.derived.holding import Row, speaks_of
from sellerwatch.metrics.derived.plans import period_around
from sellerwatch.reports.user.declare import EVERY

_GRACE: Final = timedelta(days=7)
_KPI: Final = "declared_kpi"
_DESK: Final = "service_figures"
NOT_ADDITIVE: Final = "not_additive"
"""Several rows say a part each, and medians or typed-in percentages of parts make none of the whole."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Which columns of a row make a figure: what counts, what is taken off, and what it is divided by."""

    top: str
    bottom: str = ""
    less: str = ""
    times: int = 1

    @property
    def parts(self) -> tuple[tuple[Side, str, int], ...]:
        """Each column with where it stands and what it is multiplied with."""
        every: tuple[tuple[Side, str, int], ...] = (
            ("numerator", self.top, self.times),
            ("numerator", self.less, -self.times),
            ("denominator", self.bottom, 1),
        )
        return tuple(part for part in every if part[1])


_VALUE: Final = Cells("value")
_SATISFIED: Final = Cells("csat_satisfied_count", "csat_response_count")
_SOLVED: Final = Cells("solved_count", "contact_count", less="repeated_count")
_FIRST_RESPONSE: Final = Cells("first_response_median_minutes")


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
    yield from _typed_or_served(asked, metric, _SATISFIED)


def resolved(asked: Asked, metric: str) -> Iterator[Figure]:
    """Yield the share of contacts that were solved and not repeated."""
    yield from _typed_or_served(asked, metric, _SOLVED)


def first_response(asked: Asked, metric: str) -> Iterator[Figure]:
    """Yield the median minutes to the first answer; medians of several teams make none of all."""
    found = next(of_store(asked, metric))
    if found.reason != NO_USER_DATA:
        yield found
        return
    rows = _whole_desk(_newest(asked.rows(_DESK), asked.as_of))
    if len(rows) > 1:
        yield Figure(reason=NOT_ADDITIVE)
        return
    yield _summed(asked, _DESK, rows, _FIRST_RESPONSE)


def review_growth(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield the growth of each product's reviews over the last period, and of all of them together."""
    rows = [row for row in asked.rows(_KPI) if row["kpi"] == "review_count" and row["subject"] != EVERY]
    own = [figure for key in sorted({_who(row) for row in rows}) if (figure := _growth(asked, rows, key))]
    yield from own
    known = [figure for figure in own if figure.top is not None]
    if not known:
        yield UNSAID
        return
    terms = joined(term for item in known for term in item.terms)
    through = max(item.through for item in known if item.through)
    yield Figure(total(terms, "numerator"), total(terms, "denominator"), through=through, terms=terms)


def _who(row: Row) -> tuple[str, str]:
    return (row["marketplace"], row["subject"])


def _growth(asked: Asked, rows: Iterable[Row], key: tuple[str, str]) -> Figure | None:
    """Compare the newest period with the one just before it; None where one of the two was not counted."""
    own = [row for row in rows if _who(row) == key and row["value"] is not None]
    newest = _newest(own, asked.as_of)
    before = [row for row in own if newest and row["period"] == newest[0]["period"] and _is_just_before(row, newest[0])]
    if not before:
        return None
    now, then = _said("reviews at the end of the period", newest[:1]), _said("reviews at its beginning", before[:1])
    terms = (now, replace(then, times=-1), replace(then, side="denominator"))
    own_figure = Figure(kind="asin", subject=key[1], place=key[0], through=_end(newest[0]), terms=terms)
    if not then.micros:
        return replace(own_figure, reason="no_reviews")
    return replace(own_figure, top=total(terms, "numerator"), bottom=then.micros)


def _said(name: str, rows: Sequence[Row]) -> Term:
    return Term("numerator", name, _KPI, _added(rows, "value"), ("value",), rows)


def _is_just_before(row: Row, other: Row) -> bool:
    begins: date = other["period_from"]
    return _end(row) == begins - timedelta(days=1)


def _kpi(asked: Asked, metric: str) -> list[Row]:
    return [row for row in asked.rows(_KPI) if row["kpi"] == metric and row["subject"] == EVERY]


def _is_count(asked: Asked, metric: str) -> bool:
    return asked.run.settings.metrics[metric].unit == "count"


def _typed(asked: Asked, rows: Collection[Row], *, is_count: bool = False, times: int = 1) -> Figure:
    newest = _newest(rows, asked.as_of)
    chosen = [row for row in newest if row.get("marketplace", EVERY) == EVERY] or newest
    have_parts = all(row["denominator"] is not None and row["numerator"] is not None for row in chosen)
    if chosen and have_parts:
        return _summed(asked, _KPI, chosen, Cells("numerator", "denominator", times=times))
    if len(chosen) > 1 and not is_count:
        return Figure(reason=NOT_ADDITIVE)
    return _summed(asked, _KPI, chosen, _VALUE)


def _typed_or_served(asked: Asked, metric: str, cells: Cells) -> Iterator[Figure]:
    found = next(of_store(asked, metric))
    if found.reason == NO_USER_DATA:
        found = _summed(asked, _DESK, _whole_desk(_newest(asked.rows(_DESK), asked.as_of)), cells)
    yield found


def _summed(asked: Asked, table: str, rows: Sequence[Row], cells: Cells) -> Figure:
    """Add up what rows of one period say; those with blank cells are left out and said."""
    full = [row for row in rows if all(row[name] is not None for _, name, _ in cells.parts)]
    if not full:
        return UNSAID
    terms = tuple(
        Term(side, name.replace("_", " "), table, _added(full, name), (name,), full, times=times)
        for side, name, times in cells.parts
    )
    doubt = "blank_cells" if len(full) < len(rows) else STALE if _is_old(rows[0], asked.as_of) else None
    top, bottom = total(terms, "numerator"), total(terms, "denominator") if cells.bottom else None
    found = Figure(top, bottom, doubt, _end(rows[0]), terms=terms)
    return found if bottom is None or bottom > 0 else replace(found, top=None, bottom=None, reason="zero_denominator")


def _added(rows: Iterable[Row], name: str) -> int:
    return sum(to_micros(Decimal(row[name])) for row in rows)


def _newest(rows: Iterable[Row], as_of: date) -> list[Row]:
    """Return the rows of the newest period that is over, the store's own before everybody's; one that is not over says too little."""
    over = [row for row in rows if _end(row) < as_of]
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
