"""The Ads API over HTTP: its own login, orders and their refusals, life cycle, documents. Not here: the figures."""

from __future__ import annotations

import gzip
import json

import pytest

from sellerwatch.simulator.amazon.ads_types import ADS_REPORTS
from sellerwatch.simulator.ports import Rendered

US = "ATVPDKIKX0DER"
REPORTS = "/reporting/reports"
ROWS = [
    {"date": "2026-11-18", "campaignId": 5, "cost": 1.5, "clicks": 3},
    {"date": "2026-11-19", "campaignId": "5", "cost": "2.5", "clicks": 4},
]


def order(*, start="2026-11-18", end="2026-11-19", name="nightly", **configuration):
    said = {
        "adProduct": "SPONSORED_PRODUCTS",
        "reportTypeId": "spCampaigns",
        "groupBy": ["campaign"],
        "columns": ["date", "campaignId", "cost"],
        "timeUnit": "DAILY",
        "format": "GZIP_JSON",
    }
    return {"name": name, "startDate": start, "endDate": end, "configuration": said | configuration}


@pytest.fixture
def ads(bench):
    bench.world.documents["spCampaigns"] = Rendered("DONE", json.dumps(ROWS).encode(), "application/json")
    bench.enter_ads()
    return bench


def create(bench, body=None, **options):
    return bench.ads("POST", REPORTS, json=order() if body is None else body, **options)


def test_a_report_is_pending_then_processing_then_completed(ads):
    created = create(ads).json()
    report_id = created["reportId"]

    assert (created["status"], created["url"], created["failureReason"]) == ("PENDING", None, None)
    assert created["configuration"] == order()["configuration"]
    assert (created["startDate"], created["endDate"], created["name"]) == ("2026-11-18", "2026-11-19", "nightly")
    ads.clock.advance(seconds=20)
    assert ads.ads("GET", f"{REPORTS}/{report_id}").json()["status"] == "PROCESSING"
    ads.clock.advance(seconds=40)
    done = ads.ads("GET", f"{REPORTS}/{report_id}").json()
    assert (done["status"], done["generatedAt"], done["urlExpiresAt"]) == (
        "COMPLETED",
        "2026-11-20T08:01:00Z",
        "2026-11-20T09:01:00Z",
    )
    assert done["createdAt"] < done["updatedAt"] == "2026-11-20T08:01:00Z"


def test_the_document_is_a_gzip_file_with_the_columns_asked_for(ads):
    done = ads.finished_ads(order())

    document = ads.send("GET", done["url"])

    assert "content-encoding" not in document.headers
    assert len(document.content) == done["fileSize"]
    assert json.loads(gzip.decompress(document.content)) == [
        {"date": "2026-11-18", "campaignId": 5, "cost": 1.5},
        {"date": "2026-11-19", "campaignId": "5", "cost": "2.5"},
    ]


def test_what_this_world_does_not_know_is_null(ads):
    done = ads.finished_ads(order(columns=["date", "topOfSearchImpressionShare"]))

    rows = json.loads(gzip.decompress(ads.send("GET", done["url"]).content))
    assert rows[0] == {"date": "2026-11-18", "topOfSearchImpressionShare": None}


def test_a_url_lives_for_an_hour_and_a_fresh_one_can_be_had(ads):
    done = ads.finished_ads(order())
    path = f"{REPORTS}/{done['reportId']}"

    ads.clock.advance(seconds=3599)
    assert ads.send("GET", done["url"]).status_code == 200
    ads.clock.advance(seconds=1)
    assert ads.send("GET", done["url"]).status_code == 403
    ads.enter_ads()
    assert ads.send("GET", ads.ads("GET", path).json()["url"]).status_code == 200


def test_no_row_is_an_empty_list(ads):
    ads.world.documents["spCampaigns"] = Rendered("DONE", b"[]", "application/json")

    done = ads.finished_ads(order())

    assert done["fileSize"] <= 22
    assert gzip.decompress(ads.send("GET", done["url"]).content) == b"[]"


def test_the_world_is_asked_with_the_words_of_the_order(ads):
    ads.finished_ads(order(groupBy=["campaign", "campaignPlacement"], timeUnit="SUMMARY", columns=["endDate", "clicks"]))

    (request,) = ads.world.asked
    assert (request.report_type, request.marketplace_ids) == ("spCampaigns", (US,))
    assert (request.data_start.isoformat(), request.data_end.isoformat()) == (
        "2026-11-18T00:00:00+00:00",
        "2026-11-19T00:00:00+00:00",
    )
    assert request.options == {"timeUnit": "SUMMARY", "groupBy": "campaignPlacement"}


