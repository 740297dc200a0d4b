"""Where reports are kept so that none is searched for: by owner and id, by id alone, and by owner, type and instant."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import UserDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import Protocol, TypeVar

Place = tuple[datetime, str]
"""What reports are sorted by: when they were made, and their id."""

AFTER_EVERY_ID = "\U0010ffff"


class _Order(Protocol):
    @property
    def report_type(self) -> str: ...


class _Kept(Protocol):
    @property
    def report_id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def order(self) -> _Order: ...


Item = TypeVar("Item", bound=_Kept)


@dataclass(frozen=True, slots=True)
class Span:
    """The instants between which reports were made, both included; ``before`` is the place of one that comes after all."""

    since: datetime
    until: datetime
    before: Place | None = None


class Shelf(UserDict[tuple[str, str], Item]):
    """Reports by owner and id, in the order they came; finding one costs the same however many there are."""

    def __init__(self) -> None:
        """Begin empty."""
        self._of_id: dict[str, list[Item]] = {}
        self._lanes: dict[str, dict[str, list[Place]]] = {}
        super().__init__()

    def __setitem__(self, key: tuple[str, str], item: Item) -> None:
        """Keep a report under its owner and id."""
        if key in self.data:
            del self[key]
        super().__setitem__(key, item)
        self._of_id.setdefault(item.report_id, []).append(item)
        insort(self._lanes.setdefault(key[0], {}).setdefault(item.order.report_type, []), place_of(item))

    def __delitem__(self, key: tuple[str, str]) -> None:
        """Forget a report."""
        item = self.data[key]
        super().__delitem__(key)
        self._of_id[item.report_id].remove(item)
        self._lanes[key[0]][item.order.report_type].remove(place_of(item))

    def with_id(self, report_id: str) -> Sequence[Item]:
        """Return the reports of this id, whoever owns them."""
        return self._of_id.get(report_id, [])

    def newest_first(self, owner: str, span: Span, *, types: Collection[str] | None = None) -> Iterator[Item]:
        """Yield an owner's reports of the span, of these types or of all; what is not taken is not looked at."""
        lanes = self._lanes.get(owner, {})
        chosen = [lane for report_type, lane in lanes.items() if types is None or report_type in types]
        for _, report_id in merge(*(_backwards(lane, span) for lane in chosen), reverse=True):
            yield self.data[owner, report_id]


def place_of(report: _Kept) -> Place:
    """Return what reports are sorted by."""
    return report.created_at, report.report_id


def _backwards(lane: Sequence[Place], span: Span) -> Iterator[Place]:
    end = bisect_right(lane, (span.until, AFTER_EVERY_ID))
    if span.before is not None:
        end = min(end, bisect_left(lane, span.before))
    for index in range(end - 1, -1, -1):
        if lane[index][0] < span.since:
            return
        yield lane[index]
