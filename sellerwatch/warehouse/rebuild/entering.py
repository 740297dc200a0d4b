"""Entering windows, documents and nights into a new warehouse as they once came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, case, delete, insert, select

from sellerwatch.rawstore.store import RawStore
from sellerwatch.warehouse import documents, report_import, windows
from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.rebuild.past import Ledger, Line, Night, Past, Row
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT, PROBLEM, WINDOW
from sellerwatch.warehouse.windows import IMPORTED, NO_NIGHT

DAMAGED: Final = "damaged"
_AT_ONCE: Final = 500


@dataclass(slots=True)
class Entering:
    """Lays the documents of a past into a new warehouse, in order, up to any moment."""

    past: Past
    raw: RawStore
    _next: int = 0
    _silent: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the windows that never had a document: only the ledger knows of them."""
        filled = {line.window.id for line in self.past.lines}
        for window_id, row in self.past.ledger.windows.items():
            if window_id not in filled:
                self._silent.setdefault(row["store_id"], []).append(row)

    def up_to(self, moment: datetime | None) -> Iterator[Sequence[Line]]:
        """Yield what was received until the moment, or all that is left, a few hundred documents at a time."""
        lines = self.past.lines
        while self._next < len(lines) and (moment is None or lines[self._next].at <= moment):
            run = [line for line in lines[self._next : self._next + _AT_ONCE] if moment is None or line.at <= moment]
            self._next += len(run)
            yield run

    def enter(self, connection: Connection, lines: Iterable[Line]) -> None:
        """Enter documents and their windows; what is there already stays as it is."""
        for line in lines:
            if line.window.origin == IMPORTED:
                self._enter_imported(connection, line)
            else:
                _enter_window(connection, line, self.past.ledger)
                documents.enter(connection, line.window, line.entry, error=self._error(line))

    def enter_night(self, connection: Connection, night: Night) -> None:
        """Enter a night, what went wrong in it, and what it wanted and did not get."""
        _replace(connection, NIGHT, [night.row], store_id=night.store_id, as_of=night.as_of)
        _replace(connection, PROBLEM, night.problems, store_id=night.store_id, as_of=night.as_of)
        for row in self._silent.get(night.store_id, ()):
            is_over = row["finished_at"] is not None and row["finished_at"] <= night.at
            if is_over or NO_NIGHT < row["entered_on"] <= night.as_of:
                _enter_silent(connection, row, night.as_of, is_over=is_over)

    def enter_ledger(self, connection: Connection) -> None:
        """Bring the windows to where the present ledger has them, so that the next night wants what it would have wanted."""
        rows = list(self.past.ledger.windows.values())
        for start in range(0, len(rows), _AT_ONCE):
            statement = insert_into(connection, WINDOW)
            news = {name: statement.excluded[name] for name in WINDOW.columns.keys() if name != "id"}  # noqa: SIM118 - a column collection
            connection.execute(
                statement.on_conflict_do_update(index_elements=["id"], set_=news), rows[start : start + _AT_ONCE]
            )

    def _enter_imported(self, connection: Connection, line: Line) -> None:
        known = select(DOCUMENT.c.id).where(DOCUMENT.c.window_id == line.window.id)
        if connection.execute(known.where(DOCUMENT.c.manifest_number == line.entry.number)).first() is None:
            report_import.import_entry(self.raw, connection, line.window, line.entry)

    def _error(self, line: Line) -> str | None:
        """Return why a document is set aside as it comes; an older line does not say what was wrong with a download."""
        if line.entry.received.outcome != DAMAGED:
            return None
        told = line.entry.received.problem or self.past.ledger.errors.get(line.entry.number)
        return told or "the document came damaged"


def _enter_window(connection: Connection, line: Line, ledger: Ledger) -> None:
    """Enter the window of a document, or let a later document tell who wants it now."""
    known = ledger.windows.get(line.window.id, {})
    is_done = line.entry.received.outcome != DAMAGED
    values: dict[str, Any] = {
        "wanted_for": line.wanted_for,
        "state": "done" if is_done else "requested",
        "report_id": line.entry.received.report_id,
        "finished_at": line.at if is_done else None,
        "asked_by": line.asked_by,
        "asins": list(line.entry.received.asins),
        "cancellations": 0,
    }
    entered_on = known.get("entered_on") or line.wanted_for
    statement = insert_into(connection, WINDOW).values(**windows.named(line.window), **values, entered_on=entered_on)
    later = case((WINDOW.c.wanted_for > line.wanted_for, WINDOW.c.wanted_for), else_=line.wanted_for)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_=values | {"wanted_for": later}),
    )


def _enter_silent(connection: Connection, row: Row, as_of: date, *, is_over: bool) -> None:
    """Enter a window that never had a document, as the night knew it: wanted, or come to its end."""
    known = dict(row) if is_over else dict(row) | {"state": "wanted", "finished_at": None, "detail": None}
    if NO_NIGHT != row["wanted_for"] > as_of:
        known["wanted_for"] = row["entered_on"]
    statement = insert_into(connection, WINDOW).values(**known)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={name: known[name] for name in _MOVING}),
    )


_MOVING: Final = ("wanted_for", "state", "finished_at", "detail")
"""What changes of a window while it has no document."""


def _replace(connection: Connection, table: Table, rows: Sequence[Row], **key: object) -> None:
    connection.execute(delete(table).where(*(table.c[name] == value for name, value in key.items())))
    if rows:
        connection.execute(insert(table), [dict(row) for row in rows])
