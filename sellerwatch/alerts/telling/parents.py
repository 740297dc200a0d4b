"""What the message of an alert says about the others it holds back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.amended import amended, with_paragraphs
from sellerwatch.alerts.telling.scene import Outgoing, Scene
from sellerwatch.alerts.telling.stored import Told
from sellerwatch.alerts.telling.words import PHRASES, enumerated, say
from sellerwatch.delivery.outbox import Entry
from sellerwatch.messages.blocks import Block, Bold, Language, Message, Text, line


@dataclass(frozen=True, slots=True)
class Held:
    """What one alert holds back."""

    names: tuple[str, ...] = ()
    freed: int = 0
    """How many it held until this run."""


def tell_of_held(scene: Scene) -> None:
    """Let each parent's message say how many alerts it holds back; where only their number changed, update it for that."""
    held = _by_parent(scene)
    parents = held.keys() | {told.fingerprint for told in scene.told.values() if told.holds}
    scene.outgoing[:] = [_dressed(item, held) for item in scene.outgoing]
    for fingerprint in sorted(parents & scene.alerts.keys()):
        _update(scene, scene.alerts[fingerprint], held.get(fingerprint, Held()))


def _by_parent(scene: Scene) -> Mapping[str, Held]:
    names: dict[str, list[str]] = defaultdict(list)
    freed: dict[str, int] = defaultdict(int)
    for told in scene.told.values():
        if told.how == "held" and told.held_by and told.fingerprint in scene.alerts:
            if told.freed_on is None:
                names[told.held_by].append(_name(scene, scene.alerts[told.fingerprint]))
            elif told.freed_on == scene.run.as_of:
                freed[told.held_by] += 1
    return {parent: Held(tuple(sorted(names[parent])), freed[parent]) for parent in names.keys() | freed.keys()}


def _name(scene: Scene, alert: Alert) -> str:
    rule = scene.rule_of(alert)
    language = scene.settings.language(scene.run.store_id)
    title = getattr(rule.title, language) if rule else alert.rule
    return f"{title} {alert.subject.id}"


def _dressed(item: Outgoing, held: Mapping[str, Held]) -> Outgoing:
    if item.fingerprint is None or item.fingerprint not in held or item.entry.kind == "reply":
        return item
    return item._replace(entry=_saying(item.entry, held[item.fingerprint]))


def _saying(entry: Entry, held: Held) -> Entry:
    return replace(entry, message=with_held(entry.message, held))


def with_held(message: Message, held: Held) -> Message:
    """Return the message with what it says about held alerts as it is now, before the small print."""
    return with_paragraphs(message, _STARTS, _words(message.language, held))


def _words(language: Language, held: Held) -> Iterator[Block]:
    if held.names:
        yield Text(line(Bold(say("held", language, count=len(held.names))), f" {enumerated(held.names, language)}"))
    elif held.freed:
        yield Text(line(Bold(say("freed", language, count=held.freed))))


def _update(scene: Scene, alert: Alert, held: Held) -> None:
    told = scene.told_of(alert)
    if told.holds == len(held.names) or not told.is_told:
        return
    scene.patch(told, holds=len(held.names))
    if told.how == "root" and alert.condition.is_open and not _is_on_its_way(scene.outgoing, told):
        update = amended(scene, alert, f"held:{scene.run.as_of}:{len(held.names)}", partial(with_held, held=held))
        scene.send(update, told.fingerprint, is_of_night=True)
    scene.note(replace(told, holds=len(held.names)))


def _is_on_its_way(outgoing: Sequence[Outgoing], told: Told) -> bool:
    return any(item.fingerprint == told.fingerprint and item.entry.kind != "reply" for item in outgoing)


_STARTS = tuple(PHRASES[language][name].split("{")[0] for language in PHRASES for name in ("held", "freed"))
"""How the paragraph about held alerts begins."""
