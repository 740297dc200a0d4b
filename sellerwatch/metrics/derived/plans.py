"""What was planned for each day: a share of the period's target, and of the month's running costs."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Column, Date, MetaData, Table, Text, func, select

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.money import to_micros
from sellerwatch.core.periods import Days
from sellerwatch.metrics.derived.holding import Row, holding, rate, rows_of_store, speaks_of
from sellerwatch.metrics.derived.sharing import ALL_OF_IT, NOT_SHARED, Share, Sharing, sharing_of
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.warehouse.tables.facts import FACTS

KNOWN, MISSING, NO_RATE = "known", "missing", "no_rate"
PLAN_DAY: Final = Table(
    "plan_day",
    MetaData(),
    Column("store_id", Text, nullable=False),
    Column("marketplace", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("target", BigInteger),
    Column("target_state", Text, nullable=False),
    Column("overhead", BigInteger),
    Column("overhead_state", Text, nullable=False),
    Column("mark", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The day's part of the target for valid ordered sales and of the running costs, in millionths of the marketplace's currency.

The mark changes with any of it, so that a night sees which days say something else.
"""

_SALES: Final = "gmv"
_PROFILE: Final = timedelta(weeks=8)
_OF_EACH: Final = 4
"""With fewer of a weekday in the eight weeks before a period, its days weigh alike."""

_SHORTEST_FIRST: Final = ("day", "week", "month", "quarter", "year")
_ORDINARY: Final = Decimal(1)


class Planned(NamedTuple):
    """An amount, or why there is none."""

    micros: int | None
    state: str


_NOTHING: Final = Planned(None, MISSING)


