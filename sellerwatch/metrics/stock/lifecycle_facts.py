"""What is known of each SKU's life on a night: when it began, how it sells, what lies in stock, and what people say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from operator import add
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, case, exists, func, or_, select

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import local_day
from sellerwatch.metrics.measured_days import Measuring, oldest_known_day
from sellerwatch.metrics.sales import IS_CANCELLED, LINE
from sellerwatch.metrics.shape import total
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.settings.models import LifecycleFile
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.lifecycle import SKU_STAGE
from sellerwatch.warehouse.tables.user import USER

Key = tuple[str, str]
"""Marketplace and SKU."""

ORDERS: Final = ("all_orders", "orders_by_date")
AT_ONCE: Final = 500
"""SKUs that one statement names."""

_STOCK, _PLAN, _LISTING, _LEDGER = (
    FACTS[name] for name in ("fba_inventory", "inventory_planning", "merchant_listing", "ledger_summary")
)
_AGED: Final = (
    "aged_181_to_270_units",
    "aged_271_to_365_units",
    "aged_366_to_455_units",
    "aged_456_plus_units",
    "aged_365_plus_units",
)
"""One partition of the stock that has lain for over 180 days; the last is the older layout's, which lacks the two before it."""

_YOUNG: Final = ("aged_0_to_90_units", "aged_91_to_180_units")


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """What is known of one SKU in one marketplace; None is not known.

    Attributes:
        launched_on: the first day it could be bought, as people say.
        received_on: the first day Amazon received any; not looked for where the rule has found the SKU old.
        sold_on: the day of its first order; likewise.
        opened_on: the day its listing was made.
        known_from: the oldest day whose orders the warehouse knows.
        units_now: units ordered in the last days of the trend.
        units_before: units ordered in as many days before.
        sellable_units: units on sale this morning.
        inbound_units: units announced, sent or arriving.
        aged_units: units that have lain at Amazon for over 180 days.
        lying_units: units at Amazon of any age.
        said: the stage by the table lifecycle_stage; empty where it says nothing.
        said_from: since when.
    """

    marketplace: str
    sku: str
    launched_on: date | None = None
    received_on: date | None = None
    sold_on: date | None = None
    opened_on: date | None = None
    known_from: date | None = None
    units_now: int = 0
    units_before: int = 0
    sellable_units: int | None = None
    inbound_units: int | None = None
    aged_units: int = 0
    lying_units: int = 0
    said: str = ""
    said_from: date | None = None

    def numbers(self) -> dict[str, object]:
        """Return what a decision rests on, as JSON values."""
        return {
            "units_now": self.units_now,
            "units_before": self.units_before,
            "sellable_units": self.sellable_units,
            "inbound_units": self.inbound_units,
            "aged_units": self.aged_units,
            "lying_units": self.lying_units,
        }


def read_facts(connection: Connection, measuring: Measuring, rules: LifecycleFile) -> dict[Key, SkuFacts]:
    """Return every SKU that is listed, stocked, or was ordered within the trend, with what is known of it."""
    parts: dict[Key, dict[str, Any]] = {}
    for rows in (
        _ordered(connection, measuring, rules.trend_days),
        _stocked(connection, measuring),
        _listed(connection, measuring),
    ):
        _take_in(parts, rows, is_new=True)
    _take_in(parts, _aged(connection, measuring), is_new=False)
    if parts.keys() - _found_old(connection, measuring):
        _take_in(parts, _first_sales(connection, measuring), is_new=False)
        _take_in(parts, _first_receipts(connection, measuring), is_new=False)
    oldest = {place.code: _known_from(connection, measuring.store_id, place.code) for place in measuring.marketplaces}
    words = _said(connection, measuring)
    return {key: _with_word(SkuFacts(*key, known_from=oldest.get(key[0]), **values), words) for key, values in parts.items()}


def _take_in(parts: dict[Key, dict[str, Any]], rows: Iterable[Row[Any]], *, is_new: bool) -> None:
    """Add the rows' columns to what is known of their SKUs; other SKUs count only where the rows may bring new ones."""
    for row in rows:
        values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
        key = (values.pop("marketplace"), values.pop("sku"))
        if opened_at := values.pop("opened_at_utc", None):
            values["opened_on"] = _day_of(opened_at, key[0])
        if is_new or key in parts:
            parts.setdefault(key, {}).update(values)


