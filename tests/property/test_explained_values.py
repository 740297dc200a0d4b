"""Explaining adds up facts in code of its own: it agrees with the SQL engine on facts that the catalogue itself suggests."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sellerwatch.metrics.explaining.explanation import verdict_on, worked_out
from sellerwatch.metrics.measure import measure_past
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from tests.property.catalogue_worlds import worlds, write
from tests.property.engines_agreeing import CASES, QUIET
from tests.spec.small_world import NIGHT, World

_STORES = itertools.count(1)


def differing(engine, catalogue, drawn):
    """Measure a drawn world, and return what its facts do not add up to."""
    world = World(engine, catalogue.only(drawn.definitions), store_id=f"explained{next(_STORES)}", places=drawn.places)
    write(world, drawn)
    measure_past(world.workspace, world.store_id, NIGHT, periods=())
    with reading(engine) as connection:
        rows = [
            dict(row)
            for row in connection.execute(select(METRIC_VALUE).where(METRIC_VALUE.c.store_id == world.store_id)).mappings()
        ]
        return [
            row
            for row in rows[:60]
            for definition in [world.settings.metrics[row["metric"]]]
            if verdict_on(row, worked_out(world.workspace, connection, definition, row), definition.scale) == "differs"
        ]


@settings(max_examples=3, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_the_facts_of_drawn_worlds_add_up_to_what_was_measured(sqlite_warehouse, catalogue, data):
    assert differing(sqlite_warehouse, catalogue, data.draw(worlds(catalogue, catalogue.metrics, catalogue.metrics))) == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=max(1, CASES // 80), deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_the_facts_of_many_drawn_worlds_do_too(sqlite_warehouse, catalogue, data):
    assert differing(sqlite_warehouse, catalogue, data.draw(worlds(catalogue, catalogue.metrics, catalogue.metrics))) == []
