"""``sellerwatch status``: what ran, what is missing, how old the data is, and whether it holds together."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from sellerwatch.briefs.calendar_lines import calendar_lines, calls_words
from sellerwatch.briefs.check_lines import count_words, failure_words, story_words
from sellerwatch.briefs.pipeline_status import StoreStatus, read_status
from sellerwatch.briefs.window_calendar import DAYS_SHOWN
from sellerwatch.cli.screen import say, say_json, say_pieces, say_table
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.checks.results import counted
from sellerwatch.warehouse.workspace import open_workspace

MOST_DAYS = 730


def status(
    store: Annotated[list[str] | None, typer.Option(help="Store to show; repeat for more. All stores when left out.")] = None,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Days that the calendar shows.")] = DAYS_SHOWN,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the last night, the age of each feed, a calendar of what is there, unfinished windows, data checks and messages."""
    workspace = open_workspace(load_settings())
    stores = store or list(workspace.settings.stores)
    found = [read_status(workspace, store_id, days=days) for store_id in stores]
    if as_json:
        say_json({"stores": [item.to_dict() for item in found]})
        return
    for item in found:
        _say_store(item)


def _say_store(item: StoreStatus) -> None:
    say(f"{item.store_id}: {_night(item.night)}", style="bold")
    if item.feeds:
        rows = [(feed.marketplace, feed.report, feed.age_words, feed.last_window, feed.state) for feed in item.feeds]
        say_table(f"Feeds of {item.store_id}", ("marketplace", "feed", "data age", "last window", "state"), rows)
    for line in calendar_lines(item.calendar):
        say_pieces(line)
    if item.night and item.night["calls"]:
        say(f"  calls of that night: {calls_words(item.night['calls'])}")
    for step, problem in item.problems:
        say(f"  {step}: {problem}", style="red")
    _say_checks(item)
    for version in item.versions:
        say(f"  changed metric: {version.words}")
    say(f"  messages waiting: {item.waiting_messages}, refused for good: {item.dead_messages}")


def _say_checks(item: StoreStatus) -> None:
    """Print the failed checks whole, and count the others."""
    if item.checked_on is None:
        return
    for verdict in item.checks:
        if verdict.status == "fail":
            say(f"  data check: {failure_words(verdict)}", style="red")
    say(f"  data checks of {item.checked_on}: {count_words(counted(item.checks))}")
    for place in sorted({verdict.marketplace for verdict in item.checks}):
        say(f"  stories of {place}: {story_words(item.checks, place)}")


def _night(night: dict[str, Any] | None) -> str:
    if night is None:
        return "no night was run yet"
    return f"last night {night['as_of']} {night['outcome']}"
