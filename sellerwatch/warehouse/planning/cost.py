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
    """Return the seconds that the buckets alone force, full as they can be, and the making of the fastest last report.

    The last report that is asked for is still to be made, and no document is there before the first is made. Only of a bucket
    that both kinds of call take from is neither certain.
    """
    asked, followed = _Use(), _Use()
    for job, count in Counter(jobs).items():
        asked.note(job.asks, count, job.making_seconds)
        followed.note(job.then, count, job.making_seconds)
    bounds = [0.0]
    for key in {*asked.counts, *followed.counts}:
        used = [use for use in (asked, followed) if key in use.counts]
        fastest = used[0].fastest[key] if len(used) == 1 else 0.0
        bounds.append(_forced(buckets[key], sum(use.counts[key] for use in used)) + fastest)
    return max(bounds)


class _Use:
    """How often calls take from each bucket, and the shortest making of their reports."""

    def __init__(self) -> None:
        self.counts: Counter[Key] = Counter()
        self.fastest: dict[Key, float] = {}

    def note(self, keys: tuple[Key, ...], count: int, making_seconds: float) -> None:
        for key in keys:
            self.counts[key] += count
            self.fastest[key] = min(making_seconds, self.fastest.get(key, making_seconds))


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
    """Yield when each job is asked for, in time: whichever may be first is, and of several the one that stands first."""
    lines: dict[tuple[Key, ...], deque[int]] = {}
    for number, job in enumerate(jobs):
        lines.setdefault(job.asks, deque()).append(number)
    yield from ((0.0, number) for number in lines.pop((), ()))
    desks: dict[Key, _Desk] = {}
    for keys, line in lines.items():
        desks.setdefault(keys[0], _Desk(gates[keys[0]])).join(_Line(tuple(gates[key] for key in keys[1:]), line))
    calls = [(0.0, number, desk) for number, desk in enumerate(desks.values())]
    while calls:
        since, number, desk = heapq.heappop(calls)
        moment = desk.next_at()
        if moment > since:
            heapq.heappush(calls, (moment, number, desk))
            continue
        yield moment, desk.serve(moment)
        if desk.is_busy:
            heapq.heappush(calls, (moment, number, desk))


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Jobs that wait for the same buckets beside the one that they share with others; only its head has to be looked at."""

    gates: tuple[_Gate, ...]
    jobs: deque[int]

    def opens_at(self) -> float:
        return max((gate.opens_at(0.0) for gate in self.gates), default=0.0)


class _Desk:
    """All jobs that take from one operation's bucket: lines that could be served, and lines that wait for a bucket of their own."""

    def __init__(self, gate: _Gate) -> None:
        self.gate = gate
        self.ready: list[tuple[int, _Line]] = []
        self.later: list[tuple[float, int, _Line]] = []

    @property
    def is_busy(self) -> bool:
        return bool(self.ready or self.later)

    def join(self, line: _Line) -> None:
        """Let a line wait until its own buckets open."""
        opens_at = line.opens_at()
        if opens_at > 0:
            heapq.heappush(self.later, (opens_at, line.jobs[0], line))
        else:
            heapq.heappush(self.ready, (line.jobs[0], line))

    def next_at(self) -> float:
        """Return when the next job can be served."""
        opens_at = self.gate.opens_at(0.0)
        while True:
            while self.later and (not self.ready or self.later[0][0] <= opens_at):
                since, number, line = heapq.heappop(self.later)
                heapq.heappush(self.ready, (number, line))
                opens_at = max(opens_at, since)
            late = self.ready[0][1].opens_at()
            if late <= opens_at:
                return opens_at
            number, line = heapq.heappop(self.ready)  # others have taken from a bucket that it shares with them
            heapq.heappush(self.later, (late, number, line))

    def serve(self, moment: float) -> int:
        """Take the tokens of the first job that is ready; return its number."""
        _, line = heapq.heappop(self.ready)
        for gate in (self.gate, *line.gates):
            gate.pass_from(moment)
        number = line.jobs.popleft()
        if line.jobs:
            self.join(line)
        return number


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
