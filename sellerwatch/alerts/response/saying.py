"""From a transition of people and time to the outbox entries that tell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sellerwatch.alerts.response.dressing import People, button_value, called_over, dress, still_on_it
from sellerwatch.alerts.response.machine import EventKind, ResponseEvent
from sellerwatch.alerts.response.storing import Stored
from sellerwatch.alerts.response.words import moment, say
from sellerwatch.delivery.outbox import Entry, Home, Kind, ThreadState
from sellerwatch.messages.blocks import Block, Language, Mention, Message, Text, line

TOLD: Final[Mapping[EventKind, tuple[Kind, ...]]] = {
    "acknowledged": ("update",),
    "released": ("update",),
    "snoozed": ("update",),
    "handled": ("update", "reply"),
    "reminded": ("reply",),
    "lapsed": ("update", "reply"),
    "escalated": ("reply",),
    "snooze_ended": ("reply",),
}
"""What each event sends; of the others the condition's own messages tell. The root shows a call with its next update."""


NUMBER_MARK: Final = "."
"""Stands in a key before the number of a response's event; the keys of the condition's own messages have none."""


@dataclass(frozen=True, slots=True)
class Said:
    """One event, and everything its messages are made of."""

    event: ResponseEvent
    stored: Stored
    """As it stands after the event."""
    home: Home
    shown: Message
    """The newest content of the root."""
    rev: int
    """The newest revision of the conversation."""
    people: People

    @property
    def language(self) -> Language:
        """The conversation's."""
        return self.shown.language

    @property
    def value(self) -> str:
        """What buttons made now carry."""
        return button_value(self.stored.thread_key, self.rev)

    def at(self) -> str:
        """Return the event's moment in the words of the readers."""
        return moment(self.event.at, self.stored.policy.working.time_zone, self.language)


def said(
    event: ResponseEvent, stored: Stored, seen: ThreadState | None, people: People, *, rev: int | None = None
) -> Said | None:
    """Return what is needed to tell the event; None where it has no conversation to be told in.

    Args:
        event: what happened.
        stored: where people stand after it.
        seen: the conversation.
        people: who is who.
        rev: the revision, where the event is one of the condition too.
    """
    if seen is None or seen.home is None or seen.message is None:
        return None
    return Said(event, stored, seen.home, seen.message, rev or seen.last_rev, people)


def entries(item: Said) -> tuple[Entry, ...]:
    """Return the outbox entries of an event; the same event always gives the same keys. An update that shows nothing new is none."""
    told = TOLD.get(item.event.kind, ())
    made = {"update": _update, "reply": _reply}
    return tuple(_entry(item, kind, made[kind](item)) for kind in told if kind != "update" or _update(item) != item.shown)


def _entry(item: Said, kind: Kind, message: Message) -> Entry:
    event = item.event
    speaks_at = event.at if kind == "update" else item.stored.policy.released(event.at, event.tier)
    return Entry(
        key=f"{item.stored.thread_key}:{kind}:{item.rev}{NUMBER_MARK}{item.stored.event_count:04}",
        kind=kind,
        channel=item.home.channel,
        thread_key=item.stored.thread_key,
        rev=item.rev,
        message=message,
        not_before=speaks_at,
        created_at=event.at,
    )


def _update(item: Said) -> Message:
    message = called_over(item.shown) if item.event.kind == "handled" else item.shown
    return dress(message, item.stored.response, item.stored.policy, people=item.people, value=item.value)


def _reply(item: Said) -> Message:
    opening, blocks = REPLIES[item.event.kind](item)
    tone = _update(item).tone
    return Message(f"{opening} - {item.shown.title}", tone, blocks, item.language)


def _name(item: Said) -> str:
    return item.event.by.name if item.event.by else ""


def _calls(item: Said) -> tuple[Block, ...]:
    return (Text(line(say("called", item.language), *item.people.called(item.event.role or "", item.language))),)


_Reply = tuple[str, tuple[Block, ...]]


def _reminded(item: Said) -> _Reply:
    ack = item.stored.response.ack
    since = moment(ack.at if ack else item.event.at, item.stored.policy.working.time_zone, item.language)
    asked = Mention(item.event.by.user_id) if item.event.by else ""
    hours = item.stored.policy.confirm_hours
    answer = say("answer_one" if hours == 1 else "answer", item.language, hours=f"{hours:g}")
    buttons = still_on_it(item.language, item.value)
    return say("reminded", item.language, name=_name(item), at=since), (Text(line(asked, " ", answer)), buttons)


def _lapsed(item: Said) -> _Reply:
    return say("lapsed", item.language, name=_name(item)), _calls(item)


def _escalated(item: Said) -> _Reply:
    since = moment(item.stored.response.chain_from, item.stored.policy.working.time_zone, item.language)
    return say("escalated", item.language, since=since), _calls(item)


def _snooze_ended(item: Said) -> _Reply:
    return say("snooze_ended", item.language, name=_name(item)), _calls(item)


def _handled(item: Said) -> _Reply:
    return say("handled_reply", item.language, name=_name(item)), ()


REPLIES: Final[Mapping[EventKind, Callable[[Said], _Reply]]] = {
    "handled": _handled,
    "reminded": _reminded,
    "lapsed": _lapsed,
    "escalated": _escalated,
    "snooze_ended": _snooze_ended,
}
"""How the reply of each event begins, before the title of the root, and what it says below. A test holds it against `TOLD`."""
