"""Which nights a backtest does again, and what keeps it from beginning."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.warehouse.rebuild.past import Event, Night, Past

WARM_UP = timedelta(days=14)
"""So long before its first day the rules are judged already, where nights ran: an alert that is open by then is not news."""


@dataclass(frozen=True, slots=True)
class Range:
    """What is done again.

    Attributes:
        days: the days that are counted.
        nights: of each store the nights that are judged; those of the warm-up come first.
        missing: of each store the counted days without a night.
        events: nights, backfills and imports up to the last of them, in the order in which they happened.
    """

    days: Days
    nights: Mapping[str, Sequence[date]]
    missing: Mapping[str, Sequence[date]]
    events: Sequence[Event]

    @property
    def first_judged(self) -> date:
        """The first night that is judged."""
        return min(nights[0] for nights in self.nights.values())

    def is_judged(self, event: Event) -> bool:
        """Tell whether the event is a night that is judged."""
        return isinstance(event, Night) and event.as_of in self.nights.get(event.store_id, ())


def choose(past: Past, stores: Collection[str], days: Days) -> Range:
    """Return what is to be done again for these stores and days.

    Raises:
        ConfigError: of one of the stores nothing is known, or its nights do not reach over the days.
    """
    ran: dict[str, list[date]] = {store_id: [] for store_id in stores}
    for event in past.events:
        if isinstance(event, Night) and event.store_id in ran:
            ran[event.store_id].append(event.as_of)
    for store_id, nights in ran.items():
        _require_nights(store_id, sorted(nights), days)
    last = max(
        number
        for number, event in enumerate(past.events)
        if isinstance(event, Night) and event.store_id in ran and event.as_of <= days.last
    )
    judged = {
        store_id: sorted(day for day in nights if days.first - WARM_UP <= day <= days.last) for store_id, nights in ran.items()
    }
    missing = {store_id: [day for day in days if day not in nights] for store_id, nights in judged.items()}
    return Range(days, judged, missing, past.events[: last + 1])


def _require_nights(store_id: str, nights: Sequence[date], days: Days) -> None:
    if not nights:
        raise ConfigError(
            f"no night of the store {store_id} is known",
            where="raw store",
            remedy="Set SELLERWATCH_DATA to the folder its documents are in, or name another store with --store",
        )
    if days.first < nights[0] or days.last > nights[-1]:
        raise ConfigError(
            f"the nights of the store {store_id} reach from {nights[0]} to {nights[-1]}; {days} does not lie within",
            where="--from, --to",
            remedy=f"Choose days from {nights[0]} to {nights[-1]}",
        )
