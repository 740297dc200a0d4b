"""Alerts held against what came true: outages told by stock alone, leads, and what became of each call."""

from datetime import date, timedelta

import pytest

from sellerwatch.alerts.backtest.episodes import Episode, Page
from sellerwatch.alerts.backtest.foresight import FATES, Happening, Truth, foresee
from sellerwatch.alerts.backtest.outages import Outage, Place, outages_of
from sellerwatch.core.periods import Days

HERE = Place("store", "US", "A")
DAYS = Days(date(2026, 11, 1), date(2026, 11, 30))
HORIZON = timedelta(days=7)


def day(number):
    return date(2026, 11, 1) + timedelta(days=number - 1)


def mornings(*units, first=1):
    return [(day(first + offset), count) for offset, count in enumerate(units) if count is not None]


@pytest.mark.parametrize(
    ("units", "outages"),
    [
        ((3, 2, 1), []),
        ((3, 0, 0, 5), [Outage(day(2), day(4), is_seen_to_begin=True)]),
        ((3, 0, 0), [Outage(day(2), None, is_seen_to_begin=True)]),
        ((0, 0, 5, 0), [Outage(day(1), day(3), is_seen_to_begin=False), Outage(day(4), None, is_seen_to_begin=True)]),
        ((3, None, 0, None, 0, 4), [Outage(day(3), day(6), is_seen_to_begin=True)]),
        ((), []),
    ],
    ids=["never", "over", "lasting", "from the start", "unknown days", "no report"],
)
def test_an_outage_runs_from_the_first_morning_without_stock_to_the_first_with(units, outages):
    assert list(outages_of(mornings(*units))) == outages


def episode(opened, over=None, tier="yellow", *further):
    pages = (Page(day(opened), tier, "fired"), *(Page(day(on), deeper, "raised") for on, deeper in further))
    return Episode(HERE, day(opened), over and day(over), "resolved" if over else "", pages, {"fired": 1}, 1)


def truth(*outages, known_until=30):
    return Truth({HERE: tuple(outages)}, day(known_until), HORIZON)


OUT_ON_20TH = Outage(day(20), day(25), is_seen_to_begin=True)


@pytest.mark.parametrize(
    ("episodes", "lead"),
    [
        ([episode(13)], 7),
        ([episode(20)], 0),
        ([episode(21)], None),
        ([episode(10, over=20)], None),
        ([episode(10, over=21)], 10),
        ([episode(5, over=9), episode(17)], 3),
        ([], None),
    ],
    ids=["week before", "on the day", "after it", "over that morning", "still open", "over and again", "never"],
)
def test_only_an_alert_that_is_still_open_has_announced_the_event(episodes, lead):
    found = foresee(episodes, truth(OUT_ON_20TH), DAYS)

    assert [(item.event, item.lead_days) for item in found.events] == [(Happening(HERE, day(20)), lead)]
    assert found.missed == (lead is None)
    assert found.announced(7) == (lead is not None and lead >= 7)


@pytest.mark.parametrize(
    ("opened", "over", "fate"),
    [
        (12, 15, "false_alarm"),
        (12, 20, "false_alarm"),
        (12, 21, "followed"),
        (12, None, "followed"),
        (13, 15, "followed"),
        (19, None, "followed"),
        (20, None, "under_way"),
        (24, None, "under_way"),
        (25, None, "undecided"),
    ],
)
def test_a_call_was_right_if_the_event_came_within_the_horizon_or_while_it_was_open(opened, over, fate):
    found = foresee([episode(opened, over)], truth(OUT_ON_20TH, known_until=30), DAYS)

    assert {name for name, count in found.episodes.items() if count} == {fate}
    assert set(found.episodes) == set(FATES)


def test_what_lies_too_near_the_end_of_what_is_known_is_neither_right_nor_wrong():
    fates = [foresee([episode(10)], truth(known_until=until), DAYS).episodes for until in (16, 17)]

    assert [(found["undecided"], found["false_alarm"]) for found in fates] == [(1, 0), (0, 1)]


def test_a_call_about_what_never_ran_out_is_a_false_alarm():
    nothing_happened = Truth({}, day(30), HORIZON)

    assert foresee([episode(10)], nothing_happened, DAYS).episodes["false_alarm"] == 1


def test_each_tiers_calls_are_held_against_the_truth_by_themselves():
    climbing = episode(5, 20, "yellow", (14, "orange"), (18, "red"))

    found = foresee([climbing], truth(OUT_ON_20TH), DAYS)

    assert {tier: [name for name, count in fates.items() if count] for tier, fates in found.pages.items()} == {
        "yellow": ["false_alarm"],
        "orange": ["followed"],
        "red": ["followed"],
    }


def test_events_and_episodes_outside_the_days_are_not_counted_but_still_announce():
    later = Days(day(15), day(22))

    found = foresee([episode(10)], truth(OUT_ON_20TH, Outage(day(27), None, is_seen_to_begin=True)), later)

    assert [item.lead_days for item in found.events] == [10]
    assert sum(found.episodes.values()) == 0


def test_an_outage_that_was_there_from_the_start_is_no_event_to_foresee():
    found = foresee([], truth(Outage(day(3), day(9), is_seen_to_begin=False)), DAYS)

    assert (found.events, found.quartiles, found.missed) == ((), None, 0)


def test_quartiles_are_those_of_what_was_announced():
    outages = [Outage(day(number), day(number + 1), is_seen_to_begin=True) for number in (6, 12, 18, 24)]
    episodes = [episode(number - lead, over=number + 1) for number, lead in ((6, 1), (12, 2), (18, 3), (24, 4))]

    assert foresee(episodes, truth(*outages), DAYS).quartiles == (1.75, 2.5, 3.25)
    assert foresee(episodes[:1], truth(*outages), DAYS).quartiles == (1.0, 1.0, 1.0)
