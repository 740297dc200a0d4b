"""From a transition to the messages it causes: which kinds, in which words, to which channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from sellerwatch.alerts.facts_shown import Shown, number, value_words
from sellerwatch.alerts.machine import Condition, Event, EventKind
from sellerwatch.alerts.store import Alert
from sellerwatch.delivery.outbox import Entry, Kind, ThreadState
from sellerwatch.messages.blocks import Block, Bold, Bullets, Context, Fields, Mention, Message, Steps, Text, Tone, line
from sellerwatch.messages.wording import day_words
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Rule
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
}
"""What each event sends. A test walks it."""

TIER_TONES: Final[Mapping[Tier, Tone]] = {"yellow": Tone.YELLOW, "orange": Tone.ORANGE, "red": Tone.RED}
_OVER: Final[Mapping[str, Tone]] = {"resolved": Tone.GREEN, "closed": Tone.GREY}


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of one alert, with what messages need to tell it."""

    alert: Alert
    rule: Rule
    event: Event
    event_number: int
    shown: Shown
    data_through: datetime | None
    now: datetime

    @property
    def condition(self) -> Condition:
        """The condition after the event."""
        return self.alert.condition


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
        for kind in told.kinds
    )


def closing_entry(closing: Closing, seen: ThreadState) -> Entry | None:
    """Return the update that greys out what people last saw of the alert; None where nothing is visible."""
    alert = closing.alert
    if seen.home is None or seen.message is None:
        return None
    kept = tuple(block for block in seen.message.blocks if isinstance(block, Fields | Bullets | Context))
    words = Text(line(Bold(_closed_words(closing.reason))))
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
    """Return the alert's one message as it should look now."""
    condition, standing = notice.condition, _standing(notice)
    blocks: list[Block] = [Text(line(Bold(standing)))] if standing else []
    blocks.extend(notice.shown.blocks)
    if condition.is_open and condition.tier:
        blocks.extend(_call(settings, notice, condition.tier))
    blocks.append(Context(line(_small_print(notice))))
    return Message(title=_titled(notice.shown), tone=_tone(condition), blocks=tuple(blocks))


def _titled(shown: Shown) -> str:
    return f"{shown.value[:1].upper()}{shown.value[1:]}: {shown.name}"


def _tone(condition: Condition) -> Tone:
    if condition.status in _OVER:
        return _OVER[condition.status]
    return TIER_TONES[condition.tier] if condition.tier else Tone.GREY


def _standing(notice: Notice) -> str:
    """Say in words where the alert stands, where the colour alone does not."""
    condition = notice.condition
    if condition.status == "resolved":
        return "Resolved."
    if condition.status == "closed":
        return _closed_words(notice.event.reason)
    if condition.stale_since:
        why = f": {notice.event.reason}" if notice.event.reason else ""
        return f"Frozen since {day_words(condition.stale_since)}{why}. What you see is the last known state."
    if condition.status == "recovering":
        return f"Recovering: it is called resolved after {_nights(notice.rule.clear_periods)} like this."
    return _improving(notice.rule, condition)


def _improving(rule: Rule, condition: Condition) -> str:
    """Say why the tier is deeper than the value shown, where it is."""
    tier, value = condition.tier, condition.value
    if rule.relative_to or tier is None or value is None or depth(reached(rule, rule.tiers, value)) >= depth(tier):
        return ""
    exit_at = f"{'above' if rule.breach == 'at_most' else 'below'} {number(rule.tiers[tier].exit)}"
    return f"Improving: it stays {tier} until it was {exit_at} for {_nights(rule.step_down_periods)}."


def _nights(count: int) -> str:
    return "a night" if count == 1 else f"{count} nights"


def _closed_words(reason: str) -> str:
    return f"Closed, not resolved: {reason}."


def _call(settings: Settings, notice: Notice, tier: Tier) -> tuple[Block, ...]:
    """Return what to do, and whose it is."""
    return (Text(line(Bold("What to do"))), _steps(settings, notice.rule, tier), _owner(settings, notice))


def _steps(settings: Settings, rule: Rule, tier: Tier) -> Steps:
    """Return the playbook's steps for the tier, or for the deepest milder tier that has some."""
    steps = settings.playbooks[rule.playbook].steps
    chosen = max((name for name in steps if depth(name) <= depth(tier)), key=depth, default=None)
    return Steps(tuple(line(text) for text in (steps[chosen] if chosen else ())))


def _owner(settings: Settings, notice: Notice) -> Text:
    label = settings.routing.owners[notice.rule.owner]
    is_called = depth(notice.condition.tier) >= depth(settings.routing.mention_from)
    if is_called and notice.rule.owner in settings.routing.contacts:
        return Text(line("Owner: ", label, " ", Mention(notice.rule.owner)))
    return Text(line("Owner: ", label))


def _small_print(notice: Notice) -> str:
    rule, condition = notice.rule, notice.condition
    day = condition.valued_on.isoformat() if condition.valued_on else "unknown"
    parts = [
        f"{rule.title.en} ({rule.number} v{rule.version}{_limits(rule)})",
        f"judged for {day}",
        f"data through {notice.data_through:%Y-%m-%d %H:%M} UTC" if notice.data_through else "",
        f"episode {condition.episode}" if condition.episode > 1 else "",
    ]
    return ", ".join(part for part in parts if part)


def _limits(rule: Rule) -> str:
    if rule.relative_to or rule.subject == "check" or len(rule.tiers) == 1:  # the tier of a check is its severity, not a limit
        return ""
    side = "or less" if rule.breach == "at_most" else "or more"
    return ": " + ", ".join(f"{tier} at {number(rule.tiers[tier].enter)} {side}" for tier in TIERS if tier in rule.tiers)


def _reply(settings: Settings, notice: Notice, told: Told) -> Message:
    tier = notice.condition.tier if told.calls_owner else None
    blocks = _call(settings, notice, tier) if tier else ()
    return Message(_reply_text(settings, notice), _tone(notice.condition), blocks, is_broadcast=told.is_broadcast)


def _reply_text(settings: Settings, notice: Notice) -> str:
    event, value = notice.event, notice.shown.value
    if event.reason == "restated" and notice.rule.judged_by == "night":
        earlier = value_words(settings, notice.rule.metric, event.value_before)
        return f"Data corrected from {earlier} to {value}, {_outcome(notice)} - {notice.shown.name}"
    words = {
        "raised": f"Raised from {event.tier_before} to {event.tier_after}: {value}",
        "lowered": f"Lowered from {event.tier_before} to {event.tier_after}: {value}",
        "resolved": f"Resolved: {value}{_for_how_long(notice.rule)}",
        "reopened": f"Back within {notice.rule.reopen_hours} hours: {value}",
    }
    return f"{words[event.kind]} - {notice.shown.name}"


def _for_how_long(rule: Rule) -> str:
    if rule.clear_periods == 1:
        return ""
    exits = [band.exit for band in rule.tiers.values()]
    limit = f"above {number(max(exits))}" if rule.breach == "at_most" else f"below {number(min(exits))}"
    return f", {'within its limit' if rule.relative_to else limit} for {_nights(rule.clear_periods)}"


def _outcome(notice: Notice) -> str:
    if not notice.condition.is_open:
        return "resolved"
    return f"{'reopened as ' if notice.event.kind == 'reopened' else ''}{notice.condition.tier}"
