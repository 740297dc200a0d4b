"""`calculate`: a KPI by hand, as a table or as JSON, from a text or a file."""

from __future__ import annotations

import pytest


def test_a_kpi_is_worked_out_from_the_numbers_on_the_line(sellerwatch):
    ran = sellerwatch("calculate", "acos", "--inputs", '{"cost": 80, "ad_sales": 0}')

    assert ran.code == 0
    assert ran.out.splitlines()[:3] == ["output\tvalue", "acos\t-", "roas\t0"]
    assert "reason\tno_ad_sales" in ran.out.splitlines()


def test_json_is_one_object_with_the_values(sellerwatch, outside):
    (outside / "numbers.json").write_text('\ufeff{"available": 42, "velocity": 12}', encoding="utf-8")

    ran = sellerwatch("calculate", "days_of_cover", "--inputs", "numbers.json", "--json")

    assert ran.code == 0
    assert ran.facts["kpi"] == "days_of_cover"
    assert (ran.facts["values"]["days_of_cover"], ran.facts["values"]["tier"]) == (3.5, 1)


def test_the_configuration_that_is_here_counts(sellerwatch, configured):
    rules = configured / "config" / "alert_rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("enter: 7,", "enter: 8,"), encoding="utf-8")

    ran = sellerwatch("calculate", "days_of_cover", "--inputs", '{"days_of_cover": 8}', "--json")

    assert ran.facts["values"]["tier"] == 1


def test_without_numbers_it_says_what_it_takes(sellerwatch):
    ran = sellerwatch("calculate", "unit_cost_reduction_pct")

    assert ran.code == 0
    assert "previous\tcurrency" in ran.out.splitlines()
    assert "ok\ttrue or false" in ran.out.splitlines()


def test_what_it_takes_as_json(sellerwatch):
    ran = sellerwatch("calculate", "unit_cost_reduction_pct", "--json")

    sheet, _ = ran.facts["worksheets"]
    assert sheet["inputs"] == {"previous": "currency", "current": "currency"}
    assert list(sheet["outputs"]) == ["pct", "ok"]


def test_a_number_is_shown_to_the_tenth_digit(sellerwatch):
    ran = sellerwatch("calculate", "ship_48h_rate", "--inputs", '{"shipped": 3, "within_48h": 1}')

    assert ran.out.splitlines()[1] == "pct\t33.33333333"


def test_texts_decisions_and_lists_are_shown_in_a_table(sellerwatch):
    numbers = '{"gmv_attainment_pct": 100, "net_margin_pct": -3.2, "return_rate": 38}'

    hollow = sellerwatch("calculate", "gmv_attainment_pct", "--inputs", numbers)
    several = sellerwatch("calculate", "ship_48h_rate", "--inputs", '{"cases": [{"shipped": 3, "within_48h": 1}]}')

    assert hollow.out.splitlines()[1:3] == ["composite\tred", "gmv_row_green\tno"]
    assert several.out.splitlines()[1] == "pct\t[33.333333333333336]"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ('{"cost": 1}', "ad_sales is missing"),
        ('{"cost": 1,', "this is no JSON"),
        ("[1]", "this is no JSON object"),
        ('{"cost": 1, "cost": 2}', "'cost' stands there twice"),
        ('{"cost": NaN, "ad_sales": 1}', "NaN is no number"),
        ("nowhere.json", "the file cannot be read"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(sellerwatch, inputs, message):
    ran = sellerwatch("calculate", "acos", "--inputs", inputs)

    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_kpi_nobody_knows_is_refused_with_the_nearest(sellerwatch):
    ran = sellerwatch("calculate", "acoss")

    assert ran.code == 2
    assert ran.err.startswith("Error: unknown KPI 'acoss' [worksheets]. The nearest are acos, tacos, ")
    assert ran.err.endswith("; `docs/worksheets.md` lists all.\n")
