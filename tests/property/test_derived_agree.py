"""Both engines say the same of metrics over derived facts, whose rows are made twice: by SQL and by plain code."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sellerwatch.metrics.derived.registry import DERIVED
from sellerwatch.metrics.measure import measure_past
from sellerwatch.metrics.reference.facts import _BUILDERS
from sellerwatch.reports.registry import TABLES
from sellerwatch.settings.models import Store
from tests.property import derived_worlds
from tests.spec.people import People
from tests.spec.small_world import CREDENTIALS, NIGHT, World, shipped_settings

WORLDS = 6
"""So many are drawn of each metric, so that none is left out."""

_STORES = itertools.count(1)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


def test_every_derived_fact_is_made_by_plain_code_too_and_has_a_name_of_its_own():
    assert DERIVED.keys() == _BUILDERS.keys()
    assert not DERIVED.keys() & TABLES.keys()


@pytest.fixture(scope="module")
def drawings(shipped):
    return derived_worlds.drawings(shipped)


def assert_agreement(engine, shipped, drawn):
    """Measure the world, restate facts and what people said, measure again, and compare both times; return what was compared."""
    store_id = f"derived{next(_STORES)}"
    store = Store(title="Test", marketplaces=drawn.facts.places, credentials=CREDENTIALS, brand_terms=derived_worlds.TERMS)
    company = dict.fromkeys((store_id, *drawn.stores), store)
    catalogue = replace(derived_worlds.chosen(shipped, drawn.metric), stores=company)
    world, people = World(engine, catalogue, store_id=store_id, places=drawn.facts.places), People(engine)
    people.forget()
    derived_worlds.write(world, people, drawn)
    measured(world)
    first = derived_worlds.expected(world, world.settings)
    assert derived_worlds.stored(world) == first

    derived_worlds.restate(world, people, drawn)
    measured(world)
    then = derived_worlds.expected(world, world.settings)
    assert derived_worlds.stored(world) == then
    assert measured(world).changed == 0
    people.forget()
    return [*first.items(), *then.items()]


def measured(world):
    """Measure what the catalogue computes, and nothing else."""
    return measure_past(world.workspace, world.store_id, NIGHT, periods=())


@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_the_sql_engine_agrees_with_the_reference_engine(sqlite_warehouse, shipped, drawings, data):
    assert_agreement(sqlite_warehouse, shipped, data.draw(derived_worlds.worlds(drawings)))


@pytest.mark.slow
@pytest.mark.postgres
@settings(max_examples=20, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_it_agrees_on_postgresql_too(postgres_warehouse, shipped, drawings, data):
    assert_agreement(postgres_warehouse, shipped, data.draw(derived_worlds.worlds(drawings)))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
def test_they_agree_on_many_worlds_of_every_metric(sqlite_warehouse, shipped, drawings):
    said, with_parts = Counter(), set()

    @settings(max_examples=WORLDS, deadline=None, suppress_health_check=QUIET)
    @given(data=st.data())
    def assert_all_agree(own, data):
        drawn = data.draw(derived_worlds.worlds(own))
        for (metric, *_), (numerator, _, _, status, *_) in assert_agreement(sqlite_warehouse, shipped, drawn):
            said.update([metric, status])
            with_parts.update([] if numerator in {None, 0} else [metric])

    for metric, own in drawings.items():
        assert_all_agree({metric: own})

    # Otherwise they agreed on nothing.
    assert {*drawings, "ok", "unknown"} <= said.keys()
    assert len(with_parts) > len(drawings) / 2, f"numbers of {sorted(with_parts)} alone, of {sorted(drawings)}"
