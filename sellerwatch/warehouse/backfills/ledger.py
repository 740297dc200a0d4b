"""The ledger of backfills: each has one row, from its plan to its last end, however often it is resumed in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, select, update

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.warehouse.backfills.order import BackfillOrder
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_if_free, alone_with, forget
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.tables.backfills import BACKFILL
from sellerwatch.warehouse.workspace import Workspace

State = Literal["planned", "running", "complete", "incomplete", "cancelled"]
UNDER_WAY: Final = ("planned", "running")
Step = Literal["run", "fetch", "load", "measure", "judge", "deliver", "windows", "documents"]

CUT_SHORT: Final = Problem(
    "its process ended without a word",
    "",
    "Start it again: Retry on the flow run's page, or `sellerwatch backfill --resume`; what was finished is not fetched again",
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a backfill came to, in numbers."""

    windows_wanted: int
    windows_finished: int = 0
    windows_empty: int = 0
    windows_failed: int = 0
    documents: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Backfill:
    """A row of the ledger."""

    order: BackfillOrder
    state: State
    started_at: datetime
    finished_at: datetime | None
    counts: Counts
    rows_before: Mapping[str, int]
    rows_after: Mapping[str, int]
    routes: Sequence[Mapping[str, Any]]
    left_out: Sequence[Mapping[str, Any]]
    problems: Sequence[Mapping[str, str]]
    expected_seconds: int

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        order = self.order
        return {
            "id": order.id,
            "state": self.state,
            "asked_by": order.asked_by,
            "reason": order.reason,
            "source": order.source,
            "stores": list(order.stores),
            "feeds": list(order.feeds),
            "first": str(order.days.first),
            "last": str(order.days.last),
            "mode": order.mode,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "windows": {
                "wanted": self.counts.windows_wanted,
                "finished": self.counts.windows_finished,
                "empty": self.counts.windows_empty,
                "failed": self.counts.windows_failed,
            },
            "documents": self.counts.documents,
            "calls": self.counts.calls,
            "rows_before": dict(self.rows_before),
            "rows_after": dict(self.rows_after),
            "routes": list(self.routes),
            "left_out": list(self.left_out),
            "problems": list(self.problems),
            "expected_seconds": self.expected_seconds,
        }


def enter(connection: Connection, planned: Backfill) -> bool:
    """Enter a planned backfill; return False, and change nothing, where the ledger has it already."""
    order = planned.order
    result = connection.execute(
        insert_if_absent(connection, BACKFILL)
        .values(
            id=order.id,
            asked_by=order.asked_by,
            reason=order.reason,
            source=order.source,
            stores=list(order.stores),
            feeds=list(order.feeds),
            first_day=order.days.first,
            last_day=order.days.last,
            mode=order.mode,
            state=planned.state,
            started_at=planned.started_at,
            windows_wanted=planned.counts.windows_wanted,
            rows_before=dict(planned.rows_before),
            rows_after={},
            routes=list(planned.routes),
            left_out=list(planned.left_out),
            problems=[],
            expected_seconds=planned.expected_seconds,
        )
        .returning(BACKFILL.c.id),
    )
    return result.first() is not None


def find(connection: Connection, order_id: str) -> Backfill | None:
    """Return the backfill, or None where the ledger does not have it."""
    row = connection.execute(select(BACKFILL).where(BACKFILL.c.id == order_id)).first()
    return _backfill(row) if row else None


def read(workspace: Workspace, order_id: str) -> Backfill:
    """Return the backfill.

    Raises:
        ConfigError: the ledger does not have it.
    """
    with reading(workspace.engine) as connection:
        found = find(connection, order_id)
    if found is None:
        raise ConfigError(
            f"no backfill has the id {order_id!r}",
            remedy="`sellerwatch backfills` lists them; an order that was refused is not among them",
        )
    return found


def newest(workspace: Workspace, count: int) -> list[Backfill]:
    """Return the newest backfills, newest first."""
    with reading(workspace.engine) as connection:
        rows = connection.execute(select(BACKFILL).order_by(BACKFILL.c.started_at.desc(), BACKFILL.c.id).limit(count)).all()
    return [_backfill(row) for row in rows]


def save_counts(connection: Connection, order_id: str, counts: Counts, rows_after: Mapping[str, int]) -> None:
    """Note what the backfill has come to so far."""
    _set(
        connection,
        order_id,
        windows_finished=counts.windows_finished,
        windows_empty=counts.windows_empty,
        windows_failed=counts.windows_failed,
        documents=counts.documents,
        calls=counts.calls,
        rows_after=dict(rows_after),
    )


