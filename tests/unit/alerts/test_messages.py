"""What people read: each kind of message in full, hostile names, unknown values and long lists. UPDATE_GOLDEN=1 writes anew."""

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from sellerwatch.alerts.facts_shown import DESCRIPTIONS, WORDS, number
from sellerwatch.alerts.machine import EventKind
from sellerwatch.alerts.notices import TIER_TONES, TOLD
from sellerwatch.messages.blocks import Mention, Text
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.plain import render_plain
from sellerwatch.messages.slack import render_slack
from sellerwatch.settings.models import TIERS, Titles
from sellerwatch.settings.rules import Band, Rule
from tests.spec.small_world import NIGHT, NOW, day
from tests.unit.alerts.test_judge import HISTORIES, lived_through

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "<!channel> <@U1> <http://x|y> *b* _i_ ~s~ `c` & \u202egnp.exe\n> quote"


def matches_golden(name, text):
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return text == path.read_text(encoding="utf-8")


def latest(store):
    """Return every message of the newest event, as plain text."""
    newest = max(row.created_at for row in store.outbox())
    return "\n".join(
        f"[{row.kind}{', whole channel' * row.message['is_broadcast']}]\n{render_plain(from_dict(row.message))}"
        for row in store.outbox()
        if row.created_at == newest
    )


@pytest.mark.parametrize("kind", HISTORIES)
def test_each_kind_of_event_reads_as_agreed(store, kind):
    store.stocked("A", 14, range(4), inbound_shipped_units=40, inbound_receiving_units=12, product_name="Trail Bottle 750 ml")

    lived_through(store, HISTORIES[kind])

    assert matches_golden(f"cover_{kind}", latest(store))


def test_out_of_stock_reads_as_agreed(store):
    store.stocked("A", 0, [0], product_name="Trail Bottle 750 ml")
    store.feeds()
    store.cover({"A": 0.0})
    store.put("velocity", "sku", "A", 4.2, reason="short_history")
    store.judge()

    assert matches_golden("cover_out_of_stock", latest(store))


def test_a_correction_reads_as_agreed(store):
    store.stocked("A", 14, [0])
    store.night(0, {"A": 2.8})
    store.cover({"A": 9.4})
    store.clock.moment += timedelta(minutes=1)
    store.put("feed_age_hours", "feed", "all_orders", 5.0)
    store.again(0)

    assert matches_golden("cover_corrected", store.text("A") + "\n" + store.last_reply())


def test_a_second_episode_says_that_it_is_one(store):
    lived_through(store, (2.8, 40.0, 40.0, 40.0, 40.0, 40.0, 40.0, 2.0))

    assert ", episode 2\n" in store.text("A")


def test_a_late_feed_reads_as_agreed(store):
    store.night(0, {"A": 2.8, "B": 2.0})
    store.night(1, {}, fba_inventory=44)

    assert matches_golden("feed_late", store.text("fba_inventory"))


def test_a_feed_that_never_came_reads_as_agreed(store):
    store.feeds()
    store.put("feed_age_hours", "feed", "all_orders", 725.0, reason="never_delivered")
    store.judge()

    assert matches_golden("feed_never", store.text("all_orders"))


def test_problems_of_the_night_read_as_agreed(store):
    store.feeds()
    store.problems("Amazon refused the report: FATAL", "document set aside: the column 'sku' is missing")
    store.judge()

    assert matches_golden("problems", store.text(store.store_id, "*"))


def test_problems_that_are_gone_read_as_agreed(store):
    store.feeds()
    store.problems("Amazon refused the report: FATAL")
    store.judge()
    store.night(1, {})

    assert matches_golden("problems_gone", store.text(store.store_id, "*") + "\n" + store.last_reply())


def test_problems_that_a_second_run_repaired_are_said_to_be_gone(store):
    store.feeds()
    store.problems("Amazon refused the report: FATAL")
    store.judge()
    store.problems()
    store.again(0)

    assert store.last_reply().startswith("🟢 Data corrected from 1 problem in the night to no problems in the night, resolved")


def test_a_long_list_of_problems_is_cut_and_says_where_the_rest_is(store):
    store.feeds()
    store.problems(*(f"report {count} failed" for count in range(200)))
    store.judge()

    text = store.text(store.store_id, "*")

    assert text.startswith("🟡 200 problems in the night")
    assert text.count("• ") == 16
    assert "• and 185 more; all of them: sellerwatch status --store test_store" in text


def test_an_owner_with_a_contact_is_called_from_orange_on(store):
    routing = store.shipped.routing.model_copy(update={"contacts": {"supply_chain": "U0SUPPLY"}})
    store.configured(routing=routing)
    store.each_alone()
    store.night(0, {"A": 6.5, "B": 2.5})

    def calls(sku):
        return [
            piece
            for block in store.message(sku).blocks
            if isinstance(block, Text)
            for piece in block.line
            if isinstance(piece, Mention)
        ]

    assert (calls("A"), calls("B")) == ([], [Mention("supply_chain")])


def test_what_is_not_known_is_called_unknown(store):
    """No snapshot and no velocity: an alert may outlive both."""
    store.feeds()
    store.put("days_of_cover", "sku", "A", 2.0)
    store.put("units", "sku", "A", 100.0, on=day(-1))
    store.judge()

    text = store.text("A")

    for label in ("Sellable", "Sells per day", "On the way"):
        assert re.search(rf"{label} +unknown", text), label
    assert "\nA\n" in text, "the SKU alone where its name is unknown"


