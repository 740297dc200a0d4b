"""SQL of one fact table's aggregates: its rows are added up slice by slice, and the slices to periods of each grain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    case,
    distinct,
    func,
    insert,
    null,
    select,
    true,
)
from sqlalchemy.sql.selectable import FromClause

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.catalogue import kind_of
from sellerwatch.metrics.derived.registry import kinds_of, selectable
from sellerwatch.metrics.shape import raw_micros, total, whole
from sellerwatch.metrics.sql.conditions import IN_MICROS, meets
from sellerwatch.metrics.sql.running_sums import RunningSums, is_overlapping, running_sums
from sellerwatch.metrics.sql.slices import SLICE_DAY, SPAN_SLICE
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import Kind
from sellerwatch.settings.catalogue import FactReading, Grain
from sellerwatch.settings.expressions import Aggregate
from sellerwatch.warehouse.dialect import InOrder

KEY: Final = ("period", "period_on", "marketplace", "subject")
"""The order in which the values are stored, too."""
_COUNTED: Final = frozenset({"count", "distinct"})
_SUMMED: Final = frozenset({"sum", "mean", "count"})
_PICKED: Final = frozenset({"min", "max"})
_ONE_DAY: Final = {"first": SPAN_SLICE.c.is_first, "last": SPAN_SLICE.c.is_last}


@dataclass(frozen=True, slots=True)
class Source:
    """The aggregates of one fact table, and the temporary tables that hold them: of each slice, and of each grain's periods.

    For the aggregate at place n: ``value_n`` is its number in millionths, null when every cell is blank or foreign;
    ``blank_n`` counts blank cells and ``foreign_n`` cells in another currency, both of which are missing in it. A slice also
    has ``met_n``, how many rows meet the conditions.
    """

    table: str
    reading: FactReading
    aggregates: tuple[Aggregate, ...]
    sliced: Table
    held: Mapping[Grain, Table]

    @property
    def name(self) -> str:
        """What its slices are listed under."""
        return self.sliced.name

    @property
    def has_one_day(self) -> bool:
        """Tell whether the first or the last known day of a period is asked for."""
        return any(aggregate.function in _ONE_DAY for aggregate in self.aggregates)

    @property
    def is_sum(self) -> bool:
        """Tell whether the numbers of a period are sums of those of its slices and nothing else."""
        return all(aggregate.function in _SUMMED for aggregate in self.aggregates)

    def column(self, grain: Grain, kind: str, aggregate: Aggregate) -> ColumnElement[Any] | None:
        """Return where a grain's periods have what is asked for; None where there can be no such thing."""
        return self.held[grain].c.get(f"{kind}_{self.aggregates.index(aggregate)}")


def source(table: str, reading: FactReading, grains: Sequence[Grain], aggregates: Sequence[Aggregate]) -> Source:
    """Return the aggregates of a table with the temporary tables for them."""
    sliced, held = _tables(table, tuple(grains), tuple(aggregates))
    return Source(table, reading, tuple(aggregates), sliced, held)


@lru_cache(maxsize=1024)
def _tables(table: str, grains: tuple[Grain, ...], aggregates: tuple[Aggregate, ...]) -> tuple[Table, Mapping[Grain, Table]]:
    """Return the same tables for the same aggregates, so that their SQL is compiled once."""
    suffix = "marketplace" if "marketplace" in grains else "subject"
    finest = [Column(f"of_{grain}", Text) for grain in grains if grain != "marketplace"]
    sliced = Table(
        f"slice_{table}_{suffix}",
        MetaData(),
        Column("marketplace", Text, nullable=False),
        Column("slice", Integer, nullable=False),
        *finest,
        *_number_columns(aggregates, _kinds_of_slice),
        prefixes=["TEMPORARY"],
    )
    return sliced, {grain: _held(f"part_{table}_{grain}", aggregates) for grain in grains}


def _held(name: str, aggregates: Sequence[Aggregate]) -> Table:
    return Table(
        name,
        MetaData(),
        Column("period", Text, primary_key=True),
        Column("period_on", Date, primary_key=True),
        Column("marketplace", Text, primary_key=True),
        Column("subject", Text, primary_key=True),
        *_number_columns(aggregates, _kinds),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
    )


def _number_columns(aggregates: Sequence[Aggregate], kinds: Callable[[Aggregate], Sequence[str]]) -> Iterator[Column[int]]:
    for place, aggregate in enumerate(aggregates):
        for kind in kinds(aggregate):
            yield Column(f"{kind}_{place}", BigInteger)


def _kinds(aggregate: Aggregate) -> Sequence[str]:
    """Return what is said of an aggregate: only a number that is read can be blank, and only an amount foreign."""
    if aggregate.function in _COUNTED:
        return ("value",)
    return ("value", "blank", "foreign") if _is_money(aggregate) else ("value", "blank")


def _number_columns_of_slice(item: Source) -> Iterator[Column[int]]:
    return _number_columns(item.aggregates, _kinds_of_slice)


