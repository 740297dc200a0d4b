"""What people and time do to an alert: every Slack call is named, and any other fails the test.

P is a new message, U an update of it, R a reply in its thread, R! a reply the whole channel sees.
"""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sellerwatch.settings.routing import QuietHours, WorkingTime
from tests.spec.small_world import NIGHT
from tests.unit.alerts.answered_store import AROUND_THE_CLOCK, LEAD, OPS, SUPPLY

AUCKLAND = ZoneInfo("Pacific/Auckland")
"""At the hour in which nights are judged here it is after midnight there."""


def test_scenario_17_an_acknowledgement_clicked_twice_is_one_and_stops_the_chain(answered):
    assert answered.night(0, 2.8) == "P"

    assert answered.press("acknowledge", envelopes=2) == "U"

    assert answered.events() == ["opened", "acknowledged"]
    assert "Acknowledged by operations on Tue, Nov 17 13:40 (UTC)" in answered.root_in_slack()
    assert answered.buttons() == {
        "acknowledge": "Still on it",
        "release": "Hand back",
        "snooze:1": "Snooze 1 d",
        "snooze:3": "Snooze 3 d",
        "snooze:7": "Snooze 7 d",
        "handled": "Handled",
        "why": "Why?",
    }
    assert answered.after(hours=4) == ""
    assert answered.whispers.said == []


def test_scenario_07_an_acknowledgement_survives_the_steps_down(answered):
    answered.night(0, 0.9)
    answered.press("acknowledge")

    assert [answered.night(offset, cover) for offset, cover in ((1, 3.4), (2, 3.7), (3, 3.9))] == ["U", "U R", "U R"]

    assert "Acknowledged by operations" in answered.root_in_slack()
    assert answered.response().state["ack"] is not None


def test_scenario_18_a_tier_rise_voids_the_acknowledgement(answered):
    answered.night(0, 6.5)
    answered.press("acknowledge")

    assert answered.night(1, 2.9) == "U R!"

    assert "Acknowledged" not in answered.root_in_slack()
    assert answered.buttons()["acknowledge"] == "Acknowledge"
    assert f"<@{SUPPLY}>" in answered.last_in_slack()
    assert answered.after(hours=4) == "R", "nobody has it, so the chain goes on"


def called(answered):
    """Return whom the newest message calls."""
    return set(re.findall(r"<@(\w+)>", answered.last_in_slack()))


def test_scenario_19_the_chain_calls_the_deputy_and_after_missed_ticks_the_lead_alone(answered):
    answered.night(0, 2.8)
    start = answered.now

    assert answered.at(start + timedelta(hours=3, minutes=59)) == ""
    assert answered.at(start + timedelta(hours=4)) == "R"
    assert f"<@{OPS}>" in answered.last_in_slack()
    assert answered.at(start + timedelta(hours=4, minutes=10)) == ""
    assert answered.at(start + timedelta(hours=13)) == "R"
    assert f"<@{LEAD}>" in answered.last_in_slack()
    assert answered.at(start + timedelta(days=3)) == "", "the chain is at its end"
    assert answered.events() == ["opened", "escalated", "escalated"]


def test_scenario_19_when_nothing_ran_for_thirteen_hours_only_the_highest_call_is_made(answered):
    answered.night(0, 2.8)

    assert answered.after(hours=13) == "R"

    assert f"<@{LEAD}>" in answered.last_in_slack()
    assert f"<@{OPS}>" not in answered.last_in_slack()


def test_scenario_20_an_acknowledgement_runs_out_with_a_reminder_and_then_starts_the_chain_anew(answered):
    answered.routed(working_time=AROUND_THE_CLOCK)
    answered.night(0, 2.8)
    answered.press("acknowledge")
    start = answered.now

    assert answered.at(start + timedelta(hours=23, minutes=50)) == ""
    assert answered.at(start + timedelta(hours=24)) == "R"
    assert f"<@{OPS}>" in answered.last_in_slack()
    assert "Still on it?" in answered.last_in_slack()
    assert answered.at(start + timedelta(hours=25, minutes=50)) == ""
    assert answered.at(start + timedelta(hours=26)) == "U R"
    assert "Acknowledged" not in answered.root_in_slack()
    assert f"<@{SUPPLY}>" in answered.last_in_slack(), "step 1 is the owner"
    assert answered.after(hours=4) == "R"
    assert f"<@{OPS}>" in answered.last_in_slack()


def test_scenario_21_a_snooze_lets_value_noise_update_the_root_alone(answered):
    answered.night(0, 2.8)
    assert answered.press("snooze:3") == "U"
    assert "Snoozed by operations until Fri, Nov 20 13:40 (UTC)" in answered.root_in_slack()

    assert answered.night(1, 2.7) == "U"
    assert answered.after(hours=13) == "", "the chain is silent too"


def test_scenario_21_a_snooze_ends_without_a_word_when_the_alert_resolves_inside_it(answered):
    answered.night(0, 2.8)
    answered.press("snooze:7")

    assert answered.night(1, 40.0) == "U"
    assert answered.night(2, 40.0) == "U"

    assert "Snoozed" not in answered.root_in_slack()
    assert answered.buttons() == {}
    assert answered.at(answered.now + timedelta(days=9)) == ""


def test_scenario_21_a_snooze_that_ends_while_firing_says_so_once(answered):
    answered.night(0, 2.8)
    answered.press("snooze:1")
    until = answered.now + timedelta(days=1)

    assert answered.at(until - timedelta(minutes=10)) == ""
    assert answered.at(until) == "R"
    assert "The snooze of operations is over, and the problem is not" in answered.last_in_slack()
    assert f"<@{SUPPLY}>" in answered.last_in_slack()
    assert answered.at(until + timedelta(minutes=10)) == ""
    assert answered.at(until + timedelta(hours=4)) == "R", "the chain counts from the end of the snooze"


