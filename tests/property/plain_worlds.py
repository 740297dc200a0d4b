"""Facts of every table the catalogue reads, drawn from what its conditions speak of, and what both engines make of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.metrics.catalogue import Measurement, is_snapshot, measurements
from sellerwatch.metrics.known import known_feeds
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.reference import Facts, Number, measure, rows_by_day
from sellerwatch.metrics.spans import Span, is_rolling, spans
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import Kind
from sellerwatch.reports.registry import TABLES
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from tests.spec.small_world import NIGHT, World

PLACES = ("US", "DE", "UK")
"""Three currencies and three zones; the clocks of the United States went back sixteen days before the night."""

SUBJECTS = ("A", "B")
NUMBERS = {
    Kind.INTEGER: (None, 0, 0, 1, 2, 7, 30, -1),
    Kind.MONEY: (None, Decimal(0), Decimal("9.99"), Decimal("0.1"), Decimal("1234.567891")),
    Kind.DECIMAL: (None, Decimal(0), Decimal("0.5"), Decimal("98.7654")),
}
OFFSETS = (-40, -31, -30, -17, -16, -15, -10, -9, -3, -2, -1, 0)


RUNS = ((-100, 0), (-100, 0), (-31, -1), (-9, -2), (0, 0), (-200, -150))
"""First and last day of what may be known of a feed: all, a part, this morning, or nothing that is measured."""


@dataclass(frozen=True)
class Drawn:
    """One row: its table, marketplace, and the cells that matter."""

    table: str
    place: str
    cells: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class DrawnWorld:
    metrics: tuple[str, ...]
    known: tuple[tuple[str, str, int, int], ...]
    rows: tuple[Drawn, ...]
    restated: tuple[Drawn, ...]
    withdrawn: tuple[str, ...]
    """Tables whose rows a newer document no longer names."""


def chosen(settings: Settings, names: tuple[str, ...]) -> Settings:
    """Return the configuration with these metrics alone."""
    return replace(settings, metrics={name: settings.metrics[name] for name in names} | _coded(settings))


def _coded(settings: Settings) -> dict[str, Any]:
    return {name: metric for name, metric in settings.metrics.items() if metric.status == "coded"}


@st.composite
def worlds(draw, settings: Settings):
    derived = {item.metric for item in measurements(settings) if not TABLES.keys() >= set(item.tables)}
    computed = [name for name, metric in settings.metrics.items() if metric.status == "computed" and name not in derived]
    names = tuple(sorted(draw(st.sets(st.sampled_from(computed), min_size=1, max_size=3))))
    wanted = measurements(chosen(settings, names))
    tables = sorted({table for item in wanted for table in item.tables})
    feeds = sorted({settings.facts[table].feed for table in tables})
    known = []
    for feed, place in itertools.product(feeds, PLACES):
        first, last = draw(st.sampled_from(RUNS))
        known.append((feed, place, first, last))
    rows = draw(st.lists(st.one_of([_row(settings, wanted, table) for table in tables]), max_size=24))
    restated = draw(st.lists(st.one_of([_row(settings, wanted, table) for table in tables]), max_size=4))
    withdrawn = draw(st.sets(st.sampled_from(tables), max_size=1))
    return DrawnWorld(names, tuple(known), tuple(rows), tuple(restated), tuple(withdrawn))


def _row(settings: Settings, wanted: tuple[Measurement, ...], table: str) -> st.SearchStrategy[Drawn]:
    cells = {name: st.sampled_from(values) for name, values in _pools(settings, wanted, table).items()}
    return st.builds(
        lambda place, drawn: Drawn(table, place, tuple(sorted(drawn.items()))),
        st.sampled_from(PLACES),
        st.fixed_dictionaries(cells),
    )


def _pools(settings: Settings, wanted: tuple[Measurement, ...], table: str) -> dict[str, tuple[Any, ...]]:
    """Return for each column that is read what may stand in it."""
    kinds = {column.name: column.kind for column in TABLES[table].columns}
    aggregates = [aggregate for item in wanted for aggregate in item.aggregates if aggregate.table == table]
    pools: dict[str, tuple[Any, ...]] = {}
    for aggregate in aggregates:
        for name in aggregate.columns:
            pools[name] = NUMBERS.get(kinds[name], ("x", "y", None))
        for condition in aggregate.where:
            said = tuple(value for value in condition.literals if isinstance(value, str) and not value.startswith("@"))
            pools[condition.column] = (
                pools.get(condition.column) or NUMBERS.get(kinds[condition.column]) or (*said, *said, None)
            )
    for column in settings.facts[table].grains.values():
        pools[column] = (*SUBJECTS, *(() if column in TABLES[table].key else (None,)))
    if "marketplace_id" in kinds:
        pools["marketplace_id"] = tuple(marketplace(code).id for code in PLACES)
    if "currency" in kinds:
        pools["currency"] = ("own", "own", "own", "EUR", None)
    pools[settings.facts[table].day] = tuple(NIGHT + timedelta(days=back) for back in OFFSETS)
    return pools


def write(world: World, drawn: DrawnWorld) -> None:
    """Write the world into the ledger and the fact tables."""
    for feed, place, first, last in drawn.known:
        world.pulled(NIGHT + timedelta(days=first), NIGHT + timedelta(days=last), place=place, report=feed)
    insert_rows(world, drawn.rows)


def restate(world: World, drawn: DrawnWorld) -> None:
    """Let a newer document say something else."""
    for table in drawn.withdrawn:
        with writing(world.engine) as connection:
            connection.execute(delete(FACTS[table]).where(FACTS[table].c.store_id == world.store_id))
    insert_rows(world, drawn.restated)


def insert_rows(world: World, rows: tuple[Drawn, ...]) -> None:
    with reading(world.engine) as connection:
        taken = {
            (name, *key)
            for name in {row.table for row in rows}
            for key in connection.execute(
                select(*(FACTS[name].c[column] for column in ("marketplace", *TABLES[name].key))).where(
                    FACTS[name].c.store_id == world.store_id
                )
            )
        }
    for row in rows:
        cells = _complete(world, row)
        key = (row.table, row.place, *(cells[column] for column in TABLES[row.table].key))
        if key not in taken:
            taken.add(key)
            world._execute(insert(FACTS[row.table]).values({**world._provenance(row.place), **cells}))


def _complete(world: World, row: Drawn) -> dict[str, Any]:
    """Fill the cells of the key that no metric reads, and put the marketplace's currency where it is meant."""
    cells = dict(row.cells)
    if cells.get("currency") == "own":
        cells["currency"] = marketplace(row.place).currency
    filler = next(world.numbers)
    for column in TABLES[row.table].columns:
        if column.name in TABLES[row.table].key and cells.get(column.name) is None:
            cells[column.name] = filler if column.kind is Kind.INTEGER else NIGHT if column.kind is Kind.DAY else f"k{filler}"
    return cells


