"""The derived facts once more, by plain loops over rows: slow, obvious, and nothing of their SQL in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.metrics.reference.given import Given, Row, best, cut, is_its_own, placed, valid_on, worth_of
from sellerwatch.metrics.reference.plans import order_on_plan, overhead_day, target_day

_GOODS: Final = ("purchase_amount", "packaging_amount", "duty_amount", "other_amount")


def derived_rows(name: str, given: Given) -> list[Row]:
    """Return the rows of a derived fact."""
    return list(_BUILDERS[name](given))


@dataclass(frozen=True, slots=True)
class _Cost:
    state: str
    goods: Fraction | None
    freight: Fraction | None
    has_blank_part: bool


_NONE: Final = _Cost("missing", None, None, has_blank_part=False)


def _cost(given: Given, place: Marketplace, sku: str | None, day: date) -> _Cost:
    rows = [row for row in given.users["unit_cost"] if row["sku"] == sku]
    row = best(valid_on(rows, day), given.store_id, place.code)
    if row is None:
        return _NONE
    has_blank = row["packaging_amount"] is None or row["duty_amount"] is None
    worth = worth_of(given, row["currency"], place.currency, day)
    if worth is None:
        return _Cost("no_rate", None, None, has_blank)
    goods = sum((Fraction(row[name]) for name in _GOODS if row[name] is not None), Fraction(0))
    freight = row["freight_amount"]
    return _Cost("known", cut(goods * worth), None if freight is None else cut(Fraction(freight) * worth), has_blank)


def _times(units: int | None, each: Fraction | None) -> Fraction | None:
    return None if units is None or each is None else units * each


def _order_cost(given: Given) -> Iterator[Row]:
    for row, place in placed(given, "order_line", "purchased_on"):
        cost = _cost(given, place, row["sku"], row["purchased_on"])
        yield row | {
            "goods_amount": _times(row["quantity"], cost.goods),
            "freight_amount": _times(row["quantity"], cost.freight),
            "cost_state": cost.state,
            "has_blank_part": cost.has_blank_part,
        }


def _economics_cost(given: Given) -> Iterator[Row]:
    for row, place in placed(given, "economics_day", "sold_on"):
        cost = _cost(given, place, row["msku"], row["sold_on"])
        landed = None if cost.goods is None or cost.freight is None else cost.goods + cost.freight
        yield row | {
            "landed_amount": _times(row["net_units_sold"], landed),
            "refunded_goods_amount": _times(row["units_refunded"], cost.goods),
            "cost_state": cost.state,
            "has_blank_part": cost.has_blank_part,
        }


def _return_cost(given: Given) -> Iterator[Row]:
    for row, place in placed(given, "fba_return", "returned_on"):
        cost = _cost(given, place, row["sku"], row["returned_on"])
        landed = None if cost.goods is None or cost.freight is None else cost.goods + cost.freight
        yield row | {
            "currency": place.currency,
            "goods_amount": _times(row["units"], cost.goods),
            "landed_amount": _times(row["units"], landed),
            "cost_state": cost.state,
        }


def _refund_day(given: Given) -> Iterator[Row]:
    for row, place in placed(given, "economics_day", "sold_on"):
        if (row["units_refunded"] or 0) > 0:
            yield row | {"has_returns": row["sold_on"] in given.returned[place.code]}


def _charge_cost(given: Given) -> Iterator[Row]:
    for row, place in placed(given, "economics_charge", "sold_on"):
        yield row | {"unit_freight_amount": _cost(given, place, row["msku"], row["sold_on"]).freight}


def _settled_cost(given: Given) -> Iterator[Row]:
    for row, place in placed(given, "settlement_line", "posted_on"):
        cost = _cost(given, place, row["sku"], row["posted_on"])
        has_freight = _has_freight(given, place, row)
        state = "missing" if not has_freight else "no_rate" if cost.freight is None else "known"
        yield row | {
            "freight_amount": _times(row["quantity"], cost.freight),
            "freight_state": None if row["sku"] is None else state,
        }


def _has_freight(given: Given, place: Marketplace, row: Row) -> bool:
    rows = [one for one in given.users["unit_cost"] if one["sku"] == row["sku"]]
    found = best(valid_on(rows, row["posted_on"]), given.store_id, place.code)
    return found is not None and found["freight_amount"] is not None


def _stock_cost(given: Given) -> Iterator[Row]:
    for row, place in placed(given, "fba_inventory", "snapshot_on"):
        cost = _cost(given, place, row["sku"], row["snapshot_on"])
        amount = _times(row["sellable_units"], cost.goods)
        yield row | {"stock_amount": amount, "cost_state": cost.state, "currency": place.currency}


def _year_ago(given: Given) -> Iterator[Row]:
    for row in given.facts["order_line"]:
        if row["purchased_on"] is not None:
            counted_on = row["purchased_on"] + timedelta(days=364)
            if counted_on in given.days:
                yield row | {"counted_on": counted_on}


def _promotion(given: Given) -> Iterator[Row]:
    lines = list(_order_cost(given))
    for told in given.users["promotion_cost"]:
        for place in given.places:
            if is_its_own(told, given, place) and told["ends_on"] in given.days:
                yield _promoted(given, told, place, lines)


def _promoted(given: Given, told: Row, place: Marketplace, lines: list[Row]) -> Row:
    own = [row for row in lines if _is_promoted(row, told, place)]
    units = sum(row["quantity"] or 0 for row in own)
    sales = sum((Fraction(row["item_price_amount"]) for row in own), Fraction(0))
    goods = sum((row["goods_amount"] or Fraction(0) for row in own), Fraction(0))
    discounts = sum((Fraction(row["item_promotion_discount_amount"] or 0) for row in own), Fraction(0))
    is_uncosted = any(row["goods_amount"] is None for row in own)
    worth = worth_of(given, told["currency"], place.currency, told["ends_on"])
    fees = Fraction(told["fee_amount"] or 0) + Fraction(told["extra_ads_amount"] or 0)
    is_rateless = worth is None or any(row["cost_state"] == "no_rate" for row in own)
    days = [told["starts_on"] + timedelta(days=at) for at in range((told["ends_on"] - told["starts_on"]).days + 1)]
    unseen = sum(day in given.days and day not in given.known[place.code] for day in days)
    return {
        "marketplace": place.code,
        "ends_on": told["ends_on"],
        "sku": told["sku"],
        "currency": place.currency,
        "incremental_sales_amount": _beyond(sales, units, told["baseline_units"]),
        "incremental_margin_amount": None if is_uncosted else _beyond(sales - goods, units, told["baseline_units"]),
        "promotion_cost_amount": None if worth is None else discounts + cut(fees * worth),
        "has_blank_cost": told["fee_amount"] is None or told["extra_ads_amount"] is None,
        "cost_state": "no_rate" if is_rateless else "missing" if is_uncosted else "known",
        "unseen_days": unseen + (told["starts_on"] < given.days[0]),
    }


def _is_promoted(row: Row, told: Row, place: Marketplace) -> bool:
    return (
        (row["marketplace"], row["sku"]) == (place.code, told["sku"])
        and told["starts_on"] <= row["purchased_on"] <= told["ends_on"]
        and row["item_price_amount"] is not None
        and row["currency"] == place.currency
        and row["order_status"] not in {"Cancelled", "Pending"}
        and row["item_status"] != "Cancelled"
        and row["sales_channel"] != "Non-Amazon"
    )


def _beyond(amount: Fraction, units: int, baseline: Decimal) -> Fraction | None:
    if units <= 0:
        return None
    each = cut(amount / units)
    whole, part = divmod(Fraction(baseline), 1)
    return amount - whole * each - cut(part * each)


def _buyer_revenue(given: Given) -> Iterator[Row]:
    for row in given.facts["repeat_purchase"]:
        revenue, share = row["repeat_revenue_amount"], row["repeat_revenue_fraction"]
        is_told = revenue is not None and share is not None and share > 0
        yield row | {"revenue_amount": cut(Fraction(revenue) / Fraction(share)) if is_told else None}


def _brand_query(given: Given) -> Iterator[Row]:
    terms = [term.lower() for term in given.brand_terms]
    for row in given.facts["search_query_performance"]:
        is_named = any(term in (row["search_query"] or "").lower() for term in terms)
        shown = row["asin_impressions"] if is_named else 0
        yield row | {"brand_impressions": shown if terms else None}


def _account_state(given: Given) -> Iterator[Row]:
    depths = {"NORMAL": 0, "AT_RISK": 1, "DEACTIVATED": 2, "SUSPENDED": 2}
    for row in given.facts["account_status"]:
        yield row | {"depth": depths.get((row["status"] or "").upper())}


_BUILDERS: Final[Mapping[str, Callable[[Given], Iterator[Row]]]] = {
    "order_cost": _order_cost,
    "economics_cost": _economics_cost,
    "return_cost": _return_cost,
    "refund_day": _refund_day,
    "economics_charge_cost": _charge_cost,
    "settled_cost": _settled_cost,
    "stock_cost": _stock_cost,
    "order_line_year_ago": _year_ago,
    "order_on_plan": order_on_plan,
    "target_day": target_day,
    "overhead_day": overhead_day,
    "promotion_run": _promotion,
    "buyer_revenue": _buyer_revenue,
    "brand_query": _brand_query,
    "account_state": _account_state,
}
"""Plain code for every derived fact. A test holds it against `derived.registry.DERIVED`."""
