"""What a run sends in the conversations of its alerts, as people may hear it: with buttons, and without what they put off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sellerwatch.alerts.response.attending import Attendance, clothe
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.scene import Item, Outgoing, Scene
from sellerwatch.delivery.outbox import Entry
from sellerwatch.messages.blocks import Actions, Message


def attend(scene: Scene, items: Mapping[str, Item]) -> None:
    """Let people's part in each alert follow its condition, and clothe what is sent about it."""
    own = _own_messages(scene)
    told = {name for name, item in items.items() if item.news and scene.told_of(item.alert).how == "root"}
    alerts = [scene.alerts[name] for name in sorted(own.keys() | told)]
    attendance = Attendance(scene.connection, scene.settings, alerts)
    clothed: dict[str, list[Outgoing]] = {}
    for alert in alerts:
        found = own.get(alert.fingerprint, [])
        clothed[alert.fingerprint] = list(_clothed(scene, attendance, alert, found, items.get(alert.fingerprint)))
    attendance.finish()
    _replace(scene, own, clothed)


def without_buttons(message: Message) -> Message:
    """Return what people read of a message: its buttons name the news they came with, which shows nowhere."""
    return replace(message, blocks=tuple(block for block in message.blocks if not isinstance(block, Actions)))


def _own_messages(scene: Scene) -> dict[str, list[Outgoing]]:
    own: dict[str, list[Outgoing]] = defaultdict(list)
    for item in scene.outgoing:
        if item.fingerprint and item.entry.thread_key == scene.alerts[item.fingerprint].thread_key:
            own[item.fingerprint].append(item)
    return own


def _clothed(
    scene: Scene, attendance: Attendance, alert: Alert, found: list[Outgoing], item: Item | None
) -> Iterator[Outgoing]:
    is_closed = item is not None and item.closing is not None
    rule = None if is_closed else scene.rule_of(alert)
    attended = attendance.attend(alert, rule, number=alert.event_count, now=scene.run.now)
    for outgoing in found:
        entries: tuple[Entry, ...] = (outgoing.entry,)
        if attended:
            entries = clothe(scene.connection, scene.settings, attended, entries)
        yield from (outgoing._replace(entry=entry) for entry in entries)


def _replace(scene: Scene, own: Mapping[str, list[Outgoing]], clothed: Mapping[str, list[Outgoing]]) -> None:
    """Put the clothed messages where the alert's first one stood; the order between conversations says nothing."""
    bare = {id(item) for items in own.values() for item in items}
    sent = [item for item in scene.outgoing if id(item) not in bare]
    scene.outgoing[:] = [*(item for items in clothed.values() for item in items), *sent]
