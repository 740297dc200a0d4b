"""Rules tried out on a past whose end is known: each night as it was known, and nobody hears of it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from sellerwatch.alerts.backtest.past import choose
from sellerwatch.alerts.backtest.report import to_dict
from sellerwatch.alerts.backtest.run import Order, run_backtest
from sellerwatch.alerts.backtest.scratch import NOWHERE, decided_tables, opened_measured, opened_rule_set, silenced
from sellerwatch.core.clock import SystemClock
from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.settings.rules import Band
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.rebuild.past import NO_LEDGER, read_past
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT, EVALUATION
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.outbox import OUTBOX
from tests.spec.small_world import coded_only, shipped_settings
from tests.unit.alerts.known_decline import LAST, STORE, lay_down, night

RULE = "stockout_tiers"
COUNTED = Days(night(2), LAST)


def small(settings):
    """The stock-out rule alone, on the two reports that it reads: that is what this past has."""
    store = settings.stores[STORE].model_copy(update={"reports": ("all_orders", "fba_inventory")})
    return replace(coded_only(settings), stores={STORE: store}, rules={RULE: settings.rules[RULE]})


def earlier(settings):
    """The same with a tier that begins three days earlier."""
    rule = settings.rules[RULE]
    tiers = rule.tiers | {"yellow": Band(enter=10.0, exit=12.0)}
    return replace(settings, rules={RULE: rule.model_copy(update={"tiers": tiers})})


@pytest.fixture(scope="module")
def order(tmp_path_factory):
    folder = tmp_path_factory.mktemp("past")
    raw = lay_down(folder / "raw")
    settings = small(shipped_settings(folder))
    past = read_past(raw, NO_LEDGER, [STORE])
    return Order(settings, earlier(settings), raw, past, choose(past, [STORE], COUNTED), timedelta(days=7))


@pytest.fixture(scope="module")
def found(order, tmp_path_factory):
    return run_backtest(order, tmp_path_factory.mktemp("scratch"), clock=SystemClock(), heard=lambda *_: None)


@pytest.fixture(scope="module")
def told(found):
    return to_dict(found)["rules"][0]


def calls(items, subject):
    return [(item["on"], item["tier"]) for item in items if item["subject"] == subject]


def test_the_sku_that_sold_out_was_announced_seven_days_before_and_earlier_by_an_earlier_tier(told):
    configured, file = told["configured"]["foresight"], told["file"]["foresight"]

    assert (configured["events"], configured["leads"], configured["announced_ahead"]) == (1, [7], {"7": 1, "3": 1, "1": 1})
    assert (file["events"], file["leads"], file["missed"]) == (1, [10], 0)
    assert file["lead_days"] == {"lower_quartile": 10.0, "median": 10.0, "upper_quartile": 10.0}


def test_the_sku_that_was_supplied_in_time_is_a_false_alarm_and_resolved(told):
    configured = told["configured"]

    assert configured["foresight"]["episodes"] == {"followed": 1, "under_way": 0, "undecided": 0, "false_alarm": 1}
    assert (configured["episodes"], configured["resolved"], configured["flaps"]) == (2, 1, 0)


def test_a_night_is_judged_by_what_was_known_then_not_by_what_was_restated_later(told):
    # The fourth night's stock was restated as plenty three nights later; the alert of that night had gone out by then.
    assert calls(told["fewer"], "SAVED") == [(str(night(3)), "yellow")]
    assert calls(told["fewer"], "SOLD-OUT") == [(str(night(3)), "yellow")]


def test_a_changed_limit_lists_what_would_have_been_sent_more_and_less_by_subject_and_day(told):
    # The earlier tier is reached before the first day that is counted, so that no call of these days takes its place.
    assert (told["change"], told["more"]) == ("changed", [])
    assert {item["subject"] for item in told["fewer"]} == {"SOLD-OUT", "SAVED"}
    assert all(item["store_id"] == STORE and item["marketplace"] == "US" for item in told["fewer"])


def test_climbs_and_calls_are_counted_by_tier(told):
    assert told["configured"]["calls"] == {"yellow": 2, "orange": 1, "red": 1}
    assert told["configured"]["climbs"] == 2
    assert told["configured"]["subjects"] == 3


def test_rules_that_are_the_same_are_judged_once_and_differ_in_nothing(order, tmp_path):
    same = replace(order, file=order.configured, chosen=choose(order.past, [STORE], Days(night(1), night(2))))

    found = run_backtest(same, tmp_path, clock=SystemClock(), heard=lambda *_: None)

    rule = found.rules[0]
    assert (rule.change, rule.more, rule.fewer) == ("same", (), ())
    assert rule.configured is rule.file
    assert sorted(path.name for path in tmp_path.glob("*.sqlite")) == ["file.sqlite", "measured.sqlite"]


def test_each_set_of_rules_has_alerts_and_outbox_of_its_own_beside_shared_metrics(order, tmp_path):
    with (
        opened_measured(tmp_path, order.configured.warehouse_url) as measured,
        opened_rule_set("a", order.configured, tmp_path) as a,
        opened_rule_set("b", order.configured, tmp_path) as b,
    ):
        with writing(a.engine) as connection:
            connection.execute(ALERT_EVENT.insert().values(EVENT))
        counts = Counter()
        for name, engine in (("measured", measured), ("a", a.engine), ("b", b.engine)):
            with reading(engine) as connection:
                counts[name] = len(connection.execute(select(ALERT_EVENT)).all())
                assert connection.execute(select(METRIC_VALUE)).all() == []

    assert counts == {"measured": 0, "a": 1, "b": 0}


EVENT = {
    "fingerprint": "f",
    "number": 1,
    "episode": 1,
    "kind": "fired",
    "as_of": LAST,
    "rule_version": 1,
    "happened_at": datetime(2026, 11, 12, tzinfo=UTC),
}


def test_what_rules_and_people_decide_is_apart_from_what_is_made_of_bytes():
    apart = set(decided_tables())

    assert {ALERT, ALERT_EVENT, EVALUATION, OUTBOX} <= apart
    assert METRIC_VALUE not in apart


def test_nothing_that_opens_slack_or_amazon_is_left(order):
    known = replace(
        order.configured.environment,
        values={"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CHANNEL": "C0REAL", "CASCADE_REFRESH_TOKEN": "r"},
    )

    settings = silenced(replace(order.configured, environment=known))

    assert settings.environment.values == {"SLACK_CHANNEL": f"{NOWHERE}1"}
    assert settings.environment.get("SLACK_BOT_TOKEN") is None
    assert settings.environment.get("CASCADE_REFRESH_TOKEN") is None
    assert settings.channel("alerts") == settings.channel("ops") == f"{NOWHERE}1"


@pytest.mark.parametrize(
    ("values", "ops", "fallback"),
    [
        ({}, 1, 1),
        ({"SLACK_CHANNEL": "C0A", "SLACK_OPS_CHANNEL": "C0B"}, 2, 2),
        ({"SLACK_CHANNEL": "C0A", "SLACK_OPS_CHANNEL": "C0A", "SLACK_FALLBACK_CHANNEL": "C0B"}, 1, 2),
    ],
)
def test_two_channels_stay_two_and_one_stays_one(order, values, ops, fallback):
    environment = replace(order.configured.environment, values=values | {"SELLERWATCH_NOTIFY_ALERTS": "mailto://a@example.com"})

    settings = silenced(replace(order.configured, environment=environment))

    found = [settings.channel(audience) for audience in ("alerts", "ops", "fallback")]
    assert found == [f"{NOWHERE}1", f"{NOWHERE}{ops}", f"{NOWHERE}{fallback}"]
    assert set(settings.environment.values.values()) == set(found)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (Days(night(-3), night(2)), "reach from 2026-11-01 to 2026-11-12"),
        (Days(night(2), night(40)), "does not lie within"),
    ],
)
def test_days_without_nights_are_refused_with_the_days_that_have_some(order, days, words):
    with pytest.raises(ConfigError, match=words) as refused:
        choose(order.past, [STORE], days)

    assert "Choose days from 2026-11-01 to 2026-11-12" in str(refused.value)


def test_a_store_without_a_night_is_refused_by_name(order):
    with pytest.raises(ConfigError, match="no night of the store alpine is known"):
        choose(order.past, ["alpine"], COUNTED)


def test_a_day_on_which_no_night_ran_is_told_and_stops_nothing(order):
    gap = replace(order.past, events=[event for event in order.past.events if event.as_of != night(5)])

    chosen = choose(gap, [STORE], COUNTED)

    assert chosen.missing == {STORE: [night(5)]}
    assert chosen.nights[STORE][0] == night(0)
