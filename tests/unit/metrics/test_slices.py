"""Days are cut so that each is read once however many periods it lies in."""

from datetime import date, timedelta

from sellerwatch.core.periods import Days
from sellerwatch.metrics.slices import cut

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
