"""Judging a night: every rule over every subject, each transition stored together with the messages it causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from sellerwatch.alerts import readings, store
from sellerwatch.alerts.facts_shown import Asked, Shown, describe
from sellerwatch.alerts.machine import Condition, Event, Judgement, close, judge_again, step
from sellerwatch.alerts.notices import Closing, News, Notice
from sellerwatch.alerts.readings import Reading, Subject, judgement_of
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling import tell
from sellerwatch.alerts.watched import why_unwatched
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Tier
from sellerwatch.settings.rules import Band, Rule
from sellerwatch.settings.tiers import reached, scaled
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.documents import known_by_import_alone
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.problems import problems_of
from sellerwatch.warehouse.workspace import Workspace

Alerts = dict[tuple[str, Subject], Alert]
Bands = Mapping[Tier, Band]
Readings = Mapping[Subject, Reading]


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
    given: Mapping[str, Readings] = field(default_factory=dict)
    """By rule, what to judge instead of what the night measured: then these subjects alone are judged."""
    late_feeds: set[tuple[str, str]] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    news: list[News] = field(default_factory=list)


class _Watched(NamedTuple):
    """A rule on a subject tonight: its tiers as they are for it, what is known of it, and what was measured."""

    rule: Rule
    bands: Bands
    alert: Alert
    reading: Reading | None

    @property
    def matters(self) -> bool:
        """False where nothing can happen: no alert is open, and no value could open one. Such subjects leave no trace."""
        if self.alert.condition.is_open:
            return True
        if self.reading is None or self.reading.value is None:
            return False
        return self.alert.rev > 0 or reached(self.rule, self.bands, self.reading.value) is not None


def judge_night(workspace: Workspace, store_id: str, as_of: date) -> JudgeReport:
    """Judge a store's night in one transaction: conditions, events and outbox rows are committed together or not at all.

    Feed rules come first: what depends on a late feed is frozen by them.

    Raises:
        ConfigError: an audience that a rule speaks to has no channel; nothing is written then.
        RetryableError: another process judged the night at the same time; nothing is written then either.
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


def judge_readings(workspace: Workspace, store_id: str, as_of: date, given: Mapping[str, Readings]) -> int:
    """Judge rules by what was read without a night, such as by the watchdog; return how many events that led to.

    Raises:
        ConfigError: an audience that one of the rules speaks to has no channel; nothing is written then.
        RetryableError: another process judged the store at the same time; nothing is written then either.
    """
    settings, now = workspace.settings, workspace.clock.now()
    rules = {rule_id: settings.rules[rule_id] for rule_id in given}
    channels: dict[str, str] = {rule.audience: settings.channel(rule.audience) for rule in rules.values()}
    with writing(workspace.engine) as connection:
        alerts = store.load_alerts(connection, store_id)
        judging = _Judging(connection, settings, store_id, as_of, now, alerts, given=given)
        for rule_id, rule in rules.items():
            _judge_rule(judging, rule_id, rule)
        tell(connection, settings, judging.news, channels)
        return len(judging.events)


def _judge_all(judging: _Judging) -> None:
    """Judge every rule; what nobody watches any more is closed before, so that it is neither judged nor freezes others.

    Raises:
        ConfigError: an audience has no channel; asked for before anything is written, not only in nights with news for it.
    """
    rules = judging.settings.rules
    channels: dict[str, str] = {rule.audience: judging.settings.channel(rule.audience) for rule in rules.values()}
    judging.late_feeds |= known_by_import_alone(judging.connection, judging.store_id, judging.as_of)
    _close_unwatched(judging)
    for rule_id, rule in sorted(rules.items(), key=lambda item: item[1].subject != "feed"):
        if rule.judged_by != "night":
            continue
        _judge_rule(judging, rule_id, rule)
        if rule.subject == "feed":
            judging.late_feeds |= {
                (subject.marketplace, subject.id)
                for (name, subject), alert in judging.alerts.items()
                if name == rule_id and alert.condition.is_open
            }
    tell(judging.connection, judging.settings, judging.news, channels)


def _close_unwatched(judging: _Judging) -> None:
    for alert in list(judging.alerts.values()):
        reason = why_unwatched(judging.settings, alert)
        if reason and alert.condition.is_open and not _is_ahead(judging, alert):
            _close(judging, alert, reason)


