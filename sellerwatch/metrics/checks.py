"""What the night's data checks came to, as one number per check and marketplace that a rule can judge."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.settings.models import TIERS
from sellerwatch.warehouse.checks.results import Verdict, results_of, verdicts
from sellerwatch.warehouse.checks.stories import STORIES, told

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


def stories_failed(connection: Connection, measuring: Measuring) -> dict[str, object]:
    """Return the one row that counts the stories that fail in any marketplace, in the columns of `shape.COLUMNS`.

    It is unknown where no story could be judged anywhere, and provisional while one of them could not.
    """
    found = verdicts(results_of(connection, measuring.store_id, measuring.as_of))
    by_place = [told(found, place.code) for place in measuring.marketplaces]
    statuses = {story: {place[story] for place in by_place} for story in STORIES}
    failed = sum("fail" in said for said in statuses.values())
    unheard = sum(said == {"skipped"} for said in statuses.values())
    is_unknown = unheard == len(STORIES)
    return {
        "marketplace": EVERY_MARKETPLACE,
        "subject": measuring.store_id,
        "period_on": measuring.as_of,
        "numerator": None if is_unknown else failed * MICROS_PER_UNIT,
        "denominator": None,
        "currency": None,
        "status": "unknown" if is_unknown else "provisional" if unheard else "ok",
        "reason": "no_data" if is_unknown else "missing_values" if unheard else None,
        "is_final": True,
        "data_through": None,
    }