Said = tuple[Any, ...]


def stored(world: World, names: tuple[str, ...]) -> dict[tuple[Any, ...], Said]:
    """Return what the SQL engine wrote."""
    with reading(world.engine) as connection:
        rows = connection.execute(
            select(METRIC_VALUE).where(METRIC_VALUE.c.store_id == world.store_id, METRIC_VALUE.c.metric.in_(names))
        ).all()
    return {
        (row.metric, row.subject_kind, row.marketplace, row.subject, row.period, row.period_on): (
            row.numerator,
            row.denominator,
            row.value,
            row.status,
            row.reason,
            row.is_final,
        )
        for row in rows
    }


def expected(world: World, settings: Settings) -> dict[tuple[Any, ...], Said]:
    """Return what the reference engine says of the same facts."""
    places = settings.marketplaces(world.store_id)
    measuring = Measuring(world.store_id, NIGHT, world.clock.now(), places)
    wanted = measurements(settings)
    with reading(world.engine) as connection:
        known = known_feeds(Run(connection, measuring, settings), {feed for item in wanted for feed in item.feeds})
        rows = {}
        for name in {table for item in wanted for table in item.tables}:
            found = connection.execute(select(FACTS[name]).where(FACTS[name].c.store_id == world.store_id))
            frame = pd.DataFrame(found.mappings().all(), columns=list(FACTS[name].c.keys()), dtype=object)
            rows |= rows_by_day(name, frame, settings.facts[name])
    facts = Facts(world.store_id, places, rows, settings.facts, known)
    said = {}
    for item in wanted:
        for number in measure(item, facts, _spans(item, settings)):
            scale = settings.metrics[number.metric].scale
            said[_key(number)] = (
                _decimal(number.numerator),
                _decimal(number.denominator),
                number.value(scale),
                number.status,
                number.reason,
                number.is_final,
            )
    return said


def _spans(item: Measurement, settings: Settings) -> list[Span]:
    last = NIGHT if all(is_snapshot(table) for table in item.tables) else NIGHT - timedelta(days=1)
    return [span for period in item.periods for span in spans(period, last) if not is_rolling(period) or span.on == last]


def _key(number: Number) -> tuple[str, str, str, str, str, date]:
    return (number.metric, number.grain, number.marketplace, number.subject, number.span.period, number.span.on)


def _decimal(number: Any) -> Decimal | None:
    return None if number is None else Decimal(number.numerator) / Decimal(number.denominator)
