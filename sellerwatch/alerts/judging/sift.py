"""One pass over all subjects of a rule, column by column, that leaves the few whose condition anything could happen to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sellerwatch.alerts.condition.machine import Judgement, OutcomeKind
from sellerwatch.alerts.reading.composite import Held
from sellerwatch.alerts.reading.limits import LIMITS
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.rules import Rule

Late = Mapping[str, str]
"""By marketplace, which feeds of the rule's metric are late or partial there, in words."""

ABSENT: Final = "not in tonight's data"
"""Said of a subject with a stored alert that the night does not name: it is unknown, not fine."""

Depths = npt.NDArray[np.int8]


class _Row(NamedTuple):
    marketplace: str
    kind: str
    id: str
    value: float | None
    outcome: OutcomeKind
    reason: str
    data_through: datetime | None
    valued_on: date | None
    evidence: str
    limits: tuple[float, ...]
    reference: float | None
    held: tuple[Held, ...]


class Sifted(NamedTuple):
    """A subject that the machine has to look at, and what the night says of it."""

    subject: Subject
    judgement: Judgement
    reason: str
    """What the measurement says about its value."""
    data_through: datetime | None
    evidence: str
    limits: tuple[float, ...] = ()
    """Where the subject's tiers begin and end, as in `LIMITS`; NaN where it has no such tier, nothing where it was not read."""
    reference: float | None = None
    """What its value was compared with."""
    held: tuple[Held, ...] = ()
    """The conditions that hold, of a rule over several metrics."""


def sift(frame: pd.DataFrame, rule: Rule, as_of: date, *, known: Collection[Subject], late: Late) -> Iterator[Sifted]:
    """Yield the subjects that breach a tier, and the known ones whatever is read of them; the rest leave no trace.

    Args:
        frame: one row a subject, as `tonight.read` gives it.
        rule: what judges.
        as_of: the night.
        known: subjects whose alert is open, or counts something; absent from the frame they are unknown, not fine.
        late: a row of such a marketplace is not judged, whatever it says.
    """
    is_value = (frame["outcome"] == "value").to_numpy(bool)
    is_late = frame["marketplace"].isin(list(late)).to_numpy(bool) if late else np.zeros(len(frame), bool)
    entered = np.where(is_value, depths(frame, rule, "enter"), 0)
    is_known = frame["id"].isin({subject.id for subject in known}).to_numpy(bool) if known else np.zeros(len(frame), bool)
    places = np.flatnonzero(((entered > 0) & ~is_late) | is_known)
    rows = frame.iloc[places]
    inside = zip(entered[places].tolist(), depths(rows, rule, "exit").tolist(), is_late[places].tolist(), strict=True)
    found: set[Subject] = set()
    for row, (entering, keeping, is_frozen) in zip(_rows(rows), inside, strict=True):
        subject = Subject(row.marketplace, row.kind, row.id)
        if not entering and subject not in known:
            continue
        found.add(subject)
        frozen = Judgement(as_of, "no_data", reason=late[row.marketplace]) if is_frozen else None
        said = frozen or _said(row, rule, as_of, (entering, keeping))
        yield Sifted(subject, said, row.reason, row.data_through, row.evidence, row.limits, row.reference, row.held)
    for subject in sorted(set(known) - found):
        reason = late.get(subject.marketplace, ABSENT)
        yield Sifted(subject, Judgement(as_of, "no_data", reason=reason), "", None, "")


def depths(frame: pd.DataFrame, rule: Rule, side: str) -> Depths:
    """Return for each row how deep the deepest tier is that its value has entered, or has not passed the exit of."""
    values = frame["value"].to_numpy(float)
    found: Depths = np.zeros(len(values), np.int8)
    for number, tier in enumerate(TIERS, 1):
        limits = frame[f"{side}_{tier}"].to_numpy(float)
        # A comparison with what is not a number, a tier the subject does not have or a value nobody knows, is false.
        found[values <= limits if rule.breach == "at_most" else values >= limits] = number
    return found


def _rows(frame: pd.DataFrame) -> Iterator[_Row]:
    """Yield rows of Python's own values, None where pandas has a value of its own for nothing."""
    limits = frame[list(LIMITS)].itertuples(index=False, name=None)
    references = _plain(frame["reference"]) if "reference" in frame else [None] * len(frame)
    held = frame["held"].tolist() if "held" in frame else [()] * len(frame)
    read = (_plain(frame[name]) for name in _Row._fields[:-3])
    for cells in zip(*(list(column) for column in read), limits, references, held, strict=True):
        yield _Row._make(cells)


def _plain(column: pd.Series[Any]) -> list[Any]:
    name = column.name
    if name in {"marketplace", "kind", "id", "outcome"}:
        return column.tolist()
    cells = column.astype(object)
    plain = cells.where(cells.notna(), "" if name in {"reason", "evidence"} else None).tolist()
    return [day.date() if isinstance(day, datetime) else day for day in plain] if name == "valued_on" else plain


def _said(row: _Row, rule: Rule, as_of: date, depth: tuple[int, int]) -> Judgement:
    if row.outcome != "value" or row.value is None:
        return Judgement(as_of, row.outcome, reason=row.reason)
    entered, kept = depth
    is_well = _is_well(rule, row.value)
    return Judgement(as_of, "value", row.value, entered, max(kept, entered), is_well=is_well, valued_on=row.valued_on)


def _is_well(rule: Rule, value: float) -> bool:
    if rule.hard_clear is None:
        return False
    return value >= rule.hard_clear if rule.breach == "at_most" else value <= rule.hard_clear
