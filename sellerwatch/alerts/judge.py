"""Judging a night: every rule over every subject, all transitions stored together with the messages they cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from sellerwatch.alerts import history, readings, store
from sellerwatch.alerts.facts_shown import Asked, Shown, describe
from sellerwatch.alerts.machine import Event, Judgement, close, is_reopening
from sellerwatch.alerts.notices import Closing, News, Notice
from sellerwatch.alerts.readings import RuleReadingError, Subject
from sellerwatch.alerts.sift import Late, Sifted, sift
from sellerwatch.alerts.store import Alert, Change
from sellerwatch.alerts.telling import tell
from sellerwatch.alerts.watched import partial_feeds, why_unwatched
from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.documents import known_by_import_alone
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.problems import problems_of
from sellerwatch.warehouse.workspace import Workspace

Alerts = dict[tuple[str, Subject], Alert]
Feed = tuple[str, str]
"""A marketplace and a report."""


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
    late_feeds: set[Feed] = field(default_factory=set)
    partial_feeds: set[Feed] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)
    """By rule, why it could not be read."""
    events: list[Event] = field(default_factory=list)
    news: list[News] = field(default_factory=list)


class _Judged(NamedTuple):
    """A subject that the machine has looked at: the change it makes, and the words it would be told in."""

    sifted: Sifted
    change: Change
    shown: Shown | None


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
        else:
            _note_past(judging)
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
    """Judge every rule; what nobody watches any more is closed before, so that it is neither judged nor freezes others.

    Raises:
        ConfigError: an audience has no channel; asked for before anything is written, not only in nights with news for it.
    """
    rules = judging.settings.rules
    channels: dict[str, str] = {rule.audience: judging.settings.channel(rule.audience) for rule in rules.values()}
    judging.late_feeds |= known_by_import_alone(judging.connection, judging.store_id, judging.as_of)
    judging.partial_feeds |= partial_feeds(judging.connection, judging.settings, judging.store_id, judging.as_of)
    _close_unwatched(judging)
    for rule_id, rule in _in_order(rules):
        _judge_rule(judging, rule_id, rule)
        if rule.subject == "feed":
            judging.late_feeds |= {
                (subject.marketplace, subject.id)
                for (name, subject), alert in judging.alerts.items()
                if name == rule_id and alert.condition.is_open
            }
    tell(judging.connection, judging.settings, judging.news, channels)


def _in_order(rules: Mapping[str, Rule]) -> list[tuple[str, Rule]]:
    """Return the rules, those of feeds first: what depends on a late feed is frozen by them."""
    return sorted(rules.items(), key=lambda item: item[1].subject != "feed")


def _close_unwatched(judging: _Judging) -> None:
    changes: list[Change] = []
    for alert in judging.alerts.values():
        reason = why_unwatched(judging.settings, alert)
        if reason and alert.condition.is_open and not _is_ahead(judging, alert):
            changes.append(_closed(judging, alert, reason))
    _save(judging, changes)
    judging.news.extend(Closing(change.after, change.judgement.reason, judging.now) for change in changes)


def _closed(judging: _Judging, alert: Alert, reason: str) -> Change:
    """Close an alert without its rule, which may be gone."""
    judgement = Judgement(judging.as_of, "not_applicable", reason=reason)
    condition, events = close(alert.condition, judging.as_of, reason)
    version = store.last_rule_version(judging.connection, alert)
    before = alert.before if alert.judged_for == judging.as_of else alert.condition
    return store.changed(alert, condition, events, judgement, before=before, rule_version=version)


def _judge_rule(judging: _Judging, rule_id: str, rule: Rule) -> None:
    known = {
        subject for (name, subject), alert in judging.alerts.items() if name == rule_id and _is_followed(judging, rule, alert)
    }
    judged = [
        found
        for sifted in _sifted(judging, rule_id, rule, known)
        if (found := _judged(judging, rule, _alert_of(judging, rule_id, sifted.subject), sifted))
    ]
    _save(judging, [found.change for found in judged])
    for found in judged:
        judging.news.extend(_news(judging, rule, found))


def _is_followed(judging: _Judging, rule: Rule, alert: Alert) -> bool:
    """Tell whether the alert is looked at even on a night without a breach: it is open, counts, or was resolved lately."""
    if _is_ahead(judging, alert):
        return False
    return alert.condition.is_counting or is_reopening(rule, alert.condition, judging.as_of)


def _is_ahead(judging: _Judging, alert: Alert) -> bool:
    """Tell whether the alert already speaks of a newer business day: then this one is history to it."""
    return alert.judged_for is not None and alert.judged_for > judging.as_of


def _alert_of(judging: _Judging, rule_id: str, subject: Subject) -> Alert:
    return judging.alerts.get((rule_id, subject)) or store.new_alert(rule_id, judging.store_id, subject)


def _sifted(judging: _Judging, rule_id: str, rule: Rule, known: set[Subject]) -> Iterable[Sifted]:
    """Return who is looked at; where the rule cannot be read, that is each of its known subjects, and an error."""
    try:
        found = readings.read(judging.connection, judging.settings, rule, judging.store_id, judging.as_of)
    except RuleReadingError as error:
        judging.broken[rule_id] = str(error)
        said = Judgement(judging.as_of, "error", reason=str(error))
        return [Sifted(subject, said, "", None, "") for subject in sorted(known)]
    return sift(found.frame, rule, judging.as_of, known=known, late=_late(judging, rule))


def _late(judging: _Judging, rule: Rule) -> Late:
    """Return by marketplace why the rule's metric is not known in full there; what is about all of them needs every one."""
    feeds = judging.settings.metrics[rule.metric].feeds
    said: dict[str, list[str]] = {}
    for word, found in (("late", judging.late_feeds), ("partial", judging.partial_feeds)):
        for place in sorted({place for place, feed in found if feed in feeds}):
            names = ", ".join(feed for feed in sorted(feeds) if (place, feed) in found)
            said.setdefault(place, []).append(f"{names} is {word}")
    words = {place: " and ".join(parts) for place, parts in said.items()}
    return words | ({EVERY_MARKETPLACE: next(iter(words.values()))} if words else {})


