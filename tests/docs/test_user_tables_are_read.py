"""That a table which people are asked to fill in says so while nothing is made of it."""

from __future__ import annotations

from sellerwatch.reports.user.tables import USER_TABLES
from tests.conftest import ROOT


def test_a_table_that_no_metric_reads_says_so():
    code = "".join(path.read_text("utf-8") for path in (ROOT / "sellerwatch" / "metrics").rglob("*.py"))
    unread = {name for name in USER_TABLES if f'"{name}"' not in code}

    assert {name for name, table in USER_TABLES.items() if "no metric reads it yet" in table.note} == unread