def _kinds_of_slice(aggregate: Aggregate) -> Sequence[str]:
    if aggregate.function == "distinct":
        return ()
    return _kinds(aggregate) if aggregate.function in {*_COUNTED, *_PICKED} else (*_kinds(aggregate), "met")


def add_up_slices(run: Run, item: Source) -> None:
    """Create the temporary table of the slices and let the warehouse add up the facts."""
    item.sliced.create(run.connection)
    _insert(run, item.sliced, _slices(run, item))


def add_up_periods(run: Run, item: Source) -> None:
    """Create the temporary tables of the periods and let the warehouse add up the slices."""
    for grain, held in item.held.items():
        held.create(run.connection)
        if item.is_sum and is_overlapping(run, item.name, grain):
            sums = running_sums(run, item.sliced, grain, [column.name for column in _number_columns_of_slice(item)])
            _insert(run, held, _differences(item, sums))
            sums.table.drop(run.connection)
        else:
            _insert(run, held, _periods(run, item, grain))


def drop_source(run: Run, item: Source) -> None:
    """Drop the temporary tables."""
    for table in (*item.held.values(), item.sliced):
        table.drop(run.connection)


def _insert(run: Run, table: Table, selected: Select[Any]) -> None:
    run.connection.execute(insert(table).from_select([column.name for column in table.columns], selected))


def _facts_of_known_days(run: Run, item: Source) -> tuple[FromClause, FromClause]:
    """Return the facts, and them joined to the known days; a fact of a day that is not known as a whole says too little."""
    facts = selectable(run, item.table)
    is_same_day = and_(
        facts.c.store_id == run.measuring.store_id,
        facts.c.marketplace == SLICE_DAY.c.marketplace,
        facts.c[item.reading.day] == SLICE_DAY.c.day,
        SLICE_DAY.c.source == item.name,
    )
    return facts, InOrder(SLICE_DAY, facts, is_same_day)


def _slices(run: Run, item: Source) -> Select[Any]:
    """Add up the rows of every slice, as finely as any grain needs them."""
    facts, joined = _facts_of_known_days(run, item)
    finest = [facts.c[item.reading.grains[grain]] for grain in item.held if grain != "marketplace"]
    keys = (SLICE_DAY.c.marketplace, SLICE_DAY.c.slice, *finest)
    numbers = [number for aggregate in item.aggregates for number in _numbers_of_slice(aggregate, facts)]
    return select(*keys, *numbers).select_from(joined).group_by(*keys)


def _numbers_of_slice(aggregate: Aggregate, facts: FromClause) -> Iterator[ColumnElement[Any]]:
    """Yield the numbers of a slice, in the order of `_kinds_of_slice`."""
    if aggregate.function == "distinct":
        return
    is_met = and_(true(), *(meets(aggregate.table, facts, condition) for condition in aggregate.where))
    met = _count(is_met, None) if aggregate.where else func.count()
    if aggregate.function == "count":
        yield met
        return
    cell = _product(aggregate, facts)
    told = _count(is_met if aggregate.where else None, cell)
    wanted = [*([is_met] if aggregate.where else []), *([_is_own(facts)] if _is_money(aggregate) else [])]
    taken = case((and_(*wanted), cell)) if wanted else cell
    yield whole(getattr(func, aggregate.function if aggregate.function in _PICKED else "sum")(taken))
    yield met - told
    if _is_money(aggregate):
        yield told - func.count(taken)
    if aggregate.function not in _PICKED:
        yield met


def _count(is_met: ColumnElement[bool] | None, cell: ColumnElement[Any] | None) -> ColumnElement[int]:
    """Count the rows that meet the condition, or the cells in them that are not blank."""
    return func.count(cell if is_met is None else case((is_met, 1 if cell is None else cell)))


def _is_own(facts: FromClause) -> ColumnElement[bool]:
    return facts.c.currency == SLICE_DAY.c.currency


def _periods(run: Run, item: Source, grain: Grain) -> Select[Any]:
    """Add up the slices of every period, by the subjects of a grain; how many values differ is counted from the facts."""
    sliced = item.sliced
    different = [aggregate for aggregate in item.aggregates if aggregate.function == "distinct"]
    if different and len(different) == len(item.aggregates):
        return _counted(run, item, grain, different)
    keys = _keys(grain, sliced.c.get(f"of_{grain}"))
    numbers = [number for place, aggregate in enumerate(item.aggregates) for number in _numbers(place, aggregate, sliced)]
    added = _grouped(item, grain, keys, numbers, _spans_with_slices(item))
    if not different:
        return added
    left, right = added.subquery("added"), _counted(run, item, grain, different).subquery("counted")
    is_same = and_(*(left.c[name] == right.c[name] for name in KEY))
    names = [column.name for column in item.held[grain].columns]
    return select(*(left.c[name] if name in left.c else right.c[name] for name in names)).select_from(left.join(right, is_same))


def _spans_with_slices(item: Source) -> FromClause:
    sliced = item.sliced
    return SPAN_SLICE.join(sliced, and_(sliced.c.marketplace == SPAN_SLICE.c.marketplace, sliced.c.slice == SPAN_SLICE.c.slice))


