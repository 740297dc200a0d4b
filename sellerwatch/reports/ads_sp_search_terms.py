"""Sponsored Products by search term and day: what buyers typed, or where they were, before they clicked, and what it cost.

Terms without a click are not in it, so its impressions do not add up to the campaign's. Sales belong to the day of the
click. Days are those of the advertising profile's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa

from sellerwatch.reports import adscolumns as ads
from sellerwatch.reports.adsfile import ATTRIBUTION_LEFT_OUT, BOOKS_LEFT_OUT, RATIOS_LEFT_OUT, read_ads_file
from sellerwatch.reports.computed import ORDINAL, ordinals
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report, Source
from sellerwatch.reports.document import DocumentContext, Parsed


@dataclass(frozen=True, slots=True)
class AdsSpSearchTermDay:
    """One search term that met one target of an ad group on one day."""

    advertised_on: date
    campaign_id: str
    ad_group_id: str
    search_term: str
    keyword_id: str | None
    keyword: str | None
    keyword_type: str | None
    match_type: str | None
    targeting: str | None
    keyword_status: str | None
    keyword_bid_amount: Decimal | None
    campaign_name: str | None
    campaign_status: str | None
    ad_group_name: str | None
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
    ordinal: int


COLUMNS = (
    ads.ADVERTISED_ON,
    ads.CAMPAIGN_ID,
    ads.AD_GROUP_ID,
    Column("search_term", "searchTerm", Kind.TEXT, "What was typed, or the ASIN of the page the ad stood on.", required=True),
    Column("keyword_id", "keywordId", Kind.TEXT, "Amazon's id of the keyword or target it met."),
    Column("keyword", "keyword", Kind.TEXT, "The keyword or target, as text."),
    Column("keyword_type", "keywordType", Kind.TEXT, "BROAD, PHRASE, EXACT, TARGETING_EXPRESSION, or another word."),
    Column("match_type", "matchType", Kind.TEXT, "How the term met the keyword, in Amazon's word."),
    Column("targeting", "targeting", Kind.TEXT, "The target as an expression."),
    Column("keyword_status", "adKeywordStatus", Kind.TEXT, "ENABLED, PAUSED, ARCHIVED, or a word of Amazon's; now, not then."),
    Column("keyword_bid_amount", "keywordBid", Kind.MONEY, "The bid now, not then."),
    ads.CAMPAIGN_NAME,
    ads.CAMPAIGN_STATUS,
    ads.AD_GROUP_NAME,
    ads.CURRENCY,
    ads.IMPRESSIONS,
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
    Column(ORDINAL, "", Kind.INTEGER, "Place among the day's rows of the same term in the ad group, from 1; computed."),
)

ADS_SP_SEARCH_TERM_DAY = FactTable(
    name="ads_sp_search_term_day",
    columns=COLUMNS,
    # One term meets several keywords of an ad group, and that each of those rows has an id of its own is nowhere promised.
    key=("advertised_on", "campaign_id", "ad_group_id", "search_term", ORDINAL),
    replace=Replace.BY_DAY,
    scope="advertised_on",
    row=AdsSpSearchTermDay,
    title="One search term that met one target of an ad group on one day",
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
    """Read a document of ``spSearchTerm``, by day."""
    return read_ads_file(data, context, table=ADS_SP_SEARCH_TERM_DAY, left_out=LEFT_OUT, compute=_compute)


def _compute(facts: pa.Table) -> dict[str, pa.Array]:
    return {ORDINAL: ordinals(facts, ADS_SP_SEARCH_TERM_DAY.key[:-1])}


REPORT = Report(
    name="ads_sp_search_terms",
    amazon_type="spSearchTerm",
    title="Sponsored Products by search term",
    content=Content.JSON,
    tables=(ADS_SP_SEARCH_TERM_DAY,),
    left_out=LEFT_OUT,
    parse=parse,
    source=Source.ADS,
    is_sparse=True,
)
