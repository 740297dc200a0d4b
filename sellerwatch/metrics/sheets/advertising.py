"""Worksheets of advertising and search: cost of sales, its mix, shares of queries, and promotions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from sellerwatch.metrics.decomposition import shapley
from sellerwatch.metrics.quantity import Quantity, quantity, total, unknown
from sellerwatch.metrics.sheets.configured import is_in, is_reached, ratio, tier
from sellerwatch.metrics.sheets.inputs import (
    Input,
    amount,
    count,
    listed,
    measured,
    part_at_most_one,
    part_of_one,
    record,
    rows,
    signed,
    taken_off,
    text,
    words,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.settings.load import Settings

AD_COST: Final = ("ad_cost", "ad_spend", "spend")
AD_SALES: Final = ("sales_7d", "sales7d", "sales_14d", "sales14d", "attributed_sales", "ad_attributed_sales")
AD_PURCHASES: Final = ("purchases_7d", "purchases7d", "purchases_14d", "purchases14d", "ad_orders")

TOTAL_SALES: Final = ("ordered_product_sales", "total_ordered_sales")
OF_ALL_SALES: Final = frozenset({"tacos", "organic_sales_share"})
"""What plain sales mean: to these KPIs those of the store, to the others those of advertising, as Amazon's reports call them."""


def _ads_takes(kpi: str) -> tuple[Input, ...]:
    is_of_all = kpi in OF_ALL_SALES
    return (
        measured("cost", "currency", *AD_COST),
        measured("ad_sales", "currency", *AD_SALES, *(() if is_of_all else ("sales",))),
        measured("total_sales", "currency", *TOTAL_SALES, *(("sales",) if is_of_all else ())),
        *ADS_TAKES,
    )


ADS_TAKES: Final = (
    count("clicks"),
    count("purchases", *AD_PURCHASES),
    count("impressions"),
    count("sessions"),
    measured("acos", "%"),
    measured("ad_cpc", "currency per click"),
    measured("ad_cvr", "%"),
    measured("ad_aov", "currency per purchase"),
    measured("ad_sales_share", "%"),
)
ADS: Final = (
    cell("acos", "%", lambda settings, cost, ad_sales: ratio(settings, "acos", cost, ad_sales)),
    cell("roas", "ratio", lambda settings, ad_sales, cost: ratio(settings, "roas", ad_sales, cost)),
    cell("tacos", "%", lambda settings, cost, total_sales: ratio(settings, "tacos", cost, total_sales)),
    cell("ad_cpc", "currency per click", lambda settings, cost, clicks: ratio(settings, "ad_cpc", cost, clicks)),
    cell("ad_cvr", "%", lambda settings, purchases, clicks: ratio(settings, "ad_cvr", purchases, clicks)),
    cell("ad_ctr", "%", lambda settings, clicks, impressions: ratio(settings, "ad_ctr", clicks, impressions)),
    cell("ad_aov", "currency per purchase", lambda ad_sales, purchases: ad_sales.over(purchases, "no_orders")),
    cell("ad_sales_share", "%", lambda ad_sales, total_sales: ad_sales.over(total_sales, "no_sales") * 100),
    cell("acos", "%", lambda ad_cpc, ad_cvr, ad_aov: (ad_cpc * 10_000).over(ad_cvr * ad_aov, "no_ad_sales")),
    cell("roas", "ratio", lambda acos: quantity(100).over(acos, "no_spend")),
    cell("tacos", "%", lambda acos, ad_sales_share: acos * ad_sales_share * Fraction(1, 100)),
    cell(
        "organic_sales_share",
        "%",
        lambda settings, total_sales, ad_sales: ratio(settings, "organic_sales_share", total_sales - ad_sales, total_sales),
    ),
    cell("organic_traffic_share", "%", lambda sessions, clicks: (sessions - clicks).over(sessions, "no_sessions") * 100),
    cell("yellow", "true or false", lambda settings, roas: is_in(settings, "roas", "yellow", roas)),
    cell("orange", "true or false", lambda settings, roas: is_in(settings, "roas", "orange", roas)),
    cell("red", "true or false", lambda settings, roas: is_in(settings, "roas", "red", roas)),
    cell("tier", "yellow, orange or red", lambda settings, roas: tier(settings, "roas", roas)),
)
ADS_KPIS: Final = ("acos", "roas", "tacos", "ad_cpc", "ad_cvr", "ad_ctr", "organic_sales_share")


def _first(kpi: str) -> tuple[Any, ...]:
    """Return the cells with the KPI's own first, so that its reason is the one that is told."""
    return tuple(sorted(ADS, key=lambda item: item.name != kpi))


# What moved the cost of sales

CAMPAIGN: Final = record(measured("cost", "currency"), count("clicks"), count("purchases"), measured("ad_sales", "currency"))
CAMPAIGN_UNIT: Final = "cost, clicks, purchases, ad_sales of the period"


def _acos_factors(period: Mapping[str, Quantity]) -> dict[str, Quantity]:
    return {
        "cpc": period["cost"].over(period["clicks"], "no_clicks"),
        "cvr": period["purchases"].over(period["clicks"], "no_clicks"),
        "aov": period["ad_sales"].over(period["purchases"], "no_orders"),
    }


