"""Every backfill: who asked for which history and why, what it cost, and what it changed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Table, Text

from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA
from sellerwatch.warehouse.types import CanonicalJson, Instant

BACKFILL: Final = Table(
    "backfill",
    METADATA,
    Column("id", Text, primary_key=True, info=CIRCUMSTANCE, comment="the id of its Prefect flow run, or one of its own"),
    Column("asked_by", Text, nullable=False, comment="the person who wanted it"),
    Column("reason", Text, nullable=False, comment="why, in that person's words"),
    Column("source", Text, nullable=False, comment="prefect or cli"),
    Column("stores", CanonicalJson, nullable=False),
    Column("feeds", CanonicalJson, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("mode", Text, nullable=False, comment="gaps, again or reparse"),
    Column("state", Text, nullable=False, comment="planned, running, complete, incomplete or cancelled"),
    Column("started_at", Instant, nullable=False, info=CIRCUMSTANCE, comment="when it was planned, which is done once"),
    Column("finished_at", Instant, info=CIRCUMSTANCE, comment="when it last ended"),
    Column("windows_wanted", Integer, nullable=False, comment="windows of its plan, those on their way included"),
    Column("windows_finished", Integer, nullable=False, server_default="0", comment="of these, those with a document"),
    Column("windows_empty", Integer, nullable=False, server_default="0", comment="of these, those of which Amazon has nothing"),
    Column("windows_failed", Integer, nullable=False, server_default="0", comment="of these, those that are not there"),
    Column("documents", Integer, nullable=False, server_default="0", comment="documents received, or read again"),
    Column(
        "calls", Integer, nullable=False, server_default="0", info=CIRCUMSTANCE, comment="calls of Amazon that it was granted"
    ),
    Column("rows_before", CanonicalJson, nullable=False, comment="rows by store/marketplace/table when it was planned"),
    Column("rows_after", CanonicalJson, nullable=False, comment="the same, when it last ended"),
    Column("routes", CanonicalJson, nullable=False, comment="how each feed was asked for, and why so"),
    Column("left_out", CanonicalJson, nullable=False, comment="what cannot be asked for, and why"),
    Column("problems", CanonicalJson, nullable=False, comment="what went wrong in each step, and what to do"),
    Column("expected_seconds", Integer, nullable=False, info=CIRCUMSTANCE, comment="how long the plan was to take"),
    CheckConstraint("mode IN ('gaps','again','reparse')", name="mode"),
    CheckConstraint("state IN ('planned','running','complete','incomplete','cancelled')", name="state"),
    CheckConstraint("source IN ('prefect','cli')", name="source"),
    CheckConstraint("first_day <= last_day", name="days"),
    Index("ix_backfill_started", "started_at"),
    comment="Every backfill: who asked for which history and why, what it cost, and what it changed",
)
