"""One run whose news is told: whose, for which night, when, and how much it looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sellerwatch.alerts.unusual.score import Finding


@dataclass(frozen=True, slots=True)
class Run:
    """One judging of a store's night, or a person's decision about it.

    Attributes:
        store_id: the store.
        as_of: the business day judged.
        now: when.
        subjects: by rule, how many subjects it looked at; a rule that is left out is never suspected of a mass change.
        unusual: core numbers without an alert that are unlike themselves.
        untold: alerts that fire without news of this run, and that nobody was ever told of.
    """

    store_id: str
    as_of: date
    now: datetime
    subjects: Mapping[str, int] = field(default_factory=dict)
    unusual: tuple[Finding, ...] = ()
    untold: frozenset[str] = frozenset()
