"""The response machine on its own: whatever people do and however often time is looked at, its promises hold."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sellerwatch.alerts.response.hours import Quiet, WorkingHours
from sellerwatch.alerts.response.machine import (
    Acknowledge,
    Agreed,
    Handle,
    Over,
    Person,
    Reached,
    Release,
    SnoozeFor,
    Tick,
    due_at,
    fold,
    opened,
    step,
)
from sellerwatch.alerts.response.policy import Call, Policy, policy_from_dict, policy_of, policy_to_dict
from sellerwatch.alerts.response.saying import REPLIES, TOLD
from sellerwatch.alerts.response.storing import response_from_dict, response_to_dict
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.tiers import depth

START = datetime(2026, 11, 17, 13, tzinfo=UTC)
ANN = Person("U1", "ann")
ALWAYS = WorkingHours("UTC", tuple(range(7)), 0, 1440)
OFFICE = WorkingHours("Europe/Berlin", (0, 1, 2, 3, 4), 540, 1080)
CALLS = (Call(0, "supply_chain"), Call(4, "operations"), Call(12, "lead"))
HOURS = {"yellow": 72, "orange": 24, "red": 8}
POLICY = Policy(CALLS, HOURS, 2, ALWAYS)
BEGUN = Reached(START, "orange", 1)

few = settings(max_examples=40)
"""Each example is a whole history."""

policies = st.builds(
    Policy,
    st.sampled_from([CALLS, CALLS[:1], CALLS[1:], (Call(0, "a"), Call(0.5, "b"), Call(1, "c"), Call(30, "d"))]),
    st.just(HOURS),
    st.sampled_from([1, 2]),
    st.sampled_from([ALWAYS, OFFICE]),
    st.sampled_from([None, Quiet("Europe/Berlin", 1200, 540), Quiet("Asia/Shanghai", 0, 1439), Quiet("UTC", 60, 120)]),
)
tiers = st.sampled_from(TIERS)


@st.composite
def histories(draw):
    """Return acts in the order of time, and ticks between them."""
    moment, acts = START, []
    for rev in range(2, draw(st.integers(2, 14))):
        moment += timedelta(minutes=draw(st.integers(0, 6000)))
        acts.append(
            draw(
                st.one_of(
                    st.builds(Reached, st.just(moment), tiers, st.just(rev)),
                    st.just(Over(moment)),
                    st.just(Agreed(moment)),
                    st.just(Acknowledge(moment, ANN)),
                    st.just(Release(moment, ANN)),
                    st.builds(SnoozeFor, st.just(moment), st.just(ANN), st.integers(1, 7)),
                    st.just(Handle(moment, ANN, moment.date())),
                    st.just(Tick(moment)),
                )
            )
        )
    return acts


def lived(policy, acts):
    """Return every (before, act, after, event) of a history."""
    response, seen = opened(policy, BEGUN), []
    for act in acts:
        after, event = step(policy, response, act)
        seen.append((response, act, after, event))
        response = after
    return seen


@few
@given(policies, histories())
def test_nobody_has_an_alert_in_hand_and_snoozed_at_once_and_nothing_is_asked_of_anybody_when_it_is_over(policy, acts):
    for _, _, after, _ in lived(policy, acts):
        assert after.ack is None or after.snooze is None
        if after.is_over:
            assert (after.ack, after.snooze, due_at(policy, after)) == (None, None, None)
        if after.handling:
            assert after.is_over


@few
@given(policies, histories())
def test_what_changes_tells_an_event_and_what_tells_none_does_not_change(policy, acts):
    for before, _, after, event in lived(policy, acts):
        assert (event is None) == (before == after)


@few
@given(policies, histories(), st.integers(0, 20_000))
def test_a_tick_changes_something_exactly_when_it_is_due(policy, acts, minutes):
    response = fold(policy, BEGUN, acts)
    moment = (acts[-1].at if acts else START) + timedelta(minutes=minutes)
    due = due_at(policy, response)

    _, event = step(policy, response, Tick(moment))

    assert (event is not None) == (due is not None and due <= moment)


@few
@given(policies, histories())
def test_ticks_never_call_more_than_the_chain_has_and_come_to_rest(policy, acts):
    response = fold(policy, BEGUN, acts)
    escalated, ticks = 0, 0
    while (due := due_at(policy, response)) is not None:
        response, event = step(policy, response, Tick(due))
        assert event is not None
        escalated += event.kind == "escalated"
        ticks += 1
        assert ticks <= len(policy.calls) + 3
    assert escalated <= len(policy.calls)


@few
@given(policies, histories())
def test_calls_wait_out_quiet_hours_unless_the_alert_is_red(policy, acts):
    for before, act, _, event in lived(policy, acts):
        if isinstance(act, Tick) and event:
            due = due_at(policy, before)
            assert due is not None
            assert policy.released(due, before.tier) == due
            assert policy.released(due, "red") == due


@few
@given(policies, histories())
def test_a_tier_rise_leaves_nobody_with_an_old_answer(policy, acts):
    for before, act, after, event in lived(policy, acts):
        if isinstance(act, Reached) and (before.is_over or depth(act.tier) > depth(before.tier)):
            assert (after.ack, after.snooze, after.tier, after.tier_rev) == (None, None, act.tier, act.rev)
            assert event is not None


@few
@given(policies, histories())
def test_a_stored_response_and_its_policy_come_back_equal(policy, acts):
    response = fold(policy, BEGUN, acts)

    assert response_from_dict(response_to_dict(response)) == response
    assert policy_from_dict(policy_to_dict(policy)) == policy


def test_stepping_down_keeps_the_acknowledgement():
    response = fold(POLICY, BEGUN, [Acknowledge(START, ANN), Reached(START + timedelta(days=1), "yellow", 2)])

    assert (response.tier, response.ack and response.ack.by) == ("yellow", ANN)


def test_an_acknowledgement_lasts_as_long_as_the_tier_that_was_acknowledged_allows():
    lasts = {tier: due_at(POLICY, fold(POLICY, Reached(START, tier, 1), [Acknowledge(START, ANN)])) - START for tier in TIERS}

    assert lasts == {"yellow": timedelta(hours=72), "orange": timedelta(hours=24), "red": timedelta(hours=8)}


def test_a_chain_is_kept_as_it_was_when_the_episode_began(shipped):
    rule = shipped.rules["stockout_tiers"].model_copy(update={"escalation": ()})
    before = policy_of(shipped, rule)

    assert [(call.after_hours, call.role) for call in before.calls] == [(0, "supply_chain"), (4, "operations"), (12, "lead")]
    assert policy_from_dict(policy_to_dict(before)) == before


def test_a_rule_with_a_chain_of_its_own_calls_each_step_from_its_tier_on(shipped):
    policy = policy_of(shipped, shipped.rules["stockout_tiers"])

    def called(tier):
        response, found = fold(policy, Reached(START, tier, 1), []), []
        while due := due_at(policy, response):
            response, event = step(policy, response, Tick(due))
            found.append(((due - START).total_seconds() / 3600, event.role))
        return found

    assert called("yellow") == []
    assert called("orange") == [(24, "lead")]
    assert called("red") == [(4, "owner"), (24, "lead")]


def test_a_changed_chain_is_for_the_next_episode(answered):
    answered.night(0, 2.8)
    response = answered.store.shipped.routing.response
    later = response.model_copy(update={"escalation": response.escalation[:1]})
    answered.routed(response=later)

    assert answered.after(hours=4) == "R"

    for offset in (1, 2):
        answered.night(offset, 40.0)
    answered.night(12, 2.8)
    assert answered.after(hours=4) == ""


def test_the_chain_goes_on_while_data_is_stale(answered):
    answered.night(0, 2.8)
    answered.night(1, None)
    assert answered.store.alert("A").state["stale_since"] is not None

    assert answered.after(hours=1) == "R", "a day and an hour: the highest call"


@pytest.mark.parametrize("kind", [kind for kind, told in TOLD.items() if "reply" in told])
def test_every_event_that_replies_has_words(kind):
    assert kind in REPLIES


def test_no_words_are_kept_for_events_that_say_nothing():
    assert {kind for kind, told in TOLD.items() if "reply" in told} == REPLIES.keys()
