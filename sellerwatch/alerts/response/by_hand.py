"""What a person called over stays over until the data has agreed and then breaches anew, or it gets worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, select

from sellerwatch.alerts.condition.machine import Judgement
from sellerwatch.alerts.response.machine import Agreed, step
from sellerwatch.alerts.response.storing import load, save
from sellerwatch.settings.models import Tier
from sellerwatch.settings.tiers import depth
from sellerwatch.warehouse.tables.response import RESPONSE

HANDLED: Final = "handled"
"""The reason of an alert that a person resolved, and of judgements that do not reopen it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A person called the alert over at this tier, knowing what was judged for this day; the data has not agreed yet."""

    tier: Tier
    judged_for: date


Marks = Mapping[str, Mark]
"""By the episode's conversation."""


def marks_of(connection: Connection, store_id: str) -> Marks:
    """Return the marks of a store's alerts."""
    columns = (RESPONSE.c.thread_key, RESPONSE.c.handled_tier, RESPONSE.c.handled_for)
    marked = select(*columns).where(RESPONSE.c.store_id == store_id, RESPONSE.c.handled_tier.is_not(None))
    return {row.thread_key: Mark(row.handled_tier, row.handled_for) for row in connection.execute(marked)}


def withheld(mark: Mark, judgement: Judgement, entered: Tier | None) -> Judgement:
    """Return the judgement as the condition may hear it: a breach that the person knew of is none.

    Args:
        mark: what the person called over.
        judgement: what the data says.
        entered: the deepest tier that its value reaches.
    """
    is_known = judgement.as_of <= mark.judged_for or depth(entered) in range(1, depth(mark.tier) + 1)
    is_worse = depth(entered) > depth(mark.tier)
    if judgement.outcome != "value" or is_worse or not is_known:
        return judgement
    return replace(judgement, outcome="insufficient", reason=HANDLED, entered=0, kept=0)


def agrees(mark: Mark, judgement: Judgement, entered: Tier | None) -> bool:
    """Tell whether a later day is fine, so that the next breach is news."""
    return judgement.outcome == "value" and entered is None and judgement.as_of > mark.judged_for


def forget(connection: Connection, thread_key: str, now: datetime) -> None:
    """Take the mark away, because the data agreed."""
    stored = load(connection, thread_key)
    if stored is not None:
        after, event = step(stored.policy, stored.response, Agreed(now))
        save(connection, stored, after, event)
