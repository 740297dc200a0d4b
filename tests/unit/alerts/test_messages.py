"""What people read: each kind of message in both languages, hostile names, unknown values and long lists."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import get_args

import pytest

from sellerwatch.alerts.condition.machine import Condition, Event, EventKind
from sellerwatch.alerts.judging.sift import ABSENT
from sellerwatch.alerts.judging.watched import why_unwatched
from sellerwatch.alerts.reading.tonight import GONE_REASONS, Subject
from sellerwatch.alerts.showing.at_hand import AtHand
from sellerwatch.alerts.showing.checks import PHRASES as CHECK_PHRASES
from sellerwatch.alerts.showing.conditions import WORDS as CONDITION_WORDS
from sellerwatch.alerts.showing.facts import DESCRIPTIONS, Asked, describe
from sellerwatch.alerts.showing.feed_names import CHINESE, feed_title
from sellerwatch.alerts.showing.limits import Usual
from sellerwatch.alerts.showing.notices import TIER_TONES, TOLD, Notice, entries, root
from sellerwatch.alerts.showing.phrases import PHRASES, TIER_WORDS, say
from sellerwatch.alerts.showing.reasons import CHECK_CODES, CODES, reason_words
from sellerwatch.alerts.showing.values import OWN_WORDS, UNITS, amount, value_words
from sellerwatch.alerts.store import new_alert
from sellerwatch.messages.blocks import Mention, Text
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.figures import WORDS as FIGURE_WORDS
from sellerwatch.messages.plain import render_plain
from sellerwatch.messages.slack import render_slack
from sellerwatch.metrics.reasons import REASONS
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.models import TIERS, Titles
from sellerwatch.settings.rules import Band, Rule
from sellerwatch.warehouse.checks.results import Result, replace_results
from sellerwatch.warehouse.engine import reading, writing
from tests.spec.small_world import NIGHT, NOW, day
from tests.spec.user_rows import entered
from tests.unit.alerts.agreed_messages import HOSTILE, LANGUAGES, differing, in_both_languages, is_agreed, latest, words_of
from tests.unit.alerts.test_judge import HISTORIES, lived_through

BOTTLE = {"product_name": "Trail Bottle 750 ml", "inbound_shipped_units": 40, "inbound_receiving_units": 12}


def short_of_stock(store):
    """A SKU that sells and is known by name, with a shipment that comes too late and one that is overdue."""
    store.stocked("A", 14, range(5), **BOTTLE)
    base = {"marketplace": "US", "sku": "A", "mode": "sea", "stage": "shipped"}
    entered(
        store,
        "in_transit",
        base | {"shipment": "S1", "units": 600, "expected_on": day(11)},
        base | {"shipment": "S2", "units": 50, "expected_on": day(-2)},
    )
    for offset in range(-9, -1):
        store.put("gmv", "sku", "A", 105.0, on=day(offset), currency="USD")
        store.put("units", "sku", "A", 5.0, on=day(offset))


def through(kind):
    def case(store):
        short_of_stock(store)
        lived_through(store, HISTORIES[kind])

    return case


def out_of_stock(store):
    store.stocked("A", 0, [0], product_name="Trail Bottle 750 ml")
    store.feeds()
    store.cover({"A": 0.0})
    store.put("velocity", "sku", "A", 4.2, reason="short_history")
    store.put("gmv", "sku", "A", 2000.0, on=day(-1), currency="USD")
    store.put("stockout_loss", "sku", "A", 630.0, currency="USD")
    store.judge()


def corrected(store):
    store.stocked("A", 14, [0])
    store.night(0, {"A": 2.8})
    store.cover({"A": 9.4})
    store.clock.moment += timedelta(minutes=1)
    store.put("feed_age_hours", "feed", "all_orders", 5.0)
    store.again(0)


def late_feed(store):
    store.night(0, {"A": 2.8, "B": 2.0})
    store.night(1, {}, fba_inventory=44)
    return "fba_inventory"


def feed_that_never_came(store):
    store.feeds()
    store.put("feed_age_hours", "feed", "all_orders", 725.0, reason="never_delivered")
    store.judge()


def problems(store):
    store.feeds()
    store.problems("Amazon refused the report: FATAL", "document set aside: the column 'sku' is missing")
    store.judge()


def problems_gone(store):
    store.feeds()
    store.problems("Amazon refused the report: FATAL")
    store.judge()
    store.night(1, {})


def failed_check(store):
    detail = {"examples": [{"subject": "B01", "expected": "12.5", "found": "7"}], "documents": ["s/US/all_orders/1..2#1"]}
    found = Result("orders_vs_sales_traffic", "US", day(-4), "sales", "fail", "orange", "Run the night again", compared=50, off=3,
                   expected=Decimal("1234.56"), found=Decimal("1000.5"),
                   currency="USD", detail=detail)  # fmt: skip
    with writing(store.engine) as connection:
        replace_results(connection, store.store_id, NIGHT, [found])
    store.put("check_failure", "check", "orders_vs_sales_traffic", 2.0)
    store.feeds()
    store.judge()


def hostile(store):
    store.stocked(HOSTILE, 14, [0], product_name=HOSTILE * 60, asin=HOSTILE)
    store.night(0, {HOSTILE: 2.8})


def with_a_trend(store):
    for offset in range(-30, 0):
        store.put("days_of_cover", "sku", "A", 3.0 - offset, on=day(offset))
    store.stocked("A", 14, [0], product_name="Trail Bottle 750 ml")
    store.night(0, {"A": 2.8})


def more_clicks_and_fewer_orders(store):
    store.judging_by("ad_guardrail")
    for kind, subject in (("marketplace", "US"), ("campaign", "B0A100")):
        for metric, before, now in (("ad_ctr", 0.4, 0.52), ("ad_cvr", 12.0, 9.0)):
            for offset, value in ((-15, before), (-1, now)):
                store.put(metric, kind, subject, value, on=day(offset), period="d14", denominator=600)
    store.feeds()
    store.judge()


CASES = {
    **{f"stock_{kind}": through(kind) for kind in HISTORIES},
    "stock_out_now": out_of_stock,
    "stock_corrected": corrected,
    "stock_trend": with_a_trend,
    "feed_late": late_feed,
    "feed_never": feed_that_never_came,
    "problems": problems,
    "problems_gone": problems_gone,
    "check_failed": failed_check,
    "conditions": more_clicks_and_fewer_orders,
    "hostile_name": hostile,
}
"""What happens to a store, by the name of what it is told then; those that return a subject look at its messages alone."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_each_message_reads_as_agreed(store, case, language):
    """`python tests/golden_messages/regenerate.py` agrees with what they say now; review the difference."""
    store.speaking(language)
    store.configured(playbooks=in_both_languages(store.shipped))

    subject = CASES[case](store)

    told = latest(store, subject)
    assert {message["language"] for message in told.values()} == {language}
    assert differing(case, language, told) == []
    if language == "zh" and case != "hostile_name":
        for message in told.values():
            assert_chinese(words_of(message))


