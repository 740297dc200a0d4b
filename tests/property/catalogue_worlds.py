"""Facts of every table the catalogue reads, drawn from what its conditions speak of, and the warehouse that holds them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.core.periods import end_of_day
from sellerwatch.metrics.catalogue import Measurement, measurements
from sellerwatch.reports.contract import Kind
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.settings.catalogue import Metric
from sellerwatch.settings.expressions import NAMES, Combination
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from tests.spec.small_world import NIGHT, NOW, World, day

PLACES = ("US", "DE", "FR", "UK")
"""Three currencies, one of them twice, and four zones. Products bear the same names in all of them."""

SUBJECTS = ("A", "B")
OWN = "own"
"""Stands for the currency or the id of the row's marketplace."""

CELLS = {
    Kind.INTEGER: (None, 0, 0, 1, 2, 7, 30, 10_000, -1),
    Kind.MONEY: (None, Decimal(0), Decimal("9.99"), Decimal("0.1"), Decimal("1234.567891"), Decimal("-4.5")),
    Kind.DECIMAL: (None, Decimal(0), Decimal("0.5"), Decimal("98.7654")),
    Kind.FLAG: (None, True, False),
    Kind.TEXT: (None, "x", "y"),
}
OFFSETS = (-40, -31, -30, -24, -23, -22, -17, -16, -15, -10, -9, -3, -2, -1, 0)
"""Days before the night; the clocks went back 23 days before it in Europe and 16 in the United States."""

RUNS = ((-100, 0), (-100, 0), (-100, -1), (-31, -1), (-9, -2), (0, 0), (-200, -150))
"""First and last day of what may be known of a feed: all, a part, this morning, or nothing that is measured."""

THROUGH = (
    NOW,
    NOW,
    NOW - timedelta(days=2),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 7, 30, tzinfo=UTC),
    None,
)
"""How far a document may say that its data reaches: also into the days on which clocks go back."""

STATES = (*[("done", "loaded")] * 5, ("done", "quarantined"), ("empty", None), ("fatal", None))
"""What may have become of a window, and of its document."""

WINDOWS = st.tuples(st.sampled_from(RUNS), st.sampled_from(STATES), st.sampled_from(THROUGH))
REPEATED = st.sampled_from((1, 1, 1, 1, 1, 1, 1, 10))
"""On how many days, its own the last of them, a row is told."""


@dataclass(frozen=True)
class Row:
    """One row: its table, marketplace, and the cells that matter."""

    table: str
    place: str
    cells: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Pulled:
    """A window of a feed: its days, what has become of it, and how far its document's data reaches."""

    feed: str
    place: str
    first: int
    last: int
    state: str
    document: str | None
    through: datetime | None


PROVENANCE = Pulled("bench", "US", -400, -400, "done", "loaded", None)
"""The window whose document all rows come from; no metric reads that feed."""


@dataclass(frozen=True)
class DrawnWorld:
    """What is measured, of what, and what changes after it was measured once.

    `withdrawn` are tables whose rows a newer document no longer names, `learned` windows that come after the first measuring.
    """

    definitions: dict[str, Metric]
    places: tuple[str, ...]
    pulled: tuple[Pulled, ...]
    rows: tuple[Row, ...]
    restated: tuple[Row, ...]
    withdrawn: tuple[str, ...]
    learned: tuple[Pulled, ...]
    is_redefined: bool
    is_measured_the_night_before: bool


@dataclass(frozen=True)
class Drawing:
    """What can be drawn around some metrics: the feeds and tables they read, and strategies, made once, for what is told.

    A strategy draws the number of a marketplace, or of a feed, beside each row or window; it is taken from those of the world.
    """

    feeds: list[str]
    tables: list[str]
    rows: st.SearchStrategy[list[tuple[Row, int, int]]]
    restated: st.SearchStrategy[list[tuple[Row, int, int]]]
    further: st.SearchStrategy[list[tuple[int, int, Any]]]
    withdrawn: st.SearchStrategy[set[str]]


