"""Explaining what the catalogue computes from people's tables: the rows of those that a value rests on, and where they came from."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest

from sellerwatch.metrics.derived.registry import DERIVED
from sellerwatch.metrics.explaining.explanation import explain_value
from sellerwatch.metrics.explaining.resting import tables_behind
from sellerwatch.metrics.explaining.stored import Asked
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.settings.expressions import Aggregate
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.file_imports import ImportedFile
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.user_import import import_user_file
from tests.metric_rows import alter_values
from tests.spec.catalogue_examples import EXAMPLES, cost, order, target
from tests.spec.small_world import NOW
from tests.spec.test_catalogue_spec import ends_on, known, only, told

pytestmark = pytest.mark.usefixtures("people")

BY_NAME = {example.name: example for example in EXAMPLES}
COSTS = "store,sku,marketplace,valid_from,purchase_amount,currency,who\n{store},A,*,2026-01-01,{amount},USD,Anna Person\n"


def measured(world, whole_catalogue, people, example):
    world.shipped = only(whole_catalogue, example.says)
    known(world, *example.facts, first=example.known_from)
    for table, rows in example.people.items():
        people.say(table, *rows)
    for table, rows in example.facts.items():
        told(world, table, *rows)
    world.measure()


def explained(world, example, metric, **asked):
    subject = {"subject": example.subject, "grain": example.grain, "period": example.period}
    return explain_value(
        world.workspace, Asked(metric, world.store_id, **(subject | asked)), ends_on(metric, world, example.period), shown=None
    )


def rests_on(found):
    """Return by table the line of each row that the value rests on, as the test filled it in."""
    return {
        part.expression.partition(":")[0].removeprefix("user_"): [fact.line for fact in part.facts]
        for part in found.worked.parts
        if part.role == "rests on"
    }


@pytest.mark.parametrize(
    ("name", "metric", "tables"),
    [
        ("profit of goods after discounts and refunds", "gross_profit", {"unit_cost": [2]}),
        ("profit of goods after discounts and refunds", "net_sales_after_refunds", {}),
        ("profit of goods after discounts and refunds", "cost_coverage_pct", {"unit_cost": [2]}),
        ("nobody said what goods cost", "gross_profit", {}),
        ("a cost in a currency that has no rate", "gross_profit", {"unit_cost": [2]}),
        ("a cost in another currency, at the rate of the day", "gross_profit", {"unit_cost": [2], "fx_rate": [3]}),
        (
            "each sale at the cost of its own day, and the store's own cost before everybody's",
            "gross_profit",
            {"unit_cost": [3, 4]},
        ),
        ("a month's target, split over its days", "gmv_attainment_pct", {"target": [2]}),
        ("a day that is expected to bring three times as much", "gmv_attainment_pct", {"target": [2], "event": [2]}),
        (
            "what is left of net sales, as Data Kiosk computes it, less running costs",
            "net_margin_pct",
            {"unit_cost": [2], "operating_cost": [2]},
        ),
        ("a SKU bears no running costs", "net_margin_pct", {"unit_cost": [2]}),
        ("logistics as settled, storage included", "unit_logistics_cost", {"unit_cost": [2]}),
        ("a promotion that sold twice as much as it would have", "promo_roi", {"promotion_cost": [2], "unit_cost": [2]}),
        ("a promotion that sold twice as much as it would have", "promo_cost_ratio", {"promotion_cost": [2]}),
        ("gross margin on the stock it ties up", "gmroi", {"unit_cost": [2]}),
    ],
    ids=lambda cell: cell.replace(" ", "_") if isinstance(cell, str) else "",
)
def test_the_rows_of_people_that_a_computed_value_rests_on_are_named(world, whole_catalogue, people, name, metric, tables):
    example = BY_NAME[name]
    measured(world, whole_catalogue, people, example)

    found = explained(world, example, metric)

    assert rests_on(found) == tables
    assert found.verdict == ("unknown" if found.value["numerator"] is None else "same")


def test_what_running_costs_in_another_currency_are_worth_is_named_beside_them(world, whole_catalogue, people):
    rent = {"cost_type": "rent", "valid_from": date(2026, 1, 1), "monthly_amount": Decimal(31), "currency": "EUR"}
    example = BY_NAME["running costs that nobody told"]
    rate = {"currency": "EUR", "quote_currency": "USD", "valid_from": date(2026, 1, 1), "rate": Decimal("1.1")}
    people.say("operating_cost", rent, rent | {"cost_type": "wages", "valid_from": date(2026, 12, 1)})
    people.say("fx_rate", rate, rate | {"currency": "CNY"})
    measured(world, whole_catalogue, people, example)

    found = explained(world, example, "net_margin_pct")

    assert rests_on(found) == {"unit_cost": [2], "operating_cost": [2], "fx_rate": [2]}


def test_a_row_is_named_with_its_key_and_what_it_says(world, whole_catalogue, people):
    example = BY_NAME["a month's target, split over its days"]
    people.say("target", target(7, kpi="units"), target(9, valid_from=date(2026, 10, 1), valid_to=date(2026, 11, 1)))
    measured(world, whole_catalogue, people, example)

    found = explained(world, example, "gmv_attainment_pct")

    (part,) = [part for part in found.worked.parts if part.role == "rests on"]
    assert (part.name, part.marketplace, part.micros) == ("the targets that hold", "US", None)
    assert part.expression == "user_target: target_value, currency"
    (fact,) = part.facts
    assert {name: fact.cells[name] for name in ("kpi", "period", "valid_from", "target_value")} == {
        "kpi": "gmv",
        "period": "month",
        "valid_from": date(2026, 11, 1),
        "target_value": Decimal(30000),
    }
    assert (fact.import_number, found.import_count) == (2, 1)


SOLD = BY_NAME["profit of goods after discounts and refunds"]


def bring(world, amount, *, at=NOW):
    data = COSTS.format(store=world.store_id, amount=amount).encode()
    file = ImportedFile("costs.csv", data, "anna", at)
    assert import_user_file(world.workspace, file, table=USER_TABLES["unit_cost"], is_dry_run=False).number
    return data


@pytest.fixture
def costed(world, whole_catalogue):
    """A store whose costs came with a file, and the file's bytes."""
    world.shipped = only(whole_catalogue, SOLD.says)
    world.began()
    data = bring(world, 20)
    known(world, *SOLD.facts)
    for table, rows in SOLD.facts.items():
        told(world, table, *rows)
    world.measure()
    return data


