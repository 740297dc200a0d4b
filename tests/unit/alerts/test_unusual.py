"""Core numbers that no limit watches: when one is unusual, and the one grey line that says so."""

from __future__ import annotations

import math

import pytest

from sellerwatch.alerts.unusual.finding import find_unusual
from sellerwatch.alerts.unusual.score import Point, judge
from sellerwatch.core.errors import ConfigError
from sellerwatch.messages.blocks import Actions
from sellerwatch.messages.plain import render_plain
from sellerwatch.metrics.comparison.robust import robust_z
from sellerwatch.settings.exemptions import Exemption
from sellerwatch.settings.unusual import Kpi, Unusual, check_unusual
from sellerwatch.settings.yamlfile import YamlFile
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.response import RESPONSE
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.test_scenarios import calls
from tests.unit.alerts.test_statements import counted

LIMITS = Unusual()
COUNT = Kpi(volume="value", at_least=20.0)
RATE = Kpi(volume="denominator", at_least=300.0)
WEEKS = range(1, 5)


def points(newest, before, *, usual=100.0, weeks=WEEKS, denominator=1.0):
    """Give the last two days a value, and the same weekdays of earlier weeks the usual one."""
    past = {day(offset - 7 * back): usual for back in weeks for offset in (-1, -2)}
    values = past | {day(-1): newest, day(-2): before}
    return {on: Point(value, value * denominator / 100, denominator) for on, value in values.items()}


def judged(found, kpi=COUNT, *, limits=LIMITS, left_out=(), as_of=NIGHT):
    return judge(kpi, limits, found, as_of=as_of, left_out=left_out)


def test_the_score_of_a_worked_example():
    # The median of 80, 96, 104 and 160 is 100; it is 4, 4, 20 and 60 away from them, 12 in the middle: 12 x 1.4826 = 17.8.
    assert robust_z(60.0, [80.0, 160.0, 96.0, 104.0], noise=10.0) == pytest.approx(-40.0 / (12 * 1.4826))
    assert robust_z(60.0, [80.0, 160.0, 96.0, 104.0], noise=20.0) == -2.0, "chance alone spreads a count by its root"
    assert robust_z(60.0, [100.0, 100.0], noise=0.0) == -8.0, "nothing is steadier than 5 %"
    assert robust_z(1.0, [0.0, 0.0], noise=0.0) is None


@pytest.mark.parametrize(("value", "is_told"), [(135.0, True), (134.9, False), (65.0, True), (65.1, False)])
def test_three_and_a_half_spreads_are_unusual_and_less_is_not(value, is_told):
    found = judged(points(value, value))  # a spread is the root of 100

    assert (found is not None) is is_told
    if found:
        assert found == (day(-1), 100.0, math.copysign(3.5, value - 100))


@pytest.mark.parametrize(("value", "is_told"), [(8_000.0, True), (8_001.0, False)])
def test_a_change_of_less_than_a_fifth_says_nothing_however_steady_the_number_was(value, is_told):
    assert (judged(points(value, value, usual=10_000.0)) is not None) is is_told


@pytest.mark.parametrize(("usual", "is_told"), [(20.0, True), (19.9, False)])
def test_too_little_volume_says_nothing(usual, is_told):
    assert (judged(points(100.0, 100.0, usual=usual)) is not None) is is_told


@pytest.mark.parametrize(("denominator", "is_told"), [(300.0, True), (299.0, False)])
def test_the_volume_of_a_rate_is_what_it_is_a_share_of(denominator, is_told):
    assert (judged(points(40.0, 40.0, usual=10.0, denominator=denominator), RATE) is not None) is is_told


def test_a_rate_spreads_by_chance_as_what_it_counts_does():
    # 10 % of 360 are 36: their root is a sixth of them, so that a spread is a sixth of 10 %.
    day_, typical, z = judged(points(20.0, 20.0, usual=10.0, denominator=360.0), RATE)

    assert (day_, typical, z) == (day(-1), 10.0, pytest.approx(6.0))


@pytest.mark.parametrize(("numerator", "z"), [(0.0, 20.0), (1.0, None), (4.0, None), (6.25, 3.5)])
def test_a_rate_of_which_nothing_was_counted_has_no_spread_by_chance(numerator, z):
    value = 10.0 + 3.5 * 4.0 if numerator == 6.25 else 20.0
    found = {
        on: point._replace(numerator=numerator) for on, point in points(value, value, usual=10.0, denominator=400.0).items()
    }

    assert judged(found, RATE) == (None if z is None else (day(-1), 10.0, pytest.approx(z)))


def test_what_is_told_is_of_the_newest_day():
    found = points(200.0, 300.0)

    assert judged(found) == (day(-1), 100.0, 10.0)
    assert judged({}) is None


@pytest.mark.parametrize(("newest", "before"), [(200.0, 100.0), (100.0, 200.0), (200.0, 20.0)])
def test_one_day_alone_or_two_that_contradict_each_other_say_nothing(newest, before):
    assert judged(points(newest, before)) is None


@pytest.mark.parametrize(("weeks", "is_told"), [((1, 2, 4), True), ((1, 4), False), ((1, 2, 5), False)])
def test_a_history_that_is_too_thin_says_nothing(weeks, is_told):
    assert (judged(points(200.0, 200.0, weeks=weeks)) is not None) is is_told


