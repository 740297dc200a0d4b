"""The five calls against a server: what is sent, what comes back, and every way Amazon fails."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sellerwatch.amazon.answers import Answer, error_for, is_usable, rate_from
from sellerwatch.amazon.errors import AccessTokenExpired, OutcomeUnknown, Throttled
from sellerwatch.amazon.report_state import FINAL_STATUSES, STATUSES, ReportState, read_report
from sellerwatch.amazon.retries import Retries, steady_jitter
from sellerwatch.core.errors import PermanentError, RetryableError

US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
LOGIN = "/auth/o2/token"
REPORTS = "/reports/2021-06-30/reports"
REPORT = f"{REPORTS}/50012"
DOCUMENT = "/reports/2021-06-30/documents/amzn1.spdoc.1"
SECRETS = ("the-refresh-token", "the-secret", "Atza|token", "token-1", "X-Amz-Signature=abc")


def report(**changes) -> dict:
    return {
        "reportId": "50012",
        "reportType": "T",
        "processingStatus": "DONE",
        "createdTime": "2026-03-02T11:00:00+00:00",
    } | changes


def errors(code: str, message: str = "", details: str = "") -> dict:
    return {"errors": [{"code": code, "message": message, "details": details}]}


QUOTA = errors("QuotaExceeded", "You exceeded your quota for the requested resource.")
EXPIRED = errors("Unauthorized", "Access to requested resource is denied.", "The access token you provided has expired.")


def chain(error: BaseException | None) -> list[BaseException]:
    found = []
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def assert_keeps_secrets(error: BaseException) -> None:
    for item in chain(error):
        assert not any(secret in text for secret in SECRETS for text in (str(item), repr(item), repr(item.args)))


# What is sent and read


def test_create_report_sends_instants_in_utc_and_explicit_marketplaces(amazon, reply, api):
    amazon.will(REPORTS, reply(202, {"reportId": "50012"}))
    pacific = timezone(timedelta(hours=-8))
    report_id = api.create_report(
        "GET_SALES_AND_TRAFFIC_REPORT",
        [US, CA],
        data_start=datetime(2026, 3, 1, tzinfo=pacific),
        data_end=datetime(2026, 3, 2, tzinfo=UTC),
        options={"dateGranularity": "DAY"},
    )
    assert report_id == "50012"
    assert amazon.requests(REPORTS)[0].json == {
        "reportType": "GET_SALES_AND_TRAFFIC_REPORT",
        "marketplaceIds": [US, CA],
        "dataStartTime": "2026-03-01T08:00:00Z",
        "dataEndTime": "2026-03-02T00:00:00Z",
        "reportOptions": {"dateGranularity": "DAY"},
    }


def test_create_report_sends_nothing_it_was_not_told(amazon, reply, api):
    amazon.will(REPORTS, reply(202, {"reportId": "1"}))
    api.create_report("T", [US])
    assert amazon.requests(REPORTS)[0].json == {"reportType": "T", "marketplaceIds": [US]}


def test_requests_carry_the_token_and_the_servers_own_name(amazon, reply, api):
    amazon.will(REPORT, reply(body=report()))
    api.get_report("50012")
    headers = amazon.requests(REPORT)[0].headers
    assert headers["x-amz-access-token"] == "Atza|token-1"
    assert headers["host"] == amazon.url.removeprefix("http://")


def test_get_report_reads_everything_amazon_says(amazon, reply, api):
    amazon.will(
        REPORT,
        reply(
            body=report(
                marketplaceIds=[US, CA],
                dataStartTime="2026-03-01T00:00:00-08:00",
                dataEndTime="2026-03-02T00:00:00Z",
                processingStartTime="2026-03-02T11:00:05.123Z",
                processingEndTime="2026-03-02T11:01:00Z",
                reportDocumentId="amzn1.spdoc.1",
                reportScheduleId="9",
            )
        ),
    )
    assert api.get_report("50012") == ReportState(
        report_id="50012",
        report_type="T",
        status="DONE",
        created_at=datetime(2026, 3, 2, 11, tzinfo=UTC),
        marketplace_ids=(US, CA),
        document_id="amzn1.spdoc.1",
        data_start=datetime(2026, 3, 1, 8, tzinfo=UTC),
        data_end=datetime(2026, 3, 2, tzinfo=UTC),
        processing_start_at=datetime(2026, 3, 2, 11, 0, 5, 123000, tzinfo=UTC),
        processing_end_at=datetime(2026, 3, 2, 11, 1, tzinfo=UTC),
        schedule_id="9",
    )
    assert amazon.requests(REPORT)[0].query == (("marketplaceIds", US),)


@pytest.mark.parametrize("status", STATUSES)
def test_every_documented_status_is_read_and_only_the_last_three_are_final(status):
    state = read_report(report(processingStatus=status), where="")
    assert (state.is_final, state.document_id) == (status in {"DONE", "CANCELLED", "FATAL"}, None)
    assert set(STATUSES) >= FINAL_STATUSES


def test_a_status_amazon_does_not_document_is_an_error_that_lists_the_known_ones(amazon, reply, api):
    amazon.will(REPORT, reply(body=report(processingStatus="PAUSED")))
    with pytest.raises(PermanentError, match=r"'PAUSED'; known are IN_QUEUE.*getReport 50012"):
        api.get_report("50012")


@pytest.mark.parametrize("text", ["yesterday", "2026-03-02T11:00:00"])
def test_an_instant_without_an_offset_is_never_guessed(text):
    with pytest.raises(RetryableError, match="instant with an offset"):
        read_report(report(createdTime=text), where="")


def test_list_reports_follows_the_next_token_alone(amazon, reply, api):
    # given two pages
    amazon.will(
        REPORTS, reply(body={"reports": [report()], "nextToken": "page+2="}), reply(body={"reports": [report(reportId="2")]})
    )
    # when they are listed
    states = api.list_reports(
        ["A", "B"], created_since=datetime(2026, 2, 1, tzinfo=UTC), marketplace_ids=[US, CA], statuses=["DONE", "FATAL"]
    )
    # then both come, and the second request carries nothing but the token
    assert [state.report_id for state in states] == ["50012", "2"]
    first, second = amazon.requests(REPORTS)
    assert dict(first.query) == {
        "reportTypes": "A,B",
        "marketplaceIds": f"{US},{CA}",
        "createdSince": "2026-02-01T00:00:00Z",
        "pageSize": "100",
        "processingStatuses": "DONE,FATAL",
    }
    assert second.query == (("nextToken", "page+2="),)


def test_list_reports_without_statuses_asks_for_all(amazon, reply, api):
    amazon.will(REPORTS, reply(body={"reports": []}))
    assert list(api.list_reports(["A"], created_since=datetime(2026, 2, 1, tzinfo=UTC), marketplace_ids=[US])) == []
    assert "processingStatuses" not in dict(amazon.requests(REPORTS)[0].query)


def test_a_next_token_that_comes_back_ends_the_listing(amazon, reply, api):
    amazon.will(REPORTS, reply(body={"reports": [], "nextToken": "same"}))
    with pytest.raises(RetryableError, match="same nextToken twice"):
        list(api.list_reports(["A"], created_since=datetime(2026, 2, 1, tzinfo=UTC), marketplace_ids=[US]))
    assert len(amazon.requests(REPORTS)) == 2


@pytest.mark.parametrize("content", ["none", ["50012"]])
def test_a_list_of_something_else_is_no_list_of_reports(amazon, reply, api, content):
    amazon.will(REPORTS, reply(body={"reports": content}))
    with pytest.raises(RetryableError, match="no usable reports"):
        list(api.list_reports(["A"], created_since=datetime(2026, 2, 1, tzinfo=UTC), marketplace_ids=[US]))


def test_get_document_returns_a_link_that_hides_itself(amazon, reply, api):
    url = "https://s3.example/doc?X-Amz-Signature=abc"
    amazon.will(DOCUMENT, reply(body={"reportDocumentId": "amzn1.spdoc.1", "url": url, "compressionAlgorithm": "GZIP"}))
    link = api.get_document("amzn1.spdoc.1")
    assert (link.url, link.compression) == (url, "GZIP")
    assert "s3.example" not in repr(link)


def test_a_document_without_compression_has_none(amazon, reply, api):
    amazon.will(DOCUMENT, reply(body={"reportDocumentId": "amzn1.spdoc.1", "url": "https://s3.example/doc"}))
    assert api.get_document("amzn1.spdoc.1").compression is None


def test_an_unknown_compression_is_an_error(amazon, reply, api):
    amazon.will(
        DOCUMENT, reply(body={"reportDocumentId": "d", "url": "https://s3.example/doc", "compressionAlgorithm": "ZSTD"})
    )
    with pytest.raises(PermanentError, match="compressionAlgorithm 'ZSTD'; known are GZIP"):
        api.get_document("amzn1.spdoc.1")


@pytest.mark.parametrize("body", ["", {}])
def test_cancel_report_needs_no_body(amazon, reply, api, body):
    amazon.will(REPORT, reply(200, body))
    api.cancel_report("50012")
    assert amazon.requests(REPORT)[0].method == "DELETE"


@pytest.mark.parametrize("status", [500, 404])
def test_a_failed_cancel_is_not_taken_for_a_success(amazon, reply, api, status):
    amazon.will(REPORT, reply(status))
    with pytest.raises((RetryableError, PermanentError), match="cancelReport 50012"):
        api.cancel_report("50012")


@pytest.mark.parametrize("instant", [datetime(2026, 3, 1)])  # noqa: DTZ001  # the fault under test
def test_an_instant_without_an_offset_is_never_sent(amazon, api, instant):
    with pytest.raises(ValueError, match="without an offset"):
        api.create_report("T", [US], data_start=instant)
    assert amazon.seen == []


@pytest.mark.parametrize("marketplace_ids", [[], US, [US] * 26])
def test_marketplaces_are_a_list_of_at_most_25(api, marketplace_ids):
    with pytest.raises(ValueError, match="1 to 25 marketplace ids"):
        api.create_report("T", marketplace_ids)


@pytest.mark.parametrize("report_types", [[], ["T"] * 11])
def test_list_reports_takes_at_most_ten_types_and_says_so_at_once(api, report_types):
    with pytest.raises(ValueError, match="1 to 10 report types"):
        api.list_reports(report_types, created_since=datetime(2026, 2, 1, tzinfo=UTC), marketplace_ids=[US])


# What fails: every answer the client would have taken for a success, and every typed refusal

PASSING = [
    (500, "<html><body>Internal Server Error</body></html>"),
    (503, ""),
    (502, {"message": "Bad gateway"}),
    (504, "timeout"),
    (500, errors("InternalFailure", "We encountered an internal error.")),
    (503, errors("ServiceUnavailable", "Service is temporarily unavailable.")),
    (408, ""),
    (200, ""),
    (200, "<html>a captive portal</html>"),
    (200, []),
    (200, [{"processingStatus": "DONE"}]),
    (200, '"text"'),
    (200, "null"),
    (200, b"\xff\xfe\xfd"),
    (200, {}),
    (200, {"message": "hello"}),
    (200, {"processingStatus": None}),
    (200, {"errors": "not a list"}),
    (200, {"errors": ["not an object"]}),
    (302, ""),
]


@pytest.mark.parametrize(("status", "body"), PASSING)
def test_an_answer_that_is_no_answer_is_tried_again_until_it_is_one(amazon, reply, api, clock, status, body):
    # given one bad answer, then a good one
    amazon.will(REPORT, reply(status, body), reply(body=report()))
    # when the report is read, then the good one counts
    assert api.get_report("50012").status == "DONE"
    assert len(amazon.requests(REPORT)) == 2
    assert sum(clock.slept) > 0


@pytest.mark.parametrize(("status", "body"), PASSING)
def test_a_bad_answer_that_stays_is_given_up_with_the_operation_named(amazon, reply, api, status, body):
    amazon.will(REPORT, reply(status, body))
    with pytest.raises(RetryableError, match=r"getReport 50012") as caught:
        api.get_report("50012")
    assert len(amazon.requests(REPORT)) == 4
    assert_keeps_secrets(caught.value)


@pytest.mark.parametrize("fault", ["hangup", "short"])
def test_a_connection_that_dies_is_tried_again(amazon, reply, api, fault):
    amazon.will(REPORT, reply(body=report(), fault=fault), reply(body=report()))
    assert api.get_report("50012").status == "DONE"


def test_a_server_that_takes_too_long_is_a_passing_fault(amazon, reply, connected):
    api = connected(timeout_seconds=0.05)
    api.log_in()
    amazon.will(REPORT, reply(fault="stall"))
    with pytest.raises(RetryableError, match=r"no answer from Amazon \(ReadTimeout\) \[getReport 50012\]"):
        api.get_report("50012")
    assert len(amazon.requests(REPORT)) == 4


def test_a_server_that_does_not_listen_is_a_passing_fault(connected, clock):
    with pytest.raises(RetryableError, match=r"no answer from Amazon \(ConnectError\) \[Login with Amazon\]") as caught:
        connected(base_url="http://127.0.0.1:9").get_report("50012")
    assert_keeps_secrets(caught.value)
    assert len(clock.slept) == 3


REFUSALS = [
    (
        400,
        errors("InvalidInput", "Invalid request parameters", "reportType"),
        "InvalidInput Invalid request parameters reportType.*report type",
    ),
    (404, errors("NotFound", "Report not found"), "Report not found.*90 days"),
    (409, errors("Conflict", "x"), "present status"),
    (413, errors("RequestTooLarge", "x"), "Ask for less"),
    (415, errors("UnsupportedMediaType", "x"), "refuse the same call again"),
    (400, "<html>bad</html>", r"answered 400 \(no explanation\)"),
    (200, errors("Strange", "inside a success"), "Strange inside a success"),
    (401, {"message": "Unauthorized"}, "answered 401 Unauthorized.*role"),
    (403, {"Message": "User is not authorized"}, "not authorized.*role"),
    (401, errors("Unauthorized", "x"), "role"),
    (403, errors("Unauthorized", "Access to requested resource is denied."), "role.*authorises.*region"),
    (403, errors("Unauthorized", "x", "The LWA secret token you provided has expired."), "Rotate the client secret"),
    (403, errors("Unauthorized", "x", "Access token is missing in the request header."), "x-amz-access-token header"),
    (
        403,
        errors("Unauthorized", "x", "The access token you provided is revoked, malformed or invalid."),
        "authorise the app again",
    ),
    (403, "", "role"),
]


@pytest.mark.parametrize(("status", "body", "expected"), REFUSALS)
def test_a_refusal_is_not_repeated_and_says_what_to_check(amazon, reply, api, status, body, expected):
    amazon.will(REPORTS, reply(status, body))
    with pytest.raises(PermanentError, match=expected) as caught:
        api.create_report("T", [US])
    assert len(amazon.requests(REPORTS)) == 1
    assert_keeps_secrets(caught.value)


def test_a_refusal_carries_amazons_request_id_for_its_support(amazon, reply, api):
    amazon.will(REPORTS, reply(400, errors("InvalidInput", "no"), headers=(("x-amzn-RequestId", "req-77"),)))
    with pytest.raises(PermanentError, match=r"\[createReport T, request req-77\]"):
        api.create_report("T", [US])


def test_amazons_text_is_masked_flattened_and_cut(amazon, reply, api):
    amazon.will(
        REPORTS,
        reply(400, errors("InvalidInput", "line\none Atza|token-1 https://s3.example/d?X-Amz-Signature=abc&y " + "x" * 2000)),
    )
    with pytest.raises(PermanentError) as caught:
        api.create_report("T", [US])
    assert "line one Atza|[hidden] https://s3.example/d?[hidden]" in str(caught.value)
    assert len(str(caught.value)) < 700
    assert_keeps_secrets(caught.value)


def test_a_report_without_a_part_amazon_always_sends_is_no_report(amazon, reply, api):
    amazon.will(REPORT, reply(body={"reportId": "50012", "reportType": "T", "processingStatus": "DONE"}))
    with pytest.raises(RetryableError, match="no usable createdTime"):
        api.get_report("50012")


# Throttling and the budget


@pytest.mark.parametrize(("status", "body"), [(429, QUOTA), (429, "<html>slow down</html>"), (400, QUOTA)])
def test_a_throttle_empties_the_budget_and_the_call_waits_for_its_refill(amazon, reply, api, clock, status, body):
    amazon.will(REPORTS, reply(status, body), reply(202, {"reportId": "1"}))
    assert api.create_report("T", [US]) == "1"
    assert sum(clock.slept) == pytest.approx(59.88, abs=0.01)


def test_throttles_without_end_are_given_up_and_spaced_by_the_budget(amazon, reply, api, clock):
    amazon.will(REPORTS, reply(429, QUOTA))
    with pytest.raises(Throttled, match="QuotaExceeded You exceeded your quota"):
        api.create_report("T", [US])
    assert len(amazon.requests(REPORTS)) == 4
    assert sum(clock.slept) == pytest.approx(3 * 59.88, abs=0.05)


def test_calls_beyond_the_burst_wait_their_turn(amazon, reply, api, clock):
    amazon.will(REPORTS, reply(202, {"reportId": "1"}))
    for _ in range(17):
        api.create_report("T", [US])
    assert sum(clock.slept) == pytest.approx(2 * 59.88, abs=0.05)


@pytest.mark.parametrize("status", [200, 404])
def test_the_rate_amazon_names_is_learned_from_success_and_refusal(amazon, reply, api, budget, clock, status):
    body = report() if status == 200 else errors("NotFound", "x")
    amazon.will(REPORT, reply(status, body, headers=(("x-amzn-RateLimit-Limit", "0.5"),)))
    try:
        api.get_report("50012")
    except PermanentError:
        assert status == 404
    assert budget.bucket("getReport", clock.now()).rate_per_second == 0.5


def test_a_rate_is_reported_when_it_changes_not_with_every_call(amazon, reply, connected, clock):
    class Listening:
        rates: list[float] = []  # noqa: RUF012  # one instance

        def reserve(self, operation, now, *, report_type=""):
            return 0.0

        def learn(self, operation, rate_per_second, now):
            self.rates.append(rate_per_second)

        def answered(self, operation, now, *, report_type=""):
            pass

        def exhausted(self, operation, now, *, report_type=""):
            pass

    amazon.will(
        REPORT,
        *(reply(body=report(), headers=(("x-amzn-RateLimit-Limit", text),)) for text in ("2.0", "2.0", "0.5", "nonsense")),
    )
    budget = Listening()
    api = connected(budget=budget)
    for _ in range(4):
        api.get_report("50012")
    assert budget.rates == [2.0, 0.5]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.0167", 0.0167),
        (None, None),
        ("", None),
        ("fast", None),
        ("nan", None),
        ("inf", None),
        ("0", None),
        ("-1", None),
        ("9e9", None),
    ],
)
def test_only_a_sensible_rate_is_believed(text, expected):
    assert rate_from(text) == expected


# The access token


def test_an_expired_token_is_replaced_once_and_the_call_repeated(amazon, reply, api):
    amazon.will(REPORT, reply(403, EXPIRED), reply(body=report()))
    assert api.get_report("50012").status == "DONE"
    assert [seen.headers["x-amz-access-token"] for seen in amazon.requests(REPORT)] == ["Atza|token-1", "Atza|token-2"]


def test_a_fresh_token_that_is_called_expired_too_ends_the_call(amazon, reply, api):
    amazon.will(REPORT, reply(403, EXPIRED))
    with pytest.raises(AccessTokenExpired, match="machine's clock") as caught:
        api.get_report("50012")
    assert isinstance(caught.value, PermanentError)
    assert len(amazon.requests(REPORT)) == 2
    assert_keeps_secrets(caught.value)


# A report that may have been asked for is not asked for again


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (500, "<html>oops</html>", ""),
        (504, "", ""),
        (202, "", ""),
        (202, {}, ""),
        (202, {"reportId": 5}, ""),
        (202, {"reportId": "1"}, "hangup"),
        (202, {"reportId": "1"}, "short"),
    ],
)
def test_a_create_whose_outcome_is_unknown_is_not_sent_twice(amazon, reply, api, status, body, fault):
    amazon.will(REPORTS, reply(status, body, fault=fault))
    with pytest.raises(OutcomeUnknown, match=r"createReport T.*List the recent reports") as caught:
        api.create_report("T", [US])
    assert len(amazon.requests(REPORTS)) == 1
    assert_keeps_secrets(caught.value)


@pytest.mark.parametrize(
    ("status", "body"), [(503, ""), (500, errors("InternalFailure", "x")), (503, errors("ServiceUnavailable", "x"))]
)
def test_a_create_that_amazon_says_it_did_not_take_is_sent_again(amazon, reply, api, status, body):
    amazon.will(REPORTS, reply(status, body), reply(202, {"reportId": "1"}))
    assert api.create_report("T", [US]) == "1"


# Small parts


def test_errors_survive_pickling():
    for kind in (Throttled, OutcomeUnknown, AccessTokenExpired):
        copy = pickle.loads(pickle.dumps(kind("what", where="where", remedy="do")))  # noqa: S301  # our own bytes
        assert (type(copy), str(copy)) == (kind, "what [where]. do.")


def test_an_answer_does_not_show_its_body():
    assert "Atza" not in repr(Answer(200, b"Atza|x"))


def test_an_empty_success_is_usable_only_where_nothing_is_needed():
    assert is_usable(Answer(204, b""), needs_body=False)
    assert not is_usable(Answer(204, b""))


def test_the_error_of_an_answer_names_no_request_when_there_is_none():
    said = str(error_for(Answer(500, b""), where="getReport 1"))

    assert said == "Amazon answered 500 (no explanation) [getReport 1]. Run it again later; the trouble is on Amazon's side."


def test_pauses_double_up_to_the_ceiling_and_are_the_same_in_every_run():
    retries = Retries(first_seconds=2, ceiling_seconds=10, jitter=lambda _: 1.0)
    assert [retries.delay_seconds(attempt, "key") for attempt in (1, 2, 3, 4, 1000)] == [2, 4, 8, 10, 10]
    assert Retries().delay_seconds(1, "a") == Retries().delay_seconds(1, "a") != Retries().delay_seconds(1, "b")
    assert all(0 <= steady_jitter(str(number)) < 1 for number in range(100))
