"""createReport, getReport and cancelReport: what is accepted, and how a report comes to its end. Not here: the documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sellerwatch.simulator.amazon.lifecycle import years_before
from sellerwatch.simulator.amazon.report_types import COOL_DOWNS, OPTION_RULES, REPORT_TYPES, SETTLEMENT, broken_option
from sellerwatch.simulator.ports import Rendered

US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
REPORTS = "/reports/2021-06-30/reports"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
INVENTORY = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"


def first_error(answer):
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_a_report_waits_is_processed_and_is_done(bench):
    report_id = bench.created()
    assert report_id.isdecimal()

    assert bench.report(report_id) == {
        "reportId": report_id,
        "reportType": "GET_SELLER_FEEDBACK_DATA",
        "marketplaceIds": [US],
        "dataStartTime": "2026-11-20T08:00:00+00:00",
        "dataEndTime": "2026-11-20T08:00:00+00:00",
        "createdTime": "2026-11-20T08:00:00+00:00",
        "processingStatus": "IN_QUEUE",
    }
    bench.clock.advance(seconds=20)
    processing = bench.report(report_id)
    assert processing["processingStatus"] == "IN_PROGRESS"
    assert processing["processingStartTime"] == "2026-11-20T08:00:20+00:00"
    assert "processingEndTime" not in processing
    bench.clock.advance(seconds=40)
    done = bench.report(report_id)
    assert done["processingStatus"] == "DONE"
    assert done["processingEndTime"] == "2026-11-20T08:01:00+00:00"
    assert done["reportDocumentId"].startswith("amzn1.spdoc.")


def test_the_world_renders_once_and_as_of_the_end_of_processing(bench):
    report_id = bench.created(reportOptions={"preferredReportDocumentLocale": "en_US"})
    bench.clock.advance(minutes=30)

    bench.report(report_id)
    bench.report(report_id)

    (request,) = bench.world.asked
    assert request.now == datetime(2026, 11, 20, 8, 1, tzinfo=UTC)
    assert request.seller_id == "A1FIRST"
    assert request.options == {"preferredReportDocumentLocale": "en_US"}
    assert (request.data_start, request.data_end) == (None, None)


def test_a_report_can_be_stuck_in_the_queue_for_hours_and_then_be_made(bench):
    bench.order_faults({"fault": "stuck_in_queue", "seconds": 3000})
    report_id = bench.created()
    bench.clock.advance(seconds=3000)

    assert bench.report(report_id)["processingStatus"] == "IN_QUEUE"
    bench.clock.advance(seconds=60)
    assert bench.report(report_id)["processingStatus"] == "DONE"


def test_the_span_asked_for_reaches_the_world_and_ends_now_by_default(bench):
    bench.finished(dataStartTime="2026-11-18T00:00:00-08:00")

    (request,) = bench.world.asked
    assert request.data_start == datetime(2026, 11, 18, 8, tzinfo=UTC)
    assert request.data_end == datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize("status", ["CANCELLED", "FATAL"])
def test_a_report_the_world_cannot_make_has_no_document(bench, status):
    bench.world.documents["GET_SELLER_FEEDBACK_DATA"] = Rendered(status)

    report = bench.finished()

    assert report["processingStatus"] == status
    assert "reportDocumentId" not in report


@pytest.mark.parametrize(
    "body",
    [
        {"reportType": "GET_NO_SUCH_REPORT"},
        {"reportType": None},
        {"reportType": ["GET_SELLER_FEEDBACK_DATA"]},
        {"reportType": SETTLEMENT},
        {"marketplaceIds": []},
        {"marketplaceIds": [US] * 26},
        {"marketplaceIds": US},
        {"marketplaceIds": [1]},
        {"dataStartTime": "2026-11-19T00:00:00"},
        {"dataStartTime": "yesterday"},
        {"dataStartTime": 5},
        {"dataEndTime": "2026-11-20T08:00:01Z"},
        {"dataStartTime": "2026-11-21T00:00:00Z"},
        {"dataStartTime": "2026-11-19T00:00:00Z", "dataEndTime": "2026-11-18T00:00:00Z"},
        {"reportOptions": {"dateGranularity": 1}},
        {"reportOptions": ["DAY"]},
    ],
)
def test_an_order_amazon_would_not_understand_is_refused(bench, body):
    assert first_error(bench.create(**{"reportType": "GET_SELLER_FEEDBACK_DATA", **body})) == (400, "InvalidInput")


@pytest.mark.parametrize("content", [b"not json", b"[]", b""])
def test_a_body_that_is_no_object_is_refused(bench, content):
    assert first_error(bench.call("POST", REPORTS, content=content)) == (400, "InvalidInput")


def test_a_marketplace_of_someone_else_is_refused(bench):
    assert first_error(bench.create(marketplaceIds=[US, "A1F83G8C2ARO7P"])) == (403, "Unauthorized")


def test_junk_the_python_client_adds_to_the_body_does_not_matter(bench):
    assert bench.create(MarketplaceIds=[US], MarketplaceId=US).status_code == 202


def test_a_report_belongs_to_its_seller_alone(bench):
    from_first = bench.finished()
    bench.enter(bench.world.sellers[1])

    assert first_error(bench.call("GET", f"{REPORTS}/{from_first['reportId']}")) == (404, "NotFound")
    assert first_error(bench.document(from_first["reportDocumentId"])) == (404, "NotFound")
    assert first_error(bench.call("DELETE", f"{REPORTS}/{from_first['reportId']}")) == (404, "NotFound")


def test_a_report_is_forgotten_after_ninety_days(bench):
    report_id = bench.created()

    bench.clock.advance(days=90)
    bench.enter()
    assert bench.report(report_id)["processingStatus"] == "DONE"
    bench.clock.advance(seconds=1)
    assert first_error(bench.call("GET", f"{REPORTS}/{report_id}")) == (404, "NotFound")


def test_two_orders_are_two_reports_with_ids_of_their_own(bench):
    assert bench.created() != bench.created()


def test_only_a_waiting_report_can_be_cancelled(bench):
    waiting, processed = bench.created(), bench.created()

    cancelled = bench.call("DELETE", f"{REPORTS}/{waiting}")
    bench.clock.advance(seconds=30)
    too_late = bench.call("DELETE", f"{REPORTS}/{processed}")

    assert (cancelled.status_code, cancelled.content) == (200, b"")
    assert bench.report(waiting)["processingStatus"] == "CANCELLED"
    assert bench.report(waiting)["processingEndTime"] == "2026-11-20T08:00:00+00:00"
    assert first_error(too_late) == (400, "InvalidInput")
    assert first_error(bench.call("DELETE", f"{REPORTS}/{waiting}")) == (400, "InvalidInput")


@pytest.mark.parametrize(
    ("report_type", "minutes"), [(INVENTORY, 30), (RETURNS, 240), ("GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA", 1440)]
)
def test_an_fba_report_asked_again_too_soon_is_cancelled(bench, report_type, minutes):
    assert bench.finished(report_type)["processingStatus"] == "DONE"
    bench.clock.advance(minutes=minutes - 2)
    bench.enter()

    assert bench.finished(report_type)["processingStatus"] == "CANCELLED"
    bench.clock.advance(minutes=1)
    assert bench.finished(report_type)["processingStatus"] == "DONE"


def test_the_cool_down_is_per_seller_and_set_of_marketplaces(bench):
    assert bench.finished(INVENTORY, marketplaceIds=[US, CA])["processingStatus"] == "DONE"

    assert bench.finished(INVENTORY, marketplaceIds=[CA, US])["processingStatus"] == "CANCELLED"
    assert bench.finished(INVENTORY, marketplaceIds=[CA])["processingStatus"] == "DONE"
    bench.enter(bench.world.sellers[1])
    assert bench.finished(INVENTORY)["processingStatus"] == "DONE"


def test_a_report_that_was_cancelled_by_hand_starts_no_cool_down(bench):
    bench.call("DELETE", f"{REPORTS}/{bench.created(INVENTORY)}")

    assert bench.finished(INVENTORY)["processingStatus"] == "DONE"


@pytest.mark.parametrize("report_type", [ORDERS, TRAFFIC, "GET_LEDGER_SUMMARY_VIEW_DATA"])
def test_other_reports_can_be_asked_for_again_at_once(bench, report_type):
    assert bench.finished(report_type)["processingStatus"] == "DONE"
    assert bench.finished(report_type)["processingStatus"] == "DONE"


def test_sales_and_traffic_takes_one_marketplace(bench):
    report = bench.finished(TRAFFIC, marketplaceIds=[US, CA])

    assert report["processingStatus"] == "FATAL"
    assert b"one marketplaceId" in bench.download(report["reportDocumentId"]).content


@pytest.mark.parametrize(("start", "status"), [("2024-11-20T00:00:00Z", "DONE"), ("2024-11-19T23:59:59Z", "CANCELLED")])
def test_sales_and_traffic_reaches_back_two_years(bench, start, status):
    assert bench.finished(TRAFFIC, dataStartTime=start, dataEndTime=start)["processingStatus"] == status


def test_two_years_before_a_leap_day_is_the_28th():
    assert years_before(datetime(2028, 2, 29, tzinfo=UTC).date(), 2).isoformat() == "2026-02-28"


@pytest.mark.parametrize(("days", "is_empty"), [(31, False), (32, True)])
def test_orders_over_more_than_31_days_come_without_rows(bench, days, is_empty):
    start = (bench.clock.now() - timedelta(days=days)).isoformat()

    assert bench.finished(ORDERS, dataStartTime=start)["processingStatus"] == "DONE"

    (request,) = bench.world.asked
    assert (request.data_start == request.data_end) is is_empty


def test_a_wrong_report_option_ends_fatal_and_says_why(bench):
    report = bench.finished("GET_LEDGER_SUMMARY_VIEW_DATA", reportOptions={"aggregatedByTimePeriod": "HOURLY"})

    assert report["processingStatus"] == "FATAL"
    assert b"DAILY, WEEKLY, MONTHLY" in bench.download(report["reportDocumentId"]).content


def test_a_promotion_report_without_its_dates_ends_fatal_as_seen_live(bench):
    report = bench.finished("GET_PROMOTION_PERFORMANCE_REPORT")

    assert b"promotionStartDateFrom and promotionStartDateTo" in bench.download(report["reportDocumentId"]).content


def test_every_option_rule_is_about_a_known_report_and_can_be_broken_and_kept():
    for rule in OPTION_RULES:
        assert rule.report_type in REPORT_TYPES
        assert rule.is_broken_by({} if rule.is_required else {rule.option: "nonsense" * 50})
        assert not rule.is_broken_by({rule.option: next(iter(sorted(rule.allowed)), "any")})
    assert broken_option(TRAFFIC, {"dateGranularity": "DAY"}) is None


def test_every_cool_down_is_about_a_known_fba_report():
    assert set(COOL_DOWNS) < set(REPORT_TYPES)
    assert not set(COOL_DOWNS) & {TRAFFIC, ORDERS}