def test_days_unlike_others_are_neither_judged_nor_compared_with():
    found = points(200.0, 200.0)
    wild = found | {day(-8): Point(900.0, 9.0, 1.0), day(-15): Point(900.0, 9.0, 1.0)}

    assert judged(wild) is None, "they would widen what is usual"
    assert judged(found, left_out={day(-8)}) == (day(-1), 100.0, 10.0)
    assert judged(found, left_out={day(-2)}) is None


def test_what_is_long_mature_is_no_news():
    found = points(200.0, 200.0)

    assert judged(found, as_of=day(20)) is not None
    assert judged(found, as_of=day(21)) is None


# --- the line --------------------------------------------------------------------------------------------------------


def sessions(store, newest, *, until=-1, usual=800.0, metric="sessions"):
    for offset in range(until - 30, until + 1):
        value = newest if offset > until - 2 else usual
        store.put(metric, "marketplace", "US", value, on=day(offset))


def digest(store):
    return store.conversation("digest-")[0]


def test_an_unusual_number_is_one_grey_line_and_calls_nobody(store):
    sessions(store, 412.0)

    sent = store.night(0)

    assert calls(sent) == "P:grey"
    assert digest(store).title == (
        "Sessions unusual for 2 days: 412 on Mon, Nov 16, 48.5% below the usual 800 of that weekday: Amazon.com (Test Store)"
    )
    text = render_plain(digest(store))
    assert "⚪ Amazon.com" in text
    assert not any(isinstance(block, Actions) for block in digest(store).blocks)
    assert (store.rows(ALERT), store.rows(RESPONSE)) == ([], [])
    assert store.again(0) == []


def test_it_stands_beside_the_alerts_of_its_digest_and_is_none_of_them(store):
    sessions(store, 412.0)
    sessions(store, 300.0, usual=1_000.0, metric="gmv")

    sent = store.night(0, {"A": 6.5, "B": 6.0})

    assert calls(sent) == "P:yellow"
    assert digest(store).title == "2 alerts (2 yellow): Test Store, and 2 unusual numbers"
    assert "All 4 are here." in render_plain(digest(store))
    store.night(1, {"A": 40.0, "B": 40.0})
    assert "Of these" in render_plain(digest(store))
    store.night(2, {"A": 40.0, "B": 40.0})
    assert str(digest(store).tone) == "green", "what is over is over, whatever was unusual"


def test_in_chinese(store):
    store.speaking("zh")
    sessions(store, 412.0)

    store.night(0)

    assert digest(store).title.startswith("会话数连续 2 天异常：11月16日周一为 412，比平时同一星期几的 800 低 48.5%")


def test_it_is_not_said_again_for_a_week(store):
    told = []
    for offset in range(9):
        sessions(store, 412.0, until=offset - 1)
        for earlier in range(-30, offset - 2):
            store.put("sessions", "marketplace", "US", 800.0, on=day(earlier))
        told.append(calls(store.night(offset)))

    assert told == ["P:grey", *[""] * 6, "P:grey", ""]


def test_what_an_alert_speaks_of_is_not_listed(store):
    store.also_watching("sessions", subject="marketplace")
    sessions(store, 45.0)
    store.put("sessions", "marketplace", "US", 45.0, on=NIGHT)

    sent = store.night(0)

    assert calls(sent) == "P:yellow"
    assert "unusual" not in render_plain(digest(store))


def test_an_exempt_day_is_not_judged(store):
    sessions(store, 412.0)
    whole = Exemption.model_validate(
        {
            "kind": "exemption",
            "metrics": ["sessions"],
            "from": day(-2),
            "to": day(-2),
            "why": "a test of the listing",
            "decided_by": "operations",
            "decided_on": day(-3),
        }
    )
    store.configured(exemptions=(whole,))

    assert store.night(0) == []


def test_days_on_which_an_alert_of_it_breached_are_not_compared_with(store):
    store.also_watching("sessions", subject="marketplace")
    sessions(store, 412.0)
    for offset in (-15, -22):
        store.put("sessions", "marketplace", "US", 20.0, on=day(offset))
        store.night(offset)
    for offset in range(-14, 0):
        store.night(offset)

    assert store.night(0) == [], "of four weeks two are left"


def test_a_store_is_asked_three_times_whatever_is_watched(store):
    sessions(store, 412.0)
    sessions(store, 30.0, usual=100.0, metric="units")
    store.night(0)

    with reading(store.engine) as connection, counted(store.engine) as said:
        found = find_unusual(connection, store.settings, store.store_id, NIGHT, ())

    assert [item.metric for item in found] == ["sessions", "units"]
    assert len(said) <= 3


@pytest.mark.parametrize(
    ("kpis", "words"),
    [
        ({"sesions": COUNT}, "unknown metric 'sesions'"),
        ({"sessions": COUNT.model_copy(update={"unless": ("gvm",)})}, "unknown metric 'gvm'"),
        ({"days_of_cover": COUNT}, "days_of_cover is not measured by the day for a marketplace"),
    ],
    ids=["no such number", "no such other number", "of products alone"],
)
def test_numbers_that_cannot_be_watched_are_refused(shipped, tmp_path, kpis, words):
    with pytest.raises(ConfigError, match=words):
        check_unusual(Unusual(kpis=kpis), shipped.metrics, YamlFile(tmp_path / "alert_rules.yaml", {}, {}))


def test_more_weeks_than_are_looked_at_cannot_be_needed():
    with pytest.raises(ValueError, match="needed"):
        Unusual(weeks=3, needed=4)