def mark(connection: Connection, order_id: str, state: State, now: datetime) -> None:
    """Note that the backfill is at work, or how it ended."""
    _set(connection, order_id, state=state, finished_at=None if state in UNDER_WAY else now)


def note_problems(connection: Connection, order_id: str, step: Step, problems: Sequence[tuple[str, Problem]]) -> None:
    """Replace what a step said before; each problem comes with its store."""
    row = connection.execute(select(BACKFILL.c.problems).where(BACKFILL.c.id == order_id)).one()
    others = [item for item in row.problems if item["step"] != step]
    new = [
        {"step": step, "store": store, "what": item.what, "where": item.place, "do": item.remedy} for store, item in problems
    ]
    _set(connection, order_id, problems=[*others, *new])


@contextmanager
def at_work_on(workspace: Workspace, order_id: str) -> Iterator[None]:
    """Hold the backfill while it is worked on, and note how the work ended where it is cut short.

    A lock that ends with the process is held, so that anybody can tell a backfill that runs from one whose process was
    killed. What interrupts (Ctrl-C, the signal of a cancelled flow run) leaves it cancelled, an error incomplete.
    """
    with alone_with(workspace.engine, lock_name(order_id)):
        with writing(workspace.engine) as connection:
            note_problems(connection, order_id, "run", [])
            mark(connection, order_id, "running", workspace.clock.now())
        try:
            yield
        except Exception as error:
            with writing(workspace.engine) as connection:
                note_problems(connection, order_id, "run", [("", Problem(str(error) or type(error).__name__, "", ""))])
            _mark_now(workspace, order_id, "incomplete")
            raise
        except BaseException:
            _mark_now(workspace, order_id, "cancelled")
            raise
        finally:
            forget(workspace.engine, lock_name(order_id))


def cancel(workspace: Workspace, order_id: str) -> None:
    """Note that the backfill was cancelled from outside, where its own process had no time left to do it."""
    with writing(workspace.engine) as connection:
        found = find(connection, order_id)
        if found is not None and found.state in UNDER_WAY:
            mark(connection, order_id, "cancelled", workspace.clock.now())


def close_abandoned(workspace: Workspace) -> list[str]:
    """Close the backfills whose process was killed, and return their ids: they say they run, and nobody holds them."""
    with reading(workspace.engine) as connection:
        ids = list(connection.execute(select(BACKFILL.c.id).where(BACKFILL.c.state.in_(UNDER_WAY))).scalars())
    return [order_id for order_id in ids if _close_if_abandoned(workspace, order_id)]


def _close_if_abandoned(workspace: Workspace, order_id: str) -> bool:
    with alone_if_free(workspace.engine, lock_name(order_id)) as is_free:
        if not is_free:
            return False
        with writing(workspace.engine) as connection:
            note_problems(connection, order_id, "run", [("", CUT_SHORT)])
            mark(connection, order_id, "incomplete", workspace.clock.now())
        forget(workspace.engine, lock_name(order_id))
    return True


def lock_name(order_id: str) -> str:
    """Return the name of the lock that is held while the backfill is worked on."""
    return f"backfill-{order_id}"


def _mark_now(workspace: Workspace, order_id: str, state: State) -> None:
    with writing(workspace.engine) as connection:
        mark(connection, order_id, state, workspace.clock.now())


def _set(connection: Connection, order_id: str, **values: object) -> None:
    connection.execute(update(BACKFILL).where(BACKFILL.c.id == order_id).values(**values))


def _backfill(row: Row[Any]) -> Backfill:
    order = BackfillOrder(
        id=row.id,
        stores=tuple(row.stores),
        feeds=tuple(row.feeds),
        days=Days(row.first_day, row.last_day),
        mode=row.mode,
        reason=row.reason,
        asked_by=row.asked_by,
        source=row.source,
    )
    return Backfill(
        order=order,
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        counts=Counts(
            row.windows_wanted, row.windows_finished, row.windows_empty, row.windows_failed, row.documents, row.calls
        ),
        rows_before=row.rows_before,
        rows_after=row.rows_after,
        routes=row.routes,
        left_out=row.left_out,
        problems=row.problems,
        expected_seconds=row.expected_seconds,
    )
