"""Where alerts are told that people do not know yet: in a message of their own, or as a row of the night's digest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date

from sqlalchemy import select

from sellerwatch.alerts.store import THREAD_NAME_LENGTH
from sellerwatch.alerts.telling.decide import seen_now, standing_of, timed, with_chart
from sellerwatch.alerts.telling.digest import DigestRow
from sellerwatch.alerts.telling.scene import Candidate, Scene, row_words
from sellerwatch.alerts.telling.words import say
from sellerwatch.core.ids import fingerprint
from sellerwatch.delivery.outbox import Entry
from sellerwatch.messages.blocks import Context, line
from sellerwatch.messages.wording import day_words
from sellerwatch.warehouse.tables.telling import DIGEST

DIGEST_PREFIX = "digest-"


def digest_key(channel: str, store_id: str, as_of: str) -> str:
    """Return the name of the digest's conversation: one for each channel, store and night."""
    return DIGEST_PREFIX + fingerprint("digest", channel, store_id, as_of)[:THREAD_NAME_LENGTH]


def place(scene: Scene) -> None:
    """Give each candidate its place; where a channel would get too many new messages, all but red ones become rows."""
    limit = scene.settings.routing.telling.digest.new_roots
    by_channel: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in scene.candidates:
        by_channel[candidate.channel].append(candidate)
    for found in by_channel.values():
        is_crowded = sum(candidate.wants_root and not candidate.is_ops for candidate in found) > limit
        for candidate in found:
            is_folded = is_crowded and not candidate.is_ops and candidate.tier != "red"
            if candidate.wants_root and not is_folded:
                _as_root(scene, candidate)
            else:
                _as_row(scene, candidate)


def _as_root(scene: Scene, candidate: Candidate) -> None:
    alert, was = candidate.notice.alert, candidate.was
    made = timed(scene, alert, with_chart(scene, candidate.notice, candidate.channel))
    scene.send(_saying_where(scene, candidate, made), alert.fingerprint, is_of_night=not candidate.is_news)
    scene.patch(was, standing="moved", holds=0)
    scene.note(seen_now(replace(was, how="root", thread_key=alert.thread_key), candidate.notice))


def _saying_where(scene: Scene, candidate: Candidate, made: list[Entry]) -> list[Entry]:
    """Say in the message of an alert that climbed out of a digest which one it stood in."""
    if candidate.was.how != "digest":
        return made
    day = scene.connection.scalar(select(DIGEST.c.as_of).where(DIGEST.c.thread_key == candidate.was.thread_key))
    if day is None:
        return made
    return [_noted(entry, day, scene.run.as_of) if entry.kind == "root" else entry for entry in made]


def _noted(entry: Entry, day: date, today: date) -> Entry:
    message = entry.message
    note = Context(line(say("listed_before", message.language, day=day_words(day, message.language, near=today))))
    return replace(entry, message=replace(message, blocks=(*message.blocks, note)))


def _as_row(scene: Scene, candidate: Candidate) -> None:
    notice, was = candidate.notice, candidate.was
    thread_key = digest_key(candidate.channel, scene.run.store_id, scene.run.as_of.isoformat())
    told = seen_now(replace(was, how="digest", thread_key=thread_key), notice)
    if was.how == "digest" and was.thread_key == thread_key:
        scene.patch(was, words=row_words(scene, notice), tier=notice.condition.tier, standing=standing_of(notice.condition))
    else:
        scene.patch(was, standing="moved", holds=0)
        scene.listed.append((candidate.channel, _row(scene, candidate, thread_key)))
    scene.note(told)


def _row(scene: Scene, candidate: Candidate, thread_key: str) -> DigestRow:
    notice = candidate.notice
    alert = notice.alert
    return DigestRow(
        thread_key=thread_key,
        fingerprint=alert.fingerprint,
        episode=alert.condition.episode,
        rule=alert.rule,
        marketplace=alert.subject.marketplace,
        subject=alert.subject.id,
        tier=notice.condition.tier,
        words=row_words(scene, notice),
        standing=standing_of(notice.condition),
    )
