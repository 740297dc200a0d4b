"""The Ads API against a server: its own login, what is sent and read, duplicates, throttles, and every way in which it fails."""

from __future__ import annotations

import dataclasses
import gzip
import logging
from datetime import UTC, date, datetime, timedelta

import pytest

from sellerwatch.amazon.ads_answers import ADS_REMEDIES, ads_error_for, duplicate_of
from sellerwatch.amazon.answers import Answer
from sellerwatch.amazon.calls import LONGEST_RETRY_AFTER, pause_of
from sellerwatch.amazon.credentials import validate_ads
from sellerwatch.amazon.endpoint import Endpoint, locate_ads
from sellerwatch.amazon.errors import AccessTokenExpired, LinkExpired, OutcomeUnknown, Throttled
from sellerwatch.amazon.quiet import quiet_client_logs
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError
from sellerwatch.core.marketplaces import marketplace

LOGIN = "/auth/o2/token"
REPORTS = "/reporting/reports"
NUMBER = "9ab0f2c1-0000-0000-0000-000000000000"
REPORT = f"{REPORTS}/{NUMBER}"
ID = f"1111/{NUMBER}"
FILE = "/bucket/report"
ROWS = gzip.compress(b'[{"date":"2026-03-01","cost":1.5}]', mtime=0)
SECRETS = ("the-ads-refresh-token", "the-ads-secret", "Atza|token", "X-Amz-Signature=abc")
OPTIONS = {"adProduct": "SPONSORED_PRODUCTS", "groupBy": "campaign, adGroup"}
COLUMNS = ("date", "campaignId", "cost")


def report(**changes) -> dict:
    return {
        "reportId": NUMBER,
        "status": "COMPLETED",
        "createdAt": "2026-03-02T11:00:00.000Z",
        "configuration": {"reportTypeId": "spCampaigns"},
    } | changes


@pytest.fixture
def ads(sources):
    return sources.ads


@pytest.fixture
def spending(wish):
    def make(code="US", **changes):
        return wish("spCampaigns", code, **({"options": OPTIONS, "columns": COLUMNS} | changes))

    return make


@pytest.fixture
def fetch(amazon, reply, ads, tmp_path):
    """Downloads the finished report, whose link leads to the loopback store."""
    amazon.will(REPORT, reply(body=report(url=f"{amazon.url}{FILE}?X-Amz-Signature=abc")))
    return lambda: ads.fetch(ads.state(ID), tmp_path / "inbox")


# What is sent and read


def test_a_report_is_asked_for_as_amazon_documents_it(amazon, reply, ads, spending, ads_account):
    amazon.will(REPORTS, reply(200, report(status="PENDING")))
    assert ads.ask(spending("CA", last_day=date(2026, 3, 14))) == f"2222/{NUMBER}"
    (seen,) = amazon.requests(f"POST {REPORTS}")
    assert seen.json == {
        "name": "sellerwatch spCampaigns CA 2026-03-01..2026-03-14",
        "startDate": "2026-03-01",
        "endDate": "2026-03-14",
        "configuration": {
            "adProduct": "SPONSORED_PRODUCTS",
            "groupBy": ["campaign", "adGroup"],
            "columns": ["date", "campaignId", "cost"],
            "reportTypeId": "spCampaigns",
            "timeUnit": "DAILY",
            "format": "GZIP_JSON",
        },
    }
    expected = {
        "authorization": "Bearer Atza|token-1",
        "amazon-advertising-api-clientid": ads_account.client_id,
        "amazon-advertising-api-scope": "2222",
        "content-type": "application/vnd.createasyncreportrequest.v3+json",
    }
    assert {name: seen.headers[name] for name in expected} == expected


def test_the_login_is_the_advertising_apps_own(amazon, ads, ads_account):
    ads.log_in()
    assert amazon.requests(LOGIN)[0].form == {
        "grant_type": "refresh_token",
        "client_id": ads_account.client_id,
        "refresh_token": ads_account.refresh_token,
        "client_secret": ads_account.client_secret,
    }


def test_everything_amazon_says_about_a_report_is_read(amazon, reply, ads):
    amazon.will(REPORT, reply(body=report(generatedAt="2026-03-02T11:20:00Z", url="https://s3.example/x")))
    assert ads.state(ID) == ReportState(
        report_id=ID,
        report_type="spCampaigns",
        status="DONE",
        created_at=datetime(2026, 3, 2, 11, tzinfo=UTC),
        document_id=ID,
        processing_end_at=datetime(2026, 3, 2, 11, 20, tzinfo=UTC),
    )
    (seen,) = amazon.requests(REPORT)
    assert (seen.headers["amazon-advertising-api-scope"], seen.query) == ("1111", ())


