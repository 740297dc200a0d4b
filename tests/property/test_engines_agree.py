"""The SQL engine and the reference engine say the same of facts that the catalogue itself suggests, also after they were restated."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.property import catalogue_worlds
from tests.spec.small_world import NIGHT, World, shipped_settings

_STORES = itertools.count(1)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


def small(engine, shipped, drawn):
    return World(
        engine,
        catalogue_worlds.chosen(shipped, drawn.metrics),
        store_id=f"drawn{next(_STORES)}",
        places=catalogue_worlds.PLACES,
    )


def agree(engine, shipped, drawn):
    """Measure the world, restate it, measure it again, and compare both times."""
    world = small(engine, shipped, drawn)
    catalogue_worlds.write(world, drawn)
    world.measure()
    assert catalogue_worlds.stored(world, drawn.metrics) == catalogue_worlds.expected(world, world.settings)

    catalogue_worlds.restate(world, drawn)
    world.measure()
    assert catalogue_worlds.stored(world, drawn.metrics) == catalogue_worlds.expected(world, world.settings)
    assert world.measure().changed == 0


def agree_from_night_to_night(engine, shipped, drawn):
    """Measure the night before, let the day's documents come, and compare what the next night says."""
    world = small(engine, shipped, drawn)
    catalogue_worlds.write(world, drawn)
    world.measure(NIGHT - timedelta(days=1))

    catalogue_worlds.restate(world, drawn)
    world.measure()

    expected = catalogue_worlds.expected(world, world.settings)
    stored = catalogue_worlds.stored(world, drawn.metrics)
    assert {key: stored.get(key) for key in expected} == expected
    looked_at = {(metric, period, on) for metric, *_, period, on in expected}
    assert not {key for key in stored.keys() - expected.keys() if (key[0], *key[-2:]) in looked_at}


@settings(max_examples=4, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_the_sql_engine_agrees_with_the_reference_engine(sqlite_warehouse, shipped, data):
    agree(sqlite_warehouse, shipped, data.draw(catalogue_worlds.worlds(shipped)))


@settings(max_examples=4, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_a_night_builds_upon_the_one_before(sqlite_warehouse, shipped, data):
    agree_from_night_to_night(sqlite_warehouse, shipped, data.draw(catalogue_worlds.worlds(shipped)))


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_many_nights_build_upon_the_one_before(sqlite_warehouse, shipped, data):
    agree_from_night_to_night(sqlite_warehouse, shipped, data.draw(catalogue_worlds.worlds(shipped)))


@pytest.mark.slow
@pytest.mark.postgres
@settings(max_examples=25, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_it_agrees_on_postgresql_too(postgres_warehouse, shipped, data):
    agree(postgres_warehouse, shipped, data.draw(catalogue_worlds.worlds(shipped)))


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_they_agree_on_many_worlds(sqlite_warehouse, shipped, data):
    agree(sqlite_warehouse, shipped, data.draw(catalogue_worlds.worlds(shipped)))
