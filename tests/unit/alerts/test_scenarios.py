"""What an alert promises over the nights: every message it sends is named, and every other one fails the test.

P is a new message, U an update of it, R a reply in its thread, ! a reply the whole channel sees.
"""

import re

import pytest

from sellerwatch.alerts.reading import tonight
from sellerwatch.alerts.reading.tonight import RuleError
from sellerwatch.core.ids import fingerprint
from sellerwatch.delivery.outcomes import Tag
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.need import Need
from sellerwatch.settings.rules import Band, Floor
from sellerwatch.warehouse.checks import run
from sellerwatch.warehouse.checks.catalogue import CHECKS
from sellerwatch.warehouse.tables.alerting import ALERT, EVALUATION
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.heard_store import CONTACTS

TWO_OF_THREE = Need(2, 3)
SIGNS = {"root": "P", "update": "U", "reply": "R"}


@pytest.fixture
def store(heard):
    """A store whose every call to Slack is returned by what caused it."""
    return heard


def calls(sent):
    """Return what a night sent as words such as "U:red R!:red"; an unnamed kind of call stands as it is."""
    return " ".join(f"{SIGNS.get(item.kind, item.kind)}{'!' * item.is_broadcast}:{item.tone}" for item in sent)


def nights(store, *values, start=0, sku="A"):
    return [calls(store.night(start + offset, {sku: value})) for offset, value in enumerate(values)]


def called(store):
    """Return whom the newest message mentions."""
    return set(re.findall(r"<@(\w+)>", store.last_text()))


def test_scenario_01_the_first_breach_posts_once(store):
    sent = store.night(0, {"A": 2.8, "B": 30.0})

    assert calls(sent) == "P:orange"
    (shown,) = store.slack.shown
    thread = f"{store.alert('A').fingerprint[:24]}-1"
    assert (shown.channel, shown.tag) == ("C0ALERTS", Tag(f"{thread}:root:1", thread, 1))
    assert called(store) == {CONTACTS["supply_chain"]}


def test_scenario_02_running_the_night_again_posts_nothing(store):
    store.night(0, {"A": 2.8})
    before = store.outbox()

    assert store.again(0) == []
    assert store.outbox() == before


def test_scenario_03_the_same_day_judged_all_day_long_counts_as_one_day(store):
    """Resolving takes two good days, not two judgings of one."""
    nights(store, 2.8, 40.0)

    assert [store.again(1) for _ in range(3)] == [[]] * 3
    assert store.alert("A").status == "recovering"


def test_scenario_03_a_tier_that_needs_two_of_three_days_waits_for_another_day(store):
    """24 runs of one breaching day are one day; the next breaching day posts."""
    rule = store.shipped.rules["stockout_tiers"]
    store.configured(rules={"stockout_tiers": rule.model_copy(update={"need": dict.fromkeys(TIERS, TWO_OF_THREE)})})

    assert nights(store, 2.8) == [""]
    assert [store.again(0) for _ in range(23)] == [[]] * 23
    assert store.alert("A").status == "pending"
    assert nights(store, 2.8, start=1) == ["P:orange"]


def test_scenario_08_a_pending_alert_that_clears_says_nothing(store):
    rule = store.shipped.rules["stockout_tiers"]
    store.configured(
        rules=dict(store.shipped.rules)
        | {"stockout_tiers": rule.model_copy(update={"need": dict.fromkeys(TIERS, TWO_OF_THREE)})}
    )

    assert nights(store, 2.8, 40.0, 40.0, 40.0) == [""] * 4
    assert store.alert("A").status == "inactive"


