"""The night waits no longer for a backfill than one call's time, and no call that Amazon allows is lost to either."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from sellerwatch.amazon.buckets import NIGHTLY_MARGIN
from sellerwatch.amazon.budget import MemoryBudget, Pool
from sellerwatch.amazon.quotas import Limit, Owner, Quota

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
OPERATION = "createReport"
HORIZON = timedelta(hours=1)
ROUNDING = timedelta(milliseconds=1)
"""Waits are rounded up to the microsecond, once for each call."""

limits = st.tuples(st.sampled_from([0.001111, 0.0167, 0.01, 0.1]), st.integers(1, 15)).map(lambda parts: Limit(*parts))
pauses = st.lists(st.integers(0, 900).map(lambda seconds: timedelta(seconds=seconds)), min_size=1, max_size=12)
latenesses = st.integers(0, int(NIGHTLY_MARGIN.total_seconds()) - 1).map(lambda seconds: timedelta(seconds=seconds))


@dataclass
class Caller:
    """Makes one call after another: waits as it is told, a little late, and pauses after each call."""

    budget: MemoryBudget
    pauses: list[timedelta]
    report_type: str = ""
    lateness: timedelta = timedelta()
    goes_on: bool = False
    asked_at: datetime = START
    is_done: bool = False
    waits: list[timedelta] = field(default_factory=list)
    granted_at: list[datetime] = field(default_factory=list)

    def ask(self, now):
        """Ask for a call; return when to ask again, or None when all are made."""
        wait = self.budget.reserve(OPERATION, now, report_type=self.report_type)
        if wait > 0:
            return now + timedelta(seconds=wait) + self.lateness
        self.waits.append(now - self.asked_at)
        self.granted_at.append(now)
        number = len(self.granted_at)
        if number > len(self.pauses) and not self.goes_on:
            self.is_done = True
            return None
        self.asked_at = now + self.pauses[(number - 1) % len(self.pauses)]
        return self.asked_at

    def longest_wait(self):
        """The longest time from the first request for a call to its grant, also of the one that still waits at the end."""
        last = timedelta() if self.is_done else START + HORIZON - self.asked_at
        return max([*self.waits, last])


def run(callers):
    """Let the callers ask in the order of time; who stands first in the list asks first at the same instant."""
    turns = [(caller.asked_at, place) for place, caller in enumerate(callers)]
    heapq.heapify(turns)
    while turns and turns[0][0] <= START + HORIZON:
        now, place = heapq.heappop(turns)
        again = callers[place].ask(now)
        if again is not None:
            heapq.heappush(turns, (again, place))


def time_of_one(limit):
    return timedelta(seconds=1 / limit.rate_per_second)


def exceeds(limit, granted):
    """Tell whether some stretch of time saw more calls than the limit allows, by exact arithmetic of its own."""
    rate, level, last = Fraction(limit.rate_per_second).limit_denominator(10**6), Fraction(limit.burst), START
    for at in sorted(granted):
        level = min(Fraction(limit.burst), level + rate * Fraction((at - last) // timedelta(microseconds=1), 10**6)) - 1
        last = at
        if level < 0:
            return True
    return False


@st.composite
def mornings(draw):
    """One or two limits, one nightly caller with several calls or several with one each, and backfills that are never done."""
    own, typed = draw(limits), draw(st.none() | limits)
    quotas = (
        {} if typed is None else {"T": (Quota(OPERATION, typed, draw(st.sampled_from(["application", "account", "both"]))),)}
    )
    pool, types = Pool(), ["", *quotas]

    def caller(lane, pauses):
        budget = MemoryBudget({OPERATION: own}, quotas=quotas, owner=Owner("app", "acct"), lane=lane, pool=pool)
        late = draw(latenesses) if lane == "nightly" else timedelta()
        asked_at = START + draw(st.integers(0, 1800)) * timedelta(seconds=1)
        return Caller(budget, pauses, draw(st.sampled_from(types)), late, goes_on=lane == "backfill", asked_at=asked_at)

    crowd = draw(st.integers(1, 3))
    night = [caller("nightly", draw(pauses) if crowd == 1 else []) for _ in range(crowd)]
    backfill = [caller("backfill", draw(pauses | st.just([timedelta()]))) for _ in range(draw(st.integers(1, 3)))]
    return own, typed, night, draw(st.permutations([*night, *backfill]))


@settings(deadline=None, max_examples=60)
@given(mornings())
def test_a_nightly_call_comes_after_as_many_calls_at_most_as_there_are_nightly_callers(morning):
    own, typed, night, everybody = morning
    run(everybody)

    slowest = max(time_of_one(limit) for limit in (own, typed) if limit is not None)
    late = max(caller.lateness for caller in night)
    for caller in night:
        assert caller.longest_wait() <= len(night) * (slowest + late + ROUNDING)
    assert not exceeds(own, [at for caller in everybody for at in caller.granted_at])
    if typed is not None:
        assert not exceeds(typed, [at for caller in everybody if caller.report_type for at in caller.granted_at])


@settings(deadline=None, max_examples=60)
@given(limit=limits, typed=limits, pauses=pauses, late=latenesses, start=st.integers(0, 1800))
def test_nothing_is_lost_to_the_night_that_a_backfill_alone_would_have_had(limit, typed, pauses, late, start):
    # given a backfill that always wants more, and a night beside it that may have to wait for the limit of a type
    def greedy(pool):
        return Caller(MemoryBudget({OPERATION: limit}, lane="backfill", pool=pool), [timedelta()], goes_on=True)

    alone, pool = greedy(Pool()), Pool()
    together = greedy(pool)
    nightly = MemoryBudget({OPERATION: limit}, quotas={"T": (Quota(OPERATION, typed, "both"),)}, pool=pool)
    report_type = "T" if limit.burst > 1 else ""
    night = Caller(nightly, pauses, report_type, late, asked_at=START + timedelta(seconds=start))
    run([alone])
    run([together, night])

    # then both together get all that it gets alone, but for the one call that is kept; where no second one can be saved
    # up, keeping it costs the time until the night comes, or gives up
    kept = 1 if limit.burst > 1 else (len(night.waits) + 1) * (1 + NIGHTLY_MARGIN / time_of_one(limit))
    granted = len(together.granted_at) + len(night.granted_at)
    assert granted >= len(alone.granted_at) - kept - 1
