"""What happened, as far as the raw store tells it, and as far as only the present ledger knows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, select

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, local_day
from sellerwatch.rawstore.manifest import Entry
from sellerwatch.rawstore.store import RawStore
from sellerwatch.reports.registry import REPORTS
from sellerwatch.warehouse import user_import
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.sealing.roots import SEALS
from sellerwatch.warehouse.tables.backfills import BACKFILL
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT, PROBLEM, WINDOW
from sellerwatch.warehouse.windows import BY_BACKFILL, BY_NIGHT, IMPORTED, NO_NIGHT, PULLED, Window

FATAL: Final = "fatal"
"""The outcome of a line whose bytes are Amazon's reason for making no report; it is no document of its window."""

_NO_REPORTS: Final = frozenset({user_import.REPORT, SEALS})
"""What the manifest lists besides reports: files with tables of people's own, and the roots of sealed nights."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A document of the raw store, the window it fills, and who wanted it."""

    entry: Entry
    window: Window
    wanted_for: date
    asked_by: str

    @property
    def at(self) -> datetime:
        """When it was received."""
        return datetime.fromisoformat(self.entry.received.received_at)


@dataclass(frozen=True, slots=True)
class Night:
    """A night that ran: its row of the ledger, and what went wrong in it.

    Attributes:
        store_id: its store.
        as_of: its day.
        at: when it was over; what came until then was known to it.
        decided_at: the instant that it took as the present.
        row: its row.
        problems: its rows of what went wrong.
    """

    store_id: str
    as_of: date
    at: datetime
    decided_at: datetime
    row: Row
    problems: Sequence[Row] = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return f"night {self.store_id} {self.as_of}"


@dataclass(frozen=True, slots=True)
class PastMeasured:
    """Days that were measured anew after a backfill had changed them."""

    id: str
    stores: tuple[str, ...]
    days: Days
    at: datetime

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{BY_BACKFILL}{self.id}"


@dataclass(frozen=True, slots=True)
class FileBrought:
    """A file with tables of their own that a person imported."""

    entry: Entry

    @property
    def at(self) -> datetime:
        """When it was imported."""
        return datetime.fromisoformat(self.entry.received.received_at)

    @property
    def name(self) -> str:
        """What it is called."""
        return f"import {user_import.number_of(self.entry)}"


Event = Night | PastMeasured | FileBrought


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the present warehouse's ledger knows; all empty where there is none."""

    windows: Mapping[str, Row]
    nights: Sequence[Row]
    problems: Sequence[Row]
    backfills: Sequence[Row]
    window_of: Mapping[int, str]
    """The window of each document, by the manifest's line."""
    errors: Mapping[int, str]
    """Why a document was set aside when it came, by the manifest's line."""


NO_LEDGER: Final = Ledger({}, (), (), (), {}, {})


@dataclass(frozen=True, slots=True)
class Past:
    """Everything that is to be done again.

    Attributes:
        lines: the documents, in the order in which they were received.
        events: nights, backfills and imports, in the order in which they happened.
        ledger: what the present ledger knows.
        left_out: what the raw store holds and nothing can be made of, in words.
    """

    lines: Sequence[Line]
    events: Sequence[Event]
    ledger: Ledger
    left_out: Sequence[str]


def read_ledger(engine: Engine) -> Ledger:
    """Read what the warehouse knows and the raw store does not: which nights ran, what they wanted, and what never came."""
    with reading(engine) as connection:
        documents = connection.execute(select(DOCUMENT.c.manifest_number, DOCUMENT.c.window_id, DOCUMENT.c.error)).all()
        return Ledger(
            windows={row["id"]: row for row in _rows(connection, WINDOW)},
            nights=_rows(connection, NIGHT),
            problems=_rows(connection, PROBLEM),
            backfills=_rows(connection, BACKFILL),
            window_of={row.manifest_number: row.window_id for row in documents},
            errors={row.manifest_number: row.error for row in documents if row.error},
        )


def _rows(connection: Connection, table: Any) -> list[Row]:  # noqa: ANN401 - a table
    return [dict(row) for row in connection.execute(table.select().order_by(*table.primary_key)).mappings()]


