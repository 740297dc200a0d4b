"""Data checks in words: one line per verdict, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sellerwatch.warehouse.checks.results import Result, Verdict, amount_words
from sellerwatch.warehouse.checks.stories import told

DAYS_SHOWN = 5


def count_words(counts: Mapping[str, int]) -> str:
    """Return how many checks passed, failed and could not be judged."""
    return f"{counts.get('pass', 0)} passed, {counts.get('fail', 0)} failed, {counts.get('skipped', 0)} not judged"


def failure_words(verdict: Verdict) -> str:
    """Return one line for a failed check: where, which days with which numbers, and what to do."""
    days = "; ".join(_day_words(item) for item in verdict.failures[:DAYS_SHOWN])
    more = len(verdict.failures) - DAYS_SHOWN
    rest = f"; and {more} more" if more > 0 else ""
    return f"{verdict.check_name} [{verdict.marketplace}] {days}{rest}. {verdict.failures[0].remedy}."


def _day_words(result: Result) -> str:
    return f"{result.day} {result.measure}: expected {amount_words(result.expected)}, found {amount_words(result.found)}"


def to_dict(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON values; of its results only those that failed."""
    return {
        "check": verdict.check_name,
        "marketplace": verdict.marketplace,
        "status": verdict.status,
        "severity": verdict.severity,
        "reason": verdict.reason if verdict.status == "skipped" else None,
        "failures": [_failure(item) for item in verdict.failures],
    }


def _failure(result: Result) -> dict[str, Any]:
    return {
        "day": result.day.isoformat(),
        "measure": result.measure,
        "compared": result.compared,
        "off": result.off,
        "expected": str(result.expected),
        "found": str(result.found),
        "difference": str(result.difference),
        "currency": result.currency,
        "examples": result.detail.get("examples", []),
        "documents": result.detail.get("documents", []),
        "do": result.remedy,
    }


STANDING: Final = {"pass": "agrees", "fail": "disagrees", "skipped": "not judged"}


def story_words(found: Iterable[Verdict], marketplace: str) -> str:
    """Return how the stories of a marketplace stand: traffic, behaviour and finance must tell the same."""
    return ", ".join(f"{story} {STANDING[status]}" for story, status in told(found, marketplace).items())
