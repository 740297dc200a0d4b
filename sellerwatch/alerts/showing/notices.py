"""From a transition to the messages it causes: which kinds, in which words, to which channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, NamedTuple, TypeAlias

from sellerwatch.alerts.condition.machine import Condition, Event, EventKind, periods_to_clear
from sellerwatch.alerts.showing.about_rules import SHADOW_OVER, shadow_steps
from sellerwatch.alerts.showing.facts import Shown
from sellerwatch.alerts.showing.phrases import say, tier_words
from sellerwatch.alerts.showing.reasons import reason_words
from sellerwatch.alerts.showing.values import figure, value_words
from sellerwatch.alerts.store import Alert
from sellerwatch.delivery.outbox import Entry, Kind, ThreadState
from sellerwatch.messages.blocks import (
    Block,
    Bold,
    Bullets,
    Context,
    Earlier,
    Fields,
    Inline,
    Language,
    Line,
    Link,
    Mention,
    Message,
    Steps,
    Text,
    Tone,
    line,
)
from sellerwatch.messages.wording import day_words, moment_words
from sellerwatch.settings.languages import in_language
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Tier
from sellerwatch.settings.routing import Links
from sellerwatch.settings.rules import Band, Rule
from sellerwatch.settings.tiers import depth, reached


class Told(NamedTuple):
    """The outbox entries an event causes, and how loud its reply is."""

    kinds: tuple[Kind, ...]
    calls_owner: bool = False
    is_broadcast: bool = False


TOLD: Final[Mapping[EventKind, Told]] = {
    "fired": Told(("root",), calls_owner=True),
    "raised": Told(("update", "reply"), calls_owner=True, is_broadcast=True),
    "lowered": Told(("update", "reply")),
    "refreshed": Told(("update",)),
    "recovering": Told(("update",)),
    "relapsed": Told(("update",)),
    "resolved": Told(("update", "reply")),
    "reopened": Told(("update", "reply"), calls_owner=True, is_broadcast=True),
    "stale": Told(("update",)),
    "closed": Told(("update",)),
    "flapping": Told(("reply",)),
}
"""What each event sends. A test walks it."""

TIER_TONES: Final[Mapping[Tier, Tone]] = {"yellow": Tone.YELLOW, "orange": Tone.ORANGE, "red": Tone.RED}
_OVER: Final[Mapping[str, Tone]] = {"resolved": Tone.GREEN, "closed": Tone.GREY}


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of one alert, with what messages need to tell it.

    Attributes:
        alert: as it is after the event.
        rule: that judged it.
        event: what happened.
        event_number: its place among the events of the alert, which tells its messages from those of others.
        shown_by: gives what is shown; asked only when the event is told, since of a flood of alerts most never are.
        data_through: how far the data reach; None without a value of tonight.
        now: when it happened.
    """

    alert: Alert
    rule: Rule
    event: Event
    event_number: int
    shown_by: Callable[[], Shown]
    data_through: datetime | None
    now: datetime

    @property
    def shown(self) -> Shown:
        """What is shown of the subject."""
        return self.shown_by()

    @property
    def condition(self) -> Condition:
        """The condition after the event."""
        return self.alert.condition

    @property
    def language(self) -> Language:
        """The language of what is shown, and so of the whole message."""
        return self.shown.language

    @property
    def bands(self) -> Mapping[Tier, Band]:
        """The rule's tiers as they are for the subject; none where they are told against something that is not known here."""
        own = self.shown.asked.bands if self.shown.asked else {}
        return own or ({} if self.rule.compared_with else self.rule.tiers)

    def say(self, phrase: str, /, **places: object) -> str:
        """Return a phrase in the message's language."""
        return say(phrase, self.language, **places)


@dataclass(frozen=True, slots=True)
class Closing:
    """An alert that nobody watches any more; its rule may be gone too."""

    alert: Alert
    reason: str
    now: datetime


News: TypeAlias = Notice | Closing
"""What a run has to tell, in the order in which it happened."""


def entries(settings: Settings, notice: Notice, channel: str) -> tuple[Entry, ...]:
    """Return the outbox entries of an event; the same event always gives the same keys."""
    told = TOLD[notice.event.kind]
    kinds = tuple(kind for kind in told.kinds if kind != "reply") if notice.event.is_quiet else told.kinds
    return tuple(
        Entry(
            key=message_key(notice.alert, kind, notice.event_number),
            kind=kind,
            channel=channel,
            thread_key=notice.alert.thread_key,
            rev=notice.event_number,
            message=_reply(settings, notice, told) if kind == "reply" else root(settings, notice),
            not_before=notice.now,
            created_at=notice.now,
        )
        for kind in kinds
    )


