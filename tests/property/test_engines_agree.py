"""The SQL engine and the reference engine say the same of facts that the catalogue itself suggests, also after they were restated."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.catalogue_worlds import worlds
from tests.property.engines_agreeing import (
    CASES,
    QUIET,
    WORLDS,
    assert_agreement,
    assert_agreement_from_night_to_night,
    with_sums,
)


@settings(max_examples=4, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_the_sql_engine_agrees_with_the_reference_engine(sqlite_warehouse, catalogue, data):
    with with_sums(data):
        assert_agreement(sqlite_warehouse, catalogue, data.draw(worlds(catalogue, catalogue.metrics, catalogue.metrics)))


@settings(max_examples=4, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_a_night_builds_upon_the_one_before(sqlite_warehouse, catalogue, data):
    with with_sums(data):
        assert_agreement_from_night_to_night(
            sqlite_warehouse, catalogue, data.draw(worlds(catalogue, catalogue.metrics, catalogue.metrics))
        )


@pytest.mark.slow
@pytest.mark.timeout(7200)
@settings(max_examples=max(1, CASES // 20), deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_many_nights_build_upon_the_one_before(sqlite_warehouse, catalogue, data):
    with with_sums(data):
        assert_agreement_from_night_to_night(
            sqlite_warehouse, catalogue, data.draw(worlds(catalogue, catalogue.metrics, catalogue.metrics))
        )


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(1200)
@settings(max_examples=max(1, WORLDS // 40), deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_it_agrees_on_postgresql_too(postgres_warehouse, catalogue, data):
    with with_sums(data):
        assert_agreement(postgres_warehouse, catalogue, data.draw(worlds(catalogue, catalogue.metrics, catalogue.metrics)))