def test_scenario_04_a_tier_climb_lives_in_one_message(store):
    store.each_alone()
    store.with_everybodys_chain()

    assert nights(store, 6.5) == ["P:yellow"]
    assert nights(store, 2.9, start=1) == ["U:orange R!:orange"]
    assert called(store) == {CONTACTS["supply_chain"], CONTACTS["operations"]}, "the owner, and the backup"
    assert nights(store, 0.9, start=2) == ["U:red R!:red"]
    assert called(store) == {CONTACTS["supply_chain"], CONTACTS["lead"]}
    ((root, first, second),) = store.threads()
    assert [key.rpartition("-")[2] for key in (root, first, second)] == ["1:root:1", "1:reply:2", "1:reply:3"]
    assert [(row.kind, row.rev) for row in store.outbox()] == [
        ("root", 1),
        ("update", 2),
        ("reply", 2),
        ("update", 3),
        ("reply", 3),
    ]


def test_scenario_05_a_jump_posts_the_deepest_tier_only(store):
    assert nights(store, 12.0, 0.8) == ["", "P:red"]
    assert called(store) == {CONTACTS["supply_chain"]}, "nobody of the tiers passed over"


def test_scenario_06_jitter_around_the_limit_never_resolves_and_never_replies(store):
    assert nights(store, 6.9, 7.1, 6.8, 7.3, 6.9) == ["P:yellow", "U:yellow", "U:yellow", "U:yellow", "U:yellow"]


def test_scenario_07_stepping_down_takes_two_nights_and_calls_nobody(store):
    assert nights(store, 0.9, 3.4) == ["P:red", "U:red"]
    for offset, value, heard in ((2, 3.7, "U:orange R:orange"), (3, 3.9, "U:yellow R:yellow")):
        assert nights(store, value, start=offset) == [heard]
        assert called(store) == set()


def test_scenario_08_it_resolves_after_two_clear_nights(store):
    assert nights(store, 2.5, 12.0, 13.0, 14.0) == ["P:orange", "U:orange", "U:green R:green", ""]


def test_scenario_09_a_relapse_within_three_days_reopens_and_a_later_one_is_a_new_message(store):
    nights(store, 2.5, 12.0, 13.0)

    assert nights(store, 2.0, 12.0, 13.0, start=4) == ["U:orange R!:orange", "U:orange", "U:green R:green"]
    assert calls(store.night(16, {"A": 2.0})) == "P:orange"
    before = store.slack.visible()[0]
    assert f"<{store.slack.permalink(before.channel, before.ts)}|The episode before>" in store.last_text()
    assert store.alert("A").episode == 2
    assert {row.thread_key[-2:] for row in store.outbox()} == {"-1", "-2"}


def test_scenario_09_an_episode_after_one_that_was_a_row_is_linked_to_that_digest(store):
    nights(store, 6.5, 12.0, 13.0)

    assert calls(store.night(16, {"A": 2.0})) == "P:orange"
    digest = store.slack.visible()[0]
    assert f"<{store.slack.permalink(digest.channel, digest.ts)}|The episode before>" in store.last_text()


def test_scenario_10_a_late_feed_freezes_what_hangs_on_it_and_says_so_once(store):
    """The feed's alert is the only post. Each of the 14 is updated once for the whole spell, as the table of conditions has it.

    The scenario itself names the post only, the table "one UPDATE per stale spell": a number that is frozen has to say so where it
    stands, and an update calls nobody.
    """
    store.each_alone()
    skus = {f"SKU-{number:02}": 2.0 for number in range(14)}
    store.night(0, skus)

    late = store.night(1, dict.fromkeys(skus, 40.0) | {"NEW": 0.5}, fba_inventory=44)

    assert sorted(calls(late).split()) == ["P:orange", *["U:orange"] * 14]
    post = next(row for row in store.outbox() if row.kind == "root" and row.channel == "C0OPS")
    assert post.thread_key.startswith(store.alert("fba_inventory").fingerprint[:24])
    assert "Frozen alerts           14" in store.text("fba_inventory")
    assert "Frozen since Wed, Nov 18: fba_inventory is late" in store.text("SKU-00")
    assert store.again(1) == []
    assert [calls(store.night(2, skus, fba_inventory=47))] == ["U:orange"], "the feed's message alone: its data got older"
    assert {store.alert(name).tier for name in skus} == {"orange"}


