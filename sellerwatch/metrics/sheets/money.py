"""Worksheets of profit, cost, cash, shipping and people's learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sellerwatch.metrics.sheets.configured import is_in, ratio, tier
from sellerwatch.metrics.sheets.inputs import (
    Input,
    amount,
    beside,
    count,
    measured,
    rows,
    text,
)
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, total
from sellerwatch.metrics.sheets.selling import RATES, in_one_currency
from sellerwatch.settings.load import Settings

# Profit

COSTS: Final = ("cogs", "fees", "logistics", "ads", "refunds", "overhead")
ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "cogs": ("cost_of_goods", "goods"),
    "fees": ("amazon_fees",),
    "logistics": ("logistics_cost",),
    "ads": ("ad_spend", "ad_cost", "advertising"),
    "refunds": ("refunded",),
    "overhead": ("running_costs", "other_overhead"),
}
REVENUE: Final = amount("revenue", "net_revenue", "net_sales", "net_product_sales", "net_product_revenue")
MARGIN_TAKES: Final = (REVENUE, *(amount(name, *ALSO[name]) for name in COSTS))


def _left(revenue: Quantity, **costs: Quantity) -> Quantity:
    return revenue - total(costs.values())


def _costs_pct(revenue: Quantity, **costs: Quantity) -> dict[str, Quantity]:
    return {name: cost.over(revenue, "no_sales") * 100 for name, cost in costs.items()}


def _proceeds(sales: Quantity, fees: Quantity, ads: Quantity, unit_cost: Quantity, units: Quantity) -> Quantity:
    return sales - fees - ads - unit_cost * units


def _per_unit(profit: Quantity, units: Quantity) -> Quantity:
    return profit.over(units, "no_sales")


def _margin(settings: Settings, profit: Quantity, revenue: Quantity) -> Quantity:
    return ratio(settings, "net_margin_pct", profit, revenue, without="no_sales")


MARGIN_TIER: Final = cell(
    "tier", "yellow, orange or red", lambda settings, net_margin_pct: tier(settings, "net_margin_pct", net_margin_pct)
)

PROCEEDS_TAKES: Final = (
    amount("ordered_product_sales"),
    amount("refunded_product_sales"),
    amount("fees_total"),
    amount("ads_total"),
    amount("unit_cost_total", "unit_cost"),
    count("units_ordered"),
    count("units_refunded"),
)
PROCEEDS: Final = (
    cell(
        "netProductSales",
        "currency",
        lambda ordered_product_sales, refunded_product_sales: ordered_product_sales - refunded_product_sales,
    ),
    cell("netUnitsSold", "count", lambda units_ordered, units_refunded: units_ordered - units_refunded),
    cell(
        "netProceeds",
        "currency",
        _proceeds,
        "netProductSales",
        "fees_total",
        "ads_total",
        "unit_cost_total",
        "netUnitsSold",
    ),
    cell("perUnit", "currency per unit", _per_unit, "netProceeds", "netUnitsSold"),
    cell("net_margin_pct", "%", _margin, "settings", "netProceeds", "netProductSales"),
    MARGIN_TIER,
)


UNIT_COSTS: Final[Mapping[str, tuple[str, ...]]] = {
    "referral_fee": ("referral",),
    "fulfilment": ("fulfillment", "fulfilment_fee", "fulfillment_fee", "fba_fee"),
    "storage": ("storage_fee", "storage_per_unit"),
    "ads_per_unit": ("ads", "ad_cost_per_unit", "ad_spend_per_unit"),
    "unit_cost": ("cost", "cogs", "cogs_per_unit"),
    "freight_per_unit": ("freight",),
}

# Logistics

LOGISTICS: Final[Mapping[str, tuple[str, ...]]] = {
    "first_mile_freight": ("freight", "first_mile"),
    "inbound_fees": ("inbound", "inbound_fee"),
    "fulfilment": ("fulfillment", "fba_fulfilment", "fba_fulfillment", "fulfilment_fees", "fulfillment_fees"),
    "storage": ("storage_fees", "storage_cost"),
    "removal": ("removals", "removal_fees"),
}
"""What logistics costs are made of, and other names of each."""
LOGISTICS_TAKES: Final = (
    *(amount(name, *also) for name, also in LOGISTICS.items()),
    count("units_shipped", "units", "shipped_units", "units_shipped_t30"),
    amount("net_sales", "revenue", "sales"),
    amount("logistics_cost", "logistics"),
    count("units_received", "received_units"),
)


def _added(name: str, unit: str, parts: tuple[str, ...]) -> Cell:
    """Return a cell that adds up its inputs, every one of which has to be said."""
    return Cell(name, unit, lambda **given: total(given.values()), parts)


def _amortised(units_received: Quantity, units_shipped: Quantity, first_mile_freight: Quantity, **others: Quantity) -> Quantity:
    """Return the costs of the units shipped: freight belongs to those that it brought, of which these are some."""
    return first_mile_freight.over(units_received, "no_shipments") * units_shipped + total(others.values())


LOGISTICS_CELLS: Final = (
    cell(
        "unit_logistics_cost",
        "currency per unit",
        lambda settings, _cost, units_shipped: ratio(
            settings, "unit_logistics_cost", _cost, units_shipped, without="no_shipments"
        ),
    ),
    cell(
        "logistics_cost_ratio",
        "%",
        lambda settings, _cost, net_sales: ratio(settings, "logistics_cost_ratio", _cost, net_sales, without="no_sales"),
    ),
    cell("_cost", "", lambda logistics_cost: logistics_cost),
    Cell("_cost", "", _amortised, ("units_received", "units_shipped", *LOGISTICS)),
    _added("_cost", "", tuple(LOGISTICS)),
)


def _is_short_of_cash(
    settings: Settings, bank: Quantity, amazon_available: Quantity, months: Quantity, warning_line: Quantity | None = None
) -> bool | None:
    """Tell whether the cash lasts too short a time, or has fallen to the line from which on somebody wants to know."""
    at_line = warning_line is not None and (bank + amazon_available).compares("<=", warning_line)
    return True if at_line else is_in(settings, "cash_runway_months", "red", months)


def _runway_of_balances(
    settings: Settings,
    balances: Sequence[Mapping[str, Any]],
    monthly_cost: Quantity,
    rates: Mapping[str, Quantity] | None = None,
) -> Quantity:
    cash = in_one_currency(balances, rates)
    return ratio(settings, "cash_runway_months", cash, monthly_cost, without="no_cost")


BALANCES: Final = Input(
    "balances", "rows of amount and currency", rows(amount("amount", "balance"), text("currency")), ("accounts",)
)

AFTER_SALES: Final = ("return_cost", "refund_cost", "removal_cost")
"""What follows a sale, where it is told by its parts."""

SHEETS: Final = (
    Sheet(
        "net_margin_pct", "Net proceeds as Amazon's economics report adds them up", PROCEEDS_TAKES, PROCEEDS, ("netProceeds",)
    ),
    Sheet(
        "net_margin_pct",
        "What is left of revenue, and where the rest goes",
        MARGIN_TAKES,
        (
            Cell(
                "net_margin_pct",
                "%",
                lambda settings, revenue, **costs: _margin(settings, _left(revenue, **costs), revenue),
                ("settings", "revenue", *COSTS),
            ),
            Cell("profit", "currency", _left, ("revenue", *COSTS)),
            Cell("cost_pct", "% of revenue by cost", _costs_pct, ("revenue", *COSTS)),
            MARGIN_TIER,
        ),
        adds_up=True,
    ),
    Sheet(
        "net_margin_pct",
        "Settled proceeds less goods, freight and overhead",
        (
            amount("proceeds", "settlement_proceeds"),
            amount("cogs"),
            amount("freight"),
            amount("overhead", *ALSO["overhead"]),
            REVENUE,
        ),
        (
            cell(
                "net_margin_pct",
                "%",
                lambda settings, proceeds, cogs, freight, overhead, revenue: _margin(
                    settings, proceeds - cogs - freight - overhead, revenue
                ),
            ),
            MARGIN_TIER,
        ),
        adds_up=True,
    ),
    Sheet(
        "net_margin_pct",
        "Profit, of revenue",
        (amount("net_profit", "profit"), REVENUE),
        (
            cell("net_margin_pct", "%", _margin, "settings", "net_profit", "revenue"),
            MARGIN_TIER,
        ),
        adds_up=True,
    ),
    Sheet(
        "unit_profit",
        "What is left of the price of one unit",
        (amount("asp", "price"), *(amount(name, *also) for name, also in UNIT_COSTS.items())),
        (
            Cell("unit_profit", "currency per unit", lambda asp, **costs: asp - total(costs.values()), ("asp", *UNIT_COSTS)),
            cell("ok", "true or false", lambda unit_profit: unit_profit.compares(">", 0)),
        ),
    ),
    Sheet(
        "unit_profit",
        "How far the fees that Amazon charged are from those that it estimated",
        (
            measured("estimated_fee", "currency", "estimated_fees", "estimated"),
            measured("charged_fee", "currency", "charged_fees", "actual_fee", "charged"),
        ),
        (
            cell(
                "drift_pct",
                "%",
                lambda estimated_fee, charged_fee: (charged_fee - estimated_fee).over(estimated_fee, "no_data") * 100,
            ),
            cell("drift", "currency", lambda estimated_fee, charged_fee: charged_fee - estimated_fee),
        ),
        is_kpi=False,
    ),
    Sheet("unit_logistics_cost", "Cost of logistics of one unit", LOGISTICS_TAKES, LOGISTICS_CELLS, adds_up=True),
    Sheet(
        "logistics_cost_ratio",
        "Cost of logistics, of net sales",
        LOGISTICS_TAKES,
        LOGISTICS_CELLS,
        ("logistics_cost_ratio",),
        adds_up=True,
    ),
    Sheet(
        "roi",
        "Profit for the money put in",
        (
            amount("net_profit", "profit"),
            measured("cogs", "currency", "cost_of_goods"),
            measured("freight", "currency"),
            measured("ad_spend", "currency", "ads", "ad_cost"),
            measured("invested", "currency", "money_put_in", "investment"),
        ),
        (
            cell(
                "roi",
                "%",
                lambda settings, net_profit, cogs, freight, ad_spend: ratio(
                    settings, "roi", net_profit, cogs + freight + ad_spend, without="nothing_put_in"
                ),
            ),
            cell(
                "roi",
                "%",
                lambda settings, net_profit, invested: ratio(settings, "roi", net_profit, invested, without="nothing_put_in"),
            ),
        ),
        adds_up=True,
    ),
    Sheet(
        "composite_cost_ratio",
        "Purchases and what follows the sale, of purchases; only what is over 100 tells something",
        (
            amount("purchase_cost"),
            amount("after_sales_cost", "after_sale_cost"),
            *(amount(name, f"{name}s") for name in AFTER_SALES),
            amount("purchase_amount", "purchases"),
        ),
        (
            cell(
                "pct",
                "%",
                lambda settings, purchase_cost, after_sales_cost, purchase_amount: ratio(
                    settings, "composite_cost_ratio", purchase_cost + after_sales_cost, purchase_amount, without="no_purchases"
                ),
            ),
            cell("excess_pct", "%", lambda pct: pct - 100),
            cell("excess", "%", lambda excess_pct: excess_pct),
            _added("after_sales_cost", "currency", AFTER_SALES),
        ),
        adds_up=True,
    ),
    Sheet(
        "cash_runway_months",
        "How many months the cash lasts; what Amazon still holds back is none",
        (
            amount("bank", "bank_cash", "bank_balance", "cash"),
            amount(
                "amazon_available",
                "amazon_balance",
                "releasable",
                "available_balance",
                "releasable_balance",
                "releasable_amazon_balance",
            ),
            measured("monthly_cost", "currency", "monthly_operating_cost", "operating_cost"),
            beside(amount("amazon_deferred", "amazon_reserved", "deferred", "reserved")),
            amount("warning_line"),
        ),
        (
            cell(
                "months",
                "months",
                lambda settings, bank, amazon_available, monthly_cost: ratio(
                    settings, "cash_runway_months", bank + amazon_available, monthly_cost, without="no_cost"
                ),
            ),
            cell("breach", "true or false", lambda red: red),
            cell("red", "true or false", _is_short_of_cash),
            cell(
                "tier",
                "yellow or red",
                lambda settings, months, red: "red" if red else tier(settings, "cash_runway_months", months),
            ),
        ),
    ),
    Sheet(
        "cash_runway_months",
        "The same of balances in several currencies, by your rates",
        (
            BALANCES,
            RATES,
            measured("monthly_cost", "currency", "monthly_operating_cost", "operating_cost"),
            beside(text("to", "target_currency", "report_currency", "base_currency")),
        ),
        (
            cell("months", "months", _runway_of_balances),
            cell("breach", "true or false", lambda settings, months: is_in(settings, "cash_runway_months", "red", months)),
            cell("tier", "yellow or red", lambda settings, months: tier(settings, "cash_runway_months", months)),
        ),
    ),
)
