"""Explaining what people feed: value, formula, the rows of their tables, the imports those came with, and the kept bytes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.declared.measure import FED
from sellerwatch.metrics.explaining.altered import values_altered
from sellerwatch.metrics.explaining.explanation import explain_value, in_units
from sellerwatch.metrics.explaining.stored import Asked
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.file_imports import ImportedFile
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.user import FILE_IMPORT
from sellerwatch.warehouse.user_import import import_user_file
from tests.metric_rows import alter_values
from tests.spec.small_world import NIGHT, NOW, day
from tests.spec.test_catalogue_spec import told
from tests.spec.test_declared_spec import (
    EXAMPLES,
    ORDERED,
    coded,
    company,
    declared,
    forecast,
    launch,
    part,
    refund,
    unit_cost,
)
from tests.spec.test_explaining_spec import rows

pytestmark = pytest.mark.usefixtures("people")

NPS = "store,kpi,period,period_from,numerator,denominator,who\n{store},nps,month,2026-10-01,{numerator},325,Anna Person\n"


@pytest.fixture
def fed(world, whole_catalogue):
    """A store of which only what people feed is measured, beside what is coded."""
    people = {name: metric for name, metric in whole_catalogue.metrics.items() if metric.status in FED}
    world.shipped = replace(whole_catalogue, metrics=people | coded(whole_catalogue))
    return world


def explained(world, metric, subject=None, *, on=NIGHT):
    return explain_value(world.workspace, Asked(metric, world.store_id, subject or world.store_id), on)


def bring(world, numerator=75, *, at=NOW):
    """Import the promoters of October; return the file's bytes."""
    data = NPS.format(store=world.store_id, numerator=numerator).encode()
    file = ImportedFile("answers.csv", data, "anna", at)
    assert import_user_file(world.workspace, file, table=USER_TABLES["declared_kpi"], is_dry_run=False).number
    return data


def alter(world, metric, **cells):
    where = [METRIC_VALUE.c.store_id == world.store_id, METRIC_VALUE.c.metric == metric]
    with writing(world.engine) as connection:
        alter_values(connection, *where, **cells)


def test_a_number_that_people_typed_in_is_walked_back_to_the_line_of_the_file_they_brought(fed):
    data = bring(fed)
    fed.measure()

    found = explained(fed, "nps")

    assert (found.verdict, round(found.value["value"], 6), found.worked.formula) == (
        "same",
        23.076923,
        "(100 x numerator) / (denominator)",
    )
    top, bottom = found.worked.parts
    assert (top.role, top.times, in_units(top.micros), top.expression) == (
        "numerator",
        100,
        "75",
        "user_declared_kpi: numerator",
    )
    assert (bottom.role, in_units(bottom.micros)) == ("denominator", "325")
    (fact,) = top.facts
    assert (fact.table, fact.cells["kpi"], fact.cells["period_from"], fact.line) == (
        "user_declared_kpi",
        "nps",
        date(2026, 10, 1),
        2,
    )
    (kept,) = found.imports
    assert (kept.number, kept.file_name, kept.imported_by, kept.imported_at) == (fact.import_number, "answers.csv", "anna", NOW)
    assert (kept.sha256, kept.trouble) == (hashlib.sha256(data).hexdigest(), "")
    assert [(line.table, line.line) for line in kept.lines] == [("user_declared_kpi", 2)]
    assert kept.lines[0].text.split("\t") == [fed.store_id, "nps", "month", "2026-10-01", "75", "325", "…"]
    assert (found.import_count, found.documents, found.document_count) == (1, (), 0)


def test_bytes_of_an_import_that_are_not_what_was_brought_are_not_read(fed):
    data = bring(fed)
    fed.measure()
    path = fed.workspace.raw.object_path(hashlib.sha256(data).hexdigest())
    path.write_bytes(data.replace(b"75", b"95"))

    (kept,) = explained(fed, "nps").imports

    assert (kept.trouble, kept.lines) == ("a document of the raw store was altered", ())