def test_scenario_11_a_sku_absent_from_tonights_data_is_frozen_not_resolved(store):
    store.night(0, {"A": 2.0, "B": 0.0})

    sent = store.night(1, {"B": 0.0})

    assert calls(sent) == "U:orange"
    assert "Frozen since Wed, Nov 18: not in tonight's data." in store.text("A")
    assert (store.alert("A").status, store.alert("A").value) == ("firing", 2.0)
    assert [calls(store.night(offset, {"B": 0.0})) for offset in (2, 3)] == ["", ""]
    assert calls(store.night(4, {"A": 40.0, "B": 0.0})) == "U:orange", "back: recovering, one good night is not enough"
    assert store.alert("A").status == "recovering"


def test_scenario_11_a_list_that_came_in_part_freezes_everything_that_hangs_on_it(store, monkeypatch):
    """35 % of the usual rows: what is missing is unknown, and what is there neither fires nor resolves.

    The data checks themselves find it in the facts; that the list is short as well is no message of its own.
    """
    monkeypatch.setattr(run, "CHECKS", {name: CHECKS[name] for name in ("fba_inventory_coverage", "fba_inventory_volume")})
    skus = ["A", *(f"S{number:02}" for number in range(98)), "B"]
    store.stocked_all(skus, 5, range(-28, 1))
    store.stocked_all(skus[-35:], 5, [1])
    for offset in range(-28, 2):
        store.listed(35 if offset == 1 else 100, on=day(offset))
    store.night(0, {"A": 2.0, "B": 2.0})
    store.checked(day(1))

    sent = store.night(1, {"B": 40.0, "NEW": 0.5})

    assert sorted(calls(sent).split()) == ["P:orange", "U:orange", "U:orange"], "the failed check, and both frozen"
    assert [row.kind for row in store.outbox() if row.channel == "C0OPS"] == ["root"]
    assert "skus: expected 100, found 35 (65 of 100 outside)" in store.text("fba_inventory_coverage")
    assert {store.alert(sku).status for sku in "AB"} == {"firing"}
    assert "Frozen since Wed, Nov 18: fba_inventory is partial" in store.text("B")
    store.checked(day(1))
    assert store.again(1) == []


def test_scenario_16_a_rule_that_cannot_be_read_holds_its_alerts_and_no_others(store, monkeypatch):
    """Each is told once, by itself, in the channel of whoever runs the pipeline."""
    store.also_watching("gmv")
    store.put("gmv", "sku", "G", 5.0)
    assert sorted(nights(store, 2.0)[0].split()) == ["P:orange", "P:red"]

    def read(connection, settings, rule, *rest):
        if rule.metric in broken:
            raise RuleError("its condition names no number", where="R01", remedy="Name one")
        return found(connection, settings, rule, *rest)

    found, broken = tonight.read, {"days_of_cover"}
    monkeypatch.setattr(tonight, "read", read)

    store.put("gmv", "sku", "G", 5.0, on=day(1))
    sent = store.night(1, {"A": 40.0, "B": 0.5}, all_orders=30)

    assert sorted(calls(sent).split()) == ["P:yellow", "P:yellow", "U:red"], (
        "a late feed, the rule itself, and what the feed freezes"
    )
    assert [call.channel for call in store.slack.calls if call.method == "post"][-2:] == ["C0OPS"] * 2
    assert "Rule cannot be read: stockout_tiers (Test Store)" in [item.title for item in sent]
    assert "its condition names no number" in store.text("stockout_tiers", "*")
    assert (store.alert_of("stockout_tiers", "A").status, store.evaluations("A")[-1][2]) == ("firing", "error")
    assert store.again(1) == []

    broken.add("gmv")
    second = store.night(2, {"A": 40.0, "B": 0.5})
    assert sorted(calls(second).split()) == ["P:yellow", "R:green", "U:green"], "the second rule; of the first nothing new"
    assert "Rule cannot be read: low_gmv (Test Store)" in [item.title for item in second]

    broken.clear()
    store.put("gmv", "sku", "G", 5.0, on=day(3))
    assert calls(store.night(3, {"A": 40.0})).count("R:green") == 2, "both can be read again"


