"""What there is to say of a rule itself is one message in a channel, whichever store's night meets it first; it names the others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from sqlalchemy import select

from sellerwatch.alerts.condition.machine import OPEN
from sellerwatch.alerts.showing.about_rules import ABOUT_RULES
from sellerwatch.alerts.store import Alert, load_named
from sellerwatch.alerts.telling.amended import amended, with_paragraphs
from sellerwatch.alerts.telling.scene import Outgoing, Scene
from sellerwatch.alerts.telling.words import PHRASES, enumerated, say
from sellerwatch.delivery.outbox import thread_state
from sellerwatch.messages.blocks import Bold, Message, Text, line
from sellerwatch.warehouse.dialect import take_turn
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.telling import ALERT_TELLING


def first_of(scene: Scene, alert: Alert) -> str | None:
    """Return which store's alert tells of the rule already where this one would; None where this one has to be told itself.

    Runs of two stores that meet a broken rule at the same time take turns, so that the second finds the first.
    """
    rule = scene.rule_of(alert)
    if not _is_of_rule(alert) or rule is None or not alert.condition.is_open or scene.told_of(alert).is_told:
        return None
    take_turn(scene.connection, "broken_rules")
    channel = scene.router.channel(alert, rule)
    found = load_named(scene.connection, _told_elsewhere(scene, alert))
    seen = ((name, thread_state(scene.connection, other.thread_key)) for name, other in found.items())
    return next((name for name, thread in seen if thread and thread.home and thread.home.channel == channel), None)


def _told_elsewhere(scene: Scene, alert: Alert) -> list[str]:
    """Return the open alerts of other stores on the same rule that have a message; a store that is gone ends none."""
    joined = ALERT.join(
        ALERT_TELLING,
        (ALERT_TELLING.c.fingerprint == ALERT.c.fingerprint) & (ALERT_TELLING.c.episode == ALERT.c.episode),
    )
    same = (ALERT.c.rule == alert.rule, ALERT.c.subject_kind == alert.subject.kind, ALERT.c.subject == alert.subject.id)
    others = (ALERT.c.store_id.in_(scene.settings.stores.keys() - {alert.store_id}), ALERT.c.status.in_(OPEN))
    asked = select(ALERT.c.fingerprint).select_from(joined).where(*same, *others, ALERT_TELLING.c.how == "root")
    return list(scene.connection.scalars(asked))


def firsts(scene: Scene) -> set[str]:
    """Return the alerts of other stores that tell of the run's broken rules in their stead, as it stands in the run."""
    return {
        told.held_by
        for told in scene.told.values()
        if told.held_by and told.fingerprint in scene.alerts and _is_of_rule(scene.alerts[told.fingerprint])
    }


def name_stores(scene: Scene, concerned: Collection[str]) -> None:
    """Let each message about a broken rule name the other stores that cannot read it either.

    Args:
        scene: the run.
        concerned: the alerts of other stores whose message this run's store may have joined or left.
    """
    scene.outgoing[:] = [_dressed(scene, item) for item in scene.outgoing]
    for name, alert in load_named(scene.connection, concerned).items():
        if alert.condition.is_open:
            stores = _stores(scene, name)
            # More stores come later: the update that names more is the newest.
            update = f"stores:{len(stores):04}:{scene.run.store_id}:{scene.run.as_of}"
            scene.send(amended(scene, alert, update, partial(_naming, scene=scene, stores=stores)), is_of_night=True)


def _is_of_rule(alert: Alert) -> bool:
    return alert.subject.kind in ABOUT_RULES


def _dressed(scene: Scene, item: Outgoing) -> Outgoing:
    """Keep the names in what the first store's own night says anew of its alert."""
    alert = scene.alerts.get(item.fingerprint or "")
    if alert is None or not _is_of_rule(alert) or not alert.condition.is_open or item.entry.kind == "reply":
        return item
    stores = _stores(scene, alert.fingerprint)
    return item._replace(entry=replace(item.entry, message=_naming(item.entry.message, scene, stores)))


def _stores(scene: Scene, first: str) -> list[str]:
    """Return the stores that stand behind the alert, those of other runs as they are stored."""
    asked = select(ALERT_TELLING.c.store_id).where(ALERT_TELLING.c.held_by == first, ALERT_TELLING.c.how == "held")
    others = set(scene.connection.scalars(asked.where(ALERT_TELLING.c.store_id != scene.run.store_id)))
    ours = {told.store_id for told in scene.told.values() if told.held_by == first and told.how == "held"}
    return sorted((others | ours) & scene.settings.stores.keys())


def _naming(message: Message, scene: Scene, stores: list[str]) -> Message:
    """Return the message with the other stores as they are now."""
    titles = enumerated([scene.settings.stores[name].title for name in stores], message.language)
    said = Text(line(Bold(say("also_stores", message.language)), f" {titles}"))
    return with_paragraphs(message, _ALSO, [said] if stores else [])


_ALSO = tuple(PHRASES[language]["also_stores"] for language in PHRASES)
"""How the paragraph about other stores begins."""
