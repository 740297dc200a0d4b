"""Whether a store's nights run: decided from the plan, the ledger of nights and the time alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sellerwatch.core.periods import local_day
from sellerwatch.settings.models import NightPlan


@dataclass(frozen=True, slots=True)
class KnownNight:
    """A night as the ledger has it."""

    is_running: bool
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How many nights in a row are missing up to the newest one due, the first of them, and what became of it."""

    missing: int
    first_missing: date | None = None
    why: Literal["", "not_begun", "not_ended"] = ""


ALIVE = Heartbeat(0)


def heartbeat(plan: NightPlan, zone: ZoneInfo, known: Mapping[date, KnownNight], now: datetime) -> Heartbeat | None:
    """Return how the nights stand; None where nothing can be missing: the plan is paused, or no night ever ran.

    A night of another day than the one that is due is no sign of life, whoever runs it.

    Args:
        plan: when nights begin and how late they may be.
        zone: of the store's first marketplace.
        known: the store's nights by business day.
        now: the moment.
    """
    if plan.is_paused or not known:
        return None
    day, first = _newest_due(plan, zone, now), min(known)
    missing: list[date] = []
    while day >= first and not _is_well(plan, known.get(day), now):
        missing.append(day)
        day -= timedelta(days=1)
    if not missing:
        return ALIVE
    return Heartbeat(len(missing), missing[-1], "not_ended" if missing[-1] in known else "not_begun")


def due_at(plan: NightPlan, zone: ZoneInfo, day: date) -> datetime:
    """Return the instant at which the day's night is scheduled; where clocks skip that time, what they show instead."""
    return datetime.combine(day, time.fromisoformat(plan.at), zone).astimezone(UTC)


def _newest_due(plan: NightPlan, zone: ZoneInfo, now: datetime) -> date:
    today = local_day(now, zone)
    is_due = now >= due_at(plan, zone, today) + timedelta(minutes=plan.starts_within_minutes)
    return today if is_due else today - timedelta(days=1)


def _is_well(plan: NightPlan, night: KnownNight | None, now: datetime) -> bool:
    if night is None:
        return False
    return not night.is_running or now < night.started_at + timedelta(minutes=plan.ends_within_minutes)
