"""``sellerwatch alerts``: what is open, worst first."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlalchemy import select

from sellerwatch.cli.screen import say, say_json, say_table
from sellerwatch.settings.load import load_settings
from sellerwatch.settings.tiers import depth
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.workspace import Workspace, open_workspace

COLUMNS = ("tier", "status", "store", "marketplace", "rule", "subject", "value", "since", "judged_for")


def alerts(
    store: Annotated[list[str] | None, typer.Option(help="Store to show; repeat for more. All stores when left out.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also show alerts that are over.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the open alerts, worst first."""
    workspace = open_workspace(load_settings())
    stores = store or list(workspace.settings.stores)
    for store_id in stores:
        workspace.settings.store(store_id)
    found = read_alerts(workspace, stores, every=every)
    if as_json:
        say_json({"alerts": found})
    elif found:
        say_table("Alerts", COLUMNS, [[_cell(item[name]) for name in COLUMNS] for item in found])
    else:
        say("No alert is open.")


def read_alerts(workspace: Workspace, stores: list[str], *, every: bool) -> list[dict[str, Any]]:
    """Return the stores' alerts as JSON values, deepest tier first."""
    wanted = select(ALERT).where(ALERT.c.store_id.in_(stores), ALERT.c.status != "inactive")
    if not every:
        wanted = wanted.where(ALERT.c.status.in_(("firing", "recovering")))
    with reading(workspace.engine) as connection:
        rows = connection.execute(wanted).all()
    found = [
        {
            "tier": row.tier,
            "status": row.status,
            "store": row.store_id,
            "marketplace": row.marketplace,
            "rule": row.rule,
            "subject": row.subject,
            "value": row.value,
            "since": row.state["opened_on"],
            "judged_for": row.judged_for.isoformat(),
            "episode": row.episode,
            "stale_since": row.state["stale_since"],
        }
        for row in rows
    ]
    return sorted(found, key=lambda item: (-depth(item["tier"]), item["store"], item["marketplace"], item["subject"]))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if isinstance(value, float) else str(value)
