"""What `check` and `status` print of data checks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sellerwatch.cli import check as check_command
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.checks.results import Result, replace_results, verdicts
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.workspace import open_workspace

NIGHT = date(2026, 11, 17)
FAILED = Result(
    check_name="orders_vs_sales_traffic",
    marketplace="US",
    day=date(2026, 11, 13),
    measure="units",
    status="fail",
    severity="orange",
    remedy="Run the night again",
    compared=1,
    off=1,
    expected=Decimal("1200.000000"),
    found=Decimal("110.500000"),
)
LINE = "orders_vs_sales_traffic [US] 2026-11-13 units: expected 1,200, found 110.5. Run the night again."


@pytest.fixture
def failing(monkeypatch):
    asked = []

    def check_everything(_workspace, store_id, _as_of, *, only):
        asked.append((store_id, tuple(only)))
        return verdicts([FAILED] if store_id == "cascade" else [])

    monkeypatch.setattr(check_command, "check_everything", check_everything)
    return asked


def test_a_failed_check_ends_with_exit_code_1_and_one_line(sellerwatch, configured, failing):
    ran = sellerwatch("check", "--only", "orders_vs_sales_traffic")

    assert ran.code == 1
    assert ran.out.splitlines() == [
        "cascade: 0 passed, 1 failed, 0 not judged",
        f"  {LINE}",
        "alpine: 0 passed, 0 failed, 0 not judged",
    ]
    assert failing == [("cascade", ("orders_vs_sales_traffic",)), ("alpine", ("orders_vs_sales_traffic",))]


def test_checks_as_json_are_one_object(sellerwatch, configured, failing):
    ran = sellerwatch("check", "--json", "--store", "cascade")

    (store,) = ran.facts["stores"]
    assert (ran.code, store["store"], store["checks"][0]["failures"][0]["found"]) == (1, "cascade", "110.500000")


def test_an_empty_warehouse_has_nothing_to_judge_and_nothing_wrong(sellerwatch, configured):
    ran = sellerwatch("check", "--store", "cascade")

    assert ran.code == 0
    assert ran.out.startswith("cascade: 0 passed, 0 failed, ")


def test_a_check_nobody_knows_is_refused(sellerwatch, configured):
    ran = sellerwatch("check", "--only", "order")

    assert ran.code == 2
    assert ran.err.startswith("Error: unknown check 'order'. Use one of: ")


def test_the_status_names_failed_checks_and_counts_the_others(sellerwatch, configured):
    workspace = open_workspace(load_settings())
    with writing(workspace.engine) as connection:
        replace_results(connection, "cascade", NIGHT, [FAILED])
    workspace.engine.dispose()

    ran = sellerwatch("status")

    assert f"  data check: {LINE}\n  data checks of 2026-11-17: 0 passed, 1 failed, 0 not judged\n" in ran.out
    assert ran.out.count("data checks of") == 1
    assert "  stories of US: traffic disagrees, behaviour not judged, finance not judged\n" in ran.out
