"""People and time: where people stand with each episode, every transition, and every button that was pressed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Table, Text, UniqueConstraint

from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA
from sellerwatch.warehouse.types import CanonicalJson, Instant

RESPONSE: Final = Table(
    "response",
    METADATA,
    Column("thread_key", Text, primary_key=True, comment="the episode's conversation, as in the outbox"),
    Column("fingerprint", Text, nullable=False, comment="the alert"),
    Column("store_id", Text, nullable=False),
    Column("episode", Integer, nullable=False),
    # A circumstance, because it is made of instants.
    Column(
        "state",
        CanonicalJson,
        nullable=False,
        info=CIRCUMSTANCE,
        comment="where people stand: tier, acknowledgement, snooze, last call",
    ),
    Column("policy", CanonicalJson, nullable=False, comment="whom to call when, as configured when the episode began"),
    Column("due_at", Instant, info=CIRCUMSTANCE, comment="when time alone changes something next; empty where it never does"),
    Column("handled_tier", Text, comment="a person called it over at this tier, and the data has not agreed yet"),
    Column("handled_for", Date, comment="the newest business day judged when they did"),
    Column("event_count", Integer, nullable=False, comment="number of the last event"),
    Column("rev", Integer, nullable=False, comment="guards every update"),
    Index("ix_response_due", "due_at"),
    Index("ix_response_handled", "store_id", "handled_tier"),
    comment="Where people stand with each episode of an alert",
)

RESPONSE_EVENT: Final = Table(
    "response_event",
    METADATA,
    Column("thread_key", Text, primary_key=True),
    Column("number", Integer, primary_key=True, comment="1 for the episode's first event"),
    Column("kind", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("user_id", Text, comment="Slack's id of the person, where one acted or is asked"),
    Column("user_name", Text),
    Column("role", Text, comment="the role that is called, where one is"),
    Column("happened_at", Instant, nullable=False, info=CIRCUMSTANCE),
    comment="Every transition of people and time",
)

SLACK_ACTION: Final = Table(
    "slack_action",
    METADATA,
    Column("envelope_id", Text, primary_key=True, comment="Slack's id of the delivery; the same one may come again"),
    Column("user_id", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column(
        "action_ts", Text, nullable=False, comment="Slack's id of the press; with the user it is the same however delivered"
    ),
    Column("action", Text, nullable=False),
    Column("value", Text, nullable=False, comment="the episode and revision that the button showed"),
    Column("channel", Text, nullable=False),
    Column("thread_ts", Text, nullable=False, comment="the thread that the button stands in; empty for one of a root"),
    Column("received_at", Instant, nullable=False, info=CIRCUMSTANCE),
    Column("state", Text, nullable=False, comment="received, done or refused"),
    Column("answer", Text, comment="why it was refused"),
    CheckConstraint("state IN ('received','done','refused')", name="state"),
    UniqueConstraint("user_id", "action_ts"),
    Index("ix_slack_action_state", "state"),
    comment="Every button that was pressed in Slack, stored before anything follows from it",
)
