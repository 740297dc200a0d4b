"""Facts and tables that no number can be made of as they stand: what a person then sees, on both databases. It is never a silent 0.

Not here: documents that cannot be read (test_bad_input, test_reports_contract), catalogues that do not hold together
(unit/metrics/test_catalogue_refusals).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from sellerwatch.briefs.pipeline_status import read_status
from sellerwatch.cli.status import _say_store
from sellerwatch.core import marketplaces
from sellerwatch.metrics.measure import measure_past
from sellerwatch.reports.contract import Kind
from sellerwatch.reports.registry import TABLES
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.settings.expressions import Combination
from sellerwatch.warehouse.checks.results import results_of
from sellerwatch.warehouse.checks.run import check_night
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.file_imports import ImportedFile
from sellerwatch.warehouse.problems import problems_of
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.user import USER
from sellerwatch.warehouse.user_import import import_user_file
from tests.spec.small_world import NIGHT, NOW, World, coded_only, day, line, shipped_settings
from tests.walking import walk


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


@pytest.fixture
def world(warehouse, shipped):
    return World(warehouse, shipped)


def with_metrics(world, *names):
    """Let the catalogue have these computed metrics alone."""
    coded = coded_only(world.shipped).metrics
    world.shipped = replace(world.shipped, metrics=coded | {name: world.shipped.metrics[name] for name in names})
    return world


def told(world, table, *rows, place="US"):
    """Facts of a table; what the key wants and a row leaves out is filled in."""
    base, key = world._provenance(place), TABLES[table].key
    for row in rows:
        number = next(world.numbers)
        filled = {
            column.name: number if column.kind is Kind.INTEGER else f"k{number}"
            for column in TABLES[table].columns
            if column.name in key
        }
        world._execute(insert(FACTS[table]).values({**base, "line": number, **filled, **row}))


def said(world, metric, period="day", *, kind="marketplace", subject="US", place="US", on=None):
    row = world.values(metric, kind, on=on or day(-1), period=period)[place, subject]
    return (row.value, row.status, row.reason)


def failing(world):
    """Check the night; return what fails, with its worst examples and what to do."""
    check_night(world.workspace, world.store_id, NIGHT)
    with reading(world.engine) as connection:
        found = results_of(connection, world.store_id, NIGHT)
    return {
        item.check_name: ([example["subject"] for example in item.detail["examples"]], item.remedy)
        for item in found
        if item.status == "fail"
    }


def rows_of(world, metric):
    with reading(world.engine) as connection:
        ours = (METRIC_VALUE.c.store_id == world.store_id, METRIC_VALUE.c.metric == metric)
        return connection.execute(select(METRIC_VALUE).where(*ours)).all()


# --- a user table that contradicts itself -------------------------------------------------------------------------------

HEADER = "sku,valid_from,valid_to,purchase_amount,currency\n"
CONTRADICTIONS = {
    "two prices on the same days": (
        "A,2026-01-01,2026-07-01,5,USD\nA,2026-06-01,,6,USD\n",
        (3, "valid_from", "line 2 holds the same"),
    ),
    "one key twice": ("A,2026-01-01,,5,USD\nA,2026-01-01,,6,USD\n", (3, "valid_from", "line 2 has the same")),
    "an end before the beginning": ("A,2026-06-01,2026-01-01,5,USD\n", (2, "valid_to", "a day after valid_from")),
    "one currency at the amount and another beside it": ("A,2026-01-01,,€5,USD\n", (2, "purchase_amount", "an amount in USD")),
}


def test_a_user_table_that_contradicts_itself(world, subtests):
    """Nothing of the file is taken, the lines are named, and what was known before still holds."""

    def bring(text):
        file = ImportedFile("costs.csv", (HEADER + text).encode(), "anna", NOW)
        return import_user_file(world.workspace, file, table=USER_TABLES["unit_cost"], is_dry_run=False)

    def check(case):
        text, (number, column, words) = case
        done = bring(text)
        assert (done.number, done.changes) == (None, ())
        assert [(item.line, item.column) for item in done.file.findings] == [(number, column)]
        assert words in done.file.findings[0].expected
        with reading(world.engine) as connection:
            kept = connection.execute(select(USER["unit_cost"].c.sku, USER["unit_cost"].c.purchase_amount)).all()
        assert kept == [("A", Decimal(4))]

    assert bring("A,2025-01-01,,4,USD\n").number == 1
    walk(subtests, CONTRADICTIONS, check)


# --- a currency without a rate ------------------------------------------------------------------------------------------


def test_a_currency_without_a_rate(world):
    """Currencies stay apart, amounts of another one are left out and said, and of these alone no amount is made."""
    world.places = ("DE", "UK")
    with_metrics(world, "ad_spend")
    for place, currency, cost in (("DE", "EUR", 10), ("UK", "GBP", 7)):
        for kind in ("sp", "sb", "sd"):
            world.pulled(day(-40), day(-1), place=place, report=f"ads_{kind}_campaigns")
        campaign = {"advertised_on": day(-1), "campaign_id": "C", "currency": currency, "cost_amount": Decimal(cost)}
        told(world, "ads_sp_campaign_day", campaign, place=place)
    other = {"advertised_on": day(-2), "campaign_id": "C", "currency": "SEK", "cost_amount": Decimal(5)}
    told(world, "ads_sp_campaign_day", other, place="UK")
    world.pulled(day(-30), day(-1), place="DE")
    world.ordered(line(currency="EUR", price=20), line(currency="SEK", price=90), place="DE")
    world.ordered(line(currency="SEK", price=90, on=day(-2)), place="DE")

    world.measure()

    store = {row.subject: row.value for row in world.values("ad_spend", "store", on=day(-1), period="d7").values()}
    assert store == {f"{world.store_id}/EUR": 10.0, f"{world.store_id}/GBP": 7.0}, "never one sum of two currencies"
    assert said(world, "ad_spend", place="UK", subject="UK", on=day(-2)) == (None, "unknown", "other_currency")
    assert said(world, "ad_spend", "d7", place="UK", subject="UK") == (7.0, "provisional", "other_currency")
    assert said(world, "gmv", place="DE", subject="DE") == (20.0, "provisional", "other_currency")
    assert said(world, "gmv", place="DE", subject="DE", on=day(-2)) == (None, "unknown", "other_currency")
    assert "order_line_currency" in failing(world)


# --- a metric over a missing feed ---------------------------------------------------------------------------------------


def test_a_metric_over_a_missing_feed(world):
    """Whether a feed is late or was never pulled is told apart; of products nothing is said, and their marketplace says why."""
    with_metrics(world, "sessions", "asp", "acos")
    told(world, "sales_traffic_day", {"sold_on": day(-1), "currency": "USD", "sessions": 9, "units_ordered": 3})

    world.measure()

    assert said(world, "sessions") == (None, "unknown", "no_data"), "facts of a day that is not known as a whole say too little"
    assert said(world, "acos") == (None, "unknown", "not_observable"), "the store has no advertising account"
    assert said(world, "gmv") == (None, "unknown", "no_data")
    every = [*rows_of(world, "sessions"), *rows_of(world, "asp"), *rows_of(world, "acos"), *rows_of(world, "gmv")]
    assert {(row.subject_kind, row.value) for row in every} == {("marketplace", None), ("store", None)}

    world.pulled(day(-4), day(-1), report="sales_traffic")
    told(
        world,
        "sales_traffic_day",
        {"sold_on": day(-2), "currency": "USD", "units_ordered": 2, "ordered_product_sales_amount": Decimal(30), "sessions": 5},
    )
    world.measure()

    assert said(world, "sessions", "d7") == (None, "unknown", "no_data"), "a sum over four of seven days would be too small"
    assert said(world, "asp", "d7")[1:] == ("provisional", "blank_cells")
    assert said(world, "asp", on=day(-2)) == (15.0, "ok", None)


# --- a store whose time zone changes ------------------------------------------------------------------------------------

LATE = datetime(2026, 11, 16, 5, 30, tzinfo=UTC)
"""Half past nine in the evening of the 15th in Los Angeles, half past midnight of the 16th in New York."""


def test_a_store_whose_time_zone_changes(world, monkeypatch):
    """All of it is measured anew, and days that were loaded by the clock before are named with the command that reads them again."""
    with_metrics(world, "sessions")
    for report in ("all_orders", "sales_traffic"):
        world.pulled(day(-30), day(-1), report=report)
    told(world, "sales_traffic_day", {"sold_on": day(-1), "sessions": 9, "units_ordered": 0})
    world.ordered(line(on=LATE, amazon_order_id="late"), line(on=day(-2)))
    world.measure()
    assert failing(world).keys() & {"order_line_hours"} == set()
    reached = {row.period_on: row.data_through for row in rows_of(world, "sessions") if row.period == "day"}

    moved = replace(marketplaces.BY_CODE["US"], time_zone="America/New_York")
    monkeypatch.setitem(marketplaces.BY_CODE, "US", moved)
    world.measure()

    now_reached = {row.period_on: row.data_through for row in rows_of(world, "sessions") if row.period == "day"}
    assert {on for on in reached if reached[on] - now_reached[on] != (reached[day(-1)] - now_reached[day(-1)])} == set()
    assert (reached[day(-1)] - now_reached[day(-1)]).total_seconds() == 3 * 3600
    named, remedy = failing(world)["order_line_hours"]
    assert named == ["late"]
    assert "--mode reparse" in remedy


def test_a_day_of_twenty_five_hours_holds_all_its_orders(world):
    world.pulled(day(-30), day(-1))
    hours = [
        datetime(2026, 11, 1, 7, 5, tzinfo=UTC),
        datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
        datetime(2026, 11, 2, 7, 55, tzinfo=UTC),
    ]
    world.ordered(*(line(on=moment, price=10) for moment in hours))

    world.measure()

    assert said(world, "gmv", on=day(-16)) == (30.0, "ok", None)
    assert "order_line_hours" not in failing(world)


# --- negative quantities ------------------------------------------------------------------------------------------------


def test_negative_quantities(world):
    """They are added up as Amazon wrote them, divide nothing, and are named."""
    with_metrics(world, "asp")
    for report in ("all_orders", "sales_traffic"):
        world.pulled(day(-30), day(-1), report=report)
    world.ordered(line("A", quantity=5), line("B", quantity=-2, price=0))
    told(
        world,
        "sales_traffic_day",
        {
            "sold_on": day(-1),
            "currency": "USD",
            "units_ordered": -3,
            "ordered_product_sales_amount": Decimal(30),
            "sessions": 1,
        },
    )

    world.measure()

    assert said(world, "units") == (3.0, "ok", None)
    assert said(world, "units", kind="sku", subject="B") == (-2.0, "ok", None)
    assert said(world, "asp") == (None, "unknown", "negative_denominator")
    found = failing(world)
    assert found["order_line_negatives"][0] == ["B"]
    assert found["sales_traffic_day_negatives"][0] == ["US"]
    assert "as Amazon wrote them" in found["order_line_negatives"][1]


# --- a SKU renamed to another ASIN --------------------------------------------------------------------------------------


def test_a_sku_renamed_to_another_asin(world):
    """Numbers by SKU run on over the change, both ASINs have their own, nothing is counted twice, and the change is named once."""
    with_metrics(world, "asp")
    world.all_pulled()
    world.pulled(day(-30), day(-1), report="sales_traffic")
    world.sold("A", 2, range(-30, 0))
    for offset in range(-30, 0):
        world.pulled(day(offset), day(offset), report="fba_inventory", wanted_for=day(offset))
    world.stocked("A", 40, range(-30, 0))
    world.stocked("A", 40, [0], asin="B0NEW")
    for offset, asin in ((-2, "B0A"), (-1, "B0NEW")):
        product = {"sold_on": day(offset), "item": asin, "child_asin": asin, "parent_asin": "B0P", "currency": "USD"}
        told(
            world,
            "sales_traffic_asin_day",
            product | {"units_ordered": 2, "ordered_product_sales_amount": Decimal(20 - offset)},
        )

    world.measure()

    assert world.said("days_of_cover", "sku", subject="A") == (20.0, "ok", None)
    assert {subject: said(world, "asp", "d7", kind="asin", subject=subject)[0] for subject in ("B0A", "B0NEW")} == {
        "B0A": 11.0,
        "B0NEW": 10.5,
    }
    named, remedy = failing(world)["sku_keeps_asin"]
    assert named == ["A: B0A -> B0NEW"]
    assert "numbers by SKU run on" in remedy


# --- a definition changed in the middle of a month ----------------------------------------------------------------------


def doubled(metric):
    twice = Combination(tuple((part, 2 * times) for part, times in metric.numerator.terms))
    return metric.model_copy(update={"version": metric.version + 1, "numerator": twice})


def test_a_definition_changed_in_the_middle_of_a_month(world, capsys):
    """The month is measured anew as a whole, no number mixes two versions, each says which made it, and status shows both."""
    with_metrics(world, "asp")
    world.pulled(day(-120), day(-1), report="sales_traffic")
    sold = {"currency": "USD", "units_ordered": 1, "ordered_product_sales_amount": Decimal(10)}
    told(world, "sales_traffic_day", *({"sold_on": day(-back)} | sold for back in range(1, 100)))
    measure_past(world.workspace, world.store_id, day(-45), periods=())
    world.measure()
    assert {row.definition_version for row in rows_of(world, "asp")} == {1}
    assert read_status(world.workspace, world.store_id).versions == ()

    world.shipped = replace(world.shipped, metrics=world.shipped.metrics | {"asp": doubled(world.shipped.metrics["asp"])})
    world.measure()

    rows = [row for row in rows_of(world, "asp") if row.value is not None]
    assert {(row.definition_version, row.value) for row in rows} == {(1, 10.0), (2, 20.0)}
    this_month = [row for row in rows if row.period_on >= NIGHT.replace(day=1)]
    assert {row.period for row in this_month} >= {"day", "month_to_date", "d30"}
    assert {row.definition_version for row in this_month} == {2}
    shown = read_status(world.workspace, world.store_id)
    assert [(item.metric, item.version) for item in shown.versions] == [("asp", 1), ("asp", 2)]
    assert [item["version"] for item in shown.to_dict()["definitions"]] == [1, 2]
    assert shown.versions[1].words.startswith("asp: version 2 of its definition, ")
    _say_store(shown)
    assert "changed metric: asp: version 2" in capsys.readouterr().out


def test_a_definition_changed_without_a_new_version_is_a_problem_of_the_night(world):
    """It is measured as it is meant now, and the night says which metric has to be given a new version, until it has one."""
    with_metrics(world, "asp")
    world.pulled(day(-30), day(-1), report="sales_traffic")
    sold = {"currency": "USD", "units_ordered": 1, "ordered_product_sales_amount": Decimal(10)}
    told(world, "sales_traffic_day", {"sold_on": day(-1)} | sold)
    meant = world.shipped.metrics["asp"]

    def measured_as(metric):
        world.shipped = replace(world.shipped, metrics=world.shipped.metrics | {"asp": metric})
        world.measure()
        with reading(world.engine) as connection:
            problems = problems_of(connection, world.store_id, NIGHT)
        count = world.values("night_problems", "store")["*", world.store_id].value
        assert len(problems) == count
        return said(world, "asp")[0], [str(problem) for _, problem in problems]

    assert measured_as(meant) == (10.0, [])
    fewer = meant.model_copy(update={"grains": {"marketplace": meant.grains["marketplace"]}, "title": meant.title})
    assert measured_as(fewer) == (10.0, []), "which grains there are is no part of what a number means"
    value, (problem,) = measured_as(doubled(meant).model_copy(update={"version": 1}))
    assert value == 20.0
    assert "the definition of asp has changed and is still called version 1" in problem
    assert "Raise its version" in problem
    assert measured_as(doubled(meant)) == (20.0, [])
