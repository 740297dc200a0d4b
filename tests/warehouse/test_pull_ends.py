"""How a report can end, and what each end makes of its window: cancelled, fatal, never, damaged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sellerwatch.amazon import reports_source
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.warehouse.collecting import Collecting
from tests.warehouse.conftest import ADVICE, INVENTORY, ORDERS, STOCK


def only_problem(report):
    (problem,) = report.problems
    return problem


def test_a_cancelled_report_is_asked_for_again_after_its_cool_down_in_the_same_run(night):
    night.only("fba_inventory").order({"fault": "cancelled"})

    report = night.pull()

    assert (report.documents, report.problems) == (1, ())
    first, second = night.simulator.amazon.reports.values()
    assert second.created_at - first.created_at >= timedelta(minutes=30)


def test_a_report_cancelled_twice_is_empty_and_never_asked_for_again(night):
    night.only("fba_inventory").order({"fault": "cancelled", "times": 2})

    report = night.pull()
    night.pull()

    assert (report.documents, report.problems) == (0, ())
    assert night.states()[STOCK] == "empty"
    assert "cancelled 2 reports in a row" in night.rows()[STOCK].detail
    assert night.calls()["createReport"] == 2


def test_only_cancellations_in_a_row_mean_that_there_is_no_data(night):
    night.only("fba_inventory").order({"fault": "fatal"}, {"fault": "cancelled"})
    night.pull()
    night.clock.sleep(3600)

    night.pull()

    assert night.states()[STOCK] == "done"
    assert len(night.ids_asked(INVENTORY)) == 3


def test_a_request_that_amazon_did_not_take_does_not_count_as_a_cancellation(night):
    night.only("fba_inventory").order({"fault": "message_401", "operation": "createReport"})
    assert night.pull().problems
    row = night.rows()[STOCK]
    assert (row.state, row.asked_at) == ("wanted", None)
    night.order({"fault": "cancelled"})

    night.pull()

    assert night.states()[STOCK] == "done"
    assert "getReports" not in night.calls()


def test_a_cool_down_beyond_the_deadline_is_left_to_a_later_run(night):
    night.only("fba_inventory").order({"fault": "cancelled"})
    settings = night.workspace.settings
    slow = settings.reports["fba_inventory"].model_copy(update={"cooldown_minutes": 600})
    night.workspace = replace(night.workspace, settings=replace(settings, reports={**settings.reports, "fba_inventory": slow}))

    first, second = night.pull(), night.pull()
    asked = night.calls()["createReport"]
    night.clock.sleep(9.9 * 3600)
    third = night.pull()

    assert asked == 1
    for report in (first, second):
        assert "Amazon cancelled it" in only_problem(report).what
        assert "again after 2026-11-17T23:30:" in only_problem(report).remedy
    assert third.documents == 1


def test_a_fatal_report_keeps_its_text_and_bytes_and_the_rest_of_the_night_is_done(night):
    night.only("fba_inventory", "inventory_planning")
    night.order({"fault": "fatal", "report_type": INVENTORY, "text": "The role is missing."})

    report = night.pull()

    assert night.states() == {STOCK: "fatal", ADVICE: "done"}
    assert night.rows()[STOCK].detail == "The role is missing."
    assert only_problem(report).what == "Amazon could not make the report: The role is missing"
    fatal = next(entry for entry in night.manifest() if entry.received.outcome == "fatal")
    assert night.workspace.raw.read(fatal) == b"The role is missing."


def test_a_fatal_report_without_text_says_so_and_is_asked_for_again_by_the_next_run(night):
    night.only("fba_inventory").order({"fault": "fatal"})

    report = night.pull()
    again = night.pull()

    assert "no reason given" in only_problem(report).what
    assert (again.documents, again.problems) == (1, ())


def test_a_fatal_report_whose_text_cannot_be_had_still_ends_the_window(night):
    night.only("fba_inventory").order({"fault": "fatal", "text": "x"}, {"fault": "expired_url", "times": 3})
    night.order({"fault": "html_500", "operation": "getReportDocument", "times": 4})

    night.pull()

    assert night.states()[STOCK] == "fatal"


@pytest.mark.parametrize(("fault", "status"), [("stuck_in_queue", "IN_QUEUE"), ("stuck_in_progress", "IN_PROGRESS")])
def test_a_report_that_never_ends_is_given_up_for_now_and_resumed_by_the_next_run(night, fault, status):
    night.only("fba_inventory").order({"fault": fault})

    report = night.pull()
    stuck = night.simulator.amazon.reports[next(iter(night.simulator.amazon.reports))]
    stuck.verdict = None
    again = night.pull()

    assert only_problem(report).what == f"Amazon has not finished the report: {status}"
    assert f"report {stuck.report_id}" in only_problem(report).place
    assert (again.documents, again.problems) == (1, ())
    assert night.calls()["createReport"] == 1


def test_a_cancelled_report_is_not_taken_for_the_one_that_was_lost_after_it(night, monkeypatch):
    cancelled = Collecting._collect_cancelled

    def lose_the_next_request(collecting, window, state):
        night.order({"fault": "drop_connection", "operation": "createReport"})
        return cancelled(collecting, window, state)

    monkeypatch.setattr(Collecting, "_collect_cancelled", lose_the_next_request)
    night.only("all_orders").order({"fault": "cancelled"})

    report = night.pull()

    assert (report.documents, report.problems) == (1, ())
    assert len(night.ids_asked(ORDERS)) == 2


def test_a_snapshot_of_a_past_day_is_never_filled_with_the_present(night):
    night.only("fba_inventory").order({"fault": "fatal"})
    night.pull()
    night.clock.sleep(24 * 3600)

    report = night.pull()

    assert only_problem(report).what == "the state of 2026-11-17 can no longer be asked for"
    assert night.calls()["createReport"] == 1


def test_a_document_that_amazon_keeps_damaged_is_quarantined_and_another_report_mends_it(night):
    night.only("fba_inventory").order({"fault": "truncated_gzip"})

    report = night.pull()
    loaded = night.load()

    assert "the document is damaged" in only_problem(report).what
    assert [entry.received.outcome for entry in night.manifest()] == ["damaged"]
    assert night.workspace.raw.object_path(night.manifest()[0].sha256).stat().st_size > 0
    assert (loaded.documents, loaded.quarantined, loaded.problems) == (0, 0, ())  # the pull has told of it
    assert [step for step, _ in night.problems()] == ["pull"]

    again, loaded = night.pull(), night.load()

    assert (again.documents, again.problems) == (1, ())
    assert (loaded.documents, loaded.problems, night.problems()) == (1, (), [])


def test_a_damaged_transfer_is_fetched_again_at_once(night, monkeypatch):
    fetch, fetched = reports_source.fetch_report_document, []

    def damage_first(api, document_id, inbox):
        download = fetch(api, document_id, inbox)
        fetched.append(download)
        return replace(download, problem="cut short") if len(fetched) == 1 else download

    monkeypatch.setattr(reports_source, "fetch_report_document", damage_first)
    night.only("fba_inventory")

    report = night.pull()

    assert (report.documents, report.problems, len(fetched)) == (1, (), 2)


def test_transfers_damaged_in_different_ways_are_tried_again_without_another_report(night, monkeypatch):
    fetch = reports_source.fetch_report_document

    def damage(api, document_id, inbox):
        download = fetch(api, document_id, inbox)
        damage.count += 1
        path = download.path.with_name(f"cut{damage.count}")
        path.write_bytes(download.path.read_bytes()[: -damage.count])
        return replace(download, path=path, sha256=str(damage.count), problem="cut short")

    damage.count = 0
    night.only("fba_inventory")
    with monkeypatch.context() as broken:
        broken.setattr(reports_source, "fetch_report_document", damage)
        report = night.pull()
    assert "next run fetches it again" in only_problem(report).remedy

    again = night.pull()

    assert again.documents == 1
    assert night.calls()["createReport"] == 1


def test_a_report_that_is_done_without_a_document_is_empty(night):
    night.only("fba_inventory").order({"fault": "fatal"})
    night.pull()
    workspace, window = night.workspace, night.rows()[STOCK].window
    taker = Collecting(workspace.engine, workspace.raw, None, night.clock, workspace.raw.open_inbox("cascade"))

    outcome = taker.collect(window, ReportState("7", INVENTORY, "DONE", night.clock.now()))

    assert outcome == night.states()[STOCK] == "empty"
    assert "Amazon made no document" in night.rows()[STOCK].detail
