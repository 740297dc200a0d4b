"""Everything a condition holds after a night, and everything its events say: what is stored, shown and counted on later."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sellerwatch.alerts.condition.folding import Advanced, Standing, advance, effective, fold, needs_log, same_night, with_log
from sellerwatch.alerts.condition.machine import Condition, Event, step
from sellerwatch.alerts.condition.text import UNTOUCHED, condition_of, condition_to_dict, text_of
from sellerwatch.settings.need import Need
from tests.unit.alerts.one_sku import FIRST, RULE, TWO_OF_THREE, judgement, nights

ON_THE_WAY = "40 units on the way"


def day(number):
    return FIRST + timedelta(days=number)


def fired_with(detail):
    """An alert that fired orange on the first night, beside whose number something else is shown."""
    return step(RULE, Condition(), replace(judgement(0, 2.5), detail=detail))[0]


def read(value, rule=RULE):
    return judgement(0, value, rule).reading


FIRED = Condition(
    status="firing",
    tier="orange",
    episode=1,
    value=2.5,
    valued_on=FIRST,
    reading=read(2.5),
    detail=ON_THE_WAY,
    opened_on=FIRST,
    starts=(FIRST,),
)


def test_what_fires_is_as_the_night_says():
    after, events = step(RULE, Condition(), replace(judgement(0, 2.5), detail=ON_THE_WAY))

    assert after == FIRED
    assert events == (Event("fired", None, "orange", 2.5),)


def test_an_event_names_the_tier_and_the_value_before_and_after():
    assert step(RULE, FIRED, judgement(1, 0.5))[1] == (Event("raised", "orange", "red", 0.5, "", 2.5),)


def test_missing_data_leaves_everything_and_notes_since_when():
    after, events = step(RULE, FIRED, judgement(1, "no_data"))

    assert after == replace(FIRED, stale_since=day(1))
    assert events == (Event("stale", "orange", "orange", 2.5, "because", 2.5),)


def test_what_is_closed_keeps_its_tier_and_number_and_drops_what_was_said_of_tonight():
    after, events = step(RULE, replace(FIRED, stale_since=day(1)), judgement(2, "not_applicable"))

    assert after == replace(FIRED, status="closed", resolved_on=day(2), detail="")
    assert events == (Event("closed", "orange", "orange", 2.5, "because", 2.5),)


def test_what_was_closed_and_is_back_is_a_new_episode_even_with_the_same_number_of_the_same_period():
    closed = replace(FIRED, status="closed", resolved_on=day(1))

    after, events = step(RULE, closed, judgement(2, 2.5, of=0))

    assert (after.status, after.episode, after.opened_on, after.resolved_on) == ("firing", 2, day(2), None)
    assert events == (Event("fired", None, "orange", 2.5, "", 2.5),)


def test_what_was_closed_and_is_well_stays_closed_and_is_not_touched():
    closed = replace(FIRED, status="closed", resolved_on=day(1))

    assert step(RULE, closed, judgement(2, 40.0)) == (closed, ())


def test_what_is_resolved_keeps_its_tier_and_drops_what_was_shown_beside_its_number():
    recovering = step(RULE, FIRED, replace(judgement(1, 40.0), detail=ON_THE_WAY))[0]

    after, events = step(RULE, recovering, replace(judgement(2, 39.0), detail=ON_THE_WAY))

    assert after == replace(
        FIRED,
        status="resolved",
        calm=(2, 2, 2),
        value=39.0,
        valued_on=day(2),
        reading=read(39.0),
        detail="",
        resolved_on=day(2),
    )
    assert events == (Event("resolved", "orange", "orange", 39.0, "recovered", 40.0),)


def test_what_was_resolved_and_is_well_stays_resolved_and_follows_the_number():
    resolved = nights(2.5, 40.0, 39.0)[1]

    after, events = step(RULE, resolved, replace(judgement(3, 38.0), detail=ON_THE_WAY))

    assert after == replace(resolved, value=38.0, valued_on=day(3), reading=read(38.0), calm=(0, 0, 0))
    assert events == ()


def test_a_second_clear_night_of_three_is_one_more_and_not_another_beginning():
    rule = RULE.model_copy(update={"clear_periods": 3})

    assert nights(2.5, 40.0, 39.0, 38.0, rule=rule)[0] == [["fired"], ["recovering"], ["refreshed"], ["resolved"]]


def test_what_gets_worse_while_it_recovers_fires_again():
    told, condition = nights(2.5, 40.0, 0.5)

    assert told[-1] == ["raised"]
    assert (condition.status, condition.tier) == ("firing", "red")


@pytest.mark.parametrize(("night", "kind", "episode", "opened"), [(5, "reopened", 1, 0), (6, "fired", 2, 6)])
def test_a_relapse_reopens_up_to_seventy_two_hours_after_the_night_that_resolved(night, kind, episode, opened):
    resolved = nights(2.5, 40.0, 39.0)[1]

    after, events = step(RULE, resolved, judgement(night, 2.0))

    assert (after.episode, after.opened_on, after.resolved_on) == (episode, day(opened), None)
    assert (after.calm, after.starts) == ((0, 0, 0), (FIRST, day(night)))
    assert events == (Event(kind, "orange" if kind == "reopened" else None, "orange", 2.0, "", 39.0),)


def test_two_periods_of_two_are_enough():
    rule = RULE.model_copy(update={"need": {"yellow": Need(2, 2)}})

    assert nights(6.0, 6.0, rule=rule)[0] == [[], ["fired"]]


def test_a_breach_that_waits_counts_and_shows_nothing():
    after, events = step(TWO_OF_THREE, Condition(), replace(judgement(0, 6.0), detail=ON_THE_WAY))

    assert after == Condition(status="pending", recent=((FIRST, 1),), value=6.0, valued_on=FIRST, reading=read(6.0))
    assert events == ()


def test_a_breach_that_waits_after_a_resolve_goes_on_with_the_conversation():
    resolved = nights(2.0, 2.0, 40.0, 39.0, rule=TWO_OF_THREE)[1]
    waiting = step(TWO_OF_THREE, resolved, judgement(4, 6.0))[0]

    after, events = step(TWO_OF_THREE, waiting, judgement(5, 6.0))

    assert (waiting.status, waiting.resolved_on, waiting.calm) == ("pending", day(3), (0, 0, 0))
    assert ([event.kind for event in events], after.episode) == (["reopened"], 1)


def test_a_breach_that_waits_after_a_close_will_be_a_new_episode():
    closed = nights(2.0, 2.0, "not_applicable", rule=TWO_OF_THREE)[1]
    waiting = step(TWO_OF_THREE, closed, judgement(3, 6.0))[0]

    after, events = step(TWO_OF_THREE, waiting, judgement(4, 6.0))

    assert (waiting.status, waiting.resolved_on) == ("pending", None)
    assert ([event.kind for event in events], after.episode) == (["fired"], 2)


def test_missing_nights_are_counted_while_a_breach_waits_and_a_value_ends_the_count():
    missed = nights(6.0, "no_data", rule=TWO_OF_THREE)[1]
    again = step(TWO_OF_THREE, missed, judgement(2, 6.0, of=0))
    other = step(TWO_OF_THREE, missed, judgement(2, 40.0))[0]

    assert (missed.status, missed.missing) == ("pending", 1)
    assert again == (replace(missed, missing=0), ())
    assert (other.status, other.missing) == ("inactive", 0)


def test_three_missing_nights_forget_what_was_counted_and_hold_what_fires():
    fired = nights(2.0, 2.0, rule=TWO_OF_THREE)[1]
    held = nights(2.0, 2.0, *["no_data"] * 3, rule=TWO_OF_THREE)[1]

    assert fired.recent == ((FIRST, 2), (day(1), 2))
    assert held == replace(fired, recent=(), missing=0, stale_since=day(2))


def test_what_waits_and_is_gone_waits_no_more():
    waiting = nights(6.0, rule=TWO_OF_THREE)[1]

    assert step(TWO_OF_THREE, waiting, judgement(1, "not_applicable")) == (replace(waiting, status="inactive", recent=()), ())
    assert nights(6.0, *["no_data"] * 3, rule=TWO_OF_THREE)[1] == replace(waiting, status="inactive", recent=())


def test_a_period_read_again_ends_a_spell_without_data_and_shows_what_is_new_beside_the_number():
    stale = replace(FIRED, stale_since=day(1))
    same, other = (replace(judgement(2, 2.5, of=0), detail=detail) for detail in (ON_THE_WAY, "nothing on the way"))

    assert step(RULE, stale, same) == (FIRED, (Event("refreshed", "orange", "orange", 2.5, "", 2.5),))
    assert step(RULE, FIRED, same) == (FIRED, ())
    assert step(RULE, FIRED, other)[0] == replace(FIRED, detail="nothing on the way")
    assert [event.kind for event in step(RULE, FIRED, other)[1]] == ["refreshed"]


def test_flapping_quietens_all_but_its_notice_new_episodes_and_what_gets_worse():
    _, condition = nights(2.5, 40.0, 40.0, 2.5, 40.0, 40.0)
    flapping, events = step(RULE, condition, judgement(6, 2.5))
    late = replace(flapping, status="resolved", resolved_on=day(7))
    _, (new,) = step(RULE, late, judgement(12, 2.0))

    assert [(event.kind, event.is_quiet) for event in events] == [("reopened", True), ("flapping", False)]
    assert (new.kind, new.is_quiet) == ("fired", False)


def test_starts_are_counted_for_fourteen_days_and_a_late_one_does_not_keep_the_early_ones():
    _, condition = nights(2.5, 40.0, 40.0, 2.5)

    assert condition.starts == (FIRST, day(3))
    assert step(RULE, condition, judgement(13, 2.5))[0].starts == (FIRST, day(3))
    assert step(RULE, condition, judgement(14, 2.5))[0].starts == (day(3),)
    assert step(RULE, condition, judgement(16, 2.5))[0].starts == (day(3),)
    after = step(RULE, replace(condition, is_flapping=True), judgement(17, 2.5))[0]
    assert (after.starts, after.is_flapping) == ((), False)


# The newest night, judged again.


def again(rule, before, *readings):
    """Judge one night after ``before`` several times; return what the last time told, and all it left."""
    number = 0 if before.valued_on is None else (before.valued_on - FIRST).days + 1 + before.missing
    current = step(rule, before, judgement(number, readings[0], rule))[0]
    for said in readings[1:-1]:
        current = same_night(rule, current, before, judgement(number, said, rule)).condition
    after = same_night(rule, current, before, judgement(number, readings[-1], rule))
    assert after.before == before
    return [(event.kind, event.reason) for event in after.events], after.condition


def test_a_night_that_loses_its_number_is_frozen_and_keeps_what_it_had_said():
    told, condition = again(RULE, FIRED, 2.0, "no_data")

    assert told == [("stale", "because")]
    assert (condition.value, condition.stale_since) == (2.0, day(1))


def test_a_night_without_data_of_which_too_little_came_after_all_is_not_stale_any_more():
    told, condition = again(RULE, FIRED, "no_data", "insufficient")

    assert told == [("refreshed", "")]
    assert condition == FIRED


@pytest.mark.parametrize(("lost", "told"), [("no_data", []), ("not_applicable", [("closed", "because")])])
def test_a_night_without_data_judged_again_says_only_what_is_new(lost, told):
    assert again(RULE, FIRED, "no_data", lost)[0] == told


def test_a_missing_night_counts_once_however_often_it_is_judged():
    waiting = nights(6.0, rule=TWO_OF_THREE)[1]

    for nights_judged in (2, 3):
        _, condition = again(TWO_OF_THREE, waiting, *["no_data", "insufficient", "no_data"][:nights_judged])

        assert condition == replace(waiting, missing=1)


def test_a_night_that_is_restated_and_restated_back_goes_on_with_what_was_taken_back():
    taken_back = again(RULE, Condition(), 2.8, 9.4)[1]
    told, condition = again(RULE, Condition(), 2.8, 9.4, 2.6)

    assert taken_back == Condition(
        status="resolved",
        tier="orange",
        episode=1,
        value=9.4,
        valued_on=FIRST,
        reading=read(9.4),
        opened_on=FIRST,
        resolved_on=FIRST,
    )
    assert told == [("reopened", "restated")]
    assert condition == replace(FIRED, value=2.6, reading=read(2.6), detail="")


def test_what_is_taken_back_is_not_stale_and_shows_nothing_beside_its_number():
    stale = step(RULE, FIRED, judgement(1, "no_data"))[0]

    after = same_night(RULE, stale, Condition(), replace(judgement(1, 40.0), detail=ON_THE_WAY)).condition

    assert (after.status, after.stale_since, after.detail, after.opened_on) == ("resolved", None, "", FIRST)


def test_what_comes_to_rest_follows_the_number_only_where_it_was_called_over():
    resolved = nights(2.5, 40.0, 39.0)[1]
    read_on = same_night(RULE, resolved, Condition(), judgement(3, 38.0)).condition

    assert read_on == Condition(
        status="resolved",
        tier="orange",
        episode=1,
        value=38.0,
        valued_on=day(3),
        reading=read(38.0),
        opened_on=FIRST,
        resolved_on=day(2),
    )
    assert same_night(RULE, resolved, Condition(), judgement(3, 38.0)).events == ()


# History that was corrected: the whole log is folded anew.


def corrected(history, corrections, tonight, rule=RULE, *, is_new_night=True, current=None):
    """Judge tonight after ``corrections`` ({night: value}) came in for earlier nights."""
    known = current or nights(*history, rule=rule)[1]
    log = [judgement(number, said, rule) for number, said in enumerate(history)]
    log += [judgement(number, said, rule) for number, said in corrections.items()]
    said = judgement(len(history), tonight, rule)
    return with_log(rule, replace(known, is_behind=True), log, said, is_new_night=is_new_night)


def kinds(after):
    return [(event.kind, event.reason) for event in after.events]


def test_an_alert_that_began_earlier_than_people_heard_began_for_them_when_they_heard():
    after = corrected((40.0, 2.8), {0: 2.8}, 2.7)

    assert (after.condition.status, after.condition.opened_on, after.condition.is_behind) == ("firing", day(1), False)


def test_what_history_alone_says_breached_begins_for_people_with_the_first_breach_they_hear_of():
    after = corrected((40.0,), {0: 2.8}, 2.7)

    assert after.events == (Event("fired", None, "orange", 2.7),)
    assert (after.condition.opened_on, after.condition.episode) == (day(1), 1)


def test_corrected_history_that_calls_over_what_is_missing_tonight_says_that_it_recovers():
    after = corrected((2.8, 2.7), {1: 40.0}, "no_data")

    assert kinds(after) == [("recovering", "restated")]


def test_what_is_gone_tonight_is_closed_with_its_reason_whatever_was_corrected():
    after = corrected((2.8,), {0: 40.0}, "not_applicable")

    assert after.condition.status == "resolved", "corrected history says that there was nothing to close"
    after = corrected((2.8, 2.7), {0: 2.6}, "not_applicable")
    assert after.events == (Event("closed", "orange", "orange", 2.7, "because", 2.7),)
    assert (after.condition.status, after.condition.opened_on) == ("closed", FIRST)


def test_what_is_gone_tonight_is_closed_once_where_it_began_later_for_people():
    current = nights(40.0, 2.8)[1]
    after = with_log(RULE, current, [judgement(0, 2.8), judgement(1, 2.8)], judgement(1, "not_applicable"), is_new_night=False)

    assert kinds(after) == [("closed", "because")]
    assert after.condition.opened_on == day(1)


def test_what_people_handled_is_left_as_they_know_it_while_corrected_history_waits():
    resolved = nights(2.8, 40.0, 39.0)[1]

    after = corrected((2.8, 40.0, 39.0), {0: 40.0, 1: 0.5, 2: 0.5}, 41.0)

    assert after.events == ()
    left = after.condition
    assert (left.status, left.tier, left.resolved_on, left.opened_on, left.is_behind) == (
        "resolved",
        "orange",
        resolved.resolved_on,
        FIRST,
        True,
    )


def test_a_breach_of_a_night_judged_again_goes_on_with_what_was_called_over_lately():
    after = corrected((2.8, 40.0, 39.0), {0: 2.7}, 2.0, is_new_night=False)

    assert after.events == (Event("reopened", "orange", "orange", 2.0, "", 39.0),)
    assert (after.condition.episode, after.condition.opened_on) == (1, FIRST)


def test_a_breach_of_a_night_judged_again_is_new_long_after_the_last_one():
    history = (2.8, 40.0, 39.0, *[40.0] * 5)

    after = corrected(history, {0: 2.7}, 0.5, is_new_night=False)

    assert after.events == (Event("fired", None, "red", 0.5, "", 40.0),)
    assert (after.condition.episode, after.condition.opened_on) == (2, day(8))


def test_the_condition_before_the_night_is_the_corrected_one_with_the_episode_people_know():
    after = corrected((2.8, 40.0), {0: 2.0}, 2.6)

    assert after.before == replace(fold(RULE, [judgement(0, 2.0), judgement(1, 40.0)]), episode=1)
    assert after.before.value == 40.0
    known = corrected((2.8, 40.0), {0: 2.0}, 2.6, current=replace(FIRED, episode=5))
    assert (known.before.episode, known.condition.episode) == (5, 5)


def test_what_was_called_over_tonight_and_breaches_after_all_has_lasted_since_people_heard_of_it():
    over = replace(FIRED, status="resolved", resolved_on=day(2))

    after = corrected((40.0, 40.0), {}, 2.6, is_new_night=False, current=over)

    assert kinds(after) == [("reopened", "restated")]
    assert after.condition.opened_on == FIRST


def test_a_breach_that_corrected_history_leaves_waiting_waits():
    after = corrected((6.0, 40.0, 40.0), {0: 40.0}, 6.0, TWO_OF_THREE, is_new_night=False)

    assert (after.events, after.condition.status) == ((), "pending")


def test_a_breach_that_waited_for_a_number_since_corrected_waits_no_more():
    after = corrected((40.0, 6.0), {1: 40.0}, 41.0, TWO_OF_THREE, is_new_night=False)

    assert (after.events, after.condition.status) == ((), "inactive")


def test_what_was_called_over_tonight_stays_so_where_corrected_history_only_waits():
    over = replace(nights(6.0, 6.0, rule=TWO_OF_THREE)[1], status="resolved", resolved_on=day(2))

    tonight = corrected((6.0, 6.0), {0: 40.0, 1: 40.0}, 6.0, TWO_OF_THREE, current=over)
    earlier = corrected((6.0, 6.0), {0: 40.0, 1: 40.0}, 6.0, TWO_OF_THREE, current=replace(over, resolved_on=day(1)))

    assert (tonight.condition.status, tonight.condition.resolved_on) == ("resolved", day(2))
    assert earlier.condition.status == "pending"


def test_a_period_read_by_several_nights_stands_in_each_of_them():
    early, late = judgement(3, 6.0, of=0), judgement(4, 9.0, of=0)

    assert effective([early, late]) == [replace(late, as_of=day(3)), late]


def test_of_a_night_without_a_number_what_says_that_it_is_gone_counts():
    gone, lost = judgement(0, "not_applicable"), judgement(0, "no_data")

    assert effective([gone, lost]) == [gone]
    assert effective([lost]) == [lost]


# When one step is enough, and when the log is asked for.


@pytest.mark.parametrize(
    ("said", "behind", "before", "asked"),
    [
        (judgement(1, 2.0), True, FIRED, True),
        (judgement(1, 2.0), False, FIRED, False),
        (judgement(1, 2.0, of=0), False, FIRED, True),
        (judgement(1, 2.5, of=0), False, FIRED, False),
        (judgement(1, 2.0, of=0), False, replace(FIRED, status="closed"), False),
        (judgement(0, "no_data"), False, FIRED, False),
    ],
)
def test_the_log_is_asked_where_history_or_a_period_read_before_has_changed(said, behind, before, asked):
    assert needs_log(replace(FIRED, is_behind=behind), before, said) is asked


def unasked():
    raise AssertionError("one step is enough")


def test_a_first_or_a_newer_night_is_one_step():
    first = advance(RULE, Standing(Condition(), Condition(), None), replace(judgement(0, 2.5), detail=ON_THE_WAY), unasked)
    second = advance(RULE, Standing(FIRED, Condition(), FIRST), judgement(1, 0.5), unasked)

    assert first == Advanced(FIRED, Condition(), (Event("fired", None, "orange", 2.5),))
    assert (second.before, kinds(second)) == (FIRED, [("raised", "")])


def test_the_newest_night_judged_again_tells_the_net_change():
    standing = Standing(FIRED, Condition(), FIRST)

    assert kinds(advance(RULE, standing, judgement(0, 9.4), unasked)) == [("resolved", "restated")]
    assert kinds(advance(RULE, standing, judgement(0, "no_data"), unasked)) == [("stale", "because")]


def test_a_night_that_loses_its_number_after_others_did_asks_the_log_which_of_them_it_is():
    log = [judgement(0, 6.0), judgement(1, "no_data"), judgement(2, 6.0)]
    before, current = (nights(*said, rule=TWO_OF_THREE)[1] for said in ((6.0, "no_data"), (6.0, "no_data", 40.0)))

    after = advance(TWO_OF_THREE, Standing(current, before, day(2)), judgement(2, "no_data"), lambda: log)

    assert after.condition.episode == current.episode
    advance(TWO_OF_THREE, Standing(current, before, day(2)), judgement(2, 41.0), unasked)
    with pytest.raises(AssertionError, match="one step"):
        advance(TWO_OF_THREE, Standing(current, before, day(2)), judgement(2, "no_data"), unasked)
    assert advance(TWO_OF_THREE, Standing(before, before, day(1)), judgement(2, "no_data"), unasked).condition.missing == 2


def test_an_alert_that_is_behind_is_folded_anew_on_its_next_night():
    behind = Standing(replace(FIRED, is_behind=True), Condition(), FIRST)

    after = advance(RULE, behind, judgement(1, 40.0), lambda: [judgement(0, 2.5), judgement(0, 40.0)])

    assert kinds(after) == [("resolved", "restated")]


# As it is stored.

FULL = replace(
    FIRED,
    calm=(1, 2, 3),
    recent=((FIRST, 2), (day(1), 0)),
    missing=1,
    resolved_on=day(2),
    stale_since=day(3),
    is_flapping=True,
    is_behind=True,
)


def test_a_stored_condition_comes_back_equal():
    assert [condition_of(text_of(one)) for one in (FULL, FIRED, Condition())] == [FULL, FIRED, Condition()]


def test_of_a_condition_only_what_happened_is_stored_and_its_days_always():
    no_days = dict.fromkeys(("valued_on", "opened_on", "resolved_on", "stale_since"))

    assert condition_to_dict(Condition()) == no_days
    assert condition_of(UNTOUCHED) == Condition()
    assert condition_to_dict(FULL) == {
        "status": "firing",
        "tier": "orange",
        "episode": 1,
        "calm": (1, 2, 3),
        "recent": [["2026-11-17", 2], ["2026-11-18", 0]],
        "missing": 1,
        "value": 2.5,
        "valued_on": "2026-11-17",
        "reading": (2.5, 2, 2, False),
        "detail": ON_THE_WAY,
        "opened_on": "2026-11-17",
        "resolved_on": "2026-11-19",
        "stale_since": "2026-11-20",
        "starts": ["2026-11-17"],
        "is_flapping": True,
        "is_behind": True,
    }
