"""The report types of the Ads API as data: columns, grouping, span and retention, as Amazon's report type pages list them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_SPAN_DAYS = 31

_PRODUCTS = (
    "addToList attributedSalesSameSku14d attributedSalesSameSku1d attributedSalesSameSku30d attributedSalesSameSku7d "
    "clickThroughRate clicks cost costPerClick date endDate impressions kindleEditionNormalizedPagesRead14d "
    "kindleEditionNormalizedPagesRoyalties14d purchases14d purchases1d purchases30d purchases7d purchasesSameSku14d "
    "purchasesSameSku1d purchasesSameSku30d purchasesSameSku7d qualifiedBorrows royaltyQualifiedBorrows sales14d sales1d "
    "sales30d sales7d startDate unitsSoldClicks14d unitsSoldClicks1d unitsSoldClicks30d unitsSoldClicks7d "
    "unitsSoldSameSku14d unitsSoldSameSku1d unitsSoldSameSku30d unitsSoldSameSku7d"
)
"""What every report on Sponsored Products has."""

_CAMPAIGN = (
    "campaignApplicableBudgetRuleId campaignApplicableBudgetRuleName campaignBudgetAmount campaignBudgetCurrencyCode "
    "campaignBudgetType campaignId campaignName campaignRuleBasedBudgetAmount campaignStatus topOfSearchImpressionShare"
)
"""What grouping Sponsored Products by campaign adds."""

_DISPLAY_CAMPAIGN = (
    "campaignBudgetAmount campaignStatus costType cumulativeReach impressionsFrequencyAverage newToBrandDetailPageViewClicks "
    "newToBrandDetailPageViewRate newToBrandDetailPageViews newToBrandDetailPageViewViews newToBrandECPDetailPageView "
    "newToBrandSales"
)
"""What grouping Sponsored Display by campaign adds to the columns that the report type page lists."""


@dataclass(frozen=True, slots=True)
class AdsReportKind:
    """One report type: its columns, and those that each grouping adds; dates are checked by time unit."""

    ad_product: str
    groups: Mapping[str, frozenset[str]]
    columns: frozenset[str]
    retention_days: int


def _kind(ad_product: str, group: str, columns: str, *, retention_days: int, common: str = "") -> AdsReportKind:
    return AdsReportKind(ad_product, {group: frozenset()}, frozenset([*columns.split(), *common.split()]), retention_days)


ADS_REPORTS: Mapping[str, AdsReportKind] = {
    "spCampaigns": AdsReportKind(
        "SPONSORED_PRODUCTS",
        {
            "campaign": frozenset(_CAMPAIGN.split()),
            "adGroup": frozenset({"adGroupId", "adGroupName", "adStatus"}),
            "campaignPlacement": frozenset({"placementClassification"}),
        },
        frozenset(["campaignBiddingStrategy", "spend", *_PRODUCTS.split()]),
        retention_days=95,
    ),
    "spAdvertisedProduct": _kind(
        "SPONSORED_PRODUCTS",
        "advertiser",
        "acosClicks14d acosClicks7d adGroupId adGroupName adId advertisedAsin advertisedSku campaignBudgetAmount "
        "campaignBudgetCurrencyCode campaignBudgetType campaignId campaignName campaignStatus portfolioId roasClicks14d "
        "roasClicks7d salesOtherSku7d spend unitsSoldOtherSku7d",
        retention_days=95,
        common=_PRODUCTS,
    ),
    "spSearchTerm": _kind(
        "SPONSORED_PRODUCTS",
        "searchTerm",
        "acosClicks14d acosClicks7d adGroupId adGroupName adKeywordStatus campaignBudgetAmount campaignBudgetCurrencyCode "
        "campaignBudgetType campaignId campaignName campaignStatus keyword keywordBid keywordId keywordType matchType "
        "portfolioId roasClicks14d roasClicks7d salesOtherSku7d searchTerm targeting unitsSoldOtherSku7d",
        retention_days=65,
        common=_PRODUCTS,
    ),
    "sbCampaigns": _kind(
        "SPONSORED_BRANDS",
        "campaign",
        "addToCart addToCartClicks addToCartRate addToList addToListFromClicks brandStorePageView brandedSearches "
        "brandedSearchesClicks campaignBudgetAmount campaignBudgetCurrencyCode campaignBudgetType campaignId campaignName "
        "campaignStatus clicks cost costType date detailPageViews detailPageViewsClicks eCPAddToCart endDate impressions "
        "kindleEditionNormalizedPagesRead14d kindleEditionNormalizedPagesRoyalties14d newToBrandDetailPageViewRate "
        "newToBrandDetailPageViews newToBrandDetailPageViewsClicks newToBrandECPDetailPageView newToBrandPurchases "
        "newToBrandPurchasesClicks newToBrandPurchasesPercentage newToBrandPurchasesRate newToBrandSales newToBrandSalesClicks "
        "newToBrandSalesPercentage newToBrandUnitsSold newToBrandUnitsSoldClicks newToBrandUnitsSoldPercentage purchases "
        "purchasesClicks purchasesPromoted qualifiedBorrows qualifiedBorrowsFromClicks royaltyQualifiedBorrows "
        "royaltyQualifiedBorrowsFromClicks sales salesClicks salesPromoted startDate topOfSearchImpressionShare unitsSold "
        "unitsSoldClicks video5SecondViewRate video5SecondViews videoCompleteViews videoFirstQuartileViews videoMidpointViews "
        "videoThirdQuartileViews videoUnmutes viewClickThroughRate viewabilityRate viewableImpressions",
        retention_days=60,
    ),
    "sdCampaigns": _kind(
        "SPONSORED_DISPLAY",
        "campaign",
        "addToCart addToCartClicks addToCartRate addToCartViews addToList addToListFromClicks addToListFromViews "
        "brandedSearchRate brandedSearches brandedSearchesClicks brandedSearchesViews campaignBudgetCurrencyCode campaignId "
        "campaignName clicks cost date detailPageViews detailPageViewsClicks eCPAddToCart eCPBrandSearch endDate impressions "
        "impressionsViews kindleEditionNormalizedPagesRead kindleEditionNormalizedPagesReadFromClicks "
        "kindleEditionNormalizedPagesReadFromViews kindleEditionNormalizedPagesRoyalties "
        "kindleEditionNormalizedPagesRoyaltiesFromClicks kindleEditionNormalizedPagesRoyaltiesFromViews newToBrandPurchases "
        "newToBrandPurchasesClicks newToBrandSalesClicks newToBrandUnitsSold newToBrandUnitsSoldClicks purchases "
        "purchasesClicks purchasesPromotedClicks qualifiedBorrows qualifiedBorrowsFromClicks qualifiedBorrowsFromViews "
        "royaltyQualifiedBorrows royaltyQualifiedBorrowsFromClicks royaltyQualifiedBorrowsFromViews sales salesClicks "
        "salesPromotedClicks startDate unitsSold unitsSoldClicks videoCompleteViews videoFirstQuartileViews videoMidpointViews "
        "videoThirdQuartileViews videoUnmutes viewClickThroughRate viewabilityRate",
        retention_days=65,
        common=_DISPLAY_CAMPAIGN,
    ),
    "sdAdvertisedProduct": _kind(
        "SPONSORED_DISPLAY",
        "advertiser",
        "adGroupId adGroupName adId addToCart addToCartClicks addToCartRate addToCartViews addToList addToListFromClicks "
        "addToListFromViews bidOptimization brandedSearchRate brandedSearches brandedSearchesClicks brandedSearchesViews "
        "campaignBudgetCurrencyCode campaignId campaignName clicks cost cumulativeReach date detailPageViews "
        "detailPageViewsClicks eCPAddToCart eCPBrandSearch endDate impressions impressionsFrequencyAverage impressionsViews "
        "kindleEditionNormalizedPagesRead kindleEditionNormalizedPagesReadFromClicks kindleEditionNormalizedPagesReadFromViews "
        "kindleEditionNormalizedPagesRoyalties kindleEditionNormalizedPagesRoyaltiesFromClicks "
        "kindleEditionNormalizedPagesRoyaltiesFromViews newToBrandDetailPageViewClicks newToBrandDetailPageViewRate "
        "newToBrandDetailPageViewViews newToBrandDetailPageViews newToBrandECPDetailPageView newToBrandPurchases "
        "newToBrandPurchasesClicks newToBrandSales newToBrandSalesClicks newToBrandUnitsSold newToBrandUnitsSoldClicks "
        "promotedAsin promotedSku purchases purchasesClicks purchasesPromotedClicks qualifiedBorrows qualifiedBorrowsFromClicks "
        "qualifiedBorrowsFromViews royaltyQualifiedBorrows royaltyQualifiedBorrowsFromClicks royaltyQualifiedBorrowsFromViews "
        "sales salesClicks salesPromotedClicks startDate unitsSold unitsSoldClicks videoCompleteViews videoFirstQuartileViews "
        "videoMidpointViews videoThirdQuartileViews videoUnmutes viewClickThroughRate viewabilityRate",
        retention_days=65,
    ),
}
"""Every report type the simulated Ads API makes; grouping Display by matched target is not among what it can do."""
