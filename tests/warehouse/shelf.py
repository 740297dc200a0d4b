"""A warehouse into which a test lays documents of its own, in whatever order it likes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from sellerwatch.core.periods import Days
from sellerwatch.rawstore.manifest import Received
from sellerwatch.reports.registry import REPORTS
from sellerwatch.warehouse import documents, windows
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.load import load_night
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, SKIPPED_RECORD
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import Workspace
from tests.conftest import NIGHT

STORE = "cascade"
MORNING = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
PROVENANCE = {"store_id", "marketplace", "document_id", "line", "observed_at"}


def flat(report, *records, without=()):
    """Return a flat file: each record is a mapping of Amazon's headers to cells; what is not given is blank."""
    (table,) = REPORTS[report].tables
    headers = [column.header for column in table.document_columns if column.header not in without]
    lines = [headers, *([record.get(header, "") for header in headers] for record in records)]
    return "".join("\t".join(cells) + "\n" for cells in lines).encode()


def order(number, sku="A", *, units="1", price="10.00", day=16, status="Shipped"):
    return {
        "amazon-order-id": number,
        "purchase-date": f"2026-11-{day:02}T18:00:00+00:00",
        "last-updated-date": "2026-11-17T01:00:00+00:00",
        "order-status": status,
        "sku": sku,
        "quantity": units,
        "currency": "USD",
        "item-price": price,
    }


def stock(sku, units="5"):
    return {"sku": sku, "afn-fulfillable-quantity": units}


@dataclass
class Shelf:
    workspace: Workspace

    @property
    def engine(self) -> Engine:
        return self.workspace.engine

    def put(self, report, body, *, days=None, hours=0.0, as_of=NIGHT, error=None):
        """Lay down a document that Amazon made ``hours`` after the morning; return its window."""
        days = days or Days(as_of, as_of)
        window = Window(STORE, "US", report, days)
        observed = MORNING + timedelta(hours=hours)
        received = Received(
            store=STORE,
            marketplace="US",
            report=report,
            first_day=str(days.first),
            last_day=str(days.last),
            report_id=f"{report} {days} {hours}",
            content_type="text/plain;charset=UTF-8",
            compression="",
            received_at=(observed + timedelta(minutes=1)).isoformat(),
            observed_at=observed.isoformat(),
        )
        entry = self.workspace.raw.put_bytes(body, received)
        with writing(self.engine) as connection:
            windows.enter(connection, window, as_of)
            documents.enter(connection, window, entry, error=error)
            windows.mark_finished(connection, window, "done", observed)
        return window

    def load(self, as_of=NIGHT):
        return load_night(self.workspace, STORE, as_of)

    def facts(self, name, *columns):
        """Return the table's rows, whole or some columns, in the order of its key."""
        table = FACTS[name]
        chosen = [table.c[column] for column in columns] or [column for column in table.c if column.name not in PROVENANCE]
        with reading(self.engine) as connection:
            rows = connection.execute(select(*chosen).order_by(*table.primary_key.columns)).all()
        return [tuple(row) for row in rows]

    def documents(self):
        with reading(self.engine) as connection:
            return connection.execute(select(DOCUMENT).order_by(DOCUMENT.c.id)).all()

    def skipped(self):
        with reading(self.engine) as connection:
            return connection.execute(select(SKIPPED_RECORD).order_by(SKIPPED_RECORD.c.line)).all()

    def window(self, window):
        with reading(self.engine) as connection:
            return windows.read_window(connection, window)