def test_the_same_order_is_told_the_report_it_has_whatever_its_name(ads):
    first = create(ads).json()["reportId"]

    again = create(ads, order(name="other"))
    elsewhere = create(ads, profile="7002")
    other_days = create(ads, order(start="2026-11-17"))

    assert again.status_code == 425
    assert again.json() == {"code": "425", "detail": f"The Request is a duplicate of : {first}"}
    assert (elsewhere.status_code, other_days.status_code) == (200, 200)


def test_an_order_may_be_given_again_after_an_hour_or_a_failure(ads):
    ads.finished_ads(order())
    assert create(ads).status_code == 425
    ads.clock.advance(hours=1)
    ads.enter_ads()
    ads.order_faults({"fault": "fatal"})

    failed = ads.finished_ads(order())

    assert failed["status"] == "FAILED"
    assert create(ads).status_code == 200


def test_a_lost_answer_leaves_a_report_that_the_next_order_finds(ads):
    ads.order_faults({"fault": "lost_answer", "operation": "createAdsReport"})

    with pytest.raises(AssertionError):  # httpx's transport sees that the body never ends
        create(ads)

    (report,) = ads.seen()["adsReports"]
    assert create(ads).json()["detail"].endswith(report["reportId"])


WRONG = {
    "32 days": (order(start="2026-10-20", end="2026-11-20"), "startDate to endDate range (32 days) must not exceed"),
    "too long ago": (order(start="2026-08-16", end="2026-08-17"), "must not be more than 95 days"),
    "end before start": (order(start="2026-11-20"), "must not be after"),
    "tomorrow": (order(end="2026-11-21"), "must not be in the future"),
    "no date": (order(start="20 November"), "startDate must be a date"),
    "unknown column": (order(columns=["date", "nonsense"]), "columns includes invalid values: (nonsense). Allowed values: ("),
    "column of another grouping": (order(columns=["adGroupId"]), "columns includes invalid values: (adGroupId)"),
    "range column by day": (order(columns=["startDate"]), "columns includes invalid values: (startDate)"),
    "day column by range": (order(timeUnit="SUMMARY"), "columns includes invalid values: (date)"),
    "no column": (order(columns=[]), "columns must not be empty"),
    "unknown type": (order(reportTypeId="spNonsense"), "reportTypeId is unknown or invalid"),
    "wrong product": (order(adProduct="SPONSORED_BRANDS"), "adProduct includes invalid values"),
    "unknown time unit": (order(timeUnit="HOURLY"), "timeUnit includes invalid values"),
    "unknown format": (order(format="CSV"), "format includes invalid values"),
    "unknown grouping": (order(groupBy=["advertiser"]), "groupBy includes invalid values"),
    "filters": (order(filters=[{"field": "campaignStatus", "values": ["PAUSED"]}]), "filters are not supported"),
    "no configuration": ({"startDate": "2026-11-18"}, "configuration is required"),
    "no object": ([], "configuration is required"),
}


