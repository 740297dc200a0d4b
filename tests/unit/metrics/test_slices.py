"""Days are cut so that each is read once however many periods it lies in."""

from datetime import date, timedelta

from sellerwatch.core.periods import Days
from sellerwatch.metrics.slices import cut, made_of

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


def test_a_long_window_is_what_is_kept_with_what_it_has_more_and_less():
    known, core = frozenset(Days(back(60), LAST)), Days(back(30), back(4))

    made = made_of(window(30), known, core)

    assert (made.added, made.taken, made.has_core) == ([back(3), back(2), back(1), back(0)], [back(30)], True)
    assert made_of(window(7), known, core).has_core is False, "seven days are fewer than what lies between"


def test_of_what_is_kept_only_the_days_that_a_window_lacks_are_read_again():
    known, core = frozenset(Days(back(60), LAST)), Days(back(30), back(4))

    found = cut([window(30)], known, core, has_one_day=False)

    assert list(found) == [back(30), back(3), back(2), back(1), back(0)]
    assert found[back(30)] != found[back(3)] == found[back(0)]
