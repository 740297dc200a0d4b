"""The plan of a backfill, entered into both ledgers in one step: what it will ask for, and that it will."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from sellerwatch.warehouse.backfills import ledger
from sellerwatch.warehouse.backfills.ledger import Backfill, Counts
from sellerwatch.warehouse.backfills.order import BackfillOrder
from sellerwatch.warehouse.backfills.rows import count_rows
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.planning.entering import enter_plan
from sellerwatch.warehouse.planning.history import plan_history
from sellerwatch.warehouse.planning.plan import Plan
from sellerwatch.warehouse.workspace import Workspace

NOTHING_ASKED: Final[dict[str, Any]] = {"requests": 0, "calls": {}, "seconds": 0.0, "routes": [], "left_out": []}
"""The plan of a backfill that only reads documents again."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A plan as it is shown, and the reports that it fills tables of."""

    requests: int
    seconds: float
    calls: dict[str, int]
    routes: list[dict[str, Any]]
    left_out: list[dict[str, Any]]
    reports: tuple[str, ...]


def outline_of(workspace: Workspace, order: BackfillOrder) -> Outline:
    """Return what the order would ask Amazon for, and write nothing."""
    plan = _plan(workspace, order)
    return _outline(order, plan)


def enter_order(workspace: Workspace, order: BackfillOrder) -> Backfill:
    """Plan the order and enter it, its windows in the same transaction; one that the ledger has already is resumed as it is.

    What was planned is planned once: another plan for the same order could ask again for what was finished meanwhile.

    Raises:
        ConfigError: something is wrong with the plan's configuration.
    """
    with reading(workspace.engine) as connection:
        known = ledger.find(connection, order.id)
    if known is not None:
        return known
    plan = _plan(workspace, order)
    outline = _outline(order, plan)
    with reading(workspace.engine) as connection:
        rows = count_rows(connection, workspace.settings, order.stores, outline.reports, order.days)
    with writing(workspace.engine) as connection:
        planned = Backfill(
            order=order,
            state="planned",
            started_at=workspace.clock.now(),
            finished_at=None,
            counts=Counts(outline.requests),
            rows_before=rows,
            rows_after={},
            routes=outline.routes,
            left_out=outline.left_out,
            problems=(),
            expected_seconds=math.ceil(outline.seconds),
        )
        if ledger.enter(connection, planned) and plan is not None:
            enter_plan(connection, plan, order.name, renews=order.mode == "again")
    return ledger.read(workspace, order.id)


def _plan(workspace: Workspace, order: BackfillOrder) -> Plan | None:
    """Return what Amazon is to be asked for; nothing, where documents are only read again."""
    if order.mode == "reparse":
        return None
    return plan_history(workspace, order.stores, order.feeds, order.days, mode=order.mode)


def _outline(order: BackfillOrder, plan: Plan | None) -> Outline:
    told = NOTHING_ASKED if plan is None else plan.to_dict()
    asked = () if plan is None else tuple(request.window.report for request in plan.requests)
    return Outline(
        requests=told["requests"],
        seconds=told["seconds"],
        calls=told["calls"],
        routes=told["routes"],
        left_out=told["left_out"],
        reports=tuple(dict.fromkeys((*order.feeds, *asked))),
    )