def _keys(grain: Grain, of_grain: ColumnElement[Any] | None) -> list[ColumnElement[Any]]:
    """Return the columns of a period and subject, in the order of `KEY`."""
    subject = SPAN_SLICE.c.marketplace if of_grain is None or grain == "marketplace" else of_grain
    return [SPAN_SLICE.c.period, SPAN_SLICE.c.period_on, SPAN_SLICE.c.marketplace, subject]


def _grouped(
    item: Source,
    grain: Grain,
    keys: Sequence[ColumnElement[Any]],
    numbers: Sequence[ColumnElement[Any]],
    joined: FromClause,
) -> Select[Any]:
    *_, subject = keys
    return (
        select(*(key.label(name) for key, name in zip(keys, KEY, strict=True)), *numbers)
        .select_from(joined)
        .where(SPAN_SLICE.c.source == item.name, SPAN_SLICE.c.grain == grain, subject.is_not(None))
        .group_by(*keys)
    )


def _counted(run: Run, item: Source, grain: Grain, different: Sequence[Aggregate]) -> Select[Any]:
    """Count the different values of every period: what two slices have in common cannot be told from how many each has."""
    facts, known = _facts_of_known_days(run, item)
    of_grain = None if grain == "marketplace" else facts.c[item.reading.grains[grain]]
    is_part = and_(*(SPAN_SLICE.c[name] == SLICE_DAY.c[name] for name in ("source", "marketplace", "slice")))
    numbers = [
        (whole(func.count(distinct(_value(aggregate, facts)))) * MICROS_PER_UNIT).label(
            f"value_{item.aggregates.index(aggregate)}"
        )
        for aggregate in different
    ]
    return _grouped(item, grain, _keys(grain, of_grain), numbers, known.join(SPAN_SLICE, is_part))


def _numbers(place: int, aggregate: Aggregate, sliced: Table) -> Iterator[ColumnElement[Any]]:
    """Yield the numbers of a period, in the order of `_kinds`."""
    if aggregate.function == "distinct":
        return

    def column(kind: str) -> ColumnElement[Any]:
        found = sliced.c[f"{kind}_{place}"]
        if aggregate.function in _ONE_DAY:
            return case((_ONE_DAY[aggregate.function], found))
        return found

    if aggregate.function in _PICKED:
        picked = whole(getattr(func, aggregate.function)(column("value")))
        yield from _labelled(place, aggregate, lambda kind: picked if kind == "value" else total(column(kind)), None)
    else:
        yield from _labelled(place, aggregate, lambda kind: total(column(kind)), func.max(SPAN_SLICE.c.seen_days))


def _labelled(
    place: int, aggregate: Aggregate, of_kind: Callable[[str], ColumnElement[Any]], seen_days: ColumnElement[Any] | None
) -> Iterator[ColumnElement[Any]]:
    """Yield the numbers of a period from what each kind comes to in it; ``seen_days`` is None where the value is picked."""
    value = of_kind("value")
    if aggregate.function == "count":
        yield (value * MICROS_PER_UNIT).label(f"value_{place}")
        return
    blank, foreign = of_kind("blank"), [of_kind("foreign")] if _is_money(aggregate) else []
    if seen_days is not None:
        met = of_kind("met")
        value = value // seen_days if aggregate.function == "mean" else value
        value = case((and_(met > 0, met == sum(foreign, blank)), null()), else_=value)
    yield value.label(f"value_{place}")
    yield blank.label(f"blank_{place}")
    yield from (each.label(f"foreign_{place}") for each in foreign)


def _differences(item: Source, sums: RunningSums) -> Select[Any]:
    """Return the numbers of every period as differences of running sums."""
    joined, has_rows = sums.joined()
    keys = (sums.periods.c.period, sums.periods.c.period_on, sums.periods.c.marketplace, sums.last.c.subject)
    numbers = (
        number
        for place, aggregate in enumerate(item.aggregates)
        for number in _labelled(place, aggregate, partial(_difference, sums, place), sums.periods.c.seen_days)
    )
    return select(*keys, *numbers).select_from(joined).where(has_rows)


def _difference(sums: RunningSums, place: int, kind: str) -> ColumnElement[Any]:
    return sums.of(f"{kind}_{place}")


def _value(aggregate: Aggregate, facts: FromClause) -> ColumnElement[Any]:
    is_met = and_(true(), *(meets(aggregate.table, facts, condition) for condition in aggregate.where))
    return case((is_met, facts.c[aggregate.columns[0]]))


def _is_money(aggregate: Aggregate) -> bool:
    return kind_of(aggregate) is Kind.MONEY


def _product(aggregate: Aggregate, facts: FromClause) -> ColumnElement[Any]:
    """Return the row's number in whole millionths."""
    kinds = kinds_of(aggregate.table)
    cells = [raw_micros(facts.c[name]) if kinds[name] in IN_MICROS else facts.c[name] for name in aggregate.columns]
    scale = [] if kind_of(aggregate) in IN_MICROS else [MICROS_PER_UNIT]
    product: ColumnElement[Any] = cells[0]
    for factor in (*cells[1:], *scale):
        product = product * factor
    return product
