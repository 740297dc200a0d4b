"""What the demo shows of Slack's messages: each post and reply whole, each update and each long list in a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from textwrap import indent

from sqlalchemy import select

from sellerwatch.messages.blocks import MARKERS, STANDING_MARKER, Bullets, Chart, Message, Standing, Text
from sellerwatch.messages.chart_words import chart_words
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.plain import line_text, render_plain
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.workspace import Workspace


@dataclass
class Told:
    """Remembers what was shown, so that each look yields what Slack got since the last."""

    _seen: set[str] = field(default_factory=set)

    def since_last(self, workspace: Workspace) -> Iterator[str]:
        """Yield the text of every message that was sent since the last look, in the order Slack got them."""
        with reading(workspace.engine) as connection:
            rows = connection.execute(
                select(OUTBOX.c.key, OUTBOX.c.kind, OUTBOX.c.message)
                .where(OUTBOX.c.state == "sent")
                .order_by(OUTBOX.c.sent_at, OUTBOX.c.rev, OUTBOX.c.key),
            ).all()
        new = [row for row in rows if row.key not in self._seen]
        self._seen.update(row.key for row in new)
        for row in new:
            yield indent(words(row.kind, from_dict(row.message)), "    ")


def words(kind: str, message: Message) -> str:
    """Return what is shown of one message."""
    if kind == "root":
        return f"\n[new message]\n{render_plain(message)}"
    title = f"{MARKERS[message.tone]} {message.title}"
    if kind == "update":
        return "".join([f"[message updated] {title}", *(f"\n    {said}" for said in _states(message))])
    if charts := [chart_words(block) for block in message.blocks if isinstance(block, Chart)]:
        return f"[picture in thread] {MARKERS[message.tone]} {charts[0]}"
    if rows := sum(len(block.items) for block in message.blocks if isinstance(block, Bullets)):
        return f"[reply in thread] {title} ({rows} rows)"
    body = render_plain(message).partition("═\n")[2]
    return "\n".join([f"[reply in thread] {title}", *(f"    {line}" for line in body.splitlines() if line)])


def _states(message: Message) -> Iterator[str]:
    """Yield who is on it, and the sentences in which the message says how it stands."""
    for block in message.blocks:
        if isinstance(block, Standing):
            yield f"{STANDING_MARKER} {line_text(block.line)}"
        elif isinstance(block, Text) and len(block.line) == 1 and isinstance(block.line[0], str):
            yield line_text(block.line)
