"""``sellerwatch evaluate``: judges what is in the warehouse again, without asking Amazon, and delivers what is due."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from sellerwatch.alerts.judging.present import Present, judge_present
from sellerwatch.alerts.readiness import require_channels
from sellerwatch.cli.attempting import attempt, exit_code
from sellerwatch.cli.screen import say, say_error, say_json
from sellerwatch.core.errors import SellerwatchError
from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.workspace import open_workspace


def evaluate(
    store: Annotated[list[str] | None, typer.Option(help="Store to judge; repeat for more. All stores when left out.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure and judge each store's newest night again, if it speaks of the present, and deliver what that changed.

    What keeps one store from being judged keeps no other waiting, nor what is to be told.
    """
    workspace = open_workspace(load_settings())
    stores = store or list(workspace.settings.stores)
    for store_id in stores:
        workspace.settings.store(store_id)
    require_channels(workspace.settings)
    outcomes = [attempt(partial(judge_present, workspace, store_id)) for store_id in stores]
    delivery = attempt(partial(deliver_due, workspace))
    errors = [item for item in (*outcomes, delivery) if isinstance(item, SellerwatchError)]
    judged = [item for item in outcomes if isinstance(item, Present)]
    problems = delivery.problems if isinstance(delivery, DeliveryReport) else ()
    if as_json:
        say_json(
            {
                "stores": [
                    {"store": present.store_id, "as_of": present.as_of and present.as_of.isoformat(), "events": present.events}
                    for present in judged
                ],
                "problems": [*map(str, errors), *problems],
            }
        )
    else:
        for present in judged:
            say(present.words)
        for problem in problems:
            say(problem, style="red")
        for error in errors:
            say_error(error)
    if errors or not (isinstance(delivery, DeliveryReport) and delivery.is_complete):
        raise typer.Exit(exit_code(errors))
