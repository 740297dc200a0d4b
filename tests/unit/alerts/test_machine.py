"""The condition machine, told as the nights of one SKU under the 7/3/1 rule."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.alerts.machine import Condition, Judgement, judge_again, step
from sellerwatch.settings.models import Titles
from sellerwatch.settings.rules import Band, Rule
from sellerwatch.settings.tiers import depth, held, reached

FIRST = date(2026, 11, 17)
RULE = Rule(
    number="R01",
    title=Titles(en="Stock-out risk", zh="断货风险"),
    metric="days_of_cover",
    subject="sku",
    breach="at_most",
    tiers={"yellow": Band(enter=7, exit=8.4), "orange": Band(enter=3, exit=3.6), "red": Band(enter=1, exit=1.2)},
    step_down_periods=2,
    clear_periods=2,
    reopen_hours=72,
    owner="supply_chain",
    playbook="PB-1",
    version=1,
)


def judgement(day, reading):
    if isinstance(reading, str):
        return Judgement(FIRST + timedelta(days=day), reading, reason="because")
    return Judgement(FIRST + timedelta(days=day), "value", reading)


def nights(*readings, rule=RULE, start=None):
    """Return the kinds of events night by night, and the last condition; None stands for a night that is skipped."""
    condition, told = start or Condition(), []
    for day, reading in enumerate(readings):
        if reading is None:
            continue
        condition, events = step(rule, rule.tiers, condition, judgement(day, reading))
        told.append([event.kind for event in events])
    return told, condition


@pytest.mark.parametrize(
    ("cover", "tier"),
    [(7.01, None), (7.0, "yellow"), (3.5, "yellow"), (3.0, "orange"), (1.5, "orange"), (1.0, "red"), (0.0, "red")],
)
def test_tier_changes_exactly_at_each_ceiling(cover, tier):
    assert reached(RULE, RULE.tiers, cover) == tier


def test_a_comfortable_sku_says_nothing():
    assert nights(40.0, 39.0) == ([[], []], Condition())


def test_the_first_breach_fires_once_and_the_next_night_only_refreshes():
    told, condition = nights(2.8, 2.7, 2.7)

    assert told == [["fired"], ["refreshed"], []]
    assert (condition.status, condition.tier, condition.episode) == ("firing", "orange", 1)


def test_a_climb_through_the_tiers_stays_one_episode():
    told, condition = nights(6.5, 2.9, 0.9)

    assert told == [["fired"], ["raised"], ["raised"]]
    assert (condition.tier, condition.episode) == ("red", 1)


def test_a_jump_names_the_deepest_tier_only():
    told, condition = nights(12.0, 0.8)

    assert told == [[], ["fired"]]
    assert condition.tier == "red"


def test_jitter_around_the_limit_never_resolves():
    told, condition = nights(6.9, 7.1, 6.8, 7.3, 6.9)

    assert told == [["fired"], ["refreshed"], ["refreshed"], ["refreshed"], ["refreshed"]]
    assert condition.tier == "yellow"


def test_stepping_down_takes_two_nights_past_the_exit_of_each_tier():
    told, condition = nights(0.9, 3.4, 3.7, 3.9)

    assert told == [["fired"], ["refreshed"], ["lowered"], ["lowered"]]
    assert condition.tier == "yellow"


def test_resolving_takes_two_clear_nights():
    told, condition = nights(2.5, 40.0, 39.0)

    assert told == [["fired"], ["recovering"], ["resolved"]]
    assert condition.status == "resolved"


def test_a_recovery_that_does_not_last_returns_to_the_same_episode():
    told, condition = nights(2.5, 40.0, 2.0)

    assert told[-1] == ["relapsed"]
    assert (condition.status, condition.tier, condition.episode) == ("firing", "orange", 1)


def test_a_recovery_into_the_exit_zone_steps_down_without_resolving():
    told, condition = nights(0.9, 40.0, 8.0)

    assert told[-1] == ["relapsed"]
    assert condition.tier == "yellow"


def test_a_relapse_within_three_days_reopens_and_a_later_one_is_new():
    reopened, soon = nights(2.5, 40.0, 40.0, None, 2.0)
    renewed, late = nights(2.5, 40.0, 40.0, *[None] * 9, 2.0)

    assert (reopened[-1], soon.episode) == (["reopened"], 1)
    assert (renewed[-1], late.episode) == (["fired"], 2)


def test_missing_data_neither_fires_nor_resolves_and_is_told_once():
    told, condition = nights("no_data", 2.5, "no_data", "no_data", 2.5)

    assert told == [[], ["fired"], ["stale"], [], ["refreshed"]]
    assert (condition.status, condition.stale_since) == ("firing", None)


def test_missing_data_does_not_count_as_a_calm_night():
    told, condition = nights(2.5, 40.0, "no_data", 2.5)

    assert told == [["fired"], ["recovering"], ["stale"], ["relapsed"]]
    assert condition.tier == "orange"


def test_too_little_data_holds_the_state():
    told, condition = nights(2.5, "insufficient")

    assert told == [["fired"], []]
    assert condition.status == "firing"


def test_a_subject_that_is_gone_is_closed_and_never_called_resolved():
    told, condition = nights(2.5, "not_applicable", "not_applicable")

    assert told == [["fired"], ["closed"], []]
    assert condition.status == "closed"


def test_a_rule_that_clears_at_once_resolves_at_once():
    rule = RULE.model_copy(update={"clear_periods": 1, "step_down_periods": 1})

    assert nights(2.5, 40.0, rule=rule)[0] == [["fired"], ["resolved"]]


def test_a_rule_that_breaches_upwards_mirrors_every_comparison():
    rule = RULE.model_copy(
        update={"breach": "at_least", "tiers": {"yellow": Band(enter=24, exit=24), "red": Band(enter=96, exit=96)}}
    )

    assert [reached(rule, rule.tiers, age) for age in (23.0, 24.0, 95.0, 96.0)] == [None, "yellow", "yellow", "red"]


def restated(first, second, *, before=None):
    before = before or Condition()
    current, _ = step(RULE, RULE.tiers, before, judgement(0, first))
    after, events = judge_again(RULE, RULE.tiers, current, before, judgement(0, second))
    return [(event.kind, event.reason) for event in events], after


def test_the_same_judgement_again_changes_nothing():
    assert restated(2.8, 2.8)[0] == []
    assert restated(9.9, 9.9)[0] == []


def test_restated_data_takes_an_alert_back_at_once_and_says_so():
    told, condition = restated(2.8, 9.4)

    assert told == [("resolved", "restated")]
    assert (condition.status, condition.value) == ("resolved", 9.4)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (2.8, 0.5, [("raised", "restated")]),
        (0.5, 2.8, [("lowered", "restated")]),
        (2.8, 2.6, [("refreshed", "restated")]),
        (9.9, 2.6, [("fired", "")]),
        ("no_data", 2.6, [("fired", "")]),
    ],
)
def test_restated_data_tells_the_net_change(first, second, told):
    assert restated(first, second)[0] == told


def test_restated_data_can_turn_an_open_alert_to_recovering():
    before = nights(2.5)[1]

    assert restated(2.4, 40.0, before=before)[0] == [("recovering", "restated")]


readings = st.lists(st.one_of(st.floats(0, 50), st.sampled_from(["no_data", "insufficient"])), max_size=30)


@given(readings)
def test_whatever_happens_the_invariants_hold(values):
    condition = Condition()
    for day, reading in enumerate(values):
        before = condition
        condition, events = step(RULE, RULE.tiers, before, judgement(day, reading))
        kinds = [event.kind for event in events]

        assert len(events) <= 1
        assert condition.episode - before.episode == kinds.count("fired")
        assert not (before.is_open and {"fired", "reopened"} & set(kinds))
        assert condition.is_open == (condition.tier is not None and condition.status in {"firing", "recovering"})
        if isinstance(reading, str):
            assert replace(condition, stale_since=None) == replace(before, stale_since=None)
        elif condition.status == "firing":
            assert depth(condition.tier) >= depth(reached(RULE, RULE.tiers, reading))
        if "resolved" in kinds:
            assert held(RULE, RULE.tiers, reading) is None


@given(readings)
def test_judging_a_night_twice_with_the_same_data_is_silent(values):
    condition = Condition()
    for day, reading in enumerate(values):
        before = condition
        condition, _ = step(RULE, RULE.tiers, before, judgement(day, reading))
        again, events = judge_again(RULE, RULE.tiers, condition, before, judgement(day, reading))

        assert (again, events) == (condition, ())


reading = st.one_of(st.floats(0, 50), st.sampled_from(["no_data", "insufficient", "not_applicable"]))


@given(readings, st.lists(reading, min_size=1, max_size=4))
def test_a_day_restated_any_number_of_times_ends_where_its_last_value_alone_would(history, versions):
    before = nights(*history)[1]
    today = len(history)
    current, told = step(RULE, RULE.tiers, before, judgement(today, versions[0]))
    kinds = [event.kind for event in told]
    for version in versions[1:]:
        current, told = judge_again(RULE, RULE.tiers, current, before, judgement(today, version))
        again, silence = judge_again(RULE, RULE.tiers, current, before, judgement(today, version))
        kinds += [event.kind for event in told]

        assert (again, silence) == (current, ())

    direct, _ = step(RULE, RULE.tiers, before, judgement(today, versions[-1]))
    assert kinds.count("fired") == current.episode - before.episode <= 1
    if not isinstance(versions[-1], str):
        assert current.is_open == direct.is_open
        if direct.is_open:
            assert current == direct


@given(readings)
def test_no_data_and_closing_are_never_called_resolved(history):
    before = nights(*history)[1]
    today = len(history)
    for first, second in ((2.0, "no_data"), (2.0, "not_applicable"), (40.0, "no_data")):
        current, _ = step(RULE, RULE.tiers, before, judgement(today, first))
        after, events = judge_again(RULE, RULE.tiers, current, before, judgement(today, second))

        assert "resolved" not in [event.kind for event in events]
        if current.is_open:
            assert after.status == ("closed" if second == "not_applicable" else current.status)
        else:
            assert after == current


def test_what_is_shown_beside_the_value_counts_as_shown():
    known = Judgement(FIRST, "value", 2.0, detail="40 units on the way")
    condition, _ = step(RULE, RULE.tiers, Condition(), known)
    same = Judgement(FIRST + timedelta(days=1), "value", 2.0, detail="40 units on the way")
    other = Judgement(FIRST + timedelta(days=1), "value", 2.0, detail="nothing on the way")

    assert step(RULE, RULE.tiers, condition, same)[1] == ()
    assert [event.kind for event in step(RULE, RULE.tiers, condition, other)[1]] == ["refreshed"]
