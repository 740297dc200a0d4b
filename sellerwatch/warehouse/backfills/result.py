"""What a backfill came to: counted from both ledgers, whoever did the work and however often it was resumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from sellerwatch.reports.registry import REPORTS
from sellerwatch.warehouse.backfills import ledger
from sellerwatch.warehouse.backfills.attempts import StoreProblem
from sellerwatch.warehouse.backfills.ledger import Backfill, Counts
from sellerwatch.warehouse.backfills.order import BackfillOrder
from sellerwatch.warehouse.backfills.rows import count_rows, row_key
from sellerwatch.warehouse.documents import newest_version
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.rate_budget import calls_of_run
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.windows import FINISHED, LedgerRow, windows_asked_by
from sellerwatch.warehouse.workspace import Workspace

Feed = tuple[str, str, str]
"""Store, marketplace, report."""

REPORT_OF_TABLE: Final[Mapping[str, str]] = {
    table.name: report.name for report in reversed(list(REPORTS.values())) for table in report.tables
}
"""A report that fills the table; where several do, one that fills nothing else."""


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one feed of one marketplace."""

    store_id: str
    marketplace: str
    feed: str
    wanted: int
    finished: int
    empty: int
    rows_before: int
    rows_after: int
    left_out: tuple[str, ...]

    @property
    def failed(self) -> int:
        """Windows that are not there."""
        return self.wanted - self.finished - self.empty


def conclude(workspace: Workspace, order_id: str) -> Backfill:
    """Count what the backfill came to, note it, and return it: complete, or incomplete with a problem for each thing missing."""
    known = ledger.read(workspace, order_id)
    order = known.order
    with reading(workspace.engine) as connection:
        rows = _windows(connection, known)
        reports = _reports(known)
        after = count_rows(connection, workspace.settings, order.stores, reports, order.days)
        counts = _counts(connection, known, rows)
        set_aside = _documents_set_aside(connection, known)
    told = {item["where"].partition(" / ")[0] for item in known.problems if item["step"] == "fetch"}
    told |= {problem.place.partition("#")[0] for _, problem in set_aside}
    missing = [*_windows_missing(rows, told), *_windows_taken_over(known, len(rows))]
    with writing(workspace.engine) as connection:
        ledger.save_counts(connection, order_id, counts, after)
        ledger.note_problems(connection, order_id, "windows", missing)
        ledger.note_problems(connection, order_id, "documents", set_aside)
        noted = ledger.find(connection, order_id)
        state: ledger.State = "incomplete" if noted is not None and noted.problems else "complete"
        ledger.mark(connection, order_id, state, workspace.clock.now())
    return ledger.read(workspace, order_id)


def lines_of(workspace: Workspace, backfill: Backfill) -> list[Line]:
    """Return a line for each feed of each marketplace that the backfill wanted something of, or left something out."""
    with reading(workspace.engine) as connection:
        rows = _windows(connection, backfill)
    by_feed: dict[Feed, list[LedgerRow]] = {}
    for row in rows:
        by_feed.setdefault((row.window.store_id, row.window.marketplace, row.window.report), []).append(row)
    left_out = _left_out(backfill.left_out)
    feeds = dict.fromkeys((*by_feed, *left_out, *_reread_feeds(workspace, backfill)))
    return [_line(backfill, feed, by_feed.get(feed, []), left_out.get(feed, ())) for feed in sorted(feeds)]


def _line(backfill: Backfill, feed: Feed, rows: Sequence[LedgerRow], left_out: tuple[str, ...]) -> Line:
    states = Counter(row.state for row in rows)
    store_id, marketplace, report = feed
    keys = [row_key(store_id, marketplace, table.name) for table in REPORTS[report].tables]
    return Line(
        store_id=store_id,
        marketplace=marketplace,
        feed=report,
        wanted=len(rows),
        finished=states["done"],
        empty=states["empty"],
        rows_before=sum(backfill.rows_before.get(key, 0) for key in keys),
        rows_after=sum(backfill.rows_after.get(key, 0) for key in keys),
        left_out=left_out,
    )


def _reread_feeds(workspace: Workspace, backfill: Backfill) -> Iterator[Feed]:
    """Yield the feeds whose documents were read again; there are no windows to tell them by."""
    order = backfill.order
    if order.mode != "reparse":
        return
    with reading(workspace.engine) as connection:
        found = connection.execute(
            select(WINDOW.c.store_id, WINDOW.c.marketplace, WINDOW.c.report)
            .join(DOCUMENT, DOCUMENT.c.window_id == WINDOW.c.id)
            .where(_speaks_of(backfill))
            .distinct(),
        ).all()
    yield from ((row.store_id, row.marketplace, row.report) for row in found)


