"""Amazon's own limits of metrics, as its reports told them day by day."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Table, Text

from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.types import Micros

METRIC_LIMIT: Final = Table(
    "metric_limit",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("marketplace", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("told_on", Date, primary_key=True, comment="the marketplace's day on which Amazon made the report"),
    Column("limit_value", Micros, nullable=False, comment="in the metric's own unit"),
    Column("keep", Text, nullable=False, comment="on which side of it Amazon wants the value: below, above or at"),
    Column("document_id", Text, ForeignKey("document.id"), nullable=False, comment="the document that says so"),
    CheckConstraint("keep IN ('below','above','at')", name="keep"),
    comment="The limit that Amazon's report gave a metric on a day",
)