def test_scenario_16_a_sku_with_three_sessions_is_not_judged(store):
    store.also_watching("gmv", minimum={"sessions": Floor(at_least=300)})
    for sku, sessions in (("B", 3.0), ("C", 400.0)):
        store.put("gmv", "sku", sku, 5.0)
        store.put("sessions", "sku", sku, sessions, on=day(-1))

    assert [item.title for item in store.night(0, {})] == ["Valid ordered sales (GMV) $5.00: C (Test Store, Amazon.com)"]
    assert store.again(0) == []


def test_scenario_12_a_feed_that_is_back_resolves_and_lets_the_others_go_on(store):
    store.night(0, {"BAD": 2.0, "GOOD": 2.0})
    store.night(1, {}, all_orders=30)

    back = store.night(2, {"BAD": 1.9, "GOOD": 40.0})

    assert sorted(calls(back).split()) == ["R:green", "U:green", "U:orange", "U:orange"]
    assert [item.title for item in back if item.kind == "reply"] == [
        "Resolved: data 5 hours old - all_orders (Test Store, Amazon.com)"
    ]
    assert (store.alert("BAD").status, store.alert("GOOD").status) == ("firing", "recovering")
    assert "Frozen" not in store.text("BAD")


def test_scenario_13_a_backfill_of_ninety_nights_pages_nobody(store):
    """200 breaches of the past are kept as history; then the present is judged once, and speaks for itself."""
    store.night(0, {"A": 2.8, "B": 30.0})
    before, rules = store.alert("A"), store.shipped.rules
    store.configured(rules={"stockout_tiers": rules["stockout_tiers"]})  # what feeds are worth in the past is scenario 14

    for offset in range(-90, 0):
        breaching = {"B": 0.5, "C": 0.5} | ({"D": 2.0} if offset < -70 else {})
        store.cover(breaching | {"A": 30.0}, on=day(offset))
        report = store.judge_late(day(offset))
        assert (report.events, report.is_live) == (0, False)

    assert store.heard() == []
    store.configured(rules=rules)
    assert [row.kind for row in store.outbox()] == ["root"], "that of the night before the backfill"
    assert store.alert("A") == before
    assert {store.alert(sku).status for sku in "BCD"} == {"inactive"}
    assert sum(len(store.evaluations(sku)) for sku in "BCD") == 200
    assert not any(row.is_live for row in store.rows(EVALUATION) if row.as_of < NIGHT)
    assert calls(store.again(0)) == ""
    assert calls(store.night(1, {"A": 2.8, "B": 2.0, "C": 30.0})) == "P:orange U:orange R:orange", "with its trend"


def test_scenario_14_a_night_of_the_past_does_not_clear_a_late_feed(store):
    store.night(0, {"A": 2.0})
    store.night(1, {}, fba_inventory=44)

    store.feeds(on=day(-20))

    assert store.late(day(-20)) == []
    assert store.again(1) == []
    assert store.alert("fba_inventory").status == "firing"
    assert store.alert("A").state["stale_since"] == "2026-11-18"


def test_scenario_15_corrected_data_takes_an_alert_back_at_once_and_shows_both_numbers(store):
    store.night(0, {"A": 2.8})

    store.cover({"A": 9.4})
    sent = store.again(0)

    assert calls(sent) == "U:green R:green"
    assert sent[1].title == "Data corrected from 2.8 days of cover to 9.4 days of cover, resolved - A (Test Store, Amazon.com)"
    assert store.evaluations("A") == [(NIGHT, 1, "value", 2.8), (NIGHT, 2, "value", 9.4)]
    assert store.again(0) == []


def test_scenario_15_correcting_an_older_night_says_nothing(store):
    nights(store, 2.8, 2.7)
    store.cover({"A": 40.0}, on=NIGHT)

    assert store.late(NIGHT) == []

    assert store.evaluations("A")[:2] == [(NIGHT, 1, "value", 2.8), (NIGHT, 2, "value", 40.0)]
    assert [row.kind for row in store.outbox()] == ["root", "update"]
    assert store.again(1) == []
    assert store.alert("A").tier == "orange"