def _left_out(items: Sequence[Mapping[str, Any]]) -> dict[Feed, tuple[str, ...]]:
    """Return what was left out of each feed: each reason once, with the days it is true of."""
    days: dict[tuple[Feed, str], list[str]] = {}
    for item in items:
        feed = (str(item["store"]), str(item["marketplace"]), str(item["feed"]))
        days.setdefault((feed, str(item["reason"])), []).append(f"{item['first']} to {item['last']}")
    found: dict[Feed, tuple[str, ...]] = {}
    for (feed, reason), spans in days.items():
        span = spans[0] if len(spans) == 1 else f"{len(spans)} periods from {min(spans)}"
        found[feed] = (*found.get(feed, ()), f"{span}: {reason}")
    return found


def _windows(connection: Connection, backfill: Backfill) -> list[LedgerRow]:
    return [row for store_id in backfill.order.stores for row in windows_asked_by(connection, store_id, backfill.order.name)]


def _reports(backfill: Backfill) -> list[str]:
    """Return the reports that fill the tables which were counted before."""
    tables = dict.fromkeys(key.rpartition("/")[2] for key in backfill.rows_before)
    return list(dict.fromkeys(REPORT_OF_TABLE[table] for table in tables))


def _counts(connection: Connection, backfill: Backfill, rows: Sequence[LedgerRow]) -> Counts:
    states = Counter(row.state for row in rows)
    wanted = max(backfill.counts.windows_wanted, len(rows))
    finished, empty = states["done"], states["empty"]
    return Counts(
        windows_wanted=wanted,
        windows_finished=finished,
        windows_empty=empty,
        windows_failed=wanted - finished - empty,
        documents=_count_documents(connection, backfill),
        calls=_calls(connection, backfill.order),
    )


def _calls(connection: Connection, order: BackfillOrder) -> int:
    """Return the calls of Amazon that were granted to the backfill, in all its runs."""
    return sum(sum(calls_of_run(connection, order.name, store_id).values()) for store_id in order.stores)


def _speaks_of(backfill: Backfill) -> ColumnElement[bool]:
    """What a reparse reads again: every document of the feeds that speaks of the days."""
    order = backfill.order
    return and_(
        WINDOW.c.store_id.in_(order.stores),
        WINDOW.c.report.in_(order.feeds),
        WINDOW.c.first_day <= order.days.last,
        WINDOW.c.last_day >= order.days.first,
    )


def _ours(backfill: Backfill) -> ColumnElement[bool]:
    """The windows whose documents the backfill answers for."""
    return _speaks_of(backfill) if backfill.order.mode == "reparse" else WINDOW.c.asked_by == backfill.order.name


def _count_documents(connection: Connection, backfill: Backfill) -> int:
    is_new = DOCUMENT.c.received_at >= backfill.started_at
    joined = select(func.count()).select_from(DOCUMENT).join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
    conditions = (_ours(backfill),) if backfill.order.mode == "reparse" else (_ours(backfill), is_new)
    return int(connection.execute(joined.where(*conditions)).scalar_one())


def _documents_set_aside(connection: Connection, backfill: Backfill) -> list[StoreProblem]:
    """Return a problem for each window whose newest document is set aside, or has records that are."""
    rows = connection.execute(
        select(DOCUMENT, WINDOW.c.store_id)
        .join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id)
        .where(
            _ours(backfill),
            DOCUMENT.c.version == newest_version(),
            or_(DOCUMENT.c.state == "quarantined", and_(DOCUMENT.c.state == "loaded", DOCUMENT.c.skipped_count > 0)),
        )
        .order_by(DOCUMENT.c.id),
    )
    return [(row.store_id, _set_aside(row)) for row in rows]


def _set_aside(row: Row[Any]) -> Problem:
    if row.state == "quarantined":
        return Problem(
            f"document set aside: {row.error}",
            row.id,
            "Its bytes are kept; correct the cause and start a backfill of these days in mode gaps: the report is asked for anew",
        )
    return Problem(
        f"{row.skipped_count} of {row.row_count + row.skipped_count} records set aside",
        row.id,
        "The rest is loaded; the table skipped_record says what was wrong with each",
    )


def _windows_missing(rows: Sequence[LedgerRow], told: set[str]) -> list[StoreProblem]:
    """Return a problem for each window that is not there and of which no step has said why."""
    return [
        (
            row.window.store_id,
            Problem(
                f"the report is not there: {row.detail or row.state}",
                row.window.id,
                "Start the backfill again with Retry: it resumes what is missing",
            ),
        )
        for row in rows
        if row.state not in FINISHED and row.window.id not in told
    ]


def _windows_taken_over(backfill: Backfill, count: int) -> Iterator[StoreProblem]:
    taken = backfill.counts.windows_wanted - count
    if taken > 0:
        yield (
            "",
            Problem(
                f"{taken} of its windows were taken over by a later backfill",
                backfill.order.name,
                "Look at that one: `sellerwatch backfills` lists it",
            ),
        )
