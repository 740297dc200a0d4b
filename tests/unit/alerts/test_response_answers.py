"""Everything an act leaves behind and says, one act at a time: what is stored, shown and counted on later."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sellerwatch.alerts.response.hours import Quiet, WorkingHours, awake
from sellerwatch.alerts.response.machine import (
    Acknowledge,
    Acknowledgement,
    Agreed,
    Handle,
    Handling,
    Over,
    Person,
    Reached,
    Release,
    Response,
    ResponseEvent,
    Snooze,
    SnoozeFor,
    Tick,
    due_at,
    fold,
    opened,
    step,
)
from sellerwatch.alerts.response.policy import Call, Policy, policy_from_dict, policy_of, policy_to_dict, quiet_of
from sellerwatch.settings.routing import Hours, QuietHours

START = datetime(2026, 11, 17, 13, tzinfo=UTC)
ANN, BOB = Person("U1", "ann"), Person("U2", "bob")
ALWAYS = WorkingHours("UTC", tuple(range(7)), 0, 1440)
NIGHT = Quiet("UTC", 20 * 60, 8 * 60)
CALLS = (Call(0, "supply_chain"), Call(4, "operations"), Call(12, "lead"))
POLICY = Policy(CALLS, {"yellow": 72, "orange": 24, "red": 8}, 2, ALWAYS)
BEGUN = Response("orange", START, 1, START, 0)
LATER = START + timedelta(hours=3)
TODAY = date(2026, 11, 17)


def after(hours):
    return START + timedelta(hours=hours)


TAKEN = replace(BEGUN, ack=Acknowledgement(ANN, START, "orange"))
ASLEEP = replace(BEGUN, snooze=Snooze(ANN, START, after(24)))
HANDLED = replace(BEGUN, handling=Handling(ANN, START, "orange", TODAY), is_over=True)
AFRESH = replace(BEGUN, chain_from=LATER)
"""With nobody on it any more, as the release of an alert at `LATER` leaves it."""


def said(kind, *, tier="orange", at=LATER, by=None, role=None):
    return ResponseEvent(kind, at, tier, by, role)


@pytest.mark.parametrize(
    ("before", "act", "left", "event"),
    [
        (BEGUN, Reached(LATER, "red", 2), Response("red", LATER, 2, LATER, 0), said("raised", tier="red")),
        (BEGUN, Reached(LATER, "yellow", 2), replace(BEGUN, tier="yellow", tier_rev=2), said("lowered", tier="yellow")),
        (BEGUN, Reached(LATER, "orange", 2), BEGUN, None),
        (HANDLED, Reached(LATER, "yellow", 2), Response("yellow", LATER, 2, LATER, 0), said("opened", tier="yellow")),
        (TAKEN, Over(LATER), replace(BEGUN, is_over=True), said("ended")),
        (ASLEEP, Over(LATER), replace(BEGUN, is_over=True), said("ended")),
        (HANDLED, Over(LATER), HANDLED, None),
        (HANDLED, Agreed(LATER), replace(BEGUN, is_over=True), said("agreed")),
        (BEGUN, Agreed(LATER), BEGUN, None),
        (
            ASLEEP,
            Acknowledge(LATER, BOB),
            replace(BEGUN, ack=Acknowledgement(BOB, LATER, "orange")),
            said("acknowledged", by=BOB),
        ),
        (TAKEN, SnoozeFor(LATER, BOB, 3), replace(BEGUN, snooze=Snooze(BOB, LATER, after(75))), said("snoozed", by=BOB)),
        (TAKEN, Release(LATER, BOB), AFRESH, said("released", by=BOB)),
        (ASLEEP, Release(LATER, BOB), AFRESH, said("released", by=BOB)),
        (BEGUN, Release(LATER, BOB), BEGUN, None),
        (
            TAKEN,
            Handle(LATER, BOB, TODAY),
            replace(BEGUN, handling=Handling(BOB, LATER, "orange", TODAY), is_over=True),
            said("handled", by=BOB),
        ),
        (HANDLED, Acknowledge(LATER, BOB), HANDLED, None),
        (HANDLED, Tick(after(100)), HANDLED, None),
        (BEGUN, Tick(LATER), BEGUN, None),
    ],
)
def test_each_act_leaves_and_says(before, act, left, event):
    assert step(POLICY, before, act) == (left, event)


def test_whoever_gets_it_back_is_called_from_the_first_call_on():
    escalated = replace(TAKEN, called=2)

    assert step(POLICY, escalated, Release(LATER, ANN))[0] == AFRESH


def test_an_episode_begins_when_its_message_may_be_heard():
    quiet = replace(POLICY, quiet=NIGHT)
    evening, morning = START.replace(hour=21), START.replace(hour=8) + timedelta(days=1)

    assert opened(POLICY, Reached(START, "orange", 7)) == replace(BEGUN, tier_rev=7)
    assert opened(quiet, Reached(evening, "orange", 1)) == Response("orange", evening, 1, morning, 0)
    assert opened(quiet, Reached(evening, "red", 1)).chain_from == evening
    assert opened(POLICY, Reached(START, "orange", 1, heard_at=LATER)) == replace(BEGUN, chain_from=LATER)


def test_a_chain_that_begins_later_has_called_nobody():
    late = replace(POLICY, calls=CALLS[1:])

    assert (late.first_call, opened(late, Reached(START, "orange", 1)).called) == (-1, -1)
    assert step(late, TAKEN, Release(LATER, ANN))[0].called == 0
    assert step(late, replace(BEGUN, called=-1), Tick(after(4))) == (
        BEGUN,
        said("escalated", at=after(4), role="operations"),
    )


@pytest.mark.parametrize(
    ("before", "due"),
    [
        (BEGUN, 4),
        (replace(BEGUN, called=1), 12),
        (replace(BEGUN, called=2), None),
        (TAKEN, 24),
        (replace(TAKEN, tier="yellow"), 24),
        (replace(TAKEN, ack=replace(TAKEN.ack, reminded_at=after(24))), 26),
        (ASLEEP, 24),
        (replace(ASLEEP, is_over=True), None),
    ],
)
def test_time_alone_changes_something_next(before, due):
    assert due_at(POLICY, before) == (None if due is None else after(due))


@pytest.mark.parametrize(
    ("before", "hours", "left", "event"),
    [
        (BEGUN, 4, {"called": 1}, {"kind": "escalated", "role": "operations"}),
        (BEGUN, 11.9, {"called": 1}, {"kind": "escalated", "role": "operations"}),
        (BEGUN, 12, {"called": 2}, {"kind": "escalated", "role": "lead"}),
        (TAKEN, 24, {"ack": Acknowledgement(ANN, START, "orange", after(24))}, {"kind": "reminded", "by": ANN}),
        (
            replace(TAKEN, called=2, ack=Acknowledgement(ANN, START, "orange", after(24))),
            26,
            {"called": 0, "ack": None, "chain_from": after(26)},
            {"kind": "lapsed", "by": ANN, "role": "supply_chain"},
        ),
        (
            replace(ASLEEP, called=2),
            24,
            {"called": 0, "snooze": None, "chain_from": after(24)},
            {"kind": "snooze_ended", "by": ANN, "role": "supply_chain"},
        ),
    ],
)
def test_time_calls_reminds_and_wakes(before, hours, left, event):
    moment = after(hours)

    assert step(POLICY, before, Tick(moment)) == (replace(before, **left), said(at=moment, **event))


@pytest.mark.parametrize("before", [BEGUN, ASLEEP, TAKEN])
def test_whatever_is_due_in_quiet_hours_waits_for_their_end(before):
    all_day = replace(POLICY, quiet=Quiet("UTC", 13 * 60, 12 * 60 + 59))

    assert due_at(all_day, before).time().isoformat() == "12:59:00"
    assert due_at(all_day, replace(before, tier="red")) == due_at(POLICY, replace(before, tier="red"))


def test_milder_alerts_do_not_call_those_who_are_called_from_a_tier_on():
    chain = (Call(0, "supply_chain"), Call(4, "operations", "orange"), Call(12, "lead", "red"))
    policy = replace(POLICY, calls=chain)

    due = [due_at(policy, replace(BEGUN, tier=tier)) for tier in ("yellow", "orange", "red")]

    assert due == [None, after(4), after(4)]
    assert step(policy, BEGUN, Tick(after(20)))[0].called == 1


def test_a_history_is_its_acts_one_after_the_other():
    acts = [Acknowledge(START, ANN), Reached(LATER, "red", 2), Tick(LATER + timedelta(hours=4))]

    assert fold(POLICY, Reached(START, "orange", 1), acts) == Response("red", LATER, 2, LATER, 1)


# What an episode begins with.


def test_a_rise_calls_one_step_further_in_the_chain_for_each_tier():
    assert [POLICY.next_call(tier).role for tier in ("yellow", "orange", "red")] == ["supply_chain", "operations", "lead"]


def test_a_rise_calls_only_those_whom_the_tier_may_call_and_milder_ones_first():
    chain = (Call(0, "lead", "red"), Call(1, "owner", "red"), Call(4, "supply_chain"), Call(2, "operations"))
    policy = replace(POLICY, calls=chain)

    assert [policy.next_call(tier).role for tier in ("yellow", "orange", "red")] == ["operations", "supply_chain", "lead"]
    assert replace(POLICY, calls=chain[:1]).next_call("yellow").role == "lead", "somebody has to hear of it"
    assert replace(POLICY, calls=chain[3:]).next_call("red").role == "operations"
    assert replace(POLICY, calls=(chain[0], chain[2])).next_call("orange").role == "supply_chain"


def test_news_waits_for_the_stores_quiet_hours_and_the_owners_unless_it_is_red():
    stores, evening = Quiet("UTC", 19 * 60, 7 * 60), START.replace(hour=19, minute=30)
    policy = replace(POLICY, quiet=NIGHT)
    next_day = START.replace(hour=0) + timedelta(days=1)

    assert policy.heard(evening, "orange", stores) == next_day.replace(hour=8)
    assert policy.heard(evening, "orange", None) == evening
    assert POLICY.heard(evening, "orange", stores) == next_day.replace(hour=7)
    assert policy.heard(evening, "red", stores) == evening
    assert (policy.released(evening, "orange"), policy.released(START.replace(hour=21), "red")) == (
        evening,
        START.replace(hour=21),
    )
    assert policy.released(START.replace(hour=21), "yellow") == next_day.replace(hour=8)


def test_of_three_who_are_never_awake_together_the_last_named_decides():
    morning, afternoon, evening = (Quiet("UTC", start, start + 720) for start in (0, 720, 1200))

    assert awake(START.replace(hour=21), morning, afternoon, evening) == START.replace(hour=8) + timedelta(days=1)


def with_quiet(shipped, quiet):
    hours = shipped.routing.model_copy(update={"quiet_hours": quiet})
    return replace(shipped, routing=hours)


def test_a_policy_is_what_the_configuration_says(shipped):
    rule = shipped.rules["stockout_tiers"]

    assert policy_of(shipped, rule) == Policy(
        calls=(Call(0, "supply_chain"), Call(4, "owner", "red"), Call(24, "lead", "orange")),
        acknowledged_hours={"yellow": 72, "orange": 24, "red": 8},
        confirm_hours=2,
        working=WorkingHours("UTC", (0, 1, 2, 3, 4), 9 * 60, 18 * 60),
        quiet=None,
    )


def test_quiet_hours_are_on_the_owners_clock_and_for_the_store_on_that_of_its_first_marketplace(shipped):
    quiet = with_quiet(shipped, QuietHours(start="20:30", end="08:15"))
    rule = quiet.rules["stockout_tiers"]

    abroad = quiet.routing.model_copy(update={"hours": {rule.owner: Hours(time_zone="Asia/Shanghai")}})

    assert policy_of(quiet, rule).quiet == Quiet("UTC", 20 * 60 + 30, 8 * 60 + 15)
    assert policy_of(replace(quiet, routing=abroad), rule).quiet == Quiet("Asia/Shanghai", 20 * 60 + 30, 8 * 60 + 15)
    assert quiet_of(quiet, "alpine") == Quiet("Europe/Berlin", 20 * 60 + 30, 8 * 60 + 15)
    assert quiet_of(shipped, "alpine") is None


def test_the_deputy_is_the_rules_own_or_the_owners_and_in_the_end_the_owner(shipped):
    rule = shipped.rules["stockout_tiers"].model_copy(update={"escalation": ()})
    response = shipped.routing.response.model_copy(update={"deputies": {}})
    alone = replace(shipped, routing=shipped.routing.model_copy(update={"response": response}))

    found = [
        policy_of(settings, one).calls[1].role
        for settings, one in ((shipped, rule.model_copy(update={"deputy": "data"})), (shipped, rule), (alone, rule))
    ]

    assert found == ["data", "operations", "supply_chain"]


def test_a_policy_is_stored_with_all_it_holds():
    policy = Policy((Call(0.5, "lead", "red"),), {"red": 8}, 2, WorkingHours("Asia/Shanghai", (0, 4), 540, 1080), NIGHT)
    stored = policy_to_dict(policy)

    assert policy_from_dict(stored) == policy
    assert policy_from_dict(stored | {"quiet": None}) == replace(policy, quiet=None)
