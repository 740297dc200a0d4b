"""Judging a night: every rule over every subject, each transition stored together with the messages it causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from sellerwatch.alerts import readings, store
from sellerwatch.alerts.facts_shown import Asked, describe
from sellerwatch.alerts.machine import Condition, Event, Judgement, judge_again, step
from sellerwatch.alerts.notices import Notice, entries
from sellerwatch.alerts.readings import Reading, Subject, judgement_of
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.tiers import reached, scaled
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.delivery.outbox import enqueue
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Band, Rule, Tier
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.problems import problems_of
from sellerwatch.warehouse.workspace import Workspace

Alerts = dict[tuple[str, Subject], Alert]
Bands = Mapping[Tier, Band]


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """What judging did."""

    open_by_tier: Mapping[str, int]
    resolved: int
    events: int
    problems: int
    is_live: bool
    """False for a night of the past: it was measured, and pages nobody."""


@dataclass(slots=True)
class _Judging:
    """One night in the middle of being judged."""

    connection: Connection
    settings: Settings
    store_id: str
    as_of: date
    now: datetime
    alerts: Alerts
    late_feeds: set[tuple[str, str]] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)


class _Watched(NamedTuple):
    """A rule on a subject, with the rule's tiers as they are for it."""

    rule_id: str
    rule: Rule
    subject: Subject
    bands: Bands


def judge_night(workspace: Workspace, store_id: str, as_of: date) -> JudgeReport:
    """Judge a store's night in one transaction: conditions, events and outbox rows are committed together or not at all.

    Feed rules come first: what depends on a late feed is frozen by them.
    """
    settings, now = workspace.settings, workspace.clock.now()
    place = marketplace(settings.store(store_id).marketplaces[0])
    with writing(workspace.engine) as connection:
        decided_at = nights.deciding_moment(connection, store_id, as_of, now)
        is_live = nights.is_live(connection, store_id, as_of, now, place)
        judging = _Judging(connection, settings, store_id, as_of, decided_at, store.load_alerts(connection, store_id))
        if is_live:
            _judge_all(judging)
        problems = len(problems_of(connection, store_id, as_of))
        nights.finish(connection, store_id, as_of, problems=problems, decided_at=decided_at, now=now)
        return JudgeReport(
            open_by_tier=store.count_open(connection, store_id),
            resolved=store.count_events(connection, store_id, as_of, "resolved"),
            events=len(judging.events),
            problems=problems,
            is_live=is_live,
        )


def _judge_all(judging: _Judging) -> None:
    rules = judging.settings.rules
    for rule_id, rule in sorted(rules.items(), key=lambda item: item[1].subject != "feed"):
        _judge_rule(judging, rule_id, rule)
        if rule.subject == "feed":
            judging.late_feeds |= {
                (subject.marketplace, subject.id)
                for (name, subject), alert in judging.alerts.items()
                if name == rule_id and alert.condition.is_open
            }
    _close_orphans(judging)


def _judge_rule(judging: _Judging, rule_id: str, rule: Rule) -> None:
    found = readings.read(judging.connection, rule, judging.store_id, judging.as_of)
    sold = readings.units_sold(judging.connection, judging.store_id, judging.as_of) if rule.minimum_units else {}
    known = {subject for name, subject in judging.alerts if name == rule_id}
    for subject in sorted(found.keys() | known):
        bands = _bands(judging.settings, rule, subject)
        reading = found.get(subject)
        if bands is None or (subject not in known and not _may_fire(rule, bands, reading)):
            continue
        judgement = judgement_of(
            reading,
            judging.as_of,
            late_feeds=_late(judging, rule, subject),
            sold=sold.get((subject.marketplace, subject.id), 0.0) if rule.minimum_units else None,
            minimum_units=rule.minimum_units,
        )
        _advance(judging, _Watched(rule_id, rule, subject, bands), judgement, reading)


def _may_fire(rule: Rule, bands: Bands, reading: Reading | None) -> bool:
    """Tell whether a subject without an alert needs one; all the others leave no trace."""
    return reading is not None and reading.value is not None and reached(rule, bands, reading.value) is not None


def _bands(settings: Settings, rule: Rule, subject: Subject) -> Bands | None:
    """Return the rule's tiers for the subject; None where what they are relative to is not configured any more."""
    if rule.relative_to is None:
        return rule.tiers
    report = settings.reports.get(subject.id)
    return None if report is None else scaled(rule, report.freshness_hours)


def _late(judging: _Judging, rule: Rule, subject: Subject) -> list[str]:
    feeds = judging.settings.metrics[rule.metric].feeds
    return [feed for feed in feeds if (subject.marketplace, feed) in judging.late_feeds]


def _advance(judging: _Judging, watched: _Watched, judgement: Judgement, reading: Reading | None) -> None:
    key = (watched.rule_id, watched.subject)
    alert = judging.alerts.get(key) or store.new_alert(watched.rule_id, judging.store_id, watched.subject)
    if alert.judged_for is not None and alert.judged_for > judging.as_of:
        return
    condition, events = _next(watched, alert, judgement)
    is_repeat = alert.judged_for == judgement.as_of and condition == alert.condition and not events
    if is_repeat or (alert.rev == 0 and not events):
        return
    alert = store.save(
        judging.connection,
        alert,
        condition,
        events,
        judgement,
        rule_version=watched.rule.version,
        now=judging.now,
    )
    judging.alerts[key] = alert
    judging.events.extend(events)
    _tell(judging, watched.rule, alert, events, reading)


def _next(watched: _Watched, alert: Alert, judgement: Judgement) -> tuple[Condition, tuple[Event, ...]]:
    if alert.judged_for == judgement.as_of:
        return judge_again(watched.rule, watched.bands, alert.condition, alert.before, judgement)
    return step(watched.rule, watched.bands, alert.condition, judgement)


def _tell(judging: _Judging, rule: Rule, alert: Alert, events: Sequence[Event], reading: Reading | None) -> None:
    """Put the messages of the events into the outbox, in the transaction that stored the events."""
    channel = judging.settings.channel(rule.audience)
    for number, event in enumerate(events, alert.event_count - len(events) + 1):
        asked = Asked(judging.store_id, alert.subject, judging.as_of, alert.condition.value)
        notice = Notice(
            alert=alert,
            rule=rule,
            event=event,
            event_number=number,
            shown=describe(judging.connection, judging.settings, rule.metric, asked),
            data_through=reading.data_through if reading else None,
            now=judging.now,
        )
        for entry in entries(judging.settings, notice, channel):
            enqueue(judging.connection, entry)


def _close_orphans(judging: _Judging) -> None:
    """Close alerts whose marketplace or feed is not configured any more; they are not called resolved."""
    places = {EVERY_MARKETPLACE, *judging.settings.store(judging.store_id).marketplaces}
    for (rule_id, subject), alert in list(judging.alerts.items()):
        rule = judging.settings.rules.get(rule_id)
        if rule is None or not alert.condition.is_open:
            continue
        if subject.marketplace not in places or _bands(judging.settings, rule, subject) is None:
            judgement = Judgement(judging.as_of, "not_applicable", reason="no longer configured")
            _advance(judging, _Watched(rule_id, rule, subject, rule.tiers), judgement, None)
