"""``sellerwatch nightly``: one night of one or more stores, without Prefect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Literal

import typer

from sellerwatch.alerts.judging.night import judge_night
from sellerwatch.alerts.readiness import require_ready
from sellerwatch.briefs.check_lines import count_words
from sellerwatch.briefs.night_summary import NightSummary, summarise_night
from sellerwatch.cli.exit_codes import FAILED, PERSON_HAS_TO_ACT
from sellerwatch.cli.screen import Bar, progress_bars, say, say_error, say_json
from sellerwatch.core.errors import ConfigError, SellerwatchError
from sellerwatch.core.side_by_side import side_by_side
from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.metrics.measure import measure_night
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.checks.run import check_night
from sellerwatch.warehouse.load import load_night, load_some
from sellerwatch.warehouse.pull import local_today, pull_night
from sellerwatch.warehouse.sealing.seal import seal_night
from sellerwatch.warehouse.workspace import Workspace, open_workspace

DAY = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Ended:
    """A night that went through every step, whatever it met on the way."""

    summary: NightSummary
    delivery: DeliveryReport | SellerwatchError

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing: everything pulled, read and delivered."""
        is_delivered = isinstance(self.delivery, DeliveryReport) and self.delivery.is_complete
        return is_delivered and not self.summary.problems

    @property
    def exit_code(self) -> int:
        """What the shell is told."""
        return 0 if self.is_complete else FAILED

    def to_dict(self) -> dict[str, object]:
        """Return the night as JSON values."""
        return self.summary.to_dict() | {"delivery": _delivery(self.delivery)}


@dataclass(frozen=True, slots=True)
class Stopped:
    """A night that could not go on: the warehouse or the configuration is not usable."""

    store_id: str
    as_of: date
    error: SellerwatchError
    is_complete: Literal[False] = False

    @property
    def exit_code(self) -> int:
        """What the shell is told."""
        return PERSON_HAS_TO_ACT if isinstance(self.error, ConfigError) else FAILED

    def to_dict(self) -> dict[str, object]:
        """Return the night as JSON values."""
        return {"store": self.store_id, "as_of": self.as_of.isoformat(), "outcome": "stopped", "error": str(self.error)}


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
        "remarks": list(delivery.remarks),
    }


def nightly(
    store: Annotated[list[str] | None, typer.Option(help="Store to run; repeat for more. All stores when left out.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=[DAY], help="The store-local day of the night. Today when left out."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run the night: pull what is missing, load, check, measure, judge, deliver, seal. Running it again changes nothing.

    Several stores are run at the same time; none waits for another's reports.
    """
    workspace = open_workspace(load_settings())
    stores = store or list(workspace.settings.stores)
    days = {store_id: _day(workspace, store_id, as_of) for store_id in stores}
    for store_id, day in days.items():
        require_ready(workspace, store_id, day)
    with progress_bars([f"{store_id} {day}" for store_id, day in days.items()], is_quiet=as_json) as shown:
        bars = dict(zip(days, shown, strict=True))
        done = side_by_side(lambda store_id: _attempt(workspace, store_id, days[store_id], bars[store_id]), days)
    nights = [*done.values()]
    if as_json:
        say_json({"nights": [night.to_dict() for night in nights]})
    for night in nights:
        if isinstance(night, Stopped):
            say_error(night.error)
        elif not as_json:
            say_night(night.summary, night.delivery)
    if not all(night.is_complete for night in nights):
        raise typer.Exit(max(night.exit_code for night in nights))


def _day(workspace: Workspace, store_id: str, as_of: datetime | None) -> date:
    """Return the night's day: of all stores before the first is run, so that a slip of the pen leaves nothing half done.

    Raises:
        ConfigError: the store is not configured, or its day has not come yet.
    """
    today = local_today(workspace, store_id)
    day = as_of.date() if as_of else today
    if day > today:
        raise ConfigError(f"the night of {day} lies in the future", where=f"store {store_id}", remedy=f"Use {today} or earlier")
    return day


def _attempt(workspace: Workspace, store_id: str, day: date, bar: Bar) -> Ended | Stopped:
    """Run a store's night; what stops it does not stop the other stores'."""
    try:
        return Ended(*run_night(workspace, store_id, day, progress=bar))
    except SellerwatchError as error:
        return Stopped(store_id, day, error)


def run_night(
    workspace: Workspace, store_id: str, day: date, *, progress: Bar
) -> tuple[NightSummary, DeliveryReport | SellerwatchError]:
    """Run every step of a store's night in order; a Slack that cannot be reached does not undo the rest."""
    pull_night(workspace, store_id, day, progress=progress, meanwhile=partial(load_some, workspace, store_id))
    load_night(workspace, store_id, day)
    check_night(workspace, store_id, day)
    measure_night(workspace, store_id, day)
    judge_night(workspace, store_id, day)
    try:
        delivery: DeliveryReport | SellerwatchError = deliver_due(workspace)
    except SellerwatchError as error:
        delivery = error
    seal_night(workspace, store_id, day)
    return summarise_night(workspace, store_id, day), delivery


def say_night(night: NightSummary, delivery: DeliveryReport | SellerwatchError) -> None:
    """Print a night for a person."""
    say(f"{night.store_id} {night.as_of}: {night.outcome}", style="bold")
    say(f"  {night.documents} documents, {night.rows:,} rows, {night.metrics:,} values measured")
    say(f"  data checks: {count_words(night.checks)}")
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
    return "; ".join([sent, *trouble, *delivery.problems, *delivery.remarks])
