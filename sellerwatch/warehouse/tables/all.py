"""The complete metadata: importing this module has defined every table."""

from __future__ import annotations

from sellerwatch.warehouse.tables import (
    alerting,
    backfills,
    checks,
    facts,
    ledger,
    lifecycle,
    limits,
    measures,
    outbox,
    response,
    sealing,
    telling,
    user,
)
from sellerwatch.warehouse.tables.base import METADATA

SUBJECTS = (
    ledger,
    backfills,
    facts,
    user,
    checks,
    lifecycle,
    measures,
    limits,
    sealing,
    alerting,
    telling,
    outbox,
    response,
)
"""The modules that define tables, left to right as the data flows."""

TABLES = METADATA.tables
"""Every table by name."""
