"""``sellerwatch tick``: what time alone changes for alerts, and every message that is due."""

from __future__ import annotations

from typing import Annotated

import typer

from sellerwatch.alerts.ticking import advance
from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import say, say_json
from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.whispering import WebWhisper
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.workspace import open_workspace


def tick(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Let reminders, calls of the chain and ends of snoozes happen that are due in any store, and send what is due."""
    workspace = open_workspace(load_settings())
    ticked = advance(workspace, WebWhisper(workspace.settings))
    sent = deliver_due(workspace)
    if as_json:
        presses = {"done": ticked.presses.done, "refused": ticked.presses.refused}
        delivered = {"posts": sent.posts, "updates": sent.updates, "replies": sent.replies, "pending": sent.pending}
        say_json(
            {
                "presses": presses,
                "changes": ticked.changes,
                "delivered": delivered,
                "problems": [*ticked.problems, *sent.problems],
            }
        )
    else:
        say(f"presses caught up: {ticked.presses.done + ticked.presses.refused}; changed by time alone: {ticked.changes}")
        say(f"sent: {sent.posts} posts, {sent.updates} updates, {sent.replies} replies; overdue: {sent.pending}")
        for problem in (*ticked.problems, *sent.problems):
            say(problem, style="red")
    if ticked.problems or not sent.is_complete:
        raise typer.Exit(FAILED)
