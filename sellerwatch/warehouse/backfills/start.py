"""From a person's words to an order in the ledger: refused with everything that is wrong, or planned and entered."""

from __future__ import annotations

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.backfills.ledger import Backfill, close_abandoned, read
from sellerwatch.warehouse.backfills.order import OrderSource, Wording, check_order, order_of
from sellerwatch.warehouse.backfills.outline import enter_order
from sellerwatch.warehouse.workspace import Workspace


def why_refused(workspace: Workspace, wording: Wording) -> str:
    """Return everything that is wrong with the words, for a person to correct; nothing where they are an order."""
    try:
        order_of(workspace.settings, wording, order_id="", source="prefect", now=workspace.clock.now())
    except ConfigError as error:
        return str(error)
    return ""


def start(workspace: Workspace, wording: Wording, *, order_id: str, source: OrderSource) -> Backfill:
    """Plan what the words order and enter it; the same id again resumes what was planned then.

    Backfills whose process was killed are closed before, so that the ledger says of none of them that it runs.

    Raises:
        ConfigError: something is wrong with the words.
    """
    order = order_of(workspace.settings, wording, order_id=order_id, source=source, now=workspace.clock.now())
    close_abandoned(workspace)
    return enter_order(workspace, order)


def resume(workspace: Workspace, order_id: str) -> Backfill:
    """Return a backfill of the ledger to be worked on again.

    Raises:
        ConfigError: the ledger does not have it, or what it orders is not configured any more.
    """
    close_abandoned(workspace)
    known = read(workspace, order_id)
    check_order(workspace.settings, known.order, workspace.clock.now())
    return known
