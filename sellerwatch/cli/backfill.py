"""``sellerwatch backfill``: history for stores and feeds, without Prefect."""

from __future__ import annotations

import getpass
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Annotated

import typer

from sellerwatch.alerts.judging.present import judge_backfill
from sellerwatch.briefs.backfill_report import (
    PLAN_COLUMNS,
    RESULT_COLUMNS,
    Ended,
    deliver_messages,
    ended,
    plan_rows,
    plan_words,
    problem_words,
    result_rows,
    result_words,
)
from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import progress_bar, say, say_json, say_table
from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.history import measure_backfill
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.backfills.fetching import fetch
from sellerwatch.warehouse.backfills.ledger import Backfill, at_work_on
from sellerwatch.warehouse.backfills.loading import load_documents
from sellerwatch.warehouse.backfills.order import EVERY_FEED, EVERY_STORE, Wording, order_of
from sellerwatch.warehouse.backfills.outline import Outline, outline_of
from sellerwatch.warehouse.backfills.result import conclude
from sellerwatch.warehouse.backfills.start import resume, start
from sellerwatch.warehouse.planning.ways import duration_words
from sellerwatch.warehouse.workspace import Workspace, open_workspace

DAY = "%Y-%m-%d"


def backfill(  # noqa: PLR0913 - each is an option of the command
    first: Annotated[datetime | None, typer.Option("--from", formats=[DAY], help="First day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=[DAY], help="Last day, included; it has to be over.")] = None,
    *,
    store: Annotated[list[str] | None, typer.Option(help="Store; repeat for more. All stores when left out.")] = None,
    feed: Annotated[list[str] | None, typer.Option(help="Report of reports.yaml; repeat for more. All when left out.")] = None,
    mode: Annotated[str, typer.Option(help="gaps: only what is missing. again: all. reparse: the stored documents.")] = "gaps",
    reason: Annotated[str, typer.Option(help="What the history is needed for.")] = "",
    who: Annotated[str | None, typer.Option(help="Who asks; the account's name when left out.")] = None,
    resume_id: Annotated[str | None, typer.Option("--resume", metavar="ID", help="Go on with a backfill that ended.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be asked for; ask and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fetch history, load and measure it; nobody is paged for it. Killed or cancelled, it goes on with --resume."""
    workspace = open_workspace(load_settings())
    if resume_id:
        if first or last or store or feed or dry_run:
            raise ConfigError(
                "--resume takes everything from the ledger", where="--resume", remedy="Give the id and nothing else"
            )
        _run(workspace, resume(workspace, resume_id), as_json=as_json)
        return
    wording = Wording(
        stores=store or [EVERY_STORE],
        feeds=feed or [EVERY_FEED],
        first_day=_text(first),
        last_day=_text(last),
        mode=mode,
        reason=reason,
        asked_by=_account() if who is None else who,
    )
    order_id = str(uuid.uuid4())
    if dry_run:
        order = order_of(workspace.settings, wording, order_id=order_id, source="cli", now=workspace.clock.now())
        _say_outline(outline_of(workspace, order), as_json=as_json)
        return
    _run(workspace, start(workspace, wording, order_id=order_id, source="cli"), as_json=as_json)


def _text(day: datetime | None) -> str:
    return day.date().isoformat() if day else ""


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "unknown"


def _run(workspace: Workspace, planned: Backfill, *, as_json: bool) -> None:
    if not as_json:
        say(f"backfill {planned.order.id}", style="bold")
        say(f"  {plan_words(planned)}")
    end = run_backfill(workspace, planned, is_quiet=as_json)
    if as_json:
        say_json(end.to_dict())
    else:
        _say_end(end)
    if not end.is_complete:
        raise typer.Exit(FAILED)


def run_backfill(workspace: Workspace, planned: Backfill, *, is_quiet: bool) -> Ended:
    """Run every step of a backfill in order; what one of them cannot do is a problem, and the others go on."""
    order_id = planned.order.id
    with ending_when_told(), at_work_on(workspace, order_id):
        with progress_bar(planned.order.name, is_quiet=is_quiet) as bar:
            fetch(workspace, order_id, progress=bar)
        load_documents(workspace, order_id)
        measure_backfill(workspace, order_id)
        presents = judge_backfill(workspace, order_id)
        messages = deliver_messages(workspace, order_id, presents)
        return ended(workspace, conclude(workspace, order_id), presents, messages)


@contextmanager
def ending_when_told() -> Iterator[None]:
    """Let the signal that asks a program to end (SIGTERM) do what Ctrl-C does, so that the ledger hears of it."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say_outline(outline: Outline, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "requests": outline.requests,
                "calls": outline.calls,
                "seconds": outline.seconds,
                "routes": outline.routes,
                "left_out": outline.left_out,
            }
        )
        return
    say_table("Plan", PLAN_COLUMNS, plan_rows(outline.routes, outline.left_out))
    say(
        f"{outline.requests:,} reports, expected to take {duration_words(outline.seconds)}; nothing was asked for", style="bold"
    )


def _say_end(end: Ended) -> None:
    if end.lines:
        say_table("Result", RESULT_COLUMNS, result_rows(end.lines))
    for line in result_words(end):
        say(f"  {line}")
    for line in problem_words(end.backfill):
        say(f"  {line}", style="red")
    if not end.is_complete:
        say(f"  go on with: sellerwatch backfill --resume {end.backfill.order.id}")
