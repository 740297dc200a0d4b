"""Fetching what a backfill wants: all its stores side by side, so that none waits for another's turn at Amazon."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from sellerwatch.core.errors import SellerwatchError
from sellerwatch.warehouse import pull
from sellerwatch.warehouse.backfills import ledger
from sellerwatch.warehouse.backfills.attempts import StoreProblem, noted
from sellerwatch.warehouse.engine import open_engine, reading
from sellerwatch.warehouse.load import load_some
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.pull import Progress
from sellerwatch.warehouse.windows import windows_asked_by
from sellerwatch.warehouse.workspace import Workspace

LOOK_SECONDS: Final = 2.0
"""So often the stores' progress is looked at and told; often enough to be cancelled at once, seldom enough to be no load."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Heard:
    """How far a store has come, as it says itself."""

    done: int
    total: int
    text: str = ""

    def __call__(self, done: int, total: int, text: str) -> None:
        self.done, self.total, self.text = done, total, text


class _StorePull(threading.Thread):
    """One store's pull in a thread of its own, which does not keep a process alive that is told to end.

    It may die in the middle: what it has done is committed step by step, and the next run goes on from there.
    """

    def __init__(self, workspace: Workspace, store_id: str, asked_by: str, heard: _Heard) -> None:
        super().__init__(name=f"pull {store_id}", daemon=True)
        self.store_id = store_id
        self.heard = heard
        self.problems: tuple[Problem, ...] = ()
        self._workspace = workspace
        self._asked_by = asked_by

    def run(self) -> None:
        """Pull, and keep what went wrong: one store's failure does not stop the others."""
        try:
            self.problems = _pull(self._workspace, self.store_id, self._asked_by, self.heard)
        except SellerwatchError as error:
            self.problems = (Problem.of(error, place=f"store {self.store_id}"),)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one store is told, and is no reason to leave the others
            _log.exception("the pull of store %s failed", self.store_id)
            self.problems = (
                Problem(
                    f"the pull failed: {type(error).__name__}",
                    f"store {self.store_id}",
                    "Report it as a fault of sellerwatch, with the log",
                ),
            )


def fetch(workspace: Workspace, order_id: str, *, progress: Progress) -> list[StoreProblem]:
    """Pull every window that the backfill wants and that is not finished; note and return what went wrong, store by store."""
    order = ledger.read(workspace, order_id).order
    stores = () if order.mode == "reparse" else order.stores
    pulls = [_StorePull(workspace, store_id, order.name, _standing(workspace, store_id, order.name)) for store_id in stores]
    for one in pulls:
        one.start()
    for one in pulls:
        while one.is_alive():
            one.join(LOOK_SECONDS)
            _tell(pulls, progress)
    return noted(workspace, order_id, "fetch", [(one.store_id, problem) for one in pulls for problem in one.problems])


def _pull(workspace: Workspace, store_id: str, asked_by: str, progress: Progress) -> tuple[Problem, ...]:
    """Pull with an engine of the store's own: many stores at once would wait for each other's connections."""
    engine = open_engine(workspace.engine.url.render_as_string(hide_password=False))
    own = replace(workspace, engine=engine)
    try:
        return pull.pull_past(own, store_id, asked_by, progress=progress, meanwhile=partial(load_some, own, store_id)).problems
    finally:
        engine.dispose()


def _standing(workspace: Workspace, store_id: str, asked_by: str) -> _Heard:
    with reading(workspace.engine) as connection:
        rows = windows_asked_by(connection, store_id, asked_by)
    return _Heard(sum(row.is_finished for row in rows), len(rows))


def _tell(pulls: Sequence[_StorePull], progress: Progress) -> None:
    heard = [one.heard for one in pulls]
    at_work = [f"{one.store_id} {one.heard.done}/{one.heard.total}" for one in pulls]
    progress(sum(item.done for item in heard), sum(item.total for item in heard), ", ".join(at_work))