@dataclass(frozen=True, slots=True)
class Expected:
    """What tells how much of a period's sales each of its days should bring: events, and what days brought so far."""

    place: Marketplace
    events: Sequence[Row]
    sales: Mapping[date, int]
    told: dict[Days, dict[date, int]] = field(default_factory=dict)

    def weights(self, period: Days) -> Mapping[date, int]:
        """Return what each day weighs: its weekday's usual sales, times what the strongest event on it is expected to bring."""
        if period not in self.told:
            usual = self._usual(period.first)
            self.told[period] = {day: self._factor(day) * usual[day.weekday()] for day in period}
        return self.told[period]

    def _factor(self, day: date) -> int:
        factors = [row["expected_factor"] for row in self.events if is_expected(row, day)]
        return to_micros(max(factors, default=_ORDINARY))

    def _usual(self, before: date) -> list[int]:
        """Return the mean sales of each weekday, Monday first, in the weeks before a day; 1 of each where they do not tell."""
        known: list[list[int]] = [[] for _ in range(7)]
        for back in range(1, _PROFILE.days + 1):
            day = before - timedelta(days=back)
            if day in self.sales:
                known[day.weekday()].append(self.sales[day])
        tells = all(len(sold) >= _OF_EACH for sold in known) and any(sum(sold) > 0 for sold in known)
        return [max(sum(sold) // len(sold), 0) for sold in known] if tells else [1] * 7


def is_expected(event: Row, day: date) -> bool:
    """Tell whether somebody said what an event brings, and it lies on the day."""
    return event["expected_factor"] is not None and event["valid_from"] <= day < event["valid_to"]


def plan_rows(run: Run, days: Days, rates: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Yield the rows of `PLAN_DAY` for these days."""
    targets = rows_of_store(run, "target")
    costs, events = rows_of_store(run, "operating_cost"), rows_of_store(run, "event")
    sharing = sharing_of(run)
    places = run.measuring.marketplaces
    shares = _shares(run, days) if costs else {}
    history = _history(run, days) if targets else {}
    for place in places:
        own = targets_of(targets, place, run)
        here = Expected(place, [row for row in events if speaks_of(row, place.code)], history.get(place.code, {}))
        for day in days:
            target = _target(own, here, day, rates)
            borne = Borne.on(day, costs, sharing)
            overhead = _overhead(borne, place, day, rates, share=shares.get((place.code, day.replace(day=1))))
            yield _row(run, place, day, target=target, overhead=overhead)


def _row(run: Run, place: Marketplace, day: date, *, target: Planned, overhead: Planned) -> dict[str, Any]:
    cells = {"target": target.micros, "target_state": target.state}
    cells |= {"overhead": overhead.micros, "overhead_state": overhead.state}
    return {
        "store_id": run.measuring.store_id,
        "marketplace": place.code,
        "day": day,
        "currency": place.currency,
        **cells,
        "mark": zlib.crc32(repr(cells).encode()),
    }


def targets_of(targets: Iterable[Row], place: Marketplace, run: Run) -> list[Row]:
    """Return the targets for valid ordered sales that are the marketplace's."""
    return [row for row in targets if (row["kpi"], row["subject"]) == (_SALES, EVERY) and is_for(row, place, run)]


def is_for(row: Row, place: Marketplace, run: Run) -> bool:
    """Tell whether a row is the marketplace's of the store: one for several, of whichever stores, is nobody's own."""
    meant = [
        (store_id, code)
        for store_id, store in run.settings.stores.items()
        for code in store.marketplaces
        if row["store"] in {EVERY, store_id} and row["marketplace"] in {EVERY, code}
    ]
    return meant == [(run.measuring.store_id, place.code)]


def _target(targets: Sequence[Row], expected: Expected, day: date, rates: Sequence[Row]) -> Planned:
    """Return the day's part of the target of the shortest period."""
    found = target_holding(targets, day)
    if found is None:
        return _NOTHING
    currency = expected.place.currency
    worth = rate(rates, found["currency"] or currency, currency, day)
    if worth is None:
        return Planned(None, NO_RATE)
    whole = to_micros(found["target_value"]) * to_micros(worth) // 1_000_000
    weights = expected.weights(period_around(found["period"], day))
    every = sum(weights.values())
    return Planned(whole * weights[day] // every, KNOWN) if every else _NOTHING


def target_holding(targets: Sequence[Row], day: date) -> Row | None:
    """Return the target that holds on the day: of the shortest period that has one."""
    of_kinds = (holding([row for row in targets if row["period"] == kind], day) for kind in _SHORTEST_FIRST)
    return next((found for found in of_kinds if found), None)


def period_around(kind: str, day: date) -> Days:
    """Return the period of a user table that the day lies in; weeks begin on Monday."""
    if kind == "day":
        return Days(day, day)
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return Days(monday, monday + timedelta(days=6))
    length = {"month": 1, "quarter": 3, "year": 12}[kind]
    month = (day.month - 1) // length * length
    return Days(date(day.year, month + 1, 1), _month_after(date(day.year, month + length, 1)) - timedelta(days=1))


def _month_after(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Borne:
    """The running costs that hold on a day: the store's own, the company's, and the store's part of those.

    The part is None where the company has such costs and nobody said how its stores share them.
    """

    own: Sequence[Row]
    common: Sequence[Row]
    share: Share | None

    @staticmethod
    def on(day: date, costs: Sequence[Row], sharing: Sharing) -> Borne:
        """Return those of a day. A cost for all stores stands beside those of a store, whatever they are called."""
        own = costs_holding([row for row in costs if row["store"] != EVERY], day)
        common = costs_holding([row for row in costs if row["store"] == EVERY], day)
        return Borne(own, common, sharing.on(day) if common else ALL_OF_IT)


def _overhead(borne: Borne, place: Marketplace, day: date, rates: Sequence[Row], *, share: tuple[int, int] | None) -> Planned:
    """Return the day's part of the month's running costs: days alike, marketplaces by the units they ordered in the month."""
    if not (borne.own or borne.common) or share is None:
        return _NOTHING
    if borne.share is None:
        return Planned(None, NOT_SHARED)
    own, common = (_together(rows, place, day, rates) for rows in (borne.own, borne.common))
    if own is None or common is None:
        return Planned(None, NO_RATE)
    part, every = share
    return Planned((own + borne.share.of(common)) * part // (every * len(period_around("month", day))), KNOWN)


def _together(costs: Iterable[Row], place: Marketplace, day: date, rates: Sequence[Row]) -> int | None:
    total = 0
    for row in costs:
        worth = rate(rates, row["currency"], place.currency, day)
        if worth is None:
            return None
        total += to_micros(row["monthly_amount"]) * to_micros(worth) // 1_000_000
    return total


def costs_holding(costs: Iterable[Row], day: date) -> list[Row]:
    """Return the running cost of each type that holds on the day."""
    by_type: dict[str, list[Row]] = {}
    for row in costs:
        by_type.setdefault(row["cost_type"], []).append(row)
    return [found for rows in by_type.values() if (found := holding(rows, day))]


def _shares(run: Run, days: Days) -> Mapping[tuple[str, date], tuple[int, int]]:
    """Return by marketplace and month its part of the store's units, as part and whole; a store of one has all of them."""
    places = [place.code for place in run.measuring.marketplaces]
    months = {day.replace(day=1) for day in days}
    if len(places) == 1:
        return {(places[0], month): (1, 1) for month in months}
    units = _units(run, Days(min(months), days.last))
    found: dict[tuple[str, date], tuple[int, int]] = {}
    for month in months:
        every = sum(units.get((place, month), 0) for place in places)
        found |= {(place, month): (units.get((place, month), 0), every) for place in places if every > 0}
    return found


def _units(run: Run, days: Days) -> dict[tuple[str, date], int]:
    table = FACTS["sales_traffic_day"]
    rows = run.connection.execute(
        select(table.c.marketplace, table.c.sold_on, func.coalesce(table.c.units_ordered, 0)).where(
            *run.measuring.owns(table), table.c.sold_on.between(days.first, days.last)
        ),
    )
    found: dict[tuple[str, date], int] = {}
    for place, day, units in rows:
        key = (place, day.replace(day=1))
        found[key] = found.get(key, 0) + units
    return found


def _history(run: Run, days: Days) -> dict[str, dict[date, int]]:
    """Return by marketplace what Amazon reports as sold on each day, in millionths, far enough back for a year's profile."""
    table = FACTS["sales_traffic_day"]
    currencies = {place.code: place.currency for place in run.measuring.marketplaces}
    first = period_around("year", days.first).first - _PROFILE
    rows = run.connection.execute(
        select(table.c.marketplace, table.c.sold_on, table.c.currency, table.c.ordered_product_sales_amount).where(
            *run.measuring.owns(table),
            table.c.sold_on.between(first, days.last),
            table.c.ordered_product_sales_amount.is_not(None),
        )
    )
    found: dict[str, dict[date, int]] = {}
    for place, day, currency, amount in rows:
        if currencies.get(place) == currency:
            found.setdefault(place, {})[day] = to_micros(amount)
    return found
