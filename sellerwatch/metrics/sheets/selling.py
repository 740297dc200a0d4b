"""Worksheets of sales: order lines, local days, attainment, growth and discounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sellerwatch.core.periods import local_day
from sellerwatch.metrics.sheets.configured import is_in, ratio, tier
from sellerwatch.metrics.sheets.inputs import (
    Input,
    amount,
    beside,
    by_name,
    calendar_day,
    count,
    flag,
    listed,
    measured,
    moment,
    not_negative,
    optional,
    rows,
    signed,
    taken_off,
    text,
    words,
    zone_of_marketplace,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, both, either, quantity, total, unknown
from sellerwatch.settings.expressions import NAMES, names_other_than
from sellerwatch.settings.load import Settings

# Order lines

Line = Mapping[str, Any]
NOT_PAID: Final = "Pending"
CANCELLED: Final = "Cancelled"
NON_AMAZON: Final = "Non-Amazon"

LINES: Final = Input(
    "lines",
    "rows of item_price; order, order_status, item_status, qty, promo, replacement, sales_channel, promotion_ids may be left out",
    rows(
        optional(text("order", "amazon_order_id", "order_id")),
        optional(text("order_status", "status")),
        optional(text("item_status")),
        optional(count("qty", "quantity", "units")),
        amount("item_price", "price"),
        optional(Input("promo", "currency", taken_off, ("item_promotion_discount", "promotion_discount"))),
        optional(flag("replacement", "is_replacement_order")),
        optional(text("sales_channel")),
        optional(text("promotion_ids", "promotion_id")),
        optional(text("sku")),
    ),
)


IGNORED_PREFIXES: Final = Input(
    "ignored_prefixes",
    "list of texts that promotions begin with which are none of the goods; those of free shipping where left out",
    listed(words),
    ("ignore_prefixes", "excluded_prefixes", "exclude_prefixes", "free_shipping_prefixes", "prefixes"),
)


def _is_ordered(line: Line) -> bool:
    return CANCELLED not in {line["order_status"], line["item_status"]} and line["sales_channel"] != NON_AMAZON


def _valid(lines: Iterable[Line]) -> list[Line]:
    """Return the lines that count: ordered, paid for, and no replacement."""
    return [
        line for line in lines if _is_ordered(line) and line["order_status"] != NOT_PAID and line["replacement"] is not True
    ]


def _orders(lines: Iterable[Line]) -> Quantity:
    """Count the orders; where a line does not say whose it is, nobody knows how many there are."""
    found = {line["order"] for line in lines}
    return unknown("no_data") if None in found else quantity(len(found))


def _sum(lines: Iterable[Line], column: str) -> Quantity:
    """Add up the cells that are filled in; a blank price is one that Amazon has not told yet."""
    return total(line[column] for line in lines if line[column].value is not None)


def _sales(lines: Sequence[Line]) -> Quantity:
    """Return the sum of prices, with a remark where one is still missing."""
    is_short = any(line["item_price"].value is None for line in _valid(lines))
    return Quantity(_sum(_valid(lines), "item_price").value, "price_missing" if is_short else None)


def _promoted(settings: Settings, lines: Sequence[Line], ignored_prefixes: Sequence[str | None] | None = None) -> Quantity:
    """Add up what was sold under a promotion; free shipping, which is told by what its names begin with, is none of the goods."""
    ignored = _free_shipping(settings) if ignored_prefixes is None else tuple(filter(None, ignored_prefixes))
    return _sum([line for line in _valid(lines) if names_other_than(line["promotion_ids"], ignored)], "item_price")


def _free_shipping(settings: Settings) -> tuple[str, ...]:
    """Return what the names of promotions begin with that the catalogue does not count."""
    found = settings.facts["order_line"].conditions.get("promoted", ()) if "order_line" in settings.facts else ()
    return tuple(str(text) for condition in found if condition.operator == NAMES for text in condition.literals)


OF_LINES: Final = (
    cell("gmv", "currency", _sales),
    cell("valid_orders", "count", lambda lines: _orders(_valid(lines))),
    cell("aov", "currency per order", lambda settings, gmv, valid_orders: ratio(settings, "aov", gmv, valid_orders)),
    cell("pending_orders", "count", lambda lines: _orders(line for line in lines if line["order_status"] == NOT_PAID)),
    cell("units", "count", lambda lines: _sum(_valid(lines), "qty")),
    cell("promotion_discount", "currency", lambda lines: _sum(_valid(lines), "promo")),
    cell("net_sales_before_refunds", "currency", lambda gmv, promotion_discount: gmv - promotion_discount),
    cell(
        "discount_rate",
        "%",
        lambda settings, promotion_discount, gmv: ratio(settings, "discount_rate", promotion_discount, gmv),
    ),
    cell(
        "promo_gmv_share",
        "%",
        lambda settings, lines, gmv, ignored_prefixes=None: ratio(
            settings, "promo_gmv_share", _promoted(settings, lines, ignored_prefixes), gmv
        ),
    ),
)

# Attainment


def attained(settings: Settings, actual: Quantity, target_to_date: Quantity) -> Quantity:
    """Return the attainment; a target that is missing or not above zero is none."""
    if not target_to_date.compares(">", 0):
        return unknown("no_target")
    return ratio(settings, "gmv_attainment_pct", actual, target_to_date, without="no_target")


def _is_hollow(
    gmv_attainment_pct: Quantity, net_margin_pct: Quantity, return_rate: Quantity, settings: Settings
) -> bool | None:
    """Tell whether the target was met by losing money or by sales that come back."""
    is_bad = either(net_margin_pct.compares("<", 0), is_in(settings, "return_rate", "red", return_rate))
    return both(gmv_attainment_pct.compares(">=", 100), is_bad)


def _composite(_is_hollow: bool | None, gmv_attainment_pct: Quantity, loss_making_promotion: bool | None = None) -> str | None:  # noqa: FBT001 - cells of the worksheet
    if _is_hollow:
        return "red"
    return "orange" if loss_making_promotion and gmv_attainment_pct.compares(">=", 100) else None


def _is_green(_is_hollow: bool | None, gmv_attainment_pct: Quantity) -> bool | None:  # noqa: FBT001 - a cell of the worksheet
    is_sound = None if _is_hollow is None else not _is_hollow
    return both(gmv_attainment_pct.compares(">=", 100), is_sound)


HOLLOW_TAKES: Final = (
    signed("gmv_attainment_pct", "%", "attainment", "attainment_pct"),
    signed("net_margin_pct", "%", "net_margin", "margin_pct"),
    measured("return_rate", "%", "return_rate_pct"),
    flag("loss_making_promotion"),
)
HOLLOW: Final = (
    cell("composite", "red, orange or none", _composite),
    cell("gmv_row_green", "true or false", _is_green),
    cell("_is_hollow", "", _is_hollow),
)


def _local_day(purchase_date: datetime, marketplace: ZoneInfo) -> str:
    return local_day(purchase_date, marketplace).isoformat()


def in_one_currency(amounts: Sequence[Mapping[str, Any]], rates: Mapping[str, Quantity] | None = None) -> Quantity:
    """Add up amounts of one currency, or each at its rate; currencies are never added, and one without a rate is not known."""
    if len({row["currency"] for row in amounts}) <= 1 and rates is None:
        return total(row["amount"] for row in amounts)
    return total(row["amount"] * (rates or {}).get(row["currency"], unknown("no_rate")) for row in amounts)


def _by_currency(amounts: Sequence[Mapping[str, Any]]) -> dict[str, Quantity]:
    found: dict[str, Quantity] = {}
    for row in amounts:
        found[str(row["currency"])] = found.get(str(row["currency"]), quantity(0)) + row["amount"]
    return found


RATES: Final = Input("rates", "what one unit of each currency is worth", by_name(not_negative), ("fx_rates", "exchange_rates"))
WEEKS_OF_A_YEAR: Final = timedelta(days=364)
"""So many days lie between two days of the same weekday, one in this year and one in the last."""

REFUNDS: Final = Input(
    "refunds",
    "rows of order_date, posted_date and amount",
    rows(
        Input("order_date", "day", calendar_day, ("ordered_on", "purchase_date")),
        Input("posted_date", "day", calendar_day, ("posted_on", "refund_date", "refunded_on")),
        Input("amount", "currency", taken_off, ("principal", "refund")),
    ),
    ("rows", "refund_lines"),
)


def _refunded(day: str) -> Any:  # noqa: ANN401 - the work of a cell
    """Return the work that adds up the refunds of a month by one of their two days."""
    return lambda refunds, month: total(row["amount"] for row in refunds if row[day].strftime("%Y-%m") == month)


def _by_line(kpi: str, answer: str) -> Sheet:
    return Sheet(
        kpi,
        "What order lines make, cancelled, unpaid and replacement ones left out",
        (LINES, IGNORED_PREFIXES),
        OF_LINES,
        (answer,),
    )


SHEETS: Final = (
    _by_line("gmv", "gmv"),
    Sheet(
        "gmv",
        "The local day on which an order counts",
        (Input("purchase_date", "instant", moment), Input("marketplace", "country code or Amazon's id", zone_of_marketplace)),
        (cell("local_day", "day", _local_day),),
    ),
    Sheet(
        "gmv",
        "Amounts added up: of one currency, or of several by your rates",
        (
            Input("amounts", "rows of amount and currency", rows(amount("amount"), text("currency"))),
            RATES,
            beside(text("to", "target_currency", "report_currency", "base_currency")),
        ),
        (
            cell("gmv", "currency", in_one_currency),
            cell("by_currency", "amounts by currency", _by_currency),
        ),
    ),
    Sheet(
        "units",
        "Units ordered, unpaid ones included, cancelled ones left out",
        (LINES,),
        (cell("units", "count", lambda lines: _sum(filter(_is_ordered, lines), "qty")),),
    ),
    Sheet(
        "net_sales",
        "Sales after discounts and refunds",
        (
            amount("gmv", "item_price", "ordered_sales"),
            Input(
                "promotion_discount",
                "currency",
                taken_off,
                ("item_promotion_discount", "promotion_discounts", "discounts", "promo"),
            ),
            Input(
                "refunded_principal", "currency", taken_off, ("refunds", "refunded", "refunded_product_sales", "refunded_sales")
            ),
        ),
        (
            cell(
                "net_sales",
                "currency",
                lambda gmv, promotion_discount, refunded_principal: gmv - promotion_discount - refunded_principal,
            ),
        ),
        adds_up=True,
    ),
    Sheet(
        "net_sales",
        "A month's sales after refunds, by the day on which they were posted and by that of the order",
        (
            amount("gmv", "ordered_sales"),
            Input("promotion_discount", "currency", taken_off, ("promotion_discounts", "discounts", "promo")),
            REFUNDS,
            text("month"),
        ),
        (
            cell("net_sales_cash", "currency", lambda gmv, promotion_discount, _posted: gmv - promotion_discount - _posted),
            cell("net_sales_cohort", "currency", lambda gmv, promotion_discount, _ordered: gmv - promotion_discount - _ordered),
            cell("_posted", "", _refunded("posted_date")),
            cell("_ordered", "", _refunded("order_date")),
        ),
        is_kpi=False,
    ),
    Sheet(
        "net_sales",
        "Sales after refunds, as Amazon's economics report has them",
        (
            amount("ordered_product_sales"),
            Input("refunded_product_sales", "currency", taken_off),
            amount("net_product_sales"),
        ),
        (
            cell("net_sales", "currency", lambda _net: _net),
            cell("netProductSales", "currency", lambda _net: _net),
            cell("_net", "", lambda net_product_sales: net_product_sales),
            cell(
                "_net",
                "",
                lambda ordered_product_sales, refunded_product_sales: ordered_product_sales - refunded_product_sales,
            ),
        ),
        adds_up=True,
    ),
    Sheet(
        "gmv_attainment_pct",
        "How much of the target to date is reached",
        (
            amount("actual", "gmv", "actual_gmv", "actual_to_date", "gmv_to_date", "actual_sales", "sales"),
            amount("target_to_date", "target", "target_gmv", "target_sales", "plan", "planned", "plan_to_date"),
        ),
        (
            cell("pct", "%", attained),
            cell("tier", "yellow, orange or red", lambda settings, pct: tier(settings, "gmv_attainment_pct", pct)),
        ),
        adds_up=True,
    ),
    Sheet(
        "gmv_attainment_pct",
        "Whether a target was met by sales that lose money or come back",
        HOLLOW_TAKES,
        HOLLOW,
    ),
    Sheet(
        "gmv_yoy_pct",
        "Growth against the same weekdays of last year",
        (
            amount("now", "gmv", "current", "this_year", "gmv_now", "actual"),
            amount("last_year", "gmv_last_year", "previous", "previous_year", "same_period_last_year"),
        ),
        (
            cell(
                "pct",
                "%",
                lambda settings, now, last_year: ratio(
                    settings, "gmv_yoy_pct", now - last_year, last_year, without="no_last_year"
                ),
            ),
        ),
        adds_up=True,
    ),
    Sheet(
        "gmv_yoy_pct",
        "The day of last year that a day is held against: of the same weekday",
        (Input("compared_day", "day", calendar_day, ("day", "date")),),
        (
            cell("last_year_day", "day", lambda compared_day: (compared_day - WEEKS_OF_A_YEAR).isoformat()),
            cell("compared_with", "day", lambda last_year_day: last_year_day),
        ),
        is_kpi=False,
    ),
    Sheet(
        "aov",
        "Sales of an order",
        (amount("gmv", "sales"), count("valid_orders", "orders", "order_count")),
        (cell("aov", "currency per order", lambda settings, gmv, valid_orders: ratio(settings, "aov", gmv, valid_orders)),),
        adds_up=True,
    ),
    _by_line("aov", "aov"),
    Sheet(
        "discount_rate",
        "Depth of the discounts",
        (
            Input(
                "item_promotion_discount",
                "currency",
                taken_off,
                ("promotion_discount", "promotion_discounts", "discount", "promo"),
            ),
            amount("item_price", "gmv", "sales"),
        ),
        (
            cell(
                "pct",
                "%",
                lambda settings, item_promotion_discount, item_price: ratio(
                    settings, "discount_rate", item_promotion_discount, item_price
                ),
            ),
        ),
        adds_up=True,
    ),
    _by_line("discount_rate", "discount_rate"),
    Sheet(
        "promo_gmv_share",
        "Share of sales under a promotion",
        (amount("promo_gmv", "promoted_sales", "promotion_gmv", "promo_sales"), amount("gmv", "sales", "total_gmv")),
        (cell("pct", "%", lambda settings, promo_gmv, gmv: ratio(settings, "promo_gmv_share", promo_gmv, gmv)),),
        adds_up=True,
    ),
    _by_line("promo_gmv_share", "promo_gmv_share"),
)
