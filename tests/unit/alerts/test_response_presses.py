"""Buttons: what each does, and when a press changes nothing and is only answered."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import update

from sellerwatch.alerts.condition.machine import Condition
from sellerwatch.alerts.pressing import ACTS, act_on_presses, receive
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.response import words
from sellerwatch.alerts.response.why import why
from sellerwatch.alerts.response.words import WORDS
from sellerwatch.alerts.store import new_alert
from sellerwatch.alerts.telling.doubt import Doubt, raise_doubt
from sellerwatch.alerts.telling.doubting import CONFIRM
from sellerwatch.alerts.ticking import advance
from sellerwatch.delivery.presses import Press, presses_in
from sellerwatch.messages.slack import render_slack
from sellerwatch.metrics.explaining import explanation
from sellerwatch.metrics.explaining.explanation import Verdict
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.alerting import ALERT_EVENT, EVALUATION
from sellerwatch.warehouse.tables.outbox import OUTBOX
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.answered_store import LEAD, OPS, text_of


def test_an_acknowledgement_can_be_handed_back(answered):
    answered.night(0, 2.8)
    answered.press("acknowledge")

    assert answered.press("release", by=LEAD, name="team-lead") == "U"

    assert answered.events() == ["opened", "acknowledged", "released"]
    assert "Acknowledged" not in answered.root_in_slack()
    assert answered.after(hours=4) == "R"


def test_handing_back_what_nobody_has_is_answered_and_changes_nothing(answered):
    answered.night(0, 2.8)

    assert answered.press("release") == ""

    assert answered.whispers.texts() == ["Nobody has this alert in hand. Nothing was changed."]
    assert answered.presses() == ["refused"]


def test_confirming_after_the_reminder_starts_the_time_anew(answered):
    answered.night(0, 0.9)
    answered.press("acknowledge")
    answered.after(days=2)
    assert answered.events()[-1] == "reminded"

    assert answered.press("acknowledge") == "U"

    assert answered.after(hours=2) == ""
    assert answered.events()[-1] == "acknowledged"


def test_a_snooze_can_be_ended_by_hand(answered):
    answered.night(0, 2.8)
    answered.press("snooze:7")
    assert answered.buttons()["release"] == "End snooze"

    assert answered.press("release") == "U"

    assert answered.after(hours=4) == "R"


def test_handled_resolves_the_alert_and_says_by_whom(answered):
    answered.night(0, 2.8)

    assert answered.press("handled") == "U R"

    alert = answered.store.alert("A")
    assert (alert.status, alert.tier, answered.store.events("A")) == ("resolved", None, ["fired", "resolved"])
    assert answered.store.rows(ALERT_EVENT)[-1].reason == "handled"
    assert "Handled by operations on Tue, Nov 17 13:40 (UTC)" in answered.root_in_slack()
    assert "What to do" not in answered.root_in_slack()
    assert answered.buttons() == {}
    assert "Handled by operations" in answered.last_in_slack()
    assert answered.after(days=1) == ""


def test_a_handled_alert_stays_over_while_the_data_says_what_was_known(answered):
    answered.night(0, 2.8)
    answered.press("handled")

    assert [answered.night(offset, 2.5) for offset in (1, 2, 3, 4, 5)] == [""] * 5
    assert answered.store.again(5) == []
    assert {row.reason for row in answered.store.rows(EVALUATION) if row.as_of != NIGHT} == {"handled"}


def test_a_handled_alert_comes_back_when_it_gets_worse(answered):
    answered.night(0, 2.8)
    answered.press("handled")

    assert answered.night(1, 0.9) == "U R!"

    assert answered.store.alert("A").status == "firing"
    assert answered.buttons()["acknowledge"] == "Acknowledge"
    assert answered.after(hours=4) == "R"


def test_a_handled_alert_comes_back_after_it_was_fine_and_breaches_again(answered):
    answered.night(0, 2.8)
    answered.press("handled")

    assert answered.night(1, 40.0) == ""
    assert answered.response().handled_tier is None
    assert answered.night(2, 2.8) == "U R!"


def test_a_handled_alert_that_was_fine_for_long_begins_a_new_episode(answered):
    answered.night(0, 2.8)
    answered.press("handled")

    answered.night(1, 40.0)
    assert answered.night(9, 2.8) == "P"


def test_judging_the_handled_night_again_changes_nothing(answered):
    answered.night(0, 2.8)
    answered.press("handled")

    assert answered.night(0, 2.7) == ""
    assert answered.night(0, 40.0) == ""
    assert answered.store.alert("A").status == "resolved"


def test_a_button_of_an_older_tier_is_answered_and_changes_nothing(answered):
    answered.night(0, 2.8)
    old = answered.value()
    answered.night(1, 0.9)

    assert answered.press("acknowledge", value=old) == ""

    [told] = answered.whispers.texts()
    assert told.startswith("The alert has changed its tier since the message that you saw; it is red now.")
    assert answered.events() == ["opened", "raised"]


def test_a_button_of_an_older_value_of_the_same_tier_works(answered):
    answered.night(0, 2.8)
    old = answered.value()
    answered.night(1, 2.7)

    assert answered.press("acknowledge", value=old) == "U"


def test_a_button_of_a_resolved_alert_is_answered_and_changes_nothing(answered):
    answered.night(0, 2.8)
    old = answered.value()
    for offset in (1, 2):
        answered.night(offset, 40.0)

    for action in ("acknowledge", "release", "snooze:1", "handled"):
        assert answered.press(action, value=old) == ""

    assert answered.whispers.texts() == ["This alert is over. Nothing was changed."] * 4


def test_a_button_of_an_earlier_episode_is_answered_and_changes_nothing(answered):
    answered.night(0, 2.8)
    old = answered.value()
    for offset, cover in ((1, 40.0), (2, 40.0), (12, 2.0)):
        answered.night(offset, cover)

    assert answered.press("acknowledge", value=old) == ""

    assert answered.whispers.texts() == ["This alert is over. Nothing was changed."]


@pytest.mark.parametrize(
    "value", ["", "x", ":", "0123456789abcdef01234567-1", "0123456789abcdef01234567-1:1", "a:b", "a:1' OR 1=1"]
)
def test_a_value_that_names_no_alert_is_answered_and_changes_nothing(answered, value):
    answered.night(0, 2.8)
    press = Press("e", "U1", "x", "1.0", "acknowledge", value, "C0ALERTS", "")
    receive(answered.store.workspace, press)

    report = act_on_presses(answered.store.workspace, answered.whispers)

    assert (report.done, report.refused, answered.deliver()) == (0, 1, "")
    assert answered.whispers.texts() == ["This button belongs to no alert that is known here. Nothing was changed."]


@pytest.mark.parametrize("action", ["approve", "snooze", "snooze:0", "snooze:31", "snooze:-1", "snooze:x", "snooze:٣"])
def test_an_action_that_is_not_ours_is_answered_and_changes_nothing(answered, action):
    answered.night(0, 2.8)

    assert answered.press(action) == ""

    assert answered.whispers.texts() == ["This version does not know that button. Nothing was changed."]


def test_the_same_press_under_two_envelopes_is_one(answered):
    answered.night(0, 2.8)

    assert answered.press("snooze:1", envelopes=5) == "U"

    assert answered.presses() == ["done"]


def test_a_press_that_was_stored_and_never_acted_on_is_caught_up_by_the_next_tick(answered):
    answered.night(0, 2.8)
    receive(answered.store.workspace, Press("e", "U1", "ann", "1.0", "acknowledge", answered.value(), "C0ALERTS", ""))

    assert answered.after(minutes=10) == "U"

    assert "Acknowledged by ann" in answered.root_in_slack()


def test_a_name_from_slack_formats_and_calls_nobody(answered):
    answered.night(0, 2.8)

    answered.press("acknowledge", name="<!channel> *bold* <http://x|y>")

    shown = str(render_slack(answered.store.message("A")).blocks)
    assert "<!channel>" not in shown
    assert "<http" not in shown
    assert "*bold*" not in shown


def test_why_shows_value_and_formula_to_the_asker_alone_and_changes_nothing(answered):
    answered.night(0, 2.8)
    before = answered.store.rows(ALERT_EVENT)

    assert answered.press("why", by=LEAD) == ""

    [(asker, message)] = answered.whispers.said
    assert asker == LEAD
    assert "2.8 days of cover" in text_of(message)
    assert "Formula" in text_of(message)
    assert (answered.events(), answered.store.rows(ALERT_EVENT)) == (["opened"], before)


def test_why_adds_the_facts_up_where_the_value_is_made_of_some(answered):
    answered.store.stocked("A", 14, range(-6, 1))
    answered.night(0, 2.8)

    answered.press("why")

    [(_, message)] = answered.whispers.said
    assert "Made of" in text_of(message)
    said = " ".join(text_of(message).split())
    assert "(1 row of facts;" in said
    assert (
        "explain days_of_cover --store=test_store --subject=A --date=2026-11-17 --marketplace=US --grain=sku --period=day"
        in said
    )


def standing(rule, subject, value):
    """Return an open alert of the rule, whose value is of the last complete day."""
    condition = Condition("firing", "red", 1, value=value, valued_on=day(-1))
    return replace(new_alert(rule, "test_store", Subject("US", "sku", subject)), condition=condition)


def test_why_walks_back_the_value_of_the_rules_own_period(store, monkeypatch):
    """A month's number is not its last day's; and what Amazon calls a SKU is no command."""
    walked = []

    def explain_value(workspace, asked, on):
        walked.append(asked)
        return explanation.explain_value(workspace, asked, on)

    monkeypatch.setattr("sellerwatch.alerts.response.why.explain_value", explain_value)
    store.judging_by("turnover")
    store.stocked("A; ls", 50, range(-30, 1))
    store.sold("A; ls", 2, range(-30, 0))
    store.all_pulled()
    store.put("inventory_turnover_days", "sku", "A; ls", 25.0, on=day(-1), period="d30")

    said = " ".join(text_of(why(store.workspace, standing("turnover", "A; ls", 25.0), "en")).split())

    assert [asked.period for asked in walked] == ["d30"]
    assert "Made of" in said
    assert "'--subject=A; ls' --date=2026-11-16 --marketplace=US --grain=sku --period=d30" in said


def test_why_names_no_value_where_the_rule_judges_none(store):
    store.judging_by("aged_stock")

    said = text_of(why(store.workspace, standing("aged_stock", "A", 3.0), "en"))

    assert "Aged stock" in said
    assert "3%" not in said


def test_why_answers_for_an_alert_that_is_over(answered):
    answered.night(0, 2.8)
    old = answered.value()
    for offset in (1, 2):
        answered.night(offset, 40.0)

    answered.press("why", value=old)

    assert answered.whispers.texts() == ["Why: A"]


def test_every_button_of_a_message_does_something(answered):
    answered.night(0, 2.8)

    assert {action.partition(":")[0] for action in answered.buttons()} <= {*ACTS, "why"}


def test_both_languages_say_the_same_things():
    assert WORDS["en"].keys() == WORDS["zh"].keys()


PAYLOAD = {
    "type": "block_actions",
    "user": {"id": "U1", "username": "ann", "name": "ann"},
    "container": {"type": "message", "message_ts": "7.0", "channel_id": "C1"},
    "channel": {"id": "C1"},
    "actions": [{"action_id": "why", "value": "k:1", "action_ts": "9.0"}],
}


def test_a_payload_of_slack_is_read():
    assert presses_in("e1", PAYLOAD) == (Press("e1", "U1", "ann", "9.0", "why", "k:1", "C1", ""),)


def test_a_press_inside_a_thread_is_answered_there():
    in_thread = PAYLOAD | {"container": {"message_ts": "8.0", "thread_ts": "7.0", "channel_id": "C1"}}

    assert presses_in("e1", in_thread)[0].thread_ts == "7.0"


def test_a_press_on_a_root_with_replies_is_answered_in_the_channel():
    root = PAYLOAD | {"message": {"ts": "7.0", "thread_ts": "7.0"}}

    assert presses_in("e1", root)[0].thread_ts == ""


@pytest.mark.parametrize(
    "broken",
    [
        {},
        PAYLOAD | {"type": "view_submission"},
        PAYLOAD | {"user": None},
        PAYLOAD | {"container": {}, "channel": {}},
        PAYLOAD | {"actions": None},
        PAYLOAD | {"actions": ["x", {}, {"action_id": "why"}]},
    ],
)
def test_a_payload_that_lacks_what_is_needed_is_no_press(broken):
    assert presses_in("e1", broken) == ()


def test_every_word_is_used():
    folder = Path(words.__file__).parent
    files = [*folder.glob("*.py"), *folder.parent.glob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in files if path.name != "words.py")

    verdicts = set(get_args(Verdict))
    assert {name for name in WORDS["en"] if f'"{name}"' not in code} <= verdicts
    assert verdicts <= WORDS["en"].keys()


def test_why_of_an_alert_whose_rule_is_gone_says_so(answered):
    answered.night(0, 2.8)
    old = answered.value()
    rules = dict(answered.store.shipped.rules)
    del rules["stockout_tiers"]
    answered.store.configured(rules=rules)

    answered.press("why", value=old)

    [(_, message)] = answered.whispers.said
    assert "Its rule is no longer configured" in text_of(message)


def test_what_a_person_handled_stays_so_when_history_is_corrected_the_same_night(answered):
    store = answered.store
    answered.night(0, 2.8)
    answered.night(1, 2.7)
    answered.press("handled")
    store.cover({"A": 2.6}, on=day(0))
    store.judge_late(day(0))

    assert store.again(1) == []

    assert store.alert("A").status == "resolved"
    assert answered.night(2, 0.8) != "", "deeper than what was known"


def unreadable(store, subject):
    """Let the outbox hold of an alert what only a later version can read."""
    name = store.alert(subject).fingerprint[:24]
    change = update(OUTBOX).where(OUTBOX.c.thread_key.startswith(name)).values(message={"type": "hologram"})
    with writing(store.engine) as connection:
        connection.execute(change)
    return f"{name}-1"


def test_an_alert_that_cannot_be_read_holds_up_no_press_and_no_call_of_another(answered):
    store = answered.store
    store.night(0, {"A": 2.8, "B": 2.5})
    answered.deliver()
    thread, other = unreadable(store, "A"), f"{store.alert('B').fingerprint[:24]}-1"
    for number, name in enumerate((thread, other)):
        receive(store.workspace, Press(f"e{number}", OPS, "kim", f"{number}.0", "release", f"{name}:1", "C0ALERTS", ""))

    report = act_on_presses(store.workspace, answered.whispers)

    assert (report.refused, answered.whispers.texts()) == (1, ["Nobody has this alert in hand. Nothing was changed."])
    assert [problem.split(":")[0] for problem in report.problems] == ["the press e0 waits"]
    assert answered.after(hours=5) == "R", "B calls the next one"
    assert [problem.split(":")[0] for problem in answered.ticked.problems] == ["the press e0 waits", thread]


def test_a_store_that_is_configured_no_more_calls_nobody_and_keeps_no_press_waiting(answered):
    answered.night(0, 2.8)
    store, left = answered.store, dict(answered.store.shipped.stores)
    gone = replace(store.workspace, settings=replace(store.settings, stores=left))
    with writing(store.engine) as connection:
        raise_doubt(connection, Doubt("doubt-1", store.store_id, "stockout_tiers", NIGHT, "C0ALERTS", 30, 40))
    receive(gone, Press("e1", OPS, "kim", "1.0", CONFIRM, "doubt-1", "C0ALERTS", ""))
    store.clock.moment += timedelta(hours=13)

    ticked = advance(gone, answered.whispers)

    assert (ticked.presses.refused, ticked.changes, ticked.problems) == (1, 0, ())
    assert answered.whispers.texts() == ["This button belongs to no alert that is known here. Nothing was changed."]
    assert advance(store.workspace).changes == 1, "it is back"
