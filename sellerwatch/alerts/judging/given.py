"""What is judged without a night: values that somebody has just looked up, such as the watchdog, in the shape a rule reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd

from sellerwatch.alerts.reading.limits import ENTER, EXIT
from sellerwatch.alerts.reading.tonight import Readings, Subject
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.rules import Rule
from sellerwatch.settings.tiers import scaled


@dataclass(frozen=True, slots=True)
class Reading:
    """One value that was looked up."""

    value: float
    reason: str | None
    data_through: datetime | None


Given = Mapping[str, Mapping[Subject, Reading]]
"""By rule, what to judge: these subjects alone."""


def readings_of(settings: Settings, rule: Rule, as_of: date, found: Mapping[Subject, Reading]) -> Readings:
    """Return the values as a rule reads them, each with its own limits."""
    rows = [_row(settings, rule, as_of, subject, reading) for subject, reading in sorted(found.items())]
    return Readings(rule, as_of, pd.DataFrame(rows))


def _row(settings: Settings, rule: Rule, as_of: date, subject: Subject, reading: Reading) -> dict[str, object]:
    bands = scaled(rule, settings.reports[subject.id].freshness_hours) if rule.relative_to else rule.tiers
    limits = {ENTER[tier]: bands[tier].enter if tier in bands else np.nan for tier in TIERS}
    limits |= {EXIT[tier]: bands[tier].exit if tier in bands else np.nan for tier in TIERS}
    return {
        "marketplace": subject.marketplace,
        "kind": subject.kind,
        "id": subject.id,
        "value": float(reading.value),
        "outcome": "value",
        "reason": reading.reason or "",
        "data_through": reading.data_through,
        "valued_on": as_of,
        "evidence": "",
        **limits,
    }
