"""`sellerwatch plan`: the same plan for people and as JSON, and a mistake in one line."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sellerwatch.core.clock import CLOCK_VARIABLE
from sellerwatch.core.periods import Days
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import open_workspace

PAST = ("--from", "2025-11-18", "--to", "2026-11-16")
KEYS = ["requests", "calls", "seconds", "lower_bound_seconds", "routes", "left_out"]


@pytest.fixture
def planned(configured, monkeypatch):
    """A new warehouse in the morning of the demo world's first night."""
    monkeypatch.setenv(CLOCK_VARIABLE, "2026-01-01T00:00:00+00:00=2026-11-17T13:30:00+00:00@0.000001")
    return configured


def test_the_plan_of_a_year_has_its_price_its_routes_and_what_is_left_out(sellerwatch, planned):
    told = sellerwatch("plan", *PAST, "--store", "cascade", "--feed", "sales_traffic", "--feed", "restock", "--json").facts

    assert list(told) == KEYS
    assert told["requests"] == 364
    assert told["calls"] == {"createReport": 364, "getReport": 364, "getReportDocument": 364}
    assert told["seconds"] == told["lower_bound_seconds"] == pytest.approx(361 / 0.01 + 60, abs=0.1)
    assert told["routes"] == [
        {
            "store": "cascade",
            "marketplace": "US",
            "feed": "sales_traffic",
            "route": "one_report_a_day",
            "why": "one report covers one day, and no product is known that sales_traffic_trends could be asked about",
            "requests": 364,
            "first": "2025-11-18",
            "last": "2026-11-16",
        }
    ]
    assert told["left_out"] == [
        {
            "store": "cascade",
            "marketplace": "US",
            "feed": "restock",
            "first": "2025-11-18",
            "last": "2026-11-16",
            "reason": "a report of the present state: Amazon makes none of a day gone by",
        }
    ]


def test_people_read_what_it_costs_how_long_it_takes_and_what_is_left_out_once_for_all_marketplaces(sellerwatch, planned):
    lines = sellerwatch("plan", *PAST, "--store", "alpine", "--feed", "ledger_detail", "--feed", "restock").out.splitlines()

    assert lines[0].split("\t") == ["store", "marketplace", "feed", "route", "requests", "days", "why"]
    assert lines[1].split("\t") == [
        "alpine",
        "DE, UK",
        "ledger_detail",
        "range_reports",
        "24",
        "2025-11-18..2026-11-16",
        "one report covers up to 31 days",
    ]
    assert lines[2:] == [
        (
            "  left out: alpine DE, UK restock 2025-11-18..2026-11-16: "
            "a report of the present state: Amazon makes none of a day gone by"
        ),
        "24 requests; calls at the least: 24 createReport, 24 getReport, 24 getReportDocument",
        "expected to take 10 min; Amazon's limits alone force 10 min",
    ]


def test_in_a_terminal_the_routes_are_a_table(sellerwatch, planned, monkeypatch):
    shown = []
    monkeypatch.setattr("sellerwatch.cli.plan.say_table", lambda title, columns, rows: shown.append((title, list(rows))))

    sellerwatch("plan", *PAST, "--store", "cascade", "--feed", "economics")

    assert shown == [
        (
            "Requests",
            [
                (
                    "cascade",
                    "US",
                    "economics",
                    "range_reports",
                    "1",
                    PAST[1] + ".." + PAST[3],
                    "one report covers up to 365 days",
                )
            ],
        )
    ]


def test_again_asks_as_much_as_gaps_of_an_empty_warehouse(sellerwatch, planned):
    again, gaps = (sellerwatch("plan", *PAST, "--mode", mode, "--json").facts for mode in ("again", "gaps"))

    assert again == gaps
    assert {route["store"] for route in gaps["routes"]} == {"cascade", "alpine"}


def test_without_days_it_is_the_plan_of_tonight(sellerwatch, planned):
    told = sellerwatch("plan", "--store", "cascade", "--json").facts

    routes = {route["feed"]: (route["route"], route["requests"], route["last"]) for route in told["routes"]}
    assert routes["fba_inventory"] == ("snapshot", 1, "2026-11-17")
    assert routes["sales_traffic"] == ("one_report_a_day", 4, "2026-11-16")
    assert routes["settlement"] == ("amazon_list", 1, "2026-11-17")
    assert routes["all_orders"] == ("range_reports", 1, "2026-11-16")
    assert {route["why"] for route in told["routes"]} == {"what the night of 2026-11-17 wants"}
    assert told["left_out"] == []
    assert told["calls"]["getInventorySummaries"] == 1
    only = sellerwatch("plan", "--store", "cascade", "--feed", "sales_traffic", "--json").facts
    assert only["requests"] == 4


def test_nothing_to_ask_is_said_in_so_many_words(sellerwatch, planned):
    out = sellerwatch("plan", *PAST, "--store", "cascade", "--feed", "restock").out

    assert "0 requests; calls at the least: none" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "2026-11-01"), "a plan of days gone by needs both ends. Give --from and --to, or neither for tonight."),
        (
            ("--from", "2026-11-02", "--to", "2026-11-01"),
            "the first day 2026-11-02 comes after the last, 2026-11-01. Exchange --from and --to.",
        ),
        (("--from", "2026-11-02", "--to", "2026-11-18"), "2026-11-18 lies in the future [--to]. Use 2026-11-17 or earlier."),
        ((*PAST, "--mode", "all"), "unknown mode 'all'. Use one of: gaps, again."),
        (("--mode", "again"), "--mode is for days gone by [--mode]. Give --from and --to as well, or leave it out."),
        (("--route", "snapshot"), "--route is for days gone by [--route]. Give --from and --to as well, or leave it out."),
        ((*PAST, "--store", "cascad"), "unknown store 'cascad' [config/stores.yaml]. Use one of: cascade, alpine."),
        (("--store", "cascad"), "unknown store 'cascad' [config/stores.yaml]. Use one of: cascade, alpine."),
        (("--feed", "returns"), "unknown feed 'returns' [config/reports.yaml]. Use one of: all_orders, fba_inventory, "),
        ((*PAST, "--feed", "returns"), "unknown feed 'returns' [config/reports.yaml]. Use one of: all_orders, fba_inventory, "),
        (
            (*PAST, "--route", "by_mail"),
            (
                "unknown route 'by_mail'. Use one of: data_kiosk_trends, one_report_a_day, range_reports, calendar_periods, "
                "amazon_list, snapshot."
            ),
        ),
    ],
)
def test_a_mistake_is_one_line_with_exit_code_2(sellerwatch, planned, arguments, message):
    ran = sellerwatch("plan", *arguments)

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.replace(f"{planned}/", "").startswith(f"Error: {message}")


def test_windows_on_their_way_are_told_apart(sellerwatch, planned):
    workspace = open_workspace(load_settings())
    with writing(workspace.engine) as connection:
        window = Window("cascade", "US", "ledger_detail", Days(date(2026, 11, 1), date(2026, 11, 16)))
        windows.enter_past(connection, window, "backfill b1")
        windows.mark_requesting(connection, window, datetime(2026, 11, 17, 13, tzinfo=UTC))
        windows.mark_requested(connection, window, "r-1")
    workspace.engine.dispose()

    out = sellerwatch("plan", *PAST, "--store", "cascade", "--feed", "ledger_detail").out

    assert "requests, 1 of them on their way already; calls at the least: 13 getReport, 13 getReportDocument, 12 " in out
