"""What a night wants of each feed: which periods, in which parts, and which it has had already and will not ask for again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, months_before, weeks_before
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, RangePeriod, ReportPull, SnapshotPeriod
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.windows import Finished, Window

LISTING: Final = "list"
"""The part of a window that stands for looking through Amazon's list, not for a report."""

NO_PRODUCTS: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})


def want(
    connection: Connection,
    store_id: str,
    marketplaces: Iterable[Marketplace],
    reports: Mapping[str, ReportPull],
    as_of: date,
    *,
    asins: Mapping[str, Sequence[str]] = NO_PRODUCTS,
) -> None:
    """Enter the windows of a night into the ledger: once, so that a second run of the night wants nothing more.

    A window that an earlier night finished is wanted again where Amazon may have restated it since.

    Args:
        connection: an open transaction.
        store_id: the store.
        marketplaces: its marketplaces.
        reports: how each report is pulled.
        as_of: the store-local day of the night.
        asins: the products known in each marketplace, for reports that are asked for product by product.
    """
    for window, products in still_wanted(connection, store_id, marketplaces, reports, as_of, asins=asins):
        windows.enter(connection, window, as_of, asins=products)


def still_wanted(
    connection: Connection,
    store_id: str,
    marketplaces: Iterable[Marketplace],
    reports: Mapping[str, ReportPull],
    as_of: date,
    *,
    asins: Mapping[str, Sequence[str]] = NO_PRODUCTS,
) -> Iterator[tuple[Window, tuple[str, ...]]]:
    """Yield the windows that the night does not have in the ledger yet, each with its products; the arguments are `want`'s."""
    planned = {(row.window.marketplace, row.window.report) for row in windows.windows_of_night(connection, store_id, as_of)}
    for place in marketplaces:
        for report, pull in reports.items():
            if (place.code, report) in planned or place.code in pull.not_in:
                continue
            for part, products in parts(pull, asins.get(place.code, ())).items():
                finished = windows.finished_windows(connection, store_id, place.code, report, part)
                for days in wanted_days(pull, as_of, finished):
                    yield Window(store_id, place.code, report, days, part), products


def parts(pull: ReportPull, asins: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the parts in which each period of a feed is asked for, with the products of each; no product, no part."""
    if isinstance(pull, ListedPeriod):
        return {LISTING: ()}
    size = 0 if isinstance(pull, SnapshotPeriod) else pull.asins_per_report
    if not size:
        return {"": ()}
    ordered = sorted(asins)
    runs = [tuple(ordered[start : start + size]) for start in range(0, len(ordered), size)]
    return {f"asins-{number:03}": run for number, run in enumerate(runs, start=1)}


def wanted_days(pull: ReportPull, as_of: date, finished: Finished) -> tuple[Days, ...]:
    """Return the periods a night wants from one feed, or from one part of it.

    Args:
        pull: how the report is pulled.
        as_of: the store-local day of the night.
        finished: what earlier nights have had of it.
    """
    last_night = finished.last_night
    if last_night is not None and last_night < as_of < last_night + timedelta(days=pull.every_days):
        return ()
    return tuple(_WANTED[type(pull)](pull, as_of, finished))


def _present(_pull: SnapshotPeriod | ListedPeriod, as_of: date, _finished: Finished) -> Iterator[Days]:
    """A snapshot is of the night itself, and so is a look through Amazon's list."""
    yield Days(as_of, as_of)


def _recent_days(pull: RangePeriod, as_of: date, finished: Finished) -> Iterator[Days]:
    """A range ends with the day before, the last one that is over.

    It starts ``repull_days`` back, or at the first day of the last ``history_days`` that no finished window covers.
    """
    history = Days(as_of - timedelta(days=pull.history_days), as_of - timedelta(days=1))
    rolling = max(history.first, as_of - timedelta(days=pull.repull_days))
    covered = _covered(pull, finished)
    first = next((day for day in history if day >= rolling or day not in covered), rolling)
    yield from Days(first, history.last).chunks(pull.max_days)


def _covered(pull: RangePeriod, finished: Finished) -> set[date]:
    """Return the days that are had; a backfill's report over many days does not say all that one of a single day says."""
    if pull.period == "range":
        return finished.covered
    return {days.first for days in finished.nights if len(days) == 1}


def _whole_periods(pull: CalendarPeriod, as_of: date, finished: Finished) -> Iterator[Days]:
    """A week or month is wanted once Amazon has it, and once more when it no longer changes."""
    newest = as_of - timedelta(days=pull.ready_after_days)
    for period in _CALENDAR[pull.period](newest + timedelta(days=1), pull.history_periods):
        settles_on = period.last + timedelta(days=pull.settled_after_days)
        had_on = finished.nights.get(period)
        if had_on is None or had_on < settles_on <= as_of:
            yield period


_CALENDAR: Final = {"weeks": weeks_before, "months": months_before}

_WANTED: Final[Mapping[type, Callable[[Any, date, Finished], Iterator[Days]]]] = {
    SnapshotPeriod: _present,
    ListedPeriod: _present,
    RangePeriod: _recent_days,
    CalendarPeriod: _whole_periods,
}
"""What each kind of period wants."""
