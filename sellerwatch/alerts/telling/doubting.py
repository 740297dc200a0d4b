"""Raising a doubt about a night's data, saying so, and saying what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.doubt import (
    CHANGES,
    PREFIX,
    Doubt,
    State,
    by_rule,
    differs,
    doubt_key,
    held_before,
    is_too_much,
    load_waiting,
    outcome,
    raise_doubt,
    settle,
)
from sellerwatch.alerts.telling.scene import Item, Scene
from sellerwatch.alerts.telling.words import say
from sellerwatch.delivery.outbox import Entry, Kind
from sellerwatch.messages.blocks import (
    Actions,
    Block,
    Bold,
    Bullets,
    Button,
    Code,
    Context,
    Mention,
    Message,
    Text,
    Tone,
    line,
)
from sellerwatch.messages.wording import phrase

CONFIRM: Final = "confirm_mass_change"
"""The button's action; its value is the name of the doubt's conversation."""

EXAMPLES: Final = 10
DATA_OWNER: Final = "data"


def doubted(scene: Scene, items: dict[str, Item]) -> dict[str, str]:
    """Return which alerts' news is doubted, and by which doubt; new doubts are told, and old ones that this run settles too."""
    waiting = _still_waiting(scene)
    for rule_id, changed in by_rule(item.alert for item in items.values() if _is_change(scene, item)).items():
        if rule_id not in waiting and (doubt := _new_doubt(scene, rule_id, changed)):
            waiting[rule_id] = doubt
    held = {told.fingerprint: told.held_by for told in scene.told.values() if told.held_by}
    return {
        name: doubt.thread_key
        for name, item in items.items()
        if (doubt := waiting.get(item.alert.rule)) and (item.notices or held.get(name) == doubt.thread_key)
    }


def _still_waiting(scene: Scene) -> dict[str, Doubt]:
    waiting: dict[str, Doubt] = {}
    limits = scene.settings.routing.telling.mass_change
    for doubt in load_waiting(scene.connection, scene.run.store_id):
        before = held_before(scene.connection, doubt, scene.run.as_of)
        members = [
            (scene.alerts[told.fingerprint], told)
            for told in scene.told.values()
            if told.held_by == doubt.thread_key and told.fingerprint in before & scene.alerts.keys()
        ]
        state = outcome(doubt, limits, scene.run, members)
        if state == "waiting":
            waiting[doubt.rule] = doubt
        elif settle(scene.connection, doubt, state):
            scene.send((settled_entry(scene, doubt, state),), is_of_night=True)
    return waiting


def _is_change(scene: Scene, item: Item) -> bool:
    """Tell whether the run changes what people would be told of the alert, apart from what was doubted before."""
    told = scene.told_of(item.alert)
    if scene.is_ops(item.alert) or (told.held_by or "").startswith(PREFIX):
        return False
    return any(notice.event.kind in CHANGES for notice in item.notices) and differs(item.alert, told)


def _new_doubt(scene: Scene, rule_id: str, changed: Sequence[Alert]) -> Doubt | None:
    run, subjects = scene.run, scene.run.subjects.get(rule_id, 0)
    if not is_too_much(scene.settings.routing.telling.mass_change, len(changed), subjects):
        return None
    channel = scene.router.channel(changed[0], scene.settings.rules[rule_id])
    name = doubt_key(run.store_id, rule_id, run.as_of)
    doubt = Doubt(name, run.store_id, rule_id, run.as_of, channel, len(changed), subjects)
    if not raise_doubt(scene.connection, doubt):
        return None
    scene.send((_entry(scene, doubt, "root", _message(scene, doubt, changed)),), is_of_night=True)
    return doubt


def settled_entry(scene: Scene, doubt: Doubt, state: State, *, by: str = "") -> Entry:
    """Return the update that says what became of the doubt."""
    language = scene.settings.language(doubt.store_id)
    words = say("doubt_confirmed_by", language, by=by) if by else say(f"doubt_{state}", language)
    message = _message(scene, doubt, ())
    kept = tuple(block for block in message.blocks if isinstance(block, Context))
    tone = Tone.GREEN if state == "withdrawn" else Tone.GREY
    return _entry(scene, doubt, "update", replace(message, tone=tone, blocks=(Text(line(Bold(words))), *kept)))


def _message(scene: Scene, doubt: Doubt, changed: Sequence[Alert]) -> Message:
    language, settings = scene.settings.language(doubt.store_id), scene.settings
    rule = settings.rules.get(doubt.rule)
    title = say(
        "doubt_title",
        language,
        changed=doubt.changed,
        subjects=doubt.subjects,
        rule=getattr(rule.title, language) if rule else doubt.rule,
        store=settings.stores[doubt.store_id].title,
    )
    names = sorted({alert.subject.id for alert in changed})
    listed = [line(Code(name)) for name in names[:EXAMPLES]]
    if len(names) > EXAMPLES:
        listed.append(line(phrase("more", language, count=len(names) - EXAMPLES)))
    called = (Text(line(Mention(DATA_OWNER))),) if DATA_OWNER in settings.routing.contacts else ()
    blocks: tuple[Block, ...] = (
        Text(line(say("doubt_why", language))),
        *called,
        Text(line(Bold(say("doubt_parts", language)))),
        Bullets(tuple(listed)),
        Context(line(say("doubt_day", language, day=doubt.as_of.isoformat()))),
        Actions((Button(say("doubt_confirm", language), CONFIRM, doubt.thread_key, "primary"),)),
    )
    return Message(title, Tone.ORANGE, blocks, language)


def _entry(scene: Scene, doubt: Doubt, kind: Kind, message: Message) -> Entry:
    now = scene.run.now
    return Entry(
        key=f"{doubt.thread_key}:{kind}:{1 if kind == 'root' else 2}",
        kind=kind,
        channel=doubt.channel,
        thread_key=doubt.thread_key,
        rev=1 if kind == "root" else 2,
        message=message,
        not_before=now if kind == "update" else scene.opens_at,
        created_at=now,
    )
