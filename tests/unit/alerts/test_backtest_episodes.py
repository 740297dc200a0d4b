"""One firing life of an alert, as its events tell it."""

from datetime import date
from types import SimpleNamespace

import pytest

from sellerwatch.alerts.backtest.episodes import Episode, Page, _episode, opened_within, pages_within
from sellerwatch.alerts.backtest.outages import Place
from sellerwatch.core.periods import Days

HERE = Place("store", "US", "A")


def day(number):
    return date(2026, 11, number)


def told(*events):
    """Read an episode of events as (day, kind, tier after it, reason)."""
    rows = [
        SimpleNamespace(
            store_id="store", marketplace="US", subject="A", as_of=day(on), kind=kind, tier_after=tier, reason=reason
        )
        for on, kind, tier, reason in events
    ]
    return _episode(rows, 1)


FIRED = (1, "fired", "yellow", "")
RAISED = (3, "raised", "red", "")


def test_an_episode_that_lasts_has_its_calls_and_no_end():
    assert told(FIRED, (2, "refreshed", "yellow", ""), RAISED, (4, "stale", "red", "no_data")) == Episode(
        place=HERE,
        opened_on=day(1),
        over_on=None,
        ended_as="",
        pages=(Page(day(1), "yellow", "fired"), Page(day(3), "red", "raised")),
        kinds={"fired": 1, "refreshed": 1, "raised": 1, "stale": 1},
        posts=1,
    )


@pytest.mark.parametrize(
    ("last", "ended_as"),
    [
        ((5, "resolved", "red", "recovered"), "resolved"),
        ((5, "resolved", "red", "restated"), "restated"),
        ((5, "closed", "red", "gone"), "closed"),
    ],
)
def test_an_episode_ends_with_its_last_end_and_says_how(last, ended_as):
    found = told(FIRED, RAISED, last, (6, "refreshed", "red", ""))

    assert (found.over_on, found.ended_as) == (day(5), ended_as)


def test_an_episode_that_reopens_goes_on():
    found = told(FIRED, (2, "resolved", "yellow", "recovered"), (4, "reopened", "orange", ""), (5, "relapsed", "orange", ""))

    assert (found.over_on, found.ended_as, found.flaps) == (None, "", 2)
    assert found.pages[-1] == Page(day(4), "orange", "reopened")


def test_an_episode_is_open_from_its_day_until_the_day_before_its_end():
    found = told((3, "fired", "yellow", ""), (5, "resolved", "yellow", ""))

    assert [on for on in range(1, 8) if found.is_open_on(day(on))] == [3, 4]
    assert told((3, "fired", "yellow", "")).is_open_on(day(30))


def test_episodes_and_calls_are_counted_on_the_days_alone():
    early, late = told(FIRED, RAISED), told((4, "fired", "yellow", ""))
    days = Days(day(2), day(4))

    assert opened_within([early, late], days) == [late]
    assert pages_within([early, late], days) == [(early, early.pages[1]), (late, late.pages[0])]
