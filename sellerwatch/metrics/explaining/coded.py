"""The parts of a value whose SQL is coded: which facts each metric reads, and what they come to in plain arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.money import MICROS_PER_UNIT, to_micros
from sellerwatch.core.periods import Days
from sellerwatch.metrics.explaining.adding import fact_of
from sellerwatch.metrics.explaining.parts import Part, Role, Worked
from sellerwatch.metrics.measured_days import WINDOW_DAYS
from sellerwatch.metrics.sales import IS_ORDERED, IS_VALID, LINE
from sellerwatch.metrics.stock import IS_IN_STOCK, IS_LISTED, IS_OUT, MIN_KNOWN_DAYS, STOCK, TAKES_STOCK
from sellerwatch.reports.registry import TABLES

Row = Mapping[str, Any]
Rows = Sequence[Row]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose value it is, and of which day."""

    store_id: str
    place: Marketplace
    kind: str
    id: str
    on: date

    @property
    def window(self) -> Days:
        """The last complete days before it."""
        return Days(self.on - timedelta(days=WINDOW_DAYS), self.on - timedelta(days=1))

    def rows_of(self, table: Table) -> list[ColumnElement[bool]]:
        """Return what chooses the subject's rows of a table, of whatever day."""
        ours = [table.c.store_id == self.store_id, table.c.marketplace == self.place.code]
        return [*ours, table.c.sku == self.id] if self.kind == "sku" else ours


@dataclass(frozen=True, slots=True)
class Read:
    """The rows that a metric reads from one fact table.

    Attributes:
        table: the fact table.
        words: which rows, in words.
        cells: the cells that matter, besides the key.
        where: what chooses them.
    """

    table: Table
    words: str
    cells: tuple[str, ...]
    where: Callable[[Subject], list[ColumnElement[bool]]]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the rows that were read come to, on the way to a part."""

    role: Role
    name: str
    read: str
    micros: int
    rows: Rows
    times: int = 1


@dataclass(frozen=True, slots=True)
class Known:
    """The rows that were read, and the days on which the marketplace has a stock snapshot of any SKU."""

    rows: Mapping[str, Rows]
    snapshot_days: frozenset[date]

    @property
    def is_known(self) -> bool:
        """Tell whether there are enough snapshots to count in-stock days alone."""
        return len(self.snapshot_days) >= MIN_KNOWN_DAYS


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded metric: its formula in the names of its parts, what it reads, and how that is worked out."""

    formula: str
    reads: Mapping[str, Read]
    work: Callable[[Known], tuple[list[Counted], int | None, int | None]]


# Sales: sums over the order lines of a day


def _lines(condition: ColumnElement[bool]) -> Callable[[Subject], list[ColumnElement[bool]]]:
    return lambda subject: [*subject.rows_of(LINE), LINE.c.purchased_on == subject.on, condition]


def _priced(subject: Subject) -> list[ColumnElement[bool]]:
    is_priced = (IS_VALID, LINE.c.item_price_amount.is_not(None), LINE.c.currency == subject.place.currency)
    return [*subject.rows_of(LINE), LINE.c.purchased_on == subject.on, *is_priced]


_PRICED: Final = Read(
    LINE,
    "order lines of the day that are neither pending nor cancelled, sold on Amazon, with a price in the marketplace's currency",
    ("order_status", "quantity", "item_price_amount", "item_promotion_discount_amount", "currency"),
    _priced,
)
_ORDERED: Final = Read(
    LINE,
    "order lines of the day that are not cancelled, sold on Amazon, pending ones included",
    ("order_status", "item_status", "quantity"),
    _lines(IS_ORDERED),
)


def _amount(rows: Rows, name: str) -> int:
    return sum(to_micros(row[name]) for row in rows if row[name] is not None)


def _gmv(known: Known) -> tuple[list[Counted], int | None, int | None]:
    rows = known.rows["lines"]
    price = _amount(rows, "item_price_amount")
    return [Counted("numerator", "item price", "lines", price, rows)], price, None


