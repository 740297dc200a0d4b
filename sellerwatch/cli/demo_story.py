"""What the demo shows of a night's Slack messages: each post whole, each update and reply in a line."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

from sqlalchemy import select

from sellerwatch.alerts.conversations import is_of_night
from sellerwatch.briefs.night_summary import NightSummary
from sellerwatch.messages.blocks import MARKERS, Message
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.plain import render_plain
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.workspace import Workspace


def messages_of_night(workspace: Workspace, night: NightSummary) -> Iterator[str]:
    """Yield the text of every message that the night sent, in the order Slack got them."""
    with reading(workspace.engine) as connection:
        rows = connection.execute(
            select(OUTBOX)
            .where(is_of_night(night.store_id, night.as_of), OUTBOX.c.state == "sent")
            .order_by(OUTBOX.c.sent_at, OUTBOX.c.rev, OUTBOX.c.key),
        ).all()
    for row in rows:
        yield _words(row.kind, from_dict(row.message))


def _words(kind: str, message: Message) -> str:
    if kind == "root":
        return indent(f"\n[new message]\n{render_plain(message)}", "    ")
    if kind == "reply":
        return indent(f"[reply in thread] {render_plain(message)}", "    ")
    return indent(f"[message updated] {MARKERS[message.tone]} {message.title}", "    ")