def closing_entry(closing: Closing, seen: ThreadState) -> Entry | None:
    """Return the update that greys out what people last saw of the alert; None where nothing is visible."""
    alert = closing.alert
    if seen.home is None or seen.message is None:
        return None
    kept = tuple(block for block in seen.message.blocks if isinstance(block, Fields | Bullets | Context))
    words = Text(line(Bold(_closed_words(closing.reason, seen.message.language))))
    return Entry(
        key=message_key(alert, "update", alert.event_count),
        kind="update",
        channel=seen.home.channel,
        thread_key=alert.thread_key,
        rev=alert.event_count,
        message=replace(seen.message, tone=Tone.GREY, blocks=(words, *kept)),
        not_before=closing.now,
        created_at=closing.now,
    )


def message_key(alert: Alert, kind: Kind, event_number: int) -> str:
    """Return the name of a message: the same event always gives the same one."""
    return f"{alert.thread_key}:{kind}:{event_number}"


def root(settings: Settings, notice: Notice) -> Message:
    """Return the alert's one message as it should look now: the number, the day, what to do; the evidence after that."""
    condition, standing = notice.condition, _standing(settings, notice)
    blocks: list[Block] = [Text(line(Bold(standing)))] if standing else []
    # What is closed has no present any more: only what it was is said.
    blocks.extend(notice.shown.lead[:1] if condition.status == "closed" else notice.shown.lead)
    if condition.is_open and condition.tier:
        blocks.extend(_call(settings, notice, condition.tier))
    blocks.extend(notice.shown.blocks)
    blocks.append(Context(_small_print(settings, notice)))
    if condition.episode > 1:
        before = replace(notice.alert, condition=replace(condition, episode=condition.episode - 1))
        blocks.append(Earlier(notice.say("earlier_episode"), before.thread_key))
    return Message(_titled(notice), tone_of(condition), tuple(blocks), notice.language)


def _titled(notice: Notice) -> str:
    value = notice.shown.value
    return notice.say("title", value=f"{value[:1].upper()}{value[1:]}", name=notice.shown.name)


def tone_of(condition: Condition) -> Tone:
    """Return the colour of an alert where it stands."""
    if condition.status in _OVER:
        return _OVER[condition.status]
    return TIER_TONES[condition.tier] if condition.tier else Tone.GREY


def _standing(settings: Settings, notice: Notice) -> str:
    """Say in words where the alert stands, where the colour alone does not."""
    condition = notice.condition
    if condition.status == "resolved":
        return notice.say("resolved")
    if condition.status == "closed":
        return _closed_words(notice.event.reason, notice.language)
    if condition.stale_since:
        return _frozen_words(notice, condition.stale_since)
    if condition.status == "recovering":
        return notice.say("recovering", nights=_nights(notice, periods_to_clear(notice.rule, condition)))
    return _improving(settings, notice)


def _frozen_words(notice: Notice, since: date) -> str:
    day = day_words(since, notice.language, near=notice.now.date())
    if not notice.event.reason:
        return notice.say("frozen", day=day)
    return notice.say("frozen_because", day=day, reason=reason_words(notice.event.reason, notice.language))


def _improving(settings: Settings, notice: Notice) -> str:
    """Say why the tier is deeper than the value shown, where it is."""
    rule, condition, bands = notice.rule, notice.condition, notice.bands
    tier, value = condition.tier, condition.value
    if (
        rule.relative_to
        or tier is None
        or tier not in bands
        or value is None
        or depth(reached(rule, bands, value)) >= depth(tier)
    ):
        return ""
    side = "improving_above" if rule.breach == "at_most" else "improving_below"
    limit, nights = _limit(settings, notice, bands[tier].exit), _nights(notice, rule.step_down_periods)
    places = {"tier": tier_words(tier, notice.language), "nights": nights}
    return notice.say("improving_within", **places) if rule.has_no_value else notice.say(side, limit=limit, **places)


def _limit(settings: Settings, notice: Notice, limit: float) -> str:
    asked = notice.shown.asked
    return figure(settings, notice.rule.metric, limit, notice.language, currency=asked.currency if asked else None)


def _nights(notice: Notice, count: int) -> str:
    return notice.say("night") if count == 1 else notice.say("nights", count=count)


def _closed_words(reason: str, language: Language) -> str:
    return say("closed", language, reason=reason_words(reason, language))


def _call(settings: Settings, notice: Notice, tier: Tier) -> tuple[Block, ...]:
    """Return what to do, and whose it is."""
    return (Text(line(Bold(notice.say("what_to_do")))), steps_of(settings, notice, tier), _owner(settings, notice))


