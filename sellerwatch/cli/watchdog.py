"""``sellerwatch watchdog``: tells when a store's night does not run or a feed does not come; for a scheduler beside Prefect."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from sellerwatch.alerts.judging.watchdog import Look, watch
from sellerwatch.alerts.readiness import require_watchers_channels
from sellerwatch.cli.attempting import attempt, exit_code
from sellerwatch.cli.screen import say, say_error, say_json
from sellerwatch.core.errors import SellerwatchError
from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.workspace import open_workspace


def watchdog(
    store: Annotated[
        list[str] | None, typer.Option(help="Store to look at; repeat for more. All stores when left out.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look whether every store's night ran in time and its feeds came, and tell what did not. It asks neither Amazon nor Prefect."""
    workspace = open_workspace(load_settings())
    stores = store or list(workspace.settings.stores)
    for store_id in stores:
        workspace.settings.store(store_id)
    require_watchers_channels(workspace.settings)
    looks = [attempt(partial(watch, workspace, store_id)) for store_id in stores]
    delivery = attempt(partial(deliver_due, workspace))
    errors = [item for item in (*looks, delivery) if isinstance(item, SellerwatchError)]
    found = [item for item in looks if isinstance(item, Look)]
    if as_json:
        say_json({"stores": [look.to_dict() for look in found], "errors": [str(error) for error in errors]})
    else:
        for look in found:
            say(str(look), style="" if look.is_well else "red")
        for error in errors:
            say_error(error)
    is_told = isinstance(delivery, DeliveryReport) and delivery.is_complete
    if errors or not is_told or not all(look.is_well for look in found):
        raise typer.Exit(exit_code(errors))