def test_an_import_that_the_raw_store_does_not_list_is_said_to_be_missing(fed, people):
    people.say("declared_kpi", declared("nps", numerator=1, denominator=4, store=fed.store_id))
    fed.measure()

    (kept,) = explained(fed, "nps").imports

    assert (kept.trouble, kept.lines) == ("the raw store does not list it", ())


def everything_said(world, people):
    """Fill in every table that a metric is fed by."""
    for table, row in (one for given, _ in EXAMPLES.values() for one in given):
        people.say(table, row)
    for asin, *counts in (("B1", 100, 120), ("B3", 0, 5)):
        for month, count in zip((9, 10), counts, strict=True):
            people.say("declared_kpi", declared("review_count", subject=asin, value=count, period_from=date(2026, month, 1)))
    people.say("declared_kpi", declared("ipi_score", value=512, marketplace="US"))
    for sku, now in (("A", "9.2"), ("B", "29")):
        people.say("unit_cost", unit_cost(sku, "30", day(-200)), unit_cost(sku, now, day(-30)))
    people.say("unit_cost", unit_cost("C", "5", day(-200)), unit_cost("C", "4", day(-30), incoterm="DDP"))
    people.say("purchase_order", ORDERED | {"currency": "EUR"})
    world.pulled(day(-120), NIGHT, report="settlement")
    told(world, "settlement_line", refund(-7500), refund(500))
    people.say("product_launch", launch("A"), launch("B"), {"sku": "listed", "started_on": day(-60)})
    told(world, "merchant_listing", {"sku": "listed", "opened_at_utc": world.clock.now()})
    world.all_pulled()
    world.sold("A", 9, [-20])
    world.sold("B", 7, [-20])
    people.say("sales_forecast", forecast("A", 1000), forecast("B", 1000), forecast("gone", 10))
    for sku, units in (("A", 1080), ("B", 880)):
        world.stocked(sku, units, [-8])


def test_the_rows_of_every_metric_that_people_feed_add_up_to_what_was_measured(fed, people):
    everything_said(fed, people)
    fed.measure()
    names = [name for name, metric in fed.settings.metrics.items() if metric.status in FED]

    found = {(name, row["subject"]): explained(fed, name, row["subject"]) for name in names for row in rows(fed, metric=name)}

    assert {key: item.verdict for key, item in found.items()} == {
        key: "unknown" if item.value["numerator"] is None else "same" for key, item in found.items()
    }
    assert {name for (name, _), item in found.items() if item.verdict == "same"} == set(names)
    assert all(part.facts for item in found.values() for part in item.worked.parts)
    assert {name for (name, _), item in found.items() if item.document_count} == {
        "composite_cost_ratio",
        "new_product_cycle_days",
        "stocking_accuracy_dev",
    }


def parts(world, metric, subject=None):
    return {
        (part.role, part.name): (part.times, in_units(part.micros), [fact.table for fact in part.facts])
        for part in explained(world, metric, subject).worked.parts
    }


def test_a_rate_a_listing_and_a_measured_value_are_named_where_a_number_rests_on_them(fed, people):
    everything_said(fed, people)
    fed.measure()

    assert parts(fed, "cash_runway_months") == {
        ("numerator", "cash"): (1, "300,000", ["user_cash_balance"] * 2),
        ("denominator", "running costs of a month"): (1, "90,000", ["user_operating_cost"]),
        ("rests on", "what one EUR is worth in USD"): (1, "1.2", ["user_fx_rate"]),
    }
    assert parts(fed, "new_product_cycle_days", "listed")["rests on", "when the product was first listed"] == (
        1,
        "none",
        ["merchant_listing"],
    )
    judged = parts(fed, "new_product_success_rate")
    assert judged["numerator", "products that met their rule"] == (1, "1", ["user_product_launch"])
    assert judged["rests on", "what their KPI was on the day"] == (1, "none", ["metric_value"] * 2)