@pytest.mark.parametrize(
    ("said", "status", "document_id"),
    [("PENDING", "IN_QUEUE", None), ("PROCESSING", "IN_PROGRESS", None), ("COMPLETED", "DONE", ID), ("FAILED", "FATAL", None)],
)
def test_every_documented_status_has_its_meaning(amazon, reply, ads, said, status, document_id):
    amazon.will(REPORT, reply(body=report(status=said, configuration=None)))
    state = ads.state(ID)
    assert (state.status, state.document_id, state.report_type, state.reason) == (status, document_id, "", "")


def test_a_status_amazon_does_not_document_is_an_error(amazon, reply, ads):
    amazon.will(REPORT, reply(body=report(status="PAUSED")))
    with pytest.raises(PermanentError, match="'PAUSED'; known are PENDING, PROCESSING, COMPLETED, FAILED"):
        ads.state(ID)


def test_why_a_report_failed_reaches_the_reader_masked_and_on_one_line(amazon, reply, ads):
    said = "Internal\nerror at https://s3.example/x?X-Amz-Signature=abc " + "x" * 1000
    amazon.will(REPORT, reply(body=report(status="FAILED", failureReason=said)))
    reason = ads.state(ID).reason
    assert reason.startswith("Internal error at https://s3.example/x?[hidden]")
    assert len(reason) == 400


def test_there_is_no_list_to_find_a_report_in(amazon, ads, spending, clock):
    assert list(ads.find(spending(), since=clock.now())) == []
    assert amazon.seen == []


@pytest.mark.parametrize("report_id", ["", NUMBER, f"/{NUMBER}", "1111/"])
def test_an_id_of_another_source_is_refused(amazon, ads, report_id):
    with pytest.raises(PermanentError, match="not an id of an advertising report"):
        ads.state(report_id)
    assert amazon.seen == []


def test_an_id_cannot_lead_to_another_path(amazon, reply, ads):
    with pytest.raises(PermanentError, match="404"):
        ads.state("1111/../profiles")
    assert amazon.seen[-1].path == f"{REPORTS}/..%2Fprofiles"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": "DE"}, "unknown marketplace of the Ads profiles 'DE'.*US, CA"),
        ({"columns": ()}, "needs columns"),
        ({"options": {"groupBy": "campaign"}}, "needs the option adProduct"),
        ({"options": {"adProduct": "SPONSORED_PRODUCTS", "groupBy": " "}}, "needs the option groupBy"),
    ],
)
def test_a_wish_that_lacks_something_is_a_matter_of_configuration(amazon, ads, spending, changes, expected):
    with pytest.raises(ConfigError, match=expected):
        ads.ask(spending(**changes))
    assert amazon.seen == []


# A duplicate is the report it duplicates


def test_a_duplicate_is_adopted(amazon, reply, ads, spending):
    amazon.will(REPORTS, reply(425, {"code": "425", "detail": f"The Request is a duplicate of : {NUMBER}"}))
    assert ads.ask(spending()) == ID
    assert len(amazon.requests(REPORTS)) == 1


def test_a_request_that_may_have_been_taken_is_repeated_and_finds_its_duplicate(amazon, reply, ads, spending):
    for status, body, fault in ((500, "<html>oops</html>", ""), (200, {}, ""), (200, "{}", "hangup"), (200, "{}", "short")):
        amazon.seen.clear()
        duplicate = reply(425, {"code": "425", "detail": f"The Request is a duplicate of : {NUMBER}"})
        amazon.will(REPORTS, reply(status, body, fault=fault), duplicate)
        assert ads.ask(spending()) == ID, (status, body, fault)
        first, second = amazon.requests(REPORTS)
        assert first.body == second.body


def test_too_early_without_an_id_is_tried_again(amazon, reply, ads, spending):
    amazon.will(REPORTS, reply(425, {"code": "425", "detail": "Too early"}), reply(200, report()))
    assert ads.ask(spending()) == ID


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (425, b'{"detail":"The Request is a duplicate of : 9ab0-1"}', "9ab0-1"),
        (425, b'{"details":"The request is a Duplicate of 9ab0-1."}', "9ab0-1"),
        (425, b'{"detail":"x"}', None),
        (425, b"<html>", None),
        (425, b"[]", None),
        (400, b'{"detail":"The Request is a duplicate of : 9ab0-1"}', None),
    ],
)
def test_only_an_answer_that_says_so_is_a_duplicate(status, body, expected):
    assert duplicate_of(Answer(status, body)) == expected


