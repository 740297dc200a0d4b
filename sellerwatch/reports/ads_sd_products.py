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

from sellerwatch.reports import adscolumns as ads
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
    ads.ADVERTISED_ON,
    ads.CAMPAIGN_ID,
    ads.AD_GROUP_ID,
    ads.AD_ID,
    ads.CAMPAIGN_NAME,
    ads.AD_GROUP_NAME,
    Column("asin", "promotedAsin", Kind.TEXT, "Amazon's id of the advertised product.", required=True),
    Column("sku", "promotedSku", Kind.TEXT, "The seller's SKU of it, exactly as written.", required=True),
    ads.CURRENCY,
    Column("bid_optimization", "bidOptimization", Kind.TEXT, "What bids are set for, in Amazon's word."),
    ads.IMPRESSIONS_OF_AD,
    ads.VIEWABLE_IMPRESSIONS,
    ads.CLICKS,
    ads.COST,
    *ads.WITHIN_14_DAYS,
    Column(
        "sales_promoted_clicks_14d_amount",
        "salesPromotedClicks",
        Kind.MONEY,
        "Of the sales after a click, those of the product shown in the ad.",
    ),
    ads.NEW_TO_BRAND_PURCHASES,
    ads.NEW_TO_BRAND_UNITS_SOLD,
    ads.NEW_TO_BRAND_SALES,
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
