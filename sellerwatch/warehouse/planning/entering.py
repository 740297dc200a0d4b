"""A plan's way into the ledger: every request becomes a window that the backfill wants."""

from __future__ import annotations

from sqlalchemy import Connection

from sellerwatch.warehouse import windows
from sellerwatch.warehouse.planning.plan import Plan


def enter_plan(connection: Connection, plan: Plan, asked_by: str) -> None:
    """Want every window of the plan for a backfill; those on their way are taken over as they are.

    Args:
        connection: an open transaction.
        plan: what is to be asked for.
        asked_by: the name of the backfill.
    """
    windows.enter_all_past(connection, ((request.window, request.asins) for request in plan.requests), asked_by)
