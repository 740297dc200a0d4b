"""Facts beside what the goods cost on their day: order lines, net sales, charges, settled amounts and stock.

An amount that the cost makes is blank where no cost is known (`cost_state` missing) or its currency has no rate (no_rate);
it is never taken as nothing.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Join, Select, Table, and_, case, func, null, select, type_coerce

from sellerwatch.metrics.derived.declare import DerivedFact, made, rows_of, scaled, taken
from sellerwatch.metrics.derived.inputs import CALENDAR_DAY, DAY_RATE, SKU_COST
from sellerwatch.metrics.derived.plans import KNOWN, MISSING, NO_RATE
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import Kind
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.facts import FACTS

_USERS: Final = ("unit_cost", "fx_rate")
_STATE: Final = made("cost_state", Kind.TEXT, "known, missing, or no_rate where the cost's currency has no rate")
_PART: Final = made("has_blank_part", Kind.FLAG, "whether packaging or duty of the goods is not known")
GOODS: Final = scaled(SKU_COST.c.goods, DAY_RATE.c.rate)
"""What one unit costs without freight, in the marketplace's currency; null where it is not known."""

FREIGHT: Final = scaled(SKU_COST.c.freight, DAY_RATE.c.rate)
_IS_PRICED: Final = DAY_RATE.c.rate.is_not(None)
STATE: Final = case((SKU_COST.c.sku.is_(None), MISSING), (_IS_PRICED, KNOWN), else_=NO_RATE)


def beside_costs(base: Table, *, day: str, sku: str) -> Join:
    """Join each row of a fact table with the day, the SKU's cost on it and what that is worth."""
    on, name = base.c[day], base.c[sku]
    place = base.c.marketplace
    return (
        base.join(
            CALENDAR_DAY,
            and_(CALENDAR_DAY.c.store_id == base.c.store_id, CALENDAR_DAY.c.marketplace == place, CALENDAR_DAY.c.day == on),
        )
        .outerjoin(
            SKU_COST,
            and_(
                SKU_COST.c.marketplace == place,
                SKU_COST.c.sku == name,
                SKU_COST.c.valid_from <= on,
                SKU_COST.c.valid_to > on,
            ),
        )
        .outerjoin(
            DAY_RATE,
            and_(DAY_RATE.c.marketplace == place, DAY_RATE.c.day == on, DAY_RATE.c.currency == SKU_COST.c.currency),
        )
    )


