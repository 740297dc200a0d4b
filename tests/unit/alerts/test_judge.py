"""Judging as a step: what each event leaves behind, what a second judging must not do, and what breaks cleanly."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from sellerwatch.alerts import store as alert_store
from sellerwatch.alerts.condition.machine import EventKind
from sellerwatch.alerts.judging import night
from sellerwatch.core.errors import ConfigError, RetryableError
from sellerwatch.settings.environment import Environment
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT
from sellerwatch.warehouse.tables.outbox import OUTBOX
from tests.spec.small_world import NIGHT, contents, day
from tests.unit.alerts.judged_store import JudgedStore
from tests.unit.alerts.test_scenarios import calls

HISTORIES: dict[EventKind, tuple[object, ...]] = {
    "fired": (2.8,),
    "raised": (2.8, 0.9),
    "lowered": (0.9, 3.7, 3.9),
    "refreshed": (2.8, 2.7),
    "recovering": (2.8, 40.0),
    "relapsed": (2.8, 40.0, 2.7),
    "resolved": (2.8, 40.0, 40.0),
    "reopened": (2.8, 40.0, 40.0, 2.7),
    "stale": (2.8, None),
    "closed": (2.8, "not_listed"),
    "flapping": (2.8, 40.0, 40.0, 2.8, 40.0, 40.0, 2.8),
}
"""Nights of cover that end with each kind of event."""

MESSAGES = {
    "fired": [("root", "alerts", False)],
    "raised": [("update", "alerts", False), ("reply", "alerts", True)],
    "lowered": [("update", "alerts", False), ("reply", "alerts", False)],
    "refreshed": [("update", "alerts", False)],
    "recovering": [("update", "alerts", False)],
    "relapsed": [("update", "alerts", False)],
    "resolved": [("update", "alerts", False), ("reply", "alerts", False)],
    "reopened": [("update", "alerts", False), ("reply", "alerts", True)],
    "stale": [("update", "alerts", False)],
    "closed": [("update", "alerts", False)],
    "flapping": [("reply", "alerts", False)],
}


def lived_through(store, history):
    for offset, value in enumerate(history):
        store.night(offset, {} if value is None else {"A": value})
    return len(history) - 1


@pytest.mark.parametrize("kind", HISTORIES)
def test_each_event_is_stored_with_its_messages(store, kind):
    last = lived_through(store, HISTORIES[kind])

    row = store.alert("A")
    event_row = next(item for item in store.rows(ALERT_EVENT) if item.number == row.event_count)
    ours = [item for item in store.outbox() if item.rev == row.event_count]

    assert (event_row.kind, event_row.as_of, event_row.episode, event_row.rule_version) == (kind, day(last), row.episode, 1)
    assert [(item.kind, item.message["is_broadcast"]) for item in ours] == [(name, loud) for name, _, loud in MESSAGES[kind]]
    assert {item.channel for item in ours} == {"C0ALERTS"}
    assert [item.key for item in ours] == [
        f"{row.fingerprint[:24]}-{row.episode}:{item.kind}:{row.event_count}" for item in ours
    ]
    assert {item.created_at for item in ours} == {store.clock.now()}
    assert store.evaluations("A")[-1][0] == day(last)


@pytest.mark.parametrize("kind", HISTORIES)
def test_judging_a_night_twice_writes_nothing_at_all(store, kind):
    last = lived_through(store, HISTORIES[kind])
    before = contents(store.engine)

    for _ in range(2):
        store.clock.moment += timedelta(hours=1)
        report = night.judge_night(store.workspace, store.store_id, day(last))
        assert report.events == 0

    changed = {name: rows for name, rows in contents(store.engine).items() if rows != before[name]}
    assert set(changed) <= {"night"}, "without documents the night decides by the clock; nothing else may move"


def test_a_quiet_night_leaves_no_trace_but_its_own_row(store):
    store.night(0, {"A": 30.0, "B": "no_demand", "C": 12.0})

    assert {name for name, rows in contents(store.engine).items() if rows} == {
        "night",
        "metric_value",
    }


@pytest.mark.parametrize(
    ("before", "first", "second", "sent", "events"),
    [
        ((), 2.8, 0.5, "update reply", "fired raised"),
        ((), 0.5, 2.8, "update reply", "fired lowered"),
        ((), 2.8, 2.6, "update", "fired refreshed"),
        ((), 30.0, 2.6, "root", "fired"),
        ((), 2.8, 30.0, "update reply", "fired resolved"),
        ((), 2.8, "no_data", "update", "fired stale"),
        ((), 2.8, "no_demand", "", "fired"),
        ((), 2.8, "not_listed", "update", "fired closed"),
        ((2.8,), 2.7, 30.0, "update", "fired refreshed recovering"),
        ((2.8,), 30.0, 2.7, "update", "fired recovering refreshed"),
        ((2.8, 30.0), 30.0, 2.0, "update reply", "fired recovering resolved reopened"),
        ((2.8, 30.0), 2.0, 30.0, "update reply", "fired recovering relapsed resolved"),
        ((2.8, 30.0, 30.0), 2.0, 30.0, "update reply", "fired recovering resolved reopened resolved"),
    ],
)
def test_restated_data_tells_the_net_change_of_the_night_once(store, before, first, second, sent, events):
    lived_through(store, (*before, first))
    last = len(before)
    store.cover({"A": second}, on=day(last))

    told = store.again(last)

    assert " ".join(item.kind for item in told) == sent
    assert " ".join(store.events("A")) == events
    assert store.again(last) == []
    assert store.alert("A").episode == 1


def test_data_that_goes_back_and_forth_in_one_night_stays_one_conversation(store):
    store.night(0, {"A": 2.8})
    for value in (30.0, 2.5, 30.0):
        store.cover({"A": value})
        store.again(0)

    assert store.events("A") == ["fired", "resolved", "reopened", "resolved"]
    assert [row.kind for row in store.outbox()].count("root") == 1
    assert store.last_reply().startswith("🟢 Data corrected from 2.5 days of cover to 30 days of cover, resolved")


def test_a_night_that_was_restated_away_is_followed_by_the_next_as_usual(store):
    store.night(0, {"A": 2.8})
    store.cover({"A": 30.0})
    store.again(0)

    assert [item.kind for item in store.night(1, {"A": 2.0})] == ["update", "reply"]
    assert store.events("A")[-1] == "reopened"


def test_the_newest_night_goes_first_and_an_older_one_then_changes_nothing(store):
    store.night(1, {"A": 2.8})
    before = store.rows(ALERT), store.rows(ALERT_EVENT), store.outbox()

    store.at(day(1))
    store.cover({"A": 0.5}, on=NIGHT)
    store.began(NIGHT)
    report = night.judge_night(store.workspace, store.store_id, NIGHT)

    assert not report.is_live
    assert before == (store.rows(ALERT), store.rows(ALERT_EVENT), store.outbox())


def test_a_night_judged_two_days_late_pages_nobody(store):
    store.cover({"A": 0.5})
    store.feeds()
    store.at(day(3))
    store.began()

    report = night.judge_night(store.workspace, store.store_id, NIGHT)

    assert (report.is_live, report.events, store.outbox()) == (False, 0, [])


@pytest.mark.parametrize(("units", "sent"), [(0.0, 0), (1.0, 1)])
def test_a_sku_that_hardly_sells_is_not_judged(store, units, sent):
    store.feeds()
    store.cover({"A": 0.0}, units=units)

    store.judge()

    assert len(store.sent()) == sent


def test_an_open_alert_of_a_sku_that_stopped_selling_is_held(store):
    store.night(0, {"A": 0.5})
    store.at(day(1))
    store.feeds(on=day(1))
    store.cover({"A": 0.0}, on=day(1), units=0.0)
    store.put("units", "sku", "A", 0.0, on=day(-1))
    store.judge(day(1))

    assert (store.alert("A").status, store.events("A")) == ("firing", ["fired"])
    assert store.evaluations("A")[-1][2] == "insufficient"


def test_a_removed_marketplace_closes_its_alerts_and_no_others(store):
    store.places = ("DE", "UK")
    for place in store.places:
        store.feeds(place=place, all_orders=30.0 if place == "UK" else 5.0)
        store.cover({"A": 2.0}, place=place)
    store.problems()
    store.judge()
    store.places = ("DE",)

    sent = store.night(1, {"A": 2.0}, place="DE")

    closed = [item for item in sent if item.tone == "grey"]
    assert [item.title for item in closed] == ["Data 30 hours old: all_orders (Test Store, Amazon.co.uk)"]
    assert store.alert("all_orders", "UK").status == "closed"
    assert store.alert("A", "DE").status == "firing"
    assert "the marketplace UK is no longer watched" in store.text("all_orders", "UK")


def test_a_frozen_alert_of_a_removed_marketplace_is_closed_not_resolved(store):
    store.places = ("DE", "UK")
    for place in store.places:
        store.feeds(place=place)
        store.cover({"A": 2.0}, place=place)
    store.problems()
    store.judge()
    store.places = ("DE",)

    sent = store.night(1, {"A": 0.0}, place="DE")

    assert [(item.kind, item.tone) for item in sent if item.tone == "grey"] == [("update", "grey")]
    assert [row.kind for row in store.rows(ALERT_EVENT) if row.fingerprint == store.alert("A", "UK").fingerprint] == [
        "fired",
        "closed",
    ]


def test_closing_and_judging_in_the_same_night_is_closing(store):
    """The configuration changes between two runs of one night: nothing may be called resolved or corrected."""
    store.night(0, {"A": 2.8})
    store.configured(rules={name: rule for name, rule in store.shipped.rules.items() if name != "stockout_tiers"})

    assert [(item.kind, item.tone) for item in store.again(0)] == [("update", "grey")]
    assert store.again(0) == []


def test_a_report_that_is_no_longer_pulled_closes_its_alert_and_frees_the_others(store):
    store.night(0, {"A": 2.8})
    store.night(1, {"A": 2.7}, fba_inventory=44)
    reports = {name: pull for name, pull in store.shipped.reports.items() if name != "fba_inventory"}
    store.configured(reports=reports)

    sent = store.night(2, {"A": 2.6})

    assert sorted((item.kind, item.tone) for item in sent) == [("update", "grey"), ("update", "orange")]
    assert store.alert("A").state["stale_since"] is None


def test_a_report_the_store_itself_leaves_out_counts_as_no_longer_pulled(store):
    store.night(0, {}, sales_traffic=100)
    shipped = store.settings.store(store.store_id)
    narrowed = shipped.model_copy(update={"reports": ("all_orders", "fba_inventory")})
    store.configured(stores={store.store_id: narrowed})

    assert [(item.kind, item.tone) for item in store.night(1, {})] == [("update", "grey")]


def test_a_rule_that_watches_something_else_now_closes_what_it_watched(store):
    store.night(0, {"A": 2.8})
    rule = store.shipped.rules["stockout_tiers"].model_copy(update={"subject": "marketplace", "metric": "in_stock_rate"})
    store.configured(rules=dict(store.shipped.rules) | {"stockout_tiers": rule})
    store.put("in_stock_rate", "marketplace", "US", 50.0, on=day(1))

    sent = store.night(1, {})

    assert [(item.kind, item.tone) for item in sent] == [("update", "grey")]
    assert store.alert("A").status == "closed"


def test_an_alert_whose_messages_nobody_sees_is_closed_in_silence(store):
    store.night(0, {"A": 2.8})
    with writing(store.engine) as connection:
        connection.execute(update(OUTBOX).values(state="dead"))
    store.configured(rules={name: rule for name, rule in store.shipped.rules.items() if name != "stockout_tiers"})

    assert store.night(1, {}) == []
    assert store.alert("A").status == "closed"


def test_a_closed_alert_is_updated_where_it_stands(store):
    """Routing may have changed since; the message has not moved."""
    store.night(0, {"A": 2.8})
    store.configured(
        rules={name: rule for name, rule in store.shipped.rules.items() if name != "stockout_tiers"},
        environment=Environment({"SLACK_CHANNEL": "C0NEW", "SLACK_OPS_CHANNEL": "C0OPS"}),
    )

    store.night(1, {})

    assert {row.channel for row in store.outbox()} == {"C0ALERTS"}


def test_two_stores_are_judged_apart(store):
    other = JudgedStore(store.engine, store.shipped, store_id="other_store", clock=store.clock)
    store.night(0, {"A": 2.8})
    before = store.rows(ALERT)

    other.night(0, {"A": 0.5}, fba_inventory=44)

    assert [row for row in store.rows(ALERT) if row.store_id == "test_store"] == before
    assert {row.subject for row in store.rows(ALERT) if row.store_id == "other_store"} == {"fba_inventory"}


def test_problems_are_told_anew_when_others_take_their_place(store):
    """The count stays at one; what people read must not."""
    store.feeds()
    store.problems("all_orders failed")
    store.judge()
    store.problems("fba_inventory failed", on=day(1))
    store.feeds(on=day(1))

    store.judge(day(1))

    assert [row.kind for row in store.outbox()] == ["root", "update"]
    assert "fba_inventory failed" in store.text(store.store_id, "*")
    assert "all_orders failed" not in store.text(store.store_id, "*")
    assert {row.channel for row in store.outbox()} == {"C0OPS"}
    assert store.again(1) == []


def test_facts_that_change_at_an_equal_value_are_shown(store):
    """Out of stock both nights, but now something is on its way."""
    store.stocked("A", 0, [0])
    store.night(0, {"A": 0.0})
    store.stocked("A", 0, [1], inbound_shipped_units=40)

    sent = store.night(1, {"A": 0.0})

    assert [item.kind for item in sent] == ["update"]
    assert "40 shipped" in store.text("A")


def test_a_pace_that_drifts_is_no_news_by_itself(store):
    store.night(0, {"A": 0.0})
    store.at(day(1))
    store.feeds(on=day(1))
    store.problems(on=day(1))
    store.cover({"A": 0.0}, on=day(1), pace=4.9)
    store.judge(day(1))

    assert [row.kind for row in store.outbox()] == ["root"]


def test_without_a_channel_judging_says_so_and_loses_nothing(store):
    """It is asked for in every live night, not only in those with news, and before anything is written."""
    store.feeds()
    store.problems()
    store.cover({"A": 2.8})
    store.began()
    before = contents(store.engine)
    connected = store.shipped
    store.configured(environment=Environment({}))

    with pytest.raises(ConfigError, match=r"SLACK_CHANNEL is not set \(the Slack channel for alerts\)"):
        store.judge()

    assert contents(store.engine) == before
    store.shipped = connected
    assert [item.kind for item in store.again(0)] == ["root"]


def test_a_quiet_night_without_a_channel_says_so_too(store):
    store.configured(environment=Environment({}))

    with pytest.raises(ConfigError, match="SLACK_CHANNEL"):
        store.night(0, {"A": 30.0})


def test_a_night_of_the_past_needs_no_channel(store):
    store.night(0, {})
    store.configured(environment=Environment({}))

    assert not store.judge(day(-5)).is_live


@pytest.mark.parametrize("first_time", [True, False])
def test_of_two_judgings_at_once_one_is_told_to_run_again_and_leaves_nothing(store, monkeypatch, first_time):
    """The other process commits between our reading of the alerts and our writing."""
    if not first_time:
        store.night(0, {"A": 6.5})
    last = 0 if first_time else 1
    store.at(day(last))
    store.feeds(on=day(last))
    store.problems(on=day(last))
    store.cover({"A": 2.8, "B": 0.5}, on=day(last))
    store.began(day(last))
    with reading(store.engine) as connection:
        seen_before = alert_store.load_alerts(connection, store.store_id)
    store.judge(day(last))
    before = contents(store.engine)
    monkeypatch.setattr(alert_store, "load_alerts", lambda *_: dict(seen_before))

    with pytest.raises(RetryableError, match="another process judged the alert at the same time"):
        night.judge_night(store.workspace, store.store_id, day(last))

    assert contents(store.engine) == before


@pytest.mark.parametrize("place", [0, 1, 2, 3, 5, 8, 13])
def test_a_crash_in_the_middle_leaves_nothing_and_the_next_run_does_it_all(store, place):
    store.night(0, {"A": 6.5, "B": 2.0})
    store.feeds(on=day(1), fba_inventory=5.0)
    store.problems("one", on=day(1))
    store.cover({"A": 2.8, "B": 40.0, "C": 0.5}, on=day(1))
    store.at(day(1))
    store.began(day(1))
    before, written = contents(store.engine), []

    def crash(connection, cursor, statement, *_):
        if statement.split()[0] in {"INSERT", "UPDATE"}:
            written.append(statement)
            if len(written) > place:
                raise RuntimeError("the machine is gone")

    event.listen(store.engine, "before_cursor_execute", crash)
    try:
        with pytest.raises(RuntimeError):
            store.judge(day(1))
    finally:
        event.remove(store.engine, "before_cursor_execute", crash)

    assert {name: rows for name, rows in contents(store.engine).items() if name != "night"} == {
        name: rows for name, rows in before.items() if name != "night"
    }
    assert sorted(item.kind for item in store.again(1)) == ["root", "root", "root", "update", "update"]


def test_the_report_counts_what_happened(store):
    store.night(0, {"A": 6.5, "B": 2.0, "C": 2.0})
    store.feeds(on=day(1))
    store.problems("one", "two", on=day(1))
    store.cover({"A": 0.5, "B": 2.5, "C": 40.0}, on=day(1))

    report = store.judge(day(1))

    assert report == night.JudgeReport(
        open_by_tier={"red": 1, "orange": 2, "yellow": 1}, resolved=0, events=4, problems=2, is_live=True
    )


@pytest.mark.postgres
def test_both_databases_tell_the_same_story(postgres_warehouse, shipped, store):
    """Fired, raised, frozen, back, recovering, resolved, reopened, closed: row for row what SQLite alone says."""
    other = JudgedStore(postgres_warehouse, shipped, store_id="test_store")
    for one in (store, other):
        one.stocked("A", 14, range(8))
        for offset, value in enumerate((6.5, 0.9, None, 2.0, 40.0, 40.0, 2.0, "not_listed")):
            one.night(offset, {} if value is None else {"A": value, "B": 30.0})
        one.cover({"A": 0.9}, on=day(7))
        one.again(7)

    assert contents(postgres_warehouse) == contents(store.engine)


@pytest.mark.postgres
def test_two_processes_that_meet_on_postgresql_end_with_one_conversation(postgres_warehouse, postgres_warehouse_url, shipped):
    store = JudgedStore(postgres_warehouse, shipped, store_id="test_store")
    store.each_alone()
    skus = {f"SKU-{number:02}": 2.0 for number in range(20)}
    store.feeds()
    store.problems()
    store.cover(skus)
    store.at(NIGHT)
    store.began()
    outcomes: list[object] = []
    start = threading.Barrier(2)

    def judging():
        own = replace(store, engine=open_engine(postgres_warehouse_url))
        start.wait()
        try:
            outcomes.append(night.judge_night(own.workspace, own.store_id, NIGHT).events)
        except RetryableError as error:
            outcomes.append(error)
        own.engine.dispose()

    threads = [threading.Thread(target=judging) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 20 in outcomes
    assert all(outcome in (0, 20) or isinstance(outcome, RetryableError) for outcome in outcomes)
    assert [row.kind for row in store.outbox()] == ["root"] * 20
    assert store.again(0) == []


def test_a_marketplace_that_is_watched_no_more_is_closed_however_long_its_alerts_were_open(heard):
    """Its alert fired longer ago than flapping looks back; the night that closes it has to end all the same."""
    heard.each_alone()
    heard.places = ("US", "CA")
    heard.night(0, {"A": 2.8}, place="CA")
    heard.night(13, {"A": 2.8}, place="CA")
    heard.places = ("US",)

    assert calls(heard.night(14, {"A": 30.0})) == "U:grey"
    assert "Closed, not resolved: the marketplace CA is no longer watched." in heard.text("A", "CA")
    assert heard.again(14) == []
