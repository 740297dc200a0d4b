"""Buttons that were pressed: each is stored before anything follows from it, and is acted on once, whoever delivers it how often."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from sellerwatch.alerts import store
from sellerwatch.alerts.condition.machine import Event
from sellerwatch.alerts.response.by_hand import HANDLED as BY_HAND
from sellerwatch.alerts.response.dressing import ACKNOWLEDGE, HANDLED, RELEASE, SNOOZE, WHY, people_of
from sellerwatch.alerts.response.machine import Acknowledge, Handle, HumanAct, Person, Release, SnoozeFor, step
from sellerwatch.alerts.response.saying import entries, said
from sellerwatch.alerts.response.storing import Stored, load, save
from sellerwatch.alerts.response.why import why
from sellerwatch.alerts.response.words import say
from sellerwatch.alerts.showing.phrases import tier_words
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.doubt import find_doubt
from sellerwatch.alerts.telling.doubting import CONFIRM
from sellerwatch.alerts.telling.stored import called_over
from sellerwatch.alerts.telling.tell import confirm
from sellerwatch.core.errors import RetryableError, SellerwatchError
from sellerwatch.delivery.outbox import ThreadState, drop_waiting_replies, enqueue, readable_thread_state
from sellerwatch.delivery.presses import Press, Whisper
from sellerwatch.messages.blocks import Language, Message, Tone
from sellerwatch.settings.load import Settings
from sellerwatch.settings.routing import HIGHEST_SNOOZE_DAYS
from sellerwatch.warehouse.dialect import COUNTED, insert_if_absent
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.response import SLACK_ACTION
from sellerwatch.warehouse.workspace import Workspace

logger = logging.getLogger("sellerwatch.presses")

TRIES: Final = 5
"""How often a press is tried again that met another process at the same alert."""


@dataclass(frozen=True, slots=True)
class PressReport:
    """What became of the presses that waited."""

    done: int
    refused: int
    problems: tuple[str, ...] = ()
    """What could not be acted on and waits, and why; the other presses do not wait for it."""


@dataclass(frozen=True, slots=True)
class _Pressed:
    """A press, and the episode it speaks of."""

    press: Press
    at: datetime
    stored: Stored
    alert: Alert
    seen: ThreadState
    rev: int
    """The revision that the button showed."""

    @property
    def language(self) -> Language:
        return self.seen.message.language if self.seen.message else "en"

    @property
    def person(self) -> Person:
        return Person(self.press.user_id, self.press.user_name)


class _RefusedError(Exception):
    """A press that changes nothing; the text is what the person is told."""


def receive(workspace: Workspace, press: Press) -> bool:
    """Store a press; tell whether it is new: the same one may be delivered again, under the same name or another."""
    row = {
        "envelope_id": press.envelope_id,
        "user_id": press.user_id,
        "user_name": press.user_name,
        "action_ts": press.action_ts,
        "action": press.action,
        "value": press.value,
        "channel": press.channel,
        "thread_ts": press.thread_ts,
        "received_at": workspace.clock.now(),
        "state": "received",
    }
    with writing(workspace.engine) as connection:
        stored = connection.execute(insert_if_absent(connection, SLACK_ACTION).values(row), execution_options=COUNTED)
        return stored.rowcount == 1


def act_on_presses(workspace: Workspace, whisper: Whisper | None = None) -> PressReport:
    """Act on every press that waits, in the order received; who gets nothing but an answer hears it from ``whisper``.

    A press is marked in the transaction that acts on it, so that of two processes one acts, and one that was killed is caught up.
    One that fails is left for another time, and holds up no other.
    """
    with reading(workspace.engine) as connection:
        waiting = select(SLACK_ACTION.c.envelope_id).where(SLACK_ACTION.c.state == "received")
        ids = connection.scalars(waiting.order_by(SLACK_ACTION.c.received_at, SLACK_ACTION.c.action_ts)).all()
    outcomes: list[str | None] = []
    problems: list[str] = []
    for envelope_id in ids:
        try:
            outcomes.append(_act_with_patience(workspace, envelope_id, whisper))
        except SellerwatchError as error:
            problems.append(f"the press {envelope_id} waits: {error}")
        except Exception as error:
            logger.exception("a press could not be acted on")
            problems.append(f"the press {envelope_id} waits: {type(error).__name__}: {error}")
    return PressReport(outcomes.count("done"), outcomes.count("refused"), tuple(problems))


def _act_with_patience(workspace: Workspace, envelope_id: str, whisper: Whisper | None) -> str | None:
    for left in reversed(range(TRIES)):
        try:
            return _act(workspace, envelope_id, whisper)
        except RetryableError:
            if not left:
                raise
    raise AssertionError  # the last try returns or raises


def _act(workspace: Workspace, envelope_id: str, whisper: Whisper | None) -> str | None:
    with writing(workspace.engine) as connection:
        row = _claim(connection, envelope_id)
        if row is None:
            return None
        press = _press(row)
        try:
            answer = _follow(connection, workspace.settings, press, row.received_at)
        except _RefusedError as refusal:
            answer = None
            _refuse(connection, envelope_id, str(refusal))
            note = str(refusal)
        else:
            note = ""
    if whisper is not None and note:
        whisper.say(press, Message(note, Tone.GREY))
    if whisper is not None and answer is not None:
        whisper.say(press, why(workspace, answer.alert, answer.language))
    return "refused" if note else "done"


def _claim(connection: Connection, envelope_id: str) -> Row[Any] | None:
    mine = (SLACK_ACTION.c.envelope_id == envelope_id, SLACK_ACTION.c.state == "received")
    if connection.execute(update(SLACK_ACTION).where(*mine).values(state="done")).rowcount != 1:
        return None
    return connection.execute(select(SLACK_ACTION).where(SLACK_ACTION.c.envelope_id == envelope_id)).one()


def _refuse(connection: Connection, envelope_id: str, why_not: str) -> None:
    mine = SLACK_ACTION.c.envelope_id == envelope_id
    connection.execute(update(SLACK_ACTION).where(mine).values(state="refused", answer=why_not))


def _press(row: Row[Any]) -> Press:
    return Press(*(getattr(row, name) for name in Press.__dataclass_fields__))


def _follow(connection: Connection, settings: Settings, press: Press, at: datetime) -> _Pressed | None:
    """Do what was asked; return the press where it asks for words only.

    Raises:
        _RefusedError: nothing may change.
    """
    if press.action == CONFIRM:
        _confirm(connection, settings, press, at)
        return None
    pressed = _find(connection, press, at)
    if press.action == WHY:
        return pressed
    name, _, argument = press.action.partition(":")
    make = ACTS.get(name)
    act = make(pressed, argument) if make else None
    if act is None:
        raise _RefusedError(say("unknown_button", pressed.language))
    _require_present(pressed)
    _change(connection, settings, pressed, act)
    return None


def _confirm(connection: Connection, settings: Settings, press: Press, at: datetime) -> None:
    """Let people hear what was doubted; the button names the doubt, not an episode."""
    doubt = find_doubt(connection, press.value)
    if doubt is None or doubt.store_id not in settings.stores:
        raise _RefusedError(say("gone", "en"))
    if not confirm(connection, settings, doubt, now=at, by=press.user_name):
        raise _RefusedError(say("settled", settings.language(doubt.store_id, press.user_id)))


def _find(connection: Connection, press: Press, at: datetime) -> _Pressed:
    thread_key, _, rev = press.value.rpartition(":")
    stored = load(connection, thread_key) if rev.isascii() and rev.isdigit() else None
    alert = store.load_alert(connection, stored.fingerprint) if stored else None
    seen = readable_thread_state(connection, thread_key) if stored else None
    if stored is None or alert is None or seen is None:
        raise _RefusedError(say("gone", "en"))
    return _Pressed(press, at, stored, alert, seen, int(rev))


def _require_present(pressed: _Pressed) -> None:
    response = pressed.stored.response
    is_other = pressed.alert.thread_key != pressed.stored.thread_key
    if response.is_over or is_other or not pressed.alert.condition.is_open:
        raise _RefusedError(say("closed", pressed.language))
    if pressed.rev < response.tier_rev:
        raise _RefusedError(say("older", pressed.language, tier=tier_words(response.tier, pressed.language)))


def _change(connection: Connection, settings: Settings, pressed: _Pressed, act: HumanAct) -> None:
    stored = pressed.stored
    after, event = step(stored.policy, stored.response, act)
    if event is None:
        raise _RefusedError(say("nothing_to_release", pressed.language))
    rev = _resolve(connection, pressed) if isinstance(act, Handle) else None
    saved = save(connection, stored, after, event)
    if after.ack or after.snooze or after.is_over:
        drop_waiting_replies(connection, stored.thread_key, pressed.at)
    told = said(event, saved, pressed.seen, people_of(settings), rev=rev)
    for entry in entries(told) if told else ():
        enqueue(connection, entry)


def _resolve(connection: Connection, pressed: _Pressed) -> int:
    """Call the condition itself over; return the number of its event, which the messages are of."""
    before, on = pressed.alert.condition, pressed.alert.judged_for or pressed.at.date()
    after = replace(before, status="resolved", resolved_on=on, stale_since=None, detail="")
    event = Event("resolved", before.tier, after.tier, after.value, BY_HAND, before.value)
    called_over(connection, pressed.alert.fingerprint, before.episode)
    return store.save_act(connection, pressed.alert, after, event, on=on, now=pressed.at).event_count


def _acknowledge(pressed: _Pressed, _: str) -> HumanAct:
    return Acknowledge(pressed.at, pressed.person)


def _release(pressed: _Pressed, _: str) -> HumanAct:
    return Release(pressed.at, pressed.person)


def _snooze(pressed: _Pressed, days: str) -> HumanAct | None:
    is_sensible = days.isascii() and days.isdigit() and 0 < int(days) <= HIGHEST_SNOOZE_DAYS
    return SnoozeFor(pressed.at, pressed.person, int(days)) if is_sensible else None


def _handle(pressed: _Pressed, _: str) -> HumanAct:
    return Handle(pressed.at, pressed.person, pressed.alert.judged_for or pressed.at.date())


ACTS: Final[Mapping[str, Callable[[_Pressed, str], HumanAct | None]]] = {
    ACKNOWLEDGE: _acknowledge,
    RELEASE: _release,
    SNOOZE: _snooze,
    HANDLED: _handle,
}
"""What each button of an alert asks for, save the one that asks for words."""
