"""The rules that ship: what each says of made-up numbers, that every one is tried, and how a test that fails reads."""

from dataclasses import replace
from pathlib import Path

import pytest

from sellerwatch.alerts.rules.lint import findings
from sellerwatch.alerts.rules.testing import run_tests
from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.looking_over import read_file
from sellerwatch.settings.rule_tests import Expected, RuleTestsFile, points

CONFIG = Path(__file__).resolve().parents[3] / "config"
TESTS = read_file(CONFIG / "rule_tests.yaml", RuleTestsFile).tests
HALVES = {"first": TESTS[: len(TESTS) // 2], "second": TESTS[len(TESTS) // 2 :]}


@pytest.mark.parametrize("half", HALVES)
def test_every_shipped_rule_says_what_its_tests_expect(shipped, half):
    assert run_tests(shipped, HALVES[half]) == []


def test_every_shipped_rule_has_a_test(shipped):
    by_night = {name for name, rule in shipped.rules.items() if rule.judged_by == "night"}

    assert by_night == {test.rule for test in TESTS}


def test_all_rules_of_the_pack_ship(shipped):
    assert {f"R{number:02}" for number in range(30)} == {rule.number for rule in shipped.rules.values()}


def test_a_rule_that_says_something_else_is_named_with_night_and_difference(shipped):
    test = TESTS[0].model_copy(update={"expect": (Expected(night=1, tier="red", events=("resolved",)),)})

    found = run_tests(shipped, (test,))

    assert [str(item) for item in found] == [
        f"{test.name}, night 1: tier is yellow, expected red",
        f"{test.name}, night 1: events is fired, expected resolved",
    ]


def test_a_test_of_an_unknown_rule_is_refused(shipped):
    test = TESTS[0].model_copy(update={"rule": "stockout_tier"})

    with pytest.raises(ConfigError, match=r"unknown rule 'stockout_tier'.*stockout_tiers"):
        run_tests(shipped, (test,))


def test_a_series_repeats_and_tells_missing_from_late_and_from_unknown():
    found = list(points("5x2 _ stale no_demand -1.5"))

    assert [(item.value, item.is_missing, item.is_stale, item.reason) for item in found] == [
        (5.0, False, False, ""),
        (5.0, False, False, ""),
        (None, True, False, ""),
        (None, True, True, ""),
        (None, False, False, "no_demand"),
        (-1.5, False, False, ""),
    ]


def test_the_shipped_rules_have_nothing_to_correct():
    assert findings({"SELLERWATCH_CONFIG": str(CONFIG)}) == []


def test_rules_are_tried_without_touching_the_warehouse_or_anybodys_channel(shipped, tmp_path):
    elsewhere = replace(shipped, warehouse_url=f"sqlite:///{tmp_path / 'untouched.sqlite'}", data_folder=tmp_path / "none")

    run_tests(elsewhere, TESTS[:1])

    assert list(tmp_path.iterdir()) == []
