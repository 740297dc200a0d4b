"""A plan's way into the ledger: every request becomes a window that the backfill wants."""

from __future__ import annotations

from sqlalchemy import Connection

from sellerwatch.warehouse import windows
from sellerwatch.warehouse.planning.plan import Plan


def enter_plan(connection: Connection, plan: Plan, asked_by: str, *, renews: bool = False) -> None:
    """Want every window of the plan for a backfill; those on their way are taken over as they are.

    A night may have finished one of them since the plan was made: it is left so, unless it is one to be asked for again.

    Args:
        connection: an open transaction.
        plan: what is to be asked for.
        asked_by: the name of the backfill.
        renews: whether it was made to ask for finished windows again.
    """
    for is_adopted in (False, True):
        wanted = [(request.window, request.asins) for request in plan.requests if request.is_adopted == is_adopted]
        windows.enter_all_past(connection, wanted, asked_by, renews=renews and not is_adopted)
