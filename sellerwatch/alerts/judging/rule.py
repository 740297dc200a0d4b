"""Judging one rule of one night: who matters is looked at by the machine, and what changed is written at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, partial
from itertools import chain
from typing import Final, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DataError

from sellerwatch.alerts import store
from sellerwatch.alerts.condition import folding
from sellerwatch.alerts.condition.machine import Event, Judgement, is_reopening
from sellerwatch.alerts.judging.given import Reading, readings_of
from sellerwatch.alerts.judging.sift import Late, Sifted, sift
from sellerwatch.alerts.reading import tonight
from sellerwatch.alerts.reading.limits import LIMITS
from sellerwatch.alerts.reading.tonight import Readings, RuleError, Subject
from sellerwatch.alerts.response import by_hand
from sellerwatch.alerts.showing.about_rules import ABOUT_RULES, BROKEN_RULE, SHADOW_OVER, rule_place, shadows_over
from sellerwatch.alerts.showing.at_hand import AtHand
from sellerwatch.alerts.showing.facts import DESCRIPTIONS, Asked, Shown, describe, prepare
from sellerwatch.alerts.showing.limits import Usual
from sellerwatch.alerts.showing.notices import News, Notice
from sellerwatch.alerts.store import Alert, Change
from sellerwatch.core.ids import fingerprint
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rule_checks import feeds_of
from sellerwatch.settings.rules import Band, Rule
from sellerwatch.warehouse.problems import Problem

Alerts = dict[tuple[str, Subject], Alert]
Feed = tuple[str, str]
"""A marketplace and a report."""

NIGHT_PROBLEMS: Final = "night_problems"
"""The metric by which whoever runs the pipeline hears of a rule that cannot be read."""

Read = Callable[[Connection, Settings, Rule, str, date], Readings]


@dataclass(slots=True)
class Judging:
    """One night in the middle of being judged."""

    connection: Connection
    settings: Settings
    store_id: str
    as_of: date
    now: datetime
    alerts: Alerts
    marks: Mapping[str, by_hand.Mark] = field(default_factory=dict)
    """What people called over, by conversation."""
    is_first_run: bool = False
    """True where nothing was ever said of the night, so that nothing has to be looked up."""
    late_feeds: set[Feed] = field(default_factory=set)
    partial_feeds: set[Feed] = field(default_factory=set)
    broken: dict[str, Problem] = field(default_factory=dict)
    """By rule, why it could not be read."""
    read: Read | None = None
    """What reads a rule where that is not the warehouse."""
    events: list[Event] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    subjects: dict[str, int] = field(default_factory=dict)
    """How many subjects each rule looked at."""
    by_rule: dict[str, list[Alert]] = field(default_factory=dict)
    """The alerts of each rule as they were read: a rule changes none but its own."""
    unwatched: set[str] = field(default_factory=set)
    """What this night closed for want of anybody who watches it: it is not judged as well."""
    at_hand: AtHand = field(init=False)
    """What messages say beside the values."""

    def __post_init__(self) -> None:
        """Sort the alerts by rule."""
        self.at_hand = AtHand(self.connection, self.settings)
        for alert in self.alerts.values():
            self.by_rule.setdefault(alert.rule, []).append(alert)


class _Judged(NamedTuple):
    """A subject that the machine has looked at: the change it makes, and the words it would be told in."""

    sifted: Sifted
    change: Change
    shown: Shown | None


def judge_rule(judging: Judging, rule_id: str, rule: Rule) -> None:
    """Judge a rule on every subject; write what changed, and remember what is to be told of it.

    Raises:
        RetryableError: another process judged one of the alerts at the same time.
    """
    known = {alert.subject for alert in judging.by_rule.get(rule_id, ()) if _is_followed(judging, rule, alert)}
    looked_at = [(_alert_of(judging, rule_id, sifted.subject), sifted) for sifted in sifted_of(judging, rule_id, rule, known)]
    _prepare(judging, rule, looked_at)
    judged = [found for alert, sifted in looked_at if (found := _judged(judging, rule, alert, sifted))]
    save(judging, [found.change for found in judged])
    if not rule.shadow:
        judging.news.extend(_news(judging, rule, [found for found in judged if found.change.events]))


def _is_followed(judging: Judging, rule: Rule, alert: Alert) -> bool:
    """Tell whether the alert is looked at even on a night without a breach: it is open, counts, or was resolved lately."""
    if is_ahead(judging, alert) or alert.fingerprint in judging.unwatched:
        return False
    return alert.condition.is_counting or is_reopening(rule, alert.condition, judging.as_of)


def is_ahead(judging: Judging, alert: Alert) -> bool:
    """Tell whether the alert already speaks of a newer business day: then this one is history to it."""
    return alert.judged_for is not None and alert.judged_for > judging.as_of


def _alert_of(judging: Judging, rule_id: str, subject: Subject) -> Alert:
    return judging.alerts.get((rule_id, subject)) or store.new_alert(rule_id, judging.store_id, subject)


def sifted_of(judging: Judging, rule_id: str, rule: Rule, known: set[Subject]) -> Iterable[Sifted]:
    """Return who is looked at; where the rule cannot be read, that is each of its known subjects, and an error."""
    try:
        with judging.connection.begin_nested():
            found = (judging.read or tonight.read)(judging.connection, judging.settings, rule, judging.store_id, judging.as_of)
    except (RuleError, DataError) as error:
        judging.broken[rule_id] = _problem(rule_id, error)
        said = Judgement(judging.as_of, "error", reason=str(error))
        return [Sifted(subject, said, "", None, "") for subject in sorted(known)]
    of_rules = {subject for subject in known if subject.kind in ABOUT_RULES}
    judging.subjects[rule_id] = max(len(found.frame), len(known - of_rules))
    sifted = sift(found.frame, rule, judging.as_of, known=known - of_rules, late=_late(judging, rule))
    return chain(sifted, _sifted_rules(judging, rule, of_rules)) if rule.metric == NIGHT_PROBLEMS else sifted


def _problem(rule_id: str, error: Exception) -> Problem:
    place = rule_place(rule_id)
    if isinstance(error, RuleError):
        return Problem.of(error, place=place)
    return Problem("the database cannot compute what the rule reads", place, "Correct the rule; its alerts stay as they are")


def _sifted_rules(judging: Judging, rule: Rule, known: set[Subject]) -> Iterable[Sifted]:
    """Return each rule about which there is something to say as a problem of its own, and each of which there was."""
    said: dict[Subject, str | None] = {
        Subject(EVERY_MARKETPLACE, BROKEN_RULE, name): str(problem) for name, problem in judging.broken.items()
    }
    said |= {Subject(EVERY_MARKETPLACE, SHADOW_OVER, name): None for name in shadows_over(judging.settings, judging.as_of)}
    found = {subject: Reading(float(subject in said), said.get(subject), judging.now) for subject in said.keys() | known}
    if not found:
        return ()
    return sift(readings_of(judging.settings, rule, judging.as_of, found).frame, rule, judging.as_of, known=known, late={})


def _late(judging: Judging, rule: Rule) -> Late:
    """Return by marketplace why the rule's metric is not known in full there; what is about all of them needs every one."""
    feeds = feeds_of(judging.settings, rule)
    said: dict[str, list[str]] = {}
    for word, found in (("late", judging.late_feeds), ("partial", judging.partial_feeds)):
        for place in sorted({place for place, feed in found if feed in feeds}):
            names = ", ".join(feed for feed in sorted(feeds) if (place, feed) in found)
            said.setdefault(place, []).append(f"{names} is {word}")
    words = {place: " and ".join(parts) for place, parts in said.items()}
    return words | ({EVERY_MARKETPLACE: next(iter(words.values()))} if words else {})


