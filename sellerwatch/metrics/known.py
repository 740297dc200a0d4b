"""What is known of each feed and day, and what a metric's period therefore rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day
from sellerwatch.metrics.measured_days import days_of_feeds, newest_night
from sellerwatch.metrics.spans import reach
from sellerwatch.metrics.storing import Run
from sellerwatch.settings.catalogue import LATER
from sellerwatch.warehouse.documents import newest_of_feeds
from sellerwatch.warehouse.feeds import pulls_of


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """What the warehouse holds of one feed of one marketplace.

    Attributes:
        days: the days whose facts are in, of those that a period of the night may hold.
        through: the newest moment its data speaks of.
        settled_before: days before this one are not expected to change.
        is_snapshot: it says how things stand, so one day of a period is enough.
        is_pulled: the store has it at all.
    """

    days: frozenset[date]
    through: datetime | None
    settled_before: date
    is_snapshot: bool
    is_pulled: bool

    def through_of(self, day: date, place: Marketplace) -> datetime | None:
        """Return how far the data reaches that a number about this day is made of."""
        return min(self.through, end_of_day(day, place.zone)) if self.through else None

    def is_final(self, day: date) -> bool:
        """Tell whether what is known of the day is expected to stay."""
        return self.is_snapshot or day < self.settled_before


KnownFeeds = Mapping[tuple[str, str], KnownFeed]
"""By feed and marketplace."""


@dataclass(frozen=True, slots=True)
class Cover:
    """How much of a period is known in one marketplace, all the feeds of a metric taken together.

    Attributes:
        days: how many days the period has.
        known_days: of how many of them every feed is known.
        is_comparable: no feed is known on days that another lacks: sums over different days make no ratio.
        is_observable: the store pulls every feed.
        is_final: no day of it is expected to change.
        data_through: how far the data reaches.
        seen_days: of how many days something is known of every feed, snapshots included.
        first_known_on: the oldest of these days.
        last_known_on: the newest of them.
    """

    days: int
    known_days: int
    is_comparable: bool
    is_observable: bool
    is_final: bool
    data_through: datetime | None
    seen_days: int
    first_known_on: date | None
    last_known_on: date | None


def known_feeds(run: Run, feeds: Collection[str]) -> KnownFeeds:
    """Return what is known of each of these feeds in each marketplace of the store."""
    newest = newest_night(run.connection, run.measuring)
    pulls = pulls_of(run.settings, run.measuring.store_id)
    places = [place.code for place in run.measuring.marketplaces]
    reports = sorted({LATER.get(feed, (feed, 0))[0] for feed in feeds})
    told = {later: _told(run, places, feeds, later) for later in {LATER.get(feed, (feed, 0))[1] for feed in feeds}}
    through = newest_of_feeds(run.connection, run.measuring.store_id, places, reports, newest)
    found = {}
    for feed in feeds:
        report, days_later = LATER.get(feed, (feed, 0))
        pull, later = run.settings.reports[report], timedelta(days=days_later)
        for place in run.measuring.marketplaces:
            found[feed, place.code] = KnownFeed(
                days=frozenset(day + later for day in told[days_later].get((place.code, report), ())),
                through=through.get((place.code, report)),
                settled_before=newest - timedelta(days=pull.settled_after_days) + later,
                is_snapshot=pull.period == "snapshot",
                is_pulled=report in pulls and place.code not in pulls[report].not_in,
            )
    return found


def _told(run: Run, places: Collection[str], feeds: Collection[str], days_later: int) -> Mapping[tuple[str, str], set[date]]:
    """Return the days that are known of the feeds which count so many days later, as far as any period of the night reaches."""
    reports = [report for report, later in (LATER.get(feed, (feed, 0)) for feed in feeds) if later == days_later]
    days, back = reach(run.measuring.as_of), timedelta(days=days_later)
    return days_of_feeds(run.connection, run.measuring.store_id, places, reports, Days(days.first - back, days.last - back))


def cover_of(known: Collection[KnownFeed], place: Marketplace, days: Days) -> Cover:
    """Return how much of a run of days is known.

    Days of which a flow is known count; of a snapshot one day is enough, whichever it is.
    """
    return _cover_of(tuple(known), place, days)


@lru_cache(maxsize=16_384)  # many metrics are made from the same feeds over the same days
def _cover_of(known: tuple[KnownFeed, ...], place: Marketplace, days: Days) -> Cover:
    held = [feed.days.intersection(days) for feed in known]
    flows = [found for found, feed in zip(held, known, strict=True) if not feed.is_snapshot]
    common = frozenset.intersection(*flows) if flows else frozenset(days)
    is_seen = all(found for found, feed in zip(held, known, strict=True) if feed.is_snapshot)
    seen = frozenset.intersection(*held)
    throughs = [feed.through_of(days.last, place) for feed in known]
    return Cover(
        days=len(days),
        known_days=len(common) if is_seen else 0,
        is_comparable=all(found == common for found in flows),
        is_observable=all(feed.is_pulled for feed in known) or all(held),
        is_final=all(feed.is_final(days.last) for feed in known) and len(common) == len(days) and is_seen,
        data_through=min((at for at in throughs if at), default=None) if all(throughs) else None,
        seen_days=len(seen),
        first_known_on=min(seen, default=None),
        last_known_on=max(seen, default=None),
    )
