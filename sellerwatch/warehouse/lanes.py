"""Serving many things with one thread: each waits for its own moment and for its own operation, and never for another's."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from sellerwatch.core.clock import Clock

Item = TypeVar("Item")

GIVES_WAY_FOR: Final = timedelta(seconds=30)
"""So long a call of which there are plenty gives way to rarer ones; after that it goes by its moment like any other."""


class Step(NamedTuple):
    """What a step calls: an operation, for a report type where it asks for one. Without an operation it calls nothing.

    Steps whose calls share one limit wait in one lane; ``lane`` tells the types apart that have a limit of their own.
    Calls of which there are plenty give way to the rare ones: a bucket that is full lets what it might have gained go.
    """

    operation: str
    report_type: str = ""
    lane: str = ""
    is_plentiful: bool = False


class Prepaying(Protocol):
    """Reserves calls before they are made."""

    def prepay(self, operation: str, now: datetime, *, report_type: str = "") -> float:
        """Reserve the next call of an operation: 0.0 when it may be made, otherwise the seconds to wait."""
        ...


class Queued(NamedTuple, Generic[Item]):
    """A thing in its lane: due first goes first, and among equals the one that was numbered first."""

    due_at: datetime
    number: int
    ticket: int
    step: Step
    item: Item


@dataclass(slots=True)
class _Queue(Generic[Item]):
    waiting: list[Queued[Item]] = field(default_factory=list)
    closed_until: datetime | None = None

    def opens_at(self) -> datetime:
        """Return when its first thing may be served, as far as is known."""
        due_at = self.waiting[0].due_at
        return due_at if self.closed_until is None else max(due_at, self.closed_until)


def _rank(queue: _Queue[Any]) -> tuple[datetime, int, int]:
    first = queue.waiting[0]
    due_at = first.due_at + GIVES_WAY_FOR if first.step.is_plentiful else first.due_at
    return due_at, first.number, first.ticket


@dataclass(slots=True)
class Lanes(Generic[Item]):
    """Things that wait to be served, each in the lane of the limit that its next step's call is under.

    Attributes:
        purse: reserves the call of a step before the step is taken.
        clock: tells the time.
        bill_to: is told whose call is reserved next.
    """

    purse: Prepaying
    clock: Clock
    bill_to: Callable[[Item], None]
    _queues: dict[tuple[str, str], _Queue[Item]] = field(default_factory=dict)
    _tickets: int = 0

    def __len__(self) -> int:
        """Return how many things wait."""
        return sum(len(queue.waiting) for queue in self._queues.values())

    def put(self, item: Item, step: Step, *, due_at: datetime, number: int) -> None:
        """Let a thing wait in the lane of its next step.

        Args:
            item: the thing.
            step: what its next step calls.
            due_at: no sooner than this.
            number: its rank among things that are due.
        """
        self._tickets += 1
        queue = self._queues.setdefault((step.operation, step.lane), _Queue())
        heapq.heappush(queue.waiting, Queued(due_at, number, self._tickets, step, item))

    def next(self) -> Item | None:
        """Return a thing whose moment has come and whose call is reserved; None when all have to wait."""
        now = self.clock.now()
        ready = [queue for queue in self._queues.values() if queue.waiting and queue.opens_at() <= now]
        for queue in sorted(ready, key=_rank):
            step, item = queue.waiting[0].step, queue.waiting[0].item
            self.bill_to(item)
            seconds = self.purse.prepay(step.operation, now, report_type=step.report_type) if step.operation else 0.0
            if seconds <= 0:
                heapq.heappop(queue.waiting)
                return item
            queue.closed_until = now + timedelta(seconds=seconds)
        return None

    def opens_at(self) -> datetime:
        """Return when something may be served next; there must be something that waits."""
        return min(queue.opens_at() for queue in self._queues.values() if queue.waiting)
