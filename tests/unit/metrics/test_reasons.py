"""Every reason that a value may carry is told in words, and what is said sends people to tables that there are."""

from __future__ import annotations

import re
from pathlib import Path

from sellerwatch.metrics.reasons import REASONS, all_in_words, in_words
from sellerwatch.metrics.sheets.configured import shipped_settings
from sellerwatch.reports.user.tables import USER_TABLES

METRICS = Path(__file__).resolve().parents[3] / "sellerwatch" / "metrics"
WRITTEN = re.compile(r'(?:reason=|literal\()"([a-z_]+)"(?=[,)])|\b(?:is_unknown|is_thin|~is_known)[^"\n]*?, "([a-z_]+)"')


def test_every_reason_of_the_catalogue_is_told():
    metrics = shipped_settings().metrics.values()
    given = {reason for metric in metrics for reason in (*metric.unknown, *metric.provisional)}
    given |= {metric.without_denominator for metric in metrics} | {metric.without_cells for metric in metrics}

    assert given - REASONS.keys() == set()


def test_every_reason_that_the_code_writes_is_told():
    measuring = ("", "sql", "stock", "derived", "declared")
    files = [file for folder in measuring for file in (METRICS / folder).glob("*.py")]
    written = {word for file in files for pair in WRITTEN.findall(file.read_text(encoding="utf-8")) for word in pair if word}
    reasons = written - {"unknown", "ok", "provisional", "marketplace", "store", "sku"}

    assert len(reasons) > 5
    assert reasons - REASONS.keys() - {"provisional_days", "not_within_a_year"} == set()


def test_a_remedy_names_tables_that_there_are():
    named = {word for reason in REASONS.values() for word in re.findall(r"fill in `(\w+)`", reason.remedy)}

    assert named
    assert named - USER_TABLES.keys() == set()


def test_a_reason_is_told_once_and_one_of_ones_own_is_left_out():
    assert all_in_words(["no_rate", None, "no_rate", "mine", "no_clicks"]) == [
        "no_rate: an amount is in a currency without a rate; fill in `fx_rate`",
        "no_clicks: there were no clicks",
    ]
    assert in_words("mine") is None
