"""What becomes of each alert's news: told in its message, a row of its digest, told anew, or held back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from sellerwatch.alerts.condition.machine import Condition, Event, EventKind
from sellerwatch.alerts.showing.about_rules import ABOUT_RULES
from sellerwatch.alerts.showing.charts import chart_entries
from sellerwatch.alerts.showing.notices import Closing, Notice, closing_entry, entries
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.digest import Standing
from sellerwatch.alerts.telling.doubt import PREFIX
from sellerwatch.alerts.telling.run import Run
from sellerwatch.alerts.telling.scene import Candidate, Item, Scene, row_words, standing_notice
from sellerwatch.alerts.telling.stored import Told
from sellerwatch.delivery.outbox import Entry, thread_state
from sellerwatch.messages.blocks import Earlier
from sellerwatch.settings.tiers import depth

LOUD: Final[frozenset[EventKind]] = frozenset({"raised", "reopened"})
"""The events of which people must hear even where their message is held back for a while."""


def decide(scene: Scene, item: Item, holder: str | None) -> None:
    """Decide about one alert's news.

    Args:
        scene: the run.
        item: the alert and its news.
        holder: what holds its news back, if anything does.
    """
    told = scene.told_of(item.alert)
    if item.closing:
        _close(scene, item.closing, told)
    elif told.is_told and holder and holder.startswith(PREFIX):
        scene.note(replace(told, held_by=holder, is_behind=True))
    elif told.is_told:
        _go_on(scene, item, told, holder)
    elif not item.alert.condition.is_open:
        _forget(scene, told)
    elif holder:
        scene.note(replace(told, how="held", held_by=holder, freed_on=None))
    else:
        _begin(scene, item, told)


def _close(scene: Scene, closing: Closing, told: Told) -> None:
    """Grey out what people see of an alert that nobody watches any more; what they never saw just ends."""
    seen = None if told.how == "digest" else thread_state(scene.connection, closing.alert.thread_key)
    greyed = closing_entry(closing, seen) if seen else None
    scene.send((greyed,) if greyed else (), told.fingerprint)
    scene.patch(told, standing="closed", holds=0)
    how = told.how if told.is_told else "none"
    if told.key in scene.told:
        scene.note(replace(told, how=how, status="closed", held_by=None, freed_on=None, is_behind=False))


def _forget(scene: Scene, told: Told) -> None:
    """What ended while it was held was never told, so its end is not told either."""
    if told.how == "held":
        scene.note(replace(told, how="none", held_by=None, freed_on=None))


def _begin(scene: Scene, item: Item, told: Told) -> None:
    """Tell people of an alert that nothing holds, unless it was freed only now, or is on its way to being over."""
    is_of_rule = item.alert.subject.kind in ABOUT_RULES  # no number follows later: who told of it in its stead is gone
    if told.how == "held" and not is_of_rule and _has_to_wait(told, scene.run):
        scene.note(replace(told, freed_on=told.freed_on or scene.run.as_of))
    elif told.how != "held" or item.alert.condition.status == "firing":
        _propose(scene, item, told)


def _has_to_wait(told: Told, run: Run) -> bool:
    """What another alert explained is looked at again a night after that has ended: its numbers follow only then."""
    if told.held_by is None or told.held_by.startswith(PREFIX):
        return False
    return told.freed_on is None or told.freed_on >= run.as_of


def _propose(scene: Scene, item: Item, told: Told) -> None:
    last = item.notices[-1] if item.notices else standing_notice(scene, item.alert, "fired", told)
    if last is None:
        return
    fired = replace(last, event=replace(last.event, kind="fired"))
    is_ops = scene.is_ops(item.alert)
    wants_root = is_ops or fired.condition.tier not in scene.settings.routing.telling.digest.tiers
    channel = scene.router.channel(item.alert, fired.rule)
    scene.candidates.append(Candidate(fired, channel, wants_root, is_ops, told, bool(item.notices)))


def _go_on(scene: Scene, item: Item, told: Told, holder: str | None) -> None:
    """Tell the events of an alert that people know of; where something was held back before, what it all comes to."""
    for notice in _net(scene, item, told) if told.is_behind else item.notices:
        if told.how == "digest" and notice.event.kind in LOUD and not holder:
            _propose(scene, Item(item.alert, (notice,)), told)
            return
        told = _show(scene, notice, told, holder, is_news=bool(item.notices))


def _net(scene: Scene, item: Item, told: Told) -> Iterator[Notice]:
    kind = net_kind(told, item.alert.condition)
    last = item.notices[-1] if item.notices else standing_notice(scene, item.alert, kind, told)
    if last is not None:
        event = Event(kind, told.tier, last.condition.tier, last.condition.value, "recovered" if kind == "resolved" else "")
        yield replace(last, event=event)


def net_kind(told: Told, condition: Condition) -> EventKind:
    """Return the one event between what people see and how the alert stands."""
    if not condition.is_open:
        return "resolved" if told.shows_open and condition.status == "resolved" else "refreshed"
    if not told.shows_open:
        return "reopened"
    if depth(condition.tier) != depth(told.tier):
        return "raised" if depth(condition.tier) > depth(told.tier) else "lowered"
    if condition.status != told.status:
        return "recovering" if condition.status == "recovering" else "relapsed"
    return "refreshed"


def _show(scene: Scene, notice: Notice, told: Told, holder: str | None, *, is_news: bool) -> Told:
    """Show an event where people look for it; while something holds the alert's news back nobody is called."""
    if told.how == "root":
        found = with_chart(scene, notice, scene.router.channel(notice.alert, notice.rule))
        kept = [entry for entry in found if not holder or entry.kind == "update"]
        scene.send(timed(scene, notice.alert, kept), told.fingerprint, is_of_night=not is_news)
    scene.patch(told, words=row_words(scene, notice), tier=notice.condition.tier, standing=standing_of(notice.condition))
    if holder and notice.event.kind in LOUD:
        return scene.note(replace(told, held_by=holder, is_behind=True))
    return scene.note(seen_now(told, notice))


