"""Columns that several of Amazon's advertising reports have, with the same meaning in each."""

from __future__ import annotations

from typing import Final

from sellerwatch.reports.contract import Column, Kind

ADVERTISED_ON: Final = Column("advertised_on", "date", Kind.DAY, "The day in the profile's time zone.", required=True)
CAMPAIGN_ID: Final = Column("campaign_id", "campaignId", Kind.TEXT, "Amazon's id of the campaign.", required=True)
CAMPAIGN_NAME: Final = Column("campaign_name", "campaignName", Kind.TEXT, "Its name now, not then.")
CAMPAIGN_STATUS: Final = Column(
    "campaign_status", "campaignStatus", Kind.TEXT, "ENABLED, PAUSED, ARCHIVED, or a word of Amazon's; now, not then."
)
AD_GROUP_ID: Final = Column("ad_group_id", "adGroupId", Kind.TEXT, "Amazon's id of the ad group.", required=True)
AD_GROUP_NAME: Final = Column("ad_group_name", "adGroupName", Kind.TEXT, "Its name now, not then.")
AD_ID: Final = Column("ad_id", "adId", Kind.TEXT, "Amazon's id of the ad; a product has one in each ad group.", required=True)
CURRENCY: Final = Column("currency", "campaignBudgetCurrencyCode", Kind.TEXT, "Currency of all amounts.", required=True)
BUDGET_AMOUNT: Final = Column("budget_amount", "campaignBudgetAmount", Kind.MONEY, "Its budget now, not then.")
BUDGET_TYPE: Final = Column("budget_type", "campaignBudgetType", Kind.TEXT, "DAILY_BUDGET or LIFETIME_BUDGET.")
COST_TYPE: Final = Column("cost_type", "costType", Kind.TEXT, "CPC is paid by click, VCPM by thousand viewable impressions.")
IMPRESSIONS: Final = Column("impressions", "impressions", Kind.INTEGER, "Times an ad was shown.", required=True)
IMPRESSIONS_OF_AD: Final = Column("impressions", "impressions", Kind.INTEGER, "Times the ad was shown.", required=True)
VIEWABLE_IMPRESSIONS: Final = Column(
    "viewable_impressions", "impressionsViews", Kind.INTEGER, "Of them, those that could be seen."
)
CLICKS: Final = Column("clicks", "clicks", Kind.INTEGER, "Clicks; invalid ones are taken out within days.", required=True)
COST: Final = Column("cost_amount", "cost", Kind.MONEY, "What was charged.", required=True)
COST_OF_CLICKS: Final = Column("cost_amount", "cost", Kind.MONEY, "What the clicks cost.", required=True, also=("spend",))

WITHIN_14_DAYS: Final = (
    Column("detail_page_views_14d", "detailPageViews", Kind.INTEGER, "Views of product pages within 14 days."),
    Column("branded_searches_14d", "brandedSearches", Kind.INTEGER, "Searches for the brand within 14 days."),
    Column("add_to_cart_14d", "addToCart", Kind.INTEGER, "Times a product went to a cart within 14 days."),
    Column("purchases_14d", "purchases", Kind.INTEGER, "Orders within 14 days.", required=True),
    Column("purchases_clicks_14d", "purchasesClicks", Kind.INTEGER, "Of them, after a click."),
    Column("units_sold_14d", "unitsSold", Kind.INTEGER, "Units ordered within 14 days."),
    Column("units_sold_clicks_14d", "unitsSoldClicks", Kind.INTEGER, "Of them, after a click."),
    Column("sales_14d_amount", "sales", Kind.MONEY, "Sales within 14 days.", required=True),
    Column("sales_clicks_14d_amount", "salesClicks", Kind.MONEY, "Of them, after a click."),
)
"""What people looked at and bought after an ad of a brand, or one shown on a display, whether they clicked on it or not."""

NEW_TO_BRAND_PURCHASES: Final = Column(
    "new_to_brand_purchases_14d", "newToBrandPurchases", Kind.INTEGER, "Orders by buyers new to the brand in a year."
)
NEW_TO_BRAND_UNITS_SOLD: Final = Column(
    "new_to_brand_units_sold_14d", "newToBrandUnitsSold", Kind.INTEGER, "Units they ordered."
)
NEW_TO_BRAND_SALES: Final = Column("new_to_brand_sales_14d_amount", "newToBrandSales", Kind.MONEY, "Sales to them.")
PURCHASES_7D: Final = Column("purchases_7d", "purchases7d", Kind.INTEGER, "Orders within 7 days of a click.", required=True)
PURCHASES_SAME_SKU_7D: Final = Column(
    "purchases_same_sku_7d", "purchasesSameSku7d", Kind.INTEGER, "Of them, orders of the advertised SKU."
)
UNITS_SOLD_7D: Final = Column("units_sold_7d", "unitsSoldClicks7d", Kind.INTEGER, "Units ordered within 7 days of a click.")
UNITS_SOLD_SAME_SKU_7D: Final = Column(
    "units_sold_same_sku_7d", "unitsSoldSameSku7d", Kind.INTEGER, "Of them, units of the advertised SKU."
)
UNITS_SOLD_OTHER_SKU_7D: Final = Column(
    "units_sold_other_sku_7d", "unitsSoldOtherSku7d", Kind.INTEGER, "Of them, units of others."
)
SALES_7D: Final = Column("sales_7d_amount", "sales7d", Kind.MONEY, "Sales within 7 days of a click.", required=True)
SALES_SAME_SKU_7D: Final = Column(
    "sales_same_sku_7d_amount", "attributedSalesSameSku7d", Kind.MONEY, "Of them, sales of the advertised SKU."
)
SALES_OTHER_SKU_7D: Final = Column("sales_other_sku_7d_amount", "salesOtherSku7d", Kind.MONEY, "Of them, sales of others.")

CLICKED_WITHIN_14_DAYS: Final = (
    Column("purchases_14d", "purchases14d", Kind.INTEGER, "Orders within 14 days of a click."),
    Column("units_sold_14d", "unitsSoldClicks14d", Kind.INTEGER, "Units ordered within 14 days of a click."),
    Column("sales_14d_amount", "sales14d", Kind.MONEY, "Sales within 14 days of a click."),
)
"""What was bought after clicks on ads of single products, over the longer of the two windows."""
