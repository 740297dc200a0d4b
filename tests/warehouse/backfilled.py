"""A backfill on each database in turn, with an Amazon of the test's own behind the pull."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sellerwatch.core.errors import RetryableError
from sellerwatch.core.periods import Days
from sellerwatch.rawstore.manifest import Received
from sellerwatch.warehouse import documents, windows
from sellerwatch.warehouse.backfills.fetching import fetch
from sellerwatch.warehouse.backfills.ledger import read
from sellerwatch.warehouse.backfills.loading import load_documents
from sellerwatch.warehouse.backfills.order import BackfillOrder
from sellerwatch.warehouse.backfills.outline import enter_order
from sellerwatch.warehouse.backfills.result import conclude
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.pull import PullReport
from sellerwatch.warehouse.workspace import Workspace
from tests.warehouse.shelf import flat, order

OCTOBER = Days(date(2026, 10, 1), date(2026, 10, 31))
NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)


def an_order(**changes):
    values = {
        "id": "b1",
        "stores": ("cascade",),
        "feeds": ("orders_by_date",),
        "days": OCTOBER,
        "mode": "gaps",
        "reason": "the October review lacks a week",
        "asked_by": "Ada",
        "source": "cli",
    }
    return BackfillOrder(**(values | changes))


def october_order(number, day, sku="A"):
    return order(number, sku) | {"purchase-date": f"2026-10-{day:02}T18:00:00+00:00"}


@dataclass
class Amazon:
    """Answers every window with a document of its own, unless it was told otherwise."""

    answers: dict[str, object] = field(default_factory=dict)
    """By store: an error that the pull of the store ends with."""
    bodies: dict[str, bytes | None] = field(default_factory=dict)
    """By window: its document, or None where Amazon has nothing."""
    refused: set[str] = field(default_factory=set)
    """Windows that are not there this time."""
    asked: list[str] = field(default_factory=list)

    def pull_past(self, workspace, store_id, asked_by, *, progress, meanwhile):
        problem = self.answers.get(store_id)
        if problem is not None:
            raise problem
        with reading(workspace.engine) as connection:
            rows = windows.windows_asked_by(connection, store_id, asked_by)
        problems = [self._answer(workspace, row.window) for row in rows if not row.is_finished]
        progress(len(rows), len(rows), "the last one")
        while meanwhile(datetime.max.replace(tzinfo=UTC)):
            pass
        return PullReport(len(rows), len(rows), tuple(filter(None, problems)))

    def _answer(self, workspace, window):
        self.asked.append(window.id)
        if window.id in self.refused:
            return Problem.of(RetryableError("Amazon has not finished the report"), place=window.id)
        body = self.bodies.get(window.id, flat("orders_by_date", october_order(window.id, window.days.first.day)))
        with writing(workspace.engine) as connection:
            if body is None:
                windows.mark_finished(connection, window, "empty", workspace.clock.now())
                return None
            entry = workspace.raw.put_bytes(body, received(window, workspace.clock.now()))
            documents.enter(connection, window, entry, error=None)
            windows.mark_finished(connection, window, "done", workspace.clock.now())
        return None


def received(window, now):
    return Received(
        store=window.store_id,
        marketplace=window.marketplace,
        report=window.report,
        first_day=str(window.days.first),
        last_day=str(window.days.last),
        report_id=f"{window.id} {now.isoformat()}",
        content_type="text/plain;charset=UTF-8",
        compression="",
        received_at=now.isoformat(),
        observed_at=now.isoformat(),
    )


@dataclass
class Backfilling:
    """The steps of a backfill, as the flow and the command take them."""

    workspace: Workspace
    amazon: Amazon

    def enter(self, **changes):
        return enter_order(self.workspace, an_order(**changes))

    def run(self, order_id="b1"):
        """Fetch, load and count."""
        heard = []
        fetch(self.workspace, order_id, progress=lambda *told: heard.append(told))
        load_documents(self.workspace, order_id)
        return conclude(self.workspace, order_id)

    def read(self, order_id="b1"):
        return read(self.workspace, order_id)
