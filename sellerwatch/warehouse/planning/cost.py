"""What requests cost in time: token buckets, reports in the making and downloads, all overlapped, in exact arithmetic.

A bucket is kept as the moment at which it would be full again. A token is there as soon as that lies no more than ``burst - 1``
refills ahead, and taking one puts it off by one refill.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[str, ...]
"""What a bucket is known by."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """One bucket: its limit, and what is saved up in it now."""

    rate: float
    burst: int
    saved: float


@dataclass(frozen=True, slots=True)
class Job:
    """One request as it passes the buckets.

    Attributes:
        asks: the buckets that asking takes a token from; none where nothing is asked any more.
        then: the buckets of the calls that follow once the report is made, one after the other.
        making_seconds: how long Amazon still takes to make it.
    """

    asks: tuple[Key, ...]
    then: tuple[Key, ...]
    making_seconds: float


def lower_bound(jobs: Iterable[Job], buckets: Mapping[Key, Tokens]) -> float:
    """Return the seconds that the buckets alone force, full as they can be, and the making of the fastest last report."""
    counts: Counter[Key] = Counter()
    fastest: dict[Key, float] = {}
    for job in jobs:
        for key in (*job.asks, *job.then):
            counts[key] += 1
            fastest[key] = min(job.making_seconds, fastest.get(key, job.making_seconds))
    return max((_forced(buckets[key], count) + fastest[key] for key, count in counts.items()), default=0.0)


def _forced(bucket: Tokens, count: int) -> float:
    return max(0, count - bucket.burst) / bucket.rate


def expected(jobs: Sequence[Job], buckets: Mapping[Key, Tokens]) -> float:
    """Return the seconds until the last document is there when no bucket is idle while something waits for it."""
    gates = {key: _Gate(bucket) for key, bucket in buckets.items()}
    made = sorted((asked_at + jobs[number].making_seconds, number) for asked_at, number in _asked(jobs, gates))
    done = 0.0
    for made_at, number in made:
        moment = made_at
        for key in jobs[number].then:
            moment = gates[key].pass_from(moment)
        done = max(done, moment)
    return done


def _asked(jobs: Sequence[Job], gates: Mapping[Key, _Gate]) -> Iterator[tuple[float, int]]:
    """Yield when each job is asked for, in time: whichever may be first is, and of several the one that stands first.

    Jobs that wait for the same buckets wait in one line, so that only the heads of the lines have to be compared.
    """
    lines: dict[tuple[Key, ...], deque[int]] = {}
    for number, job in enumerate(jobs):
        lines.setdefault(job.asks, deque()).append(number)
    heads = [(0.0, line[0], keys) for keys, line in lines.items()]
    heapq.heapify(heads)
    while heads:
        since, number, keys = heapq.heappop(heads)
        moment = max((gates[key].opens_at(0.0) for key in keys), default=0.0)
        if moment > since:
            heapq.heappush(heads, (moment, number, keys))
            continue
        for key in keys:
            gates[key].pass_from(moment)
        line = lines[keys]
        yield moment, line.popleft()
        if line:
            heapq.heappush(heads, (moment, line[0], keys))


class _Gate:
    """A bucket as time goes on."""

    __slots__ = ("full_at", "refill", "slack")

    def __init__(self, bucket: Tokens) -> None:
        self.refill = 1 / bucket.rate
        self.slack = (bucket.burst - 1) * self.refill
        self.full_at = (bucket.burst - bucket.saved) * self.refill

    def opens_at(self, moment: float) -> float:
        """Return when there is a token, from the moment on."""
        return max(moment, self.full_at - self.slack)

    def pass_from(self, moment: float) -> float:
        """Take a token as soon as there is one; return when."""
        passed_at = self.opens_at(moment)
        self.full_at = max(self.full_at, passed_at) + self.refill
        return passed_at
