"""Putting on a message where people stand with it and what they can press; the message below it stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sellerwatch.alerts.response.machine import Response
from sellerwatch.alerts.response.policy import Policy
from sellerwatch.alerts.response.words import moment, say
from sellerwatch.messages.blocks import (
    Actions,
    Block,
    Bullets,
    Button,
    Context,
    Fields,
    Language,
    Line,
    Mention,
    Message,
    Standing,
    Tone,
    line,
)
from sellerwatch.settings.languages import in_language
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Titles

ACKNOWLEDGE: Final = "acknowledge"
RELEASE: Final = "release"
SNOOZE: Final = "snooze"
HANDLED: Final = "handled"
WHY: Final = "why"
"""What the buttons are called in Slack's messages; a snooze carries its days behind a colon. Names are for ever: old messages keep them."""


@dataclass(frozen=True, slots=True)
class People:
    """Who is who, as configured now: a chain is kept as it was, and who fills its roles is asked when somebody is called."""

    labels: Mapping[str, Titles]
    contacts: Mapping[str, str]
    snooze_days: Sequence[int]

    def called(self, role: str, language: Language) -> Line:
        """Return a role by its name, and whoever fills it called."""
        label = in_language(self.labels[role], language) if role in self.labels else role
        return line(label, " ", Mention(role)) if role in self.contacts else line(label)


def people_of(settings: Settings) -> People:
    """Return who is who."""
    routing = settings.routing
    return People(routing.owners, routing.contacts, routing.response.snooze_days)


def dress(message: Message, response: Response, policy: Policy, *, people: People, value: str) -> Message:
    """Return the message with where people stand and the buttons of this moment, in place of those it had.

    Args:
        message: the root of an alert, dressed before or not.
        response: where people stand.
        policy: what the episode goes by.
        people: who is who.
        value: what the buttons carry: `button_value`.
    """
    kept = undressed(message)
    standing = _standing(response, policy, people, message.language)
    top: tuple[Block, ...] = (Standing(standing),) if standing else ()
    buttons = _buttons(response, people, message.language, value)
    bottom: tuple[Block, ...] = (Actions(buttons),) if buttons else ()
    return replace(message, blocks=(*top, *kept, *bottom))


def undressed(message: Message) -> tuple[Block, ...]:
    """Return the blocks that are not about people."""
    return tuple(block for block in message.blocks if not isinstance(block, Standing | Actions))


def called_over(message: Message) -> Message:
    """Return the message of an alert that a person called over: what it shows, and nothing to do any more."""
    kept = tuple(block for block in message.blocks if isinstance(block, Fields | Bullets | Context))
    return replace(message, tone=Tone.GREEN, blocks=kept, is_broadcast=False)


def button_value(thread_key: str, rev: int) -> str:
    """Return what a button carries: the episode, and the revision that the reader sees."""
    return f"{thread_key}:{rev}"


def still_on_it(language: Language, value: str) -> Actions:
    """Return the buttons of a reminder."""
    return Actions(
        (
            Button(say("confirm", language), ACKNOWLEDGE, value, "primary"),
            Button(say("release", language), RELEASE, value),
        )
    )


def _standing(response: Response, policy: Policy, people: People, language: Language) -> Line | None:
    zone = policy.working.time_zone
    if response.handling:
        done = response.handling
        return line(say("is_handled", language, name=done.by.name, at=moment(done.at, zone, language)))
    if response.ack:
        ack, at = response.ack, moment(response.ack.at, zone, language)
        if ack.reminded_at is None:
            return line(say("is_acknowledged", language, name=ack.by.name, at=at))
        return line(
            say("is_reminded", language, name=ack.by.name, at=at, asked=moment(ack.reminded_at, zone, language)),
        )
    if response.snooze:
        until = moment(response.snooze.until, zone, language)
        return line(say("is_snoozed", language, name=response.snooze.by.name, until=until))
    return _last_call(response, policy, people, language)


def _last_call(response: Response, policy: Policy, people: People, language: Language) -> Line | None:
    """Say whom the chain called last; the owner, whom the message itself calls, need not be said."""
    if response.is_over or response.called <= policy.first_call:
        return None
    return line(say("is_called", language), *people.called(policy.calls[response.called].role, language))


def _buttons(response: Response, people: People, language: Language, value: str) -> tuple[Button, ...]:
    if response.is_over:
        return ()
    return (
        *_taking(response, language, value),
        *(Button(say("snooze", language, days=days), f"{SNOOZE}:{days}", value) for days in people.snooze_days),
        Button(say("handled", language), HANDLED, value),
        Button(say("why", language), WHY, value),
    )


def _taking(response: Response, language: Language, value: str) -> tuple[Button, ...]:
    if response.ack:
        return still_on_it(language, value).buttons
    take = Button(say("acknowledge", language), ACKNOWLEDGE, value, "primary")
    return (take, Button(say("wake", language), RELEASE, value)) if response.snooze else (take,)