def _day_of(moment: datetime, place: str) -> date:
    return local_day(moment, BY_CODE[place].zone)


def _known_from(connection: Connection, store_id: str, place: str) -> date | None:
    days = (oldest_known_day(connection, store_id, place, report) for report in ORDERS)
    return min((day for day in days if day is not None), default=None)


def _ordered(connection: Connection, measuring: Measuring, days: int) -> Iterable[Row[Any]]:
    middle, first = (measuring.as_of - timedelta(days=count) for count in (days, 2 * days))
    quantity = func.coalesce(LINE.c.quantity, 0)
    return connection.execute(
        select(
            LINE.c.marketplace,
            LINE.c.sku,
            total(case((LINE.c.purchased_on >= middle, quantity), else_=0)).label("units_now"),
            total(case((LINE.c.purchased_on < middle, quantity), else_=0)).label("units_before"),
        )
        .where(
            *measuring.owns(LINE),
            LINE.c.purchased_on >= first,
            LINE.c.purchased_on < measuring.as_of,
            ~IS_CANCELLED,
            LINE.c.sku.is_not(None),
        )
        .group_by(LINE.c.marketplace, LINE.c.sku)
    )


def _stocked(connection: Connection, measuring: Measuring) -> Iterable[Row[Any]]:
    inbound = _added_up(_STOCK, ("inbound_working_units", "inbound_shipped_units", "inbound_receiving_units"))
    return _newest(connection, measuring, _STOCK, _STOCK.c.sellable_units, inbound.label("inbound_units"))


def _listed(connection: Connection, measuring: Measuring) -> Iterable[Row[Any]]:
    return _newest(connection, measuring, _LISTING, _LISTING.c.opened_at_utc)


def _aged(connection: Connection, measuring: Measuring) -> Iterable[Row[Any]]:
    aged, young = _added_up(_PLAN, _AGED), _added_up(_PLAN, _YOUNG)
    return _newest(connection, measuring, _PLAN, aged.label("aged_units"), (aged + young).label("lying_units"))


def _added_up(table: Table, names: Iterable[str]) -> ColumnElement[Any]:
    return reduce(add, (func.coalesce(table.c[name], 0) for name in names))


def _newest(connection: Connection, measuring: Measuring, table: Table, *columns: Any) -> Iterable[Row[Any]]:  # noqa: ANN401 - columns
    """Return the rows of each marketplace's newest snapshot up to the night."""
    other = table.alias()
    for place in measuring.places:  # each by itself: the key then leads to the newest day without a look at the others
        its = (other.c.store_id == measuring.store_id, other.c.marketplace == place, other.c.snapshot_on <= measuring.as_of)
        newest = select(func.max(other.c.snapshot_on)).where(*its).scalar_subquery()
        ours = (table.c.store_id == measuring.store_id, table.c.marketplace == place, table.c.snapshot_on == newest)
        yield from connection.execute(select(table.c.marketplace, table.c.sku, *columns).where(*ours))


def _first_sales(connection: Connection, measuring: Measuring) -> Iterable[Row[Any]]:
    return _firsts(connection, measuring, LINE, "purchased_on", "sold_on", ~IS_CANCELLED)


def _first_receipts(connection: Connection, measuring: Measuring) -> Iterable[Row[Any]]:
    is_receipt = and_(_LEDGER.c.period == "DAY", _LEDGER.c.received_units > 0)
    return _firsts(connection, measuring, _LEDGER, "balance_on", "received_on", is_receipt)


def _is_old(measuring: Measuring) -> tuple[ColumnElement[bool], ...]:
    """Return which stages say that the rule had found a SKU old before the night."""
    return (
        SKU_STAGE.c.store_id == measuring.store_id,
        SKU_STAGE.c.source == "rule",
        SKU_STAGE.c.stage != "new",
        SKU_STAGE.c.since_on <= measuring.as_of,
        SKU_STAGE.c.decided_for < measuring.as_of,
    )


