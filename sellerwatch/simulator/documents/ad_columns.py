"""The figures of an ads report under Amazon's names, which differ from product to product."""

from __future__ import annotations

from sellerwatch.simulator.documents.ad_figures import WINDOWS, Figures
from sellerwatch.simulator.documents.json_file import Row

OTHER_SKU_WINDOW = 7
RATIO_WINDOWS = (7, 14)
VIEWABLE_PERCENT = 70
PERSUADED = 14
"""The one window of Brands and Display, which their columns do not name."""


def products_columns(figures: Figures) -> Row:
    """Return the figures of Sponsored Products; every window has columns of its own."""
    row = {**_paid(figures), "spend": _money(figures["cents"]), **_click_ratios(figures)}
    for days in WINDOWS:
        row[f"purchases{days}d"] = figures[f"purchases{days}"]
        row[f"purchasesSameSku{days}d"] = figures[f"same_purchases{days}"]
        row[f"unitsSoldClicks{days}d"] = figures[f"units{days}"]
        row[f"unitsSoldSameSku{days}d"] = figures[f"same_units{days}"]
        row[f"sales{days}d"] = _money(figures[f"sales{days}"])
        row[f"attributedSalesSameSku{days}d"] = _money(figures[f"same_sales{days}"])
    row[f"salesOtherSku{OTHER_SKU_WINDOW}d"] = _money(figures[f"other_sales{OTHER_SKU_WINDOW}"])
    row[f"unitsSoldOtherSku{OTHER_SKU_WINDOW}d"] = figures[f"other_units{OTHER_SKU_WINDOW}"]
    for days in RATIO_WINDOWS:
        sales = figures[f"sales{days}"]
        row[f"acosClicks{days}d"] = _ratio(100 * figures["cents"], sales)
        row[f"roasClicks{days}d"] = _ratio(sales, figures["cents"])
    return row


def brands_columns(figures: Figures) -> Row:
    """Return the figures of Sponsored Brands."""
    return {
        **_paid(figures),
        **_persuaded(figures),
        "viewableImpressions": figures["impressions"] * VIEWABLE_PERCENT // 100,
        "purchasesPromoted": figures[f"same_purchases{PERSUADED}"],
        "salesPromoted": _money(figures[f"same_sales{PERSUADED}"]),
        "viewabilityRate": VIEWABLE_PERCENT / 100,
    }


def display_columns(figures: Figures) -> Row:
    """Return the figures of Sponsored Display, whose columns named clicks leave out what was bought after a look."""
    return {
        **_paid(figures),
        **_persuaded(figures),
        "impressionsViews": figures["impressions"] * VIEWABLE_PERCENT // 100,
        "purchasesPromotedClicks": figures[f"same_purchases{PERSUADED}"],
        "salesPromotedClicks": _money(figures[f"same_sales{PERSUADED}"]),
        "viewabilityRate": VIEWABLE_PERCENT / 100,
    }


def _paid(figures: Figures) -> Row:
    return {"impressions": figures["impressions"], "clicks": figures["clicks"], "cost": _money(figures["cents"])}


def _click_ratios(figures: Figures) -> Row:
    return {
        "costPerClick": _ratio(figures["cents"], 100 * figures["clicks"]),
        "clickThroughRate": _ratio(100 * figures["clicks"], figures["impressions"]),
    }


def _persuaded(figures: Figures) -> Row:
    days = PERSUADED
    return {
        "purchases": figures[f"purchases{days}"],
        "purchasesClicks": figures[f"clicked_purchases{days}"],
        "unitsSold": figures[f"units{days}"],
        "unitsSoldClicks": figures[f"clicked_units{days}"],
        "sales": _money(figures[f"sales{days}"]),
        "salesClicks": _money(figures[f"clicked_sales{days}"]),
        "newToBrandPurchases": figures[f"new_purchases{days}"],
        "newToBrandUnitsSold": figures[f"new_units{days}"],
        "newToBrandSales": _money(figures[f"new_sales{days}"]),
        "newToBrandPurchasesClicks": figures[f"new_clicked_purchases{days}"],
        "newToBrandUnitsSoldClicks": figures[f"new_clicked_units{days}"],
        "newToBrandSalesClicks": _money(figures[f"new_clicked_sales{days}"]),
        "detailPageViews": figures["clicks"] + figures[f"purchases{days}"],
        "brandedSearches": figures["clicks"] // 10,
        "addToCart": figures[f"purchases{days}"] + figures["clicks"] // 8,
    }


def _money(cents: int) -> float:
    return cents / 100


def _ratio(part: int, whole: int) -> float | None:
    """Return the quotient, None where there is nothing to divide by."""
    return round(part / whole, 4) if whole else None
