"""What alerts read beside their own value is the same on SQLite and PostgreSQL: money at risk, what accounts for a fall, the trend."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.showing.causes import likely_causes
from sellerwatch.alerts.showing.charts import chart_of
from sellerwatch.alerts.showing.facts import Asked
from sellerwatch.alerts.showing.money import AtRisk, Sku, money_at_risk
from sellerwatch.warehouse.engine import reading
from tests.spec.small_world import NIGHT, day, shipped_settings
from tests.unit.alerts.judged_store import JudgedStore

SKU = Subject("US", "sku", "A")
PLACE = Subject("US", "marketplace", "US")


@pytest.fixture
def store(warehouse, tmp_path) -> JudgedStore:
    return JudgedStore(warehouse, shipped_settings(tmp_path), store_id="test_store")


def test_money_at_risk_is_the_pace_at_the_price_of_days_that_are_known(store):
    for offset, sales, units in ((-3, 100.5, 5.0), (-2, 110.0, 5.0), (-40, 9_999.0, 1.0)):
        store.put("gmv", "sku", "A", sales, on=day(offset), currency="USD")
        store.put("units", "sku", "A", units, on=day(offset))
    store.put("gmv", "sku", "A", 500.0, on=day(-1), currency="USD")
    store.put("units", "sku", "A", None, on=day(-1), reason="no_data")
    store.put("velocity", "sku", "A", 4.0)
    store.put("stockout_loss", "sku", "A", 630.5, currency="USD")

    with reading(store.engine) as connection:
        sku = Sku(store.store_id, "US", "A", NIGHT)
        found = money_at_risk(connection, [sku])

    assert found[sku] == AtRisk(Decimal("84.2"), Decimal("630.5"), "USD")


def test_what_accounts_for_a_fall_is_found_in_stored_values(store):
    for ends, sessions, items, units, sales in ((-9, 1000, 100, 110, 2200), (-2, 990, 70, 77, 1540)):
        whole = {"order_item_session_pct": (items, sessions), "unit_session_pct": (units, sessions), "asp": (sales, units)}
        for metric, (numerator, denominator) in whole.items():
            store.put(metric, "marketplace", "US", 1.0, on=day(ends), period="d7", numerator=numerator, denominator=denominator)

    with reading(store.engine) as connection:
        cause = likely_causes(connection, store.store_id, [PLACE], "gmv_attainment_pct", NIGHT)[PLACE]

    assert (cause.change, [name for name, _ in cause.parts]) == (Fraction(-3, 10), ["conversion"])


def test_a_trend_has_its_days_and_gaps(store):
    for offset in (*range(-12, -5), *range(-3, 1)):
        store.put("days_of_cover", "sku", "A", 20.0 + offset, on=day(offset))

    with reading(store.engine) as connection:
        chart = chart_of(connection, store.settings, "days_of_cover", Asked(store.store_id, SKU, NIGHT, 20.0), name="A")

    assert [value for _, value in chart.points] == [8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, None, None, 17.0, 18.0, 19.0, 20.0]