# What fails


def test_an_answer_that_is_no_answer_is_tried_again_until_it_is_one(amazon, reply, ads):
    for status, body in ((500, "<html>x</html>"), (503, ""), (408, ""), (302, ""), (200, ""), (200, []), (200, {"status": 1})):
        amazon.seen.clear()
        amazon.will(REPORT, reply(status, body), reply(body=report()))
        assert ads.state(ID).status == "DONE", (status, body)
        assert len(amazon.requests(REPORT)) == 2, (status, body)


def test_a_refusal_says_what_to_check_and_keeps_secrets(amazon, reply, ads, spending):
    amazon.will(
        REPORTS,
        reply(
            400,
            {
                "code": "400",
                "detail": "startDate to endDate range (32 days) must not exceed maximum range (31 days) Atza|token-1",
            },
            headers=(("x-amz-request-id", "req-7"),),
        ),
    )
    with pytest.raises(PermanentError, match=r"range \(32 days\).*\[createAdsReport spCampaigns US, request req-7\]") as caught:
        ads.ask(spending())
    assert ADS_REMEDIES[400] in str(caught.value)
    assert not any(secret in str(caught.value) for secret in SECRETS)
    assert len(amazon.requests(REPORTS)) == 1


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, PermanentError, "columns"),
        (403, PermanentError, "profile id"),
        (404, PermanentError, "profile"),
        (418, PermanentError, "refuse the same call again"),
        (401, AccessTokenExpired, "authorise the advertising app again"),
        (429, Throttled, "rate budget"),
        (425, RetryableError, "later"),
        (500, RetryableError, "later"),
        (302, RetryableError, "later"),
    ],
)
def test_every_status_is_one_of_our_errors(status, kind, expected):
    error = ads_error_for(Answer(status, b'{"message":"Amazon says"}'), where="getAdsReport 1")
    assert type(error) is kind
    assert "Amazon says [getAdsReport 1]" in str(error)
    assert expected in str(error)


def test_a_request_that_must_not_be_repeated_has_an_unknown_outcome():
    assert isinstance(ads_error_for(Answer(500, b""), where="x", is_repeatable=False), OutcomeUnknown)


def test_an_expired_token_is_replaced_once(amazon, reply, ads):
    amazon.will(REPORT, reply(401, {"code": "401", "details": "Unauthorized"}), reply(body=report()))
    assert ads.state(ID).status == "DONE"
    assert [seen.headers["authorization"] for seen in amazon.requests(REPORT)] == [
        "Bearer Atza|token-1",
        "Bearer Atza|token-2",
    ]


def test_a_fresh_token_that_is_refused_too_ends_the_call(amazon, reply, ads):
    amazon.will(REPORT, reply(401, {"code": "401", "details": "Not authorized to access scope 1111"}))
    with pytest.raises(AccessTokenExpired, match=r"scope 1111.*Check the profile id"):
        ads.state(ID)
    assert len(amazon.requests(REPORT)) == 2


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_grant", "error_description": "revoked"}, "ends after 365 days"),
        (401, {"error": "invalid_client"}, "advertising app's current client id"),
        (401, "<html>", "advertising app's current client id"),
        (400, {"error": "invalid_scope"}, "Amazon Ads API"),
        (400, {"error": "unauthorized_client"}, "same app"),
    ],
)
def test_a_refused_login_says_what_to_renew(amazon, reply, ads, status, body, expected):
    amazon.will(LOGIN, reply(status, body))
    with pytest.raises(PermanentError, match=expected):
        ads.log_in()
    assert len(amazon.requests(LOGIN)) == 1


# Throttles


def test_a_throttle_waits_as_long_as_amazon_says(amazon, reply, ads, clock):
    amazon.will(REPORT, reply(429, {"code": "429"}, headers=(("Retry-After", "90"),)), reply(body=report()))
    ads.state(ID)
    assert sum(clock.slept) == pytest.approx(90 + 4)


