"""Doing the past again in a new warehouse, night by night: documents are loaded and measured in the order in which they were.

Nothing is judged and nobody is told; the network is not there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine, Select, func, select

from sellerwatch.core.errors import PermanentError
from sellerwatch.core.ids import fingerprint
from sellerwatch.metrics.history import measure_history
from sellerwatch.metrics.measure import measure_night
from sellerwatch.rawstore.store import RawStore
from sellerwatch.warehouse import user_import
from sellerwatch.warehouse.checks.run import check_night
from sellerwatch.warehouse.engine import place_of, reading, writing
from sellerwatch.warehouse.load import load_waiting
from sellerwatch.warehouse.rebuild.entering import Entering
from sellerwatch.warehouse.rebuild.past import Event, FileBrought, Night, Past
from sellerwatch.warehouse.rebuild.target import note_done, steps_done
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the new warehouse holds.

    Attributes:
        documents: documents that are loaded.
        nights: nights that were measured.
        facts: rows of all fact tables.
        metrics: measured values.
        set_aside: documents that could not be used, with the reason, as (document, reason).
        problems: imports that could not be done again.
    """

    documents: int
    nights: int
    facts: int
    metrics: int
    set_aside: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Then:
    """A clock that stands where a night was decided."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Wait for nothing: there is nobody to wait for."""


def rebuild(workspace: Workspace, target: Engine, past: Past, *, heard: Callable[[int, int, str], None]) -> Rebuilt:
    """Fill the target from the raw store; what an earlier run has done of it is not done again.

    Args:
        workspace: configuration and raw store; its warehouse is left alone.
        target: the new warehouse, tables ready.
        past: what is to be done again.
        heard: is told how far it has come.
    """
    ours = workspace_on(workspace, target)
    entering, done = Entering(past, ours.raw), steps_done(target)
    problems = []
    for number, event in enumerate(past.events):
        heard(number, len(past.events), event.name)
        if event.name not in done:
            problems += do_again(ours, entering, event)
    heard(len(past.events), len(past.events), "what came since")
    _finish(ours, entering)
    shutil.rmtree(ours.raw.workbenches, ignore_errors=True)
    return _sum_up(target, problems)


def workspace_on(workspace: Workspace, target: Engine) -> Workspace:
    """Return the workspace with the new warehouse, and with a workbench of its own.

    That of a store belongs to whoever loads into the present warehouse.
    """
    benches = workspace.raw.folder / "workbench" / f"rebuild-{fingerprint(place_of(target))[:12]}"
    return replace(workspace, engine=target, raw=RawStore(workspace.raw.folder, workbenches=benches))


def do_again(workspace: Workspace, entering: Entering, event: Event) -> list[str]:
    """Bring the new warehouse to where the old one was after the event."""
    then = replace(workspace, clock=Then(event.decided_at if isinstance(event, Night) else event.at))
    enter_until(then, entering, event.at)
    try:
        if isinstance(event, FileBrought):
            with writing(then.engine) as connection:
                user_import.import_entry(then, connection, event.entry)
                note_done(connection, event.name)
            return []
        if isinstance(event, Night):
            _night_again(then, entering, event)
        else:
            for store_id in event.stores:
                if store_id in then.settings.stores:
                    load_waiting(then, store_id)
                    measure_history(then, store_id, event.days)
    except PermanentError as error:
        if not isinstance(event, FileBrought):
            raise
        return [f"{event.name}: {error}"]
    with writing(then.engine) as connection:
        note_done(connection, event.name)
    return []


def _night_again(workspace: Workspace, entering: Entering, night: Night) -> None:
    with writing(workspace.engine) as connection:
        entering.enter_night(connection, night)
    load_waiting(workspace, night.store_id)
    check_night(workspace, night.store_id, night.as_of)
    measure_night(workspace, night.store_id, night.as_of)


def enter_until(workspace: Workspace, entering: Entering, moment: datetime | None) -> None:
    """Enter the documents that were received until the moment, or all that are left."""
    for lines in entering.up_to(moment):
        with writing(workspace.engine) as connection:
            entering.enter(connection, lines)


def _finish(workspace: Workspace, entering: Entering) -> None:
    """Load what came after the last night, and leave the ledger as the present one is."""
    enter_until(workspace, entering, None)
    for store_id in workspace.settings.stores:
        load_waiting(workspace, store_id)
    with writing(workspace.engine) as connection:
        entering.enter_ledger(connection)


def _sum_up(target: Engine, problems: Sequence[str]) -> Rebuilt:
    with reading(target) as connection:
        set_aside = connection.execute(
            select(DOCUMENT.c.id, DOCUMENT.c.error).where(DOCUMENT.c.state == "quarantined").order_by(DOCUMENT.c.id),
        )
        return Rebuilt(
            documents=_count(connection, select(func.count()).where(DOCUMENT.c.state == "loaded")),
            nights=_count(connection, select(func.count()).select_from(NIGHT)),
            facts=sum(_count(connection, select(func.count()).select_from(table)) for table in FACTS.values()),
            metrics=_count(connection, select(func.count()).select_from(METRIC_VALUE)),
            set_aside=tuple((row.id, row.error) for row in set_aside),
            problems=tuple(problems),
        )


def _count(connection: Connection, counting: Select[int]) -> int:
    return connection.execute(counting).scalar_one()
