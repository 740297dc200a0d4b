"""Explaining adds up facts in code of its own: it agrees with the SQL engine on facts that the catalogue itself suggests."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sellerwatch.metrics.explaining.explanation import verdict_on, worked_out
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from tests.property import plain_worlds
from tests.spec.small_world import World, shipped_settings

_STORES = itertools.count(1)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


def differing(engine, shipped, drawn):
    """Measure a drawn world, and return what its facts do not add up to."""
    chosen = plain_worlds.chosen(shipped, drawn.metrics)
    world = World(engine, chosen, store_id=f"explained{next(_STORES)}", places=plain_worlds.PLACES)
    plain_worlds.write(world, drawn)
    world.measure()
    wanted = select(METRIC_VALUE).where(METRIC_VALUE.c.store_id == world.store_id, METRIC_VALUE.c.metric.in_(drawn.metrics))
    with reading(engine) as connection:
        rows = [dict(row) for row in connection.execute(wanted).mappings()]
        return [
            row
            for row in rows[:60]
            for definition in [world.settings.metrics[row["metric"]]]
            if verdict_on(row, worked_out(world.workspace, connection, definition, row), definition.scale) == "differs"
        ]


@settings(max_examples=3, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_the_facts_of_drawn_worlds_add_up_to_what_was_measured(sqlite_warehouse, shipped, data):
    assert differing(sqlite_warehouse, shipped, data.draw(plain_worlds.worlds(shipped))) == []


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_the_facts_of_many_drawn_worlds_do_too(sqlite_warehouse, shipped, data):
    assert differing(sqlite_warehouse, shipped, data.draw(plain_worlds.worlds(shipped))) == []
