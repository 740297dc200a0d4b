"""The rows of people's tables that a computed value rests on: which of them hold for each fact that was added up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.metrics.derived.holding import Row, every_row, holding, rate_row, rows_of_store, speaks_of
from sellerwatch.metrics.derived.inputs import GOODS
from sellerwatch.metrics.derived.plans import Borne, is_expected, is_for, period_around, target_holding, targets_of
from sellerwatch.metrics.derived.registry import DERIVED, kinds_of
from sellerwatch.metrics.derived.sharing import COST_SHARE, Sharing
from sellerwatch.metrics.explaining.parts import Fact, Part
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.settings.expressions import Aggregate

Named = Iterator[tuple[str, Row]]
"""Rows, each with the table that it is of, without ``user_``."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What people filled in that is about a store; each table is read once, when it is first asked for."""

    run: Run
    tables: dict[str, list[Row]] = field(default_factory=dict)
    costs: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table."""
        if table not in self.tables:
            self.tables[table] = rows_of_store(self.run, table)
        return self.tables[table]

    def sharing(self) -> Sharing:
        """Return how the stores share what is paid for all of them."""
        if COST_SHARE not in self.tables:
            self.tables[COST_SHARE] = every_row(self.run, COST_SHARE)
        return Sharing(self.run.measuring.store_id, self.run.settings.stores, self.tables[COST_SHARE])

    def costs_of(self, sku: str | None) -> list[Row]:
        """Return what somebody said that a SKU costs."""
        if not self.costs:
            for row in self.rows("unit_cost"):
                self.costs.setdefault(row["sku"], []).append(row)
        return self.costs.get(sku or "", [])


@dataclass(frozen=True, slots=True)
class Looked:
    """The rows of a derived fact that one part was added up from."""

    aggregate: Aggregate
    place: Marketplace
    rows: Sequence[Row]

    @property
    def read(self) -> frozenset[str]:
        """The columns that are added up or decide what is."""
        return frozenset([*self.aggregate.columns, *(condition.column for condition in self.aggregate.where)])

    @property
    def is_resting(self) -> bool:
        """Tell whether any of these columns is of people's making."""
        name = self.aggregate.table
        base = DERIVED[name].base if name in DERIVED else ""
        own = kinds_of(name).keys() - (kinds_of(base).keys() if base else set())
        return name in _BEHIND and (not base or bool(self.read & own))


@dataclass(frozen=True, slots=True)
class _Behind:
    tables: tuple[str, ...]
    find: Callable[[Filled, Looked], Named]


def _costs(day: str, sku: str) -> _Behind:
    """Find what the goods of each row cost on its day."""

    def find(filled: Filled, looked: Looked) -> Named:
        for name, on in dict.fromkeys((row[sku], row[day]) for row in looked.rows):
            yield from _cost(filled, looked.place, name, on)

    return _Behind(("unit_cost", "fx_rate"), find)


def _cost(filled: Filled, place: Marketplace, sku: str | None, on: date) -> Named:
    held = holding([row for row in filled.costs_of(sku) if speaks_of(row, place.code)], on)
    if held:
        yield "unit_cost", held
        yield from _worth(filled, held["currency"], place, on)


def _worth(filled: Filled, currency: str | None, place: Marketplace, on: date) -> Named:
    found = rate_row(filled.rows("fx_rate"), currency or place.currency, place.currency, on)
    if found:
        yield "fx_rate", found


def _targets(day: str) -> _Behind:
    """Find the target of each day, and the events that say how it is split over its period's days."""

    def find(filled: Filled, looked: Looked) -> Named:
        place = looked.place
        targets = targets_of(filled.rows("target"), place, filled.run)
        for on in dict.fromkeys(row[day] for row in looked.rows):
            held = target_holding(targets, on)
            if held:
                yield "target", held
                yield from _worth(filled, held["currency"], place, on)
                yield from _events(filled, place, period_around(held["period"], on))

    return _Behind(("target", "event", "fx_rate"), find)


def _events(filled: Filled, place: Marketplace, days: Days) -> Named:
    for row in filled.rows("event"):
        if speaks_of(row, place.code) and any(is_expected(row, day) for day in days):
            yield "event", row


