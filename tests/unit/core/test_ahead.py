"""Working ahead changes neither what comes out nor its order, and never runs far ahead of who uses it."""

import threading

import pytest

from sellerwatch.core.ahead import ahead


@pytest.mark.parametrize("count", range(7))
def test_every_item_comes_out_once_and_in_order(count):
    assert list(ahead(lambda number: number * 10, iter(range(count)))) == [number * 10 for number in range(count)]


def test_a_single_item_needs_no_thread():
    assert list(ahead(lambda _: threading.current_thread(), ["only"])) == [threading.current_thread()]


def test_more_than_one_are_worked_on_beside():
    threads = set(ahead(lambda _: threading.current_thread(), range(5)))

    assert len(threads) == 1
    assert threading.current_thread() not in threads


def test_items_are_taken_at_most_two_ahead_of_what_is_used():
    taken = []

    for used, _ in enumerate(ahead(str, (taken.append(number) or number for number in range(20)))):
        assert len(taken) <= used + 2


def test_an_error_is_raised_where_its_item_would_have_come():
    results = ahead(lambda number: 1 // number, [1, 1, 0, 1])

    assert [next(results), next(results)] == [1, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
