"""The rate budget: never more calls than Amazon allows, never a wait that is not needed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sellerwatch.amazon.buckets import (
    CLOCK_SKEW,
    MICROS_PER_TOKEN,
    PICOS_PER_TOKEN,
    Bucket,
    claim,
    emptied,
    learned,
    rate_in_micros,
    refill,
)
from sellerwatch.amazon.budget import PUBLISHED_LIMITS, MemoryBudget, acquire
from sellerwatch.amazon.errors import Throttled
from sellerwatch.amazon.quotas import Limit
from sellerwatch.core.errors import ConfigError
from tests.unit.amazon.conftest import FakeClock

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
rates = st.integers(1, 5_000_000).map(lambda micros: micros / MICROS_PER_TOKEN)
limits = st.tuples(rates, st.integers(1, 30))
gaps = st.lists(st.integers(0, 90_000_000), min_size=1, max_size=60)


def take(bucket, now):
    """Take one token of one bucket that nothing is kept in."""
    (after,), wait = claim((bucket,), now, lane="backfill")
    return after, wait


@pytest.mark.parametrize(("operation", "limit"), PUBLISHED_LIMITS.items())
def test_every_published_limit_is_kept_to_the_millionth(operation, limit):
    bucket = Bucket.full(limit, START)
    assert bucket.rate_per_second == limit.rate_per_second
    assert bucket.tokens == limit.burst
    assert bucket.rate_micros == round(limit.rate_per_second * 1_000_000)


def test_a_burst_goes_out_at_once_and_the_next_call_waits_one_refill():
    bucket = Bucket.full((0.5, 2), START)
    waits = []
    for _ in range(3):
        bucket, wait = take(bucket, START)
        waits.append(wait)
    assert waits == [0.0, 0.0, 2.0]


@settings(deadline=None)
@given(limit=limits, steps=gaps)
def test_no_window_sees_more_than_its_burst_and_its_refill(limit, steps):
    # given a caller that asks at arbitrary moments
    bucket, now, granted = Bucket.full(limit, START), START, []
    for micros in steps:
        now += micros * MICROSECOND
        bucket, wait = take(bucket, now)
        if wait == 0.0:
            granted.append(now)
    # then every window between two grants holds no more than the limit, counted in whole numbers
    for first, opened in enumerate(granted):
        for last in range(first, len(granted)):
            elapsed = (granted[last] - opened) // MICROSECOND
            assert (last - first + 1) * PICOS_PER_TOKEN <= bucket.burst * PICOS_PER_TOKEN + elapsed * bucket.rate_micros


@settings(deadline=None)
@given(limit=limits, steps=gaps)
def test_refilling_in_many_steps_gives_exactly_what_one_step_gives(limit, steps):
    empty = emptied(Bucket.full(limit, START), START)
    stepwise, now = empty, START
    for micros in steps:
        now += micros * MICROSECOND
        stepwise = refill(stepwise, now)
    assert stepwise == refill(empty, now)


@settings(deadline=None)
@given(limit=limits, spent=st.integers(0, 30), micros=st.integers(0, 10**9))
def test_after_the_wait_it_names_the_token_is_there_and_not_a_microsecond_earlier(limit, spent, micros):
    bucket = Bucket.full(limit, START)
    for _ in range(spent):
        bucket, _ = take(bucket, START)
    now = START + micros * MICROSECOND
    bucket, wait = take(bucket, now)
    if wait:
        ready = now + timedelta(seconds=wait)
        assert take(bucket, ready)[1] == 0.0
        assert take(bucket, ready - MICROSECOND)[1] > 0.0


@settings(deadline=None)
@given(limit=limits, readings=st.lists(st.integers(0, 599), max_size=60))
def test_clocks_that_disagree_by_minutes_never_win_tokens(limit, readings):
    # given calls stamped by several machines, up to ten minutes apart
    bucket, grants = Bucket.full(limit, START), 0
    for seconds in readings:
        bucket, wait = take(bucket, START + timedelta(seconds=seconds))
        grants += wait == 0.0
    # then no more came out than the furthest reading allows
    furthest = max([0, *readings])
    assert grants * PICOS_PER_TOKEN <= bucket.burst * PICOS_PER_TOKEN + furthest * MICROS_PER_TOKEN * bucket.rate_micros
    assert 0 <= bucket.level_picos <= bucket.burst * PICOS_PER_TOKEN


def test_a_clock_a_little_behind_waits_until_it_has_caught_up():
    bucket = emptied(Bucket.full((1.0, 1), START), START)
    assert take(bucket, START - timedelta(seconds=30))[1] == 31.0


def test_a_clock_set_back_by_a_year_stops_nobody():
    # given an empty bucket that was filled while the clock was a year ahead
    bucket = emptied(Bucket.full((1.0, 1), START + timedelta(days=365)), START + timedelta(days=365))
    # when the clock is right again
    bucket, wait = take(bucket, START)
    # then one refill is all there is to wait
    assert wait == 1.0
    assert take(bucket, START + timedelta(seconds=1))[1] == 0.0
    assert timedelta(minutes=1) < CLOCK_SKEW < timedelta(days=1)


@settings(deadline=None)
@given(old=rates, new=rates, before=st.integers(0, 10**8), after=st.integers(0, 10**8))
def test_a_learned_rate_counts_from_the_moment_it_was_learned(old, new, before, after):
    empty = emptied(Bucket.full((old, 30), START), START)
    switch = START + before * MICROSECOND
    bucket = refill(learned(empty, new, switch), switch + after * MICROSECOND)
    dripped = before * rate_in_micros(old)
    capped = min(30 * PICOS_PER_TOKEN, dripped)
    assert bucket.level_picos == min(30 * PICOS_PER_TOKEN, capped + after * rate_in_micros(new))


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf"), 1000.1])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="not a rate"):
        rate_in_micros(rate)


def test_the_smallest_rate_still_refills():
    assert rate_in_micros(1e-9) == 1


def test_a_burst_below_one_is_refused():
    with pytest.raises(ValueError, match="allows no call"):
        Bucket.full((1.0, 0), START)


def test_a_429_empties_the_bucket(budget):
    budget.exhausted("createReport", START)
    assert budget.reserve("createReport", START) == pytest.approx(59.88, abs=0.01)


def test_a_learned_rate_changes_the_next_wait(budget):
    budget.exhausted("createReport", START)
    budget.learn("createReport", 2.0, START)
    assert budget.reserve("createReport", START) == 0.5
    assert budget.bucket("createReport", START).rate_per_second == 2.0


def test_operations_do_not_share_a_bucket(budget):
    budget.exhausted("createReport", START)
    assert budget.reserve("getReport", START) == 0.0


def test_an_operation_without_a_limit_is_refused_by_name(budget):
    with pytest.raises(ConfigError, match=r"unknown operation 'makeTea'.*createReport"):
        budget.reserve("makeTea", START)


def test_threads_together_get_exactly_the_burst():
    # given one budget and eight threads that ask at the same instant
    budget, grants = MemoryBudget({"getReport": (0.001, 10)}), []
    threads = [
        threading.Thread(target=lambda: grants.extend(budget.reserve("getReport", START) == 0.0 for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # then as many grants as the bucket held
    assert sum(grants) == 10


def test_acquire_sleeps_exactly_until_the_token_is_there(budget, clock):
    for _ in range(15):
        acquire(budget, "createReport", clock)
    assert clock.slept == []
    acquire(budget, "createReport", clock)
    assert sum(clock.slept) == pytest.approx(1 / 0.0167, abs=1e-5)


def test_acquire_gives_up_before_waiting_when_the_wait_is_too_long(budget, clock):
    budget.exhausted("createReport", clock.now())
    with pytest.raises(Throttled, match=r"another 60 s, and 10 s is the limit \[createReport\]"):
        acquire(budget, "createReport", clock, patience_seconds=10)
    assert clock.slept == []


# A margin for the way


@given(
    st.lists(st.floats(0, 3), min_size=25, max_size=25),
    st.sampled_from([Limit(0.0167, 15), Limit(2.0, 15), Limit(0.01, 3), Limit(0.0222, 10)]),
)
def test_calls_that_arrive_up_to_the_margin_closer_together_than_they_were_sent_find_their_tokens(lateness, limit):
    ours = theirs = Bucket.full(limit, START)
    sent_at, arrived_at = START, START
    for late in lateness:
        (ours,), wait = claim([ours], sent_at, margin_seconds=3.0)
        while wait:
            sent_at += timedelta(seconds=wait)
            (ours,), wait = claim([ours], sent_at, margin_seconds=3.0)
        # a call may be overtaken by none of those that were sent before it
        arrived_at = max(arrived_at, sent_at + timedelta(seconds=late))
        (theirs,), refused = claim([theirs], arrived_at)
        assert not refused


def test_the_margin_costs_its_time_once():
    bucket, now = Bucket.full(Limit(0.0167, 15), START), START
    for _ in range(200):
        (bucket,), wait = claim([bucket], now, margin_seconds=3.0)
        while wait:
            now += timedelta(seconds=wait)
            (bucket,), wait = claim([bucket], now, margin_seconds=3.0)

    assert (now - START).total_seconds() == pytest.approx((200 - 15) / 0.0167 + 3.0, abs=0.01)


def test_a_small_burst_keeps_no_more_than_half_of_what_it_saves_up():
    bucket = Bucket.full(Limit(2.0, 2), START)
    (bucket,), first = claim([bucket], START, margin_seconds=60.0)
    (_,), second = claim([bucket], START, margin_seconds=60.0)

    assert (first, second) == (0.0, 0.25)


# A full bucket spills while a call is on its way


@given(
    st.lists(st.tuples(st.floats(0, 200), st.floats(0, 400), st.floats(0, 60)), min_size=1, max_size=40),
    st.sampled_from([Limit(0.0167, 15), Limit(2.0, 15), Limit(0.01, 3), Limit(0.0222, 10), Limit(0.5, 1)]),
)
def test_however_long_calls_are_on_their_way_the_next_finds_its_token(ways, limit):
    # given calls one after another, each with a time of its own before it is made, until it arrives and until it is answered
    theirs, clock = Bucket.full(limit, START), FakeClock(START)
    budget = MemoryBudget({"getReport": limit})
    for on_its_way, idle, on_its_way_back in ways:
        clock.sleep(idle)
        acquire(budget, "getReport", clock)
        clock.sleep(on_its_way)
        (theirs,), refused = claim([theirs], clock.now())
        clock.sleep(on_its_way_back)
        budget.answered("getReport", clock.now())

        # then none is refused, although Amazon counts from the arrival
        assert not refused


def test_a_call_that_was_long_on_its_way_costs_only_what_the_full_bucket_spilled(budget, clock):
    budget.reserve("createReport", START)
    budget.answered("createReport", START + timedelta(seconds=9))
    later = START + timedelta(seconds=10)
    granted = sum(budget.reserve("createReport", later) == 0 for _ in range(20))

    assert granted == 14
    assert budget.reserve("createReport", later) == pytest.approx(1 / 0.0167 - 1, abs=0.001)


def test_a_call_that_found_room_in_the_bucket_costs_nothing_more(budget):
    spent = START + timedelta(seconds=1)
    for _ in range(15):
        budget.reserve("createReport", START)
    before = budget.reserve("createReport", spent)
    budget.answered("createReport", spent)

    assert budget.reserve("createReport", spent) == before