def _overhead(filled: Filled, looked: Looked) -> Named:
    sharing = filled.sharing()
    for on in [row["day"] for row in looked.rows]:
        borne = Borne.on(on, filled.rows("operating_cost"), sharing)
        for held in (*borne.own, *borne.common):
            yield "operating_cost", held
            yield from _worth(filled, held["currency"], looked.place, on)
        for stated in borne.share.rows if borne.share else ():
            yield COST_SHARE, stated


def _promotion(filled: Filled, looked: Looked) -> Named:
    """Find what was said of each promotion, and where its goods count, what they cost on any of its days."""
    ended = {(row["sku"], row["ends_on"]) for row in looked.rows}
    for row in filled.rows("promotion_cost"):
        if (row["sku"], row["ends_on"]) in ended and is_for(row, looked.place, filled.run):
            yield "promotion_cost", row
            yield from _worth(filled, row["currency"], looked.place, row["ends_on"])
            for day in Days(row["starts_on"], row["ends_on"]) if looked.read & _OF_GOODS else ():
                yield from _cost(filled, looked.place, row["sku"], day)


_OF_GOODS: Final = {"incremental_margin_amount", "cost_state"}
"""The columns of a promotion that its goods' cost has a part in."""

_BEHIND: Final[Mapping[str, _Behind]] = {
    "order_cost": _costs("purchased_on", "sku"),
    "economics_cost": _costs("sold_on", "msku"),
    "return_cost": _costs("returned_on", "sku"),
    "economics_charge_cost": _costs("sold_on", "msku"),
    "settled_cost": _costs("posted_on", "sku"),
    "stock_cost": _costs("snapshot_on", "sku"),
    "order_on_plan": _targets("purchased_on"),
    "target_day": _targets("day"),
    "overhead_day": _Behind(("operating_cost", COST_SHARE, "fx_rate"), _overhead),
    "promotion_run": _Behind(("promotion_cost", "unit_cost", "fx_rate"), _promotion),
}
"""The derived facts that people's tables have a part in. A test holds them against the tables that derived facts name."""

_CELLS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "unit_cost": ("what one unit of the goods costs", (*GOODS, "freight_amount", "currency")),
    "fx_rate": ("what currencies are worth", ("rate",)),
    "target": ("the targets that hold", ("target_value", "currency")),
    "event": ("what events are expected to bring", ("valid_from", "valid_to", "expected_factor")),
    "operating_cost": ("running costs of a month", ("monthly_amount", "currency")),
    COST_SHARE: ("the parts that stores bear of what is paid for all", ("part",)),
    "promotion_cost": (
        "what was said of promotions",
        ("starts_on", "ends_on", "baseline_units", "fee_amount", "extra_ads_amount", "currency"),
    ),
}
"""By table: what its rows say, in words, and the cells that matter besides the key."""


def tables_behind(aggregates: Iterable[Aggregate]) -> frozenset[str]:
    """Return the tables that people fill in that these parts may rest on."""
    return frozenset(table for item in aggregates if item.table in _BEHIND for table in _BEHIND[item.table].tables)


def resting(filled: Filled, looked: Iterable[Looked]) -> list[Part]:
    """Return the rows that parts rest on, one part for each table and marketplace."""
    found: dict[tuple[str, str], dict[tuple[object, ...], Row]] = {}
    for item in looked:
        for table, row in _BEHIND[item.aggregate.table].find(filled, item) if item.is_resting else ():
            key = tuple(row[name] for name in USER_TABLES[table].key)
            found.setdefault((table, item.place.code), {})[key] = row
    return [_part(table, place, [rows[key] for key in sorted(rows)]) for (table, place), rows in found.items()]


def _part(table: str, place: str, rows: Iterable[Row]) -> Part:
    words, cells = _CELLS[table]
    return Part(
        role="rests on",
        name=words,
        expression=f"{USER_TABLES[table].table_name}: {', '.join(cells)}",
        times=1,
        marketplace=place,
        micros=None,
        facts=tuple(user_fact(table, row, cells) for row in rows),
        left_out={},
    )


def user_fact(table: str, row: Row, cells: Iterable[str]) -> Fact:
    """Return a row of a table that people fill in as a fact: its key and these cells, with its line and import."""
    declared = USER_TABLES[table]
    names = dict.fromkeys((*declared.key, *cells))
    shown = {name: row[name] for name in names}
    return Fact(declared.table_name, shown, line=row["line"], import_number=row["import_number"])
