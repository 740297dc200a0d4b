"""Metric values: numerator, denominator, and why a value is unknown."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA
from sellerwatch.warehouse.types import Instant, Micros

METRIC_VALUE: Final = Table(
    "metric_value",
    MetaData(),  # a view: it is not created, migrated or written like a table
    Column("store_id", Text, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("subject_kind", Text, nullable=False, comment="store, marketplace, parent_asin, asin, sku, campaign, feed or check"),
    Column("subject", Text, nullable=False),
    Column("period", Text, nullable=False, comment="day, d7, d14, d30, d90, week, month or month_to_date"),
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
    Column("measured_for", Date, nullable=False, comment="the night that last changed its numbers"),
    PrimaryKeyConstraint("store_id", "metric", "period", "period_on", "marketplace", "subject_kind", "subject"),
    comment="Every measured number with its parts: a view of `metric_period` and `metric_number`, and what is to be read",
)


def _same(name: str, **more: Any) -> Column[Any]:  # noqa: ANN401 - what a column is given
    """Return a column of the view as a table holds it."""
    column = METRIC_VALUE.c[name]
    return Column(name, column.type, **{"nullable": column.nullable, "comment": column.comment, "info": column.info} | more)


METRIC_PERIOD: Final = Table(
    "metric_period",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, info=CIRCUMSTANCE),
    *(_same(name) for name in ("store_id", "metric", "period", "period_on", "marketplace", "subject_kind")),
    Column(
        "apart", Text, nullable=False, comment="the subject where its kind shares no period; empty where all subjects share it"
    ),
    *(_same(name) for name in ("currency", "is_final", "data_through", "definition_version")),
    _same("measured_for", comment="the night that first measured it"),
    UniqueConstraint(
        "store_id", "metric", "period", "period_on", "marketplace", "subject_kind", "apart", name="uq_metric_period"
    ),
    comment="What the values of a metric, period, marketplace and kind of subject have in common",
)
"""Its key begins with the period, so that the values of a night lie together however many nights there have been."""

APART: Final = ("store", "feed")
"""Kinds whose subjects are not known alike, so that each has a period of its own: a store's currencies, and feeds."""

METRIC_NUMBER: Final = Table(
    "metric_number",
    METADATA,
    Column("metric_period_id", BigInteger, nullable=False),
    *(_same(name) for name in ("subject", "numerator", "denominator", "value", "status", "reason")),
    Column("changed_for", Date, comment="the night that last changed it; null where that was the first of its period"),
    CheckConstraint("status IN ('ok','provisional','unknown')", name="status"),
    CheckConstraint("(status = 'unknown') = (value IS NULL)", name="unknown_is_null"),
    CheckConstraint("status = 'ok' OR reason IS NOT NULL", name="reason_given"),
    PrimaryKeyConstraint("metric_period_id", "subject"),
    sqlite_with_rowid=False,
    comment="What is measured of each subject in a period; there are many, so that a row says nothing twice",
)

_HELD: Final = {"measured_for": "coalesce(metric_number.changed_for, metric_period.measured_for)"} | {
    column.name: str(column)
    for table in (METRIC_PERIOD, METRIC_NUMBER)
    for column in table.columns
    if column.name != "measured_for"
}
_SHOWN: Final = ", ".join(f"{_HELD[column.name]} AS {column.name}" for column in METRIC_VALUE.columns)
event.listen(
    METRIC_NUMBER,
    "after_create",
    DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy names no types here
        f"CREATE VIEW metric_value AS SELECT {_SHOWN} "  # noqa: S608 - of nothing but what is written here
        "FROM metric_period JOIN metric_number ON metric_number.metric_period_id = metric_period.id"
    ),
)

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
