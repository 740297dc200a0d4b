"""Advertising added up: what ads cost and showed, and what was bought within one, seven, fourteen and thirty days of the click."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.simulator.documents.ad_days import AdDay, AdProduct, ad_days
from sellerwatch.simulator.documents.ad_sales import AdSale, ad_sales
from sellerwatch.simulator.documents.shapes import Books, Listing

WINDOWS = (1, 7, 14, 30)
"""Days after a click, its own included, within which an order counts."""

Figures = Counter[str]


def listing_figures(
    books: Books, marketplace: Marketplace, days: Days, *, product: AdProduct, now: datetime
) -> dict[tuple[date, str], tuple[Listing, Figures]]:
    """Return the figures of every listing advertised on one of the days, by day and SKU."""
    paid = [item for day in days for item in ad_days(books, marketplace, day=day, now=now) if item.product == product]
    found = {(item.day, item.listing.sku): (item.listing, _paid_figures(item)) for item in paid}
    spent = {(item.day, item.listing.sku, item.product) for item in paid}
    for sale in ad_sales(books, marketplace, days, spent=spent, now=now):
        found[sale.clicked_on, sale.clicked.sku][1].update(_sale_figures(sale))
    return found


def split(figures: Figures, percents: Sequence[int]) -> Iterator[Figures]:
    """Yield one part for each percent; clicks are split first and all else goes with them, what rounding leaves to the first."""
    clicks = [figures["clicks"] * percent // 100 for percent in percents]
    clicks[0] = figures["clicks"] - sum(clicks[1:])
    whole = max(1, figures["clicks"])
    rest = [Counter({name: count * part // whole for name, count in figures.items()}) for part in clicks[1:]]
    first = Counter({name: count - sum(part[name] for part in rest) for name, count in figures.items()})
    yield from (first, *rest)


def _paid_figures(item: AdDay) -> Figures:
    return Counter(impressions=item.impressions, clicks=item.clicks, cents=item.cents)


def _sale_figures(sale: AdSale) -> Figures:
    """Return what the sale adds, under a name for each window it falls into and for each kind of sale it is."""
    kinds = [""]
    kinds += ["same_"] if sale.is_same_sku else ["other_"]
    kinds += ["new_"] if sale.is_new_to_brand else []
    kinds += ["clicked_"] if sale.is_after_click else []
    kinds += ["new_clicked_"] if sale.is_new_to_brand and sale.is_after_click else []
    figures: Figures = Counter()
    for window in WINDOWS:
        if sale.lag_days < window:
            for kind in kinds:
                figures[f"{kind}purchases{window}"] += 1
                figures[f"{kind}units{window}"] += sale.line.quantity
                figures[f"{kind}sales{window}"] += sale.line.price_cents
    return figures
