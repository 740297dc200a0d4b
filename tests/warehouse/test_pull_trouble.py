"""Trouble between the pull and Amazon: what passes is sat out, what lasts costs one window and is mended by the next run."""

from datetime import timedelta

import pytest

from tests.warehouse.conftest import INVENTORY, STORE


def only_problem(report):
    (problem,) = report.problems
    return problem


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "html_500", "operation": "token"},
        {"fault": "html_500", "operation": "getReport", "times": 3},
        {"fault": "empty_503", "operation": "createReport", "times": 3},
        {"fault": "throttle", "operation": "createReport", "times": 9},
        {"fault": "throttle", "operation": "getReport", "times": 9},
        {"fault": "expired_token", "operation": "getReport"},
        {"fault": "expired_url", "times": 2},
        {"fault": "drop_connection", "operation": "download"},
        {"fault": "drop_connection", "operation": "getReport", "times": 2},
        {"fault": "lost_answer", "operation": "getReportDocument"},
        {"fault": "two_member_gzip"},
    ],
    ids=lambda fault: f"{fault['fault']}-{fault.get('operation', 'document')}",
)
def test_trouble_that_passes_is_sat_out_without_a_problem(night, fault):
    night.only("fba_inventory").order(fault)

    report = night.pull()

    assert (report.documents, report.problems) == (1, ())
    assert night.simulator.amazon.faults.waiting == []
    assert len(night.ids_asked(INVENTORY)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "message_401", "operation": "createReport"},
        {"fault": "message_401", "operation": "getReport"},
        {"fault": "expired_url", "times": 4, "report_type": INVENTORY},
        {"fault": "message_401", "operation": "getReportDocument"},
    ],
    ids=lambda fault: f"{fault['fault']}-{fault.get('operation', 'document')}",
)
def test_lasting_trouble_costs_one_window_and_the_next_run_mends_it_with_the_same_report(night, fault):
    night.only("fba_inventory", "inventory_planning").order(fault)

    report = night.pull()
    again = night.pull()

    assert report.documents == 1
    assert only_problem(report).remedy or only_problem(report).what
    assert only_problem(report).place.startswith(f"{STORE}/US/")
    assert (again.documents, again.problems) == (1, ())
    assert set(night.states().values()) == {"done"}
    assert len(night.simulator.amazon.reports) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "html_500", "operation": "getReport", "times": 4},
        {"fault": "empty_503", "operation": "createReport", "times": 4},
        {"fault": "drop_connection", "operation": "download", "times": 8},
    ],
    ids=lambda fault: f"{fault['fault']}-{fault['operation']}",
)
def test_trouble_that_strikes_whatever_is_called_ends_after_a_few_tries_and_costs_no_second_report(night, fault):
    night.only("fba_inventory").order(fault)

    report = night.pull()
    again = night.pull()

    assert only_problem(report).place.startswith(f"{STORE}/US/fba_inventory")
    assert (report.documents, again.documents, again.problems) == (0, 1, ())
    assert night.simulator.amazon.faults.waiting == []
    assert len(night.simulator.amazon.reports) == 1


def test_quota_that_others_use_up_for_hours_is_waited_for_until_the_deadline(night):
    night.only("fba_inventory").order({"fault": "throttle", "operation": "createReport", "times": None})
    began_at = night.clock.now()

    report = night.pull()
    took = night.clock.now() - began_at
    night.simulator.amazon.faults.waiting = []
    again = night.pull()

    assert "quota" in only_problem(report).what
    assert timedelta(minutes=59) < took < timedelta(minutes=62)
    assert (again.documents, again.problems) == (1, ())


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"fault": "revoked"}, "authorise the app again"),
        ({"fault": "wrong_secret"}, "client id and secret"),
        ({"fault": "expired_secret"}, "client id and secret"),
        ({"fault": "html_500", "operation": "token", "times": None}, ""),
    ],
    ids=["revoked", "wrong_secret", "expired_secret", "login_down"],
)
def test_a_login_that_fails_is_one_problem_of_the_store_and_nothing_is_asked(night, fault, says):
    night.only("fba_inventory", "inventory_planning").order(fault)

    report = night.pull()
    night.simulator.amazon.faults.waiting = []
    again = night.pull()

    assert only_problem(report).place.startswith(f"store {STORE}")
    assert says in only_problem(report).remedy
    assert again.documents == 2
