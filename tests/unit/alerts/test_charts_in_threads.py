"""The picture in an alert's thread: when it is posted, what it shows, and that it calls nobody."""

from __future__ import annotations

import pytest

from sellerwatch.messages.blocks import Chart, Mention
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.slack import charts_of
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.test_scenarios import calls


def with_history(store, *, days=20, value=30.0):
    """Cover that fell by a day a day."""
    for offset in range(-days, 0):
        store.put("days_of_cover", "sku", "A", value + -offset, on=day(offset))


def charts(store):
    return [row for row in store.outbox() if row.key.endswith(":trend")]


def test_a_new_message_from_orange_on_shows_the_trend_with_its_limits_in_the_thread(store):
    with_history(store)

    assert calls(store.night(0, {"A": 2.8})) == "P:orange R:orange"
    (row,) = charts(store)
    message = from_dict(row.message)
    (chart,) = charts_of(message)
    assert row.key == f"{store.alert('A').fingerprint[:24]}-1:reply:1:trend"
    assert message.title == chart.title == "Trend: Days of cover - A (Test Store, Amazon.com)"
    assert (chart.points[0], chart.points[-1], len(chart.points)) == ((day(-20), 50.0), (NIGHT, 2.8), 21)
    assert chart.limits == (("yellow", 7.0), ("orange", 3.0), ("red", 1.0))
    assert chart.unit == "days"


def test_a_chart_calls_nobody(store):
    with_history(store)
    store.configured(routing=store.shipped.routing.model_copy(update={"contacts": {"supply_chain": "U0SUPPLY"}}))
    store.night(0, {"A": 2.8})

    (row,) = charts(store)
    assert "mention" not in str(row.message)
    assert not row.message["is_broadcast"]
    assert Mention("supply_chain") in [piece for block in store.message("A").blocks for piece in getattr(block, "line", ())]


@pytest.mark.parametrize(
    ("values", "tiers"),
    [
        ((6.5,), []),
        ((6.5, 2.8), ["orange"]),
        ((6.5, 0.9), ["red"]),
        ((2.8, 0.9), ["orange", "red"]),
        ((2.8, 2.7), ["orange"]),
        ((0.9, 3.4, 3.7), ["red"]),
        ((2.8, 40.0, 40.0, 2.8), ["orange"]),
    ],
    ids=["yellow", "raised to orange", "raised to red", "raised twice", "another value", "lowered", "reopened"],
)
def test_a_tier_that_rises_shows_the_trend_and_nothing_else_does(store, values, tiers):
    with_history(store)
    for offset, value in enumerate(values):
        store.night(offset, {"A": value})

    assert [row.message["tone"] for row in charts(store)] == tiers


def test_judging_again_posts_no_second_chart(store):
    with_history(store)
    store.night(0, {"A": 2.8})

    assert store.again(0) == []


def test_a_few_days_are_no_trend(store):
    with_history(store, days=6)
    store.night(0, {"A": 2.8})

    assert charts(store) == []


def test_a_day_that_is_not_known_is_a_gap_and_older_days_than_sixty_are_left_out(store):
    with_history(store, days=100)
    store.put("days_of_cover", "sku", "A", None, on=day(-3), reason="no_data")
    store.night(0, {"A": 2.8})

    (chart,) = charts_of(from_dict(charts(store)[0].message))
    assert chart.points[0][0] == day(-59)
    assert dict(chart.points)[day(-3)] is None


def test_a_late_feed_has_no_trend_worth_a_picture(store):
    for offset in range(-20, 0):
        store.put("feed_age_hours", "feed", "fba_inventory", 5.0, on=day(offset))
    store.night(0, {}, fba_inventory=44)

    assert store.alert("fba_inventory").tier == "orange"
    assert charts(store) == []


def test_a_chart_speaks_the_language_of_its_message_and_knows_the_english_words_too(store):
    store.speaking("zh")
    with_history(store)
    store.night(0, {"A": 2.8})

    (chart,) = charts_of(from_dict(charts(store)[0].message))
    assert isinstance(chart, Chart)
    assert (chart.language, chart.title, chart.unit) == ("zh", "走势：可售天数，A（Test Store，Amazon.com）", "天")
    assert (chart.title_en, chart.unit_en) == ("Trend: Days of cover - A（Test Store，Amazon.com）", "days")
