"""The derived facts once more, by plain loops over rows: slow, obvious, and nothing of their SQL in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sellerwatch.core.marketplaces import Marketplace

Row = dict[str, Any]
_MILLION: Final = 1_000_000
_EIGHT_WEEKS: Final = 56
_OF_EACH_WEEKDAY: Final = 4
_GOODS: Final = ("purchase_amount", "packaging_amount", "duty_amount", "other_amount")


@dataclass(frozen=True, slots=True)
class Given:
    """What derived facts are made of: the rows of fact tables and user tables, and what else the night knows.

    ``facts`` and ``users`` hold one store's rows by table, and ``cost_share`` those of all; ``days`` are all that any period reaches;
    ``known`` has by marketplace the days whose orders are in; ``stores`` are the company's.
    """

    store_id: str
    places: tuple[Marketplace, ...]
    days: Sequence[date]
    facts: Mapping[str, Sequence[Row]]
    users: Mapping[str, Sequence[Row]]
    known: Mapping[str, frozenset[date]]
    brand_terms: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()


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


def _cut(number: Fraction) -> Fraction:
    """Cut off what is below a millionth, toward zero."""
    return Fraction(int(number * _MILLION), _MILLION)


def _valid(rows: Sequence[Row], day: date) -> list[Row]:
    return [row for row in rows if row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] > day)]


def _best(rows: Sequence[Row], store_id: str, place: str) -> Row | None:
    """Return the newest row of the scope that says most: store and marketplace, store alone, marketplace alone, neither."""
    for scope in ((store_id, place), (store_id, "*"), ("*", place), ("*", "*")):
        own = [row for row in rows if (row["store"], row.get("marketplace", "*")) == scope]
        if own:
            return max(own, key=lambda row: row["valid_from"])
    return None


def _worth(given: Given, currency: str, quote: str, day: date) -> Fraction | None:
    if currency == quote:
        return Fraction(1)
    rates = [row for row in given.users["fx_rate"] if (row["currency"], row["quote_currency"]) == (currency, quote)]
    valid = _valid(rates, day)
    return Fraction(max(valid, key=lambda row: row["valid_from"])["rate"]) if valid else None


def _cost(given: Given, place: Marketplace, sku: str | None, day: date) -> _Cost:
    rows = [row for row in given.users["unit_cost"] if row["sku"] == sku]
    row = _best(_valid(rows, day), given.store_id, place.code)
    if row is None:
        return _NONE
    has_blank = row["packaging_amount"] is None or row["duty_amount"] is None
    worth = _worth(given, row["currency"], place.currency, day)
    if worth is None:
        return _Cost("no_rate", None, None, has_blank)
    goods = sum((Fraction(row[name]) for name in _GOODS if row[name] is not None), Fraction(0))
    freight = row["freight_amount"]
    return _Cost("known", _cut(goods * worth), None if freight is None else _cut(Fraction(freight) * worth), has_blank)


def _placed(given: Given, table: str, day: str) -> Iterator[tuple[Row, Marketplace]]:
    """Yield the rows of the days that are looked at, each with its marketplace."""
    places = {place.code: place for place in given.places}
    for row in given.facts[table]:
        if row["marketplace"] in places and row[day] in given.days:
            yield row, places[row["marketplace"]]


def _times(units: int | None, each: Fraction | None) -> Fraction | None:
    return None if units is None or each is None else units * each


def _order_cost(given: Given) -> Iterator[Row]:
    for row, place in _placed(given, "order_line", "purchased_on"):
        cost = _cost(given, place, row["sku"], row["purchased_on"])
        yield row | {
            "goods_amount": _times(row["quantity"], cost.goods),
            "freight_amount": _times(row["quantity"], cost.freight),
            "cost_state": cost.state,
            "has_blank_part": cost.has_blank_part,
        }


def _economics_cost(given: Given) -> Iterator[Row]:
    for row, place in _placed(given, "economics_day", "sold_on"):
        cost = _cost(given, place, row["msku"], row["sold_on"])
        landed = None if cost.goods is None or cost.freight is None else cost.goods + cost.freight
        yield row | {
            "landed_amount": _times(row["net_units_sold"], landed),
            "refunded_goods_amount": _times(row["units_refunded"], cost.goods),
            "cost_state": cost.state,
            "has_blank_part": cost.has_blank_part,
        }


def _charge_cost(given: Given) -> Iterator[Row]:
    for row, place in _placed(given, "economics_charge", "sold_on"):
        yield row | {"unit_freight_amount": _cost(given, place, row["msku"], row["sold_on"]).freight}


def _settled_cost(given: Given) -> Iterator[Row]:
    for row, place in _placed(given, "settlement_line", "posted_on"):
        cost = _cost(given, place, row["sku"], row["posted_on"])
        has_freight = _has_freight(given, place, row)
        state = "missing" if not has_freight else "no_rate" if cost.freight is None else "known"
        yield row | {
            "freight_amount": _times(row["quantity"], cost.freight),
            "freight_state": None if row["sku"] is None else state,
        }


def _has_freight(given: Given, place: Marketplace, row: Row) -> bool:
    rows = [one for one in given.users["unit_cost"] if one["sku"] == row["sku"]]
    found = _best(_valid(rows, row["posted_on"]), given.store_id, place.code)
    return found is not None and found["freight_amount"] is not None


def _stock_cost(given: Given) -> Iterator[Row]:
    for row, place in _placed(given, "fba_inventory", "snapshot_on"):
        cost = _cost(given, place, row["sku"], row["snapshot_on"])
        amount = _times(row["sellable_units"], cost.goods)
        yield row | {"stock_amount": amount, "cost_state": cost.state, "currency": place.currency}


def _year_ago(given: Given) -> Iterator[Row]:
    for row in given.facts["order_line"]:
        if row["purchased_on"] is not None:
            counted_on = row["purchased_on"] + timedelta(days=364)
            if counted_on in given.days:
                yield row | {"counted_on": counted_on}


def _each_day(given: Given) -> Iterator[tuple[Marketplace, date, Row]]:
    for place in given.places:
        for day in given.days:
            yield place, day, {"marketplace": place.code, "day": day, "currency": place.currency}


def _target_day(given: Given) -> Iterator[Row]:
    for place, day, row in _each_day(given):
        amount, state = _target(given, place, day)
        yield row | {"target_amount": amount, "target_state": state}


def _order_on_plan(given: Given) -> Iterator[Row]:
    states: dict[tuple[str, date], str] = {}
    for row, place in _placed(given, "order_line", "purchased_on"):
        key = (place.code, row["purchased_on"])
        if key not in states:
            _, states[key] = _target(given, place, row["purchased_on"])
        yield row | {"target_state": states[key]}


def _target(given: Given, place: Marketplace, day: date) -> tuple[Fraction | None, str]:
    only = [row for row in given.users["target"] if row["kpi"] == "gmv" and row["subject"] == "*"]
    only = [row for row in only if row["marketplace"] == place.code or (row["marketplace"] == "*" and len(given.places) == 1)]
    for kind in ("day", "week", "month", "quarter", "year"):
        found = _best(_valid([row for row in only if row["period"] == kind], day), given.store_id, place.code)
        if found is None:
            continue
        worth = _worth(given, found["currency"] or place.currency, place.currency, day)
        if worth is None:
            return None, "no_rate"
        shared = _same_period(kind, day)
        usual = _usual_sales(given, place, min(shared))
        weights = {one: _weight(given, place, one) * usual[one.weekday()] for one in shared}
        every = sum(weights.values(), Fraction(0))
        if not every:
            return None, "missing"
        return _cut(_cut(Fraction(found["target_value"]) * worth) * weights[day] / every), "known"
    return None, "missing"


def _weight(given: Given, place: Marketplace, day: date) -> Fraction:
    factors = [
        Fraction(row["expected_factor"])
        for row in given.users["event"]
        if row["marketplace"] in {place.code, "*"}
        and row["valid_from"] <= day < row["valid_to"]
        and row["expected_factor"] is not None
    ]
    return max(factors) if factors else Fraction(1)


def _usual_sales(given: Given, place: Marketplace, before: date) -> list[int]:
    """Return the mean sales in millionths of each weekday, Monday first, over the 56 days before; ones where too few are known."""
    sums, counts = [0] * 7, [0] * 7
    for row in given.facts["sales_traffic_day"]:
        amount = row["ordered_product_sales_amount"]
        is_here = (row["marketplace"], row["currency"]) == (place.code, place.currency)
        if is_here and amount is not None and 1 <= (before - row["sold_on"]).days <= _EIGHT_WEEKS:
            sums[row["sold_on"].weekday()] += int(amount * _MILLION)
            counts[row["sold_on"].weekday()] += 1
    if min(counts) < _OF_EACH_WEEKDAY or max(sums) <= 0:
        return [1] * 7
    return [max(total // count, 0) for total, count in zip(sums, counts, strict=True)]


def _same_period(kind: str, day: date) -> list[date]:
    """Return the days that share the period with this one, looking both ways as far as a year."""
    names: Mapping[str, Callable[[date], Any]] = {
        "day": lambda one: one,
        "week": lambda one: one.isocalendar()[:2],
        "month": lambda one: (one.year, one.month),
        "quarter": lambda one: (one.year, (one.month + 2) // 3),
        "year": lambda one: one.year,
    }
    around = [day + timedelta(days=offset) for offset in range(-366, 367)]
    return [one for one in around if names[kind](one) == names[kind](day)]


def _overhead_day(given: Given) -> Iterator[Row]:
    for place, day, row in _each_day(given):
        amount, state = _overhead(given, place, day)
        yield row | {"overhead_amount": amount, "overhead_state": state}


def _overhead(given: Given, place: Marketplace, day: date) -> tuple[Fraction | None, str]:
    share = _share(given, place, day)
    own, common = (_costs_of(given, store, day) for store in (given.store_id, "*"))
    if not (own or common) or share is None:
        return None, "missing"
    part = _part_of_company(given, day) if common else Fraction(0)
    if part is None:
        return None, "not_shared"
    sums = [_in_currency(given, rows, place, day) for rows in (own, common)]
    if sums[0] is None or sums[1] is None:
        return None, "no_rate"
    return _cut((sums[0] + _cut(sums[1] * part)) * share / len(_same_period("month", day))), "known"


def _costs_of(given: Given, store: str, day: date) -> list[Row]:
    """Return the newest running cost of each kind that is the store's own, or the company's."""
    held: dict[str, Row] = {}
    for row in sorted(_valid(given.users["operating_cost"], day), key=lambda row: row["valid_from"]):
        if row["store"] == store:
            held[row["cost_type"]] = row
    return list(held.values())


def _in_currency(given: Given, rows: list[Row], place: Marketplace, day: date) -> Fraction | None:
    total = Fraction(0)
    for row in rows:
        worth = _worth(given, row["currency"], place.currency, day)
        if worth is None:
            return None
        total += _cut(Fraction(row["monthly_amount"]) * worth)
    return total


def _part_of_company(given: Given, day: date) -> Fraction | None:
    if len(given.stores) == 1:
        return Fraction(1)
    parts: dict[str, Fraction] = {}
    for row in sorted(_valid(given.users["cost_share"], day), key=lambda row: row["valid_from"]):
        parts[row["store"]] = Fraction(row["part"])
    whole = sum(parts.values(), Fraction(0))
    is_told = whole > 0 and all(store in parts for store in given.stores)
    return parts[given.store_id] / whole if is_told else None


def _share(given: Given, place: Marketplace, day: date) -> Fraction | None:
    if len(given.places) == 1:
        return Fraction(1)
    codes = {item.code for item in given.places}
    month = [
        row
        for row in given.facts["sales_traffic_day"]
        if row["marketplace"] in codes
        and (row["sold_on"].year, row["sold_on"].month) == (day.year, day.month)
        and row["sold_on"] <= given.days[-1]
    ]
    every = sum(row["units_ordered"] or 0 for row in month)
    own = sum(row["units_ordered"] or 0 for row in month if row["marketplace"] == place.code)
    return Fraction(own, every) if every > 0 else None


def _promotion(given: Given) -> Iterator[Row]:
    lines = list(_order_cost(given))
    for told in given.users["promotion_cost"]:
        for place in given.places:
            is_here = told["marketplace"] == place.code or (told["marketplace"] == "*" and len(given.places) == 1)
            if is_here and told["ends_on"] in given.days:
                yield _promoted(given, told, place, lines)


def _promoted(given: Given, told: Row, place: Marketplace, lines: list[Row]) -> Row:
    own = [row for row in lines if _is_promoted(row, told, place)]
    units = sum(row["quantity"] or 0 for row in own)
    sales = sum((Fraction(row["item_price_amount"]) for row in own), Fraction(0))
    goods = sum((row["goods_amount"] or Fraction(0) for row in own), Fraction(0))
    discounts = sum((Fraction(row["item_promotion_discount_amount"] or 0) for row in own), Fraction(0))
    is_uncosted = any(row["goods_amount"] is None for row in own)
    worth = _worth(given, told["currency"], place.currency, told["ends_on"])
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
        "promotion_cost_amount": None if worth is None else discounts + _cut(fees * worth),
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
    each = _cut(amount / units)
    whole, part = divmod(Fraction(baseline), 1)
    return amount - whole * each - _cut(part * each)


def _buyer_revenue(given: Given) -> Iterator[Row]:
    for row in given.facts["repeat_purchase"]:
        revenue, share = row["repeat_revenue_amount"], row["repeat_revenue_fraction"]
        is_told = revenue is not None and share is not None and share > 0
        yield row | {"revenue_amount": _cut(Fraction(revenue) / Fraction(share)) if is_told else None}


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
    "economics_charge_cost": _charge_cost,
    "settled_cost": _settled_cost,
    "stock_cost": _stock_cost,
    "order_line_year_ago": _year_ago,
    "order_on_plan": _order_on_plan,
    "target_day": _target_day,
    "overhead_day": _overhead_day,
    "promotion_run": _promotion,
    "buyer_revenue": _buyer_revenue,
    "brand_query": _brand_query,
    "account_state": _account_state,
}
"""Plain code for every derived fact. A test holds it against `derived.registry.DERIVED`."""
