"""How each alert is told: in a message of its own, as a row of a digest, or held back and by what."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Table, Text

from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.types import Micros

ALERT_TELLING: Final = Table(
    "alert_telling",
    METADATA,
    Column("fingerprint", Text, primary_key=True),
    Column("episode", Integer, primary_key=True),
    Column("store_id", Text, nullable=False),
    Column(
        "how",
        Text,
        nullable=False,
        comment="root: a message of its own; digest: a row of one; held: not told yet; none: never told",
    ),
    Column("thread_key", Text, comment="the conversation that tells it"),
    Column("held_by", Text, comment="what holds news back: an alert's fingerprint, or a mass change"),
    Column("freed_on", Date, comment="the night that ended the holding; what still fires is told by a later one"),
    Column("event_number", Integer, nullable=False, comment="the newest event that people see"),
    Column("status", Text, comment="the status that people see"),
    Column("tier", Text, comment="the tier that people were told of"),
    Column("is_behind", Boolean, nullable=False, comment="something was held back that people have yet to be told"),
    Column("holds", Integer, nullable=False, comment="how many alerts its message says it holds back"),
    CheckConstraint("how IN ('root','digest','held','none')", name="how"),
    Index("ix_alert_telling_store", "store_id", "held_by"),
    comment="How each episode of an alert is told",
)

DIGEST: Final = Table(
    "digest",
    METADATA,
    Column("thread_key", Text, primary_key=True),
    Column("store_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("as_of", Date, nullable=False, comment="the night whose news it gathers"),
    Column("rev", Integer, nullable=False, comment="guards every update"),
    comment="One message for many alerts of a channel, store and night",
)

DIGEST_ROW: Final = Table(
    "digest_row",
    METADATA,
    Column("thread_key", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("episode", Integer, primary_key=True),
    Column("place", Integer, nullable=False, comment="1 for the first; it never changes"),
    Column("page", Integer, nullable=False, comment="the reply that lists it; 0 for the message itself"),
    Column("rule", Text, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("tier", Text, comment="the tier it was last told at"),
    Column("standing", Text, nullable=False, comment="open, recovering, frozen, resolved, closed or moved"),
    Column("words", Text, nullable=False, comment="its value in words"),
    Column("amount", Micros, comment="money at risk a day"),
    Column("currency", Text),
    Column("holds", Integer, nullable=False, comment="how many alerts it holds back"),
    CheckConstraint("standing IN ('open','recovering','frozen','resolved','closed','moved')", name="standing"),
    comment="The rows of each digest, as people see them",
)

MASS_CHANGE: Final = Table(
    "mass_change",
    METADATA,
    Column("thread_key", Text, primary_key=True),
    Column("store_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("as_of", Date, nullable=False, comment="the night in which too much changed"),
    Column("channel", Text, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("subjects", Integer, nullable=False, comment="how many the rule looked at"),
    Column("state", Text, nullable=False, comment="waiting, confirmed, agreed or withdrawn"),
    CheckConstraint("state IN ('waiting','confirmed','agreed','withdrawn')", name="state"),
    Index("ix_mass_change_store", "store_id", "state"),
    comment="Nights in which so much changed that the data is doubted",
)

MESSAGE_OF_NIGHT: Final = Table(
    "message_of_night",
    METADATA,
    Column("key", Text, primary_key=True, comment="the outbox's"),
    Column("store_id", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Index("ix_message_of_night_night", "store_id", "as_of"),
    comment="Messages that tell of no event of one alert and night, and the night that sent them",
)
