"""Worksheets of advertising and search: cost of sales, its mix, shares of queries, and promotions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from sellerwatch.metrics.decomposition import shapley
from sellerwatch.metrics.sheets.configured import is_in, ratio, tier
from sellerwatch.metrics.sheets.inputs import (
    Input,
    amount,
    count,
    measured,
    one_of,
    optional,
    part_at_most_one,
    record,
    rows,
    signed,
    taken_off,
    text,
)
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, quantity, total, unknown

AD_COST: Final = ("ad_cost", "ad_spend", "spend")
AD_SALES: Final = ("sales_7d", "sales7d", "sales_14d", "sales14d", "attributed_sales", "ad_attributed_sales")
AD_PURCHASES: Final = ("purchases_7d", "purchases7d", "purchases_14d", "purchases14d", "ad_orders")

TOTAL_SALES: Final = ("ordered_product_sales", "total_ordered_sales")
OF_ALL_SALES: Final = frozenset({"tacos", "organic_sales_share"})
"""What plain sales mean: to these KPIs those of the store, to the others those of advertising, as Amazon's reports call them."""


def _ads_takes(kpi: str) -> tuple[Input, ...]:
    is_of_all = kpi in OF_ALL_SALES
    return (
        *(CVR_TAKES if kpi == "ad_cvr" else ()),
        measured("cost", "currency", *AD_COST),
        measured("ad_sales", "currency", *AD_SALES, *(() if is_of_all else ("sales",))),
        measured("total_sales", "currency", *TOTAL_SALES, *(("sales",) if is_of_all else ())),
        *ADS_TAKES,
    )


CVR_TAKES: Final = (count("units_sold_clicks", "units_sold_clicks7d", "units_sold_clicks_7d", "units_sold_clicks14d"),)
"""Units stand beside orders in Amazon's report, and are no orders."""

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
    signed("gross_margin_before_ads", "%", "margin_before_ads", "gross_margin_pct", "break_even"),
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
    cell("break_even_acos", "%", lambda gross_margin_before_ads: gross_margin_before_ads),
    cell(
        "profitable",
        "true or false",
        lambda acos, gross_margin_before_ads: acos.compares("<=", gross_margin_before_ads),
    ),
    cell("yellow", "true or false", lambda settings, roas: is_in(settings, "roas", "yellow", roas)),
    cell("orange", "true or false", lambda settings, roas: is_in(settings, "roas", "orange", roas)),
    cell("red", "true or false", lambda settings, roas: is_in(settings, "roas", "red", roas)),
    cell("tier", "yellow, orange or red", lambda settings, roas: tier(settings, "roas", roas)),
)
ADS_KPIS: Final = ("acos", "roas", "tacos", "ad_cpc", "ad_cvr", "ad_ctr", "organic_sales_share")


def _first(kpi: str) -> tuple[Any, ...]:
    """Return the cells with the KPI's own first, so that its reason is the one that is told."""
    own = (WITH_UNITS,) if kpi == "ad_cvr" else ()
    return (*sorted(ADS, key=lambda item: item.name != kpi), *own)


WITH_UNITS: Final = cell(
    "with_units_wrong", "%", lambda units_sold_clicks, clicks: units_sold_clicks.over(clicks, "no_clicks") * 100
)


def _answers(kpi: str) -> tuple[str, ...]:
    """Return what has to come out; by sessions and clicks a share of traffic does, which is another number."""
    return (kpi, "organic_traffic_share") if kpi == "organic_sales_share" else (kpi,)


# By product

AD_PRODUCTS: Final[Mapping[str, str]] = {"sp": "SPONSORED_PRODUCTS", "sb": "SPONSORED_BRANDS", "sd": "SPONSORED_DISPLAY"}
"""Our short name of each advertising product, and Amazon's name."""

WORDS: Final = {word: name for name, amazon in AD_PRODUCTS.items() for word in (name.upper(), amazon)}
ROWS_BY_PRODUCT: Final = Input(
    "rows",
    "rows of ad_product and cost",
    rows(
        Input("ad_product", "advertising product", one_of(*WORDS), ("type", "ad_type", "campaign_type")),
        measured("cost", "currency", *AD_COST),
    ),
    ("campaigns",),
)


def _of_product(name: str) -> Cell:
    """Return the cost of a product over several rows; one without a row costs nothing."""
    return cell(name, "currency", lambda rows: total(row["cost"] for row in rows if WORDS[row["ad_product"]] == name))


BY_PRODUCT: Final = tuple(_of_product(name) for name in AD_PRODUCTS)


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


# Settled charges

SETTLED_AS: Final = "cost of advertising"
SETTLED: Final = Input(
    "rows",
    "rows of amount_type and amount",
    rows(text("amount_type", "type"), amount("amount"), optional(text("amount_description", "description"))),
    ("lines", "settlement", "settlement_lines"),
)


def _charged_for_ads(rows: Sequence[Mapping[str, Any]]) -> Quantity:
    """Add up the charges, which a settlement takes off, and leave out everything else."""
    return total(row["amount"] for row in rows if (row["amount_type"] or "").casefold() == SETTLED_AS) * -1


# Promotions

PROMO_TAKES: Final = (
    measured("promo_cost", "currency", "promotion_cost", "cost"),
    amount("incremental_gmv", "incremental_sales"),
    Input("gross_margin_rate", "part of one", part_at_most_one, ("margin_rate",)),
    signed("incremental_units", "units"),
    amount("unit_margin", "margin_per_unit"),
    count("units_sold", "units", "actual_units"),
    count("dip_units", "post_event_dip_units", "post_event_dip"),
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
    cell(
        "incremental_units",
        "units",
        lambda units_sold, baseline_units, dip_units=None: units_sold - baseline_units - (dip_units or 0),
    ),
    cell("ok", "true or false", lambda promo_roi_margin_pct: promo_roi_margin_pct.compares(">", 0)),
    cell("_margin", "", lambda incremental_gmv, gross_margin_rate: incremental_gmv * gross_margin_rate),
    cell("_margin", "", lambda incremental_units, unit_margin: incremental_units * unit_margin),
)


SHEETS: Final = (
    *(
        Sheet(
            kpi,
            "Advertising cost, clicks and the sales attributed to them",
            _ads_takes(kpi),
            _first(kpi),
            _answers(kpi),
            adds_up=True,
        )
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
                ROWS_BY_PRODUCT,
            ),
            (
                cell("search_share", "%", lambda settings, sp, sb, sd: ratio(settings, "ad_mix_share", sp + sb, sp + sb + sd)),
                cell("display_share", "%", lambda settings, sp, sb, sd: ratio(settings, "ad_display_share", sd, sp + sb + sd)),
                cell("brand_share", "%", lambda settings, sp, sb, sd: ratio(settings, "ad_brand_share", sb, sp + sb + sd)),
                cell("total", "currency", lambda sp, sb, sd: sp + sb + sd),
                *BY_PRODUCT,
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
        "What a settlement charges for advertising; it lumps several days",
        (SETTLED,),
        (cell("ad_spend", "currency", _charged_for_ads, "rows"),),
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
    Sheet(
        "promo_roi",
        "What a promotion brought for what it cost",
        PROMO_TAKES,
        PROMO,
        ("promo_roi_margin_pct", "promo_cost_ratio_pct"),
    ),
)
