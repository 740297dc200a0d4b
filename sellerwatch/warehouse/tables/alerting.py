"""Alerts: what each evaluation said, the state it led to, and every transition."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Double, Index, Integer, Table, Text, false, true

from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA
from sellerwatch.warehouse.types import CanonicalJson, Instant

ALERT: Final = Table(
    "alert",
    METADATA,
    Column("fingerprint", Text, primary_key=True, comment="rule, store, marketplace and subject; never tier or value"),
    Column("rule", Text, nullable=False),
    Column("store_id", Text, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("status", Text, nullable=False, comment="inactive, pending, firing, recovering, resolved or closed"),
    Column("tier", Text, comment="yellow, orange or red while open"),
    Column("episode", Integer, nullable=False, comment="number of the firing life"),
    Column("value", Double, comment="the last judged value"),
    Column("judged_for", Date, nullable=False, comment="the newest business day judged"),
    Column("state", CanonicalJson, nullable=False, comment="the whole condition after judged_for"),
    Column("state_before", CanonicalJson, comment="the condition before judged_for, so that the day can be judged again"),
    Column("event_count", Integer, nullable=False, comment="number of the last event"),
    Column("rev", Integer, nullable=False, comment="guards every update"),
    CheckConstraint("status IN ('inactive','pending','firing','recovering','resolved','closed')", name="status"),
    Index("ix_alert_open", "store_id", "status"),
    comment="The state of one rule on one subject",
)

ALERT_EVENT: Final = Table(
    "alert_event",
    METADATA,
    Column("fingerprint", Text, primary_key=True),
    Column("number", Integer, primary_key=True, comment="1 for the alert's first event"),
    Column("episode", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("tier_before", Text),
    Column("tier_after", Text),
    Column("value", Double),
    Column("reason", Text),
    Column("rule_version", Integer, nullable=False),
    Column("happened_at", Instant, nullable=False, info=CIRCUMSTANCE),
    comment="Every transition of every alert",
)

EVALUATION: Final = Table(
    "evaluation",
    METADATA,
    Column("fingerprint", Text, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("version", Integer, primary_key=True, comment="1, or more where restated data was judged again"),
    Column("outcome", Text, nullable=False, comment="value, no_data, insufficient, not_applicable or error"),
    Column("tier", Text, comment="that the alert was in after it"),
    Column("value", Double),
    Column("reason", Text),
    Column("rule_version", Integer, nullable=False),
    Column("valued_on", Date, comment="the period that the value is of"),
    Column("entered", Integer, nullable=False, server_default="0", comment="depth of the tier entered: 0 none, 3 red"),
    Column("kept", Integer, nullable=False, server_default="0", comment="depth of the tier not yet left"),
    Column("is_well", Boolean, nullable=False, server_default=false(), comment="so good that it resolves at once"),
    Column("is_live", Boolean, nullable=False, server_default=true(), comment="false for history: it moved no condition"),
    comment="What each judgement of a watched subject said",
)
