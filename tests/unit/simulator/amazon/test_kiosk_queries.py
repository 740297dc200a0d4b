"""Data Kiosk over HTTP: what is accepted, how a query comes to its end, pages, lists and documents. Not here: the figures."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest

from sellerwatch.simulator.amazon.kiosk_schema import ENUMS, INPUTS, QUERIES, TYPES
from sellerwatch.simulator.ports import Rendered

US = "ATVPDKIKX0DER"
KIOSK = "/dataKiosk/2023-11-15"
TRENDS = "analytics_salesAndTraffic_2024_04_24.salesAndTrafficTrends"
ECONOMICS = "analytics_economics_2024_03_15.economics"
ROWS = [
    {"msku": "A-1", "startDate": "2026-11-18", "fees": [{"feeTypeName": "Referral fees", "charge": None}], "cost": None},
    {"msku": "A-2", "startDate": "2026-11-18", "fees": [], "cost": {"costOfGoodsSold": {"amount": 1.5, "currencyCode": "USD"}}},
    {"msku": "A-3", "startDate": "2026-11-18", "fees": [], "cost": None},
]


def economics(selected="msku", **arguments):
    said = {"startDate": '"2026-11-18"', "endDate": '"2026-11-18"', "marketplaceIds": f'["{US}"]'} | arguments
    text = " ".join(f"{name}: {value}" for name, value in said.items() if value is not None)
    return f"query {{ analytics_economics_2024_03_15 {{ economics({text}) {{ {selected} }} }} }}"


def trends(asins, *, cut="CHILD", start="2026-11-18"):
    listed = " ".join(f'"{asin}"' for asin in asins)
    arguments = (
        f'asinAggregation: {cut}, dateAggregation: DAY, startDate: "{start}", endDate: "2026-11-19", '
        f'filters: [{{marketplaceId: "{US}", asins: [{listed}]}}]'
    )
    return f"{{ analytics_salesAndTraffic_2024_04_24 {{ salesAndTrafficTrends({arguments}) {{ childAsin }} }} }}"


def give(bench, rows, kind=ECONOMICS):
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()
    bench.world.documents[kind] = Rendered("DONE", body, "application/jsonl;charset=UTF-8")


def test_a_query_waits_is_processed_and_is_done(bench):
    give(bench, ROWS)
    created = bench.query(economics())
    query_id = created.json()["queryId"]

    assert created.status_code == 202
    waiting = bench.call("GET", f"{KIOSK}/queries/{query_id}").json()
    assert waiting == {
        "queryId": query_id,
        "query": economics(),
        "createdTime": "2026-11-20T08:00:00Z",
        "processingStatus": "IN_QUEUE",
    }
    bench.clock.advance(seconds=20)
    processing = bench.call("GET", f"{KIOSK}/queries/{query_id}").json()
    assert (processing["processingStatus"], processing["processingStartTime"]) == ("IN_PROGRESS", "2026-11-20T08:00:20Z")
    bench.clock.advance(seconds=40)
    done = bench.call("GET", f"{KIOSK}/queries/{query_id}").json()
    assert (done["processingStatus"], done["processingEndTime"]) == ("DONE", "2026-11-20T08:01:00Z")
    assert done["dataDocumentId"].startswith("amzn1.tortuga.")
    assert "errorDocumentId" not in done
    assert "pagination" not in done


def test_only_the_selected_fields_come_back_in_the_order_they_were_selected(bench):
    give(bench, ROWS)

    query = bench.finished_query(economics("startDate msku cost{costOfGoodsSold{amount}} fees{charge{identifier} feeTypeName}"))

    lines = bench.query_document(query["dataDocumentId"]).text.splitlines()
    rows = [json.loads(line) for line in lines]
    assert rows == [
        {
            "startDate": "2026-11-18",
            "msku": "A-1",
            "cost": None,
            "fees": [{"charge": None, "feeTypeName": "Referral fees"}],
        },
        {"startDate": "2026-11-18", "msku": "A-2", "cost": {"costOfGoodsSold": {"amount": 1.5}}, "fees": []},
        {"startDate": "2026-11-18", "msku": "A-3", "cost": None, "fees": []},
    ]
    assert list(rows[0]) == ["startDate", "msku", "cost", "fees"]


def test_a_query_without_a_row_is_done_and_has_no_document(bench):
    give(bench, [])

    query = bench.finished_query(economics())

    assert query["processingStatus"] == "DONE"
    assert not {"dataDocumentId", "errorDocumentId"} & set(query)


def test_a_compressed_document_says_so_in_its_headers_only(bench_with):
    bench = bench_with(compress_from_bytes=0)
    give(bench, ROWS)
    query = bench.finished_query(economics())

    answer = bench.call("GET", f"{KIOSK}/documents/{query['dataDocumentId']}").json()
    document = bench.send("GET", answer["documentUrl"])

    assert set(answer) == {"documentId", "documentUrl"}
    assert document.headers["content-encoding"] == "gzip"
    assert len(document.text.splitlines()) == 3
    stored = bench.amazon.report_of_document(query["dataDocumentId"]).document.payload
    assert gzip.decompress(stored) == document.content


def test_the_url_of_a_document_dies_after_five_minutes(bench):
    give(bench, ROWS)
    query = bench.finished_query(economics())
    url = bench.call("GET", f"{KIOSK}/documents/{query['dataDocumentId']}").json()["documentUrl"]

    bench.clock.advance(seconds=299)
    assert bench.send("GET", url).status_code == 200
    bench.clock.advance(seconds=1)
    assert bench.send("GET", url).status_code == 403


def test_the_world_is_asked_for_each_marketplace_with_the_words_of_the_query(bench):
    give(bench, ROWS)
    bench.finished_query(
        economics(
            aggregateBy="{date: MONTH, productId: CHILD_ASIN}",
            includeComponentsForFeeTypes="[FBA_FULFILLMENT_FEE]",
            marketplaceIds='["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"]',
        )
    )
    bench.finished_query(trends(["B01", "B02"]))

    first, second, third = bench.world.asked
    assert [first.marketplace_ids, second.marketplace_ids] == [(US,), ("A2EUQ1WTGCTBG2",)]
    assert first.report_type == ECONOMICS
    assert first.data_start == first.data_end == datetime(2026, 11, 18, tzinfo=UTC)
    assert first.options == {
        "date": "MONTH",
        "productId": "CHILD_ASIN",
        "components": "FBA_FULFILLMENT_FEE",
        "fields": "msku",
    }
    assert third.report_type == TRENDS
    assert (third.options["date"], third.options["asins"]) == ("DAY", "B01 B02")


INVALID = {
    "no text": "",
    "unknown dataset": "{ analytics_unknown { rows { a } } }",
    "unknown query": "{ analytics_economics_2024_03_15 { economicsPreview { msku } } }",
    "only the dataset": "{ analytics_economics_2024_03_15 }",
    "two datasets": "{ analytics_economics_2024_03_15 { economics { msku } } other { a } }",
    "unknown field": economics("msku nonsense"),
    "object selected whole": economics("sales"),
    "plain value opened": economics("msku { a }"),
    "nothing selected": "{ analytics_economics_2024_03_15 { economics } }",
    "arguments on a field": economics('msku(a: "b")'),
    "missing argument": economics(endDate=None),
    "unknown argument": economics(limit=5),
    "no date": economics(endDate='"yesterday"'),
    "a compact date": economics(endDate='"20261118"'),
    "wrong word": economics(aggregateBy="{date: HOUR}"),
    "text for a word": economics(aggregateBy='{date: "DAY"}'),
    "no object": economics(aggregateBy="DAY"),
    "number for text": economics(marketplaceIds="[1]"),
    "too long": economics(" ".join(["msku"] * 1600)),
}


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID)
def test_a_query_that_does_not_fit_the_schema_is_refused(bench, text):
    answer = bench.query(text)

    (error,) = answer.json()["errors"]
    assert answer.status_code == 400
    assert error["code"] == "InvalidInput"
    assert error["message"] == "The provided query is invalid."
    assert error["details"]
    assert bench.seen()["queries"] == []


def test_a_query_of_eight_thousand_characters_passes_and_a_single_value_stands_for_a_list(bench):
    give(bench, ROWS)
    padding = " " * 9_000

    assert bench.query(economics(padding + "msku", marketplaceIds=f'"{US}"')).status_code == 202


@pytest.mark.parametrize("body", [None, [], {"query": 5}, {"query": "{a}", "paginationToken": 5}])
def test_a_body_that_holds_no_query_is_refused(bench, body):
    assert bench.call("POST", f"{KIOSK}/queries", json=body).status_code == 400


FATAL = {
    "more than two years ago": economics(startDate='"2024-11-19"'),
    "end before start": economics(startDate='"2026-11-19"'),
    "somebody else's marketplace": economics(marketplaceIds='["A1PA6795UKMFR9"]'),
    "no marketplace": economics(marketplaceIds="[]"),
    "31 ASINs": trends([f"B{number:02}" for number in range(31)]),
    "by parent": trends(["B01"], cut="PARENT"),
}


@pytest.mark.parametrize("text", FATAL.values(), ids=FATAL)
def test_a_query_that_breaks_a_rule_ends_fatal_with_an_error_document(bench, text):
    query = bench.finished_query(text)

    assert query["processingStatus"] == "FATAL"
    assert "dataDocumentId" not in query
    document = bench.query_document(query["errorDocumentId"])
    assert document.headers["content-type"].startswith("application/json")
    assert document.json()["errors"][0]["message"]
    assert bench.world.asked == []


def test_thirty_asins_two_years_ago_pass(bench):
    give(bench, [{"childAsin": "B00"}], TRENDS)

    query = bench.finished_query(trends([f"B{number:02}" for number in range(30)], start="2024-11-20"))

    assert query["processingStatus"] == "DONE"


def test_what_the_world_cannot_make_ends_fatal(bench):
    bench.world.documents[ECONOMICS] = Rendered("FATAL", b"no such seller")

    query = bench.finished_query(economics())

    assert bench.query_document(query["errorDocumentId"]).json()["errors"][0]["message"] == "no such seller"


def test_more_rows_than_fit_are_the_next_pages_of_the_same_query_as_of_the_first(bench_with):
    bench = bench_with(query_rows=2)
    give(bench, ROWS)
    first = bench.finished_query(economics())
    token = first["pagination"]["nextToken"]
    bench.clock.advance(minutes=30)

    second = bench.finished_query(economics(), paginationToken=token)

    rows = [bench.query_document(page["dataDocumentId"]).text.splitlines() for page in (first, second)]
    assert [json.loads(line)["msku"] for page in rows for line in page] == ["A-1", "A-2", "A-3"]
    assert "pagination" not in second
    assert len({request.now for request in bench.world.asked}) == 1


def test_a_token_for_another_query_or_of_nonsense_is_refused(bench_with):
    bench = bench_with(query_rows=2)
    give(bench, ROWS)
    token = bench.finished_query(economics())["pagination"]["nextToken"]

    assert bench.query(economics("startDate"), paginationToken=token).status_code == 400
    assert bench.query(economics(), paginationToken="nonsense").status_code == 400


@pytest.mark.parametrize("seconds", [0, 20])
def test_a_query_under_way_can_be_cancelled_twice(bench, seconds):
    query_id = bench.query(economics()).json()["queryId"]
    bench.clock.advance(seconds=seconds)

    answers = [bench.call("DELETE", f"{KIOSK}/queries/{query_id}") for _ in range(2)]
    bench.clock.advance(minutes=30)
    query = bench.call("GET", f"{KIOSK}/queries/{query_id}").json()

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert query["processingStatus"] == "CANCELLED"
    assert "dataDocumentId" not in query
    assert ("processingStartTime" in query) is (seconds == 20)


def test_a_finished_query_cannot_be_cancelled(bench):
    give(bench, ROWS)
    query = bench.finished_query(economics())

    assert bench.call("DELETE", f"{KIOSK}/queries/{query['queryId']}").status_code == 400


def test_queries_and_documents_of_others_are_not_found(bench):
    give(bench, ROWS)
    query = bench.finished_query(economics())
    bench.finished()
    report_document = bench.created()
    bench.enter(bench.world.sellers[1])

    paths = [
        f"queries/{query['queryId']}",
        f"documents/{query['dataDocumentId']}",
        "documents/amzn1.tortuga.4.na.x.1",
        f"documents/{report_document}",
    ]
    assert [bench.call("GET", f"{KIOSK}/{path}").status_code for path in paths] == [404] * 4
    assert bench.document(query["dataDocumentId"]).status_code == 404


def test_the_reports_api_does_not_know_a_query_s_document(bench):
    give(bench, ROWS)
    query = bench.finished_query(economics())

    assert bench.document(query["dataDocumentId"]).status_code == 404


def test_a_query_is_forgotten_after_thirty_days(bench):
    give(bench, ROWS)
    query = bench.finished_query(economics())

    bench.clock.advance(days=30)
    bench.enter()

    assert bench.call("GET", f"{KIOSK}/queries/{query['queryId']}").status_code == 404
    assert bench.call("GET", f"{KIOSK}/documents/{query['dataDocumentId']}").status_code == 404
    assert bench.call("GET", f"{KIOSK}/queries").json() == {"queries": []}


def test_queries_are_listed_newest_first_in_pages_whose_size_may_change(bench):
    ids = []
    for _ in range(4):
        ids.append(bench.query(economics()).json()["queryId"])
        bench.clock.advance(seconds=1)

    first = bench.call("GET", f"{KIOSK}/queries", params={"pageSize": 2}).json()
    token = first["pagination"]["nextToken"]
    second = bench.call("GET", f"{KIOSK}/queries", params={"pageSize": 5, "paginationToken": token}).json()

    assert [query["queryId"] for query in first["queries"] + second["queries"]] == ids[::-1]
    assert "pagination" not in second


def test_queries_are_listed_by_status_and_time(bench):
    give(bench, ROWS)
    done = bench.finished_query(economics())["queryId"]
    waiting = bench.query(economics()).json()["queryId"]

    def listed(**params):
        queries = bench.call("GET", f"{KIOSK}/queries", params=params).json()["queries"]
        return [query["queryId"] for query in queries]

    assert listed(processingStatuses="DONE,FATAL") == [done]
    assert listed(createdSince="2026-11-20T08:00:30Z") == [waiting]
    assert listed(createdUntil="2026-11-20T08:00:30Z") == [done]


@pytest.mark.parametrize(
    "params",
    [
        {"processingStatuses": "FINISHED"},
        {"pageSize": "0"},
        {"pageSize": "101"},
        {"createdSince": "yesterday"},
        {"paginationToken": "nonsense"},
    ],
)
def test_a_list_that_cannot_be_had_is_refused(bench, params):
    assert bench.call("GET", f"{KIOSK}/queries", params=params).status_code == 400


def test_a_token_must_come_back_with_the_parameters_it_was_given_for(bench):
    for _ in range(2):
        bench.query(economics())
    token = bench.call("GET", f"{KIOSK}/queries", params={"pageSize": 1}).json()["pagination"]["nextToken"]

    answer = bench.call("GET", f"{KIOSK}/queries", params={"paginationToken": token, "processingStatuses": "DONE"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("fault", "status", "has_document"),
    [
        ({"fault": "cancelled"}, "CANCELLED", False),
        ({"fault": "fatal"}, "FATAL", False),
        ({"fault": "fatal", "text": "Internal error."}, "FATAL", True),
        ({"fault": "stuck_in_queue"}, "IN_QUEUE", False),
        ({"fault": "stuck_in_progress"}, "IN_PROGRESS", False),
    ],
)
def test_a_query_ends_as_ordered(bench, fault, status, has_document):
    give(bench, ROWS)
    bench.order_faults(fault | {"report_type": ECONOMICS})

    query = bench.finished_query(economics())

    assert query["processingStatus"] == status
    assert ("errorDocumentId" in query) is has_document
    (seen,) = bench.seen()["queries"]
    assert (seen["sellerId"], seen["because"]) == ("A1FIRST", "fault")


def test_the_text_of_an_ordered_failure_is_in_the_error_document(bench):
    bench.order_faults({"fault": "fatal", "text": "Internal error."})

    query = bench.finished_query(economics())

    assert bench.query_document(query["errorDocumentId"]).json()["errors"][0]["message"] == "Internal error."


def test_a_lost_answer_leaves_a_query_that_the_list_shows(bench):
    bench.order_faults({"fault": "lost_answer", "operation": "createQuery"})

    with pytest.raises(AssertionError):  # httpx's transport sees that the body never ends
        bench.query(economics())

    (query,) = bench.call("GET", f"{KIOSK}/queries").json()["queries"]
    assert query["query"] == economics()


@pytest.mark.parametrize(
    ("fault", "status"),
    [("html_500", 500), ("empty_503", 503), ("message_401", 401), ("throttle", 429), ("expired_token", 403)],
)
def test_calls_break_as_ordered(bench, fault, status):
    bench.order_faults({"fault": fault, "operation": "createQuery"})

    assert bench.query(economics()).status_code == status
    assert bench.query(economics()).status_code == 202


def test_a_missing_role_refuses_the_query(bench):
    bench.order_faults({"fault": "missing_role", "times": 1})

    assert bench.query(economics()).status_code == 403


DAMAGE = {
    "missing_column": ({"column": "msku"}, [{"startDate": "2026-11-18"}] * 3),
    "new_column": (
        {"column": "novelty"},
        [{"msku": f"A-{number}", "startDate": "2026-11-18", "novelty": "new"} for number in (1, 2, 3)],
    ),
    "header_only": ({}, []),
    "empty_document": ({}, []),
}


@pytest.mark.parametrize("fault", DAMAGE)
def test_documents_are_damaged_as_ordered(bench, fault):
    said, rows = DAMAGE[fault]
    give(bench, ROWS)
    bench.order_faults({"fault": fault, "report_type": ECONOMICS, **said})

    query = bench.finished_query(economics("msku startDate"))

    text = bench.query_document(query["dataDocumentId"]).text
    assert [json.loads(line) for line in text.splitlines()] == rows


@pytest.mark.parametrize(("fault", "status"), [("expired_url", 403), ("truncated_gzip", 200), ("two_member_gzip", 200)])
def test_downloads_go_wrong_as_ordered(bench, fault, status):
    give(bench, ROWS)
    bench.order_faults({"fault": fault})
    query = bench.finished_query(economics())

    url = bench.call("GET", f"{KIOSK}/documents/{query['dataDocumentId']}").json()["documentUrl"]

    if fault == "truncated_gzip":
        bench.send("GET", url)
        stored = bench.amazon.report_of_document(query["dataDocumentId"]).document.payload
        with pytest.raises(EOFError):
            gzip.decompress(stored)
    else:
        assert bench.send("GET", url).status_code == status


def test_every_type_of_the_schema_is_known():
    named = [kind for fields in TYPES.values() for kind in fields.values()]
    named += [kind for fields in INPUTS.values() for kind in fields.values()]
    named += [kind for query in QUERIES.values() for kind in (query.row, *query.arguments.values())]

    assert {kind.strip("[]!") for kind in named} <= {*TYPES, *INPUTS, *ENUMS, "String", "Float", "Long", "Date"}
