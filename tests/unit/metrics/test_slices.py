"""Days are cut so that each is read once however many periods it lies in."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.core.periods import Days
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.spans import Span
from sellerwatch.metrics.sql.slices import (
    SLICE_DAY,
    SPAN_SLICE,
    Sliced,
    _all_span_rows,
    _day_row,
    _slicing,
    cut,
    drop_slices,
    enter_slices,
)
from sellerwatch.metrics.storing import Run

LAST = date(2026, 11, 16)


def back(days):
    return LAST - timedelta(days=days)


def window(length, end=LAST):
    return Days(end - timedelta(days=length - 1), end)


def test_days_that_lie_in_the_same_periods_are_one_slice():
    known = frozenset(Days(back(60), LAST))

    found = cut([window(7), window(30)], known, has_one_day=False)

    assert list(found) == list(Days(back(29), LAST))
    assert len({found[back(days)] for days in range(7)}) == 1
    assert len({found[back(days)] for days in range(7, 30)}) == 1
    assert len(set(found.values())) == 2


def test_a_day_that_is_not_known_is_in_no_slice():
    known = frozenset(Days(back(9), LAST)) - {back(3)}

    assert back(3) not in cut([window(7)], known, has_one_day=False)


def test_the_first_and_the_last_known_day_stand_alone_where_they_are_asked_for():
    known = frozenset(Days(back(5), back(1)))

    found = cut([window(7)], known, has_one_day=True)

    alone = [day for day, number in found.items() if list(found.values()).count(number) == 1]
    assert alone == [back(5), back(1)]


def entered(spans, known, *, has_one_day=True):
    """Return the rows of both tables for one source in one marketplace."""
    slicing = _slicing(Sliced("orders", {"sku": spans}, has_one_day), marketplace("US"), known)
    return slicing.cut, list(_all_span_rows(slicing))


def test_each_period_is_told_by_its_slices_and_how_many_of_its_days_are_known():
    week = Span("d7", window(7))
    cut_days, rows = entered([week], frozenset(Days(back(5), back(1))))

    assert [row["slice"] for row in rows] == list(dict.fromkeys(cut_days.values()))
    assert {(row["source"], row["grain"], row["marketplace"], row["period"], row["period_on"]) for row in rows} == {
        ("orders", "sku", "US", "d7", LAST)
    }
    assert [(row["is_first"], row["is_last"], row["seen_days"]) for row in rows] == [
        (True, False, 5),
        (False, False, 5),
        (False, True, 5),
    ]


def test_no_slice_is_first_or_last_where_nobody_asks_for_it():
    _, rows = entered([Span("day", window(1))], frozenset({LAST}), has_one_day=False)

    assert [(row["is_first"], row["is_last"], row["seen_days"]) for row in rows] == [(False, False, 1)]


def test_a_period_of_which_nothing_is_known_has_no_slice():
    assert entered([Span("day", window(1))], frozenset()) == ({}, [])


def test_a_day_is_entered_with_its_slice_and_what_its_marketplace_is():
    assert _day_row("orders", marketplace("UK"), LAST, 3) == {
        "source": "orders",
        "marketplace": "UK",
        "day": LAST,
        "slice": 3,
        "currency": "GBP",
        "marketplace_id": "A1F83G8C2ARO7P",
    }


def test_the_ends_of_every_period_stand_alone_where_they_are_asked_for():
    found = cut([window(7), window(30)], frozenset(Days(back(29), LAST)), has_one_day=True)

    alone = [day for day, number in found.items() if list(found.values()).count(number) == 1]
    assert alone == [back(29), back(6), LAST]
    assert len(set(found.values())) == 5


def test_the_tables_hold_the_slices_of_every_marketplace_until_they_are_dropped(sqlite_warehouse):
    places = (marketplace("US"), marketplace("UK"))
    wanted = [
        Sliced("orders", {"sku": [Span("d7", window(7))]}, has_one_day=False),
        Sliced("traffic", {"asin": [Span("day", window(1))]}, has_one_day=False),
    ]
    known = {
        ("orders", "US"): frozenset({LAST, back(1)}),
        ("orders", "UK"): frozenset({LAST}),
        ("traffic", "US"): frozenset({LAST}),
        ("traffic", "UK"): frozenset(),
    }
    with sqlite_warehouse.begin() as connection:
        run = Run(connection, Measuring("store", LAST, datetime(2026, 11, 17, tzinfo=UTC), places), None)
        enter_slices(run, wanted, known)
        days = {(row.source, row.marketplace, row.day) for row in connection.execute(select(SLICE_DAY))}
        spans = {(row.source, row.grain, row.marketplace, row.seen_days) for row in connection.execute(select(SPAN_SLICE))}
        drop_slices(run)
        enter_slices(run, [], known)
        left = connection.execute(select(SLICE_DAY)).all() + connection.execute(select(SPAN_SLICE)).all()
        drop_slices(run)

    assert days == {("orders", "US", LAST), ("orders", "US", back(1)), ("orders", "UK", LAST), ("traffic", "US", LAST)}
    assert spans == {("orders", "sku", "US", 2), ("orders", "sku", "UK", 1), ("traffic", "asin", "US", 1)}
    assert left == []
