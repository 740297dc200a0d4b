"""Faults that come by themselves: a book of faults that looks into the table of hostilities before it looks at what waits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sellerwatch.core.clock import Clock
from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.core.periods import local_day
from sellerwatch.simulator.amazon.faults import FAULTS, Fault, FaultBook, Subject
from sellerwatch.simulator.hostile.hostilities import HOSTILITIES
from sellerwatch.simulator.hostile.kinds import Blow, Hostility, Strike, night_of
from sellerwatch.simulator.ports import Seller

Turn = tuple[str, str, str, date]
"""A hostility, the seller and marketplace it strikes, and the local day: each has its own count."""


@dataclass(slots=True)
class Count:
    """How often a hostility has struck in a night, and when for the first time."""

    first_at: datetime
    times: int = 0


class Blows(FaultBook):
    """A book of faults in which the hostile world's own come first; what a person orders still works."""

    def __init__(self, sellers: tuple[Seller, ...], clock: Clock, strikes: list[Strike]) -> None:
        """Begin a book without a count, which writes every strike down."""
        FaultBook.__init__(self)
        self._sellers = {seller.seller_id: seller for seller in sellers}
        self._clock = clock
        self._strikes = strikes
        self._counts: dict[Turn, Count] = {}

    def take(self, names: Collection[str], subject: Subject) -> Fault | None:
        """Use up the first fault of these names that strikes this subject."""
        for hostility, blow in self._candidates(names, subject):
            if self._strikes_now(hostility, blow, subject):
                return Fault(blow.fault, 1, seconds=blow.seconds, text=blow.text)
        return FaultBook.take(self, names, subject)

    def _candidates(self, names: Collection[str], subject: Subject) -> Iterator[tuple[Hostility, Blow]]:
        seller = self._sellers.get(subject.seller_id)
        if seller is None:
            return
        codes = [BY_ID[item].code for item in subject.marketplace_ids or seller.marketplace_ids]
        night = night_of(self._today(seller, subject))
        for hostility in HOSTILITIES:
            blow = hostility.act
            if (
                isinstance(blow, Blow)
                and blow.fault in names
                and _fits(blow, subject)
                and any(hostility.where.takes(subject.report_type, code, night) for code in codes)
            ):
                yield hostility, blow

    def _today(self, seller: Seller, subject: Subject) -> date:
        place = BY_ID[(subject.marketplace_ids or seller.marketplace_ids)[0]]
        return local_day(self._clock.now(), place.zone)

    def _strikes_now(self, hostility: Hostility, blow: Blow, subject: Subject) -> bool:
        """Count the time and write it down, unless the hostility has struck often or long enough tonight."""
        now, seller = self._clock.now(), self._sellers[subject.seller_id]
        place = ",".join(BY_ID[item].code for item in subject.marketplace_ids)
        turn = (hostility.name, subject.seller_id, place, self._today(seller, subject))
        count = self._counts.setdefault(turn, Count(now))
        is_late = blow.minutes > 0 and now >= count.first_at + timedelta(minutes=blow.minutes)
        if count.times >= blow.times or is_late:
            return False
        count.times += 1
        self._strikes.append(Strike(hostility.name, subject.report_type, place or seller.name, now))
        return True


def _fits(blow: Blow, subject: Subject) -> bool:
    """Tell whether the fault strikes this kind of subject: a call by its operation, a report or document by its type."""
    if FAULTS[blow.fault].level == "operation":
        return subject.operation in blow.operations
    return bool(subject.report_type)
