"""A night that is run again, and three nights in a row: people hear of everything once, and the warehouse says the same."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from sellerwatch.cli.nightly import run_night
from sellerwatch.core.clock import ScaledClock
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.world.story import NIGHTS, STORY
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.workspace import open_workspace
from tests.conftest import NIGHT, NIGHT_STARTS
from tests.e2e.contents import contents, differences

pytestmark = [pytest.mark.slow, pytest.mark.long]

SPEED = 120.0
IN_ORDER = ("alpine", "cascade")
"""The stores, by when their nights begin."""


@pytest.fixture
def workspace_of(environment):
    """Opens the environment's workspace on any warehouse."""
    opened = []

    def open_on(database_url):
        opened.append(open_workspace(load_settings(environment | {"SELLERWATCH_WAREHOUSE_URL": database_url})))
        return opened[-1]

    yield open_on
    for workspace in opened:
        workspace.engine.dispose()


def at(simulator, workspace, moment):
    """Set the clock of both sides."""
    clock = ScaledClock.starting(moment, SPEED)
    simulator.time.clock = clock
    return replace(workspace, clock=clock)


def run(simulator, workspace, store_id, as_of, *, later=timedelta(0)):
    begins = NIGHT_STARTS[store_id] + (as_of - NIGHT) + later
    summary, delivery = run_night(at(simulator, workspace, begins), store_id, as_of, progress=lambda *_: None)
    assert summary.problems == ()
    assert delivery.is_complete
    return summary


def calls_to_amazon(simulator):
    return {key: asdict(count) for key, count in simulator.amazon.calls.items()}


def test_the_same_night_again_says_nothing_asks_nothing_and_changes_nothing(simulator, workspace_of, database_url):
    workspace = workspace_of(database_url)
    for store_id in IN_ORDER:
        run(simulator, workspace, store_id, NIGHT)
    warehouse, asked = contents(workspace.engine), calls_to_amazon(simulator)
    documents = list(workspace.raw.manifest.entries())
    # A digest for each store, and of the US the three red stock-outs and what lies there for more than a year.
    assert simulator.slack.journal.counts()["posts"] == 6
    simulator.slack.journal.clear()

    # Hours later tokens have expired, cool-downs are over, and Amazon would answer with other numbers.
    for store_id in IN_ORDER:
        run(simulator, workspace, store_id, NIGHT, later=timedelta(hours=5))

    simulator.slack.journal.assert_only(reads=0, uploads=0)
    assert calls_to_amazon(simulator) == asked
    assert differences(warehouse, contents(workspace.engine)) == []
    assert list(workspace.raw.manifest.entries()) == documents
    assert simulator.amazon.unexpected == []


def firing_tiers(workspace):
    columns = (ALERT.c.marketplace, ALERT.c.subject, ALERT.c.tier)
    watched = (ALERT.c.rule == "stockout_tiers", ALERT.c.status == "firing")
    with reading(workspace.engine) as connection:
        return {(row.marketplace, row.subject): row.tier for row in connection.execute(select(*columns).where(*watched))}


def told_tiers(as_of: date):
    place = NIGHTS.index(as_of)
    return {(item.marketplace, item.sku): item.tiers[place] for item in STORY if item.tiers[place] != "none"}


def test_three_nights_put_every_sku_in_the_tier_its_story_tells_and_no_other(simulator, workspace_of, tmp_path):
    workspace = workspace_of(f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    seen = {}

    for as_of in NIGHTS:
        for store_id in IN_ORDER:
            run(simulator, workspace, store_id, as_of)
        seen[as_of] = firing_tiers(workspace)

    assert seen == {as_of: told_tiers(as_of) for as_of in NIGHTS}
    # After the first night's six: a digest and two orange stock-outs on the second, two products in excess on the third.
    # Replies: the rest of both digests, the one that is raised, the one that is resolved.
    told = simulator.slack.journal.counts()
    assert (told["posts"], told["replies"], told["deletes"], told["reads"]) == (11, 4, 0, 0)
    assert simulator.slack.journal.unexpected() == []
    assert simulator.amazon.unexpected == []
