"""``sellerwatch intraday``: what Amazon says is in stock in this hour, and what changed since the look before and the night."""

from __future__ import annotations

from typing import Annotated

import typer

from sellerwatch.briefs.stock_words import look_lines
from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import say, say_json
from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.intraday import REPORT, StockLook, look_at_stock
from sellerwatch.warehouse.workspace import open_workspace


def intraday(
    store: Annotated[
        list[str] | None,
        typer.Option(help="Store to look at; repeat for more. All that pull the stock when left out."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at the FBA stock of this hour; again in the same hour: resume what is missing, and otherwise tell the same."""
    settings = load_settings()
    stores = store or [store_id for store_id in settings.stores if REPORT in settings.reports_of(store_id)]
    if not stores:
        raise ConfigError(
            f"no store pulls {REPORT}",
            where=str(settings.config_folder / "stores.yaml"),
            remedy=f"Add {REPORT} to reports.yaml, or to a store's reports",
        )
    workspace = open_workspace(settings)
    looks = [look_at_stock(workspace, store_id) for store_id in stores]
    if as_json:
        say_json({"looks": [look.to_dict() for look in looks]})
    else:
        for look in looks:
            _say_look(look)
    if any(look.problems for look in looks):
        raise typer.Exit(FAILED)


def _say_look(look: StockLook) -> None:
    say(f"{look.store_id} {look.hour}", style="bold")
    for line in look_lines(look):
        say(f"  {line}", style="red" if line.startswith("problem") else "")