NAMES = (
    "Test Store",
    "Amazon.com",
    "Product",
    "US/",
    "s/",
    "Trail Bottle",
    "SKU",
    "FBA",
    "UTC",
    "Prefect",
    "ASIN",
    "lead_time",
    "US$",
    "ROAS",
    "B0A",
    "A（",
    "v1",
    "开 case",
)


def assert_chinese(words):
    """Names and ids stay as they are; no English word may be left beside them."""
    for name in NAMES:
        words = words.replace(name, "")
    left = [
        word
        for word in re.findall(r"[A-Za-z_]{2,}", words)
        if not re.fullmatch(r"R\d+|ml|all_orders?|fba_inventory|orders_vs_sales_traffic", word)
    ]
    assert left == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_with_a_baseline_reads_as_agreed(store, language):
    store.speaking(language)
    store.configured(playbooks=in_both_languages(store.shipped))
    store.stocked("A", 14, [0], product_name="Trail Bottle 750 ml")
    rule = returns_rule()
    alert = new_alert("return_rate", store.store_id, Subject("US", "sku", "A"))
    asked = Asked(store.store_id, alert.subject, NIGHT, 26.4, rule=rule, bands=rule.tiers, usual=Usual(10.2, 158.8))
    condition = Condition("firing", "red", 1, value=26.4, valued_on=NIGHT)
    with reading(store.engine) as connection:
        shown = describe(AtHand(connection, store.settings), rule.metric, asked)
    judged = alert.__class__(**{name: getattr(alert, name) for name in alert.__slots__} | {"condition": condition})

    message = root(store.settings, Notice(judged, rule, Event("fired", None, "red", 26.4), 1, lambda: shown, NOW, NOW))

    assert is_agreed("returns_root", message)


