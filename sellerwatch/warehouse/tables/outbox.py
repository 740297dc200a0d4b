"""Messages that were decided and must reach a channel exactly once, and those that others hear beside it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA
from sellerwatch.warehouse.types import Instant, JsonOrText

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("key", Text, primary_key=True, comment="episode:kind:event number; the same decision always has the same key"),
    Column("kind", Text, nullable=False, comment="root, update or reply"),
    Column("channel", Text, nullable=False, comment="Slack channel id"),
    Column("thread_key", Text, nullable=False, comment="the conversation: one root, its updates and replies"),
    Column("rev", Integer, nullable=False, comment="order within the conversation; a newer update replaces an older one"),
    Column("message", JsonOrText, nullable=False, comment="neutral blocks, rendered when sent"),
    Column("state", Text, nullable=False, comment="pending, sending, sent, superseded or dead"),
    Column("created_at", Instant, nullable=False, info=CIRCUMSTANCE),
    Column("not_before", Instant, nullable=False, info=CIRCUMSTANCE, comment="no attempt before this instant"),
    Column("first_attempt_at", Instant, info=CIRCUMSTANCE, comment="where reconciliation starts to look"),
    Column("lease_until", Instant, info=CIRCUMSTANCE, comment="until then the claiming process may still be sending"),
    Column("attempts", Integer, nullable=False, info=CIRCUMSTANCE),
    Column("missed_lookups", Integer, nullable=False, info=CIRCUMSTANCE, comment="times an unknown outcome was not found"),
    Column("sent_ts", Text, info=CIRCUMSTANCE, comment="Slack's id of the visible message"),
    Column("sent_at", Instant, info=CIRCUMSTANCE),
    Column("error", Text, info=CIRCUMSTANCE, comment="the last failure, without secrets"),
    CheckConstraint("kind IN ('root','update','reply')", name="kind"),
    CheckConstraint("state IN ('pending','sending','sent','superseded','dead')", name="state"),
    Index("ix_outbox_open", "state", "channel", "rev"),
    Index("ix_outbox_thread", "thread_key", "rev"),
    comment="Messages that were decided and must reach a channel exactly once",
)

MIRROR: Final = Table(
    "mirror",
    METADATA,
    Column("address", Text, primary_key=True, comment="name of the environment variable that holds the address"),
    Column("hears_from", Instant, nullable=False, info=CIRCUMSTANCE, comment="messages decided before are not sent there"),
    comment="Addresses beside Slack that hear what a channel hears, since they were first seen",
)

MIRRORED: Final = Table(
    "mirrored_message",
    METADATA,
    Column("key", Text, ForeignKey("outbox.key"), primary_key=True, comment="the message of the outbox"),
    Column("address", Text, primary_key=True, comment="name of the environment variable that holds the address"),
    Column(
        "state",
        Text,
        nullable=False,
        info=CIRCUMSTANCE,
        comment="pending, sending, sent, dead, or left out because it is not for post-only channels",
    ),
    Column("not_before", Instant, nullable=False, info=CIRCUMSTANCE, comment="no attempt before this instant"),
    Column("lease_until", Instant, info=CIRCUMSTANCE, comment="until then the claiming process may still be sending"),
    Column("attempts", Integer, nullable=False, info=CIRCUMSTANCE),
    Column("sent_at", Instant, info=CIRCUMSTANCE),
    Column("error", Text, info=CIRCUMSTANCE, comment="the last failure, without the address"),
    CheckConstraint("state IN ('pending','sending','sent','dead','left_out')", name="state"),
    Index("ix_mirrored_message_open", "state", "address"),
    comment="What became of each message on its way to an address beside Slack",
)

SWEEP: Final = Table(
    "sweep",
    METADATA,
    Column("transport", Text, primary_key=True, comment="slack"),
    Column("swept_until", Instant, nullable=False, info=CIRCUMSTANCE, comment="what was delivered before was looked through"),
    comment="Up to when delivered messages were looked through for doubles",
)
