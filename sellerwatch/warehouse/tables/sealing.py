"""What the facts and measured values were when they were last sealed, and which of them have been written since."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, Table, Text

from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA


def _what() -> list[Column[str]]:
    """Return the columns that say which rows are meant."""
    return [
        Column("store_id", Text, primary_key=True),
        Column("kind", Text, primary_key=True, comment="fact, metric, standing or user"),
        Column("name", Text, primary_key=True, comment="the table, or the metric"),
        Column(
            "part",
            Text,
            primary_key=True,
            comment="the document the rows came from, or the period and its last day; empty for a whole user table",
        ),
    ]


SEAL_LEAF: Final = Table(
    "seal_leaf",
    METADATA,
    *_what(),
    Column("row_count", Integer, nullable=False),
    Column("digest", Text, nullable=False, comment="sha256 of the rows in the order of their keys, one JSON array a row"),
    CheckConstraint("kind IN ('fact','metric','standing','user')", name="kind"),
    comment="One hash over the rows of each document in each fact table, over the values of each metric and period and over what these have in common, and over each user table",
)

SEAL_DUE: Final = Table(
    "seal_due",
    METADATA,
    *_what(),
    Column("times", Integer, nullable=False, info=CIRCUMSTANCE, comment="how often it was written"),
    Column(
        "was_altered",
        Boolean,
        nullable=False,
        info=CIRCUMSTANCE,
        comment="its rows were not what was sealed when they were replaced",
    ),
    CheckConstraint("kind IN ('fact','metric','standing','user')", name="kind"),
    comment="What was written since it was last sealed; the end of a night seals it anew",
)
