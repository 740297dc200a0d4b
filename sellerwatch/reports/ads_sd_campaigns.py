"""Sponsored Display by campaign and day: what was shown, clicked and spent, and what was bought within fourteen days.

Amazon's columns carry no window in their names; it is always fourteen days. Those named clicks leave out what was bought
after a mere look, which for campaigns paid by impression is most of it.
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
class AdsSdCampaignDay:
    """One Sponsored Display campaign on one day."""

    advertised_on: date
    campaign_id: str
    campaign_name: str | None
    campaign_status: str | None
    currency: str | None
    budget_amount: Decimal | None
    cost_type: str | None
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
    new_to_brand_sales_clicks_14d_amount: Decimal | None


COLUMNS = (
    ads.ADVERTISED_ON,
    ads.CAMPAIGN_ID,
    ads.CAMPAIGN_NAME,
    ads.CAMPAIGN_STATUS,
    ads.CURRENCY,
    ads.BUDGET_AMOUNT,
    ads.COST_TYPE,
    ads.IMPRESSIONS,
    ads.VIEWABLE_IMPRESSIONS,
    ads.CLICKS,
    ads.COST,
    *ads.WITHIN_14_DAYS,
    Column(
        "sales_promoted_clicks_14d_amount",
        "salesPromotedClicks",
        Kind.MONEY,
        "Of the sales after a click, those of the products shown in the ad.",
    ),
    ads.NEW_TO_BRAND_PURCHASES,
    ads.NEW_TO_BRAND_UNITS_SOLD,
    Column("new_to_brand_sales_clicks_14d_amount", "newToBrandSalesClicks", Kind.MONEY, "Sales to them after a click."),
)

ADS_SD_CAMPAIGN_DAY = FactTable(
    name="ads_sd_campaign_day",
    columns=COLUMNS,
    key=("advertised_on", "campaign_id"),
    replace=Replace.BY_DAY,
    scope="advertised_on",
    row=AdsSdCampaignDay,
    title="One Sponsored Display campaign on one day",
)

LEFT_OUT: Mapping[str, str] = DISPLAY_LEFT_OUT


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a document of ``sdCampaigns``, grouped by campaign and day."""
    finer = ("adGroupId", "adId", "matchedTargetAsin")
    return read_ads_file(data, context, table=ADS_SD_CAMPAIGN_DAY, left_out=LEFT_OUT, finer=finer)


REPORT = Report(
    name="ads_sd_campaigns",
    amazon_type="sdCampaigns",
    title="Sponsored Display by campaign",
    content=Content.JSON,
    tables=(ADS_SD_CAMPAIGN_DAY,),
    left_out=LEFT_OUT,
    parse=parse,
    source=Source.ADS,
    is_sparse=True,
)