def returns_rule():
    return Rule(
        number="R07",
        title=Titles(en="Return rate", zh="退货率过高"),
        metric="return_rate",
        subject="sku",
        breach="at_least",
        tiers={"yellow": Band(enter=15.3, exit=14), "orange": Band(enter=20.4, exit=19), "red": Band(enter=25, exit=22)},
        step_down_periods=2,
        clear_periods=2,
        reopen_hours=72,
        owner="quality",
        playbook="PB-1",
        version=1,
    )


def test_a_rule_without_limits_of_its_own_still_speaks(store):
    """A condition of several metrics has no number that a tier begins at."""
    rule = returns_rule().model_copy(update={"tiers": {}})
    alert = new_alert("composite", store.store_id, Subject("US", "sku", "A"))
    asked = Asked(store.store_id, alert.subject, NIGHT, 26.4, rule=rule, bands={})
    with reading(store.engine) as connection:
        shown = describe(AtHand(connection, store.settings), rule.metric, asked)

    def told(status, kind):
        state = Condition(status, "red", 1, value=26.4, valued_on=NIGHT)
        judged = alert.__class__(**{name: getattr(alert, name) for name in alert.__slots__} | {"condition": state})
        return Notice(judged, rule, Event(kind, "red", "red", 26.4), 2, lambda: shown, NOW, NOW)

    (_, reply) = entries(store.settings, told("resolved", "resolved"), "C0ALERTS")
    assert reply.message.title == "Resolved: Return rate 26.4%, within its limit for 2 nights - A (Test Store, Amazon.com)"
    assert "Limits" not in render_plain(root(store.settings, told("firing", "refreshed")))


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [(0.0, "last day to order", "今天是最迟下单日"), (-3.0, "last day to order passed 3 days ago", "最迟下单日已过 3 天")],
)
def test_a_number_below_zero_may_have_words_of_its_own(value, english, chinese):
    assert OWN_WORDS["en"]["days_to_order"].of(value, "en") == english
    assert OWN_WORDS["zh"]["days_to_order"].of(value, "zh") == chinese


def test_what_the_pipeline_says_in_english_stands_in_chinese_messages_as_a_text_to_copy(store):
    store.speaking("zh")
    problems(store)

    (bullets,) = [block for block in latest(store)["root"]["blocks"] if block["type"] == "bullets"]

    assert [item[2]["type"] for item in bullets["items"]] == ["code", "code"]


def test_a_role_may_have_a_language_of_its_own_and_what_is_told_to_all_is_said_again_in_the_stores(store):
    store.configured(routing=store.shipped.routing.model_copy(update={"languages": {"supply_chain": "zh"}}))
    store.night(0, {"A": 2.8, "B": 6.5, "C": 5.0})
    store.night(1, {"A": 2.8, "B": 6.0, "C": 5.0})

    assert store.message("A").title == "可售 2.8 天：A（Test Store，Amazon.com）"
    text = render_plain(store.conversation("digest-")[0])
    assert "6 days of cover" in text
    assert "可售" not in text


@pytest.mark.parametrize(
    ("readers", "language"),
    [((), "en"), (("ads",), "zh"), (("data",), "en"), (("lead",), "zh"), (("U0ZH", "data"), "zh"), (("data", "ads"), "zh")],
)
def test_who_is_spoken_to_decides_the_language_before_the_store_does(store, readers, language):
    routing = store.shipped.routing.model_copy(
        update={"languages": {"ads": "zh", "U0ZH": "zh"}, "contacts": {"lead": "U0ZH", "data": "U0EN"}}
    )
    store.configured(routing=routing)

    assert store.settings.language(store.store_id, *readers) == language


def test_an_alert_leads_to_where_more_is_known(store):
    links = {"prefect": "https://prefect.example.com/runs", "runbook": "https://example.com/runbook"}
    routing = store.shipped.routing
    store.configured(routing=routing.model_copy(update={"links": routing.links.model_copy(update=links)}))
    store.night(0, {"A": 2.8})

    assert "Runs in Prefect (https://prefect.example.com/runs) · Runbook (https://example.com/runbook)" in " ".join(
        store.text("A").split()
    )


