"""The simulator's own endpoints and the faults ordered through them. Not here: what document faults do to bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sellerwatch.core.clock import ScaledClock
from sellerwatch.simulator.amazon.answers import BROKEN
from sellerwatch.simulator.amazon.damage import CONTENT_DAMAGE, PACKING_DAMAGE
from sellerwatch.simulator.amazon.faults import FAULTS, SELECTORS, Fault
from sellerwatch.simulator.app import build_app
from sellerwatch.simulator.control import SimulatedTime

REPORTS = "/reports/2021-06-30/reports"
FEEDBACK = "GET_SELLER_FEEDBACK_DATA"


def test_the_clock_can_be_read_and_replaced(bench):
    text = str(ScaledClock(datetime(2020, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 0.000001))

    before = bench.send("GET", "/_sim/clock").json()
    changed = bench.send("PUT", "/_sim/clock", content=text).json()

    assert before == {"now": "2026-11-20T08:00:00+00:00", "clock": None}
    assert changed["clock"] == text
    assert changed["now"].startswith("2027-01-01")
    assert bench.seen()["now"].startswith("2027-01-01")


def test_a_clock_that_is_none_is_refused_and_nothing_changes(bench):
    answer = bench.send("PUT", "/_sim/clock", content="tomorrow")

    assert answer.status_code == 400
    assert "REAL=SIMULATED@SPEED" in answer.json()["error"]
    assert bench.send("GET", "/_sim/clock").json()["now"] == "2026-11-20T08:00:00+00:00"


def test_simulated_time_waits_by_the_clock_it_has(bench):
    SimulatedTime(bench.clock).sleep(5)

    assert bench.clock.now() == datetime(2026, 11, 20, 8, 0, 5, tzinfo=UTC)


def test_extra_routes_share_the_time_and_the_server(bench):
    time = SimulatedTime(bench.clock)

    async def hour(_):
        return PlainTextResponse(time.now().isoformat())

    bench.app = build_app(bench.world, time, extra_routes=[Route("/hour", hour)])

    assert bench.app.state.time is time
    assert bench.send("GET", "/hour").text == "2026-11-20T08:00:00+00:00"


def test_the_calls_can_be_had_without_the_reports(bench):
    bench.create()

    alone = bench.send("GET", "/_sim/amazon/calls").json()

    assert alone == {name: bench.seen()[name] for name in ("now", "calls")}
    assert alone["calls"]["A1FIRST"]["createReport"]["calls"] == 1


def test_reports_are_shown_with_their_seller_options_and_reason(bench):
    bench.finished("GET_SALES_AND_TRAFFIC_REPORT", reportOptions={"dateGranularity": "HOUR"})
    bench.created(FEEDBACK)

    broken, waiting = bench.seen()["reports"]

    assert broken["sellerId"] == "A1FIRST"
    assert broken["reportOptions"] == {"dateGranularity": "HOUR"}
    assert (broken["processingStatus"], broken["because"]) == ("FATAL", "report option dateGranularity")
    assert (waiting["processingStatus"], waiting["because"]) == ("IN_QUEUE", None)


@pytest.mark.parametrize(("method", "path"), [("GET", "/sellers/v1/account"), ("PUT", REPORTS), ("POST", "/auth/o2/other")])
def test_an_unknown_operation_is_not_found_and_remembered(bench, method, path):
    answer = bench.send(method, path)

    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "NotFound"
    assert bench.seen()["unexpected"] == [
        {"at": "2026-11-20T08:00:00+00:00", "what": "no such operation", "where": f"{method} {path}"}
    ]


def test_a_world_that_fails_is_an_internal_failure_that_is_logged_and_remembered(bench, caplog):
    def fail(_):
        raise KeyError("no such report")

    bench.world.render = fail
    report_id = bench.created()
    bench.clock.advance(seconds=60)

    answer = bench.call("GET", f"{REPORTS}/{report_id}")

    assert answer.status_code == 500
    assert answer.json()["errors"][0]["code"] == "InternalFailure"
    assert bench.amazon.unexpected[0]["what"] == "KeyError: 'no such report'"
    assert "the simulator itself failed" in caplog.text


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("html_500", 500, b"<html>"),
        ("empty_503", 503, b""),
        ("message_401", 401, b'{"message":"Unauthorized"}'),
        ("throttle", 429, b'{"errors":[{"code":"QuotaExceeded"'),
        ("expired_token", 403, b'{"errors":[{"code":"Unauthorized"'),
    ],
)
def test_an_operation_fails_as_often_as_ordered(bench, fault, status, body):
    bench.order_faults({"fault": fault, "operation": "createReport", "times": 2})
    assert bench.call("GET", f"{REPORTS}/1").status_code == 404

    answers = [bench.create() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 202]
    assert answers[0].content.startswith(body)
    assert len(bench.seen()["reports"]) == 1


def test_a_fault_can_be_meant_for_one_seller(bench):
    bench.order_faults({"fault": "throttle", "seller_id": "A2SECOND", "times": None})

    assert bench.create().status_code == 202
    bench.enter(bench.world.sellers[1])
    assert [bench.create().status_code for _ in range(3)] == [429, 429, 429]


def test_a_fault_without_operation_strikes_the_next_call_of_any(bench):
    bench.order_faults({"fault": "empty_503"})

    assert bench.call("GET", REPORTS).status_code == 503
    assert bench.create().status_code == 202


def test_a_slow_operation_still_answers(bench):
    bench.order_faults({"fault": "slow", "operation": "createReport", "seconds": 0.01})

    assert bench.create().status_code == 202
    assert bench.seen()["faults"] == []


def test_a_download_can_meet_a_broken_gateway(bench):
    bench.order_faults({"fault": "html_500", "operation": "download"})
    document_id = bench.finished()["reportDocumentId"]

    assert bench.download(document_id).status_code == 500
    assert bench.download(document_id).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status"),
    [("cancelled", "CANCELLED"), ("fatal", "FATAL"), ("stuck_in_queue", "IN_QUEUE"), ("stuck_in_progress", "IN_PROGRESS")],
)
def test_a_report_ends_or_hangs_as_ordered(bench, fault, status):
    bench.order_faults({"fault": fault, "report_type": FEEDBACK, "marketplace_id": "ATVPDKIKX0DER"})
    assert bench.finished(marketplaceIds=["A2EUQ1WTGCTBG2"])["processingStatus"] == "DONE"

    report = bench.finished()
    bench.clock.advance(minutes=30)

    assert bench.report(report["reportId"])["processingStatus"] == status
    assert "reportDocumentId" not in report
    assert bench.finished()["processingStatus"] == "DONE"


def test_a_fatal_report_can_say_why(bench):
    bench.order_faults({"fault": "fatal", "text": "Please provide both dates."})

    report = bench.finished()

    assert bench.download(report["reportDocumentId"]).text == "Please provide both dates."


def test_a_report_cancelled_by_fault_starts_no_cool_down(bench):
    bench.order_faults({"fault": "cancelled"})
    inventory = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"

    assert bench.finished(inventory)["processingStatus"] == "CANCELLED"
    assert bench.finished(inventory)["processingStatus"] == "DONE"


def test_a_missing_role_closes_one_report_type(bench):
    bench.order_faults({"fault": "missing_role", "report_type": FEEDBACK, "seller_id": "A1FIRST"})

    assert bench.create().status_code == 403
    assert bench.create("GET_SALES_AND_TRAFFIC_REPORT").status_code == 202


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"fault": "html_500"}, "JSON list"),
        ([{"fault": "earthquake"}], "unknown fault 'earthquake' [faults[0]]. Use one of: html_500, empty_503"),
        ([{"fault": "html_500"}, {"fault": ["x"]}], "faults[1]"),
        (["html_500"], "unknown fault 'None'"),
        ([{"fault": "html_500", "operaton": "getReport"}], "unknown field 'operaton'"),
        ([{"fault": "html_500", "operation": "getOrders"}], "unknown operation 'getOrders'"),
        ([{"fault": "throttle", "operation": "token"}], "Use one of: createReport"),
        ([{"fault": "cancelled", "report_type": "GET_X"}], "unknown report_type 'GET_X'"),
        ([{"fault": "revoked", "seller_id": "A9"}], "Use one of: A1FIRST, A2SECOND"),
        ([{"fault": "missing_column"}], "lacks column"),
        ([{"fault": "missing_column", "column": ""}], "Give text that is not empty"),
        ([{"fault": "html_500", "times": 0}], "Give a whole number above zero"),
        ([{"fault": "html_500", "times": True}], "Give a whole number above zero"),
        ([{"fault": "slow", "seconds": -1}], "Give a number of seconds"),
        ([{"fault": "slow", "seconds": "long"}], "Give a number of seconds"),
    ],
)
def test_an_order_for_a_fault_that_does_not_exist_is_refused_whole(bench, payload, said):
    answer = bench.send("POST", "/_sim/amazon/faults", json=payload)

    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert bench.seen()["faults"] == []


def test_an_order_that_is_not_json_is_refused(bench):
    assert "not JSON" in bench.send("POST", "/_sim/amazon/faults", content=b"{").json()["error"]


def test_waiting_faults_are_shown_with_what_is_left_of_them(bench):
    orders = [{"fault": "html_500", "operation": "getReport", "times": 2}, {"fault": "revoked", "seller_id": "A2SECOND"}]

    added = bench.order_faults(*orders)
    bench.call("GET", f"{REPORTS}/1")
    shown = bench.send("GET", "/_sim/amazon/faults").json()

    assert added.status_code == 201
    assert shown["waiting"] == [
        {"fault": "html_500", "operation": "getReport", "times": 1},
        {"fault": "revoked", "seller_id": "A2SECOND", "times": None},
    ]
    assert set(shown["known"]) == set(FAULTS)
    assert bench.send("DELETE", "/_sim/amazon/faults").json() == {"waiting": []}
    assert bench.call("GET", f"{REPORTS}/1").status_code == 404


def test_the_vocabulary_names_only_fields_and_effects_that_exist():
    for name, kind in FAULTS.items():
        assert set(SELECTORS[kind.level]) | set(kind.needs) | set(kind.may) <= set(Fault.__slots__), name
        assert kind.effect
    assert {*BROKEN, "slow", "lost_answer"} == {name for name, kind in FAULTS.items() if kind.level == "operation"}
    assert {*CONTENT_DAMAGE, *PACKING_DAMAGE, "expired_url"} == {
        name for name, kind in FAULTS.items() if kind.level == "document"
    }
