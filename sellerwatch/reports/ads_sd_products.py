"""Sponsored Display by advertised product and day: what each ad of a SKU cost, and what was bought within fourteen days.

Sales belong to the product advertised, even when another one was bought. Days are those of the advertising profile's time
zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from sellerwatch.reports.adsfile import DISPLAY_LEFT_OUT, read_ads_file
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report, Source
from sellerwatch.reports.document import DocumentContext, Parsed


@dataclass(frozen=True, slots=True)
class AdsSdProductDay:
    """One Sponsored Display ad of a product on one day."""

    advertised_on: date
    campaign_id: str
    ad_group_id: str
    ad_id: str
    campaign_name: str | None
    ad_group_name: str | None
    asin: str | None
    sku: str | None
    currency: str | None
    bid_optimization: str | None
    impressions: int | None
    viewable_impressions: int | None
    clicks: int | None
    cost_amount: Decimal | None
    detail_page_views_14d: int | None
    branded_searches_14d: int | None
    add_to_cart_14d: int | None
    purchases_14d: int | None
    purchases_clicks_14d: int | None
    units_sold_14d: int | None
    units_sold_clicks_14d: int | None
    sales_14d_amount: Decimal | None
    sales_clicks_14d_amount: Decimal | None
    sales_promoted_clicks_14d_amount: Decimal | None
    new_to_brand_purchases_14d: int | None
    new_to_brand_units_sold_14d: int | None
    new_to_brand_sales_14d_amount: Decimal | None


COLUMNS = (
    Column("advertised_on", "date", Kind.DAY, "The day in the profile's time zone.", required=True),
    Column("campaign_id", "campaignId", Kind.TEXT, "Amazon's id of the campaign.", required=True),
    Column("ad_group_id", "adGroupId", Kind.TEXT, "Amazon's id of the ad group.", required=True),
    Column("ad_id", "adId", Kind.TEXT, "Amazon's id of the ad; a product has one in each ad group.", required=True),
    Column("campaign_name", "campaignName", Kind.TEXT, "Its name now, not then."),
    Column("ad_group_name", "adGroupName", Kind.TEXT, "Its name now, not then."),
    Column("asin", "promotedAsin", Kind.TEXT, "Amazon's id of the advertised product.", required=True),
    Column("sku", "promotedSku", Kind.TEXT, "The seller's SKU of it, exactly as written.", required=True),
    Column("currency", "campaignBudgetCurrencyCode", Kind.TEXT, "Currency of all amounts.", required=True),
    Column("bid_optimization", "bidOptimization", Kind.TEXT, "What bids are set for, in Amazon's word."),
    Column("impressions", "impressions", Kind.INTEGER, "Times the ad was shown.", required=True),
    Column("viewable_impressions", "impressionsViews", Kind.INTEGER, "Of them, those that could be seen."),
    Column("clicks", "clicks", Kind.INTEGER, "Clicks; invalid ones are taken out within days.", required=True),
    Column("cost_amount", "cost", Kind.MONEY, "What was charged.", required=True),
    Column("detail_page_views_14d", "detailPageViews", Kind.INTEGER, "Views of product pages within 14 days."),
    Column("branded_searches_14d", "brandedSearches", Kind.INTEGER, "Searches for the brand within 14 days."),
    Column("add_to_cart_14d", "addToCart", Kind.INTEGER, "Times a product went to a cart within 14 days."),
    Column("purchases_14d", "purchases", Kind.INTEGER, "Orders within 14 days.", required=True),
    Column("purchases_clicks_14d", "purchasesClicks", Kind.INTEGER, "Of them, after a click."),
    Column("units_sold_14d", "unitsSold", Kind.INTEGER, "Units ordered within 14 days."),
    Column("units_sold_clicks_14d", "unitsSoldClicks", Kind.INTEGER, "Of them, after a click."),
    Column("sales_14d_amount", "sales", Kind.MONEY, "Sales within 14 days.", required=True),
    Column("sales_clicks_14d_amount", "salesClicks", Kind.MONEY, "Of them, after a click."),
    Column(
        "sales_promoted_clicks_14d_amount",
        "salesPromotedClicks",
        Kind.MONEY,
        "Of the sales after a click, those of the product shown in the ad.",
    ),
    Column("new_to_brand_purchases_14d", "newToBrandPurchases", Kind.INTEGER, "Orders by buyers new to the brand in a year."),
    Column("new_to_brand_units_sold_14d", "newToBrandUnitsSold", Kind.INTEGER, "Units they ordered."),
    Column("new_to_brand_sales_14d_amount", "newToBrandSales", Kind.MONEY, "Sales to them."),
)

ADS_SD_PRODUCT_DAY = FactTable(
    name="ads_sd_product_day",
    columns=COLUMNS,
    key=("advertised_on", "campaign_id", "ad_group_id", "ad_id"),
    replace=Replace.BY_DAY,
    scope="advertised_on",
    row=AdsSdProductDay,
    title="One Sponsored Display ad of a product on one day",
)

_UNUSED = "no metric needs it"
LEFT_OUT: Mapping[str, str] = {
    **DISPLAY_LEFT_OUT,
    "cumulativeReach": "buyers reached, which do not add up over days",
    "impressionsFrequencyAverage": "follows from reach, which is not kept",
    "newToBrandSalesClicks": "the part after clicks is kept for all buyers only",
    "newToBrandDetailPageViews": _UNUSED,
    "newToBrandDetailPageViewClicks": _UNUSED,
    "newToBrandDetailPageViewViews": _UNUSED,
    "newToBrandDetailPageViewRate": _UNUSED,
    "newToBrandECPDetailPageView": _UNUSED,
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a document of ``sdAdvertisedProduct``, by day."""
    return read_ads_file(data, context, table=ADS_SD_PRODUCT_DAY, left_out=LEFT_OUT)


REPORT = Report(
    name="ads_sd_products",
    amazon_type="sdAdvertisedProduct",
    title="Sponsored Display by advertised product",
    content=Content.JSON,
    tables=(ADS_SD_PRODUCT_DAY,),
    left_out=LEFT_OUT,
    parse=parse,
    source=Source.ADS,
    is_sparse=True,
)
