"""``sellerwatch evaluate``: judges what is in the warehouse again, without asking Amazon, and delivers what is due."""

from __future__ import annotations

from typing import Annotated

import typer

from sellerwatch.alerts.judging.present import judge_present
from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import say, say_json
from sellerwatch.delivery.due import deliver_due
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.workspace import open_workspace


def evaluate(
    store: Annotated[list[str] | None, typer.Option(help="Store to judge; repeat for more. All stores when left out.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure and judge each store's newest night again, if it speaks of the present, and deliver what that changed."""
    workspace = open_workspace(load_settings())
    stores = store or list(workspace.settings.stores)
    for store_id in stores:
        workspace.settings.store(store_id)
    judged = [judge_present(workspace, store_id) for store_id in stores]
    delivery = deliver_due(workspace)
    if as_json:
        say_json(
            {
                "stores": [
                    {"store": present.store_id, "as_of": present.as_of and present.as_of.isoformat(), "events": present.events}
                    for present in judged
                ],
                "problems": list(delivery.problems),
            }
        )
    else:
        for present in judged:
            say(present.words)
        for problem in delivery.problems:
            say(problem, style="red")
    if not delivery.is_complete:
        raise typer.Exit(FAILED)