def test_the_cost_of_a_gap_is_that_of_its_days(store):
    short_of_stock(store)
    store.night(0, {"A": 2.8})

    text = " ".join(store.text("A").split())

    assert "🟠 2.8 days of cover: A (Test Store, Amazon.com)" in text
    assert "Runs out Thu, Nov 19; 9 days without stock until Sat, Nov 28." in text
    assert "At risk about $945 of sales until Sat, Nov 28" in text


def test_no_money_is_named_where_a_price_is_not_known(store):
    store.stocked("A", 14, [0])
    store.night(0, {"A": 2.8})

    assert "At risk" not in store.text("A")


def test_a_second_episode_says_that_it_is_one(store):
    lived_through(store, (2.8, 40.0, 40.0, 40.0, 40.0, 40.0, 40.0, 2.0))

    assert "episode 2" in store.text("A")


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
    assert "Runs out Thu, Nov 19." in text
    assert "judged for Tue, Nov 17" in text
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
def test_each_metric_is_said_in_its_own_words(store, metric, value, words):
    assert value_words(store.settings, metric, value) == words


@pytest.mark.parametrize(
    ("cover", "words"),
    [
        (0.0, "Out of stock now."),
        (0.4, "Runs out today, Tue, Nov 17."),
        (1.0, "Runs out Wed, Nov 18."),
        (6.9, "Runs out Mon, Nov 23."),
        (365.0, "Runs out Wed, Nov 17, 2027."),
        (366.0, "Lasts for more than a year."),
        (9e7, "Lasts for more than a year."),
    ],
)
def test_the_day_stock_runs_out_has_its_weekday_and_no_value_breaks_it(store, cover, words):
    store.night(-1, {"A": 2.0})
    store.night(0, {"A": cover})

    assert f"\n{words}\n" in store.text("A")


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
            assert "Improving: it stays red until it was below 8% for a night." in store.text("US")

    titles = [item.title for item in store.sent() if item.kind != "update"]
    assert titles == [
        "Stock-out rate 12.5%: Test Store, Amazon.com",
        "Lowered from red to yellow: Stock-out rate 5% - Test Store, Amazon.com",
        "Resolved: Stock-out rate 0.5%, below 1.5% for 2 nights - Test Store, Amazon.com",
    ]
    assert "Limits yellow ≥ 2%, red ≥ 10%" in " ".join(store.text("US").split())
    assert "Too often out of stock (R90 v3)" in store.text("US")


def test_every_kind_of_event_is_told_and_every_tier_has_a_colour(shipped):
    assert set(TOLD) == set(get_args(EventKind)) == set(HISTORIES)
    assert set(TIER_TONES) == set(TIERS)
    assert set(DESCRIPTIONS) <= set(OWN_WORDS["en"])
    assert set(OWN_WORDS["en"]) <= {*shipped.metrics, "missing_nights"}
    alone = {kind for kind, told in TOLD.items() if told.kinds[0] == "reply"}
    assert alone == {"flapping"}, "what a reply says is in the message too; that it flaps, in that of the start before it"


def test_every_rule_of_the_configuration_can_speak(shipped):
    """Each rule's metric, owner and playbook give words for each of its tiers."""
    for rule in shipped.rules.values():
        for language in LANGUAGES:
            assert value_words(shipped, rule.metric, 2.5, language, currency="USD")
        assert shipped.playbooks[rule.playbook].steps
        assert min(TIERS.index(tier) for tier in shipped.playbooks[rule.playbook].steps) <= min(map(TIERS.index, rule.tiers))
        assert rule.owner in shipped.routing.owners


PLACES = re.compile(r"\{(\w+)")


@pytest.mark.parametrize(
    "table",
    [PHRASES, CHECK_PHRASES, FIGURE_WORDS, CHECK_CODES, TIER_WORDS, CONDITION_WORDS],
    ids=["alerts", "checks", "figures", "codes", "tiers", "conditions"],
)
def test_both_languages_say_the_same_things_of_the_same_places(table):
    assert set(table) == set(LANGUAGES)
    for name, words in table["en"].items():
        assert sorted(PLACES.findall(words)) == sorted(PLACES.findall(table["zh"][name])), name
    assert table["en"].keys() == table["zh"].keys()


