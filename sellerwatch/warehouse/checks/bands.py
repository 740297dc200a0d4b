"""Bands: a number of a day or week beside the same subject's own past, by its median and how far it usually lies from it.

The spread is the median of the distances from the median, which one wild day does not move as it moves a standard deviation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Double,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.warehouse.checks.check import SCOPE, Scope
from sellerwatch.warehouse.checks.sides import BELOW_MINIMUM, NO_NUMBER, NO_TEXT, whole

DAYS_IN_WEEK: Final = 7
SATURDAY: Final = 6
"""What is left of a day's number when it is divided by seven; weeks run from Sunday to Saturday, as Amazon's do."""

CONSISTENT: Final = 1.4826
"""Times the median distance from the median, it is a standard deviation where numbers are spread as by chance."""

_KEY: Final = ("marketplace", "day", "measure", "subject")


@dataclass(frozen=True, slots=True)
class Past:
    """What a number is compared with.

    Attributes:
        step: days from one earlier number to the next.
        count: how many earlier numbers are looked at.
        absent_is_zero: a known day without a row counts as 0; otherwise it is left out.
        small_passes: a number below the minimum is fine; otherwise it cannot be judged.
    """

    step: int
    count: int
    absent_is_zero: bool = False
    small_passes: bool = False


FOUR_WEEKS: Final = Past(step=1, count=28)
EIGHT_WEEKS: Final = Past(step=DAYS_IN_WEEK, count=8)


def on_known_day(facts: Table, scope: Scope, day: str) -> ColumnElement[bool]:
    """Return the condition that joins a fact table with every known day, judged or past."""
    return and_(facts.c.store_id == scope.store_id, facts.c.marketplace == SCOPE.c.marketplace, facts.c[day] == SCOPE.c.day)


def observed(
    measure: str,
    *,
    place: Any,  # noqa: ANN401 - whatever has the columns marketplace, day, number and is_judged
    subject: ColumnElement[Any] | None = None,
    value: ColumnElement[Any],
    volume: ColumnElement[Any],
) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of a series that `band` judges.

    Args:
        measure: the number's name.
        place: what knows marketplace, day, number and is_judged.
        subject: whose number it is; the marketplace's where it is left out.
        value: the number in whole millionths; null where it is not known.
        volume: how much it rests on, for the minimum.
    """
    return (
        place.c.marketplace,
        place.c.day,
        place.c.number,
        place.c.is_judged,
        literal(measure, Text()).label("measure"),
        (literal("", Text()) if subject is None else func.coalesce(subject, "")).label("subject"),
        whole(value).label("value"),
        whole(volume).label("volume"),
    )


