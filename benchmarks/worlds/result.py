"""What all worlds together say of each rule."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from benchmarks.worlds.units30 import OURS, THEIRS
from benchmarks.worlds.world import HORIZON, StockOut, WorldSeen
from sellerwatch.alerts.backtest.foresight import AHEAD, Announced, Foresight
from sellerwatch.settings.models import TIERS, Tier

MONTH_DAYS: Final = 30
PER: Final = 1_000
"""Pages are counted per so many SKU-months."""

GROUPS: Final[Mapping[str, Callable[[WorldSeen, StockOut], bool]]] = {
    "all": lambda _world, _event: True,
    "after_outage": lambda world, event: event in world.after_outage,
    "sudden": lambda world, event: event in world.sudden,
    "neither": lambda world, event: event not in world.sudden | world.after_outage,
}
"""The stock-outs that are looked at apart."""


def sum_up(worlds: Sequence[WorldSeen]) -> dict[str, Any]:
    """Return the result of all worlds as JSON values."""
    months = sum(world.listings * len(world.days) / MONTH_DAYS for world in worlds)
    return {
        "worlds": len(worlds),
        "seeds": [world.seed for world in worlds],
        "sku_months": months,
        "horizon_days": HORIZON.days,
        "outages_told_otherwise_than_the_books": sum(world.disagreements for world in worlds),
        "rules": {name: _rule(worlds, name, months) for name in (OURS, THEIRS)},
    }


def _rule(worlds: Sequence[WorldSeen], name: str, months: float) -> dict[str, Any]:
    seen = [world.foresight[name] for world in worlds]
    return {
        "stock_outs": {group: _group(worlds, name, is_in) for group, is_in in GROUPS.items()},
        "calls_per_1000_sku_months": {tier: _rate(_calls(seen, tier), months) for tier in TIERS},
        "false_calls_per_1000_sku_months": {tier: _rate(_false_calls(seen, tier), months) for tier in TIERS},
        "by_world_announced_7_days_ahead": [one.announced(AHEAD[0]) for one in seen],
        "by_world_stock_outs": [len(one.events) for one in seen],
    }


def _group(worlds: Sequence[WorldSeen], name: str, is_in: Callable[[WorldSeen, StockOut], bool]) -> dict[str, Any]:
    chosen = [item for world in worlds for item in world.foresight[name].events if is_in(world, _event(item))]
    leads = sorted(item.lead_days for item in chosen if item.lead_days is not None)
    return {
        "count": len(chosen),
        "announced": sum(lead > 0 for lead in leads),
        "announced_ahead": {str(days): sum(lead >= days for lead in leads) for days in AHEAD},
        "told_on_the_day_only": leads.count(0),
        "missed": len(chosen) - len(leads),
        "median_lead_days": statistics.median(leads) if leads else None,
    }


def _event(item: Announced) -> StockOut:
    return item.event.place.subject, item.event.on


def _calls(seen: Sequence[Foresight], tier: Tier) -> int:
    return sum(sum(one.pages.get(tier, {}).values()) for one in seen)


def _false_calls(seen: Sequence[Foresight], tier: Tier) -> int:
    return sum(one.pages[tier]["false_alarm"] for one in seen if tier in one.pages)


def _rate(count: int, months: float) -> float:
    return round(count * PER / months, 2)
