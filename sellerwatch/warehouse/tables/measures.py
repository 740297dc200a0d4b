"""Metric values: numerator, denominator, and why a value is unknown."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA
from sellerwatch.warehouse.types import Instant, Micros

METRIC_VALUE: Final = Table(
    "metric_value",
    METADATA,
    Column("store_id", Text, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("subject_kind", Text, nullable=False, comment="store, marketplace, parent_asin, asin, sku, campaign, feed or check"),
    Column("subject", Text, nullable=False),
    Column(
        "period",
        Text,
        nullable=False,
        server_default="day",
        comment="day, d7, d14, d30, d90, week, month or month_to_date",
    ),
    Column("period_on", Date, nullable=False, comment="the store-local day the value is about, or the last day of its period"),
    Column("numerator", Micros, comment="null when unknown"),
    Column("denominator", Micros, comment="null for a plain sum, or when unknown"),
    Column("value", Double, comment="numerator / denominator, times 100 for percentages; null when unknown"),
    Column("currency", Text, comment="for amounts"),
    Column("status", Text, nullable=False, comment="ok, provisional or unknown"),
    Column("reason", Text, comment="why it is unknown or provisional"),
    Column("is_final", Boolean, nullable=False, comment="false while Amazon may still restate the day"),
    Column("data_through", Instant, info=CIRCUMSTANCE, comment="newest moment of the data behind it"),
    Column("definition_version", Integer, nullable=False),
    Column("measured_for", Date, nullable=False, comment="the night that last changed it"),
    CheckConstraint("status IN ('ok','provisional','unknown')", name="status"),
    CheckConstraint("(status = 'unknown') = (value IS NULL)", name="unknown_is_null"),
    CheckConstraint("status = 'ok' OR reason IS NOT NULL", name="reason_given"),
    PrimaryKeyConstraint("store_id", "metric", "period", "period_on", "marketplace", "subject_kind", "subject"),
    comment="Every measured number with its parts",
)
"""The key begins with the period, so that the values of a night lie together however many nights there have been.

Within a period it runs as it always did, and so do the columns: the seals of older nights hash the rows in this order.
"""

MEASURED_BASIS: Final = Table(
    "measured_basis",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("period_on", Date, primary_key=True, comment="the last day of the period"),
    Column(
        "digest",
        Text,
        nullable=False,
        info=CIRCUMSTANCE,
        comment="of the definition, and of all the period's facts that it reads",
    ),
    Index("ix_measured_basis_period_on", "store_id", "period_on"),
    comment="What each catalogued metric was last measured from, so that a night touches only what has changed",
)

METRIC_DEFINITION: Final = Table(
    "metric_definition",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("subject_kind", Text, primary_key=True),
    Column("meaning", Text, nullable=False, comment="what is computed of facts, spelled out"),
    Column("first_measured_for", Date, nullable=False, comment="the first night that measured by it"),
    comment="What each version of a catalogued metric means, as it was first measured",
)

FACT_DAY: Final = Table(
    "fact_day",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("marketplace", Text, primary_key=True),
    Column("fact_table", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column(
        "seen",
        Text,
        nullable=False,
        info=CIRCUMSTANCE,
        comment="count of rows, and a digest of the documents that may speak of it",
    ),
    Column(
        "mark", Text, nullable=False, info=CIRCUMSTANCE, comment="what the day's rows come from; empty where there are none"
    ),
    comment="What the facts of each day were when they were last measured, so that only days with something new are read through",
)