@dataclass
class Catalogue:
    """The metrics that can be drawn: those computed from fact tables."""

    settings: Settings
    made: dict[tuple[str, ...], Drawing] = field(default_factory=dict)

    @cached_property
    def metrics(self) -> list[str]:
        """Every metric whose rows can be drawn, in order."""
        return sorted({item.metric for item in measurements(self.settings) if set(item.tables) <= TABLES.keys()})

    def only(self, definitions: dict[str, Metric]) -> Settings:
        """Return the configuration with these metrics alone."""
        return replace(self.settings, metrics=definitions)

    def drawing(self, names: tuple[str, ...]) -> Drawing:
        """Return what can be drawn around some metrics."""
        if names not in self.made:
            wanted = measurements(self.only({name: self.settings.metrics[name] for name in names}))
            tables = sorted({table for item in wanted for table in item.tables})
            row = st.tuples(st.one_of([_row(self.settings, wanted, table) for table in tables]), st.integers(0, 5), REPEATED)
            self.made[names] = Drawing(
                feeds=sorted({self.settings.facts[table].feed for table in tables}),
                tables=tables,
                rows=st.lists(row, max_size=4) | st.lists(row, min_size=8, max_size=24),
                restated=st.lists(row, max_size=4),
                further=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), WINDOWS), max_size=2),
                withdrawn=st.sets(st.sampled_from(tables), max_size=1),
            )
        return self.made[names]


@st.composite
def worlds(draw, catalogue: Catalogue, metrics: list[str], others: list[str]):
    """Draw a world around one of the metrics, at times with another one beside it."""
    names = tuple(sorted({draw(st.sampled_from(metrics)), *draw(st.sets(st.sampled_from(others), max_size=1))}))
    definitions = {name: draw(_narrowed(catalogue.settings.metrics[name])) for name in names}
    places = draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique=True))
    own = catalogue.drawing(names)
    pulled = draw(_first_pulled(tuple(itertools.product(own.feeds, places))))
    further = [
        _pulled(own.feeds[feed % len(own.feeds)], places[place % len(places)], drawn)
        for feed, place, drawn in draw(own.further)
    ]
    return DrawnWorld(
        definitions=definitions,
        places=tuple(places),
        pulled=(*pulled, *further[:1]),
        rows=tuple(_placed(draw(own.rows), places, catalogue.settings)),
        restated=tuple(_placed(draw(own.restated), places, catalogue.settings)),
        withdrawn=tuple(draw(own.withdrawn)),
        learned=tuple(further[1:]),
        is_redefined=draw(st.integers(0, 3)) == 3,
        is_measured_the_night_before=draw(st.integers(0, 3)) == 3,
    )


@st.composite
def _first_pulled(draw, pairs: tuple[tuple[str, str], ...]) -> list[Pulled]:
    """Draw a window for every feed and place: of most worlds all feeds are known alike, but for one."""
    alike, odd_one = (draw(st.sampled_from(RUNS[:4])), STATES[0], NOW), draw(st.integers(0, len(pairs)))
    is_odd = draw(st.integers(0, 3)) == 3
    return [_pulled(*pair, draw(WINDOWS) if is_odd or number == odd_one else alike) for number, pair in enumerate(pairs)]


def _pulled(feed: str, place: str, drawn: Any) -> Pulled:
    """Return a window as drawn; no document speaks of a moment after the days it was asked for."""
    run, state, through = drawn
    ends_at = end_of_day(day(run[1]), marketplace(place).zone)
    return Pulled(feed, place, *run, *state, through and min(through, ends_at))


def _placed(rows: list[tuple[Row, int, int]], places: list[str], settings: Settings) -> Iterator[Row]:
    for row, number, days in rows:
        cells, day_of = dict(row.cells), settings.facts[row.table].day
        for back in range(days):
            told = cells | {day_of: cells[day_of] - timedelta(days=back)}
            yield Row(row.table, places[number % len(places)], tuple(told.items()))


