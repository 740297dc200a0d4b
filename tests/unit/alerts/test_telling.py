"""What of a run's news is told, and how: every message it sends is named, and every other one fails the test.

P is a new message, U an update of it, R a reply in its thread, ! a reply the whole channel sees.
"""

import csv
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import delete

from sellerwatch.alerts.judging.night import judge_night
from sellerwatch.delivery.outcomes import Refused, Unknown
from sellerwatch.delivery.sender import deliver
from sellerwatch.delivery.showing import WITH_UPLOADS
from sellerwatch.messages.plain import render_plain
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.routing import Hours, QuietHours
from sellerwatch.settings.telling import DigestLimits, MassChange, Route
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.response import RESPONSE
from sellerwatch.warehouse.tables.telling import ALERT_TELLING, DIGEST_ROW
from tests.metric_rows import alter_values
from tests.spec.small_world import CHANNELS, NIGHT, day
from tests.unit.alerts.test_scenarios import calls
from tests.unit.delivery.fake_slack import FakeSlack, HandClock

NINE = QuietHours(start="21:00", end="09:00")


@pytest.fixture
def slack(store):
    """A Slack whose clock is set by hand, beside the store's."""
    return FakeSlack(HandClock(store.clock.now()))


def sent_at(store, slack, moment):
    """Deliver what is due at a moment; return the calls."""
    slack.clock.at, before = moment, len(slack.calls)
    deliver(store.engine, slack, clock=slack.clock)
    return [(call.method, call.channel) for call in slack.calls[before:]]


def digest(store):
    return render_plain(store.conversation("digest-")[0])


def rows(store):
    return {row.subject: row.standing for row in store.rows(DIGEST_ROW)}


# Digest


def test_mild_alerts_of_a_night_are_rows_of_one_message(store):
    sent = store.night(0, {"A": 6.5, "B": 4.0, "C": 2.5, "D": 30.0})

    assert sorted(calls(sent).split()) == ["P:orange", "P:yellow"]
    assert [store.how(sku) for sku in "ABC"] == ["digest", "digest", "root"]
    assert "2 alerts (2 yellow): Test Store" in digest(store)
    assert "A 6.5 days of cover" in digest(store)
    assert "B 4 days of cover" in digest(store)
    assert "All 2 are here." in digest(store)
    assert store.again(0) == []


def test_a_digest_of_one_row_is_titled_like_the_alert(store):
    store.night(0, {"A": 6.5})

    assert store.sent()[0].title == "6.5 days of cover: A (Test Store)"


def test_rows_change_silently_in_the_digest_that_lists_them(store):
    store.night(0, {"A": 6.5, "B": 6.0})

    assert [calls(store.night(offset, {"A": 40.0, "B": 6.0 - offset})) for offset in (1, 2)] == ["U:yellow", "U:yellow"]
    assert rows(store) == {"A": "resolved", "B": "open"}
    assert "🟢 A 40 days of cover · resolved" in digest(store)
    assert "Of these 1 open, 1 resolved." in digest(store)
    assert calls(store.night(3, {"A": 40.0, "B": 4.0})) == "", "nothing people do not see already"


def test_a_digest_turns_green_when_all_is_over_and_grey_rows_are_not_called_resolved(store):
    store.night(0, {"A": 6.5, "B": 6.5})
    store.night(1, {"A": 40.0, "B": "not_listed"})

    assert calls(store.night(2, {"A": 40.0, "B": "not_listed"})) == "U:green"
    assert rows(store) == {"A": "resolved", "B": "closed"}


def test_a_row_that_is_no_longer_watched_is_closed_in_the_digest(store):
    store.night(0, {"A": 6.5, "B": 2.5})
    store.configured(rules={name: rule for name, rule in store.shipped.rules.items() if name != "stockout_tiers"})

    assert calls(store.night(1, {})).split() == ["U:grey", "U:grey"]
    assert rows(store) == {"A": "closed"}


