"""Looks at the stock and housekeeping in words."""

from dataclasses import replace

import pytest

from sellerwatch.briefs.housekeeping_report import housekeeping_markdown, require_nothing_to_do
from sellerwatch.briefs.stock_words import SKUS_NAMED, change_words, look_lines, look_markdown, require_seen
from sellerwatch.core.errors import PermanentError
from sellerwatch.warehouse.housekeeping import Finding
from sellerwatch.warehouse.intraday import Change, PlaceLook, StockLook
from sellerwatch.warehouse.problems import Problem
from tests.spec.small_world import NOW

CHANGE = Change(NOW, went_out=("A_1", "B"), came_back=(), unknown=("C",))
LOOK = StockLook(
    "test_store",
    "2026-11-17 hour-06",
    places=(PlaceLook("US", NOW, 40, 3, CHANGE, None),),
    is_loaded=False,
    problems=(Problem("no answer", "UK", "Look again"),),
)


def test_a_look_is_told_line_by_line():
    assert list(look_lines(LOOK)) == [
        "US: 40 SKUs seen at 13:40 UTC, 3 without sellable units",
        "  since the look before (11-17 13:40 UTC): 2 went to zero: A_1, B; 1 no longer said: C",
        "  since the night: there is none of the last days to compare with",
        "the documents are kept and not loaded yet: another run is at work on the store",
        "problem: no answer [UK]. Look again.",
    ]


def test_the_page_of_a_look_escapes_what_sellers_call_their_skus():
    text = look_markdown(LOOK)

    assert text.startswith("# Stock of test\\_store, 2026-11-17 hour-06\n\n- US: 40 SKUs seen")
    assert "\n  - since the look before (11-17 13:40 UTC): 2 went to zero: A\\_1, B" in text


def test_a_look_that_was_skipped_says_why():
    look = StockLook("test_store", "2026-11-17 hour-06", skipped="a night is at work")

    assert list(look_lines(look)) == ["skipped: a night is at work"]


def test_a_look_as_json_names_every_change():
    (place,) = LOOK.to_dict()["marketplaces"]

    assert place["since_look_before"] == {
        "since": "2026-11-17T13:40:00+00:00",
        "went_out": ["A_1", "B"],
        "came_back": [],
        "unknown": ["C"],
    }
    assert place["since_night"] is None


def test_a_catalogue_that_goes_out_as_a_whole_is_a_number():
    skus = tuple(f"S{number:03}" for number in range(SKUS_NAMED + 7))

    words = change_words(Change(NOW, skus, (), ()))

    assert words.startswith("57 went to zero: S000, ")
    assert words.endswith("S049 and 7 more")
    assert change_words(Change(NOW, (), (), ())) == "nothing changed"


def test_a_look_without_problems_ends_well_and_one_with_any_names_them():
    fine = replace(LOOK, problems=())

    assert require_seen(fine) is fine
    with pytest.raises(PermanentError, match=r"no answer \[UK\]"):
        require_seen(LOOK)


FINDINGS = (
    Finding("database", "done", "it was tended"),
    Finding("disk", "act", "1 GB is left", "/data", "Free some"),
    Finding("freshness", "look", "all_orders is late", "test_store US"),
)


def test_housekeeping_is_told_the_gravest_first():
    assert housekeeping_markdown(FINDINGS).splitlines() == [
        "# Housekeeping",
        "",
        "## A person has to do something",
        "",
        "- **disk** 1 GB is left \\[/data\\]. Free some.",
        "",
        "## Worth knowing",
        "",
        "- **freshness** all\\_orders is late \\[test\\_store US\\].",
        "",
        "## What was done",
        "",
        "- **database** it was tended.",
    ]


def test_housekeeping_fails_only_when_a_person_has_to_act():
    assert require_nothing_to_do(FINDINGS[::2]) == FINDINGS[::2]
    with pytest.raises(PermanentError, match="a person is needed: 1 GB is left"):
        require_nothing_to_do(FINDINGS)
