"""The complete metadata: importing this module has defined every table."""

from __future__ import annotations

from sellerwatch.warehouse.tables import alerting, backfills, checks, facts, ledger, limits, measures, outbox, user
from sellerwatch.warehouse.tables.base import METADATA

SUBJECTS = (ledger, backfills, facts, user, checks, measures, limits, alerting, outbox)
"""The modules that define tables, left to right as the data flows."""

TABLES = METADATA.tables
"""Every table by name."""
