"""What the derived facts of plain code are made of, and the rows of it that hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from sellerwatch.core.marketplaces import Marketplace

Row = dict[str, Any]
MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Given:
    """What derived facts are made of: the rows of fact tables and user tables, and what else the night knows.

    ``facts`` and ``users`` hold one store's rows by table, and ``cost_share`` those of all; ``days`` are all that any period reaches;
    ``known`` has by marketplace the days whose orders are in, ``returned`` those whose FBA returns are; ``stores`` are the company's,
    each with its marketplaces.
    """

    store_id: str
    places: tuple[Marketplace, ...]
    days: Sequence[date]
    facts: Mapping[str, Sequence[Row]]
    users: Mapping[str, Sequence[Row]]
    known: Mapping[str, frozenset[date]]
    brand_terms: tuple[str, ...] = ()
    stores: Mapping[str, Sequence[str]] = field(default_factory=dict)
    returned: Mapping[str, frozenset[date]] = field(default_factory=dict)


def cut(number: Fraction) -> Fraction:
    """Cut off what is below a millionth, toward zero."""
    return Fraction(int(number * MILLION), MILLION)


def valid_on(rows: Sequence[Row], day: date) -> list[Row]:
    """Return the rows that hold on the day."""
    return [row for row in rows if row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] > day)]


def best(rows: Sequence[Row], store_id: str, place: str) -> Row | None:
    """Return the newest row of the scope that says most: store and marketplace, store alone, marketplace alone, neither."""
    for scope in ((store_id, place), (store_id, "*"), ("*", place), ("*", "*")):
        own = [row for row in rows if (row["store"], row.get("marketplace", "*")) == scope]
        if own:
            return max(own, key=lambda row: row["valid_from"])
    return None


def worth_of(given: Given, currency: str, quote: str, day: date) -> Fraction | None:
    """Return what one unit of a currency is worth in another on the day."""
    if currency == quote:
        return Fraction(1)
    rates = [row for row in given.users["fx_rate"] if (row["currency"], row["quote_currency"]) == (currency, quote)]
    valid = valid_on(rates, day)
    return Fraction(max(valid, key=lambda row: row["valid_from"])["rate"]) if valid else None


def placed(given: Given, table: str, day: str) -> Iterator[tuple[Row, Marketplace]]:
    """Yield the rows of the days that are looked at, each with its marketplace."""
    places = {place.code: place for place in given.places}
    for row in given.facts[table]:
        if row["marketplace"] in places and row[day] in given.days:
            yield row, places[row["marketplace"]]


def is_its_own(row: Row, given: Given, place: Marketplace) -> bool:
    """Tell whether a row is the marketplace's of the store and of no other."""
    if row["store"] not in {given.store_id, "*"} or row["marketplace"] not in {place.code, "*"}:
        return False
    stores = given.stores if row["store"] == "*" else [given.store_id]
    codes = [code for store in stores for code in given.stores[store]]
    return (len(codes) if row["marketplace"] == "*" else codes.count(place.code)) == 1