def test_a_row_that_climbs_gets_a_message_of_its_own_and_is_marked(store):
    store.night(0, {"A": 6.5, "B": 6.5})

    climbed = store.night(1, {"A": 2.5, "B": 6.5})

    assert sorted(calls(climbed).split()) == ["P:orange", "U:yellow"]
    assert (store.how("A"), rows(store)) == ("root", {"A": "moved", "B": "open"})
    assert "Listed before in the digest of Tue, Nov 17." in store.text("A")
    assert calls(store.night(2, {"A": 0.5, "B": 6.5})) == "U:red R!:red"
    assert [calls(store.night(offset, {"A": 40.0, "B": 6.5})) for offset in (3, 4)] == ["U:red", "U:green R:green"]


def test_a_row_that_comes_back_is_a_row_of_the_new_nights_digest(store):
    store.night(0, {"A": 6.5})
    store.night(1, {"A": 40.0})
    store.night(2, {"A": 40.0})

    assert sorted(calls(store.night(3, {"A": 6.0})).split()) == ["P:yellow", "U:grey"]
    assert sorted(row.standing for row in store.rows(DIGEST_ROW)) == ["moved", "open"]


def test_restated_data_adds_to_the_digest_of_its_night(store):
    store.night(0, {"A": 6.5})
    store.cover({"A": 30.0, "B": 5.0})

    assert calls(store.again(0)) == "U:yellow"
    assert rows(store) == {"A": "resolved", "B": "open"}
    assert store.again(0) == []


def test_too_many_new_messages_of_a_channel_become_rows_except_red_ones(store):
    store.unguarded()
    orange = {f"O{number}": 2.5 for number in range(8)}

    assert sorted(calls(store.night(0, orange | {"R": 0.5, "Y": 6.0})).split()) == ["P:orange", "P:red"]
    assert (store.how("R"), store.how("O1"), store.how("Y")) == ("root", "digest", "digest")
    assert "9 alerts (8 orange, 1 yellow): Test Store" in digest(store)
    assert calls(store.night(1, orange | {"R": 0.5, "Y": 6.0})) == "U:red", "the day it runs out has moved; of rows nothing has"


def test_eight_new_messages_of_a_channel_stay_messages(store):
    sent = store.night(0, {f"O{number}": 2.5 for number in range(8)})

    assert calls(sent).split() == ["P:orange"] * 8


def test_rows_that_climb_in_a_crowd_are_told_in_the_new_nights_digest(store):
    store.unguarded()
    skus = [f"S{number}" for number in range(9)]
    store.night(0, dict.fromkeys(skus, 6.0))

    assert sorted(calls(store.night(1, dict.fromkeys(skus, 2.5))).split()) == ["P:orange", "U:grey"]
    assert calls(store.night(2, {**dict.fromkeys(skus, 2.5), "S0": 0.5})).split() == ["P:red", "U:orange"]


def test_what_the_pipeline_says_about_itself_is_never_a_row(store):
    store.at(NIGHT)
    store.feeds(all_orders=30)
    store.problems("one")
    store.judge()

    assert [row.channel for row in store.outbox()] == ["C0OPS"] * 2
    assert {row.how for row in store.rows(ALERT_TELLING)} == {"root"}


def test_rows_are_ranked_by_the_money_a_day_that_is_at_risk(store):
    store.telling(digest=DigestLimits(rows=2))
    for sku, price in (("A", 1.0), ("B", 30.0), ("C", 5.0)):
        store.put("gmv", "sku", sku, 100 * price, on=day(-1))
        with writing(store.engine) as connection:
            alter_values(connection, METRIC_VALUE.c.metric == "gmv", currency="USD")
    store.night(0, {"A": 4.0, "B": 6.0, "C": 5.0, "D": 1.5})
    told = {row.subject: (row.place, row.page, row.amount and f"{row.amount:.2f}") for row in store.rows(DIGEST_ROW)}

    assert told == {"B": (1, 0, "150.00"), "C": (2, 0, "25.00"), "A": (3, 1, "5.00")}
    assert "B 6 days of cover · $150 of sales a day" in digest(store)
    assert "3 = 2 here + 1 in the thread. Ranked by sales a day." in digest(store)


# Routes


def test_owners_stores_and_categories_have_channels_of_their_own(store):
    store.configured(environment=Environment({**CHANNELS, "SLACK_ADS_CHANNEL": "C0ADS"}))
    store.telling(routes=(Route(channels=("SLACK_ADS_CHANNEL",), stores=("test_store",), owners=("ads",)),))
    store.also_watching("gmv", owner="ads")
    store.put("gmv", "sku", "B", 20.0)
    store.night(0, {"A": 2.5})

    assert sorted((row.channel, row.kind) for row in store.outbox()) == [("C0ADS", "root"), ("C0ALERTS", "root")]


