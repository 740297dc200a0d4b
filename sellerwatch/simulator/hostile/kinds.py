"""What a hostility is: where and when it strikes, what it does, and what the warehouse must make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum

from sellerwatch.core.marketplaces import BY_ID, Marketplace
from sellerwatch.core.periods import local_day
from sellerwatch.simulator.ports import Rendered, ReportRequest

FIRST_NIGHT = date(2026, 11, 17)
"""The local day of night 1; the nights 1, 2 and 3 come again and again, before it as well as after it."""

CYCLE_NIGHTS = 3


def night_of(day: date) -> int:
    """Return the number of the night that falls on a local day: 1, 2 or 3."""
    return (day - FIRST_NIGHT).days % CYCLE_NIGHTS + 1


class Recovery(Enum):
    """When the warehouse says again what it would say without the hostility."""

    AT_ONCE = "at once"
    RERUN = "when the night is run again"
    NEXT_NIGHT = "with the next night's reports"
    NEVER = "never: what is missing is said, with the reason"


@dataclass(frozen=True, slots=True)
class Paper:
    """A report on its way: what was asked for, what was made of it, where the seller sells, and how to have another made."""

    request: ReportRequest
    rendered: Rendered
    marketplace_ids: tuple[str, ...]
    render: Callable[[ReportRequest], Rendered]

    @property
    def marketplace(self) -> Marketplace:
        """The first marketplace it was asked for."""
        return BY_ID[self.request.marketplace_ids[0]]

    @property
    def made_on(self) -> date:
        """The marketplace's local day on which it is made."""
        return local_day(self.request.now, self.marketplace.zone)

    @property
    def age_days(self) -> int | None:
        """How many days before that day the period ends, by the dates as they were sent; None for a snapshot."""
        end = self.request.data_end
        return (self.made_on - end.astimezone(UTC).date()).days if end else None


Spoil = Callable[[Paper], Rendered]
"""Does its mischief to a report; gives it back as it is where it has nothing to work on."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which reports and calls a hostility strikes; what is left out strikes all.

    Attributes:
        types: Amazon's report types.
        places: codes of marketplaces; of a call, those of the seller.
        nights: numbers of nights.
        ages: how many days before the night the report's period ends.
    """

    types: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    nights: frozenset[int] = frozenset()
    ages: frozenset[int] = frozenset()

    def covers(self, paper: Paper) -> bool:
        """Tell whether a report is one of those."""
        return self.takes(paper.request.report_type, paper.marketplace.code, night_of(paper.made_on)) and (
            not self.ages or paper.age_days in self.ages
        )

    def takes(self, report_type: str, place: str, night: int) -> bool:
        """Tell whether type, marketplace and night are among those; an empty type or place stands for any."""
        return (
            (not self.types or not report_type or report_type in self.types)
            and (not self.places or not place or place in self.places)
            and (not self.nights or night in self.nights)
        )


@dataclass(frozen=True, slots=True)
class Card:
    """One of a deck: of each deck that fits its form, a document is dealt one card, in turn."""

    deck: str
    spoil: Spoil


@dataclass(frozen=True, slots=True)
class Forgery:
    """Changes every report it covers, or makes it end without a document."""

    spoil: Spoil


@dataclass(frozen=True, slots=True)
class Blow:
    """A fault of the simulated API that comes by itself.

    Attributes:
        fault: its word in the vocabulary of faults.
        times: how often it strikes a seller (a report: a marketplace) in a night.
        minutes: for how long after the first time it strikes again, however often.
        operations: the calls it strikes; of a fault of reports, none.
        seconds: how long, for faults that take a time.
        text: what Amazon says, for faults that say something.
    """

    fault: str
    times: int = 1
    minutes: int = 0
    operations: frozenset[str] = frozenset()
    seconds: float = 0.0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Always:
    """So it is in every world, because Amazon is so on its best day."""


Act = Card | Forgery | Blow | Always


@dataclass(frozen=True, slots=True)
class Hostility:
    """One kind of hostility.

    Attributes:
        name: its name in tests and documents.
        amazon: what Amazon does.
        warehouse: what the warehouse must show.
        act: how it is done.
        where: what it strikes.
        recovers: when the warehouse is as it should be again.
    """

    name: str
    amazon: str
    warehouse: str
    act: Act
    where: Where = Where()
    recovers: Recovery = Recovery.AT_ONCE


@dataclass(frozen=True, slots=True)
class Strike:
    """One time that a hostility struck; the type is empty where a call was struck."""

    name: str
    report_type: str
    place: str
    at: datetime