def per_hundred(top: ColumnElement[Any], bottom: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a count per hundred of another one, in whole millionths; null where there is nothing to divide by."""
    share = whole(top) * (100 * MICROS_PER_UNIT) // whole(bottom)
    return case((bottom > 0, whole(share)), else_=NO_NUMBER)


def complete_weeks() -> CTE:
    """Return every week of which all seven days are known; it is judged when its last day is."""
    week = (SCOPE.c.number // DAYS_IN_WEEK).label("week")
    is_end = SCOPE.c.number % DAYS_IN_WEEK == SATURDAY
    counted = (
        select(
            SCOPE.c.marketplace,
            week,
            func.max(SCOPE.c.day).label("day"),
            func.max(SCOPE.c.number).label("number"),
            func.max(case((and_(is_end, SCOPE.c.is_judged.is_(True)), 1), else_=0)).label("judged"),
        )
        .group_by(SCOPE.c.marketplace, week)
        .having(func.count() == DAYS_IN_WEEK)
        .subquery()
    )
    return select(counted, (counted.c.judged == 1).label("is_judged")).cte("weeks")


def band(scope: Scope, series: Select[Any], past: Past) -> Select[Any]:
    """Compare each judged number of a series with the median of its own past.

    A number within ``spread`` usual distances of the median is as expected; for any other the median is what was expected,
    and the absolute and relative tolerances decide.

    Args:
        scope: what is checked.
        series: the columns of `observed`.
        past: what is looked back at.
    """
    told = series.cte("told")
    usual = _usual(scope, told, past)
    is_small = told.c.volume < scope.limits.minimum_rows
    is_fine = and_(is_small, literal(past.small_passes))
    reach = cast(usual.c.distance, Double) * (scope.limits.spread * CONSISTENT)
    is_usual = func.abs(cast(told.c.value - usual.c.median, Double)) <= reach
    reason = case(
        (is_fine, NO_TEXT),
        (is_small, BELOW_MINIMUM),
        (told.c.value.is_(None), "no_data"),
        (func.coalesce(usual.c.known, 0) < scope.limits.minimum_history, "no_history"),
        (usual.c.median.is_(None), "no_history"),
        else_=NO_TEXT,
    )
    return (
        select(
            told.c.marketplace,
            told.c.day,
            told.c.measure,
            told.c.subject,
            NO_TEXT.label("currency"),
            case((or_(is_fine, is_usual), told.c.value), else_=usual.c.median).label("expected"),
            told.c.value.label("found"),
            reason.label("reason"),
        )
        .join_from(told, usual, and_(*(usual.c[name] == told.c[name] for name in _KEY)), isouter=True)
        .where(told.c.is_judged.is_(True))
    )


def _usual(scope: Scope, told: CTE, past: Past) -> Subquery:
    """Return for each judged number how many earlier ones are known, their median, and the median distance from it."""
    ranked = _ranked(scope, told, past)
    key = [ranked.c[name] for name in _KEY]
    is_middle = or_(ranked.c.place * 2 == ranked.c.known, ranked.c.place * 2 == ranked.c.known + 1)
    median = func.max(case((is_middle, ranked.c.value))).over(partition_by=key)
    centred = select(*key, ranked.c.known, ranked.c.value, median.label("median")).subquery()
    key = [centred.c[name] for name in _KEY]
    distance = func.abs(centred.c.value - centred.c.median)
    place = func.row_number().over(partition_by=key, order_by=distance)
    spread = select(*key, centred.c.known, centred.c.median, distance.label("distance"), place.label("place")).subquery()
    # Of an even number of distances the larger middle one: a band that is a little too wide tells nobody anything wrong.
    is_middle = or_(spread.c.place * 2 == spread.c.known + 1, spread.c.place * 2 == spread.c.known + 2)
    return (
        select(
            *(spread.c[name] for name in _KEY),
            func.max(spread.c.known).label("known"),
            func.max(spread.c.median).label("median"),
            func.max(case((is_middle, spread.c.distance))).label("distance"),
        )
        .group_by(*(spread.c[name] for name in _KEY))
        .subquery("usual")
    )


def _ranked(scope: Scope, told: CTE, past: Past) -> Subquery:
    """Return each judged number's earlier ones in their order; those that are too small are no measure of what is usual."""
    judged, before, day = told.alias("judged"), told.alias("before"), SCOPE.alias("past_day")
    back = judged.c.number - day.c.number
    same = (before.c[name] == judged.c[name] for name in ("marketplace", "measure", "subject"))
    value = func.coalesce(before.c.value, 0) if past.absent_is_zero else before.c.value
    key = [judged.c[name] for name in _KEY]
    found = (
        select(
            *key,
            whole(value).label("value"),
            func.row_number().over(partition_by=key, order_by=value).label("place"),
            func.count().over(partition_by=key).label("known"),
        )
        .join_from(
            judged,
            day,
            and_(
                day.c.marketplace == judged.c.marketplace,
                back.between(past.step, past.step * past.count),
                back % past.step == 0,
            ),
        )
        .join(before, and_(before.c.number == day.c.number, *same), isouter=past.absent_is_zero)
        .where(judged.c.is_judged.is_(True), judged.c.volume >= scope.limits.minimum_rows)
    )
    if not past.absent_is_zero:
        found = found.where(before.c.value.is_not(None), before.c.volume >= scope.limits.minimum_rows)
    return found.subquery()
