"""Sponsored Products by campaign and day: what was shown, clicked and spent, and what was bought after it.

Sales belong to the day of the click and grow for as long as their window: seven days by Amazon's rule for sellers, fourteen
to compare with other ad products. Days are those of the advertising profile's time zone.
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
class AdsSpCampaignDay:
    """One Sponsored Products campaign on one day."""

    advertised_on: date
    campaign_id: str
    campaign_name: str | None
    campaign_status: str | None
    currency: str | None
    budget_amount: Decimal | None
    budget_type: str | None
    bidding_strategy: str | None
    impressions: int | None
    clicks: int | None
    cost_amount: Decimal | None
    purchases_7d: int | None
    purchases_same_sku_7d: int | None
    units_sold_7d: int | None
    units_sold_same_sku_7d: int | None
    sales_7d_amount: Decimal | None
    sales_same_sku_7d_amount: Decimal | None
    purchases_14d: int | None
    units_sold_14d: int | None
    sales_14d_amount: Decimal | None


COLUMNS = (
    ads.ADVERTISED_ON,
    ads.CAMPAIGN_ID,
    ads.CAMPAIGN_NAME,
    ads.CAMPAIGN_STATUS,
    ads.CURRENCY,
    ads.BUDGET_AMOUNT,
    ads.BUDGET_TYPE,
    Column("bidding_strategy", "campaignBiddingStrategy", Kind.TEXT, "How Amazon changes bids, in its own word."),
    ads.IMPRESSIONS,
    ads.CLICKS,
    ads.COST_OF_CLICKS,
    ads.PURCHASES_7D,
    ads.PURCHASES_SAME_SKU_7D,
    ads.UNITS_SOLD_7D,
    ads.UNITS_SOLD_SAME_SKU_7D,
    ads.SALES_7D,
    ads.SALES_SAME_SKU_7D,
    *ads.CLICKED_WITHIN_14_DAYS,
)

ADS_SP_CAMPAIGN_DAY = FactTable(
    name="ads_sp_campaign_day",
    columns=COLUMNS,
    key=("advertised_on", "campaign_id"),
    # Not one table for all ad products: a day's rows are replaced as a whole, and each product has documents of its own.
    replace=Replace.BY_DAY,
    scope="advertised_on",
    row=AdsSpCampaignDay,
    title="One Sponsored Products campaign on one day",
)

_UNUSED = "no metric needs it"
LEFT_OUT: Mapping[str, str] = {
    "startDate": "of summaries only",
    "endDate": "of summaries only",
    "portfolioId": _UNUSED,
    "campaignRuleBasedBudgetAmount": _UNUSED,
    "campaignApplicableBudgetRuleId": _UNUSED,
    "campaignApplicableBudgetRuleName": _UNUSED,
    "topOfSearchImpressionShare": "whether it is a fraction or a percentage is not known",
    **ATTRIBUTION_LEFT_OUT,
    **RATIOS_LEFT_OUT,
    **BOOKS_LEFT_OUT,
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a document of ``spCampaigns``, grouped by campaign and day."""
    finer = ("adGroupId", "placementClassification")
    return read_ads_file(data, context, table=ADS_SP_CAMPAIGN_DAY, left_out=LEFT_OUT, finer=finer)


REPORT = Report(
    name="ads_sp_campaigns",
    amazon_type="spCampaigns",
    title="Sponsored Products by campaign",
    content=Content.JSON,
    tables=(ADS_SP_CAMPAIGN_DAY,),
    left_out=LEFT_OUT,
    parse=parse,
    source=Source.ADS,
    is_sparse=True,
)
