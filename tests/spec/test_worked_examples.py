"""Worked examples of KPIs through the public worksheet, each with its inputs, what comes out, and how near it has to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from sellerwatch.metrics.worksheets import calculate, kpis, sheets_of
from sellerwatch.settings.catalogue import expressions_of
from sellerwatch.settings.expressions import Combination
from tests.walking import walk

EXAMPLES = {
    example["id"]: example
    for example in json.loads(Path(__file__).with_name("worked_examples.json").read_text(encoding="utf-8"))["examples"]
}
OF_THE_PIPELINE = {"night_problems", "missing_nights", "check_failure", "integrity_stories_failed", "days_to_order"}
"""Metrics that count what a night found; there is nothing to work out by hand."""


def inputs_of(example):
    """Return what is given; an example may take the figures of another one."""
    own = {name: value for name, value in example["inputs"].items() if name != "same_as"}
    same_as = example["inputs"].get("same_as")
    return (inputs_of(EXAMPLES[same_as]) if same_as else {}) | own


def differences(expected, found, tolerance, place=""):
    """Name each place where what was found is not what is expected."""
    if isinstance(expected, Mapping):
        for name, value in expected.items():
            if not isinstance(found, Mapping) or name not in found:
                yield f"{place}{name}: nothing, expected {value}"
            else:
                yield from differences(value, found[name], tolerance, f"{place}{name}.")
    elif isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            yield f"{place[:-1]}: {found}, expected {expected}"
        else:
            for index, pair in enumerate(zip(expected, found, strict=True)):
                yield from differences(*pair, tolerance, f"{place}{index}.")
    elif not is_same(expected, found, tolerance):
        yield f"{place[:-1]}: {found!r}, expected {expected!r}"


def is_same(expected, found, tolerance):
    is_number = isinstance(expected, int | float) and not isinstance(expected, bool)
    if is_number and isinstance(found, int | float) and not isinstance(found, bool):
        return abs(found - expected) <= tolerance
    return type(found) is type(expected) and found == expected


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=list(EXAMPLES))
def test_the_worksheet_gives_what_the_worked_example_says(example):
    found = calculate(example["kpi"], inputs_of(example))

    assert list(differences(example["expected"], found, example["tolerance"])) == []


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1.0}, {"b": 1.0}),
        ({"a": 1.0}, {"a": 1.1}),
        ({"a": None}, {"a": 0.0}),
        ({"a": 0.0}, {"a": None}),
        ({"a": False}, {"a": 0}),
        ({"a": 1}, {"a": True}),
        ({"a": [1.0, None]}, {"a": [1.0]}),
        ({"a": {"b": 1.0}}, {"a": {"b": 2.0}}),
        ({"a": {"b": 1.0}}, {"a": 1.0}),
        ({"a": [1.0]}, {"a": 1.0}),
    ],
)
def test_the_comparison_finds_what_differs(expected, found):
    assert len(list(differences(expected, found, 1e-6))) == 1


def test_there_are_as_many_examples_as_were_given():
    assert len(EXAMPLES) == 79


def test_every_metric_has_a_worksheet(whole_catalogue):
    assert set(whole_catalogue.metrics) - set(kpis(whole_catalogue)) == OF_THE_PIPELINE


def leaves(settings, sheet):
    """The parts that are read from facts, and not added up from others."""
    summed = {cell.name for cell in sheet.gives}
    return [item.name for item in sheet.takes if item.name not in summed]


def test_every_computed_ratio_is_worked_out_as_its_definition_says(subtests, whole_catalogue):
    ratios = {
        name: metric
        for name, metric in whole_catalogue.metrics.items()
        if metric.numerator is not None and metric.denominator is not None
    }

    def check(item):
        name, metric = item
        given = figures(whole_catalogue, name, metric)
        top, bottom = (value(whole_catalogue, expression, given) for expression in (metric.numerator, metric.denominator))

        found = calculate(name, given, settings=whole_catalogue)
        assert found[name] == pytest.approx(metric.scale * top / bottom, rel=1e-12)
        assert found["reason"] is None
        nothing = calculate(name, dict.fromkeys(given, 0), settings=whole_catalogue)
        assert (nothing[name], nothing["reason"]) == (None, metric.without_denominator)
        for reason, why in metric.unknown.items():
            assert calculate(name, given | {why: 1}, settings=whole_catalogue)["reason"] == reason
        blank = calculate(name, dict.fromkeys(given), settings=whole_catalogue)
        assert (blank[name], blank["reason"]) == (None, "no_data")

    walk(subtests, {name: (name, metric) for name, metric in ratios.items()}, check)


def figures(settings, name, metric):
    """A figure for each part that facts give, such that the denominator is large enough: what is subtracted may come later."""
    doubts = {leaf for part in metric.unknown.values() for leaf in made_of(settings, part)}
    parts = [part for part in leaves(settings, sheets_of(name, settings)[-1]) if part not in doubts]
    for order in (parts, parts[::-1]):
        given = {part: 100 * 2**place for place, part in enumerate(order)}
        if value(settings, metric.denominator, given) >= (metric.minimum or 1):
            return given
    raise AssertionError(f"no figures for {name}")


def made_of(settings, part):
    """The part itself, and those that it is added up from."""
    return {part}.union(*(made_of(settings, term) for whole in combined(settings, part) for term, _ in whole.terms))


def value(settings, expression, given):
    """What a combination makes of the figures, parts of parts included."""
    return sum(
        times * (given[term] if term in given else value(settings, next(combined(settings, term)), given))
        for term, times in expression.terms
    )


def combined(settings, name):
    """The sums that a part may be, over its grains."""
    yield from (item for item in expressions_of(settings.parts[name]) if isinstance(item, Combination))
