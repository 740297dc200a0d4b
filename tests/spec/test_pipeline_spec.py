"""Feed age and the problems of the night: ledgers in, numbers out, in both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.spec.small_world import NIGHT, NOW, day


def age(world, report="all_orders", place="US"):
    world.measure()
    return world.said("feed_age_hours", "feed", place=place, subject=report)


@pytest.mark.parametrize(
    ("through", "hours"),
    [
        (NOW, 0.0),
        (NOW - timedelta(minutes=59), 0.0),
        (NOW - timedelta(hours=30, minutes=59), 30.0),
        (NOW + timedelta(hours=2), 0.0),
    ],
)
def test_the_age_is_in_whole_hours_since_the_newest_data(world, through, hours):
    world.pulled(day(-1), day(-1), through=through)

    assert age(world) == (hours, "ok", None)


def test_the_newest_document_counts_and_an_empty_or_unread_one_does_not(world):
    world.pulled(day(-3), day(-3), through=NOW - timedelta(hours=50))
    world.pulled(day(-2), day(-2), through=NOW - timedelta(hours=40))
    world.pulled(day(-1), day(-1), through=None)
    world.pulled(day(-1), day(-1), document="quarantined", through=None)

    assert age(world) == (40.0, "ok", None)


def test_a_feed_that_never_came_is_as_old_as_the_first_night_that_wanted_it(world):
    """10 November begins in Los Angeles at 08:00 UTC: 173 hours before 13:40 on the 17th."""
    world.pulled(day(-40), day(-1), state="fatal", document=None, entered_on=day(-7))

    assert age(world) == (173.0, "provisional", "never_delivered")


def test_what_only_a_backfill_or_a_look_between_the_nights_wanted_makes_no_feed_old(world):
    world.pulled(day(-40), day(-1), state="fatal", document=None, entered_on=date.min)

    assert age(world) == (5.0, "provisional", "never_delivered")


def test_that_there_is_nothing_is_news_of_a_feed_of_returns_and_none_of_a_feed_of_orders(world):
    """17 November begins in Los Angeles at 08:00 UTC, five hours and forty minutes before the night."""
    for report in ("fba_returns", "all_orders"):
        world.pulled(day(-1), day(-1), report=report, state="empty", document=None)

    assert age(world, "fba_returns") == (5.0, "ok", None)
    assert age(world, "all_orders")[1:] == ("provisional", "never_delivered")


def test_a_feed_that_was_never_wanted_counts_from_the_night_itself(world):
    assert age(world) == (5.0, "provisional", "never_delivered")


def test_each_feed_of_each_marketplace_has_its_own_age(world):
    world.places = ("DE", "UK")
    world.pulled(day(-1), day(-1), place="DE", through=NOW - timedelta(hours=5))
    world.measure()

    ages = world.values("feed_age_hours", "feed")

    assert len(ages) == 2 * len(world.settings.reports)
    assert (ages["DE", "all_orders"].value, ages["DE", "all_orders"].reason) == (5.0, None)
    assert ages["UK", "all_orders"].reason == "never_delivered"


def test_a_day_with_a_clock_change_has_its_own_length(world):
    """From midnight of 1 November to that of 2 November in Los Angeles are 25 hours, and the night is judged at the latter."""
    night = date(2026, 11, 2)
    world.clock.moment = datetime(2026, 11, 2, 8, tzinfo=UTC)
    world.pulled(
        date(2026, 11, 1), date(2026, 11, 1), state="wanted", document=None, wanted_for=night, entered_on=date(2026, 11, 1)
    )
    world.measure(night)

    assert world.said("feed_age_hours", "feed", subject="all_orders", on=night)[0] == 25.0


def test_an_unfinished_night_ages_with_the_clock_and_a_finished_one_does_not(world):
    world.pulled(day(-1), day(-1), through=NOW - timedelta(hours=5))
    first = age(world)
    world.clock.moment += timedelta(hours=7)
    still = age(world)
    world.pulled(NIGHT, NIGHT, report="fba_inventory", state="wanted", document=None)

    assert (first[0], still[0], age(world)[0]) == (5.0, 5.0, 12.0)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_problems_of_the_night_are_counted(world, count):
    world.had_problems(*(f"report {number} failed" for number in range(count)))
    world.had_problems("an older night's", night=day(-1))
    world.measure()

    row = world.values("night_problems", "store")[("*", world.store_id)]
    assert (row.value, row.status) == (float(count), "ok")
