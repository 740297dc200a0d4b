"""From comparisons to results: which are outside the tolerance, how many may be, and which are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Double, Row, and_, case, cast, func, select

from sellerwatch.core.money import MICROS_PER_UNIT, from_micros
from sellerwatch.settings.models import CheckLimits
from sellerwatch.warehouse.checks.check import COMPARED, Check
from sellerwatch.warehouse.checks.plan import Plan
from sellerwatch.warehouse.checks.results import Result

EXAMPLES: Final = 5
"""Comparisons shown of each result, the worst first."""

NOTHING: Final = "nothing_to_compare"
_KEY: Final = (COMPARED.c.marketplace, COMPARED.c.day, COMPARED.c.measure)

Key = tuple[str, date, str]
"""Marketplace, day and measure."""

Examples = Mapping[Key, Sequence[dict[str, str]]]


def judged(connection: Connection, check: Check, limits: CheckLimits, plans: Sequence[Plan]) -> Iterator[Result]:
    """Yield the results of a check whose comparisons are in the table `COMPARED`."""
    rows = connection.execute(_sums(limits)).all()
    examples = _examples(connection, limits) if any(row.off for row in rows) else {}
    unknown: dict[tuple[str, str, str], set[date]] = defaultdict(set)
    for item in plans:
        for reason, days in item.skipped.items():
            unknown[item.place.code, reason, ""] |= days
        compared = {row.day for row in rows if row.marketplace == item.place.code}
        unknown[item.place.code, NOTHING, ""] |= item.judged - compared
    for row in rows:
        if row.compared:
            yield _result(check, limits, row, examples)
        else:
            unknown[row.marketplace, row.reason or "unknown_amount", row.measure].add(row.day)
    yield from _skipped(check, limits, unknown)


def _is_known() -> ColumnElement[bool]:
    return and_(COMPARED.c.reason.is_(None), COMPARED.c.expected.is_not(None), COMPARED.c.found.is_not(None))


def _is_off(limits: CheckLimits) -> ColumnElement[bool]:
    """Return the condition that a comparison is outside both tolerances; doubles hold these whole numbers alike everywhere."""
    gap = func.abs(cast(COMPARED.c.found - COMPARED.c.expected, Double))
    allowed = func.abs(cast(COMPARED.c.expected, Double)) * limits.relative
    return and_(_is_known(), gap > limits.absolute * MICROS_PER_UNIT, gap > allowed)


def _sums(limits: CheckLimits) -> Any:  # noqa: ANN401 - a SELECT of many columns
    known = _is_known()
    return (
        select(
            *_KEY,
            func.sum(case((known, 1), else_=0)).label("compared"),
            func.sum(case((_is_off(limits), 1), else_=0)).label("off"),
            func.sum(case((known, COMPARED.c.expected))).label("expected"),
            func.sum(case((known, COMPARED.c.found))).label("found"),
            func.max(COMPARED.c.currency).label("currency"),
            func.min(COMPARED.c.reason).label("reason"),
            func.count().label("all"),
        )
        .group_by(*_KEY)
        .order_by(*_KEY)
    )


def _examples(connection: Connection, limits: CheckLimits) -> Examples:
    """Return the worst comparisons of each result."""
    gap = func.abs(COMPARED.c.found - COMPARED.c.expected)
    place = func.row_number().over(partition_by=_KEY, order_by=(gap.desc(), COMPARED.c.subject))
    worst = select(COMPARED, place.label("place")).where(_is_off(limits)).subquery()
    rows = connection.execute(select(worst).where(worst.c.place <= EXAMPLES).order_by(*worst.c[:3], worst.c.place))
    found: dict[Key, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        example = {"subject": row.subject or "", "expected": _text(row.expected), "found": _text(row.found)}
        found[row.marketplace, row.day, row.measure].append(example)
    return found


def _text(micros: int) -> str:
    return f"{from_micros(micros):f}".rstrip("0").rstrip(".")  # six decimals, so there is a point


def _result(check: Check, limits: CheckLimits, row: Row[Any], examples: Examples) -> Result:
    expected, found = from_micros(int(row.expected)), from_micros(int(row.found))
    left_out = {"not_compared": row.all - row.compared, "because": row.reason} if row.all > row.compared else {}
    worst = list(examples.get((row.marketplace, row.day, row.measure), ()))
    return Result(
        check_name=check.name,
        marketplace=row.marketplace,
        day=row.day,
        measure=row.measure,
        status="fail" if row.off > limits.share * row.compared else "pass",
        severity=limits.severity,
        remedy=check.remedy,
        compared=row.compared,
        off=row.off,
        expected=expected,
        found=found,
        difference=found - expected,
        currency=row.currency,
        detail=left_out | ({"examples": worst} if worst else {}),
    )


def _skipped(
    check: Check,
    limits: CheckLimits,
    unknown: Mapping[tuple[str, str, str], Iterable[date]],
) -> Iterator[Result]:
    """Yield one result for all days that were skipped for the same reason, filed under the newest."""
    for (place, reason, measure), days in unknown.items():
        ordered = sorted(days)
        if ordered:
            yield Result(
                check_name=check.name,
                marketplace=place,
                day=ordered[-1],
                measure=measure,
                status="skipped",
                severity=limits.severity,
                remedy=check.remedy,
                reason=reason,
                detail={"days": len(ordered), "first": ordered[0].isoformat()},
            )
