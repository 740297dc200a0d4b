"""Explaining values: what the facts add up to is what was measured, of every metric, and an altered value is found out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.explaining.altered import values_altered
from sellerwatch.metrics.explaining.coded import CODED
from sellerwatch.metrics.explaining.explanation import explain_value, in_units, verdict_on, worked_out
from sellerwatch.metrics.explaining.stored import Asked
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from tests.metric_rows import alter_values
from tests.spec.catalogue_examples import EXAMPLES
from tests.spec.small_world import NIGHT, day, line
from tests.spec.test_catalogue_spec import known, only, told
from tests.walking import walk

PIPELINE = {"feed_age_hours", "night_problems", "check_failure", "integrity_stories_failed", "days_to_order", "missing_nights"}


def rows(world, **cells):
    conditions = [METRIC_VALUE.c[name] == cell for name, cell in ({"store_id": world.store_id} | cells).items()]
    with reading(world.engine) as connection:
        return [dict(row) for row in connection.execute(select(METRIC_VALUE).where(*conditions)).mappings()]


def verdicts(world):
    """Return the verdict on every value of the last days, weeks and months that is made of facts, by what it is of."""
    found = {}
    with reading(world.engine) as connection:
        for row in rows(world):
            if row["metric"] not in PIPELINE and (row["period"] in {"week", "month"} or row["period_on"] >= day(-2)):
                definition = world.settings.metrics[row["metric"]]
                worked = worked_out(world.workspace, connection, definition, row)
                name = " ".join(str(row[key]) for key in ("metric", "subject_kind", "subject", "period", "period_on"))
                found[name] = verdict_on(row, worked, definition.scale)
    return found


def explained(world, metric, subject, *, on=NIGHT, **told):
    return explain_value(world.workspace, Asked(metric, world.store_id, subject, **told), on)


def test_every_coded_metric_is_explained_or_made_of_the_pipeline_itself(whole_catalogue):
    coded = {name for name, metric in whole_catalogue.metrics.items() if metric.status == "coded"}

    assert coded == {name for name in coded if name in CODED} | PIPELINE


@pytest.mark.slow
@pytest.mark.long
def test_the_facts_of_every_worked_example_add_up_to_what_was_measured(world, whole_catalogue, subtests):
    def check(example):
        world.store_id = f"{store}-{example.name.replace(' ', '-')}"
        world.shipped = only(whole_catalogue, example.says)
        known(world, *example.facts)
        for table, some in example.facts.items():
            told(world, table, *some)
        world.measure()
        found = verdicts(world)
        assert [name for name, verdict in found.items() if verdict == "differs"] == []
        assert "same" in found.values() or all(value is None for value, _, _ in example.says.values())

    store = world.store_id
    walk(subtests, {example.name: example for example in EXAMPLES}, check)


@pytest.fixture
def selling(world):
    """Some sales and stock: much of what can happen to a SKU in thirty days."""
    world.all_pulled()
    world.stocked("A", 60, range(-30, -10))
    world.stocked("A", 0, range(-10, -5))
    world.stocked("A", 30, range(-5, 1))
    world.sold("A", 3, range(-30, -10))
    world.sold("A", 2, range(-5, 0), discount=1)
    world.stocked("B", 0, range(-30, 1))
    world.sold("B", 1, [-20, -3])
    world.stocked("C", 4, range(-2, 1))
    world.stocked("D", 5, [0], has_afn_listing=False)
    world.stocked("E", None, [0])
    world.ordered(line("A", order_status="Pending", price=None), line("A", order_status="Cancelled"))
    world.ordered(line("A", currency="CAD", price=99), line("A", sales_channel="Non-Amazon"), line("C", quantity=None, price=5))
    world.measure()
    return world


def test_the_facts_of_coded_metrics_add_up_to_what_was_measured(selling):
    found = verdicts(selling)

    assert [name for name, verdict in found.items() if verdict == "differs"] == []
    assert {name.split()[0] for name, verdict in found.items() if verdict == "same"} == set(CODED) & set(
        selling.settings.metrics
    )


def test_while_snapshots_are_few_days_without_one_are_said_to_count_as_in_stock(world):
    world.all_pulled()
    world.stocked("A", 10, range(-4, 1))
    world.sold("A", 2, range(-30, 0))
    world.measure()

    found = explained(world, "days_of_cover", "A")

    assert found.verdict == "same"
    names = {part.name: in_units(part.micros) for part in found.worked.parts}
    assert names["days without a snapshot of any SKU, taken as in stock"] == "26"
    assert names["sellable units in the morning"] == "10"


def test_cover_is_walked_back_to_the_morning_the_days_in_stock_and_what_sold_on_them(selling):
    found = explained(selling, "days_of_cover", "A")

    parts = {part.name: (part.role, in_units(part.micros), len(part.facts)) for part in found.worked.parts}
    assert parts == {
        "sellable units in the morning": ("numerator", "30", 1),
        "units sold on days in stock": ("denominator", "73", 28),
        "days in stock": ("numerator", "25", 25),
    }
    assert (found.verdict, found.value["value"]) == ("same", 30 * 25 / 73)
    assert found.document_count == 1
    assert [document.trouble for document in found.documents] == ["the raw store does not list it"]


def test_a_store_is_explained_by_the_facts_of_its_marketplaces_of_one_currency(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["acos", "ad_ctr"])
    world.places = ("DE", "FR", "UK")
    for place, currency in (("DE", "EUR"), ("FR", "EUR"), ("UK", "GBP")):
        known(world, "ads_sp_campaign_day", "ads_sb_campaign_day", "ads_sd_campaign_day", place=place)
        cells = {"cost_amount": Decimal(10), "sales_7d_amount": Decimal(100), "clicks": 1, "impressions": 50}
        told(world, "ads_sp_campaign_day", {"campaign_id": place, "currency": currency, **cells}, place=place)
    world.measure()

    assert set(verdicts(world).values()) <= {"same", "unknown"}
    found = explained(world, "acos", f"{world.store_id}/EUR", on=day(-1), period="d7")
    assert {part.marketplace for part in found.worked.parts} == {"DE", "FR"}
    assert found.worked.formula == "(ad_cost) / (ad_sales) x 100"
    cost = next(part for part in found.worked.parts if part.name == "sp_cost")
    assert (cost.expression, in_units(cost.micros)) == ("sum(ads_sp_campaign_day.cost_amount)", "10")


def test_an_amount_in_another_currency_and_a_blank_cell_are_said_to_be_left_out(world, whole_catalogue):
    world.shipped = only(whole_catalogue, ["asp"])
    known(world, "sales_traffic_day")
    told(
        world,
        "sales_traffic_day",
        {"currency": "CAD", "ordered_product_sales_amount": Decimal(99), "units_ordered": 3},
        {"back": 2, "currency": "USD", "ordered_product_sales_amount": None, "units_ordered": 1},
        {"back": 3, "currency": "USD", "ordered_product_sales_amount": Decimal(8), "units_ordered": 1},
    )
    world.measure()

    found = explained(world, "asp", "US", on=day(-1), period="d7", grain="marketplace")

    assert found.verdict == "same"
    assert dict(found.worked.parts[0].left_out) == {"blank": 1, "in another currency": 1}


# --- what was altered --------------------------------------------------------------------------------------------------


def alter(world, where, **cells):
    conditions = [METRIC_VALUE.c[name] == cell for name, cell in ({"store_id": world.store_id} | where).items()]
    with writing(world.engine) as connection:
        alter_values(connection, *conditions, **cells)


def named(world, metric, on=NIGHT):
    return {(item.place, item.what) for item in values_altered(world.workspace, world.store_id, metric, period="day", on=on)}


def test_a_value_that_its_own_parts_do_not_give_is_named(selling):
    alter(selling, {"metric": "days_of_cover", "subject": "A", "period_on": NIGHT}, value=99.5)

    place = f"metric_value days_of_cover/sku/US/A/day/{NIGHT}"
    assert named(selling, "days_of_cover") == {
        (place, f"value is 99.5, its numerator and denominator give {30 * 25 / 73}"),
    }
    assert explained(selling, "days_of_cover", "A").verdict == "differs"


def test_parts_that_the_facts_do_not_add_up_to_are_named(selling):
    alter(selling, {"metric": "units", "subject": "A", "period_on": day(-1)}, numerator=Decimal(8), value=8.0)

    place = f"metric_value units/sku/US/A/day/{day(-1)}"
    assert named(selling, "units", day(-1)) == {(place, "numerator is 8, its facts add up to 4")}


def test_what_is_not_altered_and_what_is_not_made_of_facts_is_not_named(selling):
    assert [item for metric in (*CODED, *PIPELINE, "no_such_metric") for item in named(selling, metric)] == []


def test_of_very_many_values_only_the_division_is_looked_at(selling, monkeypatch):
    monkeypatch.setattr("sellerwatch.metrics.explaining.altered._LOOKED_AT", 0)
    alter(selling, {"metric": "units", "subject": "A", "period_on": day(-1)}, numerator=Decimal(8), value=8.0)

    assert named(selling, "units", day(-1)) == set()


# --- names that lead nowhere ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "subject", "on", "said"),
    [
        ("gvm", "A", NIGHT, "unknown metric 'gvm'"),
        ("gmv", "Z", NIGHT, "unknown subject 'Z'"),
        ("gmv", "A", date(2020, 1, 1), "nothing is measured of 2020-01-01"),
        ("velocity", None, NIGHT, "there are 4 such values"),
        ("feed_age_hours", "all_orders", NIGHT, "feed_age_hours is not made of facts"),
    ],
)
def test_a_name_that_leads_to_no_value_is_told_with_what_there_is(selling, metric, subject, on, said):
    with pytest.raises(ConfigError, match=said) as error:
        explained(selling, metric, subject, on=on)

    assert error.value.remedy


def test_a_misspelt_subject_is_told_with_the_three_nearest_and_not_with_all(world):
    world.all_pulled()
    for sku in ("BOTTLE-BLK", "BOTTLE-RED", "BOTTLE-XL", *(f"CABLE-{number}" for number in range(20))):
        world.sold(sku, 1, [-1])
    world.measure()

    with pytest.raises(ConfigError) as error:
        explained(world, "gmv", "BOTLE-BLK", on=day(-1))

    assert str(error.value) == "unknown subject 'BOTLE-BLK' [gmv]. The nearest are BOTTLE-BLK, BOTTLE-XL, BOTTLE-RED."


def test_a_subject_asked_for_in_another_marketplace_is_told_with_its_own(selling):
    with pytest.raises(ConfigError) as error:
        explained(selling, "units", "A", on=day(-1), marketplace="JP")

    assert str(error.value) == "there is no such value [units]. There is --marketplace US; --grain sku; --period day."


def test_a_metric_without_a_value_says_what_it_lacks(world, whole_catalogue):
    name = next(name for name, metric in whole_catalogue.metrics.items() if not metric.is_measured)
    world.shipped = replace(whole_catalogue, stores=whole_catalogue.stores)

    with pytest.raises(ConfigError, match=f"{name} has no value") as error:
        explained(world, name, "A")

    assert whole_catalogue.metrics[name].missing.rstrip(".") in error.value.what


def test_before_anything_is_measured_a_night_is_asked_for(world):
    with pytest.raises(ConfigError, match="there is no such value") as error:
        explained(world, "gmv", "A")

    assert "sellerwatch nightly" in error.value.remedy
