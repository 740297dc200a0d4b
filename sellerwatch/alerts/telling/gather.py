"""Digests at rest: their rows and messages, written in the transaction that tells the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, select, update

from sellerwatch.alerts.showing.money import Sku
from sellerwatch.alerts.telling.digest import (
    MESSAGE_ROOM,
    About,
    DigestRow,
    csv_text,
    digest_message,
    page_message,
    paged,
    ranked,
    row_size,
)
from sellerwatch.alerts.telling.scene import Scene
from sellerwatch.alerts.telling.stored import upsert
from sellerwatch.core.errors import RetryableError
from sellerwatch.delivery.outbox import Entry, Kind, newest_content
from sellerwatch.messages.blocks import Attachment, Message
from sellerwatch.messages.codec import to_dict
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.tables.telling import DIGEST, DIGEST_ROW

CENT: Final = Decimal("0.01")


def write_digests(scene: Scene) -> None:
    """Write every digest that begins or changes, and send what changes about it."""
    channels = {row.thread_key: channel for channel, row in scene.listed}
    scene.at_hand.risks.want(_sku(scene, row) for _, row in scene.listed)
    new = [_patched(scene, _with_money(scene, row)) for _, row in scene.listed]
    for thread_key in sorted(channels.keys() | {thread for thread, _ in scene.patches}):
        stored = scene.connection.execute(select(DIGEST).where(DIGEST.c.thread_key == thread_key)).first()
        added = [row for row in new if row.thread_key == thread_key]
        if stored is None:
            _begin(scene, thread_key, channels[thread_key], added)
        else:
            _go_on(scene, stored, added)


def _begin(scene: Scene, thread_key: str, channel: str, added: Sequence[DigestRow]) -> None:
    run, about = scene.run, _about(scene, scene.run.as_of)
    rows = _placed([], added, about, scene.settings.routing.telling.digest.rows)
    values = {"store_id": run.store_id, "channel": channel, "as_of": run.as_of}
    begun = insert_if_absent(scene.connection, DIGEST).values(thread_key=thread_key, rev=1, **values)
    if scene.connection.execute(begun.returning(DIGEST.c.thread_key)).first() is None:
        raise _met_another(thread_key)
    upsert(scene.connection, DIGEST_ROW, [asdict(row) for row in rows])
    post = _Post(scene, thread_key, channel, 1)
    scene.send([post.entry("root", digest_message(rows, about)), *post.pages(rows, rows, about)], is_of_night=True)


def _go_on(scene: Scene, stored: Row[Any], added: Sequence[DigestRow]) -> None:
    about, limit = _about(scene, stored.as_of), scene.settings.routing.telling.digest.rows
    before = _load_rows(scene.connection, stored.thread_key)
    known = [_patched(scene, row) for row in before]
    new = _placed(known, added, about, limit)
    changed = [row for row, old in zip(known, before, strict=True) if row != old] + new
    upsert(scene.connection, DIGEST_ROW, [asdict(row) for row in changed])
    rows = known + new
    message = digest_message(rows, about)
    seen = newest_content(scene.connection, stored.thread_key)
    if seen is not None and seen.message == to_dict(message):
        return
    post = _Post(scene, stored.thread_key, stored.channel, _next_rev(scene.connection, stored))
    scene.send([post.entry("update", message), *post.pages(new, rows, about)], is_of_night=True)


class _Post:
    """The messages of one revision of a digest."""

    def __init__(self, scene: Scene, thread_key: str, channel: str, rev: int) -> None:
        self._scene, self._thread_key, self._channel, self._rev = scene, thread_key, channel, rev

    def entry(self, kind: Kind, message: Message, *, page: int = 0) -> Entry:
        """Return one message; an update calls nobody and need not wait."""
        now = self._scene.run.now
        return Entry(
            key=f"{self._thread_key}:{kind}:{self._rev}{f':{page:04}' if page else ''}",
            kind=kind,
            channel=self._channel,
            thread_key=self._thread_key,
            rev=self._rev,
            message=message,
            not_before=now if kind == "update" else self._scene.opens_at,
            created_at=now,
        )

    def pages(self, new: Sequence[DigestRow], rows: Sequence[DigestRow], about: About) -> list[Entry]:
        """Return the replies that list the new rows for which the message has no room; the last brings all rows as a file.

        A file that cannot be uploaded is left out of that reply: each row stands in the message or in one of its replies.
        """
        numbers = sorted({row.page for row in new if row.page})
        listed = {number: [row for row in new if row.page == number] for number in numbers}
        said = {number: page_message(found, len(rows), about) for number, found in listed.items()}
        if said:
            file = Attachment(f"digest-{about.as_of}.csv", csv_text(rows))
            said[numbers[-1]] = replace(said[numbers[-1]], blocks=(*said[numbers[-1]].blocks, file))
        return [self.entry("reply", message, page=number) for number, message in said.items()]


def _placed(known: Sequence[DigestRow], added: Iterable[DigestRow], about: About, limit: int) -> list[DigestRow]:
    """Give new rows their places after the known ones: in the message while there is room, then in further replies."""
    inline = [row for row in known if row.page == 0]
    room = MESSAGE_ROOM - sum(row_size(row, about) for row in inline)
    first, *others = paged(ranked(added), about, inline=max(0, limit - len(inline)), room=room)
    last_page = max((row.page for row in known), default=0)
    pages = [(0, first), *enumerate(others, last_page + 1)]
    return [
        replace(row, place=place, page=page)
        for place, (page, row) in enumerate(((page, row) for page, rows in pages for row in rows), len(known) + 1)
    ]


def _next_rev(connection: Connection, stored: Row[Any]) -> int:
    guarded = update(DIGEST).where(DIGEST.c.thread_key == stored.thread_key, DIGEST.c.rev == stored.rev)
    if connection.execute(guarded.values(rev=stored.rev + 1)).rowcount != 1:
        raise _met_another(stored.thread_key)
    return int(stored.rev) + 1


def _met_another(thread_key: str) -> RetryableError:
    return RetryableError(
        "another process wrote the digest at the same time",
        where=thread_key,
        remedy="Run the evaluation again; nothing was changed",
    )


def _load_rows(connection: Connection, thread_key: str) -> list[DigestRow]:
    asked = select(DIGEST_ROW).where(DIGEST_ROW.c.thread_key == thread_key).order_by(DIGEST_ROW.c.place)
    return [DigestRow(**row._mapping) for row in connection.execute(asked)]  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def _about(scene: Scene, as_of: Any) -> About:  # noqa: ANN401 - a date, of a row
    store_id = scene.run.store_id
    store = scene.settings.stores[store_id]
    return About(store.title, as_of, scene.settings.language(store_id), shows_places=len(store.marketplaces) > 1)


def _patched(scene: Scene, row: DigestRow) -> DigestRow:
    return replace(row, **scene.patches.get((row.thread_key, (row.fingerprint, row.episode)), {}))


def _with_money(scene: Scene, row: DigestRow) -> DigestRow:
    """Give a row the sales of a day that are at risk; only of what is sold as a SKU they are known."""
    found = scene.at_hand.risks.get(_sku(scene, row))
    return replace(row, amount=found.a_day.quantize(CENT), currency=found.currency) if found else row


def _sku(scene: Scene, row: DigestRow) -> Sku:
    return Sku(scene.run.store_id, row.marketplace, row.subject, scene.run.as_of)
