"""A catalogue that does not hold together is refused with one line that says where."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.catalogue import measurements
from sellerwatch.settings.load import load_settings
from tests.conftest import hold_nothing, with_rules_of

ROOT = Path(__file__).resolve().parents[3]
SESSIONS = "sum(sales_traffic_day.sessions)"


def asp(**changes):
    """Change the block of a metric; None takes a key out."""

    def change(file):
        block = file["metrics"]["asp"] | changes
        file["metrics"]["asp"] = {key: value for key, value in block.items() if value is not None}

    return change


def part(text, name="sessions"):
    def change(file):
        file["parts"][name] = text

    return change


def fact(**changes):
    def change(file):
        file["facts"]["sales_traffic_day"] |= changes

    return change


def both(*changes):
    def change(file):
        for one in changes:
            one(file)

    return change


REFUSALS = {
    "unknown column": (part("sum(sales_traffic_day.visits)"), "unknown column 'visits'"),
    "unknown table": (part("sum(no_table.visits)"), "unknown fact table 'no_table'"),
    "table without facts": (fact(day="sold"), "unknown column 'sold'"),
    "day that is no day": (fact(day="sessions"), "unknown column 'sessions'"),
    "unknown table of facts": (
        lambda file: file["facts"].update(nothing=file["facts"]["fba_return"]),
        "unknown fact table 'nothing'",
    ),
    "unknown feed": (fact(feed="nothing"), "unknown report 'nothing'"),
    "unknown part": (asp(numerator="nothing"), "unknown part 'nothing'"),
    "unknown part in a part": (part("nothing + sessions", "page_views"), "unknown part 'nothing'"),
    "unknown condition": (part("sum(sales_traffic_day.sessions where nice)"), "unknown condition 'nice'"),
    "unknown column in a condition": (part('sum(sales_traffic_day.sessions where nice = "x")'), "unknown column 'nice'"),
    "text compared with a number": (part("sum(sales_traffic_day.sessions where currency = 1)"), "currency is text"),
    "order of texts": (part('sum(sales_traffic_day.sessions where currency < "x")'), "currency is text"),
    "sum of texts": (part("sum(sales_traffic_day.currency)"), "cannot be added up"),
    "two amounts multiplied": (
        part("sum(sales_traffic_day.claims_amount * ordered_product_sales_amount)"),
        "cannot be added up",
    ),
    "count of a column": (part("count(sales_traffic_day.sessions)"), "another number of columns"),
    "amount and count added": (asp(numerator="reported_sales + sessions"), "adds amounts and counts"),
    "unit of the numerator": (asp(numerator="sessions"), "its unit is 'currency per unit' and it is count / count"),
    "percentage of two dimensions": (asp(unit="%"), "its unit is '%' and it is currency / count"),
    "percentage times 100": (
        asp(unit="%", numerator="100 * order_items", denominator="sessions"),
        "'%' is the quotient times 100 already",
    ),
    "feed not named": (asp(feeds=["all_orders"]), "reads facts of sales_traffic"),
    "grain without facts": (asp(grains={"campaign": ["day"]}), "not given for each campaign"),
    "period of the store alone": (asp(grains={"store": ["d7"], "marketplace": ["day"]}), "the store has the period d7"),
    "smallest of a store": (
        both(
            lambda file: file["parts"].update(fewest="min(sales_traffic_day.sessions)"),
            lambda file: file["metrics"]["sessions"].update(
                numerator="fewest", grains={"store": ["day"], "marketplace": ["day"]}
            ),
        ),
        "cannot be added up",
    ),
    "unknown driver": (asp(drivers=["nothing"]), "unknown metric 'nothing'"),
    "drivers in a circle": (
        both(asp(drivers=["aov"])),
        "leads back to itself: ",
    ),
    "parts in a circle": (both(part("page_views"), part("sessions", "page_views")), "leads back to itself: "),
    "condition in a circle": (fact(conditions={"a": "b", "b": "a"}), "defined by itself"),
    "facts in a metric": (asp(numerator=SESSIONS), "give it a name under parts"),
    "no sense": (asp(numerator="sessions sessions"), "the end is expected"),
    "numerator of a coded metric": (asp(status="coded"), "belong together"),
    "no grains": (asp(grains=None, subjects=["marketplace"]), "says under grains"),
    "minimum without denominator": (
        asp(denominator=None, minimum=3, unit="currency", without_denominator=None),
        "there is none",
    ),
    "nothing missing": (
        lambda file: file["metrics"]["nps"].pop("missing"),
        "says under missing what it lacks",
    ),
}


def changed(folder, change):
    shutil.copytree(ROOT / "config", folder / "config")
    # Cards, categories and rules name metrics that a change may take away; what is asked here is what the catalogue says of itself.
    with_rules_of(folder / "config", {"days_of_cover", "units"})
    hold_nothing(folder / "config")
    (folder / "config" / "scorecards.yaml").write_text("cap: 8\n", encoding="utf-8")
    (folder / "config" / "categories.yaml").write_text("default: general\ncategories: {general: {}}\n", encoding="utf-8")
    path = folder / "config" / "metrics.yaml"
    file = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    change(file)
    path.write_text(yaml.dump(file, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load_settings({"SELLERWATCH_CONFIG": str(folder / "config")})


@pytest.mark.parametrize("name", REFUSALS)
def test_a_catalogue_that_does_not_hold_together_is_refused(tmp_path, name):
    change, said = REFUSALS[name]

    with pytest.raises(ConfigError) as refused:
        measurements(changed(tmp_path, change))

    assert said in str(refused.value)
    assert "metrics.yaml" in str(refused.value)


def test_a_new_ratio_needs_no_python(tmp_path):
    def add(file):
        file["metrics"]["views_per_session"] = {
            "title": {"en": "Pages per visit", "zh": "每次访问页数"},
            "family": "process",
            "status": "computed",
            "formula": "page views / sessions",
            "numerator": "page_views",
            "denominator": "sessions",
            "grains": {"marketplace": ["day"]},
            "unit": "pages per session",
            "better": "higher",
            "feeds": ["sales_traffic"],
            "owner": "operations",
            "version": 1,
        }

    assert "views_per_session" in {item.metric for item in measurements(changed(tmp_path, add))}


def test_a_catalogue_without_computed_metrics_measures_nothing(tmp_path):
    def take(file):
        coded = {name: block for name, block in file["metrics"].items() if block.get("status", "coded") == "coded"}
        file["metrics"] = {
            name: block | {"drivers": [driver for driver in block.get("drivers", []) if driver in coded]}
            for name, block in coded.items()
        }

    assert measurements(changed(tmp_path, take)) == ()
