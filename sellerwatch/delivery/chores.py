"""Housekeeping's chores with the one that asks Slack: the sweep for messages that stand twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, insert, select, update

from sellerwatch.delivery.due import open_slack
from sellerwatch.delivery.sweep import sweep
from sellerwatch.messages.wording import counted
from sellerwatch.warehouse import housekeeping
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.housekeeping import Chore, Finding
from sellerwatch.warehouse.tables.outbox import OUTBOX, SWEEP
from sellerwatch.warehouse.workspace import Workspace

FIRST_LOOK_BACK: Final = timedelta(days=7)
"""How far the very first sweep looks."""

OVERLAP: Final = timedelta(days=1)
"""A second message may appear after the sweep that looked through the first one's day."""

TRANSPORT: Final = "slack"


def sweep_doubles(workspace: Workspace) -> Iterator[Finding]:
    """Look through what was delivered since the last sweep, and a day before it; of two messages with one key the later goes."""
    with reading(workspace.engine) as connection:
        last = _last_sweep(connection)
        since = last - OVERLAP if last else workspace.clock.now() - FIRST_LOOK_BACK
        has_news = connection.scalar(select(func.count()).where(OUTBOX.c.state == "sent", OUTBOX.c.sent_at >= since))
    if not has_news:
        return
    slack, clock = open_slack(workspace)
    begun = clock.now()
    report = sweep(workspace.engine, slack, clock=clock, since=since)
    for problem in report.problems:
        yield Finding("doubles", "look", problem, remedy="The next sweep looks again")
    if report.deleted:
        yield Finding("doubles", "look", f"deleted {counted(report.deleted, 'message')} that stood twice in Slack")
    yield Finding("doubles", "done", f"looked for doubles among {counted(report.messages, 'message')} in Slack")
    if not report.problems:
        _note(workspace, begun)


def _last_sweep(connection: Connection) -> datetime | None:
    return connection.scalar(select(SWEEP.c.swept_until).where(SWEEP.c.transport == TRANSPORT))


def _note(workspace: Workspace, until: datetime) -> None:
    with writing(workspace.engine) as connection:
        if connection.execute(update(SWEEP).where(SWEEP.c.transport == TRANSPORT).values(swept_until=until)).rowcount == 0:
            connection.execute(insert(SWEEP).values(transport=TRANSPORT, swept_until=until))


CHORES: Final[Mapping[str, Chore]] = {**housekeeping.CHORES, "doubles": sweep_doubles}
"""Every chore of the house, in the order in which they are done."""


def do_chore(workspace: Workspace, chore: str) -> tuple[Finding, ...]:
    """Do one chore; what keeps it from being done is a finding too."""
    return housekeeping.do_chore(workspace, chore, chores=CHORES)


def keep_house(workspace: Workspace) -> tuple[Finding, ...]:
    """Do every chore, and return all findings, the gravest first."""
    return housekeeping.gravest_first(finding for chore in CHORES for finding in do_chore(workspace, chore))