@st.composite
def _narrowed(draw, metric: Metric) -> Metric:
    """Draw a few of the metric's periods, for every grain that has them; a store keeps none that its marketplaces lose."""
    every = sorted({period for own in metric.grains.values() for period in own})
    kept = draw(st.sets(st.sampled_from(every), min_size=1, max_size=2))
    grains = {grain: tuple(period for period in own if period in kept) for grain, own in metric.grains.items()}
    return metric.model_copy(update={"grains": {grain: own for grain, own in grains.items() if own}})


def redefined(definitions: dict[str, Metric]) -> dict[str, Metric]:
    """Return the metrics with another meaning: twice what they were, in a next version."""
    return {name: _doubled(metric) for name, metric in definitions.items()}


def _doubled(metric: Metric) -> Metric:
    twice = Combination(tuple((part, 2 * times) for part, times in metric.numerator.terms))
    return metric.model_copy(update={"version": metric.version + 1, "numerator": twice})


def _row(settings: Settings, wanted: Iterable[Measurement], table: str) -> st.SearchStrategy[Row]:
    pools = _pools(settings, wanted, table)
    cells = st.tuples(*map(st.sampled_from, pools.values()))
    return cells.map(lambda drawn: Row(table, "", tuple(zip(pools, drawn, strict=True))))


def _pools(settings: Settings, wanted: Iterable[Measurement], table: str) -> dict[str, tuple[Any, ...]]:
    """Return for each column that is read what may stand in it."""
    kinds = {column.name: column.kind for column in TABLES[table].columns}
    aggregates = [aggregate for item in wanted for aggregate in item.aggregates if aggregate.table == table]
    pools = {name: CELLS[kinds[name]] for aggregate in aggregates for name in aggregate.columns}
    for condition in (condition for aggregate in aggregates for condition in aggregate.where):
        said = [value for value in condition.literals if isinstance(value, str) and not value.startswith("@")]
        said += [f"{value} 1, x," for value in said if condition.operator == NAMES]
        usual = pools.get(condition.column) or CELLS[kinds[condition.column]]
        pools[condition.column] = tuple(dict.fromkeys((*usual, *said)))
    for column in settings.facts[table].grains.values():
        pools[column] = (*SUBJECTS, *(() if column in TABLES[table].key else (None,)))
    if "marketplace_id" in kinds:
        pools["marketplace_id"] = (OWN, OWN, marketplace("DE").id)
    if "currency" in kinds:
        pools["currency"] = (OWN, OWN, OWN, "EUR", None)
    pools[settings.facts[table].day] = tuple(day(back) for back in OFFSETS)
    return pools


def write(world: World, drawn: DrawnWorld) -> None:
    """Write the world into the ledger and the fact tables."""
    with writing(world.engine) as connection:
        _enter(world, connection, (PROVENANCE, *drawn.pulled))
        for table, found in _by_key(world, drawn.rows).items():
            connection.execute(insert(FACTS[table]), list(found.values()))


def restate(world: World, drawn: DrawnWorld) -> None:
    """Let newer documents say something else: some rows go, some are said anew, and days become known."""
    with writing(world.engine) as connection:
        for name in drawn.withdrawn:
            connection.execute(delete(FACTS[name]).where(FACTS[name].c.store_id == world.store_id))
        told = [row for row in drawn.restated if _is_told(world, drawn, row)]
        for name, found in _by_key(world, told).items():
            table, columns = FACTS[name], ("store_id", "marketplace", *TABLES[name].key)
            for cells in found.values():
                connection.execute(delete(table).where(*(table.c[column] == cells[column] for column in columns)))
            connection.execute(insert(table), list(found.values()))
        _bring_documents(world, connection, {*drawn.withdrawn, *(row.table for row in told)})
        _enter(world, connection, drawn.learned)