# Inhibition: scenario 23


def numbers(store, offset, **values):
    for metric, value in values.items():
        store.put(metric, "sku", "A", value, on=day(offset))


def test_scenario_23_a_stock_out_holds_what_it_explains_and_releases_it_the_run_after_it_has_ended(heard):
    heard.also_watching("gmv", "order_item_session_pct")
    numbers(heard, 0, gmv=5.0, order_item_session_pct=5.0)

    assert calls(heard.night(0, {"A": 0.5})) == "P:red"
    assert "Held back while this lasts: 2." in heard.text("A")
    assert heard.again(0) == []

    numbers(heard, 1, gmv=5.0, order_item_session_pct=5.0)
    assert calls(heard.night(1, {"A": 40.0})) == "U:red", "recovering"
    assert "Held back while this lasts: 2." in heard.text("A")

    numbers(heard, 2, gmv=100.0, order_item_session_pct=5.0)
    assert calls(heard.night(2, {"A": 40.0})) == "U:green R:green"
    assert "Held back" not in heard.text("A")
    assert heard.again(2) == [], "the same run again is not the following one"

    numbers(heard, 3, gmv=100.0, order_item_session_pct=5.0)
    (freed,) = heard.night(3, {"A": 40.0})
    assert (calls([freed]), freed.title[:29]) == ("P:red", "Order item session percentage")
    assert heard.how("A", "low_order_item_session_pct") == "root"
    assert heard.how("A", "low_gmv") == "none", "never told, so its end is not told either"

    numbers(heard, 4, gmv=100.0, order_item_session_pct=5.0)
    assert calls(heard.night(4, {"A": 40.0})) == ""


def test_a_stock_out_names_the_last_day_to_order_so_the_reminder_to_order_is_held(store):
    store.also_watching("days_to_order")
    numbers(store, 0, days_to_order=-3.0)

    assert calls(store.night(0, {"A": 0.5})) == "P:red"
    assert "Held back while this lasts: 1." in store.text("A")


def test_a_parents_message_follows_the_number_it_holds(store):
    store.also_watching("gmv", "sessions")
    store.night(0, {"A": 0.5})
    numbers(store, 1, gmv=5.0)
    assert calls(store.night(1, {"A": 0.5})) == "U:red"
    assert "Held back while this lasts: 1." in store.text("A")
    numbers(store, 2, gmv=5.0, sessions=5.0)
    assert calls(store.night(2, {"A": 0.5})) == "U:red"
    assert "Held back while this lasts: 2." in store.text("A")
    assert calls(store.night(3, {"A": 0.4})) == "U:red", "frozen for want of data, and held all the same"
    assert "Held back while this lasts: 2." in store.text("A")


def test_a_mild_stock_out_holds_nothing_and_another_sku_neither(store):
    store.also_watching("gmv")
    store.put("gmv", "sku", "B", 20.0)
    numbers(store, 0, gmv=20.0)

    assert sorted(calls(store.night(0, {"A": 6.5, "C": 0.5})).split()) == ["P:orange", "P:orange", "P:red", "P:yellow"]


def test_what_was_told_before_is_updated_without_calling_anybody_while_it_is_held(store):
    store.also_watching("gmv")
    numbers(store, 0, gmv=25.0)
    assert calls(store.night(0, {"A": 30.0})) == "P:orange"
    numbers(store, 1, gmv=5.0)
    assert sorted(calls(store.night(1, {"A": 0.5})).split()) == ["P:red", "U:red"]
    numbers(store, 2, gmv=5.0)
    store.night(2, {"A": 40.0})
    numbers(store, 3, gmv=4.0)
    assert sorted(calls(store.night(3, {"A": 40.0})).split()) == ["R!:red", "R:green", "U:green", "U:red"]
    numbers(store, 4, gmv=4.0)
    assert calls(store.night(4, {"A": 40.0})) == ""


def account(store, value, night):
    store.put("account_health", "marketplace", "US", value, on=day(night - 1))
    store.put("account_health", "marketplace", "US", value, on=day(night))


