"""Data checks: what each one expected and found in the night's data, or why it could not say."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Date, Integer, Table, Text

from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.types import CanonicalJson, Micros

DATA_CHECK: Final = Table(
    "data_check",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("check_name", Text, primary_key=True, comment="the check's name in checks.yaml"),
    Column("marketplace", Text, primary_key=True),
    Column("day", Date, primary_key=True, comment="the day that was checked; of skipped days, the newest"),
    Column("measure", Text, primary_key=True, comment="what was compared, such as units; empty where nothing was"),
    Column("status", Text, nullable=False, comment="pass, fail, or skipped: not known, which is not a pass"),
    Column("reason", Text, comment="why it was skipped"),
    Column("severity", Text, nullable=False, comment="yellow, orange or red, as configured that night"),
    Column("compared", Integer, nullable=False, comment="comparisons made"),
    Column("off", Integer, nullable=False, comment="of them, those outside the tolerance"),
    Column("expected", Micros, comment="all expected amounts together"),
    Column("found", Micros, comment="all found amounts together"),
    Column("difference", Micros, comment="found less expected"),
    Column("currency", Text, comment="for amounts of money"),
    Column("detail", CanonicalJson, nullable=False, comment="the worst comparisons, or the days that were skipped"),
    Column("remedy", Text, nullable=False, comment="what to do where it failed"),
    CheckConstraint("status IN ('pass','fail','skipped')", name="status"),
    CheckConstraint("(status = 'skipped') = (reason IS NOT NULL)", name="reason_given"),
    comment="What each data check of a night found; replaced when the night runs again",
)