@pytest.mark.parametrize(("body", "detail"), WRONG.values(), ids=WRONG)
def test_an_order_that_is_not_allowed_is_refused(ads, body, detail):
    answer = create(ads, body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "400"
    assert detail in answer.json()["detail"]


def test_31_days_up_to_today_pass_and_so_does_the_oldest_day_of_each_type(ads):
    assert create(ads, order(start="2026-10-21", end="2026-11-20")).status_code == 200
    kinds = {
        name: order(
            start="2026-09-16",
            end="2026-09-16",
            reportTypeId=name,
            adProduct=kind.ad_product,
            groupBy=list(kind.groups)[:1],
            columns=["date", "clicks"],
        )
        for name, kind in ADS_REPORTS.items()
    }
    answers = {name: create(ads, body).status_code for name, body in kinds.items()}
    assert answers == dict.fromkeys(ADS_REPORTS, 200) | {"sbCampaigns": 400}, "Sponsored Brands are kept for 60 days"


def test_the_body_must_be_json_of_whatever_kind(ads):
    vendor = {"content-type": "application/vnd.createasyncreportrequest.v3+json"}

    accepted = ads.ads("POST", REPORTS, content=json.dumps(order()), headers=vendor)
    broken = ads.ads("POST", REPORTS, content="{", headers=vendor)
    text = ads.ads("POST", REPORTS, content="hello", headers={"content-type": "text/plain"})

    assert [answer.status_code for answer in (accepted, broken, text)] == [200, 400, 415]


def test_tokens_open_one_api_only(ads):
    ads_token, sp_token = ads.ads_token, ads.token

    ads.ads_token, ads.token = sp_token, ads_token

    assert create(ads).status_code == 401
    assert ads.create().status_code == 403


def test_token_client_and_profile_must_fit_together(ads):
    assert create(ads, client="other").status_code == 401
    assert create(ads, profile="1").json() == {"code": "401", "detail": "Not authorized to access scope 1"}
    ads.clock.advance(seconds=3600)
    assert create(ads).json()["detail"] == "The access token has expired"
    ads.ads_token = ""
    assert create(ads).status_code == 401


def test_a_report_belongs_to_its_profile(ads):
    report_id = create(ads).json()["reportId"]

    assert ads.ads("GET", f"{REPORTS}/{report_id}", profile="7002").status_code == 404
    assert ads.ads("GET", f"{REPORTS}/unknown").json()["code"] == "404"


def test_a_pending_report_can_be_deleted_and_a_later_one_not(ads):
    report_id = create(ads).json()["reportId"]

    deleted = ads.ads("DELETE", f"{REPORTS}/{report_id}")

    assert (deleted.status_code, deleted.json()) == (200, {"reportId": report_id})
    assert ads.ads("GET", f"{REPORTS}/{report_id}").status_code == 404
    done = ads.finished_ads(order())
    assert ads.ads("DELETE", f"{REPORTS}/{done['reportId']}").status_code == 400


def test_profiles_are_listed_without_naming_one(ads):
    listed = ads.ads("GET", "/v2/profiles", profile="").json()

    assert [(item["profileId"], item["countryCode"], item["currencyCode"]) for item in listed] == [
        (7001, "US", "USD"),
        (7002, "CA", "CAD"),
    ]
    assert listed[0]["accountInfo"]["marketplaceStringId"] == US
    assert listed[0]["accountInfo"]["id"] == "A1FIRST"


def test_a_profile_over_its_rate_is_told_how_long_to_wait(ads):
    answers = [ads.ads("GET", f"{REPORTS}/unknown") for _ in range(31)]

    assert answers[29].status_code == 404
    assert (answers[30].status_code, answers[30].headers["retry-after"]) == (429, "2")
    assert ads.ads("GET", f"{REPORTS}/unknown", profile="7002").status_code == 404
    ads.clock.advance(seconds=2)
    assert ads.ads("GET", f"{REPORTS}/unknown").status_code == 404


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ({"fault": "cancelled"}, "FAILED", "The report was cancelled."),
        ({"fault": "fatal"}, "FAILED", "Report generation failed due to an internal error."),
        ({"fault": "fatal", "text": "No data source."}, "FAILED", "No data source."),
        ({"fault": "stuck_in_queue"}, "PENDING", None),
        ({"fault": "stuck_in_progress"}, "PROCESSING", None),
    ],
)
def test_a_report_ends_as_ordered(ads, fault, status, reason):
    ads.order_faults(fault | {"report_type": "spCampaigns"})

    report = ads.finished_ads(order())

    assert (report["status"], report["failureReason"], report["url"]) == (status, reason, None)
    (seen,) = ads.seen()["adsReports"]
    assert (seen["status"], seen["because"], seen["profileId"]) == (status, "fault", "7001")


def test_what_the_world_cannot_make_fails(ads):
    ads.world.documents["spCampaigns"] = Rendered("FATAL", b"no such seller")

    assert ads.finished_ads(order())["failureReason"] == "no such seller"


@pytest.mark.parametrize(
    ("fault", "status"),
    [("html_500", 500), ("empty_503", 503), ("message_401", 401), ("throttle", 429), ("expired_token", 401), ("revoked", 401)],
)
def test_calls_break_as_ordered(ads, fault, status):
    narrowed = {} if fault == "revoked" else {"operation": "createAdsReport"}
    ads.order_faults({"fault": fault, "times": 1, **narrowed})

    broken = create(ads)

    assert broken.status_code == status
    assert ("retry-after" in broken.headers) is (status == 429)
    assert create(ads).status_code == 200


def test_an_expired_link_is_handed_out_as_ordered(ads):
    ads.order_faults({"fault": "expired_url"})

    done = ads.finished_ads(order())

    assert ads.send("GET", done["url"]).status_code == 403


def test_the_file_is_cut_or_doubled_as_ordered(ads):
    ads.order_faults({"fault": "truncated_gzip"})
    cut = ads.send("GET", ads.finished_ads(order())["url"]).content
    ads.order_faults({"fault": "two_member_gzip"}, {"fault": "missing_column", "column": "cost"})
    doubled = ads.send("GET", ads.finished_ads(order(start="2026-11-17"))["url"]).content

    with pytest.raises(EOFError):
        gzip.decompress(cut)
    assert json.loads(gzip.decompress(doubled))[0] == {"date": "2026-11-18", "campaignId": 5}


def test_a_seller_who_does_not_advertise_has_no_way_in(ads):
    second = ads.world.sellers[1]

    assert ads.login(second, client_id="ads-client", client_secret="ads-secret").status_code == 400