def steps_of(settings: Settings, notice: Notice, tier: Tier) -> Steps:
    """Return the playbook's steps for the tier, or for the deepest milder tier that has some."""
    if notice.alert.subject.kind == SHADOW_OVER:
        return shadow_steps(notice.alert.subject.id, notice.language)
    steps = settings.playbooks[notice.rule.playbook].steps
    chosen = max((name for name in steps if depth(name) <= depth(tier)), key=depth, default=None)
    return Steps(tuple(line(in_language(text, notice.language)) for text in (steps[chosen] if chosen else ())))


def _owner(settings: Settings, notice: Notice) -> Text:
    owner = notice.rule.owner
    if notice.alert.subject.kind == SHADOW_OVER and notice.alert.subject.id in settings.rules:
        owner = settings.rules[notice.alert.subject.id].owner
    label = in_language(settings.routing.owners[owner], notice.language)
    is_called = depth(notice.condition.tier) >= depth(settings.routing.mention_from)
    if is_called and owner in settings.routing.contacts:
        return Text(line(notice.say("owner"), label, " ", Mention(owner)))
    return Text(line(notice.say("owner"), label))


def _small_print(settings: Settings, notice: Notice) -> Line:
    rule, condition = notice.rule, notice.condition
    near = notice.now.date()
    on = condition.valued_on
    day = notice.say("judged_for", day=day_words(on, notice.language, near=near)) if on else notice.say("day_unknown")
    through = notice.data_through
    parts = [
        notice.say("rule", title=in_language(rule.title, notice.language), number=rule.number, version=rule.version),
        day,
        notice.say("data_through", moment=moment_words(through, notice.language)) if through else "",
        notice.say("episode", count=condition.episode) if condition.episode > 1 else "",
        notice.say("flapping_note", days=rule.flap_days) if condition.is_flapping else "",
    ]
    said = notice.say("listed").join(part for part in parts if part)
    return line(said, *_links(settings.routing.links, notice.language))


def _links(links: Links, language: Language) -> Iterator[Inline]:
    for name, address in (("prefect", links.prefect), ("runbook", links.runbook)):
        if address:
            yield from (" · ", Link(say(name, language), address))


def _reply(settings: Settings, notice: Notice, told: Told) -> Message:
    tier = notice.condition.tier if told.calls_owner else None
    blocks = _call(settings, notice, tier) if tier else ()
    text = _reply_text(settings, notice)
    return Message(text, tone_of(notice.condition), blocks, notice.language, is_broadcast=told.is_broadcast)


def _reply_text(settings: Settings, notice: Notice) -> str:
    event, shown, language = notice.event, notice.shown, notice.language
    currency = shown.asked.currency if shown.asked else None
    if event.reason == "restated" and notice.rule.judged_by == "night":
        told = {"value": shown.value, "outcome": _outcome(notice), "name": shown.name}
        if notice.rule.has_no_value:
            return notice.say("corrected_whole", **told)
        limits = shown.asked.limits if shown.asked else ()
        earlier = value_words(settings, notice.rule.metric, event.value_before, language, currency=currency, apart=limits)
        return notice.say("corrected", earlier=earlier, **told)
    places = {
        "before": tier_words(event.tier_before, language),
        "after": tier_words(event.tier_after, language),
        "hours": notice.rule.reopen_hours,
        "held": _held(settings, notice),
        "starts": notice.rule.flap_starts,
        "days": notice.rule.flap_days,
        "value": shown.value,
        "name": shown.name,
    }
    return notice.say(_REPLIES[event.kind], **places)


_REPLIES: Final[Mapping[EventKind, str]] = {
    "raised": "raised",
    "lowered": "lowered",
    "resolved": "resolved_reply",
    "reopened": "reopened",
    "flapping": "flapping",
}
"""The phrase of each event that a reply tells of."""


def _held(settings: Settings, notice: Notice) -> str:
    """Say how long the value was past every exit, where that was more than one night."""
    rule = notice.rule
    count = min(notice.condition.calm) or rule.clear_periods
    if count == 1:
        return ""
    nights = _nights(notice, count)
    if rule.relative_to or rule.has_no_value or not notice.bands:
        return notice.say("held_within", nights=nights)
    exits = [band.exit for band in notice.bands.values()]
    is_low_bad = rule.breach == "at_most"
    limit = _limit(settings, notice, max(exits) if is_low_bad else min(exits))
    return notice.say("held_above" if is_low_bad else "held_below", limit=limit, nights=nights)


def _outcome(notice: Notice) -> str:
    if not notice.condition.is_open:
        return notice.say("outcome_resolved")
    name = "outcome_reopened" if notice.event.kind == "reopened" else "outcome_open"
    return notice.say(name, tier=tier_words(notice.condition.tier, notice.language))
