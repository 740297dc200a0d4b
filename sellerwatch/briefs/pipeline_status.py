"""The state of the pipeline itself: the last night, each feed's age, what is unfinished and what waits for Slack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from sellerwatch.alerts.conversations import count_messages, is_of_store
from sellerwatch.briefs.calendar_lines import calendar_markdown
from sellerwatch.briefs.check_lines import to_dict
from sellerwatch.briefs.window_calendar import DAYS_SHOWN, Calendar, read_calendar, unfinished_to_dict
from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.metrics.definitions import Version, versions_in_use
from sellerwatch.warehouse.checks.results import Verdict, counted, newest_night, results_of, verdicts
from sellerwatch.warehouse.checks.stories import told
from sellerwatch.warehouse.documents import newest_data
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.intraday import HOUR
from sellerwatch.warehouse.nights import run_of
from sellerwatch.warehouse.problems import Problem, problems_of
from sellerwatch.warehouse.rate_budget import calls_of_run
from sellerwatch.warehouse.tables.ledger import NIGHT, WINDOW
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.windows import PULLED
from sellerwatch.warehouse.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One report type of one marketplace."""

    marketplace: str
    report: str
    data_through: datetime | None
    age_hours: int | None
    limit_hours: int
    last_window: str
    state: str

    @property
    def age_words(self) -> str:
        """The age, and whether it is late, for people."""
        if self.age_hours is None:
            return "no data yet"
        late = f", late after {self.limit_hours} h" if self.age_hours >= self.limit_hours else ""
        return f"{self.age_hours} h{late}"


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """One store's pipeline."""

    store_id: str
    night: dict[str, Any] | None
    """The newest night: as_of, outcome, problems, started_at, finished_at, and its calls of Amazon by operation."""
    feeds: tuple[FeedStatus, ...]
    calendar: Calendar
    """How every feed stands on the last days, and the windows that are not finished."""
    problems: tuple[tuple[str, Problem], ...]
    checked_on: date | None
    """The newest night whose data was checked."""
    checks: tuple[Verdict, ...]
    """What its checks said, failures first."""
    versions: tuple[Version, ...]
    """The versions of definitions that numbers were measured by, of metrics with more than one."""
    waiting_messages: int
    dead_messages: int

    def to_dict(self) -> dict[str, Any]:
        """Return the status as JSON values."""
        return {
            "store": self.store_id,
            "night": self.night,
            "feeds": [
                {
                    "marketplace": feed.marketplace,
                    "report": feed.report,
                    "data_through": feed.data_through and feed.data_through.isoformat(),
                    "age_hours": feed.age_hours,
                    "limit_hours": feed.limit_hours,
                    "last_window": feed.last_window,
                    "state": feed.state,
                }
                for feed in self.feeds
            ],
            "calendar": self.calendar.to_dict(),
            "unfinished": [unfinished_to_dict(told) for told in self.calendar.unfinished],
            "problems": [
                {"step": step, "what": item.what, "where": item.place, "do": item.remedy} for step, item in self.problems
            ],
            "checks": {
                "as_of": self.checked_on and self.checked_on.isoformat(),
                "counts": counted(self.checks),
                "verdicts": [to_dict(item) for item in self.checks],
                "stories": {
                    place: dict(told(self.checks, place)) for place in sorted({item.marketplace for item in self.checks})
                },
            },
            "definitions": [
                {
                    "metric": item.metric,
                    "version": item.version,
                    "first_on": item.first_on.isoformat(),
                    "last_on": item.last_on.isoformat(),
                }
                for item in self.versions
            ],
            "messages": {"waiting": self.waiting_messages, "dead": self.dead_messages},
        }


def read_status(workspace: Workspace, store_id: str, *, days: int = DAYS_SHOWN) -> StoreStatus:
    """Read the state of a store's pipeline as of now, with the calendar of its last days."""
    settings, now = workspace.settings, workspace.clock.now()
    calendar = read_calendar(workspace, store_id, days=days)
    with reading(workspace.engine) as connection:
        night = _last_night(connection, store_id)
        checked_on = newest_night(connection, store_id)
        feeds = [
            _feed(connection, workspace, store_id, place, report, now)
            for place in settings.marketplaces(store_id)
            for report in settings.reports_of(store_id)
        ]
        return StoreStatus(
            store_id=store_id,
            night=night,
            feeds=tuple(feeds),
            calendar=calendar,
            problems=tuple(problems_of(connection, store_id, date.fromisoformat(night["as_of"])) if night else ()),
            checked_on=checked_on,
            checks=tuple(verdicts(results_of(connection, store_id, checked_on))) if checked_on else (),
            versions=versions_in_use(connection, settings, store_id),
            waiting_messages=_messages(connection, store_id, ("pending", "sending")),
            dead_messages=_messages(connection, store_id, ("dead",)),
        )


def calendar_page(workspace: Workspace, store_id: str) -> str:
    """Return the calendar of a store's last days as Markdown, with the calls that its newest night spent."""
    with reading(workspace.engine) as connection:
        night = _last_night(connection, store_id)
    return calendar_markdown(read_calendar(workspace, store_id), calls=night["calls"] if night else {})


def _last_night(connection: Connection, store_id: str) -> dict[str, Any] | None:
    row = connection.execute(
        select(NIGHT).where(NIGHT.c.store_id == store_id).order_by(NIGHT.c.as_of.desc()).limit(1),
    ).first()
    if row is None:
        return None
    return {
        "as_of": row.as_of.isoformat(),
        "outcome": row.outcome,
        "problems": row.problem_count,
        "started_at": row.started_at.isoformat(),
        "finished_at": row.finished_at and row.finished_at.isoformat(),
        "calls": calls_of_run(connection, run_of(row.as_of), store_id),
    }


def _feed(
    connection: Connection,
    workspace: Workspace,
    store_id: str,
    place: Marketplace,
    report: str,
    now: datetime,
) -> FeedStatus:
    through = newest_data(connection, store_id, place.code, report, now.date() + timedelta(days=1))
    window = connection.execute(
        select(WINDOW.c.first_day, WINDOW.c.last_day, WINDOW.c.state)
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.marketplace == place.code,
            WINDOW.c.report == report,
            WINDOW.c.origin == PULLED,
            WINDOW.c.part.not_like(f"{HOUR}%"),
        )
        .order_by(WINDOW.c.last_day.desc(), WINDOW.c.first_day.desc())
        .limit(1),
    ).first()
    return FeedStatus(
        marketplace=place.code,
        report=report,
        data_through=through,
        age_hours=None if through is None else max(0, (now - through) // timedelta(hours=1)),
        limit_hours=workspace.settings.reports[report].freshness_hours,
        last_window=f"{window.first_day}..{window.last_day}" if window else "none",
        state=window.state if window else "never wanted",
    )


def _messages(connection: Connection, store_id: str, states: tuple[str, ...]) -> int:
    return sum(count_messages(connection, is_of_store(store_id), OUTBOX.c.state.in_(states)).values())
