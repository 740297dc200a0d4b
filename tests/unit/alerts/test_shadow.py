"""A rule in shadow: what it would have sent, and who is told when its time is over."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from sellerwatch.alerts.backtest.shadow import shadow_report
from sellerwatch.cli.alerts import read_alerts
from sellerwatch.settings.rules import Clause, Conditions, Rule
from sellerwatch.settings.telling import MassChange
from sellerwatch.warehouse.engine import reading
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.test_scenarios import calls


def in_shadow(store, **changes):
    """Let the stock-out rule be tried, and say nothing, from here on."""
    rules = store.shipped.rules
    rule = rules["stockout_tiers"].model_copy(update={"shadow": True, "owner": "operations", **changes})
    store.configured(rules=dict(rules) | {"stockout_tiers": rule})
    return {"stockout_tiers": rule}


def reported(store, rules, *, today):
    (name,), horizon = rules, timedelta(days=3)
    with reading(store.engine) as connection:
        (found,) = shadow_report(connection, store.settings, name, stores=[store.store_id], today=day(today), horizon=horizon)
    return found


def test_it_says_what_it_would_have_sent_and_what_became_of_it(heard):
    """One SKU runs out four days after its first call, one never does, and one call is too fresh to say."""
    rules = in_shadow(heard)
    heard.stocked_all(["FINE", "NEW"], 40, range(8))
    heard.stocked("OUT", 40, range(4))
    heard.stocked("OUT", 0, range(4, 8))
    for offset, covers in enumerate([(6.5, 6.0), (2.5, 12.0), (0.9, 12.0), (0.5, 12.0), (0.0, 12.0), (0.0, 12.0), (0.0, 12.0)]):
        values = dict(zip(("OUT", "FINE"), covers, strict=True)) | ({"NEW": 6.0} if offset == 6 else {})
        assert heard.night(offset, values) == [], "nobody is told"

    found = reported(heard, rules, today=7)

    outcome = found.outcome
    assert (found.since, found.is_over, len(outcome.episodes)) == (NIGHT, False, 3)
    assert {tier: outcome.calls(tier) for tier in ("yellow", "orange", "red")} == {"yellow": 3, "orange": 1, "red": 1}
    assert (outcome.kinds["raised"], outcome.ended("resolved"), outcome.foresight.leads) == (2, 1, [4])
    assert dict(outcome.foresight.episodes) == {"followed": 1, "under_way": 0, "undecided": 1, "false_alarm": 1}
    assert found.to_dict()["outcome"]["calls"] == {"yellow": 3, "orange": 1, "red": 1}


def test_what_an_earlier_version_said_is_not_counted(heard):
    in_shadow(heard, version=8)
    heard.night(0, {"A": 2.0})
    rules = in_shadow(heard, version=9)

    assert (reported(heard, rules, today=0).since, reported(heard, rules, today=0).outcome) == (None, None)
    heard.night(1, {"A": 2.0, "B": 6.0})
    assert [one.place.subject for one in reported(heard, rules, today=1).outcome.episodes] == ["B"]


def test_a_rule_past_its_end_is_told_its_owner_once_and_stays_silent(heard):
    in_shadow(heard, shadow_until=NIGHT)

    assert calls(heard.night(0, {"A": 2.0})) == ""
    assert calls(heard.night(1, {"A": 2.0})) == "P:yellow"
    text = heard.text("stockout_tiers", "*")
    assert "Time in shadow is over: stockout_tiers (Test Store)" in text
    assert "It was to be tried until Tue, Nov 17. It is still judged, and still tells nobody." in text
    assert "sellerwatch rules shadow stockout_tiers" in text
    assert "Owner: Operations" in text
    assert [calls(heard.again(1)), calls(heard.night(2, {"A": 0.5}))] == ["", ""]

    in_shadow(heard, shadow_until=day(30))
    assert calls(heard.night(3, {"A": 0.5})) == "U:green R:green", "it has a later end now"


def test_nobody_else_is_called_about_it(answered):
    in_shadow(answered.store, shadow_until=day(-1))

    assert answered.night(0, 2.0) == "P"
    assert answered.after(hours=40) == ""


def test_the_end_of_a_shadow_needs_a_shadow(shipped):
    rule = shipped.rules["stockout_tiers"].model_dump(exclude_none=True, exclude_defaults=True)

    with pytest.raises(ValidationError, match="set shadow to true"):
        Rule.model_validate(rule | {"shadow_until": "2026-12-31"})


def test_what_nobody_hears_of_holds_back_nothing(heard):
    """A copy of the stock-out rule that is only tried must not keep what sales say from people."""
    heard.each_alone()
    heard.also_watching("sessions")
    in_shadow(heard)
    heard.put("sessions", "sku", "A", 20.0, on=NIGHT)

    assert calls(heard.night(0, {"A": 2.8})) == "P:orange"
    assert heard.how("A", "low_sessions") == "root"


def tried(store, *, shadow, rule="stockout_tiers"):
    """Let a rule be tried, or be heard, from here on."""
    rules = store.shipped.rules
    changed = rules[rule].model_copy(update={"shadow": shadow, "version": rules[rule].version + 1})
    store.configured(rules=dict(rules) | {rule: changed})


def test_what_was_told_before_a_rule_went_into_shadow_is_closed_and_calls_nobody(answered):
    assert answered.night(0, 2.8) == "P"
    tried(answered.store, shadow=True)

    assert answered.night(1, 2.5) == "U"
    assert "Closed, not resolved: the rule stockout_tiers is in shadow now, and tells nobody." in answered.root()
    assert answered.buttons() == {}
    assert [answered.after(hours=40), answered.night(3, 0.5), answered.night(4, 50.0)] == ["", "", ""]
    alert = answered.store.alert("A")
    assert (alert.episode, answered.events()) == (2, ["opened", "ended"])


@pytest.mark.parametrize("cover", [2.8, 50.0])
def test_judging_the_same_night_in_shadow_closes_what_it_told_too(answered, cover):
    answered.night(0, 2.8)
    tried(answered.store, shadow=True)

    assert answered.night(0, cover) == "U"
    assert answered.night(0, cover) == ""
    assert "Closed, not resolved" in answered.root()


def test_what_a_digest_told_or_another_alert_held_back_is_over_too(heard):
    heard.also_watching("sessions")
    heard.put("sessions", "sku", "A", 5.0, on=NIGHT)
    assert calls(heard.night(0, {"A": 2.8, "B": 6.0})) == "P:orange P:yellow"
    assert heard.how("A", "low_sessions") == "held"

    tried(heard, shadow=True)
    tried(heard, shadow=True, rule="low_sessions")
    heard.put("sessions", "sku", "A", 5.0, on=day(1))
    assert calls(heard.night(1, {"A": 2.8, "B": 6.0})) == "U:grey U:grey"
    assert [calls(heard.night(offset, {"A": 2.8, "B": 6.0})) for offset in (2, 3)] == ["", ""]


def test_a_rule_that_leaves_shadow_tells_what_it_found_though_nothing_changes(heard):
    """A number that stays as it is brings no news; people have yet to hear of it all the same."""
    heard.each_alone()
    heard.also_watching("sessions", shadow=True)

    def night(offset):
        heard.put("sessions", "sku", "A", 20.0, on=day(offset))
        return calls(heard.night(offset, {}))

    assert [night(0), night(1)] == ["", ""]
    tried(heard, shadow=False, rule="low_sessions")
    assert [night(2), night(3)] == ["P:orange", ""]
    tried(heard, shadow=True, rule="low_sessions")
    assert [night(4), night(5)] == ["U:grey", ""]
    tried(heard, shadow=False, rule="low_sessions")
    assert [night(6), night(7)] == ["P:orange", ""]


def test_what_nobody_is_told_is_not_counted_as_open(heard):
    heard.each_alone()
    heard.also_watching("sessions", shadow=True)
    heard.put("sessions", "sku", "A", 5.0, on=NIGHT)
    heard.night(0, {"A": 2.8})

    assert heard.judge(NIGHT).open_by_tier == {"orange": 1}
    listed = {every: read_alerts(heard.workspace, [heard.store_id], every=every) for every in (False, True)}
    assert [item["rule"] for item in listed[False]] == ["stockout_tiers"]
    assert [(item["rule"], item["is_in_shadow"]) for item in listed[True]] == [
        ("low_sessions", True),
        ("stockout_tiers", False),
    ]


def test_what_came_back_in_shadow_is_told_once_the_rule_is_heard_again(answered):
    """It was called over, came back while nobody was told, and stays as it is: people still take it for resolved."""
    assert [answered.night(0, 2.8), answered.night(1, 50.0), answered.night(2, 50.0)] == ["P", "U", "U R"]
    tried(answered.store, shadow=True)
    assert answered.night(3, 2.8) == ""

    tried(answered.store, shadow=False)
    assert answered.night(4, 2.8) == "U R!"
    assert answered.night(5, 2.8) == "U", "only its dates change"


def test_an_alert_that_a_person_called_over_is_known_to_be_over(answered):
    answered.night(0, 2.8)
    answered.press("handled")
    tried(answered.store, shadow=True)

    assert [answered.night(offset, 0.5) for offset in (1, 2)] == ["", ""], "its message says who handled it"
    tried(answered.store, shadow=False)
    assert answered.night(3, 0.5) == "U R!"


@pytest.mark.parametrize("ends", ["gone", "shadow"])
def test_what_a_doubt_keeps_from_being_called_over_is_closed_with_its_rule(heard, ends):
    """The message would say that it recovers for ever."""
    heard.each_alone()
    heard.telling(mass_change=MassChange(share_pct=50.0, subjects=3))
    assert calls(heard.night(0, {"A": 2.5, "B": 40.0, "C": 40.0})) == "P:orange"
    assert calls(heard.night(1, {"A": 40.0, "B": 40.0, "C": 40.0})) == "U:orange"
    assert calls(heard.night(2, {"A": 40.0, "B": 2.5, "C": 2.5})) == "P:orange", "of all three at once nothing but that"

    if ends == "gone":
        heard.configured(rules={name: rule for name, rule in heard.shipped.rules.items() if name != "stockout_tiers"})
    else:
        tried(heard, shadow=True)
    heard.night(3, {"A": 40.0, "B": 2.5, "C": 2.5})
    assert "Closed, not resolved: the rule stockout_tiers is" in heard.text("A")


@pytest.fixture
def settled(heard):
    """A rule in shadow that reads settled weeks, which end eight days before the night."""
    heard.also_watching("sessions", settled=True, period="d7", shadow=True)
    return heard


def visited(store, sku, value, *, on, period="d7", is_final=True):
    """A product's visits, beside those of its marketplace, which say that the period is there."""
    cells = {"on": on, "period": period, "is_final": is_final}
    store.put("sessions", "marketplace", "US", 1000.0, **cells)
    store.put("sessions", "sku", sku, value, reason="no_data" if value is None else None, **cells)


