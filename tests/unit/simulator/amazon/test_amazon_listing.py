"""getReports and the settlements that are found with it. Not here: single reports."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from sellerwatch.simulator.amazon.report_types import REPORT_TYPES, SETTLEMENT
from sellerwatch.simulator.ports import Rendered

US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
REPORTS = "/reports/2021-06-30/reports"
FEEDBACK = "GET_SELLER_FEEDBACK_DATA"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"


def listed(bench, **params):
    return bench.call("GET", REPORTS, params={"reportTypes": FEEDBACK, **params})


def ids(answer):
    return [report["reportId"] for report in answer.json()["reports"]]


def make_reports(bench, count):
    made = []
    for _ in range(count):
        made.append(bench.created())
        bench.clock.advance(seconds=60)
    return made


def test_reports_are_listed_newest_first(bench):
    made = make_reports(bench, 3)

    answer = listed(bench)

    assert ids(answer) == made[::-1]
    assert "nextToken" not in answer.json()


def test_pages_follow_each_other_without_gap_or_overlap_although_reports_are_added(bench):
    made = make_reports(bench, 5)

    first = listed(bench, pageSize=2)
    bench.created()
    second = bench.call("GET", REPORTS, params={"nextToken": first.json()["nextToken"]})
    third = bench.call("GET", REPORTS, params={"nextToken": second.json()["nextToken"]})

    assert ids(first) + ids(second) + ids(third) == made[::-1]
    assert "nextToken" not in third.json()


def test_ten_reports_are_a_page_by_default(bench):
    make_reports(bench, 11)

    assert len(listed(bench).json()["reports"]) == 10


def test_filters_narrow_the_list(bench):
    old, new = make_reports(bench, 2)
    traffic = bench.created(TRAFFIC)
    in_canada = bench.created(marketplaceIds=[CA])

    assert ids(listed(bench, reportTypes=f"{TRAFFIC},{FEEDBACK}", processingStatuses="IN_QUEUE")) == sorted(
        [traffic, in_canada], reverse=True
    )
    assert ids(listed(bench, marketplaceIds=CA)) == [in_canada]
    assert ids(listed(bench, createdSince="2026-11-20T08:00:30Z", createdUntil="2026-11-20T08:01:30Z")) == [new]
    assert ids(listed(bench, createdUntil="2026-11-20T08:00:00Z")) == [old]


def test_each_seller_sees_its_own_reports(bench):
    make_reports(bench, 1)
    bench.enter(bench.world.sellers[1])

    assert ids(listed(bench)) == []


@pytest.mark.parametrize(
    "params",
    [
        {"reportTypes": ""},
        {"reportTypes": "GET_NO_SUCH_REPORT"},
        {"reportTypes": ",".join(list(REPORT_TYPES)[:11])},
        {"processingStatuses": "READY"},
        {"marketplaceIds": ",".join([US] * 11)},
        {"pageSize": "0"},
        {"pageSize": "101"},
        {"pageSize": "many"},
        {"createdSince": "2026-08-22T07:59:59Z"},
        {"createdSince": "last week"},
        {"nextToken": "also"},
    ],
)
def test_a_question_amazon_would_not_answer_is_refused(bench, params):
    answer = listed(bench, **params)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "InvalidInput"


def test_a_list_reaches_back_ninety_days_by_default(bench):
    make_reports(bench, 1)
    bench.clock.advance(days=90)
    bench.enter()

    assert ids(listed(bench)) == []


def test_junk_the_python_client_adds_to_the_query_does_not_matter(bench):
    make_reports(bench, 3)
    junk = {"MarketplaceId": US, "MarketplaceIds": US, "marketplace_ids": US}

    first = listed(bench, pageSize=2, **junk)
    second = bench.call("GET", REPORTS, params={"nextToken": first.json()["nextToken"], **junk})

    assert len(ids(first) + ids(second)) == 3


def test_a_token_of_another_seller_or_made_up_is_refused(bench):
    make_reports(bench, 2)
    token = listed(bench, pageSize=1).json()["nextToken"]
    bench.enter(bench.world.sellers[1])

    for wrong in (token, "!", base64.urlsafe_b64encode(json.dumps({"seller": "A2SECOND"}).encode()).decode()):
        assert bench.call("GET", REPORTS, params={"nextToken": wrong}).status_code == 400


def settlements(bench, **params):
    return bench.call("GET", REPORTS, params={"reportTypes": SETTLEMENT, "pageSize": 100, **params}).json()["reports"]


def test_settlements_appear_unasked_one_per_marketplace_and_fortnight(bench):
    found = settlements(bench)

    assert len(found) == 14
    assert {report["processingStatus"] for report in found} == {"DONE"}
    newest = found[0]
    assert newest["dataStartTime"] < newest["dataEndTime"] < newest["createdTime"] <= "2026-11-20T08:00:00+00:00"
    assert len({(*report["marketplaceIds"], report["dataStartTime"]) for report in found}) == 14


def test_a_settlement_is_rendered_for_its_period_as_of_its_publication(bench):
    settlements(bench)

    request = bench.world.asked[0]
    assert len(request.marketplace_ids) == 1
    assert (request.data_end - request.data_start).days == 14
    assert request.now > request.data_end


def test_a_settlement_keeps_its_id_and_its_bytes_and_is_rendered_once(bench, bench_with):
    found = settlements(bench)
    rendered = len(bench.world.asked)
    assert settlements(bench) == found
    assert len(bench.world.asked) == rendered

    restarted = bench_with()
    oldest = found[-1]
    assert restarted.report(oldest["reportId"]) == oldest
    again = bench_with()
    assert again.download(oldest["reportDocumentId"]).status_code == 200


def test_a_new_settlement_appears_when_its_time_has_come(bench):
    before = settlements(bench)
    bench.clock.advance(days=14)
    bench.enter()

    after = settlements(bench)

    assert after[2:] == before[: len(after) - 2]
    assert {report["createdTime"] for report in after[:2]} == {after[0]["createdTime"]}
    assert datetime.fromisoformat(after[0]["createdTime"]).replace(tzinfo=UTC) <= bench.clock.now()


def test_a_marketplace_without_anything_to_settle_has_no_settlement(bench):
    bench.world.documents[SETTLEMENT] = Rendered("CANCELLED")

    assert settlements(bench) == []


def test_another_settlement_length_can_be_set(bench_with):
    assert len(settlements(bench_with(settlement_days=30))) == 6
