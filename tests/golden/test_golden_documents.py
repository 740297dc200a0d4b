"""Every golden document gives exactly the facts kept beside it."""

from __future__ import annotations

import json

import pytest

from sellerwatch.reports.registry import REPORTS
from tests.golden.regenerate import cases

CASES = {case.name: case for case in cases()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_document_gives_the_facts_kept_beside_it(case):
    expected = json.loads(case.expectation.read_text("utf-8"))

    assert case.outcome() == expected


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_has_a_document_with_the_header_of_a_live_account(report):
    case = CASES[f"{report}/live_2026"]

    outcome = case.outcome()

    assert outcome["unknown_columns"] == []
    assert outcome["row_count"] > 0


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_case_says_why_it_exists(case):
    assert (case.folder / "note.md").read_text("utf-8").strip()
