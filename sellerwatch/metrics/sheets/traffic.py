"""Worksheets of sales and traffic: conversion, prices and featured offers, recomputed from their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from sellerwatch.metrics.sheets.configured import is_in, ratio, tier
from sellerwatch.metrics.sheets.inputs import (
    Input,
    amount,
    beside,
    calendar_day,
    count,
    listed,
    measured,
    optional,
    rows,
    text,
    whole,
)
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, quantity, total, unknown
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import TIERS, Tier

# Sales and traffic of a day


def _rows_of_report(value: object, where: str) -> list[object]:
    found: list[object] = listed(lambda item, _: item)(value, where)
    return found


TRAFFIC_TAKES: Final = (
    amount("ordered_product_sales", "sales", "reported_sales"),
    count("units_ordered", "units", "reported_units"),
    count("total_order_items", "order_items"),
    count("units_refunded", "refunded_units"),
    count("sessions"),
    count("browser_sessions"),
    beside(Input("day", "day", calendar_day)),
    beside(Input("pulled_at", "day", calendar_day)),
    count("units_ordered_b2b", "b2b_units", "units_b2b"),
    count("sessions_b2b", "b2b_sessions"),
    Input("by_asin", "rows of the products of the report", _rows_of_report, ("sales_and_traffic_by_asin",)),
    count("store_sessions"),
    Input("sku_sessions", "list of sessions", listed(whole), ("asin_sessions", "sessions_by_sku")),
)


SOLD: Final = ("units_ordered", "total_order_items", "ordered_product_sales")
"""Each tells by itself that something was sold."""


def _published(
    sessions: Quantity,
    units_ordered: Quantity | None = None,
    total_order_items: Quantity | None = None,
    ordered_product_sales: Quantity | None = None,
) -> Quantity:
    """Return the sessions; sales without any are traffic that Amazon has not published yet."""
    sold = (units_ordered, total_order_items, ordered_product_sales)
    is_late = sessions.value == 0 and any(item is not None and item.compares(">", 0) for item in sold)
    return unknown("immature") if is_late else sessions


def _of_sessions(name: str, metric: str, top: str) -> Cell:
    """Return a cell that divides by the sessions once they are published."""

    def work(settings: Settings, **given: Quantity) -> Quantity:
        sessions = _published(given["sessions"], *(given.get(name) for name in SOLD))
        return sessions if sessions.reason == "immature" else ratio(settings, metric, given[top], sessions)

    return Cell(name, "%", work, ("settings", top, "sessions"), tuple(name for name in SOLD if name != top))


def _not_split(by_asin: Sequence[object], units_ordered: Quantity) -> Quantity:
    """Return what is known of the sessions of a report without a product: where something was sold, it is not all there yet."""
    return unknown("immature" if not by_asin and units_ordered.compares(">", 0) else "no_data")


TRAFFIC: Final = (
    cell("sessions", "sessions", _published),
    cell("sessions", "sessions", _not_split),
    cell("sessions", "sessions", lambda store_sessions: store_sessions),
    cell("sum_of_skus_wrong", "sessions", total, "sku_sessions"),
    cell("b2b_pct", "%", lambda units_ordered_b2b, sessions_b2b: units_ordered_b2b.over(sessions_b2b, "no_sessions") * 100),
    _of_sessions("unit_session_pct", "unit_session_pct", "units_ordered"),
    _of_sessions("order_item_session_pct", "order_item_session_pct", "total_order_items"),
    cell(
        "averageSellingPrice",
        "currency per unit",
        lambda settings, ordered_product_sales, units_ordered: ratio(settings, "asp", ordered_product_sales, units_ordered),
    ),
    cell(
        "averageSalesPerOrderItem",
        "currency per order item",
        lambda ordered_product_sales, total_order_items: ordered_product_sales.over(total_order_items, "no_orders"),
    ),
    cell(
        "averageUnitsPerOrderItem",
        "units per order item",
        lambda settings, units_ordered, total_order_items: ratio(
            settings, "units_per_order_item", units_ordered, total_order_items
        ),
    ),
    cell(
        "refundRate",
        "%",
        lambda settings, units_refunded, units_ordered: ratio(settings, "refund_rate", units_refunded, units_ordered),
    ),
    cell(
        "unitSessionPercentage_reported",
        "%",
        lambda units_ordered, browser_sessions: units_ordered.over(browser_sessions, "no_sessions") * 100,
    ),
    cell(
        "orderItemSessionPercentage_reported",
        "%",
        lambda total_order_items, browser_sessions: total_order_items.over(browser_sessions, "no_sessions") * 100,
    ),
    cell("unit_session_pct_recomputed", "%", lambda unit_session_pct, browser_sessions: unit_session_pct),  # noqa: ARG005 - only beside the reported one
    cell("order_item_session_pct_recomputed", "%", lambda order_item_session_pct, browser_sessions: order_item_session_pct),  # noqa: ARG005 - only beside the reported one
)
TRAFFIC_ANSWERS: Final = {
    "sessions": "sessions",
    "unit_session_pct": "unit_session_pct",
    "order_item_session_pct": "order_item_session_pct",
    "asp": "averageSellingPrice",
    "units_per_order_item": "averageUnitsPerOrderItem",
    "refund_rate": "refundRate",
}


def _reported_equals(found: Sequence[Mapping[str, Quantity]]) -> str | None:
    """Name the sessions that the reported percentages were divided by, where all rows agree to the hundredth."""
    near = Fraction("0.005")
    for column, shown in (("browser_sessions", "browserSessions"), ("sessions", "sessions")):
        off = [abs(row["units"].over(row[column]) * 100 - row["reported"]) for row in found]
        if off and all(distance.compares("<=", near) for distance in off):
            return f"units/{shown}"
    return None


def _recomputed(settings: Settings, rows: Sequence[Mapping[str, Quantity]]) -> list[Quantity]:
    return [ratio(settings, "unit_session_pct", row["units"], _published(row["sessions"], row["units"])) for row in rows]


def _over_all(settings: Settings, rows: Sequence[Mapping[str, Quantity]]) -> Quantity:
    """Divide the sums; while a row's traffic is not published, nobody knows."""
    sessions = total(_published(row["sessions"], row["units"]) for row in rows)
    return ratio(settings, "unit_session_pct", total(row["units"] for row in rows), sessions)


