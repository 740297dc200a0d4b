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
    Column("advertised_on", "date", Kind.DAY, "The day in the profile's time zone.", required=True),
    Column("campaign_id", "campaignId", Kind.TEXT, "Amazon's id of the campaign.", required=True),
    Column("campaign_name", "campaignName", Kind.TEXT, "Its name now, not then."),
    Column("campaign_status", "campaignStatus", Kind.TEXT, "ENABLED, PAUSED, ARCHIVED, or a word of Amazon's; now, not then."),
    Column("currency", "campaignBudgetCurrencyCode", Kind.TEXT, "Currency of all amounts.", required=True),
    Column("budget_amount", "campaignBudgetAmount", Kind.MONEY, "Its budget now, not then."),
    Column("budget_type", "campaignBudgetType", Kind.TEXT, "DAILY_BUDGET or LIFETIME_BUDGET."),
    Column("cost_type", "costType", Kind.TEXT, "CPC is paid by click, VCPM by thousand viewable impressions."),
    Column("impressions", "impressions", Kind.INTEGER, "Times an ad was shown.", required=True),
    Column("viewable_impressions", "viewableImpressions", Kind.INTEGER, "Of them, those that could be seen."),
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
    Column("sales_promoted_14d_amount", "salesPromoted", Kind.MONEY, "Of them, sales of the products shown in the ad."),
    Column("new_to_brand_purchases_14d", "newToBrandPurchases", Kind.INTEGER, "Orders by buyers new to the brand in a year."),
    Column("new_to_brand_units_sold_14d", "newToBrandUnitsSold", Kind.INTEGER, "Units they ordered."),
    Column("new_to_brand_sales_14d_amount", "newToBrandSales", Kind.MONEY, "Sales to them."),
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