def _net_sales(known: Known) -> tuple[list[Counted], int | None, int | None]:
    rows = known.rows["lines"]
    discounted = [row for row in rows if row["item_promotion_discount_amount"]]
    price, discount = _amount(rows, "item_price_amount"), _amount(rows, "item_promotion_discount_amount")
    parts = [
        Counted("numerator", "item price", "lines", price, rows),
        Counted("numerator", "promotion discount", "lines", discount, discounted, times=-1),
    ]
    return parts, price - discount, None


def _units(known: Known) -> tuple[list[Counted], int | None, int | None]:
    rows = known.rows["lines"]
    units = sum(row["quantity"] or 0 for row in rows) * MICROS_PER_UNIT
    return [Counted("numerator", "quantity", "lines", units, rows)], units, None


# Stock: snapshots of thirty days, and what was sold on them


def _snapshots(subject: Subject) -> list[ColumnElement[bool]]:
    window = subject.window
    return [*subject.rows_of(STOCK), STOCK.c.snapshot_on.between(window.first, window.last), IS_LISTED]


def _sold(subject: Subject) -> list[ColumnElement[bool]]:
    window = subject.window
    return [*subject.rows_of(LINE), LINE.c.purchased_on.between(window.first, window.last), TAKES_STOCK]


def _morning(subject: Subject) -> list[ColumnElement[bool]]:
    return [*subject.rows_of(STOCK), STOCK.c.snapshot_on == subject.on]


def _sku_days(subject: Subject) -> list[ColumnElement[bool]]:
    sold = select(LINE.c.sku).where(*_sold(subject)).group_by(LINE.c.sku).having(func.sum(LINE.c.quantity) > 0)
    after = subject.window.first
    days = (STOCK.c.snapshot_on > after, STOCK.c.snapshot_on <= subject.on)
    return [*subject.rows_of(STOCK), *days, or_(IS_IN_STOCK, IS_OUT), STOCK.c.sku.in_(sold)]


_SHELF: Final = ("sellable_units", "has_afn_listing")
_PACE_READS: Final[Mapping[str, Read]] = {
    "snapshots": Read(STOCK, "stock snapshots of the 30 days before, while Amazon ships the offer", _SHELF, _snapshots),
    "sold": Read(
        LINE,
        "order lines of the 30 days before that take from Amazon's shelf and are not cancelled",
        ("purchased_on", "quantity", "fulfillment_channel"),
        _sold,
    ),
}


@dataclass(frozen=True, slots=True)
class _Pace:
    """How fast a SKU sells: units and days, each with the rows behind it."""

    units: int
    days: int
    sold: Rows
    in_stock: Rows
    days_added: int
    was_out: bool
    all_units: int


def _pace(known: Known) -> _Pace:
    """Count the in-stock days and the units sold on them; while snapshots are few, days without one count as in stock."""
    in_stock = [row for row in known.rows["snapshots"] if (row["sellable_units"] or 0) > 0]
    out = [row for row in known.rows["snapshots"] if row["sellable_units"] is not None and row["sellable_units"] <= 0]
    days = {row["snapshot_on"] for row in in_stock}
    counts = days if known.is_known else days | _without(known)
    sold = [row for row in known.rows["sold"] if row["purchased_on"] in counts]
    added = 0 if known.is_known else WINDOW_DAYS - len(known.snapshot_days)
    every = sum(row["quantity"] or 0 for row in known.rows["sold"])
    units = sum(row["quantity"] or 0 for row in sold)
    return _Pace(units, len(days) + added, sold, in_stock, added, was_out=bool(out), all_units=every)


def _without(known: Known) -> set[date]:
    return {row["purchased_on"] for row in known.rows["sold"]} - known.snapshot_days


def _pace_parts(pace: _Pace, units: Role, days: Role) -> list[Counted]:
    in_stock = (pace.days - pace.days_added) * MICROS_PER_UNIT
    found = [
        Counted(units, "units sold on days in stock", "sold", pace.units * MICROS_PER_UNIT, pace.sold),
        Counted(days, "days in stock", "snapshots", in_stock, pace.in_stock),
    ]
    if pace.days_added:
        name = "days without a snapshot of any SKU, taken as in stock"
        found.append(Counted(days, name, "snapshots", pace.days_added * MICROS_PER_UNIT, ()))
    return found


