"""The hourly look at the FBA stock of a store: what Amazon says it can sell now, and what that was before.

Each look is a window of its own, part ``hour-14`` of the store's local day, which no night wants. Its document is kept and
loaded like any other: the table `inventory_summary` shows the newest look of a day. What changed since an earlier look is
told from the documents themselves, so that nothing has to be kept twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import Connection, Row, exists, func, select, update

from sellerwatch.core.errors import ConfigError, SellerwatchError
from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.rawstore.manifest import Entry
from sellerwatch.rawstore.store import RawStore
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.registry import REPORTS
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.accounts import login_of, open_accounts
from sellerwatch.warehouse.asking import Asking
from sellerwatch.warehouse.collecting import Collecting
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_if_free, alone_with
from sellerwatch.warehouse.load import load_held
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT, WINDOW
from sellerwatch.warehouse.windows import FINISHED, PULLED, Window
from sellerwatch.warehouse.workspace import Workspace

REPORT: Final = "inventory_summaries"
TABLE: Final = "inventory_summary"
BY_INTRADAY: Final = "intraday"
HOUR: Final = "hour-"
"""How the part of a look between the nights begins."""

LOOK_BACK: Final = timedelta(days=14)
"""A look that is older is not compared with: what happened in between is no news of this hour."""

MISSED: Final = "nobody looked in that hour, and the stock of then can no longer be had"

Stock = Mapping[str, int | None]
"""Sellable units by SKU; None where Amazon does not say."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What changed between an earlier look and this one.

    A SKU that the earlier look has and this one does not is unknown, not out of stock.
    """

    since: datetime
    went_out: tuple[str, ...]
    came_back: tuple[str, ...]
    unknown: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {
            "since": self.since.isoformat(),
            "went_out": list(self.went_out),
            "came_back": list(self.came_back),
            "unknown": list(self.unknown),
        }


@dataclass(frozen=True, slots=True)
class PlaceLook:
    """One marketplace's stock in this hour; ``before`` and ``night`` are None where there is nothing to compare with."""

    marketplace: str
    seen_at: datetime
    skus: int
    out: int
    before: Change | None
    night: Change | None

    def to_dict(self) -> dict[str, Any]:
        """Return the look as JSON values."""
        return {
            "marketplace": self.marketplace,
            "seen_at": self.seen_at.isoformat(),
            "skus": self.skus,
            "out": self.out,
            "since_look_before": self.before and self.before.to_dict(),
            "since_night": self.night and self.night.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class StockLook:
    """What an hourly look came to; ``skipped`` says why there was none."""

    store_id: str
    hour: str
    skipped: str = ""
    places: tuple[PlaceLook, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_loaded: bool = True
    """False while another run is at work on the store, which loads the documents in passing, or leaves them to the next look."""

    def to_dict(self) -> dict[str, Any]:
        """Return the look as JSON values."""
        return {
            "store": self.store_id,
            "hour": self.hour,
            "skipped": self.skipped,
            "loaded": self.is_loaded,
            "marketplaces": [place.to_dict() for place in self.places],
            "problems": [{"what": item.what, "where": item.place, "do": item.remedy} for item in self.problems],
        }


@dataclass(frozen=True, slots=True)
class _Hour:
    """The hour of a look: the store's local day, and the part that its windows have."""

    store_id: str
    day: date
    part: str

    def __str__(self) -> str:
        return f"{self.day} {self.part}"

    def is_of(self, row: Row[Any]) -> bool:
        return (row.part, row.last_day) == (self.part, self.day)

    def window(self, place: Marketplace) -> Window:
        return Window(self.store_id, place.code, REPORT, Days(self.day, self.day), self.part)


def look_at_stock(workspace: Workspace, store_id: str) -> StockLook:
    """Look at a store's stock; again in the same hour: resume what is missing, and otherwise tell the same.

    A night of the store that is at work is not disturbed: the look is skipped. The store itself is held only while the
    documents are loaded.

    Raises:
        ConfigError: the store is not configured, or does not pull the report.
    """
    _require_report(workspace, store_id)
    hour = _hour(workspace, store_id)
    if _night_is_at_work(workspace, store_id, hour.day):
        return StockLook(store_id, str(hour), skipped="a night of the store is at work, and looks at its stock itself")
    with alone_with(workspace.engine, inbox_of(store_id)):
        wanted = _enter(workspace, hour)
        problems = _ask(workspace, hour, wanted)
    is_loaded = _load(workspace, store_id)
    places, unreadable = _compare(workspace, hour)
    return StockLook(store_id, str(hour), places=places, problems=(*problems, *unreadable), is_loaded=is_loaded)


def inbox_of(store_id: str) -> str:
    """Return the name of the inbox that a store's looks download into, which is also that of the lock they hold."""
    return f"{store_id}.{BY_INTRADAY}"


def _require_report(workspace: Workspace, store_id: str) -> None:
    if REPORT not in workspace.settings.reports_of(store_id):
        raise ConfigError(
            f"the store does not pull {REPORT}",
            where=f"{workspace.settings.config_folder / 'stores.yaml'}, {store_id}",
            remedy=f"Add {REPORT} to its reports, or run no hourly look for it",
        )


def _hour(workspace: Workspace, store_id: str) -> _Hour:
    """Return the store's hour; the one that comes a second time when clocks are put back is another."""
    local = workspace.clock.now().astimezone(workspace.settings.marketplaces(store_id)[0].zone)
    return _Hour(store_id, local.date(), f"{HOUR}{local:%H}{'-again' if local.fold else ''}")


def _night_is_at_work(workspace: Workspace, store_id: str, today: date) -> bool:
    """Somebody holds the store, and tonight is not over; a backfill alone is no reason to look away for hours."""
    with alone_if_free(workspace.engine, store_id) as is_free:
        if is_free:
            return False
    running = exists().where(NIGHT.c.store_id == store_id, NIGHT.c.as_of == today, NIGHT.c.outcome == "running")
    unfinished = exists().where(WINDOW.c.store_id == store_id, WINDOW.c.wanted_for == today, WINDOW.c.state.not_in(FINISHED))
    with reading(workspace.engine) as connection:
        return bool(connection.execute(select(running | unfinished)).scalar_one())


def _enter(workspace: Workspace, hour: _Hour) -> list[Window]:
    """Want the hour's windows, and give up those of hours that are over; return what is to be asked for."""
    pull = workspace.settings.reports[REPORT]
    places = [place for place in workspace.settings.marketplaces(hour.store_id) if place.code not in pull.not_in]
    wanted = [hour.window(place) for place in places]
    with writing(workspace.engine) as connection:
        _give_up_missed(connection, hour, workspace.clock.now())
        for window in wanted:
            windows.enter_past(connection, window, BY_INTRADAY)
        return [window for window in wanted if not windows.read_window(connection, window).is_finished]


def _give_up_missed(connection: Connection, hour: _Hour, now: datetime) -> None:
    """Explain the looks of earlier hours that never came about; what the last attempt met stays told."""
    connection.execute(
        update(WINDOW)
        .where(
            WINDOW.c.store_id == hour.store_id,
            WINDOW.c.report == REPORT,
            WINDOW.c.part.like(f"{HOUR}%"),
            WINDOW.c.state.not_in((*FINISHED, "fatal")),
            (WINDOW.c.part != hour.part) | (WINDOW.c.first_day != hour.day),
        )
        .values(state="fatal", detail=func.coalesce(WINDOW.c.detail.concat("; "), "").concat(MISSED), finished_at=now),
    )


def _ask(workspace: Workspace, hour: _Hour, wanted: Sequence[Window]) -> list[Problem]:
    """Fill the windows; one marketplace's trouble does not stop the others."""
    if not wanted:
        return []
    problems: list[Problem] = []
    settings, engine, clock = workspace.settings, workspace.engine, workspace.clock
    with _noting(problems, f"store {hour.store_id}"):
        inbox = workspace.raw.open_inbox(inbox_of(hour.store_id))
        zone = settings.marketplaces(hour.store_id)[0].zone
        with open_accounts(workspace, hour.store_id, run=f"{BY_INTRADAY} {hour.day}") as accounts:
            accounts.log_in(login_of(REPORT))
            asking = Asking(engine, accounts, clock, {REPORT: settings.reports[REPORT]}, zone)
            collecting = Collecting(engine, workspace.raw, accounts, clock, inbox)
            for window in wanted:
                with _noting(problems, window.id):
                    accounts.budget.bill_to(window.id)
                    with reading(engine) as connection:
                        row = windows.read_window(connection, window)
                    state = accounts.source_of(REPORT).state(asking.report_id(row))
                    collecting.collect(window, state)
    return problems


@contextmanager
def _noting(problems: list[Problem], place: str) -> Iterator[None]:
    try:
        yield
    except SellerwatchError as error:
        _log.warning("%s: %s", place, error)
        problems.append(Problem.of(error, place=place))


def _load(workspace: Workspace, store_id: str) -> bool:
    """Load the looks that wait, this one and those that an earlier one had to leave; tell whether the store was free."""
    with alone_if_free(workspace.engine, store_id) as is_free:
        if is_free:
            load_held(workspace, store_id, _is_look)
    return is_free


def _is_look(window: Window) -> bool:
    return window.report == REPORT and window.part.startswith(HOUR)


def _compare(workspace: Workspace, hour: _Hour) -> tuple[tuple[PlaceLook, ...], list[Problem]]:
    """Return what each marketplace's look says beside the one before and the night's; one that cannot be read is a problem."""
    with reading(workspace.engine) as connection:
        looks = {place: _looks(connection, hour, place) for place in workspace.settings.marketplaces(hour.store_id)}
    chosen = {place: _Looks.of(rows, hour) for place, rows in looks.items()}
    entries = _entries(workspace.raw, [look.numbers for look in chosen.values() if look])
    problems: list[Problem] = []
    found: list[PlaceLook] = []
    for place, look in chosen.items():
        if look is None:
            problems += _set_aside(looks[place], hour)
        else:
            with _noting(problems, hour.window(place).id):
                found.append(_place_look(workspace.raw, place, look, entries))
    return tuple(found), problems


def _looks(connection: Connection, hour: _Hour, place: Marketplace) -> Sequence[Row[Any]]:
    """Return the marketplace's newest looks, this hour's first, those that were set aside among them."""
    return connection.execute(
        select(DOCUMENT, WINDOW.c.part, WINDOW.c.last_day)
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(
            WINDOW.c.store_id == hour.store_id,
            WINDOW.c.marketplace == place.code,
            WINDOW.c.report == REPORT,
            WINDOW.c.origin == PULLED,
            WINDOW.c.last_day.between(hour.day - LOOK_BACK, hour.day),
        )
        .order_by(DOCUMENT.c.observed_at.desc(), DOCUMENT.c.id.desc()),
    ).all()


def _set_aside(rows: Sequence[Row[Any]], hour: _Hour) -> list[Problem]:
    """Return the problem of an hour whose only documents are in quarantine."""
    ours = [row for row in rows if hour.is_of(row)]
    remedy = "Its bytes are kept; the next look of the hour asks anew"
    return [Problem(f"document set aside: {row.error}", row.id, remedy) for row in ours[:1]]


@dataclass(frozen=True, slots=True)
class _Looks:
    """The document of this hour, the one before it, and the newest that a night brought: manifest number and moment of each."""

    now: Row[Any]
    before: Row[Any] | None
    night: Row[Any] | None

    @classmethod
    def of(cls, rows: Sequence[Row[Any]], hour: _Hour) -> _Looks | None:
        """Choose among the looks, newest first; None where this hour has none that can be used."""
        usable = [row for row in rows if row.state != "quarantined"]
        ours = [row for row in usable if hour.is_of(row)]
        if not ours:
            return None
        earlier = [row for row in usable if row.observed_at < ours[0].observed_at]
        by_night = (row for row in earlier if not row.part.startswith(HOUR))
        return cls(ours[0], next(iter(earlier), None), next(by_night, None))

    @property
    def numbers(self) -> set[int]:
        return {row.manifest_number for row in (self.now, self.before, self.night) if row is not None}


def _entries(raw: RawStore, numbers: Iterable[set[int]]) -> dict[int, Entry]:
    wanted = set().union(*numbers)
    return {entry.number: entry for entry in raw.manifest.entries() if entry.number in wanted} if wanted else {}


def _place_look(raw: RawStore, place: Marketplace, looks: _Looks, entries: Mapping[int, Entry]) -> PlaceLook:
    stock = {number: stock_in(raw, entries[number], place) for number in sorted(looks.numbers)}
    now = stock[looks.now.manifest_number]

    def since(row: Row[Any] | None) -> Change | None:
        return None if row is None else change(stock[row.manifest_number], now, since=row.observed_at)

    out = sum(units is not None and units <= 0 for units in now.values())
    return PlaceLook(place.code, looks.now.observed_at, len(now), out, since(looks.before), since(looks.night))


def stock_in(raw: RawStore, entry: Entry, place: Marketplace) -> Stock:
    """Read the sellable units of a look from the raw store.

    Raises:
        PermanentError: the document is missing, altered, or none of the report.
    """
    context = DocumentContext(
        marketplace=place, content_type=entry.received.content_type, days=None, observed_at=entry.received.observed
    )
    with raw.open(entry) as file:
        frame = REPORTS[REPORT].parse(file, context).frames[TABLE]
    return dict(zip(frame["sku"], pa.array(frame["sellable_units"]).to_pylist(), strict=True))


def change(earlier: Stock, now: Stock, *, since: datetime) -> Change:
    """Return which SKUs went to nothing, which came back, and of which the newer look does not say any more."""
    known = {sku: (units, now.get(sku)) for sku, units in earlier.items() if units is not None}
    return Change(
        since=since,
        went_out=tuple(sorted(sku for sku, (old, new) in known.items() if new is not None and new <= 0 < old)),
        came_back=tuple(sorted(sku for sku, (old, new) in known.items() if new is not None and old <= 0 < new)),
        unknown=tuple(sorted(sku for sku, (_, new) in known.items() if new is None)),
    )
