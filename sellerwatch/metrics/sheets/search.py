"""Worksheets of search and of customers: shares of queries, the way to a purchase, and who buys again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sellerwatch.metrics.sheets.configured import is_reached, ratio, share
from sellerwatch.metrics.sheets.inputs import Input, count, listed, measured, optional, part_of_one, rows, text, words
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, total
from sellerwatch.settings.load import Settings

# Search


QUERY_TAKES: Final = (
    count("asin_purchase_count"),
    count("total_purchase_count"),
    count("asin_impression_count"),
    count("total_query_impression_count", "total_impression_count"),
    count("asin_click_count"),
    count("total_click_count"),
    count("asin_cart_add_count"),
    count("total_cart_add_count"),
)
QUERY: Final = (
    cell(
        "purchase_share",
        "%",
        lambda settings, asin_purchase_count, total_purchase_count: ratio(
            settings, "search_purchase_share", asin_purchase_count, total_purchase_count
        ),
    ),
    cell(
        "impression_share",
        "%",
        lambda asin_impression_count, total_query_impression_count: (
            asin_impression_count.over(total_query_impression_count, "no_impressions") * 100
        ),
    ),
    cell(
        "click_share",
        "%",
        lambda asin_click_count, total_click_count: asin_click_count.over(total_click_count, "no_clicks") * 100,
    ),
    cell(
        "cart_add_share",
        "%",
        lambda asin_cart_add_count, total_cart_add_count: asin_cart_add_count.over(total_cart_add_count, "no_cart_adds") * 100,
    ),
)
CATALOG_TAKES: Final = (
    count("impression_count", "impressions"),
    count("click_count", "clicks"),
    count("cart_add_count", "cart_adds"),
    count("purchase_count", "purchases"),
)
CATALOG: Final = (
    cell(
        "ctr", "%", lambda settings, click_count, impression_count: ratio(settings, "search_ctr", click_count, impression_count)
    ),
    cell("click_to_cart", "%", lambda cart_add_count, click_count: cart_add_count.over(click_count, "no_clicks") * 100),
    cell(
        "cart_to_purchase",
        "%",
        lambda purchase_count, cart_add_count: purchase_count.over(cart_add_count, "no_cart_adds") * 100,
    ),
    cell(
        "cart_abandon_proxy",
        "%",
        lambda settings, cart_add_count, purchase_count: ratio(
            settings, "cart_abandon_proxy", cart_add_count - purchase_count, cart_add_count
        ),
    ),
    cell("click_conversion", "%", lambda purchase_count, click_count: purchase_count.over(click_count, "no_clicks") * 100),
)


def _query_share(
    settings: Settings, rows: Sequence[Mapping[str, Any]], query_set: Sequence[str | None] | None = None
) -> Quantity:
    """Return the share over the queries that are tracked; a query that several products repeat has its total once."""
    rows = [row for row in rows if query_set is None or row["q"] in query_set]
    totals: dict[str, Quantity] = {}
    for row in rows:
        totals.setdefault(row["q"], row["total_purchase_count"])
    top = total(row["asin_purchase_count"] for row in rows)
    return ratio(settings, "search_purchase_share", top, total(totals.values()))


SEEN: Final = ("impr", "clicks", "purchases")
"""What may be counted of a query; the first that rows tell."""


def _branded(settings: Settings, brand_terms: Sequence[str | None], rows: Sequence[Mapping[str, Any]]) -> Quantity:
    """Return the share of impressions (or clicks, or purchases) of queries that contain a brand term, in whatever case."""
    terms = [term.casefold() for term in brand_terms if term]
    column = next((name for name in SEEN if any(row[name].value is not None for row in rows)), SEEN[0])
    own = [row[column] for row in rows if any(term in (row["q"] or "").casefold() for term in terms)]
    return ratio(settings, "brand_search_share", total(own), total(row[column] for row in rows), without="no_impressions")


# Repeat purchases


def _repeat_weighted(settings: Settings, rows: Sequence[Mapping[str, Any]]) -> Quantity:
    """Weigh each product's share by its customers; a product without a share has no part in it."""
    told = [row for row in rows if row["repeat_customers_pct_total"].value is not None]
    buyers = total(row["unique_customers"] for row in told)
    repeat = total(row["unique_customers"] * row["repeat_customers_pct_total"] for row in told)
    return ratio(settings, "repeat_purchase_rate", repeat, buyers)


def _repeat_mean(rows: Sequence[Mapping[str, Any]]) -> Quantity:
    told = [row["repeat_customers_pct_total"] for row in rows if row["repeat_customers_pct_total"].value is not None]
    return total(told).over(len(told), "no_customers") * 100