def test_scenario_21_a_tier_rise_breaks_a_snooze_at_once(answered):
    answered.night(0, 2.8)
    answered.press("snooze:3")

    assert answered.night(1, 0.9) == "U R!"

    assert "Snoozed" not in answered.root_in_slack()


@pytest.mark.parametrize(
    ("night", "changes"),
    [
        (NIGHT, "nothing"),
        (date(2026, 9, 26), "the clock goes forward at 02:00"),
        (date(2027, 4, 3), "the clock goes back at 03:00"),
    ],
)
def test_scenario_22_quiet_hours_hold_a_yellow_alert_until_nine_on_every_kind_of_day(answered, night, changes):
    answered.routed(time_zone="Pacific/Auckland", quiet_hours=QuietHours(start="20:00", end="09:00"))
    nine = datetime.combine(night + timedelta(days=1), datetime.min.time().replace(hour=9), AUCKLAND).astimezone(UTC)

    assert answered.night((night - NIGHT).days, 6.5) == "", changes

    assert answered.at(nine - timedelta(minutes=10)) == ""
    assert answered.at(nine) == "P"
    assert answered.at(nine + timedelta(minutes=10)) == ""
    assert answered.at(nine + timedelta(hours=3, minutes=50)) == ""
    assert answered.at(nine + timedelta(hours=4)) == "R", "the chain counts from when people could hear of it"


@pytest.mark.parametrize("night", [NIGHT, date(2026, 9, 26), date(2027, 4, 3)])
def test_scenario_22_a_red_alert_speaks_in_the_night(answered, night):
    answered.routed(time_zone="Pacific/Auckland", quiet_hours=QuietHours(start="20:00", end="09:00"))

    assert answered.night((night - NIGHT).days, 0.8) == "P"
    assert answered.after(hours=4) == "R"


def test_scenario_22_a_rise_in_the_night_calls_the_next_one_in_the_morning_and_a_red_one_at_once(answered):
    """Whoever would be called after hours is called with the rise, as section 2.7 has it; quiet hours hold the reply, not the update."""
    answered.routed(time_zone="America/Los_Angeles", quiet_hours=QuietHours(start="20:00", end="09:00"))
    nine = datetime(2026, 11, 17, 17, tzinfo=UTC)
    assert answered.night(0, 6.5) == ""
    assert answered.at(nine) == "P"

    assert answered.night(1, 2.9) == "U", "20 to six in the morning, and nobody is called"
    nine += timedelta(days=1)
    assert answered.at(nine - timedelta(minutes=10)) == ""
    assert answered.at(nine) == "R!"
    assert {SUPPLY, OPS} <= called(answered), "the owner, and the deputy four hours before its time"
    assert answered.at(nine + timedelta(hours=4)) == "R", "the chain begins anew, and counts from when the rise was heard"
    assert called(answered) == {OPS}

    assert answered.night(2, 0.9) == "U R!", "red waits for nothing"
    assert {SUPPLY, LEAD} <= called(answered)


@pytest.fixture
def risen_by_night(answered):
    """Two nights after it was told and one after it began to recover, the alert has risen to orange; the reply waits for nine."""
    answered.routed(time_zone="America/Los_Angeles", quiet_hours=QuietHours(start="20:00", end="09:00"))
    nine = datetime(2026, 11, 17, 17, tzinfo=UTC)
    answered.night(0, 6.5)
    answered.at(nine)
    answered.night(1, 9.0)
    assert answered.night(2, 2.9) == "U"
    return nine + timedelta(days=2)


def test_nobody_is_called_in_the_morning_for_a_rise_that_is_over_by_then(answered, risen_by_night):
    assert answered.night(2, 40.0) == "U", "the data was corrected, and no update waits behind a reply"
    assert answered.at(risen_by_night) == "R"
    assert "resolved" in answered.last_in_slack()
    assert called(answered) == set()


@pytest.mark.parametrize("action", ["acknowledge", "snooze:1"])
def test_nobody_is_called_in_the_morning_for_a_rise_that_somebody_has_in_hand(answered, risen_by_night, action):
    assert answered.press(action) == "U"
    assert answered.at(risen_by_night) == ""


def test_who_lets_go_again_spares_nobody_the_call(answered, risen_by_night):
    answered.press("acknowledge")
    answered.press("release")

    assert answered.at(risen_by_night) == ""
    assert answered.at(risen_by_night + timedelta(hours=4)) == "R", "the chain calls them"


def test_a_red_rise_takes_with_it_what_waited_for_the_morning(answered):
    answered.routed(time_zone="Pacific/Auckland", quiet_hours=QuietHours(start="00:00", end="23:59"))
    assert answered.night(0, 6.5) == ""

    assert answered.night(0, 0.8) == "P U R!"


def test_an_acknowledgement_lasts_working_hours_and_no_weekend(answered):
    answered.routed(working_time=WorkingTime(days=("mon", "tue", "wed", "thu", "fri"), start="09:00", end="17:00"))
    answered.night(2, 0.9)
    answered.at(datetime(2026, 11, 20, 16, tzinfo=UTC))
    answered.press("acknowledge")

    monday_at_four = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert answered.at(monday_at_four - timedelta(minutes=10)) == ""
    assert answered.at(monday_at_four) == "R", "an hour on Friday, seven on Monday"