def test_both_languages_have_words_for_the_same_metrics_and_units(shipped):
    assert OWN_WORDS["en"].keys() == OWN_WORDS["zh"].keys()
    assert UNITS["en"].keys() == UNITS["zh"].keys()
    assert set(UNITS["en"]) <= {metric.unit for metric in shipped.metrics.values()}
    for said in (*OWN_WORDS["en"].values(), *OWN_WORDS["zh"].values()):
        assert set(PLACES.findall("".join(said))) <= {"n"}


@pytest.mark.parametrize(
    ("metric", "value", "english", "chinese"),
    [
        ("return_rate", 26.44, "Return rate 26.4%", "退货率 26.4%"),
        ("odr", 0.72, "Order defect rate 0.72%", "订单缺陷率 0.72%"),
        ("roas", 2.456, "Return on ad spend 2.46", "广告投入产出比 (ROAS) 2.46"),
        ("gmv", 1234.5, "Valid ordered sales (GMV) $1,234.50", "成交总额 US$1,234.50"),
        ("ad_cpc", 1.5, "Cost per click $1.50", "单次点击成本 US$1.50"),
        ("inventory_turnover_days", 95.4, "stock turns over in 95.4 days", "库存周转 95.4 天"),
        ("account_health", 1.0, "account at risk", "账户有停用风险"),
        ("account_health", 2.0, "account deactivated", "账户已被停用"),
        ("cash_runway_months", 2.5, "cash for 2.5 months", "现金可支撑 2.5 个月"),
        ("return_rate", None, "Return rate unknown", "退货率 未知"),
    ],
)
def test_a_metric_is_said_by_its_title_and_unit(shipped, metric, value, english, chinese):
    assert value_words(shipped, metric, value, "en", currency="USD") == english
    assert value_words(shipped, metric, value, "zh", currency="USD") == chinese


def test_a_number_alone_has_its_unit_behind_it(shipped):
    assert amount(shipped, "inventory_turnover_days", 1.0) == "1 day"
    assert amount(shipped, "inventory_turnover_days", 95.0, "zh") == "95 天"
    assert amount(shipped, "days_of_cover", None, "zh") == "未知"


def test_every_report_has_a_chinese_title():
    assert CHINESE.keys() == REPORTS.keys()
    assert (feed_title("unheard_of"), feed_title("all_orders")) == ("", "All orders by last update")


def test_every_code_of_a_metric_has_a_chinese_meaning():
    assert CODES.keys() == REASONS.keys()


def every_reason(store):
    """Return each reason a judgement may give, and each for which an alert is closed."""
    yield from (
        "all_orders, fba_inventory is late",
        "all_orders is late and fba_inventory is partial",
        "fba_inventory is partial",
    )
    yield from (ABSENT, *GONE_REASONS.values(), "no_data", "a later episode has begun")
    yield from ("the rule stockout_tiers is in shadow now, and tells nobody", "the plan of its nights is paused")
    sku, feed, check = Subject("US", "sku", "A"), Subject("US", "feed", "gone"), Subject("US", "check", "gone")
    for rule, subject in (
        ("gone", sku),
        ("stale_feed", sku),
        ("stockout_tiers", Subject("DE", "sku", "A")),
        ("stale_feed", feed),
        ("failed_check", check),
    ):
        yield why_unwatched(store.settings, SimpleNamespace(rule=rule, subject=subject, store_id=store.store_id))


def test_every_reason_has_chinese_words(store):
    said = list(every_reason(store))

    assert len({words for reason in said if (words := reason_words(reason, "zh"))}) == len(said) == 14
    for reason in said:
        assert re.search("[\u4e00-\u9fff]", reason_words(reason, "zh")), reason
        assert not re.search("[\u4e00-\u9fff]", reason_words(reason)), reason


def test_a_reason_is_not_a_code():
    assert reason_words("no_data") == "no facts of the period, or the cells that are needed are blank"
    assert reason_words("feed_missing, no_history", "zh") == "缺少所需的报告；没有可比较的历史数据"
    assert reason_words("a reason of next year", "zh") == "a reason of next year"
    assert reason_words("a, b is late and c is partial", "zh") == "a, b 的数据延迟，c 的数据不完整"


def test_places_in_what_is_filled_in_are_not_places():
    assert say("title", "en", value="{name}", name="{0}") == "{name}: {0}"


def test_the_night_is_tuesday():
    assert (NIGHT.weekday(), NOW.date()) == (1, NIGHT)
