"""Worked examples of the catalogue, measured by the warehouse, and how its metrics treat what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from sellerwatch.metrics.catalogue import is_snapshot
from sellerwatch.metrics.sql import running_sums
from sellerwatch.metrics.sql.aggregates import source
from sellerwatch.reports.contract import Kind
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.settings.expressions import Aggregate
from sellerwatch.settings.models import Store
from sellerwatch.warehouse.tables.facts import FACTS
from tests.spec.catalogue_examples import EXAMPLES
from tests.spec.small_world import CREDENTIALS, NIGHT, day

LONG_AGO = -120
DAYS = {
    "economics_day": "sold_on",
    "economics_charge": "sold_on",
    "settlement_line": "posted_on",
    "account_status": "snapshot_on",
    "merchant_listing": "snapshot_on",
}
"""Where the day stands in tables that the catalogue reads only beside something else."""


def only(settings, names):
    """Return the configuration with these catalogued metrics alone."""
    return replace(settings, metrics={name: settings.metrics[name] for name in names} | coded(settings))


def coded(settings):
    return {name: metric for name, metric in settings.metrics.items() if metric.status == "coded"}


def with_terms(settings, store_id, terms):
    """Return the configuration with a store of these brand terms."""
    store = Store(title="Test Store", marketplaces=("US",), credentials=CREDENTIALS, brand_terms=terms)
    return replace(settings, stores={store_id: store})


def told(world, table, *rows, place="US"):
    """Facts of a table, each of yesterday (this morning's for a snapshot) or so many days back."""
    usual = 0 if is_snapshot(table) else 1
    on_day = DAYS.get(table) or world.shipped.facts[table].day
    for row in rows:
        cells = {name: cell for name, cell in row.items() if name != "back"}
        number = next(world.numbers)
        filled = {
            column.name: number if column.kind is Kind.INTEGER else NIGHT if column.kind is Kind.DAY else f"k{number}"
            for column in TABLES[table].columns
            if column.name in TABLES[table].key
        }
        on = {on_day: day(-row.get("back", usual))}
        world._execute(insert(FACTS[table]).values({**world._provenance(place), **filled, **on, **cells}))


def known(world, *tables, place="US", first=LONG_AGO):
    """The feeds of these tables, all of their days loaded."""
    for feed in sorted({feed_of(world, table) for table in tables}):
        world.pulled(day(first), NIGHT, place=place, report=feed)


def feed_of(world, table):
    reading = world.shipped.facts.get(table)
    return reading.feed if reading else next(name for name, report in REPORTS.items() if TABLES[table] in report.tables)


def ends_on(metric, world, period):
    """Return the day that names the newest period of the metric."""
    tables = {"week": day(-3), "month": NIGHT.replace(day=1) - timedelta(days=1)}
    last = (
        NIGHT
        if all(world.shipped.reports[feed].period == "snapshot" for feed in world.shipped.metrics[metric].feeds)
        else day(-1)
    )
    return tables.get(period, last)


def said(world, metric, grain="marketplace", subject="US", period="day", place=None):
    row = world.values(metric, grain, on=ends_on(metric, world, period), period=period)[(place or "US", subject)]
    return (row.value, row.status, row.reason)


def measure_example(world, catalogue, example):
    """Tell the facts of an example, and measure what it speaks of."""
    world.shipped = with_terms(only(catalogue, example.says), world.store_id, example.brand_terms)
    known(world, *example.facts, first=example.known_from)
    for table, rows in example.facts.items():
        told(world, table, *rows)
    world.measure()


def said_of(world, example):
    """Return what is measured of everything the example speaks of."""
    return {metric: said(world, metric, example.grain, example.subject, example.period) for metric in example.says}


def expected_of(example):
    return {
        metric: (value if value is None else pytest.approx(value, rel=1e-12), status, reason)
        for metric, (value, status, reason) in example.says.items()
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name.replace(" ", "_"))
def test_the_worked_example_comes_out(world, whole_catalogue, people, example):
    for table, rows in example.people.items():
        people.say(table, *rows)

    measure_example(world, whole_catalogue, example)

    assert said_of(world, example) == expected_of(example)


def test_differences_of_running_sums_say_the_same(world, whole_catalogue, monkeypatch):
    (example,) = (own for own in EXAMPLES if "cart_abandon_proxy" in own.says)
    monkeypatch.setattr(running_sums, "_OFTEN", 0)

    measure_example(world, whole_catalogue, example)

    assert said_of(world, example) == expected_of(example)


def test_every_computed_metric_has_a_worked_example(whole_catalogue):
    shown = {metric for example in EXAMPLES for metric in example.says}
    computed = {name for name, metric in whole_catalogue.metrics.items() if metric.status == "computed"}

    assert computed - shown == {"stock_to_sales_ratio"}, "it has a test of its own below"


def test_stock_to_sales_takes_the_stock_of_the_first_day(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["stock_to_sales_ratio"])
    known(world, "fba_inventory", "sales_traffic_day")
    told(world, "fba_inventory", *({"back": back, "sku": "A", "sellable_units": 90 + back} for back in range(1, 31)))
    told(world, "sales_traffic_day", *({"back": back, "units_ordered": 2} for back in range(1, 31)))

    world.measure()

    assert said(world, "stock_to_sales_ratio", period="d30") == (2.0, "ok", None)


def test_the_store_adds_up_what_has_one_unit_and_never_two_currencies(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["acos", "ad_ctr"])
    world.places = ("DE", "FR", "UK")
    for place, currency, cost in (("DE", "EUR", 10), ("FR", "EUR", 30), ("UK", "GBP", 7)):
        known(world, "ads_sp_campaign_day", "ads_sb_campaign_day", "ads_sd_campaign_day", place=place)
        row = {
            "campaign_id": place,
            "currency": currency,
            "cost_amount": Decimal(cost),
            "sales_7d_amount": Decimal(100),
            "clicks": 1,
            "impressions": 100,
        }
        told(world, "ads_sp_campaign_day", row, place=place)

    world.measure()

    found = {subject: row.value for (_, subject), row in world.values("acos", "store", on=day(-1), period="d7").items()}
    assert found == {f"{world.store_id}/EUR": 20.0, f"{world.store_id}/GBP": 7.0}
    assert said(world, "ad_ctr", "store", world.store_id, "d7", place="*") == (1.0, "ok", None)


def test_an_amount_in_another_currency_is_left_out_and_said(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["asp"])
    known(world, "sales_traffic_day")
    told(world, "sales_traffic_day", {"currency": "CAD", "ordered_product_sales_amount": Decimal(99), "units_ordered": 3})

    world.measure()

    assert said(world, "asp") == (None, "unknown", "other_currency"), "nothing is left to divide, and that is not 0"


def test_a_ratio_over_days_of_which_some_are_missing_is_provisional_and_a_sum_unknown(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["asp", "sessions"])
    known(world, "sales_traffic_day", first=-4)
    told(
        world,
        "sales_traffic_day",
        {"currency": "USD", "ordered_product_sales_amount": Decimal(30), "units_ordered": 3, "sessions": 9},
    )

    world.measure()

    assert said(world, "asp", period="d7") == (10.0, "provisional", "missing_days")
    assert said(world, "sessions", period="d7") == (None, "unknown", "no_data")
    assert said(world, "sessions") == (9.0, "ok", None)


def test_a_ratio_of_feeds_that_are_known_on_different_days_is_unknown(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["tacos"])
    known(world, "sales_traffic_day", first=-4)
    known(world, "ads_sp_campaign_day", "ads_sb_campaign_day", "ads_sd_campaign_day")

    world.measure()

    assert said(world, "tacos", period="d7") == (None, "unknown", "no_data")


def test_advertising_of_a_store_without_an_advertising_account_is_not_observable(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["acos"])

    world.measure()

    assert said(world, "acos") == (None, "unknown", "not_observable")


def test_a_restated_day_changes_every_period_it_lies_in_and_nothing_else(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["asp", "ad_ctr"])
    known(world, "sales_traffic_day")
    told(
        world,
        "sales_traffic_day",
        *(
            {"back": back, "currency": "USD", "ordered_product_sales_amount": Decimal(10), "units_ordered": 1}
            for back in range(1, 41)
        ),
    )
    world.measure()
    assert world.measure().changed == 0

    world.forget("sales_traffic_day", sold_on=day(-20))

    world.measure()
    assert said(world, "asp", period="d30") == (10.0, "ok", None)
    assert world.values("asp", "marketplace", on=day(-20))[("US", "US")].reason == "no_sales"
    assert world.measure().changed == 0


def test_a_window_that_an_earlier_night_measured_is_measured_again_when_a_day_in_it_is_restated(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["sessions"])
    known(world, "sales_traffic_day")
    told(world, "sales_traffic_day", *({"back": back, "sessions": 1, "units_ordered": 0} for back in range(1, 41)))
    world.measure(day(-1))
    world.measure()

    world.forget("sales_traffic_day", sold_on=day(-5))
    world.measure()

    ends = {offset: world.values("sessions", "marketplace", on=day(offset), period="d7") for offset in (-1, -2, -3)}
    assert {offset: rows[("US", "US")].value for offset, rows in ends.items() if rows} == {-1: 6.0, -2: 6.0}


LONGEST_NAME = 63
"""PostgreSQL refuses, or cuts off, what is longer."""


def test_every_table_can_be_added_up_on_both_databases(whole_catalogue):
    for name, reading in whole_catalogue.facts.items():
        made = source(name, reading, ["marketplace", *reading.grains], [Aggregate("count", name, ())])
        for table in (made.sliced, *made.held.values()):
            assert len(table.name) <= LONGEST_NAME, table.name