def test_a_frozen_alert_shows_the_facts_of_its_own_day(store):
    store.stocked("A", 14, [0])
    store.night(0, {"A": 2.8})
    store.stocked("A", 999, [1])
    store.night(1, {"A": 60.0}, all_orders=30)

    text = store.text("A")

    assert "14 units" in text
    assert "Thu 2026-11-19" in text
    assert "judged for 2026-11-17" in text
    assert "data through" not in text


@pytest.mark.parametrize("sku", [HOSTILE, "A" * 5_000, "\u202e库存", "-", " "])
def test_hostile_names_cannot_speak_in_slack(store, sku):
    store.stocked(sku, 14, [0], product_name=HOSTILE * 60, asin=HOSTILE)
    store.night(0, {sku: 2.8})
    store.cover({sku: 0.5})
    store.again(0)

    for row in store.outbox():
        payload = render_slack(from_dict(row.message))
        text = payload.text + json.dumps(payload.blocks, ensure_ascii=False)
        assert not re.search(r"<[!@#h]", text)
        assert "\u202e" not in text
        assert len(json.dumps(payload.blocks, ensure_ascii=False)) < 10_500


def test_a_long_product_name_is_cut_where_it_stops_helping(store):
    store.stocked("A", 14, [0], product_name="Trail Bottle " * 20)
    store.night(0, {"A": 2.8})

    assert "Trail Bottle Trail Bottle" in store.text("A")
    assert max(map(len, store.text("A").splitlines())) <= 92
    assert "…" in store.text("A")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "unknown"),
        (0.0, "0"),
        (0.04, "under 0.1"),
        (0.05, "0.1"),
        (2.0, "2"),
        (2.83, "2.8"),
        (99.94, "99.9"),
        (100.4, "100"),
        (1234.0, "1,234"),
        (-5.25, "-5.2"),
    ],
)
def test_numbers_read_as_people_write_them(value, words):
    assert number(value) == words


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        ("days_of_cover", 1.0, "1 day of cover"),
        ("days_of_cover", 0.0, "out of stock"),
        ("days_of_cover", 0.02, "under 0.1 days of cover"),
        ("feed_age_hours", 1.0, "data 1 hour old"),
        ("night_problems", 1.0, "1 problem in the night"),
        ("night_problems", 0.0, "no problems in the night"),
    ],
)
def test_each_metric_is_said_in_its_own_words(metric, value, words):
    assert WORDS[metric](value) == words


@pytest.mark.parametrize(
    ("cover", "words"),
    [
        (0.0, "out of stock now"),
        (0.4, "today, Tue 2026-11-17"),
        (1.0, "Wed 2026-11-18"),
        (6.9, "Mon 2026-11-23"),
        (365.0, "Wed 2027-11-17"),
        (366.0, "not within a year"),
        (9e7, "not within a year"),
    ],
)
def test_the_day_stock_runs_out_has_its_weekday_and_no_value_breaks_it(store, cover, words):
    store.night(-1, {"A": 2.0})
    store.night(0, {"A": cover})

    assert re.search(rf"Runs out +{words}\n", store.text("A"))


def test_another_metric_needs_no_words_of_its_own(store):
    rule = Rule(
        number="R90",
        title=Titles(en="Too often out of stock", zh="缺货过多"),
        metric="stockout_rate",
        subject="marketplace",
        breach="at_least",
        tiers={"yellow": Band(enter=2, exit=1.5), "red": Band(enter=10, exit=8)},
        step_down_periods=1,
        clear_periods=2,
        reopen_hours=0,
        owner="supply_chain",
        playbook="PB-1",
        version=3,
    )
    store.configured(rules={"stockouts": rule})
    for offset, value in enumerate((12.5, 9.0, 5.0, 0.5, 0.5)):
        store.at(day(offset))
        store.put("stockout_rate", "marketplace", "US", value, on=day(offset))
        store.judge(day(offset))
        if offset == 1:
            assert "Improving: it stays red until it was below 8 for a night." in store.text("US")

    titles = [item.title for item in store.sent() if item.kind != "update"]
    assert titles == [
        "Stock-out rate 12.5%: Test Store, Amazon.com",
        "Lowered from red to yellow: Stock-out rate 5% - Test Store, Amazon.com",
        "Resolved: Stock-out rate 0.5%, below 1.5 for 2 nights - Test Store, Amazon.com",
    ]
    assert "Too often out of stock (R90 v3: yellow at 2 or more, red at 10 or more)" in " ".join(store.text("US").split())


def test_every_kind_of_event_is_told_and_every_tier_has_a_colour(shipped):
    assert set(TOLD) == set(get_args(EventKind)) == set(HISTORIES)
    assert set(TIER_TONES) == set(TIERS)
    assert set(WORDS) == set(DESCRIPTIONS)
    assert set(WORDS) <= set(shipped.metrics)
    alone = {kind for kind, told in TOLD.items() if told.kinds[0] == "reply"}
    assert alone == {"flapping"}, "what a reply says is in the message too; that it flaps, in that of the start before it"


def test_every_rule_of_the_configuration_can_speak(shipped):
    """Each rule's metric, owner and playbook give words for each of its tiers."""
    for rule in shipped.rules.values():
        assert shipped.playbooks[rule.playbook].steps
        assert min(TIERS.index(tier) for tier in shipped.playbooks[rule.playbook].steps) <= min(map(TIERS.index, rule.tiers))
        assert rule.owner in shipped.routing.owners


def test_the_night_is_tuesday():
    assert (NIGHT.weekday(), NOW.date()) == (1, NIGHT)
