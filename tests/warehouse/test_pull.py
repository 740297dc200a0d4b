"""A pull against the simulated Amazon: asked once, resumed after any failure, and one at a time."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.environment import Environment
from sellerwatch.warehouse.asking import Asking
from sellerwatch.warehouse.pull import pull_night
from tests.warehouse.conftest import ADVICE, INVENTORY, NIGHT, PLANNING, STOCK, STORE


def only_problem(report):
    (problem,) = report.problems
    return problem


def test_a_night_is_pulled_and_a_second_run_of_it_makes_no_call(night):
    first = night.pull()
    calls = night.calls()

    second = night.pull()

    assert (first.documents, first.windows, first.problems) == (7, 7, ())
    assert set(night.states().values()) == {"done"}
    assert night.calls() == calls
    assert (second.documents, second.problems) == (0, ())


def test_progress_counts_every_window_once(night):
    heard = []

    pull_night(
        night.only("fba_inventory", "inventory_planning").workspace,
        STORE,
        NIGHT,
        progress=lambda done, total, text: heard.append((done, total, text)),
    )

    assert [(done, total) for done, total, _ in heard] == [(1, 2), (2, 2)]
    assert len({text for _, _, text in heard}) == 2


@pytest.mark.parametrize("report", ["fba_inventory", "all_orders"])
def test_a_report_whose_answer_was_lost_is_found_and_not_asked_for_twice(night, report):
    night.only(report).order({"fault": "lost_answer", "operation": "createReport"})

    pulled = night.pull()

    assert (pulled.documents, pulled.problems) == (1, ())
    assert (night.calls()["createReport"], night.calls()["getReports"]) == (1, 1)


def test_a_request_that_was_lost_on_its_way_is_made_again_in_the_same_run(night):
    night.only("fba_inventory").order({"fault": "drop_connection", "operation": "createReport"})

    pulled = night.pull()

    assert (pulled.documents, pulled.problems) == (1, ())
    assert len(night.ids_asked(INVENTORY)) == 1


def test_requests_that_are_lost_again_and_again_are_left_to_the_next_run(night):
    night.only("fba_inventory").order({"fault": "html_500", "operation": "createReport", "times": 3})

    report = night.pull()
    again = night.pull()

    assert "500" in only_problem(report).what
    assert (again.documents, night.states()[STOCK]) == (1, "done")
    assert len(night.ids_asked(INVENTORY)) == 1


def test_a_crash_before_the_report_id_is_stored_costs_no_second_report(night, monkeypatch):
    night.only("fba_inventory")

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(Asking, "_keep_id", crash)
        with pytest.raises(KeyboardInterrupt):
            night.pull()
    assert night.states()[STOCK] == "requesting"

    report = night.pull()

    assert (report.documents, report.problems) == (1, ())
    assert night.calls()["createReport"] == 1


def test_a_missing_role_is_a_problem_of_the_reports_it_concerns(night):
    night.only("fba_inventory", "inventory_planning").order({"fault": "missing_role", "report_type": PLANNING})

    report = night.pull()

    assert night.states() == {STOCK: "done", ADVICE: "wanted"}
    assert "role" in only_problem(report).remedy


def test_a_credential_that_is_not_set_is_a_problem_that_names_the_variable(night):
    settings = night.workspace.settings
    values = {name: value for name, value in settings.environment.values.items() if name != "CASCADE_REFRESH_TOKEN"}
    night.workspace = replace(night.workspace, settings=replace(settings, environment=Environment(values)))

    report = night.pull()

    assert "CASCADE_REFRESH_TOKEN is not set" in only_problem(report).what
    assert [problem for _, problem in night.problems()] == list(report.problems)


def test_a_raw_store_that_cannot_be_written_is_one_problem_and_asks_for_nothing(night):
    night.only("fba_inventory")
    night.workspace.raw.folder.parent.mkdir(parents=True, exist_ok=True)
    night.workspace.raw.folder.write_text("in the way")

    report = night.pull()

    assert "cannot write to the raw store" in only_problem(report).what
    assert night.calls() == {}


def test_a_night_of_the_future_is_refused(night):
    with pytest.raises(ConfigError, match="lies in the future"):
        pull_night(night.workspace, STORE, NIGHT + timedelta(days=1))


def test_a_past_night_asks_for_no_snapshot(night):
    pull_night(night.only("fba_inventory", "sales_traffic").workspace, STORE, NIGHT - timedelta(days=2))

    assert {report.order.report_type for report in night.simulator.amazon.reports.values()} == {"GET_SALES_AND_TRAFFIC_REPORT"}


def test_two_pulls_of_the_same_night_at_once_ask_for_no_report_twice(night):
    night.only("fba_inventory", "inventory_planning", "sales_traffic")
    reports, together = [], threading.Barrier(3)

    def pull():
        together.wait()
        reports.append(night.pull())

    threads = [threading.Thread(target=pull) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(report.documents for report in reports) == [0, 0, 6]
    assert night.calls()["createReport"] == 6
    assert len(night.manifest()) == 6


def test_a_report_nobody_can_read_is_refused_before_anything_is_asked(night):
    settings = night.only("guesswork").workspace.settings
    reports = {**settings.reports, "guesswork": settings.reports["fba_inventory"]}
    night.workspace = replace(night.workspace, settings=replace(settings, reports=reports))

    with pytest.raises(ConfigError, match="unknown report 'guesswork'"):
        night.pull()
    assert night.calls() == {}
