"""Both engines say the same of metrics over derived facts, whose rows are made twice: by SQL and by plain code."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sellerwatch.metrics.derived.registry import DERIVED
from sellerwatch.metrics.reference_facts import _BUILDERS
from sellerwatch.reports.registry import TABLES
from sellerwatch.settings.models import Store
from tests.property import derived_worlds
from tests.property.plain_worlds import chosen, stored
from tests.spec.people import People
from tests.spec.small_world import CREDENTIALS, World, shipped_settings

_STORES = itertools.count(1)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


def test_every_derived_fact_is_made_by_plain_code_too_and_has_a_name_of_its_own():
    assert DERIVED.keys() == _BUILDERS.keys()
    assert not DERIVED.keys() & TABLES.keys()


def agree(engine, shipped, drawn):
    """Measure the world, restate facts and what people said, measure again, and compare both times."""
    store_id = f"derived{next(_STORES)}"
    store = Store(title="Test", marketplaces=drawn.places, credentials=CREDENTIALS, brand_terms=derived_worlds.TERMS)
    catalogue = replace(chosen(shipped, (drawn.metric,)), stores={store_id: store})
    world, people = World(engine, catalogue, store_id=store_id, places=drawn.places), People(engine)
    people.forget()
    derived_worlds.write(world, people, drawn)
    world.measure()
    assert stored(world, (drawn.metric,)) == derived_worlds.expected(world, world.settings)

    derived_worlds.restate(world, people, drawn)
    world.measure()
    assert stored(world, (drawn.metric,)) == derived_worlds.expected(world, world.settings)
    assert world.measure().changed == 0
    people.forget()


@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_the_sql_engine_agrees_with_the_reference_engine(sqlite_warehouse, shipped, data):
    agree(sqlite_warehouse, shipped, data.draw(derived_worlds.worlds(shipped)))


@pytest.mark.slow
@pytest.mark.postgres
@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_it_agrees_on_postgresql_too(postgres_warehouse, shipped, data):
    agree(postgres_warehouse, shipped, data.draw(derived_worlds.worlds(shipped)))


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_they_agree_on_many_worlds(sqlite_warehouse, shipped, data):
    agree(sqlite_warehouse, shipped, data.draw(derived_worlds.worlds(shipped)))
