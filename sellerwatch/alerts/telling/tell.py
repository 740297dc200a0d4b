"""From what a run has to tell to the outbox entries that tell it, in the transaction that stored the events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from sellerwatch.alerts.condition.machine import EventKind
from sellerwatch.alerts.showing.notices import Closing, News, closing_entry
from sellerwatch.alerts.store import Alert, load_named, load_open
from sellerwatch.alerts.telling.attended import attend, without_buttons
from sellerwatch.alerts.telling.decide import decide
from sellerwatch.alerts.telling.doubt import Doubt, settle
from sellerwatch.alerts.telling.doubting import doubted, settled_entry
from sellerwatch.alerts.telling.gather import write_digests
from sellerwatch.alerts.telling.inhibition import Inhibitors
from sellerwatch.alerts.telling.parents import tell_of_held
from sellerwatch.alerts.telling.place import place
from sellerwatch.alerts.telling.quiet import opens_at
from sellerwatch.alerts.telling.routes import router
from sellerwatch.alerts.telling.run import Run
from sellerwatch.alerts.telling.scene import Item, Outgoing, Scene, infer_told, prepare_standing
from sellerwatch.alerts.telling.shared import first_of, firsts, name_stores
from sellerwatch.alerts.telling.stored import load_told, save_told
from sellerwatch.alerts.telling.unusual_rows import list_unusual
from sellerwatch.delivery.outbox import bring_forward, enqueue, newest_content, read_message, thread_state
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.nights import newest_decided
from sellerwatch.warehouse.tables.telling import MESSAGE_OF_NIGHT

BEGINS: Final[frozenset[EventKind]] = frozenset({"fired", "reopened"})
"""The events that tell of an alert that people do not take for open."""


def tell(connection: Connection, settings: Settings, news: Iterable[News], channels: Mapping[str, str], run: Run) -> None:
    """Put the messages of a run into the outbox; the same news always gives the same keys.

    Args:
        connection: the transaction that stored the events.
        settings: rules, playbooks and routing.
        news: in the order in which it happened; none where only what was held back is to be looked at again.
        channels: the channel of each audience.
        run: whose news it is, and of which night.

    Raises:
        ConfigError: a route has no channel.
        RetryableError: another process told the same at the same time; nothing of this transaction may be committed.
    """
    items = _items(news)
    scene = _open(connection, settings, channels, run, items)
    known = (_sources(settings, scene.alerts) | run.untold) & scene.alerts.keys()
    for item in (*items.values(), *(Item(scene.alerts[name]) for name in known - items.keys())):
        infer_told(scene, item)
    _end_old_episodes(scene)
    _know_the_untold(scene, items)
    waiting = _waiting_items(scene, items)
    prepare_standing(scene, [item.alert for item in waiting.values()])
    items |= waiting
    told_by_others = firsts(scene)
    _decide_all(scene, items)
    place(scene)
    list_unusual(scene)
    tell_of_held(scene)
    name_stores(scene, told_by_others | firsts(scene))
    write_digests(scene)
    attend(scene, items)
    _write(scene)


def confirm(connection: Connection, settings: Settings, doubt: Doubt, *, now: datetime, by: str) -> bool:
    """Tell what a doubt held back, since a person says that it is true; each alert as it stands now.

    Args:
        connection: the transaction.
        settings: rules, playbooks and routing.
        doubt: what waits for somebody to confirm it.
        now: the moment.
        by: who says so.

    Returns:
        False where nobody waits for it any more: it was confirmed, agreed or withdrawn before.
    """
    if not settle(connection, doubt, "confirmed"):
        return False
    run = Run(doubt.store_id, newest_decided(connection, doubt.store_id) or doubt.as_of, now)
    channels: dict[str, str] = {rule.audience: settings.channel(rule.audience) for rule in settings.rules.values()}
    scene = _open(connection, settings, channels, run, {})
    scene.send((settled_entry(scene, doubt, "confirmed", by=by),), is_of_night=True)
    _write(scene)
    tell(connection, settings, (), channels, run)
    return True


def _items(news: Iterable[News]) -> dict[str, Item]:
    items: dict[str, Item] = {}
    for item in news:
        name = item.alert.fingerprint
        items[name] = Item(item.alert, (*(items[name].news if name in items else ()), item))
    return items


def _open(
    connection: Connection, settings: Settings, channels: Mapping[str, str], run: Run, items: Mapping[str, Item]
) -> Scene:
    alerts = load_open(connection, run.store_id)
    told = load_told(connection, run.store_id, items.keys() | _sources(settings, alerts) | run.untold)
    alerts |= load_named(connection, {fingerprint for fingerprint, _ in told} - alerts.keys())
    alerts |= {name: item.alert for name, item in items.items()}
    found = router(connection, settings, channels, run)
    return Scene(connection, settings, run, found, opens_at(settings, run.store_id, run.now), alerts, told)


def _sources(settings: Settings, alerts: Mapping[str, Alert]) -> set[str]:
    """Return the alerts that may hold others back."""
    metrics = {item.metric for item in settings.routing.telling.inhibition}
    return {
        name for name, alert in alerts.items() if alert.rule in settings.rules and settings.rules[alert.rule].metric in metrics
    }


def _waiting_items(scene: Scene, items: Mapping[str, Item]) -> dict[str, Item]:
    """Return the alerts without news of which earlier news still waits."""
    waiting = {told.fingerprint for told in scene.told.values() if told.held_by or told.is_behind}
    waiting |= {name for name in scene.run.untold & scene.alerts.keys() if not scene.told_of(scene.alerts[name]).is_told}
    return {name: Item(scene.alerts[name]) for name in sorted(waiting - items.keys()) if name in scene.alerts}


def _know_the_untold(scene: Scene, items: Mapping[str, Item]) -> None:
    """What people take for over, and what fires again though no news of this run says so, is still to be told."""
    for name in scene.run.untold & scene.alerts.keys():
        told = scene.told_of(scene.alerts[name])
        begins = name in items and any(notice.event.kind in BEGINS for notice in items[name].notices)
        if told.is_told and not told.shows_open and not begins:
            scene.note(replace(told, is_behind=True))


def _end_old_episodes(scene: Scene) -> None:
    """Close what people still see of an episode whose end was held back until the next one had begun."""
    for told in [told for told in scene.told.values() if told.held_by or told.is_behind]:
        alert = scene.alerts.get(told.fingerprint)
        if alert is None or alert.condition.episode == told.episode:
            continue
        condition = replace(alert.condition, status="closed", episode=told.episode)
        ended = replace(alert, condition=condition)
        seen = thread_state(scene.connection, ended.thread_key)
        greyed = closing_entry(Closing(ended, "a later episode has begun", scene.run.now), seen) if seen else None
        scene.send((greyed,) if greyed else (), told.fingerprint, is_of_night=True)
        scene.patch(told, standing="closed", holds=0)
        how = told.how if told.is_told else "none"
        scene.note(replace(told, how=how, status="closed", held_by=None, freed_on=None, is_behind=False))


def _decide_all(scene: Scene, items: dict[str, Item]) -> None:
    """Decide about every alert; what explains others goes first, as its message has to name them."""
    doubts = doubted(scene, items)

    def may_hold(alert: Alert) -> bool:
        told = scene.told_of(alert)
        return alert.fingerprint not in doubts and (told.is_told or alert.condition.status == "firing")

    inhibitors = Inhibitors(scene, may_hold)
    for item in sorted(items.values(), key=lambda item: inhibitors.holder(item.alert) is not None):
        decide(scene, item, _holder(scene, item, doubts, inhibitors))


def _holder(scene: Scene, item: Item, doubts: Mapping[str, str], inhibitors: Inhibitors) -> str | None:
    if doubt := doubts.get(item.alert.fingerprint):
        return doubt
    if scene.is_ops(item.alert):
        return first_of(scene, item.alert)
    parent = inhibitors.holder(item.alert)
    return parent.fingerprint if parent else None


def _write(scene: Scene) -> None:
    for item in scene.outgoing:
        if not _is_seen_already(scene, item):
            _enqueue(scene, item)
    scene.outgoing.clear()
    save_told(scene.connection, scene.changed.values())
    scene.changed.clear()


def _is_seen_already(scene: Scene, item: Outgoing) -> bool:
    """Tell whether an update would show nothing but what the newest message of the conversation shows."""
    if item.entry.kind != "update" or item.fingerprint is None:
        return False
    seen = newest_content(scene.connection, item.entry.thread_key)
    message = read_message(seen.message) if seen is not None else None
    return message is not None and without_buttons(message) == without_buttons(item.entry.message)


def _enqueue(scene: Scene, item: Outgoing) -> None:
    entry, run = item.entry, scene.run
    if entry.kind != "update" and entry.not_before <= run.now < scene.opens_at:
        bring_forward(scene.connection, entry.thread_key, run.now)
    enqueue(scene.connection, entry)
    if item.is_of_night:
        of_night = insert_if_absent(scene.connection, MESSAGE_OF_NIGHT)
        scene.connection.execute(of_night.values(key=entry.key, store_id=run.store_id, as_of=run.as_of))
