"""The SQL and the slow reference say the same of every small world, to the last digit and reason."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from tests.property.slow_reference import Morning, OrderedLine, SmallWorld, sales, stock
from tests.spec.small_world import NIGHT, World, coded_only, line, shipped_settings

CURRENCIES = {"US": "USD", "DE": "EUR"}
SKUS = ("A", "B")
_STORES = itertools.count(1)
ELSEWHERE = ("feed_age_hours", "night_problems", "integrity_stories_failed", "days_to_order")
"""Metrics that are made of the pipeline itself or of other metrics; the reference knows sales and stock."""

offsets = st.integers(-32, 0)
lines = st.builds(
    OrderedLine,
    place=st.sampled_from(list(CURRENCIES)),
    sku=st.sampled_from(SKUS),
    on=offsets.map(lambda back: NIGHT + timedelta(days=back)),
    quantity=st.sampled_from([0, 1, 2, 7, None]),
    price=st.sampled_from([None, Decimal(0), Decimal("9.99"), Decimal("0.1"), Decimal("1234.567891")]),
    discount=st.sampled_from([None, Decimal(0), Decimal("0.5")]),
    currency=st.sampled_from(["USD", "EUR", None]),
    order_status=st.sampled_from(["Shipped", "Shipped", "Shipped", "Pending", "Cancelled", None]),
    item_status=st.sampled_from(["Shipped", "Shipped", "Unshipped", "Cancelled", None]),
    fulfillment_channel=st.sampled_from(["Amazon", "Amazon", "Merchant"]),
    sales_channel=st.sampled_from(["Amazon.com", "Amazon.com", "Non-Amazon", None]),
)


@st.composite
def mornings(draw):
    """Snapshots that begin some day, with days missing, SKUs missing, blank cells and offers that come and go."""
    found = []
    for place in CURRENCIES:
        begin = draw(st.integers(-31, 0))
        missing = draw(st.sets(st.integers(-31, 0), max_size=8))
        for sku in SKUS:
            usual = draw(st.sampled_from([0, 0, 3, 40]))
            changes = draw(
                st.dictionaries(st.integers(-31, 0), st.sampled_from(["absent", "unlisted", None, -1, 0, 5]), max_size=12)
            )
            for back in sorted(set(range(begin, 1)) - missing):
                said = changes.get(back, usual)
                if said != "absent":
                    unlisted = said == "unlisted"
                    listed = False if unlisted else (None if back % 5 == 0 else True)
                    found.append(Morning(place, sku, NIGHT + timedelta(days=back), usual if unlisted else said, listed))
    return tuple(found)


@st.composite
def worlds(draw):
    known: dict[str, frozenset[date]] = {}
    for place in CURRENCIES:
        first, length = draw(st.integers(-32, -1)), draw(st.integers(0, 31))
        known[place] = frozenset(NIGHT + timedelta(days=back) for back in range(first, min(first + length, 0)))
    return SmallWorld(NIGHT, CURRENCIES, tuple(draw(st.lists(lines, max_size=25))), draw(mornings()), known)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return coded_only(shipped_settings(tmp_path_factory.mktemp("data")))


def measured(engine, shipped, small):
    """Write the world into the fact tables, measure it, and read the numbers back."""
    world = World(engine, shipped, store_id=f"world{next(_STORES)}", places=tuple(small.currencies))
    for place, days in small.known.items():
        if days:
            world.pulled(min(days), max(days), place=place)
    for place in small.currencies:
        world.ordered(*(_cells(item) for item in small.lines if item.place == place), place=place)
    for morning in small.mornings:
        back = (morning.on - NIGHT).days
        world.stocked(morning.sku, morning.sellable, [back], place=morning.place, has_afn_listing=morning.listed)
    world.measure()
    with reading(engine) as connection:
        rows = connection.execute(
            select(METRIC_VALUE).where(
                METRIC_VALUE.c.store_id == world.store_id,
                METRIC_VALUE.c.metric.not_in(ELSEWHERE),
            )
        ).all()
    return {
        (row.metric, row.subject_kind, row.marketplace, row.subject, row.period_on): (
            row.numerator,
            row.denominator,
            row.value,
            row.status,
            row.reason,
        )
        for row in rows
    }


def _cells(item):
    cells = {name: getattr(item, name) for name in OrderedLine.__dataclass_fields__ if name not in {"place", "sku", "on"}}
    return line(item.sku, on=item.on, **cells)


def expected(small):
    found = {}
    for key, number in itertools.chain(sales(small), stock(small)):
        value = number.value(100 if key[0] in {"stockout_rate", "in_stock_rate"} else 1)
        found[key] = (_decimal(number.top), _decimal(number.bottom), value, number.status, number.reason)
    return found


def _decimal(number):
    return None if number is None else Decimal(number.numerator) / Decimal(number.denominator)


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(small=worlds())
def test_the_sql_agrees_with_the_slow_reference(sqlite_warehouse, shipped, small):
    assert measured(sqlite_warehouse, shipped, small) == expected(small)


@pytest.mark.slow
@pytest.mark.postgres
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(small=worlds())
def test_postgresql_agrees_with_sqlite(postgres_warehouse, sqlite_warehouse, shipped, small):
    assert measured(postgres_warehouse, shipped, small) == measured(sqlite_warehouse, shipped, small)
