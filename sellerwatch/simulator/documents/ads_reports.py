"""The reports of the Amazon Ads API: rows by campaign, by advertised product and by search term, a day or the range each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.simulator.documents.ad_columns import brands_columns, display_columns, products_columns
from sellerwatch.simulator.documents.ad_days import AdProduct
from sellerwatch.simulator.documents.ad_figures import Figures, listing_figures, split
from sellerwatch.simulator.documents.campaigns import Campaign, ad_id_of, campaign_of, keyword_id_of
from sellerwatch.simulator.documents.json_file import Row, json_list
from sellerwatch.simulator.documents.ranges import asked_days
from sellerwatch.simulator.documents.search_funnel import queries_of
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.ports import Rendered, ReportRequest

PLACEMENTS = (("Top of Search on-Amazon", 45), ("Other on-Amazon", 30), ("Detail Page on-Amazon", 25))
"""Where an ad was shown, with the percent of its clicks."""

TERMS = (("BROAD", 55), ("PHRASE", 30), ("EXACT", 15))
"""How a search matched its keyword, with the percent of clicks, in the order of the listing's queries."""

TEXT_EVERY = 5
"""Amazon writes ids and amounts now as numbers, now as text, in the same file; here every so many rows are text."""

SHOWN = "ENABLED"
KEYWORD_BID = 0.75


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a row is about; empty is what the report does not tell apart."""

    campaign: Campaign
    currency: str
    listing: Listing | None = None
    term: str = ""
    match: str = ""
    placement: str = ""


Part = tuple[_Subject, Figures]
Parting = Callable[[Listing, Figures, str], Iterator[Part]]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One report type: which advertising it shows, what its rows are about, and how its figures are called."""

    product: AdProduct
    parts: Parting
    columns: Callable[[Figures], Row]


def ads_report(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the rows; the option ``timeUnit`` is DAILY or SUMMARY, ``groupBy`` the finest grouping asked for."""
    kind, marketplace = KINDS[request.report_type], marketplaces[0]
    days = Days(*asked_days(request))
    sums: dict[tuple[date | None, _Subject], Figures] = {}
    found = listing_figures(books, marketplace, days, product=kind.product, now=request.now)
    for (day, _), (listing, figures) in found.items():
        for subject, part in kind.parts(listing, figures, request.options.get("groupBy", "")):
            key = (day if request.options["timeUnit"] == "DAILY" else None, subject)
            sums.setdefault(key, Counter()).update(part)
    rows = [
        {**_frame(day, days), **_about(subject), **kind.columns(figures)}
        for (day, subject), figures in sums.items()
        if figures["impressions"]
    ]
    return json_list(_as_written(row, number) for number, row in enumerate(rows))


def _by_campaign(listing: Listing, figures: Figures, group_by: str) -> Iterator[Part]:
    campaign, currency = campaign_of(listing, "SP"), listing.marketplace.currency
    if group_by != "campaignPlacement":
        yield _Subject(campaign, currency), figures
        return
    for (placement, _), part in zip(PLACEMENTS, split(figures, [percent for _, percent in PLACEMENTS]), strict=True):
        yield _Subject(campaign, currency, placement=placement), part


def _by_term(listing: Listing, figures: Figures, _group_by: str) -> Iterator[Part]:
    campaign, currency = campaign_of(listing, "SP"), listing.marketplace.currency
    parts = split(figures, [percent for _, percent in TERMS])
    for (match, _), term, part in zip(TERMS, queries_of(listing), parts, strict=True):
        if part["clicks"]:  # a search without a click is not in the report
            yield _Subject(campaign, currency, term=term, match=match), part


def _by_campaign_of(product: AdProduct) -> Parting:
    def parts(listing: Listing, figures: Figures, _group_by: str) -> Iterator[Part]:
        yield _Subject(campaign_of(listing, product), listing.marketplace.currency), figures

    return parts


def _by_product_of(product: AdProduct) -> Parting:
    def parts(listing: Listing, figures: Figures, _group_by: str) -> Iterator[Part]:
        yield _Subject(campaign_of(listing, product), listing.marketplace.currency, listing), figures

    return parts


KINDS: Mapping[str, _Kind] = {
    "spCampaigns": _Kind("SP", _by_campaign, products_columns),
    "spAdvertisedProduct": _Kind("SP", _by_product_of("SP"), products_columns),
    "spSearchTerm": _Kind("SP", _by_term, products_columns),
    "sbCampaigns": _Kind("SB", _by_campaign_of("SB"), brands_columns),
    "sdCampaigns": _Kind("SD", _by_campaign_of("SD"), display_columns),
    "sdAdvertisedProduct": _Kind("SD", _by_product_of("SD"), display_columns),
}
"""Every report type of the Ads API that a world can render."""


def _frame(day: date | None, days: Days) -> Row:
    if day is not None:
        return {"date": day.isoformat()}
    return {"startDate": days.first.isoformat(), "endDate": days.last.isoformat()}


def _about(subject: _Subject) -> Row:
    campaign = subject.campaign
    row: Row = {
        "campaignName": campaign.name,
        "campaignId": campaign.campaign_id,
        "campaignStatus": SHOWN,
        "campaignBudgetAmount": campaign.budget_cents / 100,
        "campaignBudgetType": "DAILY_BUDGET",
        "campaignBudgetCurrencyCode": subject.currency,
        "campaignBiddingStrategy": "LEGACY",
        "adGroupName": f"{campaign.name} | all",
        "adGroupId": campaign.ad_group_id,
        "adStatus": SHOWN,
        "costType": "CPC",
        "bidOptimization": "CLICKS",
    }
    if subject.placement:
        row["placementClassification"] = subject.placement
    return row | _about_product(subject) | _about_term(subject)


def _about_product(subject: _Subject) -> Row:
    listing, product = subject.listing, subject.campaign.product
    if listing is None:
        return {}
    names = ("advertisedAsin", "advertisedSku") if product == "SP" else ("promotedAsin", "promotedSku")
    return {names[0]: listing.asin, names[1]: listing.sku, "adId": ad_id_of(listing, product)}


def _about_term(subject: _Subject) -> Row:
    if not subject.term:
        return {}
    return {
        "searchTerm": subject.term,
        "keyword": subject.term,
        "targeting": subject.term,
        "keywordId": keyword_id_of(subject.campaign, subject.term),
        "keywordBid": KEYWORD_BID,
        "keywordType": subject.match,
        "matchType": subject.match,
        "adKeywordStatus": SHOWN,
    }


def _as_written(row: Row, number: int) -> Row:
    if number % TEXT_EVERY != TEXT_EVERY - 1:
        return row
    return {name: str(value) if name.endswith("Id") or isinstance(value, float) else value for name, value in row.items()}
