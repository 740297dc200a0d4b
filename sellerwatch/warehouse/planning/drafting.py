"""From what is known of a feed to its requests: what is missing, cut into windows, and what is on its way, taken over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sellerwatch.core.ids import fingerprint
from sellerwatch.core.periods import Days
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, ReportPull, SnapshotPeriod
from sellerwatch.warehouse.planning.askable import NO_PRODUCTS, askable, is_of_the_present, whole_periods, why_no_past
from sellerwatch.warehouse.planning.day_sets import NOTHING
from sellerwatch.warehouse.planning.known import NONE_COVERED, StoreKnown, products_per_report
from sellerwatch.warehouse.planning.plan import LeftOut, Mode, Request, Route
from sellerwatch.warehouse.wanting import LISTING
from sellerwatch.warehouse.windows import AT_AMAZON, LedgerRow, Window


@dataclass(frozen=True, slots=True)
class Leg:
    """One feed and the way in which it is asked for; ``max_days`` is what one report of a range may cover."""

    feed: str
    route: Route
    max_days: int = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """The requests of a leg in one marketplace, newest days first, and what of it is left out."""

    requests: tuple[Request, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def draft(known: StoreKnown, leg: Leg, place: str, mode: Mode) -> Draft:
    """Return what is asked for of a feed in a marketplace."""
    pull, whole_range = known.pulls[leg.feed], known.days.range
    if place in pull.not_in:
        return Draft(left_out=(_left(known, leg, place, whole_range, _why_not_in(known, place, leg.feed)),))
    if isinstance(pull, SnapshotPeriod) or is_of_the_present(pull):
        return _draft_of_the_present(known, leg, place, pull)
    can = askable(pull, whole_range, known.today)
    left = [_left(known, leg, place, days, reason) for days, reason in can.left_out]
    rows = _adoptable(known, leg, place, can.days)
    adopted = tuple(_taken_over(row, leg.route) for row in rows)
    if can.days is None:
        return Draft(adopted, tuple(left))
    pieces = _Pieces(known, leg, pull, can.days)
    left += [_left(known, leg, place, days, reason) for days, reason in pieces.left_out]
    if products_per_report(pull):
        new, without = _by_products(pieces, place, rows, mode)
    else:
        new, without = _for_all(pieces, place, rows, mode), ()
    left += [_left(known, leg, place, can.days, reason) for reason in without]
    return Draft((*adopted, *new), tuple(left))


def _why_not_in(known: StoreKnown, place: str, feed: str) -> str:
    if place in known.without_profile and feed.startswith("ads_"):
        return f"the store has no advertising profile for {place} in stores.yaml"
    return f"Amazon does not make it for {place}"


def _left(known: StoreKnown, leg: Leg, place: str, days: Days, reason: str) -> LeftOut:
    return LeftOut(known.store_id, place, leg.feed, days, reason)


def _draft_of_the_present(known: StoreKnown, leg: Leg, place: str, pull: ReportPull) -> Draft:
    """A report of the present is not asked for days gone by; one that was asked for on its day can still be fetched."""
    rows = [row for row in known.unfinished.get((place, leg.feed), ()) if row.state == "requested"]
    fetched = NOTHING
    for row in rows:
        fetched |= known.days.of(row.window.days.first, row.window.days.last)
    reason = why_no_past(pull, known.pulls)
    left = (_left(known, leg, place, days, reason) for days in known.days.runs(known.days.all & ~fetched))
    return Draft(tuple(_taken_over(row, leg.route) for row in rows), tuple(left))


def _adoptable(known: StoreKnown, leg: Leg, place: str, can: Days | None) -> list[LedgerRow]:
    """Return the windows to take over: those among the days, and what is paid for already, even if it reaches beyond them.

    A report over many days does not say what one report a day does, so that way takes over single days alone.
    """
    rows = known.unfinished.get((place, leg.feed), ())
    if leg.route is Route.ONE_REPORT_A_DAY:
        rows = tuple(row for row in rows if len(row.window.days) == 1)
    return [row for row in rows if row.state in AT_AMAZON or (can and _is_inside(row.window.days, can))]


def _is_inside(days: Days, others: Days) -> bool:
    return others.first <= days.first and days.last <= others.last


def _taken_over(row: LedgerRow, route: Route) -> Request:
    return Request(row.window, route, row.asins, row.state, row.asked_at)


class _Pieces:
    """How missing days of a leg are cut into windows."""

    def __init__(self, known: StoreKnown, leg: Leg, pull: ReportPull, can: Days) -> None:
        self.known, self.leg, self.pull = known, leg, pull
        self.askable = known.days.of(can.first, can.last)
        self.periods: tuple[Days, ...] = ()
        self.left_out: tuple[tuple[Days, str], ...] = ()
        if isinstance(pull, CalendarPeriod):
            self.periods, self.left_out = whole_periods(pull, can, known.today)

    def cut(self, missing: int) -> tuple[Days, ...]:
        """Return the windows' days, newest first."""
        sets = self.known.days
        if isinstance(self.pull, CalendarPeriod):
            return tuple(period for period in self.periods if sets.of(period.first, period.last) & missing)
        if isinstance(self.pull, ListedPeriod):
            # One look through the list finds whatever was made since the first of the days.
            return (Days(sets.hull(missing).first, sets.hull(self.askable).last),) if missing else ()
        return tuple(sets.chunks(missing, self.leg.max_days))

    def request(self, place: str, days: Days, part: str = "", asins: tuple[str, ...] = ()) -> Request:
        """Return the request of one window."""
        return Request(Window(self.known.store_id, place, self.leg.feed, days, part), self.leg.route, asins)