def _weighted(settings: Settings, days: Sequence[Mapping[str, Quantity]]) -> Quantity:
    """Weigh by page views; a day without a percentage has no part in it."""
    told = [day for day in days if day["buy_box_percentage"].value is not None]
    views = total(day["page_views"] for day in told)
    return ratio(
        settings, "featured_offer_pct", total(day["buy_box_percentage"] * day["page_views"] for day in told), views * 100
    )


def _of_a_day(
    settings: Settings, buy_box_percentage: Quantity, page_views: Quantity, available: Quantity | None = None
) -> Quantity:
    """Return the percentage of a day, with a remark where there was no stock that could have had the offer."""
    found = ratio(settings, "featured_offer_pct", buy_box_percentage * page_views, page_views * 100)
    return Quantity(found.value, OUT_OF_STOCK) if available is not None and available.value == 0 else found


OUT_OF_STOCK: Final = "out_of_stock"


def _lost(weighted: Quantity) -> Quantity:
    """Return the percentage that is judged: what is out of stock has lost its stock, and no offer."""
    return unknown(OUT_OF_STOCK) if weighted.reason == OUT_OF_STOCK else weighted


def _is_lost(settings: Settings, name: Tier, weighted: Quantity) -> bool | None:
    return False if weighted.reason == OUT_OF_STOCK else is_in(settings, "featured_offer_pct", name, weighted)


def _lost_tier(name: Tier) -> Cell:
    return cell(name, "true or false", lambda settings, weighted: _is_lost(settings, name, weighted))


def _plain_mean(shares: Iterable[Quantity]) -> Quantity:
    told = [share for share in shares if share.value is not None]
    return total(told).over(len(told), "no_data")


SHEETS: Final = (
    *(
        Sheet(
            kpi,
            "What a day of sales and traffic says, recomputed from its sums",
            TRAFFIC_TAKES,
            TRAFFIC,
            (answer,),
            adds_up=kpi != "sessions",  # a buyer who looks at two products is one session of the store
        )
        for kpi, answer in TRAFFIC_ANSWERS.items()
    ),
    Sheet(
        "unit_session_pct",
        "Products' conversion, recomputed, and what the reported percentages divide by",
        (
            Input(
                "rows",
                "rows of units and sessions; browserSessions and reported may be left out",
                rows(
                    count("units", "units_ordered"),
                    optional(count("browser_sessions")),
                    count("sessions"),
                    optional(measured("reported", "%", "unit_session_percentage")),
                ),
            ),
        ),
        (
            cell("unit_session_pct", "%", _over_all),
            cell("recomputed", "% by row", _recomputed),
            cell("plain_mean_wrong", "%", _plain_mean, "recomputed"),
            cell("reported_equals", "text", _reported_equals, "rows"),
        ),
    ),
    Sheet(
        "featured_offer_pct",
        "Featured offer percentage of a product on a day; without stock nobody can have it",
        (
            measured("buy_box_percentage", "%", "featured_offer_pct"),
            count("page_views"),
            count("available", "sellable", "stock"),
        ),
        (
            cell("weighted", "%", _of_a_day),
            cell(
                "tier",
                "yellow, orange or red",
                lambda settings, weighted: tier(settings, "featured_offer_pct", _lost(weighted)),
            ),
            *map(_lost_tier, TIERS),
            cell("breach", "true or false", lambda yellow: yellow),
        ),
    ),
    Sheet(
        "featured_offer_pct",
        "Featured offer percentage over several days or products",
        (
            Input(
                "days",
                "rows of buyBoxPercentage, pageViews",
                rows(measured("buy_box_percentage", "%", "featured_offer_pct"), count("page_views")),
                ("rows", "skus"),
            ),
        ),
        (
            cell("weighted", "%", _weighted),
            cell("plain_mean_wrong", "%", lambda days: _plain_mean(day["buy_box_percentage"] for day in days)),
            cell("tier", "yellow, orange or red", lambda settings, weighted: tier(settings, "featured_offer_pct", weighted)),
        ),
    ),
    Sheet(
        "units_per_order_item",
        "Orders, items and units of what was bought",
        (
            Input(
                "order",
                "rows of item and qty; order where there are several",
                rows(text("item", "sku", "asin"), count("qty", "quantity"), optional(text("order"))),
                ("items", "lines", "orders", "rows"),
            ),
        ),
        (
            cell("orders", "count", lambda order: quantity(len({row["order"] for row in order}))),
            cell("order_items", "count", lambda order: quantity(len(order))),
            cell("units", "count", lambda order: total(row["qty"] for row in order)),
            cell(
                "units_per_order_item",
                "units per order item",
                lambda settings, units, order_items: ratio(settings, "units_per_order_item", units, order_items),
            ),
        ),
        ("units_per_order_item",),
    ),
)