def _acos_effects(p0: Mapping[str, Quantity], p1: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Split the change of the cost of sales over cost of a click, conversion and value of an order."""
    before, after = _acos_factors(p0), _acos_factors(p1)
    unclear = next((item for item in (*before.values(), *after.values()) if not item.value and item.reason), None)
    if unclear:
        return dict.fromkeys(before, unclear)
    known = [{name: item.value for name, item in period.items() if item.value is not None} for period in (before, after)]
    if any(period["cvr"] * period["aov"] == 0 for period in known):
        return dict.fromkeys(before, unknown("no_ad_sales"))
    parts = shapley(lambda state: state["cpc"] / (state["cvr"] * state["aov"]) * 100, *known)
    return {name: Quantity(part) for name, part in parts.items()}


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


def _query_share(settings: Settings, rows: Sequence[Mapping[str, Any]]) -> Quantity:
    """Return the share over the queries; a query that several products repeat has its total once."""
    totals: dict[str, Quantity] = {}
    for row in rows:
        totals.setdefault(row["q"], row["total_purchase_count"])
    top = total(row["asin_purchase_count"] for row in rows)
    return ratio(settings, "search_purchase_share", top, total(totals.values()))


def _branded(settings: Settings, brand_terms: Sequence[str | None], rows: Sequence[Mapping[str, Any]]) -> Quantity:
    """Return the share of impressions of queries that contain a brand term, in whatever case."""
    terms = [term.casefold() for term in brand_terms if term]
    own = [row["impr"] for row in rows if any(term in (row["q"] or "").casefold() for term in terms)]
    return ratio(settings, "brand_search_share", total(own), total(row["impr"] for row in rows), without="no_impressions")


# Promotions

PROMO_TAKES: Final = (
    measured("promo_cost", "currency", "promotion_cost", "cost"),
    amount("incremental_gmv", "incremental_sales"),
    Input("gross_margin_rate", "part of one", part_at_most_one, ("margin_rate",)),
    signed("incremental_units", "units"),
    amount("unit_margin", "margin_per_unit"),
    count("units_sold", "units"),
    measured("baseline_units", "units", "expected_units"),
    Input("discounts", "currency", taken_off, ("discount", "promotion_discount")),
    measured("fees", "currency", "fee"),
    measured("extra_ads", "currency", "extra_ad_spend"),
)
PROMO: Final = (
    cell(
        "promo_cost_ratio_pct", "%", lambda promo_cost, incremental_gmv: promo_cost.over(incremental_gmv, "no_increment") * 100
    ),
    cell(
        "promo_roi_margin_pct",
        "%",
        lambda settings, _margin, promo_cost: ratio(settings, "promo_roi", _margin - promo_cost, promo_cost, without="no_cost"),
    ),
    cell(
        "promo_roi_revenue_pct",
        "%",
        lambda incremental_gmv, promo_cost: (incremental_gmv - promo_cost).over(promo_cost, "no_cost") * 100,
    ),
    cell("promo_cost", "currency", lambda discounts, fees, extra_ads: discounts + fees + extra_ads),
    cell("incremental_units", "units", lambda units_sold, baseline_units: units_sold - baseline_units),
    cell("_margin", "", lambda incremental_gmv, gross_margin_rate: incremental_gmv * gross_margin_rate),
    cell("_margin", "", lambda incremental_units, unit_margin: incremental_units * unit_margin),
)


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
    *(
        Sheet(kpi, "Advertising cost, clicks and the sales attributed to them", _ads_takes(kpi), _first(kpi), adds_up=True)
        for kpi in ADS_KPIS
    ),
    Sheet(
        "acos",
        "What moved the advertising cost of sales",
        (Input("p0", CAMPAIGN_UNIT, CAMPAIGN), Input("p1", CAMPAIGN_UNIT, CAMPAIGN)),
        (
            cell("effects", "percentage points by factor", _acos_effects),
            cell("sum", "percentage points", lambda effects: total(effects.values())),
        ),
    ),
    *(
        Sheet(
            kpi,
            "Advertising cost by product",
            (
                measured("sp", "currency", "sp_cost"),
                measured("sb", "currency", "sb_cost"),
                measured("sd", "currency", "sd_cost"),
            ),
            (
                cell("search_share", "%", lambda settings, sp, sb, sd: ratio(settings, "ad_mix_share", sp + sb, sp + sb + sd)),
                cell("display_share", "%", lambda settings, sp, sb, sd: ratio(settings, "ad_display_share", sd, sp + sb + sd)),
                cell("brand_share", "%", lambda settings, sp, sb, sd: ratio(settings, "ad_brand_share", sb, sp + sb + sd)),
                cell("total", "currency", lambda sp, sb, sd: sp + sb + sd),
            ),
            (answer,),
        )
        for kpi, answer in (
            ("ad_mix_share", "search_share"),
            ("ad_display_share", "display_share"),
            ("ad_brand_share", "brand_share"),
            ("ad_spend", "total"),
        )
    ),
    Sheet(
        "ad_spend",
        "Cost of advertising, or what clicks at their price make",
        (measured("cost", "currency", *AD_COST), count("clicks"), measured("ad_cpc", "currency per click", "cpc")),
        (
            cell("ad_spend", "currency", lambda cost: cost),
            cell("ad_spend", "currency", lambda clicks, ad_cpc: clicks * ad_cpc),
        ),
        adds_up=True,
    ),
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
                "rows of q and impr",
                rows(
                    text("q", "query", "search_query"),
                    count("impr", "impressions", "asin_impression_count", "impression_count"),
                ),
            ),
        ),
        (cell("pct", "%", _branded),),
    ),
    Sheet(
        "promo_roi",
        "What a promotion brought for what it cost",
        PROMO_TAKES,
        PROMO,
        ("promo_roi_margin_pct", "promo_cost_ratio_pct"),
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