def _for_all(pieces: _Pieces, place: str, rows: Sequence[LedgerRow], mode: Mode) -> tuple[Request, ...]:
    """Return the requests of a feed whose reports are about all products."""
    known, leg = pieces.known, pieces.leg
    covered = known.covered.get((place, leg.feed), NONE_COVERED) if mode == "gaps" else NONE_COVERED
    had = covered.single if leg.route is Route.ONE_REPORT_A_DAY else covered.whole
    for row in rows:
        had |= _will_cover(pieces, row)
    part = LISTING if isinstance(pieces.pull, ListedPeriod) else ""
    return tuple(pieces.request(place, days, part) for days in pieces.cut(pieces.askable & ~had))


def _will_cover(pieces: _Pieces, row: LedgerRow) -> int:
    """Return the days that a window will cover once it is finished; a look through a list reaches back from today."""
    known, days = pieces.known, row.window.days
    if not isinstance(pieces.pull, ListedPeriod):
        return known.days.of(days.first, days.last)
    if row.window.part != LISTING:
        return NOTHING
    return known.days.of(min(days.first, known.today - timedelta(days=pieces.pull.history_days)), known.today)


def _by_products(
    pieces: _Pieces, place: str, rows: Sequence[LedgerRow], mode: Mode
) -> tuple[tuple[Request, ...], tuple[str, ...]]:
    """Return the requests of a feed that is asked for product by product: products that miss the same days go together."""
    products = pieces.known.products.get(place, ())
    if not products:
        return (), () if rows else (NO_PRODUCTS,)
    had = _had_by_product(pieces, place, rows, mode)
    alike: dict[tuple[Days, ...], list[str]] = {}
    cut: dict[int, tuple[Days, ...]] = {}
    for asin in products:
        missing = pieces.askable & ~(had.get(asin, NOTHING) | had[""])
        windows = cut.get(missing)
        if windows is None:
            windows = cut[missing] = pieces.cut(missing)
        if windows:
            alike.setdefault(windows, []).append(asin)
    size = products_per_report(pieces.pull)
    groups = [(asins, part_of(asins), windows) for windows, alike_ones in alike.items() for asins in _runs(alike_ones, size)]
    return tuple(pieces.request(place, days, part, asins) for asins, part, windows in groups for days in windows), ()


def _had_by_product(pieces: _Pieces, place: str, rows: Sequence[LedgerRow], mode: Mode) -> dict[str, int]:
    """Return the days that each product has, or will have; under the empty name those that all have."""
    had: dict[str, int] = {"": NOTHING}
    covered = pieces.known.covered.get((place, pieces.leg.feed), NONE_COVERED) if mode == "gaps" else NONE_COVERED
    groups = [(json.loads(text), days) for text, days in covered.by_products.items()]
    groups += [(row.asins, pieces.known.days.of(row.window.days.first, row.window.days.last)) for row in rows]
    for asins, days in groups:
        for asin in asins or ("",):
            had[asin] = had.get(asin, NOTHING) | days
    return had


def part_of(asins: Sequence[str]) -> str:
    """Return the part that names these products, so that the same products always give the same window."""
    return f"asins-{fingerprint(' '.join(asins))[:8]}"


def _runs(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])
