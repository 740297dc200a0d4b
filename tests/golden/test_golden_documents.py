"""Every golden document gives exactly the facts kept beside it."""

from __future__ import annotations

import json

import pytest

from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS
from tests.golden.regenerate import cases
from tests.walking import walk

CASES = {case.name: case for case in cases()}


@pytest.mark.parametrize("report", REPORTS)
def test_each_document_of_a_feed_gives_the_facts_kept_beside_it(report, subtests):
    def check(case):
        assert case.outcome() == json.loads(case.expectation.read_text("utf-8"))

    walk(subtests, {name: case for name, case in CASES.items() if case.folder.parent.name == report}, check)


def test_every_report_has_a_document_with_the_header_of_a_live_account(subtests):
    def check(report):
        outcome = CASES[f"{report}/live_2026"].outcome()
        assert outcome["unknown_columns"] == []
        assert outcome["row_count"] > 0

    # What an API answers has no header.
    walk(subtests, {name: name for name, report in REPORTS.items() if report.source is not Source.INVENTORY}, check)


def test_every_case_says_why_it_exists(subtests):
    def check(case):
        assert (case.folder / "note.md").read_text("utf-8").strip()

    walk(subtests, CASES, check)
