"""Data Kiosk's calls against a server: what is sent, what is read, and every way in which they fail."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sellerwatch.amazon.errors import AccessTokenExpired, OutcomeUnknown, Throttled
from sellerwatch.amazon.kiosk_api import is_same_query, name_of
from sellerwatch.amazon.report_state import STATUSES, ReportState
from sellerwatch.core.errors import PermanentError, RetryableError

QUERIES = "/dataKiosk/2023-11-15/queries"
QUERY = f"{QUERIES}/Q1"
DOCUMENT = "/dataKiosk/2023-11-15/documents/D1"
TEXT = (
    'query { analytics_economics_2024_03_15 { economics(startDate: "2026-03-01", endDate: "2026-03-02") '
    "{ msku startDate endDate } } }"
)
SINCE = datetime(2026, 3, 2, 11, tzinfo=UTC)
EXPIRED = {"errors": [{"code": "Unauthorized", "message": "Denied", "details": "The access token you provided has expired."}]}
QUOTA = {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource."}]}
NO_SUCCESSES = (
    (500, "<html>oops</html>"),
    (503, ""),
    (502, {"message": "Bad gateway"}),
    (200, ""),
    (200, "<html>a captive portal</html>"),
    (200, []),
    (200, {}),
    (200, {"message": "hello"}),
    (200, {"payload": ["x"]}),
    (200, {"processingStatus": "DONE"}),
)


def query(**changes) -> dict:
    return {
        "queryId": "Q1",
        "query": TEXT,
        "processingStatus": "DONE",
        "createdTime": "2026-03-02T11:30:00.123Z",
    } | changes


@pytest.fixture
def kiosk(sources):
    return sources.kiosk.api


def test_a_query_is_sent_as_its_text_and_nothing_else(amazon, reply, kiosk):
    amazon.will(QUERIES, reply(202, {"queryId": "Q1"}))
    assert kiosk.create_query(TEXT) == "Q1"
    (seen,) = amazon.requests(f"POST {QUERIES}")
    assert (seen.json, seen.query, seen.headers["x-amz-access-token"]) == ({"query": TEXT}, (), "Atza|token-1")


def test_a_further_page_is_the_same_query_with_a_token(amazon, reply, kiosk):
    amazon.will(QUERIES, reply(202, {"queryId": "Q2"}))
    kiosk.create_query(TEXT, page="next==")
    assert amazon.requests(QUERIES)[0].json == {"query": TEXT, "paginationToken": "next=="}


def test_everything_amazon_says_about_a_query_is_read(amazon, reply, kiosk):
    amazon.will(
        QUERY,
        reply(
            body=query(
                processingStartTime="2026-03-02T11:31:00Z",
                processingEndTime="2026-03-02T12:32:00+01:00",
                dataDocumentId="D1",
                pagination={"nextToken": "next=="},
            )
        ),
    )
    found = kiosk.get_query("Q1")
    assert found.state == ReportState(
        report_id="Q1",
        report_type="analytics_economics_2024_03_15.economics",
        status="DONE",
        created_at=datetime(2026, 3, 2, 11, 30, 0, 123000, tzinfo=UTC),
        document_id="D1",
        processing_start_at=datetime(2026, 3, 2, 11, 31, tzinfo=UTC),
        processing_end_at=datetime(2026, 3, 2, 11, 32, tzinfo=UTC),
    )
    assert (found.text, found.next_page) == (TEXT, "next==")
    assert amazon.requests(QUERY)[0].query == ()


@pytest.mark.parametrize(
    ("documents", "status", "expected"),
    [
        ({"dataDocumentId": "D1"}, "DONE", ("DONE", "D1")),
        ({}, "DONE", ("DONE", None)),
        ({"errorDocumentId": "E1"}, "DONE", ("FATAL", "E1")),
        ({"dataDocumentId": "D1", "errorDocumentId": "E1"}, "DONE", ("DONE", "D1")),
        ({"errorDocumentId": "E1"}, "FATAL", ("FATAL", "E1")),
        ({}, "FATAL", ("FATAL", None)),
        ({}, "CANCELLED", ("CANCELLED", None)),
        ({}, "IN_QUEUE", ("IN_QUEUE", None)),
    ],
)
def test_only_done_without_any_document_means_that_there_is_no_data(amazon, reply, kiosk, documents, status, expected):
    amazon.will(QUERY, reply(body=query(processingStatus=status, **documents)))
    state = kiosk.get_report("Q1")
    assert (state.status, state.document_id) == expected


def test_a_status_amazon_does_not_document_is_an_error(amazon, reply, kiosk):
    amazon.will(QUERY, reply(body=query(processingStatus="PAUSED")))
    with pytest.raises(PermanentError, match=f"'PAUSED'; known are {', '.join(STATUSES)}"):
        kiosk.get_query("Q1")


@pytest.mark.parametrize("pagination", ["next==", ["next=="], {"nextToken": 7}])
def test_a_token_that_cannot_be_read_is_an_error_and_not_the_last_page(amazon, reply, kiosk, pagination):
    amazon.will(QUERY, reply(body=query(pagination=pagination)))
    with pytest.raises(RetryableError, match="no usable pagination"):
        kiosk.get_query("Q1")


@pytest.mark.parametrize("pagination", [None, {}, {"nextToken": None}, {"nextToken": ""}])
def test_a_query_without_a_token_is_the_last_page(amazon, reply, kiosk, pagination):
    amazon.will(QUERY, reply(body=query(pagination=pagination)))
    assert kiosk.get_query("Q1").next_page is None


def test_queries_are_listed_page_by_page_with_the_parameters_of_the_first_one(amazon, reply, kiosk):
    amazon.will(
        QUERIES,
        reply(body={"queries": [query(pagination={"nextToken": "rows"})], "pagination": {"nextToken": "list+2="}}),
        reply(body={"queries": [query(queryId="Q0")]}),
    )
    found = list(kiosk.list_queries(created_since=SINCE))
    assert [(item.state.report_id, item.next_page) for item in found] == [("Q1", "rows"), ("Q0", None)]
    first, second = amazon.requests(QUERIES)
    assert dict(first.query) == {"createdSince": "2026-03-02T11:00:00Z", "pageSize": "100"}
    assert dict(second.query) == dict(first.query) | {"paginationToken": "list+2="}


def test_a_list_token_that_comes_back_ends_the_listing(amazon, reply, kiosk):
    amazon.will(QUERIES, reply(body={"queries": [], "pagination": {"nextToken": "same"}}))
    with pytest.raises(RetryableError, match="same nextToken twice"):
        list(kiosk.list_queries(created_since=SINCE))
    assert len(amazon.requests(QUERIES)) == 2


def test_a_list_of_something_else_is_no_list_of_queries(amazon, reply, kiosk):
    amazon.will(QUERIES, reply(body={"queries": ["Q1"]}))
    with pytest.raises(RetryableError, match="no usable queries"):
        list(kiosk.list_queries(created_since=SINCE))


def test_cancelling_needs_no_body(amazon, reply, kiosk):
    amazon.will(QUERY, reply(204))
    kiosk.cancel_query("Q1")
    assert amazon.requests(QUERY)[0].method == "DELETE"


def test_a_document_link_hides_itself_and_leaves_the_compression_to_the_store(amazon, reply, kiosk):
    amazon.will(DOCUMENT, reply(body={"documentId": "D1", "documentUrl": "https://s3.example/d?X-Amz-Signature=abc"}))
    link = kiosk.get_document("D1")
    assert (link.document_id, link.url, link.compression) == ("D1", "https://s3.example/d?X-Amz-Signature=abc", None)
    assert "s3.example" not in repr(link)


def test_an_answer_that_is_no_answer_is_tried_again_until_it_is_one(amazon, reply, opened):
    for status, body in NO_SUCCESSES:
        kiosk = opened().kiosk.api
        amazon.seen.clear()
        amazon.will(QUERY, reply(status, body), reply(body=query()))
        if body == {"processingStatus": "DONE"}:
            with pytest.raises(RetryableError, match="no usable query"):
                kiosk.get_query("Q1")
            continue
        assert kiosk.get_query("Q1").state.status == "DONE", (status, body)
        assert len(amazon.requests(QUERY)) == 2, (status, body)


UNKNOWN = [
    (500, "<html>oops</html>", ""),
    (202, "", ""),
    (202, {}, ""),
    (202, {"queryId": 5}, ""),
    (202, {"queryId": "Q1"}, "hangup"),
    (202, {"queryId": "Q1"}, "short"),
]


@pytest.mark.parametrize(("status", "body", "fault"), UNKNOWN)
def test_a_query_that_may_have_been_taken_is_not_sent_twice(amazon, reply, kiosk, status, body, fault):
    amazon.will(QUERIES, reply(status, body, fault=fault))
    with pytest.raises(OutcomeUnknown, match=r"createQuery analytics_economics_2024_03_15\.economics"):
        kiosk.create_query(TEXT)
    assert len(amazon.requests(QUERIES)) == 1


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            400,
            {"errors": [{"code": "InvalidInput", "message": "The provided query is invalid.", "details": "Not supported."}]},
            "The provided query is invalid. Not supported",
        ),
        (401, {"message": "Unauthorized"}, "answered 401 Unauthorized.*role"),
        (403, {"errors": [{"code": "Unauthorized", "message": "Denied"}]}, "role"),
    ],
)
def test_a_refusal_is_not_repeated(amazon, reply, kiosk, status, body, expected):
    amazon.will(QUERIES, reply(status, body))
    with pytest.raises(PermanentError, match=expected):
        kiosk.create_query(TEXT)
    assert len(amazon.requests(QUERIES)) == 1


def test_an_expired_token_is_replaced_once(amazon, reply, kiosk):
    amazon.will(QUERY, reply(403, EXPIRED), reply(body=query()))
    assert kiosk.get_query("Q1").state.status == "DONE"
    assert [seen.headers["x-amz-access-token"] for seen in amazon.requests(QUERY)] == ["Atza|token-1", "Atza|token-2"]
    amazon.will(QUERY, reply(403, EXPIRED))
    with pytest.raises(AccessTokenExpired):
        kiosk.get_query("Q1")


def test_its_throttles_are_its_own(amazon, reply, kiosk, budget, clock):
    # given a document that Data Kiosk throttles
    amazon.will(DOCUMENT, reply(429, QUOTA))
    # when it is asked for until we give up
    with pytest.raises(Throttled):
        kiosk.get_document("D1")
    # then the documents of the Reports API may be asked for as before
    assert budget.bucket("getReportDocument", clock.now()).tokens == 15
    assert budget.bucket("getKioskDocument", clock.now()).tokens < 1


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("{ a { b } }", "{a{b}}", True),
        ('{a(x: 1, y: "p q") {b}}', '{ a (x:1 y:"p q") { b } }', True),
        ('{a(x:"p q"){b}}', '{a(x:"pq"){b}}', False),
        ('{a(x:"p,q"){b}}', '{a(x:"p q"){b}}', False),
        (r'{a(x:"\"  }"){b}}', r'{a(x:"\" }"){b}}', False),
        ('{a(x:"""p "q" r"""){b}}', '{ a(x: """p "q" r""") {b} }', True),
        ('{a(x:"""p  r"""){b}}', '{a(x:"""p r"""){b}}', False),
        ("{a b}", "{ab}", False),
        (TEXT, TEXT.replace("2026-03-01", "2026-03-02"), False),
    ],
)
def test_two_texts_are_one_query_when_only_ignored_characters_differ(one, other, expected):
    assert is_same_query(one, other) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("query Mine { a_1 { b(x: 1) { c } } }", "a_1.b"), ("{a{b{c}}}", "a.b"), ("", ""), ("nothing", "")],
)
def test_a_query_is_named_by_its_dataset_and_what_it_asks_of_it(text, expected):
    assert name_of(text) == expected
