"""``sellerwatch nightly``: one night of one or more stores, without Prefect."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from sellerwatch.alerts.judge import judge_night
from sellerwatch.briefs.night_summary import NightSummary, summarise_night
from sellerwatch.cli.screen import progress_bar, say, say_json
from sellerwatch.core.errors import SellerwatchError
from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.metrics.measure import measure_night
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.load import load_night
from sellerwatch.warehouse.pull import local_today, pull_night
from sellerwatch.warehouse.workspace import Workspace, open_workspace

DAY = "%Y-%m-%d"


def nightly(
    store: Annotated[list[str] | None, typer.Option(help="Store to run; repeat for more. All stores when left out.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=[DAY], help="The store-local day of the night. Today when left out."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run the night: pull what is missing, load, measure, judge, deliver. Running it again changes nothing."""
    workspace = open_workspace(load_settings())
    stores = store or list(workspace.settings.stores)
    for store_id in stores:
        workspace.settings.store(store_id)
    nights = [run_night(workspace, store_id, as_of.date() if as_of else None, is_quiet=as_json) for store_id in stores]
    if as_json:
        say_json({"nights": [night.to_dict() | {"delivery": _delivery(delivery)} for night, delivery in nights]})
    else:
        for night, delivery in nights:
            say_night(night, delivery)
    if any(
        night.problems or not isinstance(delivery, DeliveryReport) or not delivery.is_complete for night, delivery in nights
    ):
        raise typer.Exit(1)


def run_night(
    workspace: Workspace,
    store_id: str,
    as_of: date | None,
    *,
    is_quiet: bool,
) -> tuple[NightSummary, DeliveryReport | SellerwatchError]:
    """Run every step of a store's night in order; a Slack that cannot be reached does not undo the rest."""
    day = as_of or local_today(workspace, store_id)
    with progress_bar(f"{store_id} {day}", is_quiet=is_quiet) as bar:
        pull_night(workspace, store_id, day, progress=bar)
        load_night(workspace, store_id, day)
        measure_night(workspace, store_id, day)
        judge_night(workspace, store_id, day)
        try:
            delivery: DeliveryReport | SellerwatchError = deliver_due(workspace)
        except SellerwatchError as error:
            delivery = error
    return summarise_night(workspace, store_id, day), delivery


def say_night(night: NightSummary, delivery: DeliveryReport | SellerwatchError) -> None:
    """Print a night for a person."""
    say(f"{night.store_id} {night.as_of}: {night.outcome}", style="bold")
    say(f"  {night.documents} documents, {night.rows:,} rows, {night.metrics:,} values measured")
    open_alerts = ", ".join(f"{count} {tier}" for tier, count in night.alerts.items() if tier != "resolved")
    say(f"  open alerts: {open_alerts}; resolved: {night.alerts['resolved']}")
    say(f"  Slack: {_delivery_words(delivery)}")
    for step, problem in night.problems:
        say(f"  {step}: {problem}", style="red")


def _delivery_words(delivery: DeliveryReport | SellerwatchError) -> str:
    if isinstance(delivery, SellerwatchError):
        return f"nothing sent: {delivery}"
    sent = f"{delivery.posts} posted, {delivery.updates} updated, {delivery.replies} replied"
    trouble = [f"{delivery.dead} refused for good"] * bool(delivery.dead) + [f"{delivery.pending} waiting"] * bool(
        delivery.pending
    )
    return "; ".join([sent, *trouble, *delivery.problems])


def _delivery(delivery: DeliveryReport | SellerwatchError) -> dict[str, object]:
    if isinstance(delivery, SellerwatchError):
        return {"error": str(delivery)}
    return {
        "posts": delivery.posts,
        "updates": delivery.updates,
        "replies": delivery.replies,
        "dead": delivery.dead,
        "pending": delivery.pending,
        "problems": list(delivery.problems),
    }
