"""The demo's story as data: which listing shows what on the three nights, and the stock and demand that make it so.

Every story listing sells steadily and stays in stock until its turn, so its cover is the same by any honest definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sellerwatch.simulator.world.plans import Withdrawn

NIGHTS = (date(2026, 11, 17), date(2026, 11, 18), date(2026, 11, 19))
"""The local days in whose early morning the demo pulls its reports."""

REORDERS_FROM = date(2026, 11, 20)
"""From here on the story is over and stock is reordered as for any other listing."""

RESTOCKED_ON = (date(2026, 6, 22), date(2026, 7, 20), date(2026, 8, 17), date(2026, 9, 14), date(2026, 10, 12))
"""Days on which every story listing receives what it sells until the next one."""

BUFFER_DAYS = 12
"""Days of sales left at each restock before the last, so that the past is calm."""

Tiers = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class StoryListing:
    """One listing of the story.

    ``tiers`` is the stock-out tier a watcher is in on each night (enter at 7, 3 and 1 days of cover, leave at 8.4, 3.6 and 1.2).
    ``stock`` is what can be sold at local midnight of ``stock_on``; ``arrivals`` are units by the day in whose evening they land.
    An order that was withdrawn counts in reports until then, and so in ``tiers``.
    """

    sku: str
    marketplace: str
    shows: str
    tiers: Tiers
    title: str
    category: str
    price_cents: int
    daily_units: int
    stock: int
    stock_on: date = NIGHTS[0]
    demand_on: Mapping[date, int] = field(default_factory=dict)
    arrivals: Mapping[date, int] = field(default_factory=dict)
    withdrawn: tuple[Withdrawn, ...] = ()


_CALM: Tiers = ("none", "none", "none")

STORY = (
    StoryListing(
        "CR-KETTLE-17", "US", "yellow on all three nights, getting worse", ("yellow", "yellow", "yellow"),
        'Cascade Gooseneck Kettle, 1.7 qt, 9" spout', "Kitchen", 4499, daily_units=9, stock=54,
    ),
    StoryListing(
        "CR-GRINDER-BLK", "US", "yellow, orange, red: one strong day after the other", ("yellow", "orange", "red"),
        "Cascade Burr Coffee Grinder, black", "Kitchen", 5999, daily_units=10, stock=41,
        demand_on={NIGHTS[0]: 17, NIGHTS[1]: 16},
    ),
    StoryListing(
        "CR-HAMMOCK-GRN", "US", "red on all three nights; a few units trickle in", ("red", "red", "red"),
        "Cascade Travel Hammock, moss green", "Sports", 3799, daily_units=12, stock=9,
        arrivals={NIGHTS[0]: 6, NIGHTS[1]: 6},
    ),
    StoryListing(
        "CR-HEADLAMP-2P", "US", "red, recovered on night 2 by a big shipment", ("red", "none", "none"),
        "Cascade Headlamp, pack of 2", "Sports", 2899, daily_units=7, stock=6, arrivals={NIGHTS[0]: 160},
    ),
    StoryListing(
        "CR-FIREPIT-24", "US", "sold out for days, missing from planning, with units on their way", ("red", "red", "red"),
        'Cascade Portable Fire Pit, 24"', "Lawn & Garden", 8999, daily_units=15, stock=0, stock_on=date(2026, 11, 13),
        arrivals={date(2026, 11, 27): 300},
    ),
    StoryListing(
        "CR-COOLER-30", "US", "orange on night 2 alone: a business order that is withdrawn hours later", ("none", "orange", "none"),
        "Cascade Soft Cooler, 30 cans", "Sports", 4999, daily_units=3, stock=34, arrivals={date(2026, 11, 27): 400},
        withdrawn=(Withdrawn(300, NIGHTS[0], timedelta(hours=18, minutes=20), timedelta(hours=35, minutes=45)),),
    ),
    StoryListing(
        "CR-LANTERN-USB", "US", "cover jitters around 7 days: yellow from night 2, not resolved", ("none", "yellow", "yellow"),
        "Cascade Camp Lantern, USB-C", "Sports", 3299, daily_units=20, stock=145,
        demand_on={NIGHTS[0]: 20, NIGHTS[1]: 20}, arrivals={NIGHTS[0]: 10, NIGHTS[1]: 34},
    ),
    StoryListing(
        "CR-STOVE-MINI", "US", "was sold out three weeks ago, comfortable again", _CALM,
        "Cascade Mini Camp Stove", "Sports", 2699, daily_units=6, stock=0, stock_on=date(2026, 10, 27),
        arrivals={date(2026, 11, 3): 420},
    ),
    StoryListing(
        "AL-MUEHLE-01", "DE", "orange on all three nights; what arrives is less than what sells", ("orange", "orange", "orange"),
        "Alpin Kräutermühle aus Buchenholz, groß", "Kitchen", 3495, daily_units=6, stock=16, arrivals={NIGHTS[0]: 4, NIGHTS[1]: 6},
    ),
    StoryListing(
        "AL-ROESTI-26", "DE", "orange on all three nights; a few units trickle in", ("orange", "orange", "orange"),
        'Alpin Röstipfanne 10", geschmiedet', "Kitchen", 5290, daily_units=8, stock=21, arrivals={NIGHTS[0]: 5, NIGHTS[1]: 5},
    ),
    StoryListing(
        "AL-THERMO-750", "DE", "comfortable in DE while the same SKU is yellow in the UK", _CALM,
        "Alpin Thermosflasche ≥ 24 h heiß, 750 ml", "Sports", 2995, daily_units=6, stock=240,
    ),
    StoryListing(
        "AL-THERMO-750", "UK", "yellow in the UK while the same SKU is comfortable in DE", ("yellow", "yellow", "yellow"),
        "Alpine Insulated Bottle, 750 ml", "Sports", 2599, daily_units=5, stock=29,
    ),
    StoryListing(
        "AL-BOOTRACK-4", "UK", "yellow on all three nights, getting worse", ("yellow", "yellow", "yellow"),
        'Alpine Boot Rack, 4 pairs, 30" wide', "Home", 3899, daily_units=14, stock=80,
    ),
)  # fmt: skip
"""The cast, by store and marketplace."""
