"""``sellerwatch housekeeping``: leftovers, the raw store's chain, stuck windows, the database, late feeds, disk and secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import typer

from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import say, say_json
from sellerwatch.delivery.chores import keep_house
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.housekeeping import Weight
from sellerwatch.warehouse.workspace import open_workspace

STYLES: Final[Mapping[Weight, str]] = {"act": "red", "look": "yellow", "done": ""}


def housekeeping(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """See to what nights leave alone, and name what needs a person."""
    findings = keep_house(open_workspace(load_settings()))
    if as_json:
        say_json({"findings": [finding.to_dict() for finding in findings]})
    else:
        for finding in findings:
            say(f"{finding.chore}: {finding}", style=STYLES[finding.weight])
    if any(finding.weight == "act" for finding in findings):
        raise typer.Exit(FAILED)