def test_everybody_who_shares_the_budget_waits(amazon, reply, opened, budget, clock):
    # given a throttle that one connection heard of
    amazon.will(REPORT, reply(429, {"code": "429"}, headers=(("Retry-After", "90"),)))
    with pytest.raises(Throttled):
        opened().ads.state(ID)
    # then another one is told to wait, and an operation of another API is not
    assert 90 < budget.reserve("getAdsReport", clock.now()) < 95
    assert budget.reserve("createAdsReport", clock.now()) == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("", 0), ("soon", 0), ("-3", 0), ("nan", 0), ("inf", 0), ("1e300", 540), ("0", 0)],
)
def test_only_a_sensible_pause_is_believed(text, seconds):
    assert pause_of(text) == timedelta(seconds=seconds) <= LONGEST_RETRY_AFTER


# The document


def test_the_document_is_fetched_as_it_is(amazon, reply, fetch):
    amazon.will(FILE, reply(body=ROWS, headers=(("content-type", "application/octet-stream"),)))
    document = fetch()
    assert document.path.read_bytes() == ROWS
    assert (document.compression, document.is_complete) == ("GZIP", True)
    assert "authorization" not in amazon.requests(FILE)[0].headers


def test_an_expired_link_is_told_and_replaced_by_the_next_fetch(amazon, reply, fetch):
    amazon.will(FILE, reply(403, "<Error><Code>AccessDenied</Code></Error>"), reply(body=ROWS))
    with pytest.raises(LinkExpired):
        fetch()
    assert fetch().is_complete


def test_links_that_are_always_expired_are_given_up_without_showing_them(amazon, reply, fetch):
    amazon.will(FILE, reply(403, "<Error>X-Amz-Signature=abc</Error>"))
    with pytest.raises(LinkExpired) as caught:
        fetch()
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_a_finished_report_without_a_link_is_looked_at_again_later(amazon, reply, ads, tmp_path):
    amazon.will(REPORT, reply(body=report()))
    with pytest.raises(RetryableError, match=rf"no usable url \[getAdsReport {ID}\]"):
        ads.fetch(ads.state(ID), tmp_path)


def test_a_report_that_failed_has_nothing_to_fetch(amazon, reply, ads, tmp_path):
    amazon.will(REPORT, reply(body=report(status="FAILED")))
    with pytest.raises(PermanentError, match="a report that is FATAL has no document"):
        ads.fetch(ads.state(ID), tmp_path)


def test_a_whole_report_prints_no_secret(amazon, reply, ads, fetch, spending, caplog):
    quiet_client_logs([caplog.handler])
    amazon.will(REPORTS, reply(500, "Atza|token-1"), reply(200, report()))
    amazon.will(FILE, reply(403, "x"), reply(body=ROWS))
    with caplog.at_level(logging.DEBUG, logger="sellerwatch"):
        ads.ask(spending())
        with pytest.raises(LinkExpired) as caught:
            fetch()
        fetch()
    assert not any(secret in str(caught.value) for secret in SECRETS)
    assert "createAdsReport" in caplog.text
    assert not any(secret in caplog.text for secret in SECRETS)


# Where it is and what opens it


@pytest.mark.parametrize(
    ("code", "host"),
    [
        ("US", "https://advertising-api.amazon.com"),
        ("DE", "https://advertising-api-eu.amazon.com"),
        ("JP", "https://advertising-api-fe.amazon.com"),
    ],
)
def test_each_region_has_its_host(code, host):
    assert locate_ads(marketplace(code), None) == Endpoint(host, "https://", "api.amazon.com")


def test_only_an_encrypted_or_local_server_may_stand_in(amazon, opened, ads_account):
    for text in ("http://192.168.1.5", "http://ads.example", "https://a.example/x"):
        with pytest.raises(ConfigError, match=r"\[ads_base_url\]"):
            opened(ads=dataclasses.replace(ads_account, base_url=text))
    assert amazon.seen == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_secret": ""}, "ADS_SECRET is empty"),
        ({"refresh_token": " x"}, "refresh_token contains white space"),
        ({"profiles": {}}, "none is given"),
        ({"profiles": {"US": "1111", "CA": "amzn1"}}, "profile of CA is not a number"),
        ({"profiles": {"US": ""}}, "profile of US is not a number"),
    ],
)
def test_credentials_that_open_nothing_are_named_without_their_values(ads_account, changes, expected):
    with pytest.raises(ConfigError, match=expected) as caught:
        validate_ads(dataclasses.replace(ads_account, **changes), {"client_secret": "ADS_SECRET"}, where="store acme")
    assert "store acme" in str(caught.value)
    assert not any(secret in str(caught.value) for secret in SECRETS)


def test_usable_credentials_come_back_and_do_not_show_their_secrets(ads_account):
    assert validate_ads(ads_account, {}) is ads_account
    assert not any(secret in repr(ads_account) for secret in SECRETS)
