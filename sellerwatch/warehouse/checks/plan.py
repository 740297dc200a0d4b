"""What one check judges tonight in one marketplace, and what it has to leave out, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day, start_of_day
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.checks.check import Check, Need
from sellerwatch.warehouse.checks.known import Feed, Known, LoadedDocument, is_settled


@dataclass(frozen=True, slots=True)
class Planning:
    """What the planning of a night knows."""

    settings: Settings
    store_id: str
    as_of: date
    known: Known
    failed: Mapping[Feed, frozenset[date]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A check's days or documents in one marketplace."""

    place: Marketplace
    judged: frozenset[date] = frozenset()
    known: frozenset[date] = frozenset()
    documents: frozenset[LoadedDocument] = frozenset()
    skipped: Mapping[str, frozenset[date]] = field(default_factory=dict)
    """Days that cannot be judged, by reason."""

    def rows(self) -> Iterator[dict[str, object]]:
        """Yield the rows of the temporary table `SCOPE`."""
        if self.documents:
            yield from (self._row(item.day, document_id=item.id, is_judged=True) for item in sorted(self.documents))
            return
        days = sorted(self.known)
        for before, day in pairwise([None, *days]):
            if day is not None:
                yield self._row(day, before=before, is_judged=day in self.judged)

    def _row(self, day: date, *, document_id: str = "", before: date | None = None, is_judged: bool) -> dict[str, object]:
        return {
            "marketplace": self.place.code,
            "day": day,
            "document_id": document_id,
            "number": day.toordinal(),
            "next_day": day + timedelta(days=1),
            "day_before": day - timedelta(days=1),
            "starts_at": start_of_day(day, self.place.zone),
            "ends_at": end_of_day(day, self.place.zone),
            "known_before": before,
            "number_before": before and before.toordinal(),
            "currency": self.place.currency,
            "is_judged": is_judged,
        }


def plan(planning: Planning, check: Check, place: Marketplace) -> Plan:
    """Return what the check judges of the marketplace: what the night loaded, and what failed before."""
    wait = timedelta(days=planning.settings.checks.limits[check.name].wait_days)
    feeds = [_days(planning.known.days, need, place, wait) for need in check.needs]
    if not all(feeds):
        missing = next(need for need, days in zip(check.needs, feeds, strict=True) if not days)
        return _all_skipped(planning, place, _why_empty(planning, missing, place))
    wanted = planning.failed.get((check.name, place.code), frozenset()).union(
        *(_touched(planning.known.tonight, need, place, wait) for need in check.needs),
    )
    if not wanted:
        return _all_skipped(planning, place, "nothing_new")
    if check.by == "document":
        return _documents(planning, check, place)
    known = frozenset.intersection(*feeds)
    unsettled = {day for day in wanted & known if check.is_settled and not _is_settled(planning, check, place, day)}
    waiting = {day for day in wanted - known if _is_waiting(planning, check, place, day + wait)}
    skipped = {"feed_missing": wanted - known - waiting, "not_settled": frozenset(unsettled | waiting)}
    return Plan(
        place,
        judged=(wanted & known) - unsettled,
        known=known,
        skipped={reason: days for reason, days in skipped.items() if days},
    )


def _all_skipped(planning: Planning, place: Marketplace, reason: str) -> Plan:
    return Plan(place, skipped={reason: frozenset({planning.as_of})})


def _documents(planning: Planning, check: Check, place: Marketplace) -> Plan:
    """Return the documents of tonight, and those of days that failed before."""
    again = planning.failed.get((check.name, place.code), frozenset())
    feeds = [(report, place.code) for report in check.reports]
    tonight = [item for feed in feeds for item in planning.known.tonights_documents.get(feed, ())]
    older = [item for feed in feeds for item in planning.known.documents.get(feed, ()) if item.day in again]
    found = frozenset([*tonight, *older])
    if not found:
        return _all_skipped(planning, place, "nothing_new")
    return Plan(place, judged=frozenset(item.day for item in found), documents=found)


def _days(feeds: Mapping[Feed, Iterable[date]], need: Need, place: Marketplace, wait: timedelta) -> frozenset[date]:
    """Return the days on which the need is met: those of its feeds, as many days earlier as it looks ahead."""
    days = {day for report in need.reports for day in feeds.get((report, place.code), ())}
    if not need.waits:
        return frozenset(day - timedelta(days=need.shift) for day in days)
    return frozenset(day for day in days if all(later in days for later in Days(day, day + wait)))


def _touched(feeds: Mapping[Feed, Iterable[date]], need: Need, place: Marketplace, wait: timedelta) -> frozenset[date]:
    """Return the days that the night's days of the need's feeds have a say in."""
    if not need.waits:
        return _days(feeds, need, place, wait)
    days = {day for report in need.reports for day in feeds.get((report, place.code), ())}
    return frozenset(earlier for day in days for earlier in Days(day - wait, day))


def _is_waiting(planning: Planning, check: Check, place: Marketplace, until: date) -> bool:
    """Tell whether a feed that is waited for has not come so far yet; a day that it left out is missing."""
    feeds = (
        planning.known.days.get((report, place.code), frozenset())
        for need in check.needs
        if need.waits
        for report in need.reports
    )
    return any(days and max(days) < until for days in feeds)


def _why_empty(planning: Planning, need: Need, place: Marketplace) -> str:
    if need.waits and any(planning.known.days.get((report, place.code)) for report in need.reports):
        return "not_settled"
    is_pulled = set(need.reports) & set(planning.settings.reports_of(planning.store_id))
    return "no_data" if is_pulled else "not_pulled"


def _is_settled(planning: Planning, check: Check, place: Marketplace, day: date) -> bool:
    return all(
        is_settled(
            planning.settings,
            [report for report in need.reports if (report, place.code) in planning.known.days],
            day + timedelta(days=need.shift),
            planning.as_of,
        )
        for need in check.needs
    )
