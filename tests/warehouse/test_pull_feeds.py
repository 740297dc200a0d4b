"""Feeds that are asked for in their own way: settlements from the list, weeks and months, products in parts, two logins."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from sellerwatch.core.periods import Days
from sellerwatch.settings.environment import Environment
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.accounts import open_accounts
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.listing import Listing
from sellerwatch.warehouse.load import load_night
from sellerwatch.warehouse.pull import pull_night
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.wanting import LISTING
from sellerwatch.warehouse.windows import Window, windows_of_night
from tests.warehouse.conftest import NIGHT, STORE

SETTLEMENTS = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"


def only_problem(report):
    (problem,) = report.problems
    return problem


def settlements(night):
    with reading(night.workspace.engine) as connection:
        return set(connection.execute(select(FACTS["settlement"].c.settlement_id)).scalars())


@pytest.fixture
def settling(night):
    """A night that pulls settlements of the last five days, of two days each: small enough to be quick."""
    amazon = night.simulator.amazon
    amazon.settings = replace(amazon.settings, settlement_days=2)
    settings = night.only("settlement").workspace.settings
    pull = settings.reports["settlement"].model_copy(update={"history_days": 5})
    night.workspace = replace(night.workspace, settings=replace(settings, reports={**settings.reports, "settlement": pull}))
    return night


def test_settlements_are_found_in_the_list_and_never_asked_for(settling):
    report = settling.pull()
    loaded = settling.load()

    assert (report.problems, loaded.problems) == ((), ())
    assert report.documents == loaded.documents == len(settlements(settling)) == report.windows - 1
    assert "createReport" not in settling.calls()


def test_a_second_look_on_the_same_night_is_not_taken_and_on_the_next_finds_nothing_new(settling):
    first = settling.pull()
    calls = settling.calls()

    again = settling.pull()
    settling.clock.sleep(24 * 3600)
    next_night = pull_night(settling.workspace, STORE, NIGHT + timedelta(days=1))

    assert first.documents > 0
    assert again.documents == next_night.documents == 0
    assert settling.calls() == {**calls, "getReports": calls["getReports"] + 1, "token": calls["token"] + 1}


def test_a_look_for_days_gone_by_reaches_back_to_the_first_of_them(settling):
    settling.pull()
    workspace, start = settling.workspace, NIGHT - timedelta(days=12)
    window = Window(STORE, "US", "settlement", Days(start, NIGHT - timedelta(days=1)), LISTING)
    with writing(workspace.engine) as connection:
        windows.enter_past(connection, window, "backfill b1")
    with open_accounts(workspace, STORE) as accounts:
        listing = Listing(workspace.engine, accounts, settling.clock, workspace.settings.reports)
        found = listing.look_through(window, windows.NO_NIGHT, asked_by="backfill b1")

    assert found
    assert start - timedelta(days=3) <= min(one.days.first for one in found) < NIGHT - timedelta(days=8)


def test_a_list_that_cannot_be_read_is_a_problem_and_is_looked_through_by_the_next_run(settling):
    settling.order({"fault": "html_500", "operation": "getReports", "times": 9})

    report = settling.pull()
    settling.simulator.amazon.faults.waiting.clear()
    again = settling.pull()

    assert "500" in only_problem(report).what
    assert report.documents == 0
    assert (again.documents > 0, again.problems) == (True, ())


def test_a_settlement_that_cannot_be_used_is_fetched_again_by_the_next_run_and_never_asked_for(settling):
    settling.order({"fault": "missing_column", "column": "amount", "report_type": SETTLEMENTS})
    settling.pull()
    first = settling.load()

    again, second = settling.pull(), settling.load()

    assert (first.quarantined, again.documents, again.problems) == (1, 1, ())
    # The same bytes again are the same document: it stays aside, and is told as long as the night is the newest.
    assert (second.documents, second.quarantined, len(second.problems)) == (0, 0, 1)
    assert "createReport" not in settling.calls()


def test_weeks_and_months_are_asked_for_from_their_first_to_their_last_day(night):
    night.only("repeat_purchase", "storage_fees").pull()

    asked = {
        (report.order.report_type.split("_")[1], str(report.order.data_start)[:10], str(report.order.data_end)[:10])
        for report in night.simulator.amazon.reports.values()
    }
    assert {kind for kind, _, _ in asked} == {"BRAND", "FBA"}
    weeks = {(date.fromisoformat(first), date.fromisoformat(last)) for kind, first, last in asked if kind == "BRAND"}
    assert {(first.strftime("%a"), (last - first).days) for first, last in weeks} == {("Sun", 6)}
    # The months are Los Angeles', so they begin at 7 or 8 in the morning of the first day in UTC.
    assert {last for kind, _, last in asked if kind == "FBA"} == {"2026-10-01", "2026-11-01"}


def test_products_are_asked_for_in_parts_once_they_are_known(night):
    night.only("fba_inventory", "search_query_performance")
    first = night.pull()
    night.load()
    again = night.pull()
    night.clock.sleep(24 * 3600)

    second = pull_night(night.workspace, STORE, NIGHT + timedelta(days=1))
    load_night(night.workspace, STORE, NIGHT + timedelta(days=1))

    assert first.windows == again.windows == 1
    assert second.problems == ()
    table = FACTS["search_query_performance"]
    with reading(night.workspace.engine) as connection:
        sold = set(connection.execute(select(FACTS["fba_inventory"].c.asin).distinct()).scalars())
        found = set(connection.execute(select(table.c.asin).distinct()).scalars())
    assert found
    assert found <= sold
    options = [report.order.options for report in night.simulator.amazon.reports.values() if "asin" in report.order.options]
    named = [asin for option in options for asin in option["asin"].split()]
    assert max(len(option["asin"]) for option in options) <= 200
    assert set(named) == sold
    assert len(options) == second.windows - 1


def test_two_parts_whose_answers_were_lost_are_not_taken_for_each_other(night):
    night.only("fba_inventory", "search_query_performance").pull()
    night.load()
    night.only("search_query_performance").clock.sleep(24 * 3600)
    night.order({"fault": "lost_answer", "operation": "createReport", "times": 2})

    report = pull_night(night.workspace, STORE, NIGHT + timedelta(days=1))

    assert report.problems == ()
    by_id = {item.report_id: item.order.options for item in night.simulator.amazon.reports.values()}
    with reading(night.workspace.engine) as connection:
        rows = windows_of_night(connection, STORE, NIGHT + timedelta(days=1))
    parts = [row for row in rows if row.window.part]
    assert len(parts) > 2
    assert all(by_id[row.report_id]["asin"].split() == list(row.asins) for row in parts)


def test_an_advertising_account_that_is_not_set_up_is_one_problem_and_stops_nothing_else(night):
    settings = night.only("fba_inventory", "ads_sp_campaigns", "ads_sd_campaigns").workspace.settings
    values = {name: value for name, value in settings.environment.values.items() if name != "CASCADE_ADS_REFRESH_TOKEN"}
    night.workspace = replace(night.workspace, settings=replace(settings, environment=Environment(values)))

    report = night.pull()

    assert report.documents == 1
    assert "CASCADE_ADS_REFRESH_TOKEN is not set" in only_problem(report).what
    assert "advertising account" in only_problem(report).place


def test_a_store_without_advertising_wants_no_ads_report(night):
    night.only("fba_inventory", "ads_sp_campaigns")
    settings = night.workspace.settings
    store = settings.stores[STORE].model_copy(update={"ads": None})
    night.workspace = replace(night.workspace, settings=replace(settings, stores={**settings.stores, STORE: store}))

    report = night.pull()

    assert (report.windows, report.problems) == (1, ())


def test_advertising_is_pulled_again_for_as_long_as_its_sales_are_attributed(night):
    """Orders up to fourteen days after a click are credited to it, so the last fourteen days are never final."""
    night.only("ads_sp_campaigns").pull()
    night.clock.sleep(24 * 3600)

    report = pull_night(night.workspace, STORE, NIGHT + timedelta(days=1))

    assert report.problems == ()
    with reading(night.workspace.engine) as connection:
        (first,) = windows_of_night(connection, STORE, NIGHT)
        (second,) = windows_of_night(connection, STORE, NIGHT + timedelta(days=1))
    assert (len(first.window.days), len(second.window.days)) == (30, 14)
    pulls = {name: pull for name, pull in night.workspace.settings.reports.items() if name.startswith("ads_")}
    assert len(pulls) == 6
    assert all(pull.repull_days >= 14 and pull.max_days <= 31 for pull in pulls.values())


def test_returns_are_read_again_and_not_final_for_as_long_as_amazon_books_them_late(settings):
    returns = [settings.reports[name] for name in ("fba_returns", "merchant_returns")]

    assert all(min(pull.repull_days, pull.settled_after_days, pull.history_days) >= 35 for pull in returns)
