"""Why a value is unknown, or may still change: what each reason means, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple


class Reason(NamedTuple):
    """One reason in words."""

    meaning: str
    remedy: str = "nothing: it is as it should be"


_FILL_IN: Final = "fill in the table that the metric names in docs/metrics.md, and `sellerwatch import` it"
_COSTS: Final = "fill in `unit_cost`; `cost_coverage_pct` says how much of the sales is in"
_WAIT: Final = "wait: the coming nights measure it anew"
_FETCH: Final = "`sellerwatch status` names what did not come; a backfill fetches it"

REASONS: Final[dict[str, Reason]] = {
    # Nothing is known, or not all of it
    "no_data": Reason("no facts of the period, or the cells that are needed are blank", _FETCH),
    "missing_days": Reason("days of the period are not in", _FETCH),
    "missing_marketplaces": Reason("a marketplace of the store has no value", "look at the metric of each marketplace"),
    "missing_skus": Reason(
        "some SKUs of the marketplace have no value and are not in the sum", "look at the metric of each SKU"
    ),
    "missing_values": Reason("some of what was to be judged has no value", "look at the metric of each product"),
    "blank_cells": Reason("rows that were filled in leave a cell blank, and are left out", "fill the cells in"),
    "never_delivered": Reason("the feed has never brought a document", "look at the night's problems in `sellerwatch status`"),
    "stale": Reason("what was filled in is older than it holds", "fill in a newer row"),
    "short_history": Reason("fewer days of stock have been seen than the number should rest on", _WAIT),
    "immature": Reason("Amazon has not published all of it yet, or the day on which it is judged has not come", _WAIT),
    "sales_without_sessions": Reason(
        "of days on which the product sold Amazon tells no session: not published yet, or bought without a visit",
        "wait until the value is final; if it still says so then, sessions are too few and conversion is too high",
    ),
    "pending_orders": Reason("orders are not paid yet and have no price", _WAIT),
    "price_missing": Reason("orders are paid and Amazon has not told a price", _WAIT),
    "quantity_missing": Reason("order lines have no quantity", _WAIT),
    "not_observable": Reason(
        "the store pulls no feed that tells it",
        "let stores.yaml pull the metric's feeds (docs/metrics.md); where it has none, docs/not-observable.md says why",
    ),
    # Currencies
    "other_currency": Reason(
        "amounts in another currency than the marketplace's are left out", "none: currencies are never added"
    ),
    "no_rate": Reason("an amount is in a currency without a rate", "fill in `fx_rate`"),
    # What people fill in
    "no_user_data": Reason("nobody has filled in what it needs", _FILL_IN),
    "not_shared": Reason(
        "something is paid for all stores, and nobody said what part of it each bears",
        "fill in `cost_share` for every store, or name the store in each row",
    ),
    "no_target": Reason(
        "there is no target, or it is not above zero",
        "fill in `target`, for each store and marketplace where there are several",
    ),
    "missing_target": Reason(
        "days of the period have no target, and are left out, of sales and target alike",
        "fill in `target` for the whole period",
    ),
    "missing_cost": Reason("SKUs without a known cost are left out, of sales and costs alike", _COSTS),
    "incomplete_cost": Reason("a part of the cost is blank, which is not 0", "write 0 where there is none"),
    "returns_unseen": Reason(
        "goods were refunded and it is not known whether they came back sellable",
        "let stores.yaml pull `fba_returns`; else wait",
    ),
    "missing_freight": Reason("SKUs without known freight are left out", "fill in `unit_cost` with its `freight_amount`"),
    "missing_overhead": Reason("days have no running costs", "fill in `operating_cost`"),
    "missing_stock_cost": Reason("stock of SKUs without a known cost is left out", _COSTS),
    "incomparable": Reason(
        "the two costs are of other terms, currencies or parts", "fill in `unit_cost` in the same way as before"
    ),
    "not_additive": Reason("medians or plain values of several rows make none of all", "fill in one row for all of them"),
    "no_reviews": Reason("there were no reviews before"),
    "nothing_invested": Reason("no money was put in"),
    # Stock
    "out_of_stock": Reason("nothing is sellable, so the cover is 0 days", "reorder, or end the offer"),
    "insufficient": Reason("the SKU was in stock on too few days to say how it sells", _WAIT),
    "no_demand": Reason("nothing sold or shipped that stock could be divided by"),
    "not_listed": Reason("Amazon no longer ships the offer"),
    "no_price": Reason("the SKU has no sale in the period whose price could be taken"),
    "no_stock": Reason("there is no stock to divide by"),
    # Too little to divide by
    "below_min_volume": Reason("the denominator is below the metric's minimum: so few say nothing"),
    "negative_denominator": Reason("more was taken back than sold, so the share means nothing"),
    "zero_denominator": Reason("the denominator is 0"),
    "no_sales": Reason("nothing was sold"),
    "no_sales_last_year": Reason("nothing was sold, or is known, a year ago"),
    "no_ad_sales": Reason("no sale is attributed to advertising"),
    "no_spend": Reason("nothing was spent on advertising"),
    "no_orders": Reason("there were no orders"),
    "no_shipments": Reason("nothing was shipped"),
    "no_sessions": Reason("there were no sessions"),
    "no_page_views": Reason("there were no page views"),
    "no_feedback": Reason("no feedback was received"),
    "no_customers": Reason("there were no customers"),
    "no_impressions": Reason("there were no impressions"),
    "no_clicks": Reason("there were no clicks"),
    "no_cart_adds": Reason("nothing was put into a cart"),
    "no_purchases": Reason("nothing was bought"),
}
"""In the order in which people read of them."""


def in_words(reason: str) -> str | None:
    """Return a reason as a sentence; None for one that a catalogue of one's own has made up."""
    known = REASONS.get(reason)
    return known and f"{reason}: {known.meaning}" + ("" if known.remedy == Reason("").remedy else f"; {known.remedy}")


def all_in_words(reasons: Iterable[str | None]) -> list[str]:
    """Return the sentences of different reasons, in the order in which they came."""
    return [words for reason in dict.fromkeys(reasons) if reason and (words := in_words(reason))]
