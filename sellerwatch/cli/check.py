"""``sellerwatch check``: the data checks over all that the warehouse holds."""

from __future__ import annotations

from typing import Annotated

import typer

from sellerwatch.briefs.check_lines import count_words, failure_words, to_dict
from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import say, say_json
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.checks.results import counted
from sellerwatch.warehouse.checks.run import check_everything
from sellerwatch.warehouse.pull import local_today
from sellerwatch.warehouse.workspace import open_workspace


def check(
    store: Annotated[list[str] | None, typer.Option(help="Store to check; repeat for more. All stores when left out.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Data check to run; repeat for more. All when left out.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare all loaded days with each other, not only those of the last night; nothing is stored and nobody is told."""
    workspace = open_workspace(load_settings())
    stores = store or list(workspace.settings.stores)
    found = {name: check_everything(workspace, name, local_today(workspace, name), only=only or ()) for name in stores}
    if as_json:
        say_json({"stores": [{"store": name, "checks": [to_dict(item) for item in items]} for name, items in found.items()]})
    else:
        for name, items in found.items():
            say(f"{name}: {count_words(counted(items))}", style="bold")
            for item in items:
                if item.status == "fail":
                    say(f"  {failure_words(item)}", style="red")
    if any(item.status == "fail" for items in found.values() for item in items):
        raise typer.Exit(FAILED)
