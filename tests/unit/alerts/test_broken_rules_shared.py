"""A rule that cannot be read is one message for all stores that share the channel."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from sellerwatch.alerts.reading import tonight
from sellerwatch.alerts.reading.tonight import RuleError
from sellerwatch.alerts.telling import shared
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.plain import render_plain
from sellerwatch.settings.models import Store
from sellerwatch.warehouse.tables.alerting import ALERT
from tests.spec.small_world import CREDENTIALS, NIGHT, day
from tests.unit.alerts.heard_store import HeardStore
from tests.unit.alerts.test_scenarios import calls

NAMES = ("alpine", "beach", "canyon")


@pytest.fixture
def broken(monkeypatch):
    """The stores whose night cannot read the stock-out rule."""

    def read(connection, settings, rule, store_id, *rest):
        if rule.metric == "days_of_cover" and store_id in stores:
            raise RuleError("its condition names no number", where="R01", remedy="Name one")
        return found(connection, settings, rule, store_id, *rest)

    found, stores = tonight.read, set(NAMES)
    monkeypatch.setattr(tonight, "read", read)
    return stores


def several(warehouse, shipped):
    """Return stores of one configuration, one warehouse and one Slack."""
    titles = {name: Store(title=name.title(), marketplaces=("US",), credentials=CREDENTIALS) for name in NAMES}
    found = [HeardStore(warehouse, replace(shipped, stores=titles), store_id=name) for name in NAMES]
    for other in found[1:]:
        other.slack = found[0].slack
    return found


def shown(store):
    """Return what the store's own message about the rule shows."""
    (alert,) = (row for row in store.rows(ALERT) if (row.store_id, row.subject) == (store.store_id, "stockout_tiers"))
    content = [row for row in store.outbox() if row.thread_key.startswith(alert.fingerprint[:24]) and row.kind != "reply"]
    return render_plain(from_dict(max(content, key=lambda row: (row.rev, row.created_at, row.key)).message))


def test_scenario_16_a_broken_rule_is_one_post_for_all_stores_and_names_them(sqlite_warehouse, shipped, broken):
    alpine, beach, canyon = several(sqlite_warehouse, shipped)

    assert calls(alpine.night(0)) == "P:yellow"
    assert "The same in" not in shown(alpine)
    assert [calls(store.night(0)) for store in (beach, canyon)] == ["U:yellow", "U:yellow"]
    assert "The same in: Beach, Canyon" in shown(alpine)
    assert [calls(store.again(0)) for store in (alpine, beach, canyon)] == ["", "", ""]
    assert [calls(store.night(1)) for store in (beach, alpine, canyon)] == ["", "", ""], "the same rule, another night"

    broken.clear()
    assert [calls(store.night(2)) for store in (beach, alpine, canyon)] == ["U:yellow", "U:green R:green", ""]
    assert {row.status for row in alpine.rows(ALERT) if row.subject == "stockout_tiers"} == {"resolved"}


def test_scenario_16_where_the_first_store_can_read_it_again_another_tells_of_it(sqlite_warehouse, shipped, broken):
    alpine, beach, canyon = several(sqlite_warehouse, shipped)
    for store in (alpine, beach, canyon):
        store.night(0)

    broken.discard("alpine")

    assert calls(alpine.night(1)) == "U:green R:green"
    assert calls(beach.night(1)) == "P:yellow"
    assert "its condition names no number" in shown(beach)
    assert calls(canyon.night(1)) == "U:yellow"
    assert "The same in: Canyon" in shown(beach)


def test_scenario_16_a_store_with_a_channel_of_its_own_hears_of_it_there(sqlite_warehouse, shipped, broken):
    alpine, beach, _ = several(sqlite_warehouse, shipped)
    channels = {"SLACK_CHANNEL": "C0ALERTS", "SLACK_OPS_CHANNEL": "C0BEACH"}
    beach.configured(environment=replace(beach.shipped.environment, values=channels))

    assert [calls(store.night(0)) for store in (alpine, beach)] == ["P:yellow", "P:yellow"]
    assert [call.channel for call in alpine.slack.calls if call.method == "post"] == ["C0OPS", "C0BEACH"]


def test_scenario_16_two_nights_that_meet_a_broken_rule_at_once_post_once(postgres_warehouse, shipped, broken, monkeypatch):
    stores = several(postgres_warehouse, shipped)[:2]
    for store in stores:
        store.at(NIGHT)
        store.feeds(on=day(0))
        store.problems(on=day(0))
    take_turn, both_are_there = shared.take_turn, Barrier(2)

    def take_turn_together(*given):
        both_are_there.wait(timeout=20)
        take_turn(*given)

    monkeypatch.setattr(shared, "take_turn", take_turn_together)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda store: store.judge(NIGHT), stores))

    assert sorted(row.kind for row in stores[0].outbox()) == ["root", "update"]