SHARE_OF_REPEAT: Final = (
    measured("repeat_purchase_revenue", "currency"),
    Input("repeat_purchase_revenue_pct_total", "part of one", part_of_one),
)


def _implied(rows: Sequence[Mapping[str, Quantity]]) -> Quantity:
    """Return the revenue that repeat revenue and its share tell of."""
    return total(
        row["repeat_purchase_revenue"].over(row["repeat_purchase_revenue_pct_total"], "no_repeat_revenue") for row in rows
    )


def _new_share_of(rows: Sequence[Mapping[str, Quantity]]) -> Quantity:
    repeat = total(row["repeat_purchase_revenue"] for row in rows)
    return (1 - repeat.over(_implied(rows), "no_sales")) * 100


SHEETS: Final = (
    Sheet("search_purchase_share", "Shares of one query, or of sums over queries", QUERY_TAKES, QUERY),
    Sheet(
        "search_purchase_share",
        "Share over several queries, each query's total once",
        (
            Input(
                "rows",
                "rows of q, asinPurchaseCount, totalPurchaseCount",
                rows(text("q", "query", "search_query"), count("asin_purchase_count"), count("total_purchase_count")),
            ),
            Input("query_set", "list of texts, all queries where left out", listed(words), ("queries", "tracked_queries")),
        ),
        (cell("purchase_share", "%", _query_share),),
    ),
    *(
        Sheet(kpi, "From impression in search to purchase", CATALOG_TAKES, CATALOG, (answer,), adds_up=True)
        for kpi, answer in (("search_ctr", "ctr"), ("cart_abandon_proxy", "cart_abandon_proxy"))
    ),
    Sheet(
        "brand_search_share",
        "Share of impressions of queries with a brand term",
        (
            Input("brand_terms", "list of texts", listed(words)),
            Input(
                "rows",
                "rows of q and impr, clicks or purchases",
                rows(
                    text("q", "query", "search_query"),
                    optional(count("impr", "impressions", "asin_impression_count", "impression_count")),
                    optional(count("clicks", "asin_click_count", "click_count")),
                    optional(count("purchases", "asin_purchase_count", "purchase_count")),
                ),
            ),
        ),
        (cell("pct", "%", _branded),),
    ),
    Sheet(
        "repeat_purchase_rate",
        "Repeat customers over several products",
        (
            Input(
                "rows",
                "rows of uniqueCustomers, repeatCustomersPctTotal (0 to 1); asin and orders may stand beside",
                rows(
                    count("unique_customers", "customers"),
                    Input("repeat_customers_pct_total", "part of one", part_of_one),
                    Input("asin", "text", words, is_optional=True),
                    Input("orders", "count", measured("orders", "count").read, is_optional=True),
                ),
            ),
        ),
        (
            cell("weighted_pct", "%", _repeat_weighted),
            cell("plain_mean_wrong", "%", _repeat_mean),
            cell("ok", "true or false", lambda weighted_pct: is_reached("repeat_purchase_rate", weighted_pct)),
        ),
    ),
    Sheet(
        "repeat_purchase_rate",
        "Customers who bought again, of all",
        (count("repeat_customers", "returning_customers"), count("unique_customers", "customers", "all_customers")),
        (
            share("pct", "repeat_purchase_rate", ("repeat_customers", "unique_customers"), "no_customers"),
            cell("ok", "true or false", lambda pct: is_reached("repeat_purchase_rate", pct)),
        ),
        adds_up=True,
    ),
    Sheet(
        "new_customer_sales_share",
        "Share of revenue from first purchases",
        SHARE_OF_REPEAT,
        (
            cell("new_share", "%", lambda repeat_purchase_revenue_pct_total: (1 - repeat_purchase_revenue_pct_total) * 100),
            cell(
                "implied_total_revenue",
                "currency",
                lambda repeat_purchase_revenue, repeat_purchase_revenue_pct_total: repeat_purchase_revenue.over(
                    repeat_purchase_revenue_pct_total, "no_repeat_revenue"
                ),
            ),
        ),
    ),
    Sheet(
        "new_customer_sales_share",
        "The same over several products, by their revenue",
        (Input("rows", "rows of repeatPurchaseRevenue, repeatPurchaseRevenuePctTotal", rows(*SHARE_OF_REPEAT)),),
        (
            cell("new_share", "%", _new_share_of),
            cell("implied_total_revenue", "currency", _implied),
        ),
    ),
)