def _close(judging: _Judging, alert: Alert, reason: str) -> None:
    """Close an alert without its rule, which may be gone, and grey out its message."""
    judgement = Judgement(judging.as_of, "not_applicable", reason=reason)
    condition, events = close(alert.condition, judging.as_of, reason)
    version = store.last_rule_version(judging.connection, alert)
    closed = _save(judging, alert, (condition, events), judgement, rule_version=version)
    judging.news.append(Closing(closed, reason, judging.now))


def _judge_rule(judging: _Judging, rule_id: str, rule: Rule) -> None:
    given = judging.given.get(rule_id)
    found = readings.read(judging.connection, rule, judging.store_id, judging.as_of) if given is None else given
    sold = readings.units_sold(judging.connection, judging.store_id, judging.as_of) if rule.minimum_units else {}
    known = {subject for name, subject in judging.alerts if name == rule_id and given is None}
    for subject in sorted(found.keys() | known):
        alert = judging.alerts.get((rule_id, subject)) or store.new_alert(rule_id, judging.store_id, subject)
        watched = _Watched(rule, _bands(judging.settings, rule, subject), alert, found.get(subject))
        if _is_ahead(judging, alert) or not watched.matters:
            continue
        judgement = judgement_of(
            watched.reading,
            judging.as_of,
            late_feeds=_late(judging, rule, subject),
            sold=sold.get((subject.marketplace, subject.id), 0.0) if rule.minimum_units else None,
            minimum_units=rule.minimum_units,
        )
        _advance(judging, watched, judgement)


def _is_ahead(judging: _Judging, alert: Alert) -> bool:
    """Tell whether the alert already speaks of a newer business day: then this one is history to it."""
    return alert.judged_for is not None and alert.judged_for > judging.as_of


def _bands(settings: Settings, rule: Rule, subject: Subject) -> Bands:
    """Return the rule's tiers for the subject; one whose report is not configured any more is unwatched, and closed."""
    report = settings.reports.get(subject.id)
    return scaled(rule, report.freshness_hours) if rule.relative_to and report else rule.tiers


def _late(judging: _Judging, rule: Rule, subject: Subject) -> list[str]:
    feeds = judging.settings.metrics[rule.metric].feeds
    return [feed for feed in feeds if (subject.marketplace, feed) in judging.late_feeds]


def _advance(judging: _Judging, watched: _Watched, judgement: Judgement) -> None:
    shown = None
    if judgement.outcome == "value":
        shown = _shown(judging, watched, judging.as_of, judgement.value)
        judgement = replace(judgement, detail=shown.digest)
    alert = watched.alert
    condition, events = _next(watched, judgement)
    is_repeat = alert.judged_for == judgement.as_of and condition == alert.condition and not events
    if is_repeat or (alert.rev == 0 and not events):
        return
    saved = _save(judging, alert, (condition, events), judgement, rule_version=watched.rule.version)
    for event in events:
        # Without a value tonight, the message keeps showing the last known one as of its own day.
        known = shown or _shown(judging, watched, condition.valued_on or judging.as_of, condition.value)
        through = watched.reading.data_through if shown and watched.reading else None
        judging.news.append(Notice(saved, watched.rule, event, saved.event_count, known, through, judging.now))


def _next(watched: _Watched, judgement: Judgement) -> tuple[Condition, tuple[Event, ...]]:
    alert = watched.alert
    if alert.judged_for == judgement.as_of:
        return judge_again(watched.rule, watched.bands, alert.condition, alert.before, judgement)
    return step(watched.rule, watched.bands, alert.condition, judgement)


def _shown(judging: _Judging, watched: _Watched, as_of: date, value: float | None) -> Shown:
    reason = watched.reading.reason if watched.reading else None
    asked = Asked(judging.store_id, watched.alert.subject, as_of, value, reason or "")
    return describe(judging.connection, judging.settings, watched.rule.metric, asked)


def _save(
    judging: _Judging,
    alert: Alert,
    after: tuple[Condition, Sequence[Event]],
    judgement: Judgement,
    *,
    rule_version: int,
) -> Alert:
    condition, events = after
    saved = store.save(
        judging.connection,
        alert,
        condition,
        events,
        judgement,
        rule_version=rule_version,
        now=judging.now,
    )
    judging.alerts[(alert.rule, alert.subject)] = saved
    judging.events.extend(events)
    return saved
