"""One thread serves many: what is due and granted goes first, and what has to wait keeps nobody else waiting."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.amazon.budget import MemoryBudget, Purse
from sellerwatch.amazon.quotas import Limit
from sellerwatch.warehouse.lanes import Lanes, Step

START = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIMITS = {"slow": Limit(0.5, 2), "fast": Limit(10.0, 5)}


class HandClock:
    def __init__(self):
        self.time = START

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += timedelta(seconds=seconds)


def lanes_of(*things, clock):
    """Things are (name, operation, seconds until due, number)."""
    lanes = Lanes(Purse(MemoryBudget(LIMITS)), clock, lambda thing: None)
    for name, operation, seconds, number in things:
        lanes.put(name, Step(operation), due_at=START + seconds * SECOND, number=number)
    return lanes


def serve_all(lanes, clock):
    """Return what was served, with the second it was served at."""
    served = []
    while len(lanes):
        thing = lanes.next()
        if thing is None:
            clock.time = max(clock.time, lanes.opens_at())
            continue
        served.append((thing, (clock.time - START) / SECOND))
        lanes.purse.reserve("slow" if thing.startswith("s") else "fast", clock.now())
    return served


def test_what_is_due_first_goes_first_and_among_equals_the_lower_number():
    clock = HandClock()
    lanes = lanes_of(("b", "", 0, 2), ("c", "", 5, 0), ("a", "", 0, 1), clock=clock)

    assert serve_all(lanes, clock) == [("a", 0), ("b", 0), ("c", 5)]


def test_an_operation_without_a_token_keeps_no_other_waiting():
    clock = HandClock()
    slow = [(f"s{number}", "slow", 0, number) for number in range(4)]
    fast = [(f"f{number}", "fast", 0, 10 + number) for number in range(3)]

    served = serve_all(lanes_of(*slow, *fast, clock=clock), clock)

    assert served == [("s0", 0), ("s1", 0), ("f0", 0), ("f1", 0), ("f2", 0), ("s2", 2), ("s3", 4)]


def test_what_is_due_waits_for_no_call_of_which_there_are_plenty():
    clock = HandClock()
    lanes = lanes_of(("s", "slow", 5, 2), clock=clock)
    lanes.put("look", Step("fast", is_plentiful=True), due_at=START, number=1)
    clock.sleep(5)

    assert serve_all(lanes, clock) == [("s", 5), ("look", 5)]


def test_a_call_of_which_there_are_plenty_does_not_wait_for_ever():
    clock = HandClock()
    lanes = lanes_of(("s", "slow", 31, 2), clock=clock)
    lanes.put("look", Step("fast", is_plentiful=True), due_at=START, number=1)
    clock.sleep(31)

    assert serve_all(lanes, clock) == [("look", 31), ("s", 31)]


def test_types_with_a_limit_of_their_own_wait_apart():
    clock, billed = HandClock(), []
    lanes = Lanes(Refusing("GET_RARE"), HandClock(), billed.append)
    lanes.put("rare", Step("createReport", "GET_RARE", lane="GET_RARE"), due_at=START, number=1)
    lanes.put("plain", Step("createReport", "GET_PLAIN"), due_at=START, number=2)

    assert lanes.next() == "plain"
    assert lanes.next() is None
    assert billed == ["rare", "plain"]
    assert lanes.opens_at() == clock.now() + timedelta(minutes=15)


class Refusing:
    """Grants no call for one report type."""

    def __init__(self, refused):
        self.refused = refused

    def prepay(self, operation, now, *, report_type=""):
        return 900.0 if report_type == self.refused else 0.0


@given(
    st.lists(
        st.tuples(st.sampled_from(("slow", "fast")), st.integers(0, 30), st.integers(0, 9)),
        min_size=1,
        max_size=25,
    )
)
def test_every_operation_is_served_as_early_as_its_own_bucket_allows(things):
    clock = HandClock()
    named = [
        (f"{operation[0]}{place}", operation, seconds, number) for place, (operation, seconds, number) in enumerate(things)
    ]

    served = serve_all(lanes_of(*named, clock=clock), clock)

    # given each operation alone, then it is served at the very same moments
    for operation in ("slow", "fast"):
        alone = HandClock()
        ours = [thing for thing in named if thing[1] == operation]
        expected = serve_all(lanes_of(*ours, clock=alone), alone)
        assert [one for one in served if one[0][0] == operation[0]] == expected
