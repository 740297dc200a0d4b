"""From a transition to the messages it causes: which kinds, in which words, to which channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sellerwatch.alerts.facts_shown import Shown, number
from sellerwatch.alerts.machine import Condition, Event, EventKind
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.tiers import depth
from sellerwatch.delivery.outbox import Entry, Kind
from sellerwatch.messages.blocks import Block, Bold, Context, Mention, Message, Steps, Text, Tone, line
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Rule, Tier


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


def entries(settings: Settings, notice: Notice, channel: str) -> tuple[Entry, ...]:
    """Return the outbox entries of an event; the same event always gives the same keys."""
    told = TOLD[notice.event.kind]
    return tuple(
        Entry(
            key=f"{notice.alert.thread_key}:{kind}:{notice.event_number}",
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


def root(settings: Settings, notice: Notice) -> Message:
    """Return the alert's one message as it should look now."""
    condition = notice.condition
    title = f"{notice.rule.title.en}: {notice.shown.value} - {notice.shown.name}"
    blocks: list[Block] = [Text(line(Bold(_standing(condition))))] if _standing(condition) else []
    blocks.extend(notice.shown.blocks)
    if condition.is_open and condition.tier:
        blocks.append(_steps(settings, notice.rule, condition.tier))
        blocks.append(_owner(settings, notice))
    blocks.append(Context(line(_small_print(notice))))
    return Message(title=title, tone=_tone(condition), blocks=tuple(blocks))


def _tone(condition: Condition) -> Tone:
    if condition.status in _OVER:
        return _OVER[condition.status]
    return TIER_TONES[condition.tier] if condition.tier else Tone.GREY


def _standing(condition: Condition) -> str:
    """Say in words where the alert stands, where the colour alone does not."""
    if condition.status == "resolved":
        return "Resolved."
    if condition.status == "closed":
        return "Closed: no longer watched."
    if condition.stale_since:
        return f"Frozen since {condition.stale_since.isoformat()}: its data is late or missing. This is the last known state."
    if condition.status == "recovering":
        return "Recovering: it is called resolved once it stays there."
    return ""


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
    through = f", data through {notice.data_through:%Y-%m-%d %H:%M} UTC" if notice.data_through else ""
    day = notice.alert.judged_for.isoformat() if notice.alert.judged_for else "unknown"
    tiers = "" if notice.rule.relative_to else f" at {' / '.join(number(band.enter) for band in notice.rule.tiers.values())}"
    return f"{notice.rule.number} v{notice.rule.version}{tiers}, judged for {day}{through}"


def _reply(settings: Settings, notice: Notice, told: Told) -> Message:
    title = _reply_text(notice)
    blocks: tuple[Block, ...] = ()
    if told.calls_owner and notice.condition.tier:
        blocks = (_steps(settings, notice.rule, notice.condition.tier), _owner(settings, notice))
    return Message(title=title, tone=_tone(notice.condition), blocks=blocks, is_broadcast=told.is_broadcast)


def _reply_text(notice: Notice) -> str:
    event, value = notice.event, notice.shown.value
    if event.reason == "restated":
        return f"Data corrected: now {value} - {_outcome(notice)}"
    words = {
        "raised": f"Raised from {event.tier_before} to {event.tier_after}: {value}",
        "lowered": f"Lowered from {event.tier_before} to {event.tier_after}: {value}",
        "resolved": f"Resolved: {value}, {_for_how_long(notice)}",
        "reopened": f"Back within {notice.rule.reopen_hours} hours: {value}",
    }
    return f"{words[event.kind]} - {notice.shown.name}"


def _for_how_long(notice: Notice) -> str:
    periods = notice.rule.clear_periods
    exits = [band.exit for band in notice.rule.tiers.values()]
    limit = number(max(exits) if notice.rule.breach == "at_most" else min(exits))
    past = "above" if notice.rule.breach == "at_most" else "below"
    if notice.rule.relative_to:
        return "back within its limit"
    return f"{past} {limit} for {periods} nights" if periods > 1 else f"{past} {limit}"


def _outcome(notice: Notice) -> str:
    if not notice.condition.is_open:
        return "no alert is left"
    return f"{notice.condition.tier} tier"
