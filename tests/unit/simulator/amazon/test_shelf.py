"""The shelf of reports: whatever came and went, it finds what a search through all of them would. Not here: what is listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.simulator.amazon.shelf import Shelf, Span, place_of

START = datetime(2026, 11, 20, tzinfo=UTC)
TYPES = ("orders", "stock", "traffic")


@dataclass(frozen=True)
class StubOrder:
    report_type: str


@dataclass(frozen=True)
class StubReport:
    report_id: str
    created_at: datetime
    order: StubOrder


def report(report_id, second=0, report_type="orders"):
    return StubReport(report_id, START + timedelta(seconds=second), StubOrder(report_type))


REPORTS = st.builds(report, st.sampled_from("abcdef"), st.integers(0, 5), st.sampled_from(TYPES))
OWNERS = st.sampled_from(["first", "second"])
SPANS = st.builds(
    lambda since, until, before: Span(*(START + timedelta(seconds=second) for second in (since, until)), before=before),
    st.integers(0, 5),
    st.integers(0, 5),
    st.none() | REPORTS.map(place_of),
)


@given(
    kept=st.lists(st.tuples(OWNERS, REPORTS), max_size=20),
    gone=st.lists(st.integers(0, 19), max_size=5),
    owner=OWNERS,
    span=SPANS,
    types=st.none() | st.sets(st.sampled_from(TYPES)),
)
def test_it_finds_what_a_search_through_everything_finds(kept, gone, owner, span, types):
    shelf, plain = Shelf(), {}
    for name, item in kept:
        shelf[name, item.report_id] = plain[name, item.report_id] = item
    for index in gone:
        if index < len(kept) and (key := (kept[index][0], kept[index][1].report_id)) in plain:
            del shelf[key], plain[key]

    found = list(shelf.newest_first(owner, span, types=types))

    wanted = [
        item
        for (name, _), item in plain.items()
        if name == owner
        and span.since <= item.created_at <= span.until
        and (span.before is None or place_of(item) < span.before)
        and (types is None or item.order.report_type in types)
    ]
    assert found == sorted(wanted, key=place_of, reverse=True)
    assert dict(shelf) == plain
    for report_id in "abcdef":
        assert sorted(shelf.with_id(report_id), key=str) == sorted(
            (item for item in plain.values() if item.report_id == report_id), key=str
        )


def test_what_is_not_taken_is_not_looked_at():
    class Unread(dict):
        def __getitem__(self, key):
            if key != ("first", "r9"):
                raise AssertionError(key)
            return super().__getitem__(key)

    shelf = Shelf()
    for number in range(10):
        shelf["first", f"r{number}"] = report(f"r{number}", number)
    shelf.data = Unread(shelf.data)

    newest = next(shelf.newest_first("first", Span(START, START + timedelta(days=1))))

    assert newest.report_id == "r9"


def test_a_report_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError):
        del Shelf()["first", "a"]