def test_scenario_15_an_older_night_that_was_corrected_is_told_by_what_it_changes_now(store):
    """It never fired: the night that would have called it recovering calls it corrected instead."""
    nights(store, 2.8)
    store.at(day(1))
    store.began(day(1))
    store.cover({"A": 40.0}, on=NIGHT)

    assert store.late(NIGHT) == []

    assert calls(store.night(1, {"A": 40.0})) == "U:green R:green"
    assert store.last_reply().startswith("🟢 Data corrected")


def test_scenario_33_a_removed_rule_closes_its_alerts_in_grey_and_never_calls_them_resolved(store):
    store.night(0, {"A": 2.8})
    kept = {name: rule for name, rule in store.shipped.rules.items() if name != "stockout_tiers"}
    store.configured(rules=kept)

    sent = store.night(1, {"A": 2.8})

    assert calls(sent) == "U:grey"
    assert "Closed, not resolved: the rule stockout_tiers is no longer configured." in store.text("A")
    assert "What to do" not in store.text("A")
    assert (store.alert("A").status, store.events("A")) == ("closed", ["fired", "closed"])
    assert store.again(1) == []
    assert store.night(2, {"A": 0.5}) == []


def test_scenario_33_an_offer_that_is_gone_closes_its_alert(store):
    store.night(0, {"A": 2.8})

    assert calls(store.night(1, {"A": "not_listed"})) == "U:grey"
    assert "Closed, not resolved: Amazon no longer ships the offer." in store.text("A")
    assert calls(store.night(2, {"A": "not_listed"})) == ""
    assert calls(store.night(3, {"A": 2.0})) == "P:orange", "offered again and short again: a new episode"


def test_scenario_34_names_cannot_run_together_and_tier_or_value_is_no_part_of_them(store):
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    nights(store, 6.5)
    name = store.alert("A").fingerprint
    rule = store.shipped.rules["stockout_tiers"]
    tiers = {"yellow": Band(enter=20, exit=24), "orange": Band(enter=10, exit=12)}
    edited = {"version": 2, "number": "R99", "title": "Runs out", "tiers": tiers}
    store.configured(rules=dict(store.shipped.rules) | {"stockout_tiers": rule.model_copy(update=edited)})

    nights(store, 5.5, start=1)

    assert (store.alert("A").fingerprint, store.alert("A").tier, store.alert("A").episode) == (name, "orange", 1)
    assert len([row for row in store.rows(ALERT) if row.subject == "A"]) == 1


def test_scenario_34_a_sku_in_two_marketplaces_is_two_alerts(store):
    store.places = ("DE", "UK")
    for place, value in (("DE", 2.0), ("UK", 0.5)):
        store.feeds(place=place)
        store.cover({"A": value}, place=place)
    store.problems()
    store.judge()
    sent = store.heard()

    assert {(row.marketplace, row.tier) for row in store.rows(ALERT)} == {("DE", "orange"), ("UK", "red")}
    assert sorted(calls(sent).split()) == ["P:orange", "P:red"]


@pytest.mark.parametrize(
    "values", [(2.0, 40.0, 40.0, 2.0), (2.0, 40.0, 40.0, 40.0, 40.0, 40.0, 40.0, 2.0), (9.0, 0.5, 9.0, 0.5)]
)
def test_scenario_34_there_are_as_many_new_messages_as_episodes(store, values):
    heard = " ".join(nights(store, *values)).split()

    assert sum(call.startswith("P:") for call in heard) == store.alert("A").episode


def test_the_history_of_every_watched_subject_is_kept(store):
    nights(store, 30.0, 2.0, "no_demand", 1.9)

    assert store.evaluations("A") == [
        (day(1), 1, "value", 2.0),
        (day(2), 1, "insufficient", None),
        (day(3), 1, "value", 1.9),
    ]
    assert len(store.rows(EVALUATION)) == 3
