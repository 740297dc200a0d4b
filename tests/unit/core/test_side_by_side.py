"""Several things at once, none of which waits for another."""

import threading

import pytest

from sellerwatch.core.side_by_side import side_by_side


def test_every_key_is_called_once_and_answers_stand_in_order():
    assert list(side_by_side(lambda key: key * 2, "bca").items()) == [("b", "bb"), ("c", "cc"), ("a", "aa")]
    assert side_by_side(str, ()) == {}


def test_calls_run_at_the_same_time():
    together = threading.Barrier(3, timeout=10)

    assert side_by_side(lambda key: together.wait() >= 0, range(3)) == {0: True, 1: True, 2: True}


def test_one_alone_is_called_in_the_thread_of_its_caller():
    assert side_by_side(lambda key: threading.current_thread(), ["only"]) == {"only": threading.current_thread()}


def test_an_error_is_raised_when_all_have_ended():
    ended = []

    def call(key):
        if key < 2:
            raise ValueError(key)
        ended.append(key)

    with pytest.raises(ValueError, match="0"):
        side_by_side(call, range(4))
    assert sorted(ended) == [2, 3]
