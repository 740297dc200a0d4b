"""``sellerwatch backfills``: who fetched which history, why, and what came of it."""

from __future__ import annotations

from typing import Annotated

import typer

from sellerwatch.briefs.backfill_report import problem_words
from sellerwatch.cli.screen import say, say_json, say_table
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.backfills.ledger import Backfill, close_abandoned, newest
from sellerwatch.warehouse.workspace import open_workspace

COLUMNS = ("id", "started", "who", "days", "stores", "feeds", "mode", "state", "reports", "missing", "rows", "why")


def backfills(
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest to show.")] = 20,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the newest backfills; one whose process was killed is closed here as incomplete, and can be resumed."""
    workspace = open_workspace(load_settings())
    close_abandoned(workspace)
    found = newest(workspace, limit)
    if as_json:
        say_json({"backfills": [item.to_dict() for item in found]})
        return
    if not found:
        say("no backfill was run yet")
        return
    say_table("Backfills", COLUMNS, [_row(item) for item in found])
    for item in found:
        for line in problem_words(item):
            say(f"  {item.order.id}: {line}", style="red")


def _row(item: Backfill) -> tuple[str, ...]:
    order, counts = item.order, item.counts
    gained = sum(item.rows_after.values()) - sum(item.rows_before.values()) if item.rows_after else 0
    return (
        order.id,
        f"{item.started_at:%Y-%m-%d %H:%M}",
        order.asked_by,
        f"{order.days.first} to {order.days.last}",
        ", ".join(order.stores),
        ", ".join(order.feeds) if len(order.feeds) <= 3 else f"{len(order.feeds)} feeds",  # noqa: PLR2004 - as many as fit
        order.mode,
        item.state,
        f"{counts.windows_wanted:,}",
        f"{counts.windows_failed:,}",
        f"{gained:+,}",
        order.reason,
    )
