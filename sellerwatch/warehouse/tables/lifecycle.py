"""Stages of SKUs: where each one stands in its life, since when, and why."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Date, Index, Table, Text

from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.types import CanonicalJson

SKU_STAGE: Final = Table(
    "sku_stage",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("marketplace", Text, primary_key=True),
    Column("sku", Text, primary_key=True, comment="the seller's SKU"),
    Column("since_on", Date, primary_key=True, comment="the first day of the stage; it ends where the SKU's next row begins"),
    Column("stage", Text, nullable=False, comment="new, mature or clearance"),
    Column("source", Text, nullable=False, comment="user: the table lifecycle_stage says so; rule: lifecycle.yaml does"),
    Column("said", Text, nullable=False, comment="the word in the table lifecycle_stage; empty where the rule decided"),
    Column("reason", Text, nullable=False, comment="what decided, in one word"),
    Column("first_on", Date, comment="the day the SKU's life began, as far as it is known"),
    Column("detail", CanonicalJson, nullable=False, comment="the numbers it was decided by"),
    Column("decided_for", Date, nullable=False, comment="the night that decided it"),
    CheckConstraint("stage IN ('new','mature','clearance')", name="stage"),
    CheckConstraint("source IN ('user','rule')", name="source"),
    CheckConstraint("(source = 'user') = (said <> '')", name="said_by_people"),
    Index("ix_sku_stage_decided_for", "store_id", "decided_for"),
    comment="The stage of each SKU's life: one row for each change",
)
