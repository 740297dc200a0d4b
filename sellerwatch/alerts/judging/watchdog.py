"""The dead man's watch over nights and feeds: judged whenever somebody looks, by the ledger alone, whether or not a night ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection, func, or_, select

from sellerwatch.alerts.judging.given import Given, Reading
from sellerwatch.alerts.judging.heartbeat import Heartbeat, KnownNight, heartbeat
from sellerwatch.alerts.judging.night import close_paused, judge_readings
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.showing.nights import missing_words, night_reason
from sellerwatch.alerts.store import Alert, load_alerts
from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.core.periods import local_day
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE, feed_ages
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.settings.tiers import depth, reached, scaled
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.ledger import NIGHT
from sellerwatch.warehouse.workspace import Workspace

LOOKS_BACK: Final = timedelta(days=35)
"""Older nights are not asked for, save the newest: a store that is silent for longer is silent still."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a store found.

    Attributes:
        store_id: the store.
        heartbeat: how its nights stand; None where none can be missing.
        feeds: marketplace and report of each feed that became late, or later, or came, since it was looked at last.
        events: the transitions of alerts that this led to.
    """

    store_id: str
    heartbeat: Heartbeat | None
    feeds: tuple[tuple[str, str], ...]
    events: int

    @property
    def is_well(self) -> bool:
        """Whether every night that is due ran."""
        return self.heartbeat is None or self.heartbeat.missing == 0

    def __str__(self) -> str:
        """Return the one line a person reads."""
        if self.heartbeat is None:
            return f"{self.store_id}: no night is expected"
        since = f" since {self.heartbeat.first_missing}" if self.heartbeat.first_missing else ""
        feeds = f"; feeds told: {', '.join(f'{place} {feed}' for place, feed in self.feeds)}" if self.feeds else ""
        return f"{self.store_id}: {missing_words(self.heartbeat.missing)}{since}{feeds}"

    def to_dict(self) -> dict[str, object]:
        """Return the look as JSON values."""
        found = self.heartbeat
        first = found.first_missing.isoformat() if found and found.first_missing else None
        return {
            "store": self.store_id,
            "is_expected": found is not None,
            "missing_nights": found.missing if found else 0,
            "first_missing": first,
            "why": found.why if found else "",
            "feeds": [{"marketplace": place, "report": feed} for place, feed in self.feeds],
        }


def watch(workspace: Workspace, store_id: str) -> Look:
    """Look at a store's nights, and at its feeds where the nights run; what is missing is an alert, what is back resolves it.

    While a night is missing or at work, its feeds are not told one by one: none of them can be fresh.

    Raises:
        ConfigError: the channel of whoever runs the pipeline is not set.
        RetryableError: another process judged the store at the same time.
    """
    now, settings = workspace.clock.now(), workspace.settings
    place = settings.marketplaces(store_id)[0]
    with reading(workspace.engine) as connection:
        known = _known_nights(connection, store_id, local_day(now, place.zone) - LOOKS_BACK)
    found = heartbeat(settings.store(store_id).night, place.zone, known, now)
    if found is None:
        is_paused = settings.store(store_id).night.is_paused
        closed = close_paused(workspace, store_id, local_day(now, place.zone)) if is_paused and known else 0
        return Look(store_id, None, (), closed)
    events = judge_readings(workspace, store_id, local_day(now, place.zone), _night_readings(workspace, store_id, found))
    newest = max(known)
    is_over = not (found.missing or known[newest].is_running)
    changed = _changed_feeds(workspace, store_id, newest) if is_over else {}
    if changed:
        events += judge_readings(workspace, store_id, newest + timedelta(days=1), changed)
    named = sorted({(subject.marketplace, subject.id) for readings in changed.values() for subject in readings})
    return Look(store_id, found, tuple(named), events)


def _known_nights(connection: Connection, store_id: str, since: date) -> Mapping[date, KnownNight]:
    columns = (NIGHT.c.as_of, NIGHT.c.outcome, NIGHT.c.started_at)
    newest = select(func.max(NIGHT.c.as_of)).where(NIGHT.c.store_id == store_id).scalar_subquery()
    lately = or_(NIGHT.c.as_of >= since, NIGHT.c.as_of == newest)
    rows = connection.execute(select(*columns).where(NIGHT.c.store_id == store_id, lately))
    return {row.as_of: KnownNight(row.outcome == "running", row.started_at) for row in rows}


def _night_readings(workspace: Workspace, store_id: str, found: Heartbeat) -> Given:
    reason = night_reason(str(found.first_missing), found.why) if found.missing else None
    subject = Subject(EVERY_MARKETPLACE, "store", store_id)
    rules = workspace.settings.rules.items()
    watched = [rule_id for rule_id, rule in rules if rule.judged_by == "watchdog"]
    return {rule_id: {subject: Reading(float(found.missing), reason, None)} for rule_id in watched}


def _changed_feeds(workspace: Workspace, store_id: str, newest: date) -> Given:
    """Return, for each rule about the age of feeds, those that stand elsewhere now than people were told.

    They are judged ahead, for the coming night, which will judge that same day again with what it has by then. A feed that the
    night itself called late is left to the next one, unless it gets worse.
    """
    settings, coming = workspace.settings, newest + timedelta(days=1)
    measuring = Measuring(store_id, newest, workspace.clock.now(), settings.marketplaces(store_id))
    with reading(workspace.engine) as connection:
        rows = list(feed_ages(connection, measuring, settings.reports_of(store_id)))
        alerts = load_alerts(connection, store_id)
    found = {Subject(str(row["marketplace"]), "feed", str(row["subject"])): _feed_reading(row) for row in rows}
    changed: dict[str, Mapping[Subject, Reading]] = {}
    for rule_id, rule in settings.rules.items():
        if rule.relative_to is not None and rule.metric == "feed_age_hours":
            limits = {subject: scaled(rule, settings.reports[subject.id].freshness_hours) for subject in found}
            now = {subject: depth(reached(rule, limits[subject], read.value)) for subject, read in found.items()}
            told = {subject: _told(alerts.get((rule_id, subject)), coming) for subject in found}
            changed[rule_id] = {subject: found[subject] for subject in found if _is_news(now[subject], *told[subject])}
    return {rule_id: readings for rule_id, readings in changed.items() if readings}


def _told(alert: Alert | None, coming: date) -> tuple[int, bool]:
    """Return the depth of the tier that people were told, and whether it was told ahead of the coming night."""
    if alert is None or not alert.condition.is_open:
        return 0, False
    return depth(alert.condition.tier), alert.judged_for == coming


def _is_news(now: int, told: int, is_ahead: bool) -> bool:  # noqa: FBT001 - what `_told` returns
    return now != told if is_ahead else now > told


def _feed_reading(row: Mapping[str, object]) -> Reading:
    numerator, through = row["numerator"], row["data_through"]
    hours = float(numerator) / MICROS_PER_UNIT if isinstance(numerator, int) else 0.0
    return Reading(hours, None if row["reason"] is None else str(row["reason"]), through)  # type: ignore[arg-type] # a moment, or None