def test_a_deactivated_account_holds_everything_of_its_marketplace_but_the_pipeline(store):
    store.judging_by("account_health")
    account(store, 2.0, 0)

    sent = store.night(0, {"A": 0.5, "B": 6.5}, all_orders=30)

    assert sorted(calls(sent).split()) == ["P:red", "P:yellow"]
    assert {row.subject for row in store.rows(ALERT)} == {"US", "all_orders"}, "late orders freeze the SKUs"
    account(store, 2.0, 1)
    assert sorted(calls(store.night(1, {"A": 0.5, "B": 6.5})).split()) == ["R:green", "U:green", "U:red"]
    assert [store.how(sku) for sku in "AB"] == ["held", "held"]


def test_an_account_at_risk_still_sells_and_holds_nothing(store):
    """It may be at risk for weeks; a stock-out in that time is as true as ever."""
    store.judging_by("account_health")
    account(store, 1.0, 0)
    assert sorted(calls(store.night(0, {"A": 0.5})).split()) == ["P:red", "P:red"]

    account(store, 2.0, 1)
    assert calls(store.night(1, {"A": 0.5, "B": 0.5})) == "U:red U:red"
    assert (store.how("A"), store.how("B")) == ("root", "held")


# Quiet hours: scenario 22


def quiet_night(store, moment, values):
    """Judge a night at a moment of its day."""
    night = moment.date()
    store.at(night)
    store.feeds(on=night)
    store.problems(on=night)
    store.cover(values, on=night)
    store.clock.moment = moment
    store.began(night)
    judge_night(store.workspace, store.store_id, night)


def at(month, date, hour, minute=0):
    return datetime(2026, month, date, hour, minute, tzinfo=UTC)


def test_scenario_22_mild_news_waits_for_the_morning_and_red_does_not(store, slack):
    store.telling(quiet=NINE)

    quiet_night(store, at(11, 17, 10), {"A": 6.5, "B": 0.5})

    assert sent_at(store, slack, at(11, 17, 10)) == [("post", "C0ALERTS")]
    assert slack.visible()[0].payload.text.endswith("B (Test Store, Amazon.com)")
    assert sent_at(store, slack, at(11, 17, 16, 59)) == []
    assert sent_at(store, slack, at(11, 17, 17)) == [("post", "C0ALERTS")]


@pytest.mark.parametrize(
    ("night", "nine"),
    [(at(11, 1, 8, 30), at(11, 1, 17)), (at(11, 1, 9, 30), at(11, 1, 17)), (at(3, 8, 10), at(3, 8, 16))],
    ids=["the hour that comes twice", "its second time", "the hour that is left out"],
)
def test_scenario_22_the_days_on_which_clocks_change_have_one_digest(store, slack, night, nine):
    store.telling(quiet=NINE)
    quiet_night(store, night, {"A": 6.5})
    quiet_night(store, night + timedelta(hours=1), {"A": 6.5, "B": 6.0})

    assert sent_at(store, slack, nine - timedelta(minutes=1)) == []
    assert sorted(sent_at(store, slack, nine)) == [("post", "C0ALERTS"), ("update", "C0ALERTS")]
    assert len(slack.visible()) == 1


def test_news_that_turns_red_takes_its_waiting_message_along(store, slack):
    store.telling(quiet=NINE)
    quiet_night(store, at(11, 17, 10), {"A": 2.5})
    assert sent_at(store, slack, at(11, 17, 10)) == []

    store.cover({"A": 0.5})
    store.clock.moment = at(11, 17, 11)
    judge_night(store.workspace, store.store_id, NIGHT)

    assert [method for method, _ in sent_at(store, slack, at(11, 17, 11))] == ["post", "update", "post"]


def test_a_message_waits_until_neither_the_store_nor_its_owner_is_in_quiet_hours(store, slack):
    store.telling(quiet=NINE)
    away = Hours(time_zone="Europe/London", quiet_hours=QuietHours(start="18:00", end="06:00"))
    store.configured(routing=store.shipped.routing.model_copy(update={"hours": {"supply_chain": away}}))

    quiet_night(store, at(11, 17, 18, 30), {"A": 2.5})

    # It is morning at the store, and evening in London; when London wakes up, it is ten at night at the store.
    assert sent_at(store, slack, at(11, 17, 18, 30)) == []
    assert sent_at(store, slack, at(11, 18, 6)) == []
    assert sent_at(store, slack, at(11, 18, 17)) == [("post", "C0ALERTS")]
    assert store.rows(RESPONSE)[0].due_at == at(11, 18, 17) + timedelta(hours=24), "the chain counts from when it is heard"


