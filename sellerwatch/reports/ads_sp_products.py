"""Sponsored Products by advertised product and day: what each ad of a SKU cost, and what was bought after its clicks.

Sales belong to the day of the click and to the product advertised, even when another one was bought; the columns named
same and other SKU tell them apart. Days are those of the advertising profile's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from sellerwatch.reports import adscolumns as ads
from sellerwatch.reports.adsfile import ATTRIBUTION_LEFT_OUT, BOOKS_LEFT_OUT, RATIOS_LEFT_OUT, read_ads_file
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report, Source
from sellerwatch.reports.document import DocumentContext, Parsed


@dataclass(frozen=True, slots=True)
class AdsSpProductDay:
    """One Sponsored Products ad of a product on one day."""

    advertised_on: date
    campaign_id: str
    ad_group_id: str
    ad_id: str
    campaign_name: str | None
    campaign_status: str | None
    ad_group_name: str | None
    asin: str | None
    sku: str | None
    currency: str | None
    impressions: int | None
    clicks: int | None
    cost_amount: Decimal | None
    purchases_7d: int | None
    purchases_same_sku_7d: int | None
    units_sold_7d: int | None
    units_sold_same_sku_7d: int | None
    units_sold_other_sku_7d: int | None
    sales_7d_amount: Decimal | None
    sales_same_sku_7d_amount: Decimal | None
    sales_other_sku_7d_amount: Decimal | None
    purchases_14d: int | None
    units_sold_14d: int | None
    sales_14d_amount: Decimal | None


COLUMNS = (
    ads.ADVERTISED_ON,
    ads.CAMPAIGN_ID,
    ads.AD_GROUP_ID,
    ads.AD_ID,
    ads.CAMPAIGN_NAME,
    ads.CAMPAIGN_STATUS,
    ads.AD_GROUP_NAME,
    Column("asin", "advertisedAsin", Kind.TEXT, "Amazon's id of the advertised product.", required=True),
    Column("sku", "advertisedSku", Kind.TEXT, "The seller's SKU of it, exactly as written.", required=True),
    ads.CURRENCY,
    ads.IMPRESSIONS_OF_AD,
    ads.CLICKS,
    ads.COST_OF_CLICKS,
    ads.PURCHASES_7D,
    ads.PURCHASES_SAME_SKU_7D,
    ads.UNITS_SOLD_7D,
    ads.UNITS_SOLD_SAME_SKU_7D,
    ads.UNITS_SOLD_OTHER_SKU_7D,
    ads.SALES_7D,
    ads.SALES_SAME_SKU_7D,
    ads.SALES_OTHER_SKU_7D,
    *ads.CLICKED_WITHIN_14_DAYS,
)

ADS_SP_PRODUCT_DAY = FactTable(
    name="ads_sp_product_day",
    columns=COLUMNS,
    key=("advertised_on", "campaign_id", "ad_group_id", "ad_id"),
    replace=Replace.BY_DAY,
    scope="advertised_on",
    row=AdsSpProductDay,
    title="One Sponsored Products ad of a product on one day",
)

_CAMPAIGNS = "the report by campaign has it"
LEFT_OUT: Mapping[str, str] = {
    "startDate": "of summaries only",
    "endDate": "of summaries only",
    "portfolioId": "no metric needs it",
    "campaignBudgetAmount": _CAMPAIGNS,
    "campaignBudgetType": _CAMPAIGNS,
    **ATTRIBUTION_LEFT_OUT,
    **RATIOS_LEFT_OUT,
    **BOOKS_LEFT_OUT,
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a document of ``spAdvertisedProduct``, by day."""
    return read_ads_file(data, context, table=ADS_SP_PRODUCT_DAY, left_out=LEFT_OUT)


REPORT = Report(
    name="ads_sp_products",
    amazon_type="spAdvertisedProduct",
    title="Sponsored Products by advertised product",
    content=Content.JSON,
    tables=(ADS_SP_PRODUCT_DAY,),
    left_out=LEFT_OUT,
    parse=parse,
    source=Source.ADS,
    is_sparse=True,
)