def _found_old(connection: Connection, measuring: Measuring) -> set[Key]:
    rows = connection.execute(select(SKU_STAGE.c.marketplace, SKU_STAGE.c.sku).where(*_is_old(measuring)))
    return {(place, sku) for place, sku in rows}


def _firsts(
    connection: Connection,
    measuring: Measuring,
    table: Table,
    day: str,
    name: str,
    condition: Any,  # noqa: ANN401 - a condition
) -> Iterable[Row[Any]]:
    """Return the first day of each SKU that the rule has not found old yet; while there is one, all of history is read for it."""
    is_its = (SKU_STAGE.c.marketplace == table.c.marketplace, SKU_STAGE.c.sku == table.c.sku)
    is_old = exists().where(*_is_old(measuring), *is_its)
    return connection.execute(
        select(table.c.marketplace, table.c.sku, func.min(table.c[day]).label(name))
        .where(*measuring.owns(table), table.c[day] < measuring.as_of, condition, ~is_old)
        .group_by(table.c.marketplace, table.c.sku)
    )


def stocked_shares(connection: Connection, measuring: Measuring, days: int, keys: Sequence[Key]) -> dict[Key, float]:
    """Return the percentage of known days of the trend on which each SKU was in stock, where half of them or more are known."""
    shares: dict[Key, float] = {}
    first = measuring.as_of - timedelta(days=2 * days)
    skus = sorted({sku for _, sku in keys})
    for start in range(0, len(skus), AT_ONCE):
        rows = connection.execute(
            select(
                _STOCK.c.marketplace,
                _STOCK.c.sku,
                total(case((_STOCK.c.sellable_units > 0, 1), else_=0)).label("stocked"),
                func.count(_STOCK.c.sellable_units).label("known"),
            )
            .where(
                *measuring.owns(_STOCK),
                _STOCK.c.snapshot_on > first,
                _STOCK.c.snapshot_on <= measuring.as_of,
                _STOCK.c.sku.in_(skus[start : start + AT_ONCE]),
            )
            .group_by(_STOCK.c.marketplace, _STOCK.c.sku)
        )
        shares |= {(row.marketplace, row.sku): row.stocked * 100 / row.known for row in rows if row.known >= days}
    return {key: shares[key] for key in keys if key in shares}


Words = Mapping[str, Mapping[Key, tuple[int, Mapping[str, Any]]]]
"""By table, the row that speaks most closely of each marketplace and SKU, with how closely."""


def _said(connection: Connection, measuring: Measuring) -> Words:
    """Return what people's tables say on the night; a row that names the store or the marketplace outranks one that does not."""
    stage = USER["lifecycle_stage"]
    holds = and_(
        stage.c.valid_from <= measuring.as_of,
        or_(stage.c.valid_to.is_(None), stage.c.valid_to > measuring.as_of),
    )
    return {
        "said": _closest(connection, measuring, stage, holds),
        "launched": _closest(connection, measuring, USER["product_launch"], USER["product_launch"].c.launched_on.is_not(None)),
    }


def _closest(
    connection: Connection,
    measuring: Measuring,
    table: Table,
    condition: Any,  # noqa: ANN401 - a condition
) -> dict[Key, tuple[int, Mapping[str, Any]]]:
    found: dict[Key, tuple[int, Mapping[str, Any]]] = {}
    rows = connection.execute(select(table).where(table.c.store.in_((measuring.store_id, EVERY)), condition)).mappings()
    for row in rows:
        rank = 2 * (row["store"] != EVERY) + (row["marketplace"] != EVERY)
        for place in _places(measuring, row["marketplace"]):
            if found.get((place, row["sku"]), (-1, {}))[0] < rank:
                found[place, row["sku"]] = (rank, dict(row))
    return found


def _places(measuring: Measuring, said: str) -> Iterator[str]:
    yield from (place.code for place in measuring.marketplaces if said in {EVERY, place.code})


def _with_word(facts: SkuFacts, words: Words) -> SkuFacts:
    key = (facts.marketplace, facts.sku)
    _, said = words["said"].get(key, (0, {}))
    _, launched = words["launched"].get(key, (0, {}))
    return replace(
        facts,
        said=said.get("stage", ""),
        said_from=said.get("valid_from"),
        launched_on=launched.get("launched_on"),
    )
