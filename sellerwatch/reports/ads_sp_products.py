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
    Column("advertised_on", "date", Kind.DAY, "The day in the profile's time zone.", required=True),
    Column("campaign_id", "campaignId", Kind.TEXT, "Amazon's id of the campaign.", required=True),
    Column("ad_group_id", "adGroupId", Kind.TEXT, "Amazon's id of the ad group.", required=True),
    Column("ad_id", "adId", Kind.TEXT, "Amazon's id of the ad; a product has one in each ad group.", required=True),
    Column("campaign_name", "campaignName", Kind.TEXT, "Its name now, not then."),
    Column("campaign_status", "campaignStatus", Kind.TEXT, "ENABLED, PAUSED, ARCHIVED, or a word of Amazon's; now, not then."),
    Column("ad_group_name", "adGroupName", Kind.TEXT, "Its name now, not then."),
    Column("asin", "advertisedAsin", Kind.TEXT, "Amazon's id of the advertised product.", required=True),
    Column("sku", "advertisedSku", Kind.TEXT, "The seller's SKU of it, exactly as written.", required=True),
    Column("currency", "campaignBudgetCurrencyCode", Kind.TEXT, "Currency of all amounts.", required=True),
    Column("impressions", "impressions", Kind.INTEGER, "Times the ad was shown.", required=True),
    Column("clicks", "clicks", Kind.INTEGER, "Clicks; invalid ones are taken out within days.", required=True),
    Column("cost_amount", "cost", Kind.MONEY, "What the clicks cost.", required=True, also=("spend",)),
    Column("purchases_7d", "purchases7d", Kind.INTEGER, "Orders within 7 days of a click.", required=True),
    Column("purchases_same_sku_7d", "purchasesSameSku7d", Kind.INTEGER, "Of them, orders of the advertised SKU."),
    Column("units_sold_7d", "unitsSoldClicks7d", Kind.INTEGER, "Units ordered within 7 days of a click."),
    Column("units_sold_same_sku_7d", "unitsSoldSameSku7d", Kind.INTEGER, "Of them, units of the advertised SKU."),
    Column("units_sold_other_sku_7d", "unitsSoldOtherSku7d", Kind.INTEGER, "Of them, units of others."),
    Column("sales_7d_amount", "sales7d", Kind.MONEY, "Sales within 7 days of a click.", required=True),
    Column("sales_same_sku_7d_amount", "attributedSalesSameSku7d", Kind.MONEY, "Of them, sales of the advertised SKU."),
    Column("sales_other_sku_7d_amount", "salesOtherSku7d", Kind.MONEY, "Of them, sales of others."),
    Column("purchases_14d", "purchases14d", Kind.INTEGER, "Orders within 14 days of a click."),
    Column("units_sold_14d", "unitsSoldClicks14d", Kind.INTEGER, "Units ordered within 14 days of a click."),
    Column("sales_14d_amount", "sales14d", Kind.MONEY, "Sales within 14 days of a click."),
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
