"""The product's own way from a document in the raw store to committed rows, and what must lie ready before it is measured."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, insert

from benchmarks.reference import DOCUMENT, PLACE, STORE
from sellerwatch.core.clock import Clock
from sellerwatch.core.periods import Days
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.store import GZIP, RawStore
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse import documents
from sellerwatch.warehouse.engine import open_engine, writing
from sellerwatch.warehouse.load import load_night
from sellerwatch.warehouse.schema import bring_up_to_date
from sellerwatch.warehouse.tables.ledger import DOCUMENT as DOCUMENTS
from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import Workspace

NIGHT = date(2026, 11, 21)
_DAYS = Days(date(2026, 10, 20), date(2026, 11, 20))
_MADE = datetime(2026, 11, 21, 12, tzinfo=UTC)
_NO_SETTINGS, _NO_CLOCK = cast("Settings", None), cast("Clock", None)
"""Loading asks for neither."""


def workspace_at(url: str, folder: Path) -> Workspace:
    """Open a warehouse with a raw store in ``folder``; its tables are made where they are missing."""
    engine = open_engine(url)
    bring_up_to_date(engine)
    return Workspace(_NO_SETTINGS, engine, RawStore(folder / "raw"), _NO_CLOCK)


def lay_down(workspace: Workspace, body: bytes, *, number: int) -> None:
    """Receive a compressed orders document, made so many seconds after the first."""
    made = _MADE + timedelta(seconds=number)
    window = Window(STORE, PLACE, "all_orders", _DAYS)
    received = Received(
        store=STORE,
        marketplace=PLACE,
        report="all_orders",
        first_day=str(_DAYS.first),
        last_day=str(_DAYS.last),
        report_id=str(number),
        content_type="text/plain;charset=UTF-8",
        compression=GZIP,
        received_at=made.isoformat(),
        observed_at=made.isoformat(),
    )
    entry = workspace.raw.put_bytes(body, received)
    with writing(workspace.engine) as connection:
        if not number:
            _open_window(connection, window)
        documents.enter(connection, window, entry, error=None)


def load(workspace: Workspace) -> None:
    """Load what waits.

    Raises:
        RuntimeError: a document or a record was set aside: then nothing was measured.
    """
    report = load_night(workspace, STORE, NIGHT)
    if report.quarantined or report.skipped or not report.documents:
        message = f"not everything was loaded: {report}"
        raise RuntimeError(message)


def let_reference_write(workspace: Workspace) -> None:
    """Enter the document that the reference pipelines say their rows come from; PostgreSQL insists on it."""
    window = Window(STORE, PLACE, "all_orders", _DAYS)
    with writing(workspace.engine) as connection:
        _open_window(connection, window)
        connection.execute(
            insert(DOCUMENTS).values(
                id=DOCUMENT,
                window_id=window.id,
                version=1,
                sha256="",
                byte_count=0,
                state="loaded",
                row_count=0,
                skipped_count=0,
                notes=[],
                observed_at=_MADE,
                received_at=_MADE,
                manifest_number=0,
            ),
        )


def _open_window(connection: Connection, window: Window) -> None:
    connection.execute(
        insert(WINDOW).values(
            id=window.id,
            store_id=window.store_id,
            marketplace=window.marketplace,
            report=window.report,
            first_day=window.days.first,
            last_day=window.days.last,
            wanted_for=NIGHT,
            state="done",
            cancellations=0,
        ),
    )