def test_in_the_day_nothing_waits(store, slack):
    store.telling(quiet=NINE)
    quiet_night(store, at(11, 17, 18), {"A": 6.5, "B": 2.5})

    assert len(sent_at(store, slack, at(11, 17, 18))) == 2


# Storm: scenario 24


@pytest.fixture
def storm(heard):
    """1,200 yellow alerts in one run, believed at once."""
    heard.unguarded()
    heard.showing = WITH_UPLOADS
    heard.storm = heard.stormed(1_200, 6.0)
    return heard


def test_scenario_24_a_storm_is_one_message_and_every_sku_is_listed_once(storm):
    sent = storm.night(0)
    texts = [str(message.payload.blocks) for message in storm.slack.visible()]

    assert calls(sent[:1]) == "P:yellow"
    assert [item.kind for item in sent[1:]] == [*["reply"] * (len(texts) - 2), "upload", "reply"]
    assert "1,200 = 15 here + 1,185 in the thread." in texts[0]
    assert all(len(message.payload.blocks) <= 50 for message in storm.slack.visible())
    assert all(sum(len(str(block)) for block in message.payload.blocks) <= 10_000 for message in storm.slack.visible())
    assert sorted(word for text in texts for word in text.split("`") if word.startswith("SKU-")) == storm.storm
    posted = [call.at for call in storm.slack.calls if call.method == "post"]
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(posted)), "one message a second"
    assert [len(thread) for thread in storm.threads()] == [len(texts)]
    assert storm.again(0) == []


def test_scenario_24_all_rows_of_a_storm_are_a_file_in_its_thread(storm):
    storm.night(0)

    (file,) = storm.slack.files
    heading, *rows = csv.reader(file.body.decode("utf-8-sig").splitlines())
    assert (file.name, heading[:4]) == ("digest-2026-11-17.csv", ["place", "rule", "marketplace", "subject"])
    assert sorted(row[3] for row in rows) == storm.storm
    assert f"F1/{file.name}" in storm.last_text()


@pytest.mark.parametrize(
    ("method", "fault", "looks"),
    [
        ("upload", {"outcome": Refused("missing_scope")}, 0),
        ("upload", {"outcome": Unknown("HTTP 500")}, 0),
        ("post", {"outcome": Unknown("TimeoutError"), "accept": True, "skip": 1}, 1),
    ],
    ids=["refused", "lost", "the reply that shows it was taken unseen"],
)
def test_scenario_24_the_file_is_never_shown_twice_and_left_out_where_slack_does_not_take_it(heard, method, fault, looks):
    heard.unguarded()
    heard.showing = WITH_UPLOADS
    heard.telling(digest=DigestLimits(rows=2), mass_change=MassChange(share_pct=100.0))
    skus = heard.stormed(40, 6.0)
    heard.slack.fail(method, **fault)

    sent = heard.night(0)

    texts = [str(message.payload.blocks) for message in heard.slack.visible()]
    assert sorted(word for text in texts for word in text.split("`") if word.startswith("SKU-")) == skus
    assert [item.kind for item in sent].count("find") == looks
    assert sum("digest-2026-11-17.csv" in text for text in texts) == looks
    assert heard.again(0) == []


def test_scenario_24_a_storm_of_a_third_of_all_skus_is_one_doubt(heard):
    heard.stormed(1_200, 6.0)

    sent = heard.night(0)

    assert calls(sent) == "P:orange"
    assert sent[0].title == "Suspect data: 1,200 of 1,200 subjects of Stock-out risk changed in one night (Test Store)"
    assert heard.again(0) == []


def test_an_alert_from_before_this_was_kept_goes_on_in_its_own_message(store):
    store.each_alone()
    store.night(0, {"A": 6.5})
    store._execute(delete(ALERT_TELLING))
    store.telling(digest=DigestLimits())

    assert calls(store.night(1, {"A": 2.5})) == "U:orange R!:orange"
