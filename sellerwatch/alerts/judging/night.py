"""Judging a night: every rule over every subject, all transitions stored together with the messages they cause."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from sellerwatch.alerts import store
from sellerwatch.alerts.condition.machine import Judgement, close
from sellerwatch.alerts.judging.counts import count_events, count_open, was_judged
from sellerwatch.alerts.judging.given import Given, readings_of
from sellerwatch.alerts.judging.rule import NIGHT_PROBLEMS, Feed, Judging, is_ahead, judge_rule, note_rule, save, sifted_of
from sellerwatch.alerts.judging.silence import silence, untold
from sellerwatch.alerts.judging.watched import partial_feeds, why_unwatched
from sellerwatch.alerts.reading.tonight import Readings
from sellerwatch.alerts.response import by_hand
from sellerwatch.alerts.showing.notices import Closing
from sellerwatch.alerts.store import Alert, Change
from sellerwatch.alerts.telling.run import Run
from sellerwatch.alerts.telling.tell import tell
from sellerwatch.alerts.unusual.finding import find_unusual
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.delivery.outbox import why_unreadable
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.documents import known_by_import_alone
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.problems import Problem, problems_of, record
from sellerwatch.warehouse.workspace import Workspace


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """What judging did."""

    open_by_tier: Mapping[str, int]
    resolved: int
    events: int
    problems: int
    is_live: bool
    """False for a night of the past: it was measured, and pages nobody."""


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
        alerts = store.load_alerts(connection, store_id)
        is_first = not (nights.was_decided(connection, store_id, as_of) or was_judged(connection, store_id, as_of))
        marks = by_hand.marks_of(connection, store_id)
        judging = Judging(connection, settings, store_id, as_of, decided_at, alerts, marks, is_first_run=is_first)
        if is_live:
            _judge_all(judging)
        else:
            _note_past(judging)
        problems = len(problems_of(connection, store_id, as_of))
        nights.finish(connection, store_id, as_of, problems=problems, decided_at=decided_at, now=now)
        return JudgeReport(
            open_by_tier=count_open(connection, settings.rules, store_id),
            resolved=count_events(connection, settings.rules, store_id, as_of, "resolved"),
            events=len(judging.events),
            problems=problems,
            is_live=is_live,
        )


def judge_readings(workspace: Workspace, store_id: str, as_of: date, given: Given) -> int:
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
        judging = Judging(connection, settings, store_id, as_of, now, alerts, by_hand.marks_of(connection, store_id))
        silence(judging, rules)
        for rule_id, rule in rules.items():
            # Subjects that were not looked up are not judged, and so not called unknown either.
            judging.by_rule[rule_id] = [alert for alert in judging.by_rule.get(rule_id, ()) if alert.subject in given[rule_id]]
            judging.read = partial(_as_given, readings_of(settings, rule, as_of, given[rule_id]))
            judge_rule(judging, rule_id, rule)
        tell(connection, settings, judging.news, channels, Run(store_id, as_of, now, judging.subjects))
        return len(judging.events)


def close_paused(workspace: Workspace, store_id: str, as_of: date) -> int:
    """Close what the watchdog told of a store whose nights are paused now; return how many events that led to.

    Raises:
        ConfigError: an audience that one of the rules speaks to has no channel; nothing is written then.
        RetryableError: another process judged the store at the same time; nothing is written then either.
    """
    settings, now = workspace.settings, workspace.clock.now()
    rules = {rule_id: rule for rule_id, rule in settings.rules.items() if rule.judged_by == "watchdog"}
    channels: dict[str, str] = {rule.audience: settings.channel(rule.audience) for rule in rules.values()}
    with writing(workspace.engine) as connection:
        alerts = store.load_alerts(connection, store_id)
        judging = Judging(connection, settings, store_id, as_of, now, alerts)
        _close_unwatched(judging, rules)
        tell(connection, settings, judging.news, channels, Run(store_id, as_of, now))
        return len(judging.events)


def _as_given(given: Readings, *_asked: object) -> Readings:
    return given


def _judge_all(judging: Judging) -> None:
    """Judge every rule; what nobody watches any more is closed before, so that it is neither judged nor freezes others.

    Raises:
        ConfigError: an audience has no channel; asked for before anything is written, not only in nights with news for it.
    """
    rules = judging.settings.rules
    channels: dict[str, str] = {rule.audience: judging.settings.channel(rule.audience) for rule in rules.values()}
    judging.late_feeds |= known_by_import_alone(judging.connection, judging.store_id, judging.as_of)
    judging.partial_feeds |= partial_feeds(judging.connection, judging.settings, judging.store_id, judging.as_of)
    _close_unwatched(judging)
    silence(judging, rules)
    for rule_id, rule in _in_order(rules):
        if rule.metric == NIGHT_PROBLEMS:
            found = [*judging.broken.values(), *_unreadable(judging)]
            record(judging.connection, judging.store_id, judging.as_of, "decide", found)
        judge_rule(judging, rule_id, rule)
        if rule.subject == "feed":
            judging.late_feeds |= {
                (subject.marketplace, subject.id)
                for (name, subject), alert in judging.alerts.items()
                if name == rule_id and alert.condition.is_open
            }
    unusual = find_unusual(judging.connection, judging.settings, judging.store_id, judging.as_of, judging.alerts.values())
    run = Run(judging.store_id, judging.as_of, judging.now, judging.subjects, unusual, untold(judging))
    tell(judging.connection, judging.settings, judging.news, channels, run)


def _unreadable(judging: Judging) -> Iterator[Problem]:
    """Yield the messages that cannot be read any more and that this night has news for: they are done without."""
    for thread_key in sorted({item.alert.thread_key for item in judging.news}):
        if error := why_unreadable(judging.connection, thread_key):
            yield replace(Problem.of(error, place=thread_key), remedy="Nothing; what the night says of it takes its place")


def _in_order(rules: Mapping[str, Rule]) -> list[tuple[str, Rule]]:
    """Return the rules: those of feeds first, which freeze others, and last the one that tells of rules that cannot be read."""
    by_night = [item for item in rules.items() if item[1].judged_by == "night"]
    return sorted(by_night, key=lambda item: (item[1].metric == NIGHT_PROBLEMS, item[1].subject != "feed"))


def _close_unwatched(judging: Judging, rules: Collection[str] | None = None) -> None:
    """Close the open alerts that nobody watches any more: of these rules, or of all that there are and were."""
    changes: list[Change] = []
    for alert in judging.alerts.values():
        reason = why_unwatched(judging.settings, alert) if rules is None or alert.rule in rules else None
        if reason and alert.condition.is_open and not is_ahead(judging, alert):
            changes.append(_closed(judging, alert, reason))
    save(judging, changes)
    judging.unwatched |= {change.after.fingerprint for change in changes}
    judging.news.extend(Closing(change.after, change.judgement.reason, judging.now) for change in changes)


def _closed(judging: Judging, alert: Alert, reason: str) -> Change:
    """Close an alert without its rule, which may be gone."""
    judgement = Judgement(judging.as_of, "not_applicable", reason=reason)
    condition, events = close(alert.condition, judging.as_of, reason)
    version = store.last_rule_version(judging.connection, alert)
    before = alert.before if alert.judged_for == judging.as_of else alert.condition
    return store.changed(alert, condition, events, judgement, before=before, rule_version=version)


def _note_past(judging: Judging) -> None:
    """Keep what a night of the past says, without moving anything: breaches, and what is new of nights that were judged."""
    late: set[Feed] = set()
    for rule_id, rule in _in_order(judging.settings.rules):
        known = {alert.subject for alert in judging.by_rule.get(rule_id, ())}
        judging.late_feeds |= late
        found = list(sifted_of(judging, rule_id, rule, known))
        if rule.subject == "feed":
            late |= {(item.subject.marketplace, item.subject.id) for item in found if item.judgement.entered}
        note_rule(judging, rule_id, rule, found)
