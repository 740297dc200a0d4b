"""The condition machine, told as the nights of one SKU under the 7/3/1 rule."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.alerts.condition.folding import effective, fold, next_night, same_night, with_log
from sellerwatch.alerts.condition.machine import Condition, step
from sellerwatch.settings.rules import Band
from sellerwatch.settings.tiers import depth, held, reached
from tests.unit.alerts.one_sku import FIRST, RULE, TWO_OF_THREE, judgement, nights


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
    current, _ = step(RULE, before, judgement(0, first))
    after = same_night(RULE, current, before, judgement(0, second))
    return [(event.kind, event.reason) for event in after.events], after.condition


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


def at_rest(condition):
    """Without what the calendar alone changes."""
    return replace(condition, stale_since=None, starts=(), is_flapping=False)


readings = st.lists(st.one_of(st.floats(0, 50), st.sampled_from(["no_data", "insufficient"])), max_size=30)


@given(readings)
def test_whatever_happens_the_invariants_hold(values):
    condition = Condition()
    for day, reading in enumerate(values):
        before = condition
        condition, events = step(RULE, before, judgement(day, reading))
        kinds = [event.kind for event in events]

        assert len([kind for kind in kinds if kind != "flapping"]) <= 1
        assert condition.episode - before.episode == kinds.count("fired")
        assert not (before.is_open and {"fired", "reopened"} & set(kinds))
        assert condition.is_open == (condition.tier is not None and condition.status in {"firing", "recovering"})
        if isinstance(reading, str):
            assert at_rest(condition) == at_rest(before)
        elif condition.status == "firing":
            assert depth(condition.tier) >= depth(reached(RULE, RULE.tiers, reading))
        if "resolved" in kinds:
            assert held(RULE, RULE.tiers, reading) is None


@given(readings)
def test_judging_a_night_twice_with_the_same_data_is_silent(values):
    condition = Condition()
    for day, reading in enumerate(values):
        before = condition
        condition, _ = step(RULE, before, judgement(day, reading))
        again = same_night(RULE, condition, before, judgement(day, reading))

        assert (again.condition, again.events) == (condition, ())


reading = st.one_of(st.floats(0, 50), st.sampled_from(["no_data", "insufficient", "not_applicable"]))


@given(readings, st.lists(reading, min_size=1, max_size=4))
def test_a_day_restated_any_number_of_times_ends_where_its_last_value_alone_would(history, versions):
    before = nights(*history)[1]
    today = len(history)
    current, told = step(RULE, before, judgement(today, versions[0]))
    kinds = [event.kind for event in told]
    for version in versions[1:]:
        after = same_night(RULE, current, before, judgement(today, version))
        again = same_night(RULE, after.condition, before, judgement(today, version))
        current = after.condition
        kinds += [event.kind for event in after.events]

        assert (again.condition, again.events) == (current, ())

    direct, _ = step(RULE, before, judgement(today, versions[-1]))
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
        current, _ = step(RULE, before, judgement(today, first))
        judged = same_night(RULE, current, before, judgement(today, second))
        after = judged.condition

        assert "resolved" not in [event.kind for event in judged.events]
        if current.is_open:
            assert after.status == ("closed" if second == "not_applicable" else current.status)
        else:
            assert after == current


def test_what_is_shown_beside_the_value_counts_as_shown():
    known = replace(judgement(0, 2.0), detail="40 units on the way")
    condition, _ = step(RULE, Condition(), known)
    same = replace(judgement(1, 2.0), detail="40 units on the way")
    other = replace(judgement(1, 2.0), detail="nothing on the way")

    assert step(RULE, condition, same)[1] == ()
    assert [event.kind for event in step(RULE, condition, other)[1]] == ["refreshed"]


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ((6.0, 6.0), [[], ["fired"]]),
        ((6.0, 40.0, 6.0), [[], [], ["fired"]]),
        ((6.0, 40.0, 40.0, 6.0), [[], [], [], []]),
        ((6.0, 2.0), [[], ["fired"]]),
        ((6.0, 2.0, 2.0), [[], ["fired"], ["raised"]]),
        ((0.5,), [["fired"]]),
        ((6.0, "no_data", "no_data", 6.0), [[], [], [], ["fired"]]),
        ((6.0, "no_data", "insufficient", "error", 6.0), [[], [], [], [], []]),
        ((6.0, "not_applicable", 6.0), [[], [], []]),
    ],
)
def test_a_tier_that_needs_several_periods_waits_for_them(values, kinds):
    assert nights(*values, rule=TWO_OF_THREE)[0] == kinds


def test_a_breach_that_waits_is_pending_and_clears_without_a_word():
    assert nights(6.0, rule=TWO_OF_THREE)[1].status == "pending"

    told, condition = nights(6.0, 40.0, 40.0, 40.0, rule=TWO_OF_THREE)

    assert told == [[]] * 4
    assert (condition.status, condition.recent, condition.is_counting) == ("inactive", (), False)


def test_the_deepest_tier_whose_count_is_met_fires():
    told, condition = nights(2.0, 6.0, rule=TWO_OF_THREE)

    assert told == [[], ["fired"]]
    assert condition.tier == "yellow"


def test_a_period_read_on_many_nights_counts_once():
    weekly = [judgement(night, 6.0, TWO_OF_THREE, of=0) for night in range(5)]
    condition = Condition()
    for said in weekly:
        condition, events = step(TWO_OF_THREE, condition, said)
        assert events == ()

    after, events = step(TWO_OF_THREE, condition, judgement(7, 6.0, TWO_OF_THREE, of=7))

    assert condition.status == "pending"
    assert [event.kind for event in events] == ["fired"]
    assert after.is_open


def test_a_period_read_on_many_nights_resolves_nothing_by_itself():
    condition = nights(2.5)[1]
    for night in range(1, 7):
        condition, _ = step(RULE, condition, judgement(night, 40.0, of=1))

    assert condition.status == "recovering"


def test_a_value_beyond_hard_clear_resolves_at_once():
    rule = RULE.model_copy(update={"hard_clear": 14.0})

    assert nights(2.5, 13.9, rule=rule)[0] == [["fired"], ["recovering"]]
    assert nights(2.5, 14.0, rule=rule)[0] == [["fired"], ["resolved"]]


def test_the_third_start_in_fourteen_days_is_noticed_once_and_quietens_the_rest():
    told, condition = nights(*[2.5, 40.0, 40.0] * 3, *[40.0] * 2)
    again, _ = nights(2.5, 40.0, 40.0, 40.0, 40.0, 2.5, start=replace(condition, status="resolved"))

    assert told[6] == ["reopened", "flapping"]
    assert "resolved" not in told[8], "it takes four good days now"
    assert told[10] == ["resolved"]
    assert not any("flapping" in kinds for kinds in again)


def test_a_flapping_alert_replies_only_when_it_gets_worse():
    _, condition = nights(*[2.5, 40.0, 40.0] * 2, 2.5)
    after, (lowered,) = step(RULE, replace(condition, calm=(0, 1, 1)), judgement(7, 6.0))
    _, (raised,) = step(RULE, after, judgement(8, 0.5))

    assert (lowered.kind, lowered.is_quiet) == ("lowered", True)
    assert (raised.kind, raised.is_quiet) == ("raised", False)


def test_fourteen_quiet_days_end_flapping():
    _, condition = nights(*[2.5, 40.0, 40.0] * 3)
    assert condition.is_flapping

    after, events = step(RULE, condition, judgement(6 + 14, 2.5))

    assert not after.is_flapping
    assert not any(event.is_quiet for event in events)


def test_an_error_of_the_rule_holds_the_state():
    told, condition = nights(2.5, "error", 40.0)

    assert told == [["fired"], [], ["recovering"]]
    assert condition.stale_since is None


def test_of_a_night_the_last_value_counts_and_then_its_loss():
    first, second, lost, thin = judgement(0, 2.0), judgement(0, 9.0), judgement(0, "no_data"), judgement(0, "insufficient")

    assert effective([first, second]) == [replace(second, valued_on=FIRST)]
    assert effective([lost, second]) == [replace(second, valued_on=FIRST)]
    assert effective([second, thin, lost]) == [replace(second, valued_on=FIRST), lost]
    gone = judgement(0, "not_applicable")
    assert effective([second, gone, lost]) == [replace(second, valued_on=FIRST), gone], "to know nothing brings nothing back"


def test_a_period_is_what_the_latest_night_read_of_it():
    early, late = judgement(3, 6.0, of=0), judgement(4, 9.0, of=0)

    assert [said.value for said in effective([early, late])] == [9.0, 9.0]
    assert fold(RULE, [late, early]).status == "inactive"


@given(readings, st.randoms(use_true_random=False))
def test_scenario_34_any_order_of_arrival_folds_to_the_same_state(values, random):
    log = [judgement(day, value) for day, value in enumerate(values)]
    shuffled = random.sample(log, len(log))

    assert fold(RULE, shuffled) == fold(RULE, log)


@given(st.lists(reading, max_size=20), st.sampled_from([RULE, TWO_OF_THREE]))
def test_night_by_night_comes_to_the_fold_of_all_nights(values, rule):
    condition, log = Condition(), []
    for day, value in enumerate(values):
        log.append(judgement(day, value, rule))
        condition = next_night(rule, condition, log[-1]).condition

    assert fold(rule, log) == condition


def corrected(history, night, value, tonight):
    """Return what people are told on the last night when an earlier one is found to have been otherwise."""
    _, condition = nights(*history)
    log = [judgement(day, said) for day, said in enumerate(history)] + [judgement(night, value)]
    said = judgement(len(history), tonight)
    after = with_log(RULE, replace(condition, is_behind=True), log, said, is_new_night=True)
    return [(event.kind, event.reason) for event in after.events], after.condition


@pytest.mark.parametrize(
    ("history", "night", "value", "tonight", "told"),
    [
        ((2.8, 2.7), 0, 40.0, 2.7, []),
        ((2.8,), 0, 40.0, 40.0, [("resolved", "restated")]),
        ((2.8, 40.0), 0, 40.0, 40.0, [("resolved", "recovered")]),
        ((2.8, 40.0), 0, 40.0, 2.6, [("relapsed", "")]),
        ((2.8, 40.0, 2.0), 1, 2.8, 2.0, []),
        ((2.8, 40.0, 40.0), 1, 2.8, 41.0, []),
        ((2.8, 40.0, 40.0), 1, 2.8, 2.0, [("reopened", "")]),
        ((0.5, 2.8, 2.8), 0, 2.8, 2.8, []),
        ((2.8,), 0, 0.5, 2.8, [("raised", "restated")]),
    ],
)
def test_an_older_night_that_was_corrected_tells_the_net_change_of_the_present(history, night, value, tonight, told):
    assert corrected(history, night, value, tonight)[0] == told


def test_corrected_history_never_calls_over_what_it_alone_knows():
    """Nobody was told that it fired, so that nobody is told that it recovers or is resolved."""
    log = [judgement(0, 2.0)]
    condition, told = replace(Condition(), is_behind=True), []
    for night in (1, 2, 3):
        after = with_log(RULE, condition, log, judgement(night, 40.0), is_new_night=True)
        log.append(judgement(night, 40.0))
        condition, told = after.condition, [*told, *after.events]

    assert told == []
    assert (condition.status, condition.is_behind) == ("inactive", False)
