"""Running sums of slices: where many periods overlap, each is the difference of two of them and no longer a sum of its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, Integer, MetaData, Select, Table, Text, and_, func, insert, select
from sqlalchemy.sql.selectable import FromClause, NamedFromClause

from sellerwatch.metrics.shape import total, whole
from sellerwatch.metrics.sql.slices import SLICE_DAY, SPAN_SLICE
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.catalogue import Grain

_OFTEN: Final = 6
"""To sum up is what takes less until a slice is part of so many periods: a running sum stands for every slice, sold or not."""

_ROWS: Final = "row_count"
_KEYS: Final = ("marketplace", "slice", "subject")


@dataclass(frozen=True, slots=True)
class RunningSums:
    """The temporary table of a source's running sums, by the subjects of a grain, and the periods that they are of.

    Attributes:
        table: for each marketplace, slice and subject the sums up to and including that slice.
        periods: each period with its last slice, and the slice before its first one.
    """

    table: Table
    periods: NamedFromClause
    last: NamedFromClause
    before: NamedFromClause

    def of(self, name: str) -> ColumnElement[int]:
        """Return what a column comes to within a period."""
        return self.last.c[name] - func.coalesce(self.before.c[name], 0)

    def joined(self) -> tuple[FromClause, ColumnElement[bool]]:
        """Return the periods with the sums at both of their ends, and whether a subject has any rows in one."""
        is_last = and_(self.last.c.marketplace == self.periods.c.marketplace, self.last.c.slice == self.periods.c.last_slice)
        is_before = and_(
            self.before.c.marketplace == self.periods.c.marketplace,
            self.before.c.slice == self.periods.c.slice_before,
            self.before.c.subject == self.last.c.subject,
        )
        return self.periods.join(self.last, is_last).outerjoin(self.before, is_before), self.of(_ROWS) > 0


def is_overlapping(run: Run, source: str, grain: Grain) -> bool:
    """Tell whether the slices of a source are parts of many periods each."""
    parts = select(func.count(), func.count(SPAN_SLICE.c.slice.distinct())).where(
        SPAN_SLICE.c.source == source, SPAN_SLICE.c.grain == grain
    )
    count, different = run.connection.execute(parts).one()
    return bool(count > _OFTEN * different)


def running_sums(run: Run, sliced: Table, grain: Grain, numbers: Collection[str]) -> RunningSums:
    """Create the temporary table and let the warehouse fill it.

    Args:
        run: the transaction.
        sliced: the numbers of every slice.
        grain: by whose subjects.
        numbers: the columns to sum.
    """
    names = [*numbers, _ROWS]
    table = Table(
        f"running_{grain}",  # there is one at a time, and PostgreSQL refuses names of more than 63 characters
        MetaData(),
        Column("marketplace", Text, primary_key=True),
        Column("slice", Integer, primary_key=True),
        Column("subject", Text, primary_key=True),
        *(Column(name, BigInteger, nullable=False) for name in names),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
    )
    table.create(run.connection)
    run.connection.execute(insert(table).from_select([*_KEYS, *names], _summed(sliced, grain, numbers)))
    periods = _periods(sliced.name, grain).subquery("running_period")
    return RunningSums(table, periods, table.alias("running_last"), table.alias("running_before"))


def _summed(sliced: Table, grain: Grain, numbers: Collection[str]) -> Select[Any]:
    """Sum up, for every subject there is, over all slices: also those that it has no row in."""
    subject = sliced.c.get(f"of_{grain}", sliced.c.marketplace)
    own = (
        select(
            sliced.c.marketplace,
            subject.label("subject"),
            sliced.c.slice,
            *(total(sliced.c[name]).label(name) for name in numbers),
            func.count().label(_ROWS),
        )
        .where(subject.is_not(None))
        .group_by(sliced.c.marketplace, subject, sliced.c.slice)
        .cte("own")
    )
    subjects = select(own.c.marketplace, own.c.subject).distinct().subquery("subjects")
    slices = (
        select(SLICE_DAY.c.marketplace, SLICE_DAY.c.slice)
        .where(SLICE_DAY.c.source == sliced.name)
        .distinct()
        .subquery("slices")
    )
    every = subjects.join(slices, slices.c.marketplace == subjects.c.marketplace)
    is_same = and_(
        own.c.marketplace == subjects.c.marketplace, own.c.subject == subjects.c.subject, own.c.slice == slices.c.slice
    )
    whose = (subjects.c.marketplace, subjects.c.subject)
    keys: tuple[ColumnElement[Any], ...] = (subjects.c.marketplace, slices.c.slice, subjects.c.subject)
    sums = (
        whole(func.sum(func.coalesce(own.c[name], 0)).over(partition_by=whose, order_by=slices.c.slice, rows=(None, 0)))
        for name in (*numbers, _ROWS)
    )
    return select(*keys, *sums).select_from(every.outerjoin(own, is_same))


def _periods(source: str, grain: Grain) -> Select[Any]:
    own = (
        select(
            SPAN_SLICE.c.marketplace,
            SPAN_SLICE.c.period,
            SPAN_SLICE.c.period_on,
            func.min(SPAN_SLICE.c.slice).label("first_slice"),
            func.max(SPAN_SLICE.c.slice).label("last_slice"),
            func.max(SPAN_SLICE.c.seen_days).label("seen_days"),
        )
        .where(SPAN_SLICE.c.source == source, SPAN_SLICE.c.grain == grain)
        .group_by(SPAN_SLICE.c.marketplace, SPAN_SLICE.c.period, SPAN_SLICE.c.period_on)
        .subquery("own_period")
    )
    before = (
        select(func.max(SLICE_DAY.c.slice))
        .where(
            SLICE_DAY.c.source == source,
            SLICE_DAY.c.marketplace == own.c.marketplace,
            SLICE_DAY.c.slice < own.c.first_slice,
        )
        .scalar_subquery()
    )
    return select(own, before.label("slice_before"))
