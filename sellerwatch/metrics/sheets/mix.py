"""Worksheets of what moved a rate or a price: other products, or other rates and prices of the same ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.decomposition import NotAProductError, mix_and_rate
from sellerwatch.metrics.sheets.inputs import Input, Reader, amount, by_name, count, number, optional, record, whole
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, unknown

Pairs = Mapping[str, Sequence[Quantity]]
Parts = tuple[Quantity, Quantity, Quantity, Quantity]


def _split(p0: Pairs, p1: Pairs, times: int, without: str) -> Parts:
    """Return both rates, the mix effect and the rate effect, each so many times."""
    periods = [{name: [pair.value for pair in pairs] for name, pairs in period.items()} for period in (p0, p1)]
    known = [
        {name: [figure for figure in figures if figure is not None] for name, figures in period.items()} for period in periods
    ]
    if any(len(figures) != len(("base", "events")) for period in known for figures in period.values()):
        return (unknown("no_data"),) * 4
    try:
        found = mix_and_rate(*known)
    except ZeroDivisionError:
        return (unknown(without),) * 4
    except NotAProductError:
        return (unknown("inconsistent"),) * 4
    before, after, mix, rate = (Quantity(part * times) for part in (found.before, found.after, found.mix, found.rate))
    return before, after, mix, rate


def _part(index: int) -> Callable[[Parts], Quantity]:
    return lambda _mixed: _mixed[index]


def _pair(base: str, read_base: Reader, events: str, read_events: Reader) -> Reader:
    """Return the reader of two numbers in a list: what is divided by, and what is divided."""

    def read(value: object, where: str) -> list[Quantity]:
        found = value if isinstance(value, list | tuple) else []
        if len(found) != len((base, events)):
            raise ConfigError(f"{value!r} is not [{base}, {events}]", where=where)
        return [read_base(found[0], where), read_events(found[1], where)]

    return read


RETURNED: Final = _pair("units shipped", whole, "units returned", whole)
RETURNED_UNIT: Final = "[units shipped, units returned] by SKU"

SOLD_ROW: Final = record(
    count("units", "units_ordered", "qty"),
    optional(amount("sales", "ordered_product_sales", "gmv")),
    optional(amount("price", "asp")),
)
SOLD_UNIT: Final = "[units, sales] by SKU, or units with sales or price"


def _sold(value: object, where: str) -> list[Quantity]:
    """Read the units and the sales of a product: both in a list, or by name, where the price may stand for the sales."""
    if not isinstance(value, Mapping):
        found: list[Quantity] = _pair("units", whole, "sales", number)(value, where)
        return found
    row: dict[str, Any] = SOLD_ROW(value, where)
    return [row["units"], row["units"] * row["price"] if row["sales"].value is None else row["sales"]]


def _moved(unit: str, read: Reader) -> tuple[Input, Input]:
    return Input("p0", unit, by_name(read)), Input("p1", unit, by_name(read))


SHEETS: Final = (
    Sheet(
        "return_rate",
        "What moved the rate: other products, or other rates",
        _moved(RETURNED_UNIT, RETURNED),
        (
            cell("mix_effect", "percentage points", _part(2)),
            cell("rate_effect", "percentage points", _part(3)),
            cell("rate0", "%", _part(0)),
            cell("rate1", "%", _part(1)),
            cell("_mixed", "", lambda p0, p1: _split(p0, p1, 100, "no_shipments")),
        ),
        is_kpi=False,
    ),
    Sheet(
        "asp",
        "What moved the price of a unit: other products, or other prices",
        _moved(SOLD_UNIT, _sold),
        (
            cell("mix_effect", "currency per unit", _part(2)),
            cell("price_effect", "currency per unit", _part(3)),
            cell("asp0", "currency per unit", _part(0)),
            cell("asp1", "currency per unit", _part(1)),
            cell("delta", "currency per unit", lambda asp0, asp1: asp1 - asp0),
            cell("_mixed", "", lambda p0, p1: _split(p0, p1, 1, "no_sales")),
        ),
        is_kpi=False,
    ),
)