def _judged(judging: _Judging, rule: Rule, alert: Alert, sifted: Sifted) -> _Judged | None:
    """Return what the night does to an alert, or None where it says nothing new."""
    if _is_ahead(judging, alert):
        return None
    judgement, shown = sifted.judgement, None
    if judgement.outcome == "value" and (judgement.entered or alert.condition.is_open):
        shown = _shown(judging, rule, alert, judgement.as_of, judgement.value, sifted.reason)
        judgement = replace(judgement, detail=_detail(shown, sifted.evidence))
    after = _advanced(judging, rule, alert, judgement)
    is_repeat = alert.judged_for == judgement.as_of and after.condition == alert.condition and not after.events
    if is_repeat or (alert.rev == 0 and not after.events and not after.condition.is_counting):
        return None
    change = store.changed(alert, after.condition, after.events, judgement, before=after.before, rule_version=rule.version)
    return _Judged(sifted, change, shown)


def _detail(shown: Shown, evidence: str) -> str:
    return f"{shown.digest} {fingerprint(evidence)[:16]}" if evidence else shown.digest


def _advanced(judging: _Judging, rule: Rule, alert: Alert, judgement: Judgement) -> history.Advanced:
    is_new_night = alert.judged_for is None or alert.judged_for < judgement.as_of or not alert.rev
    current = alert.condition
    before = current if is_new_night else alert.before
    if history.needs_log(current, before, judgement):
        log = store.load_log(judging.connection, alert.fingerprint)
        return history.with_log(rule, current, log, judgement, is_new_night=is_new_night)
    if is_new_night:
        return history.next_night(rule, current, judgement)
    return history.same_night(rule, current, before, judgement)


def _news(judging: _Judging, rule: Rule, found: _Judged) -> Iterable[News]:
    alert, shown = found.change.after, found.shown
    condition = alert.condition
    for number, event in enumerate(found.change.events, found.change.alert.event_count + 1):
        # Without a value tonight, the message keeps showing the last known one as of its own day.
        day = condition.valued_on or judging.as_of
        known = shown or _shown(judging, rule, alert, day, condition.value, found.sifted.reason)
        through = found.sifted.data_through if shown else None
        yield Notice(alert, rule, event, number, known, through, judging.now)


def _shown(
    judging: _Judging,
    rule: Rule,
    alert: Alert,
    as_of: date,
    value: float | None,
    reason: str,
) -> Shown:
    asked = Asked(judging.store_id, alert.subject, as_of, value, reason)
    return describe(judging.connection, judging.settings, rule.metric, asked)


def _save(judging: _Judging, changes: list[Change]) -> None:
    store.save_all(judging.connection, changes, now=judging.now)
    for change in changes:
        judging.alerts[(change.after.rule, change.after.subject)] = change.after
        judging.events.extend(change.events)


def _note_past(judging: _Judging) -> None:
    """Keep what a night of the past says, without moving anything: breaches, and what is new of nights that were judged."""
    late: set[Feed] = set()
    for rule_id, rule in _in_order(judging.settings.rules):
        known = {subject for name, subject in judging.alerts if name == rule_id}
        judging.late_feeds |= late
        found = list(_sifted(judging, rule_id, rule, known))
        if rule.subject == "feed":
            late |= {(item.subject.marketplace, item.subject.id) for item in found if item.judgement.entered}
        _note_rule(judging, rule_id, rule, found)


def _note_rule(judging: _Judging, rule_id: str, rule: Rule, found: list[Sifted]) -> None:
    changes = [
        store.changed(alert, alert.condition, (), item.judgement, before=alert.before, rule_version=rule.version)
        for item in found
        for alert in (_alert_of(judging, rule_id, item.subject),)
    ]
    live = store.live_nights(judging.connection, [change.alert.fingerprint for change in changes], judging.as_of)
    told = [change for change in changes if change.judgement.entered or change.alert.fingerprint in live]
    store.note_known(judging.connection, [change.alert for change in told if not change.alert.rev], judging.as_of)
    new = store.note_evaluations(judging.connection, told, is_live=False)
    corrected = [change.alert for change in new if change.alert.fingerprint in live]
    store.mark_behind(judging.connection, corrected)
