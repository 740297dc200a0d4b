"""What the night's data checks came to, as one number per check and marketplace that a rule can judge."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.settings.models import TIERS
from sellerwatch.warehouse.checks.results import Verdict, results_of, verdicts

NOT_PULLED = "not_pulled"
"""Reason of a check whose feed the store does not have: no number is worth keeping of that."""


def check_failures(connection: Connection, measuring: Measuring) -> Iterator[dict[str, object]]:
    """Yield one row per check and marketplace, in the columns of `shape.COLUMNS`.

    The value is 0 where the check passes, and the depth of its severity where it fails: 1 yellow, 2 orange, 3 red. Where nothing
    could be judged it is unknown, which neither opens nor closes an alert.
    """
    for verdict in verdicts(results_of(connection, measuring.store_id, measuring.as_of)):
        if verdict.reason != NOT_PULLED or verdict.status != "skipped":
            yield _row(measuring, verdict)


def _row(measuring: Measuring, verdict: Verdict) -> dict[str, object]:
    depth = TIERS.index(verdict.severity) + 1 if verdict.status == "fail" else 0
    is_unknown = verdict.status == "skipped"
    return {
        "marketplace": verdict.marketplace,
        "subject": verdict.check_name,
        "period_on": measuring.as_of,
        "numerator": None if is_unknown else depth * MICROS_PER_UNIT,
        "denominator": None,
        "currency": None,
        "status": "unknown" if is_unknown else "ok",
        "reason": verdict.reason if is_unknown else None,
        "is_final": True,
        "data_through": None,
    }