def _prepare(judging: Judging, rule: Rule, looked_at: Iterable[tuple[Alert, Sifted]]) -> None:
    """Read at once what the messages of a rule need whose words decide whether something changed."""
    if rule.metric in DESCRIPTIONS:
        said = [(sifted, sifted.judgement) for alert, sifted in looked_at if _is_told(alert, sifted.judgement)]
        prepare(judging.at_hand, rule.metric, [_asked(judging, rule, sifted, item.as_of, item.value) for sifted, item in said])


def _is_told(alert: Alert, judgement: Judgement) -> bool:
    return judgement.outcome == "value" and bool(judgement.entered or alert.condition.is_open)


def _judged(judging: Judging, rule: Rule, alert: Alert, sifted: Sifted) -> _Judged | None:
    """Return what the night does to an alert, or None where it says nothing new."""
    if is_ahead(judging, alert) or alert.fingerprint in judging.unwatched:
        return None
    judgement, shown = _as_people_left_it(judging, alert, sifted.judgement), None
    is_told = _is_told(alert, judgement)
    if is_told and rule.metric in DESCRIPTIONS:  # of other metrics the value is all that is shown
        asked = _asked(judging, rule, sifted, judgement.as_of, judgement.value)
        shown = describe(judging.at_hand, rule.metric, asked)
        judgement = replace(judgement, detail=shown.digest)
    if is_told and sifted.evidence:
        judgement = replace(judgement, detail=f"{judgement.detail} {fingerprint(sifted.evidence)[:16]}")
    after = _advanced(judging, rule, alert, judgement)
    is_repeat = alert.judged_for == judgement.as_of and after.condition == alert.condition and not after.events
    if is_repeat or (alert.rev == 0 and not after.events and not after.condition.is_counting):
        return None
    change = store.changed(alert, after.condition, after.events, judgement, before=after.before, rule_version=rule.version)
    return _Judged(sifted, change, shown)