def _times(units: ColumnElement[Any], each: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(units, BigInteger) * each


def _blank_part() -> ColumnElement[bool]:
    return func.coalesce(SKU_COST.c.has_blank_part, False)


ORDER_COST_COLUMNS: Final = (
    *taken("order_line", "purchased_on", "sku", "asin", "currency", "order_status", "item_status", "sales_channel"),
    *taken("order_line", "quantity", "item_price_amount", "item_promotion_discount_amount"),
    made("goods_amount", Kind.MONEY, "What the line's units cost without freight; blank where that is not known."),
    made("freight_amount", Kind.MONEY, "Freight of the line's units to Amazon; blank where that is not known."),
    _STATE,
    _PART,
)


def order_cost(_: Run) -> Select[Any]:
    """Order lines with what their units cost on the day of the sale."""
    base = FACTS["order_line"]
    own = {
        "goods_amount": _times(base.c.quantity, GOODS),
        "freight_amount": _times(base.c.quantity, FREIGHT),
        "cost_state": STATE,
        "has_blank_part": _blank_part(),
    }
    return rows_of(base, ORDER_COST_COLUMNS, own, joined=beside_costs(base, day="purchased_on", sku="sku"))


_ECONOMICS_COLUMNS: Final = (
    *taken("economics_day", "sold_on", "msku", "parent_asin", "child_asin", "currency", "units_ordered", "units_refunded"),
    *taken("economics_day", "net_units_sold", "refunded_product_sales_amount", "net_product_sales_amount"),
    made(
        "landed_amount", Kind.MONEY, "What the net units cost with freight to Amazon; blank where one of the two is not known."
    ),
    made("refunded_goods_amount", Kind.MONEY, "What the refunded units cost without freight; blank where that is not known."),
    _STATE,
    _PART,
)


def economics_cost(_: Run) -> Select[Any]:
    """Net sales by SKU and day with what their units cost."""
    base = FACTS["economics_day"]
    own = {
        "landed_amount": _times(base.c.net_units_sold, GOODS + FREIGHT),
        "refunded_goods_amount": _times(base.c.units_refunded, GOODS),
        "cost_state": STATE,
        "has_blank_part": _blank_part(),
    }
    return rows_of(base, _ECONOMICS_COLUMNS, own, joined=beside_costs(base, day="sold_on", sku="msku"))


_RETURN_COLUMNS: Final = (
    *taken("fba_return", "returned_on", "sku", "asin", "units", "disposition"),
    made("currency", Kind.TEXT, "The marketplace's currency."),
    made("goods_amount", Kind.MONEY, "What the units cost without freight; blank where that is not known."),
    made("landed_amount", Kind.MONEY, "What they cost with freight to Amazon; blank where one of the two is not known."),
    _STATE,
)


def return_cost(_: Run) -> Select[Any]:
    """Units that came back to Amazon, with what they cost on the day."""
    base = FACTS["fba_return"]
    own = {
        "currency": CALENDAR_DAY.c.currency,
        "goods_amount": _times(base.c.units, GOODS),
        "landed_amount": _times(base.c.units, GOODS + FREIGHT),
        "cost_state": STATE,
    }
    return rows_of(base, _RETURN_COLUMNS, own, joined=beside_costs(base, day="returned_on", sku="sku"))


_REFUND_COLUMNS: Final = (
    *taken("economics_day", "sold_on", "msku", "units_refunded"),
    made("has_returns", Kind.FLAG, "whether what came back to Amazon on the day is in"),
)


def refund_day(_: Run) -> Select[Any]:
    """Refunds by SKU and day; the line stands for whether the day's returns are in, so that its mark changes with that."""
    base, day = FACTS["economics_day"], CALENDAR_DAY
    is_of_day = and_(day.c.store_id == base.c.store_id, day.c.marketplace == base.c.marketplace, day.c.day == base.c.sold_on)
    return (
        select(
            base.c.store_id,
            base.c.marketplace,
            case((day.c.has_returns, 2), else_=1).label("line"),
            base.c.observed_at,
            base.c.document_id,
            base.c.sold_on,
            base.c.msku,
            base.c.units_refunded,
            day.c.has_returns,
        )
        .select_from(InOrder(day, base, is_of_day))
        .where(base.c.units_refunded > 0)
    )


_CHARGE_COLUMNS: Final = (
    *taken("economics_charge", "sold_on", "msku", "parent_asin", "charge_kind", "currency", "total_amount"),
    made("unit_freight_amount", Kind.MONEY, "Freight of one unit of the SKU; blank where its cost or freight is not known."),
)


def economics_charge_cost(_: Run) -> Select[Any]:
    """Amazon's charges by SKU and day, with whether the SKU's cost is known."""
    base = FACTS["economics_charge"]
    own = {"unit_freight_amount": FREIGHT}
    return rows_of(base, _CHARGE_COLUMNS, own, joined=beside_costs(base, day="sold_on", sku="msku"))


_SETTLED_COLUMNS: Final = (
    *taken("settlement_line", "posted_on", "transaction_type", "amount_type", "amount_description", "amount", "currency"),
    *taken("settlement_line", "sku", "quantity"),
    made("freight_amount", Kind.MONEY, "Freight to Amazon of the units the line is for; blank where that is not known."),
    made("freight_state", Kind.TEXT, "known, missing or no_rate; blank for what belongs to no SKU"),
)


def settled_cost(_: Run) -> Select[Any]:
    """Settled amounts, with the freight of the units they are for."""
    base = FACTS["settlement_line"]
    state = case(
        (base.c.sku.is_(None), null()),
        (SKU_COST.c.freight.is_(None), MISSING),
        (_IS_PRICED, KNOWN),
        else_=NO_RATE,
    )
    own = {"freight_amount": _times(base.c.quantity, FREIGHT), "freight_state": state}
    return rows_of(base, _SETTLED_COLUMNS, own, joined=beside_costs(base, day="posted_on", sku="sku"))


_STOCK_COLUMNS: Final = (
    *taken("fba_inventory", "snapshot_on", "sku", "asin", "sellable_units"),
    made("currency", Kind.TEXT, "The marketplace's currency."),
    made("stock_amount", Kind.MONEY, "Sellable units at what they cost without freight; blank where that is not known."),
    _STATE,
)


def stock_cost(_: Run) -> Select[Any]:
    """Sellable stock at what it costs."""
    base = FACTS["fba_inventory"]
    own = {
        "currency": CALENDAR_DAY.c.currency,
        "stock_amount": _times(base.c.sellable_units, GOODS),
        "cost_state": STATE,
    }
    return rows_of(base, _STOCK_COLUMNS, own, joined=beside_costs(base, day="snapshot_on", sku="sku"))


COSTS: Final = (
    DerivedFact(
        name="order_cost",
        title="One line of an order, with what its units cost on the day",
        base="order_line",
        columns=ORDER_COST_COLUMNS,
        select=order_cost,
        users=_USERS,
    ),
    DerivedFact(
        name="economics_cost",
        title="One SKU's net sales on one day, with what its units cost",
        base="economics_day",
        columns=_ECONOMICS_COLUMNS,
        select=economics_cost,
        users=_USERS,
    ),
    DerivedFact(
        name="return_cost",
        title="One unit that came back to Amazon, with what it costs",
        base="fba_return",
        columns=_RETURN_COLUMNS,
        select=return_cost,
        users=_USERS,
    ),
    DerivedFact(
        name="refund_day",
        title="One SKU's refunds on one day, with whether the day's returns are in",
        base="",
        columns=_REFUND_COLUMNS,
        select=refund_day,
    ),
    DerivedFact(
        name="economics_charge_cost",
        title="One charge of Amazon's, with whether the SKU's cost is known",
        base="economics_charge",
        columns=_CHARGE_COLUMNS,
        select=economics_charge_cost,
        users=_USERS,
    ),
    DerivedFact(
        name="settled_cost",
        title="One settled amount, with the freight of its units",
        base="settlement_line",
        columns=_SETTLED_COLUMNS,
        select=settled_cost,
        users=_USERS,
    ),
    DerivedFact(
        name="stock_cost",
        title="One SKU's sellable stock at cost",
        base="fba_inventory",
        columns=_STOCK_COLUMNS,
        select=stock_cost,
        users=_USERS,
        is_snapshot=True,
    ),
)