def test_a_stores_part_of_what_is_bought_for_all_is_told_with_the_rows_that_state_it(fed, people):
    fed.shipped = company(fed.shipped, fed.store_id, "another")
    people.say("purchase_order", ORDERED | {"store": fed.store_id}, ORDERED | {"po_number": "2"})
    people.say("cost_share", part(fed.store_id, 1), part("another", 3))
    fed.pulled(day(-120), NIGHT, report="settlement")
    told(fed, "settlement_line", refund(-7500))
    fed.measure()

    found = parts(fed, "composite_cost_ratio")

    assert explained(fed, "composite_cost_ratio").verdict == "same"
    assert found["denominator", "purchases"] == (1, "100,000", ["user_purchase_order"])
    assert found["denominator", "its part of purchases for all stores"] == (1, "25,000", ["user_purchase_order"])
    assert found["rests on", "the parts that stores bear"] == (1, "none", ["user_cost_share"] * 2)


def test_how_far_stock_is_from_a_forecast_takes_the_smaller_from_the_larger(fed, people):
    everything_said(fed, people)
    fed.measure()

    assert parts(fed, "stocking_accuracy_dev", "B") == {
        ("numerator", "sellable units on the event's first day"): (-1, "880", ["fba_inventory"]),
        ("numerator", "units forecast"): (1, "1,000", ["user_sales_forecast"]),
        ("denominator", "units forecast"): (1, "1,000", ["user_sales_forecast"]),
    }


def test_a_value_that_rests_on_rows_replaced_since_is_not_called_altered(fed):
    fed.began()
    bring(fed)
    fed.measure()
    bring(fed, 80, at=NOW + timedelta(hours=1))

    found = explained(fed, "nps")

    assert (found.verdict, in_units(found.worked.numerator)) == ("newer", "8,000")
    assert found.worked.newer == (f"import {found.imports[0].number} (answers.csv)",)
    assert values_altered(fed.workspace, fed.store_id, "nps", period="day", on=NIGHT) == []


def test_a_value_that_the_rows_of_its_night_do_not_give_is_named(fed):
    bring(fed)
    fed.measure()
    alter(fed, "nps", numerator=Decimal(9750), value=30.0)

    assert explained(fed, "nps").verdict == "differs"
    (finding,) = values_altered(fed.workspace, fed.store_id, "nps", period="day", on=NIGHT)
    assert finding.what == "numerator is 9,750, its facts add up to 7,500"


def test_an_import_that_changed_nothing_of_a_table_excuses_nothing(fed):
    fed.began()
    bring(fed)
    fed.measure()
    bring(fed, 80, at=NOW + timedelta(hours=1))
    with writing(fed.engine) as connection:
        outcome = {"declared_kpi": {"inserted": 0, "replaced": 0, "unchanged": 1}}
        connection.execute(update(FILE_IMPORT).where(FILE_IMPORT.c.imported_at > NOW).values(outcome=outcome))

    assert explained(fed, "nps").verdict == "differs"


def test_what_nobody_filled_in_is_unknown_and_has_no_parts(fed):
    fed.measure()

    found = explained(fed, "nps")

    assert (found.verdict, found.worked.parts, found.worked.formula, found.value["reason"]) == (
        "unknown",
        (),
        "",
        "no_user_data",
    )


def test_what_was_filled_in_since_is_named_where_the_value_is_unknown(fed):
    fed.began()
    fed.measure()
    bring(fed, at=NOW + timedelta(hours=1))

    found = explained(fed, "nps")

    assert (found.value["reason"], found.verdict, in_units(found.worked.numerator)) == ("no_user_data", "newer", "7,500")


def test_a_day_that_was_not_measured_is_told_with_those_that_were(fed):
    fed.measure()

    with pytest.raises(ConfigError, match="nothing is measured of 2020-01-01") as error:
        explained(fed, "nps", on=date(2020, 1, 1))

    assert str(NIGHT) in error.value.remedy
