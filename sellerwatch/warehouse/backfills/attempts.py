"""Taking a step of a backfill for one store after the other: what stops one of them stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from sellerwatch.core.errors import SellerwatchError
from sellerwatch.warehouse.backfills import ledger
from sellerwatch.warehouse.backfills.ledger import Step
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.workspace import Workspace

StoreProblem: TypeAlias = tuple[str, Problem]
"""The store, and what went wrong with it."""


def for_each_store(workspace: Workspace, order_id: str, step: Step, take: Callable[[str], object]) -> list[StoreProblem]:
    """Take the step for each store of the backfill; note in the ledger, and return, what stopped it where."""
    stores = ledger.read(workspace, order_id).order.stores
    return noted(workspace, order_id, step, [problem for store_id in stores for problem in _attempted(take, store_id)])


def noted(workspace: Workspace, order_id: str, step: Step, problems: Iterable[StoreProblem]) -> list[StoreProblem]:
    """Note what went wrong in a step in the place of what it said before, and return it."""
    found = list(problems)
    with writing(workspace.engine) as connection:
        ledger.note_problems(connection, order_id, step, found)
    return found


def _attempted(take: Callable[[str], object], store_id: str) -> list[StoreProblem]:
    try:
        take(store_id)
    except SellerwatchError as error:
        return [(store_id, Problem.of(error, place=f"store {store_id}"))]
    return []