def read_past(raw: RawStore, ledger: Ledger, stores: Collection[str]) -> Past:
    """Put together what happened.

    Args:
        raw: the raw store.
        ledger: the present ledger; without it, nights and backfills are told from who wanted the documents.
        stores: the stores that are configured; of others nothing is known but their bytes.

    Raises:
        PermanentError: the manifest has a line that cannot be read.
    """
    entries = list(raw.manifest.entries())
    documents = [entry for entry in entries if entry.received.report not in _NO_REPORTS and entry.received.outcome != FATAL]
    usable = [entry for entry in documents if entry.received.report in REPORTS and entry.received.store in stores]
    lines = sorted((_line(entry, ledger) for entry in usable), key=lambda line: (line.at, line.entry.number))
    events: list[Event] = [
        *(FileBrought(entry) for entry in user_import.files_imported(entries)),
        *(night for night in _nights(lines, ledger) if night.store_id in stores),
        *_backfills(lines, ledger),
    ]
    events.sort(key=lambda event: (event.at, event.name))
    return Past(lines, events, ledger, tuple(_left_out(documents, stores)))


def _left_out(documents: Iterable[Entry], stores: Collection[str]) -> Iterator[str]:
    strangers: dict[str, int] = defaultdict(int)
    for entry in documents:
        received = entry.received
        if received.store not in stores:
            strangers[f"store {received.store}, which is not configured"] += 1
        elif received.report not in REPORTS:
            strangers[f"the report {received.report}, which is unknown"] += 1
    yield from (f"{count} documents of {what}" for what, count in sorted(strangers.items()))


def _line(entry: Entry, ledger: Ledger) -> Line:
    """Return the document with its window; an older line does not say its part, which the ledger may know."""
    received = entry.received
    if received.outcome == IMPORTED:
        return Line(entry, _window(entry, "", IMPORTED), NO_NIGHT, IMPORTED)
    known = ledger.windows.get(ledger.window_of.get(entry.number, ""))
    if received.asked_by:
        return Line(entry, _window(entry, received.part), date.fromisoformat(received.wanted_for), received.asked_by)
    local = local_day(datetime.fromisoformat(received.received_at), BY_CODE[received.marketplace].zone)
    if known is None:
        return Line(entry, _window(entry, ""), local, BY_NIGHT)
    wanted_for = min(local, known["wanted_for"])
    return Line(entry, _window(entry, known["part"]), wanted_for, known["asked_by"])


def _window(entry: Entry, part: str, origin: str = PULLED) -> Window:
    received = entry.received
    days = Days(date.fromisoformat(received.first_day), date.fromisoformat(received.last_day))
    return Window(received.store, received.marketplace, received.report, days, part, origin)


def _nights(lines: Iterable[Line], ledger: Ledger) -> Iterator[Night]:
    """Yield the nights of the ledger, or where there is none those that documents were wanted for."""
    problems: dict[tuple[str, date], list[Row]] = defaultdict(list)
    for row in ledger.problems:
        problems[row["store_id"], row["as_of"]].append(row)
    for row in ledger.nights:
        decided_at = row["decided_at"] or row["started_at"]
        at = row["finished_at"] or decided_at
        yield Night(row["store_id"], row["as_of"], at, decided_at, row, problems[row["store_id"], row["as_of"]])
    if ledger is not NO_LEDGER:
        return
    received: dict[tuple[str, date], list[datetime]] = defaultdict(list)
    for line in lines:
        if line.asked_by == BY_NIGHT and line.wanted_for != NO_NIGHT:
            received[line.window.store_id, line.wanted_for].append(line.at)
    for (store_id, as_of), moments in received.items():
        at = max(moments)
        row = {"store_id": store_id, "as_of": as_of, "outcome": "complete", "problem_count": 0}
        yield Night(store_id, as_of, at, at, row | {"started_at": min(moments), "decided_at": at, "finished_at": at})


def _backfills(lines: Iterable[Line], ledger: Ledger) -> Iterator[PastMeasured]:
    """Yield the backfills of the ledger that came to an end, or where there is none those that documents were asked for by."""
    for row in ledger.backfills:
        if row["finished_at"] is not None:
            yield PastMeasured(row["id"], tuple(row["stores"]), Days(row["first_day"], row["last_day"]), row["finished_at"])
    if ledger is not NO_LEDGER:
        return
    asked: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.asked_by.startswith(BY_BACKFILL):
            asked[line.asked_by.removeprefix(BY_BACKFILL)].append(line)
    for order_id, theirs in asked.items():
        days = Days(min(line.window.days.first for line in theirs), max(line.window.days.last for line in theirs))
        stores = tuple(sorted({line.window.store_id for line in theirs}))
        yield PastMeasured(order_id, stores, days, max(line.at for line in theirs))
