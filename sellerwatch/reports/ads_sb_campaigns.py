"""Sponsored Brands by campaign and day: what was shown, clicked and spent, and what was bought within fourteen days.

Amazon's columns carry no window in their names; it is always fourteen days, so they must not be added to the seven days of
Sponsored Products unawares. Those named clicks leave out what was bought after a mere look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from sellerwatch.reports import adscolumns as ads
from sellerwatch.reports.adsfile import BRAND_LEFT_OUT, read_ads_file
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report, Source
from sellerwatch.reports.document import DocumentContext, Parsed


@dataclass(frozen=True, slots=True)
class AdsSbCampaignDay:
    """One Sponsored Brands campaign on one day."""

    advertised_on: date
    campaign_id: str
    campaign_name: str | None
    campaign_status: str | None
    currency: str | None
    budget_amount: Decimal | None
    budget_type: str | None
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
    sales_promoted_14d_amount: Decimal | None
    new_to_brand_purchases_14d: int | None
    new_to_brand_units_sold_14d: int | None
    new_to_brand_sales_14d_amount: Decimal | None


COLUMNS = (
    ads.ADVERTISED_ON,
    ads.CAMPAIGN_ID,
    ads.CAMPAIGN_NAME,
    ads.CAMPAIGN_STATUS,
    ads.CURRENCY,
    ads.BUDGET_AMOUNT,
    ads.BUDGET_TYPE,
    ads.COST_TYPE,
    ads.IMPRESSIONS,
    Column("viewable_impressions", "viewableImpressions", Kind.INTEGER, "Of them, those that could be seen."),
    ads.CLICKS,
    ads.COST,
    *ads.WITHIN_14_DAYS,
    Column("sales_promoted_14d_amount", "salesPromoted", Kind.MONEY, "Of them, sales of the products shown in the ad."),
    ads.NEW_TO_BRAND_PURCHASES,
    ads.NEW_TO_BRAND_UNITS_SOLD,
    ads.NEW_TO_BRAND_SALES,
)

ADS_SB_CAMPAIGN_DAY = FactTable(
    name="ads_sb_campaign_day",
    columns=COLUMNS,
    key=("advertised_on", "campaign_id"),
    replace=Replace.BY_DAY,
    scope="advertised_on",
    row=AdsSbCampaignDay,
    title="One Sponsored Brands campaign on one day",
)

_CLICKS = "the part after clicks is kept for purchases, units and sales only"
_RATIO = "follows from the sums"
_UNUSED = "no metric needs it"
LEFT_OUT: Mapping[str, str] = {
    **BRAND_LEFT_OUT,
    "topOfSearchImpressionShare": "whether it is a fraction or a percentage is not known",
    "brandStorePageView": _UNUSED,
    "purchasesPromoted": _UNUSED,
    "newToBrandSalesClicks": _CLICKS,
    "newToBrandDetailPageViews": _UNUSED,
    "newToBrandDetailPageViewsClicks": _CLICKS,
    "newToBrandDetailPageViewRate": _RATIO,
    "newToBrandECPDetailPageView": _RATIO,
    "newToBrandPurchasesPercentage": _RATIO,
    "newToBrandPurchasesRate": _RATIO,
    "newToBrandSalesPercentage": _RATIO,
    "newToBrandUnitsSoldPercentage": _RATIO,
    "video5SecondViewRate": "of videos only",
    "video5SecondViews": "of videos only",
    "kindleEditionNormalizedPagesRead14d": "of books only",
    "kindleEditionNormalizedPagesRoyalties14d": "of books only",
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a document of ``sbCampaigns``, by day."""
    return read_ads_file(data, context, table=ADS_SB_CAMPAIGN_DAY, left_out=LEFT_OUT, finer=("adGroupId", "adId"))


REPORT = Report(
    name="ads_sb_campaigns",
    amazon_type="sbCampaigns",
    title="Sponsored Brands by campaign",
    content=Content.JSON,
    tables=(ADS_SB_CAMPAIGN_DAY,),
    left_out=LEFT_OUT,
    parse=parse,
    source=Source.ADS,
    is_sparse=True,
)