def _is_told(world: World, drawn: DrawnWorld, row: Row) -> bool:
    """Tell whether a document speaks of the row's day: of others there is nothing to say anew."""
    feed, day_of = _told_by(world, row.table)
    on = dict(row.cells)[day_of]
    return any(
        (window.feed, window.place, window.document) == (feed, row.place, "loaded")
        and day(window.first) <= on <= day(window.last)
        for window in drawn.pulled
    )


def _told_by(world: World, table: str) -> tuple[str, str]:
    """Return the feed that tells of a table, and the column of its day; also of one that only derived facts are made of."""
    own = world.settings.facts.get(table)
    if own is not None:
        return own.feed, own.day
    (feed,) = (report.name for report in REPORTS.values() if table in {fact.name for fact in report.tables})
    return feed, next(column.name for column in TABLES[table].columns if column.kind is Kind.DAY)


def _bring_documents(world: World, connection: Connection, tables: set[str]) -> None:
    """Enter a newer document for every window that tells of these tables: facts never change without one."""
    feeds = {_told_by(world, table)[0] for table in tables}
    ours = (WINDOW.c.store_id == world.store_id, WINDOW.c.report.in_(feeds))
    older = connection.execute(select(DOCUMENT).join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id).where(*ours)).mappings().all()
    newer = [{**row, "id": f"{row['id']}+", "version": 2, "manifest_number": next(world.numbers)} for row in older]
    if newer:
        connection.execute(insert(DOCUMENT), newer)


def _by_key(world: World, rows: Iterable[Row]) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    """Return the rows by table and key; of those with one key the last holds."""
    found: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for row in rows:
        cells = _complete(world, row)
        found.setdefault(row.table, {})[row.place, *(cells[column] for column in TABLES[row.table].key)] = cells
    return found


def _complete(world: World, row: Row) -> dict[str, Any]:
    """Fill in where the row comes from, its marketplace where that is meant, and the cells of the key that no metric reads."""
    here, cells, filler = marketplace(row.place), dict(row.cells), next(world.numbers)
    for name, own in (("currency", here.currency), ("marketplace_id", here.id)):
        if cells.get(name) == OWN:
            cells[name] = own
    for column in TABLES[row.table].columns:
        if column.name in TABLES[row.table].key and cells.get(column.name) is None:
            cells[column.name] = filler if column.kind is Kind.INTEGER else NIGHT if column.kind is Kind.DAY else f"k{filler}"
    return cells | {
        "store_id": world.store_id,
        "marketplace": row.place,
        "document_id": f"{world.store_id}/facts",
        "line": filler,
        "observed_at": NOW,
    }


def _enter(world: World, connection: Connection, pulled: Iterable[Pulled]) -> None:
    windows = {f"{world.store_id}/{item.feed}/{next(world.numbers)}": item for item in pulled}
    documents = [_document(world, name, item) for name, item in windows.items() if item.document]
    if windows:
        connection.execute(insert(WINDOW), [_window(world, name, item) for name, item in windows.items()])
    if documents:
        connection.execute(insert(DOCUMENT), documents)


def _window(world: World, name: str, item: Pulled) -> dict[str, Any]:
    return {
        "id": name,
        "store_id": world.store_id,
        "marketplace": item.place,
        "report": item.feed,
        "first_day": day(item.first),
        "last_day": day(item.last),
        "wanted_for": NIGHT,
        "entered_on": NIGHT,
        "state": item.state,
        "finished_at": NOW,
        "cancellations": 0,
    }


def _document(world: World, window: str, item: Pulled) -> dict[str, Any]:
    return {
        "id": f"{world.store_id}/facts" if item is PROVENANCE else f"{window}#1",
        "window_id": window,
        "version": 1,
        "sha256": "0" * 64,
        "byte_count": 1,
        "state": item.document,
        "row_count": 1,
        "skipped_count": 0,
        "notes": [],
        "data_through": item.through,
        "observed_at": NOW,
        "received_at": NOW,
        "manifest_number": next(world.numbers),
    }