def _as_people_left_it(judging: Judging, alert: Alert, judgement: Judgement) -> Judgement:
    """Keep an alert that a person called over from coming back with what they knew."""
    mark = judging.marks.get(alert.thread_key)
    if mark is None:
        return judgement
    entered = TIERS[judgement.entered - 1] if judgement.entered else None
    if by_hand.agrees(mark, judgement, entered):
        by_hand.forget(judging.connection, alert.thread_key, judging.now)
    return by_hand.withheld(mark, judgement, entered)


def _advanced(judging: Judging, rule: Rule, alert: Alert, judgement: Judgement) -> folding.Advanced:
    judged_for = alert.judged_for if alert.rev else None
    before = alert.before if judged_for == judgement.as_of else alert.condition
    log = partial(store.load_log, judging.connection, alert.fingerprint)
    return folding.advance(rule, folding.Standing(alert.condition, before, judged_for), judgement, log)


def _news(judging: Judging, rule: Rule, changed: Sequence[_Judged]) -> Iterable[News]:
    asked = [_asked_last(judging, rule, found) for found in changed]
    prepare(judging.at_hand, rule.metric, [item for item, found in zip(asked, changed, strict=True) if not found.shown])
    for item, found in zip(asked, changed, strict=True):
        shown_by = _words(judging, rule, found, item)
        through = found.sifted.data_through if found.change.judgement.outcome == "value" else None
        for number, event in enumerate(found.change.events, found.change.alert.event_count + 1):
            yield Notice(found.change.after, rule, event, number, shown_by, through, judging.now)


def _words(judging: Judging, rule: Rule, found: _Judged, asked: Asked) -> Callable[[], Shown]:
    """Return what gives the words of a subject: they are made when somebody is told, and once."""
    if shown := found.shown:
        return lambda: shown
    return cache(partial(describe, judging.at_hand, rule.metric, asked))


def _asked_last(judging: Judging, rule: Rule, found: _Judged) -> Asked:
    """Return what to show: without a value tonight, a message keeps showing the last known one as of its own day."""
    condition = found.change.after.condition
    return _asked(judging, rule, found.sifted, condition.valued_on or judging.as_of, condition.value)


def _asked(judging: Judging, rule: Rule, sifted: Sifted, as_of: date, value: float | None) -> Asked:
    return Asked(
        judging.store_id,
        sifted.subject,
        as_of,
        value,
        sifted.reason,
        rule=rule,
        bands=_bands(judging, rule, sifted),
        usual=_usual(value, sifted.reference),
        period=rule.period,
        held=sifted.held,
    )


def _bands(judging: Judging, rule: Rule, sifted: Sifted) -> Mapping[Tier, Band]:
    """Return the subject's own tiers; those of its stage of life where the night does not name it."""
    if not sifted.limits:
        return judging.at_hand.bands(rule, judging.store_id, judging.as_of, sifted.subject)
    own = dict(zip(LIMITS, sifted.limits, strict=True))
    bands = {tier: (own[f"enter_{tier}"], own[f"exit_{tier}"]) for tier in TIERS}
    return {tier: Band(enter=enter, exit=leave) for tier, (enter, leave) in bands.items() if not math.isnan(enter)}


def _usual(value: float | None, reference: float | None) -> Usual | None:
    if reference is None or value is None:
        return None
    return Usual(reference, 100.0 * (value - reference) / abs(reference) if reference else None)


def save(judging: Judging, changes: list[Change]) -> None:
    """Write the changes, and go on with the alerts as they are now."""
    store.save_all(judging.connection, changes, now=judging.now, is_first=judging.is_first_run)
    for change in changes:
        judging.alerts[(change.after.rule, change.after.subject)] = change.after
        judging.events.extend(change.events)


def note_rule(judging: Judging, rule_id: str, rule: Rule, found: list[Sifted]) -> None:
    """Keep what a night of the past says of a rule; alerts that were told of it in its time are looked at again later."""
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