def with_chart(scene: Scene, notice: Notice, channel: str) -> list[Entry]:
    """Return the messages of an event in the alert's own conversation, with the picture of its trend where one belongs."""
    made = [_referring(scene, notice.alert, entry) for entry in entries(scene.settings, notice, channel)]
    return [*made, *chart_entries(scene.connection, scene.settings, notice, channel)]


def _referring(scene: Scene, alert: Alert, entry: Entry) -> Entry:
    """Let a message lead to the digest that told the episode before, where that was one of its rows."""
    before = scene.told.get((alert.fingerprint, alert.condition.episode - 1))
    digest = before.thread_key if before and before.how == "digest" else None
    if digest is None:
        return entry
    blocks = (replace(block, thread_key=digest) if isinstance(block, Earlier) else block for block in entry.message.blocks)
    return replace(entry, message=replace(entry.message, blocks=tuple(blocks)))


def seen_now(told: Told, notice: Notice) -> Told:
    """Return how the episode is told once people see the event."""
    condition = notice.condition
    return replace(
        told,
        event_number=notice.event_number,
        status=condition.status,
        tier=condition.tier,
        held_by=None,
        freed_on=None,
        is_behind=False,
    )


def standing_of(condition: Condition) -> Standing:
    """Return how a row of a digest stands."""
    if condition.status == "resolved":
        return "resolved"
    if not condition.is_open:
        return "closed"
    if condition.stale_since:
        return "frozen"
    return "recovering" if condition.status == "recovering" else "open"


def timed(scene: Scene, alert: Alert, found: Iterable[Entry]) -> list[Entry]:
    """Return the messages with the hour from which they may go out: an update calls nobody, and red waits for nothing."""
    is_urgent = alert.condition.is_open and alert.condition.tier == "red"
    waits = scene.opens_at
    return [entry if is_urgent or entry.kind == "update" else replace(entry, not_before=waits) for entry in found]
