"""Links from one conversation to another: whose addresses are known only once Slack has their messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sellerwatch.delivery.outbox import newest_home, select_roots
from sellerwatch.delivery.session import Session
from sellerwatch.messages.blocks import Block, Context, Earlier, Link, Message, line
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.outbox import OUTBOX


def referring(session: Session, message: Message) -> Message:
    """Return the message with a link for each conversation that it refers to and that has a message in Slack."""
    if not any(isinstance(block, Earlier) for block in message.blocks):
        return message
    return replace(message, blocks=tuple(found for block in message.blocks for found in _linked(session, block)))


def _linked(session: Session, block: Block) -> Iterator[Block]:
    if not isinstance(block, Earlier):
        yield block
        return
    with reading(session.engine) as connection:
        home = newest_home(connection.execute(select_roots().where(OUTBOX.c.thread_key == block.thread_key)).all())
    address = session.slack.permalink(home.channel, home.ts) if home and home.ts else None
    if address:
        yield Context(line(Link(block.text, address)))