def test_a_gross_profit_is_walked_back_to_the_line_of_the_file_with_the_cost(world, costed):
    found = explained(world, SOLD, "gross_profit")

    (kept,) = found.imports
    assert (kept.file_name, kept.imported_by, kept.sha256) == ("costs.csv", "anna", hashlib.sha256(costed).hexdigest())
    assert [(line.table, line.line) for line in kept.lines] == [("user_unit_cost", 2)]
    assert kept.lines[0].text.split("\t") == [world.store_id, "A", "*", "2026-01-01", "20", "USD", "…"]
    assert (kept.trouble, found.verdict) == ("", "same")


def test_a_value_whose_costs_were_replaced_since_is_not_called_altered(world, costed):
    bring(world, 30, at=NOW + timedelta(hours=1))

    found = explained(world, SOLD, "gross_profit")

    assert (found.verdict, found.worked.newer) == ("newer", (f"import {found.imports[0].number} (costs.csv)",))


def test_a_value_that_its_costs_do_not_give_differs(world, costed):
    where = (METRIC_VALUE.c.store_id == world.store_id, METRIC_VALUE.c.metric == "gross_profit")
    with writing(world.engine) as connection:
        alter_values(connection, *where, numerator=Decimal(21), value=21.0)

    assert explained(world, SOLD, "gross_profit").verdict == "differs"


def test_a_store_of_two_marketplaces_names_the_rows_of_each(world, whole_catalogue, people):
    world.shipped = only(whole_catalogue, SOLD.says)
    people.say("unit_cost", cost("A", 20, marketplace="US"), cost("A", 10, marketplace="DE", currency="EUR"))
    world.places = ("US", "DE")
    for place, currency in (("US", "USD"), ("DE", "EUR")):
        known(world, "order_line", "economics_day", place=place)
        told(world, "order_line", order(f"{place}1", 100, sku="A", currency=currency), place=place)
    world.measure()

    found = explained(world, SOLD, "gross_profit", subject=f"{world.store_id}/EUR", grain="store")

    assert [
        (part.marketplace, [fact.line for fact in part.facts]) for part in found.worked.parts if part.role == "rests on"
    ] == [("DE", [3])]


def test_every_derived_fact_that_people_have_a_part_in_says_which_tables():
    behind = {name: tables_behind([Aggregate("count", name, (), ())]) for name in DERIVED}

    assert {name: set(fact.users) - behind[name] for name, fact in DERIVED.items() if set(fact.users) - behind[name]} == {}
    assert {name for name, tables in behind.items() if not tables} == {
        "order_line_year_ago",
        "refund_day",
        "buyer_revenue",
        "brand_query",
        "account_state",
    }
