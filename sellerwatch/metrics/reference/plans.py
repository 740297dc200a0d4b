"""What was planned for each day, by plain loops over rows: nothing of `derived.plans` in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.metrics.reference.given import MILLION, Given, Row, best, cut, is_its_own, placed, valid_on, worth_of

_EIGHT_WEEKS: Final = 56
_OF_EACH_WEEKDAY: Final = 4


def _each_day(given: Given) -> Iterator[tuple[Marketplace, date, Row]]:
    for place in given.places:
        for day in given.days:
            yield place, day, {"marketplace": place.code, "day": day, "currency": place.currency}


def target_day(given: Given) -> Iterator[Row]:
    """Yield days with their part of the target."""
    for place, day, row in _each_day(given):
        amount, state = _target(given, place, day)
        yield row | {"target_amount": amount, "target_state": state}


def order_on_plan(given: Given) -> Iterator[Row]:
    """Yield order lines with whether their day has a target."""
    states: dict[tuple[str, date], str] = {}
    for row, place in placed(given, "order_line", "purchased_on"):
        key = (place.code, row["purchased_on"])
        if key not in states:
            _, states[key] = _target(given, place, row["purchased_on"])
        yield row | {"target_state": states[key]}


def _target(given: Given, place: Marketplace, day: date) -> tuple[Fraction | None, str]:
    only = [row for row in given.users["target"] if row["kpi"] == "gmv" and row["subject"] == "*"]
    only = [row for row in only if is_its_own(row, given, place)]
    for kind in ("day", "week", "month", "quarter", "year"):
        found = best(valid_on([row for row in only if row["period"] == kind], day), given.store_id, place.code)
        if found is None:
            continue
        worth = worth_of(given, found["currency"] or place.currency, place.currency, day)
        if worth is None:
            return None, "no_rate"
        shared = _same_period(kind, day)
        usual = _usual_sales(given, place, min(shared))
        weights = {one: _weight(given, place, one) * usual[one.weekday()] for one in shared}
        every = sum(weights.values(), Fraction(0))
        if not every:
            return None, "missing"
        return cut(cut(Fraction(found["target_value"]) * worth) * weights[day] / every), "known"
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
            sums[row["sold_on"].weekday()] += int(amount * MILLION)
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


def overhead_day(given: Given) -> Iterator[Row]:
    """Yield days with their part of the running costs."""
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
    return cut((sums[0] + cut(sums[1] * part)) * share / len(_same_period("month", day))), "known"


def _costs_of(given: Given, store: str, day: date) -> list[Row]:
    """Return the newest running cost of each kind that is the store's own, or the company's."""
    held: dict[str, Row] = {}
    for row in sorted(valid_on(given.users["operating_cost"], day), key=lambda row: row["valid_from"]):
        if row["store"] == store:
            held[row["cost_type"]] = row
    return list(held.values())


def _in_currency(given: Given, rows: list[Row], place: Marketplace, day: date) -> Fraction | None:
    total = Fraction(0)
    for row in rows:
        worth = worth_of(given, row["currency"], place.currency, day)
        if worth is None:
            return None
        total += cut(Fraction(row["monthly_amount"]) * worth)
    return total


def _part_of_company(given: Given, day: date) -> Fraction | None:
    if len(given.stores) == 1:
        return Fraction(1)
    parts: dict[str, Fraction] = {}
    for row in sorted(valid_on(given.users["cost_share"], day), key=lambda row: row["valid_from"]):
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