def _velocity(known: Known) -> tuple[list[Counted], int | None, int | None]:
    pace = _pace(known)
    parts = _pace_parts(pace, "numerator", "denominator")
    return parts, pace.units * MICROS_PER_UNIT, pace.days * MICROS_PER_UNIT


def _cover(known: Known) -> tuple[list[Counted], int | None, int | None]:
    pace, morning = _pace(known), known.rows["morning"]
    sellable = sum(row["sellable_units"] or 0 for row in morning)
    parts = [
        Counted("numerator", "sellable units in the morning", "morning", sellable * MICROS_PER_UNIT, morning),
        *_pace_parts(pace, "denominator", "numerator"),
    ]
    never_in_stock = not pace.in_stock and pace.was_out
    if sellable <= 0 and (pace.all_units > 0 or never_in_stock):
        return parts, 0, None
    return parts, sellable * pace.days * MICROS_PER_UNIT, pace.units * MICROS_PER_UNIT


def _stockout(known: Known) -> tuple[list[Counted], int | None, int | None]:
    rows = known.rows["sku_days"]
    out = [row for row in rows if row["sellable_units"] <= 0]
    parts = [
        Counted("numerator", "SKU-days with nothing sellable", "sku_days", len(out) * MICROS_PER_UNIT, out),
        Counted("denominator", "SKU-days whose stock is known", "sku_days", len(rows) * MICROS_PER_UNIT, rows),
    ]
    return parts, len(out) * MICROS_PER_UNIT, len(rows) * MICROS_PER_UNIT


CODED: Final[Mapping[str, Coded]] = {
    "gmv": Coded("item price", {"lines": _PRICED}, _gmv),
    "net_sales": Coded("item price - promotion discount", {"lines": _PRICED}, _net_sales),
    "units": Coded("quantity", {"lines": _ORDERED}, _units),
    "velocity": Coded("units sold on days in stock / days in stock", _PACE_READS, _velocity),
    "days_of_cover": Coded(
        "sellable units in the morning x days in stock / units sold on days in stock",
        {"morning": Read(STOCK, "the morning's stock snapshot", _SHELF, _morning), **_PACE_READS},
        _cover,
    ),
    "stockout_rate": Coded(
        "SKU-days with nothing sellable / SKU-days whose stock is known x 100",
        {
            "sku_days": Read(
                STOCK,
                "stock snapshots of the 30 days up to the morning, of SKUs that sold in the 30 days before",
                _SHELF,
                _sku_days,
            )
        },
        _stockout,
    ),
}
"""Every coded metric that is made of facts. A test holds it against config/metrics.yaml."""


def work_out(connection: Connection, metric: str, subject: Subject) -> Worked:
    """Read a coded metric's facts and add them up."""
    coded = CODED[metric]
    rows = {name: _read(connection, read, subject) for name, read in coded.reads.items()}
    counted, numerator, denominator = coded.work(Known(rows, _snapshot_days(connection, subject)))
    parts = tuple(_part(coded.reads[item.read], item, subject) for item in counted)
    return Worked(parts, numerator, denominator, coded.formula)


def _read(connection: Connection, read: Read, subject: Subject) -> Rows:
    key = [read.table.c[name] for name in TABLES[read.table.name].key]
    chosen = select(read.table).where(*read.where(subject)).order_by(*key)
    return [dict(row) for row in connection.execute(chosen).mappings()]


def _snapshot_days(connection: Connection, subject: Subject) -> frozenset[date]:
    window = subject.window
    days = select(STOCK.c.snapshot_on).where(
        STOCK.c.store_id == subject.store_id,
        STOCK.c.marketplace == subject.place.code,
        STOCK.c.snapshot_on.between(window.first, window.last),
    )
    return frozenset(connection.execute(days.distinct()).scalars())


def _part(read: Read, item: Counted, subject: Subject) -> Part:
    names = list(dict.fromkeys((*TABLES[read.table.name].key, *read.cells)))
    facts: Iterable[Row] = item.rows
    return Part(
        role=item.role,
        name=item.name,
        expression=f"{read.table.name}: {read.words}",
        times=item.times,
        marketplace=subject.place.code,
        micros=item.micros,
        facts=tuple(fact_of(read.table.name, row, names) for row in facts),
        left_out={},
    )