def subjects(store, *, today=0):
    return reported(store, ["low_sessions"], today=today).outcome.subjects


def test_what_a_rule_on_settled_values_is_judged_on_in_its_first_night_is_counted_that_night(settled):
    """The newest settled week ended before the rule was ever in shadow, and its subjects are judged by it all the same."""
    visited(settled, "LOW", 20.0, on=day(-8))
    visited(settled, "WELL", 900.0, on=day(-8))
    visited(settled, "UNKNOWN", None, on=day(-8))
    visited(settled, "YOUNG", 30.0, on=day(-1), is_final=False)
    visited(settled, "OTHER-PERIOD", 5.0, on=day(-1), period="day")

    settled.night(0, {})

    assert subjects(settled) == 2
    for sku in ("LOW", "WELL", "LATER"):
        visited(settled, sku, 30.0, on=day(0))
    settled.night(1, {})
    assert subjects(settled, today=1) == 3, "each night by what it looked at; a subject of both counts once"


def test_every_metric_of_a_rule_over_several_counts_its_subjects(heard):
    clauses = Conditions(all=(Clause(metric="sessions", at_most=50.0), Clause(metric="units", at_most=5.0)))
    heard.also_watching("sessions", period="day", shadow=True, tiers={}, when={"orange": clauses})
    heard.put("sessions", "sku", "BOTH", 20.0, on=day(-1))
    heard.put("units", "sku", "BOTH", 1.0, on=day(-1))
    heard.put("units", "sku", "UNITS-ALONE", 1.0, on=day(-1))
    heard.night(0, {})

    assert subjects(heard) == 2
