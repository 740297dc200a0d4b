"""Data Kiosk as a source: a query found again, and a result in pages that becomes one document."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from sellerwatch.amazon import kiosk_source
from sellerwatch.amazon.errors import LinkExpired, OutcomeUnknown, ReportStillRunning
from sellerwatch.core.errors import PermanentError, RetryableError

QUERIES = "/dataKiosk/2023-11-15/queries"
TEXT = '{ analytics_x { economics(startDate: "2026-03-01") { msku } } }'
GZIPPED = (("content-encoding", "gzip"), ("content-type", "application/jsonl"))
PLAIN = (("content-type", "application/jsonl"),)


def stamp(minute: int, *, day: int = 2) -> str:
    return f"2026-03-{day:02}T11:{minute:02}:00Z"


def query(number, **changes) -> dict:
    base = {"queryId": f"Q{number}", "query": TEXT, "processingStatus": "DONE", "createdTime": stamp(number)}
    return base | {"dataDocumentId": f"D{number}"} | changes


def following(number) -> dict:
    return {"pagination": {"nextToken": f"page-{number}"}}


@pytest.fixture
def kiosk(sources):
    return sources.kiosk


@pytest.fixture
def inbox(tmp_path):
    return tmp_path / "inbox"


@pytest.fixture
def stored(amazon, reply):
    """Scripts the documents D1, D2, ... of a result; None stands for a page without one."""

    def script(*pages) -> None:
        for number, page in enumerate(pages, start=1):
            more = following(number + 1) if number < len(pages) else {}
            lacks = {"dataDocumentId": None} if page is None else {}
            amazon.will(f"{QUERIES}/Q{number}", reply(body=query(number, **more, **lacks)))
            url = f"{amazon.url}/bucket/D{number}?X-Amz-Signature=abc"
            amazon.will(
                f"/dataKiosk/2023-11-15/documents/D{number}", reply(body={"documentId": f"D{number}", "documentUrl": url})
            )
            if page is not None:
                amazon.will(f"/bucket/D{number}", reply(body=page[0], headers=page[1]))
        asked = [reply(202, {"queryId": f"Q{number}"}) for number in range(2, len(pages) + 1)]
        amazon.will(f"POST {QUERIES}", *asked)

    return script


@pytest.fixture
def fetch(kiosk, inbox, clock):
    """Fetch the result, as often as it says that a part of it is not made yet, but not for ever."""

    def patiently(*, tries=9):
        for _ in range(tries):
            try:
                return kiosk.fetch(kiosk.state("Q1"), inbox)
            except ReportStillRunning as running:
                last = running
                clock.sleep(30)
        raise last

    return patiently


def test_a_wish_is_asked_for_by_its_text(amazon, reply, kiosk, wish):
    amazon.will(QUERIES, reply(202, {"queryId": "Q1"}))
    assert kiosk.ask(wish("analytics_x.economics", query=TEXT)) == "Q1"
    assert amazon.requests(QUERIES)[0].json == {"query": TEXT}


def test_a_wish_without_a_query_is_no_wish_of_data_kiosk(amazon, kiosk, wish):
    with pytest.raises(ValueError, match="needs the text of its query: T"):
        kiosk.ask(wish())
    assert amazon.seen == []


# Found again


@pytest.fixture
def found(amazon, reply, kiosk, wish):
    """The ids found for a wish since 11:10, of the queries that Amazon lists."""

    def run(*queries) -> list[str]:
        amazon.will(QUERIES, reply(body={"queries": list(queries)}))
        since = datetime(2026, 3, 2, 11, 10, tzinfo=UTC)
        return [state.report_id for state in kiosk.find(wish(query=TEXT), since=since)]

    return run


def test_a_query_is_found_by_its_text_newest_first(found):
    respelled = TEXT.replace(" ", "")
    other = TEXT.replace("economics", "preview")
    assert found(query(30), query(20, query=other), query(12, query=respelled)) == ["Q30", "Q12"]


def test_a_query_from_before_is_not_found(found):
    assert found(query(9), query(1)) == []


def test_what_may_be_a_further_page_is_never_taken_for_a_first_one(found):
    # given a result with a further page, asked for before and after the time in question
    assert found(query(30), query(9, **following(2))) == []
    assert found(query(30), query(20, **following(2)), query(12)) == ["Q20", "Q12"]


def test_pages_of_results_of_the_day_before_are_looked_for_too(amazon, found):
    found()
    assert dict(amazon.requests(QUERIES)[0].query)["createdSince"] == "2026-03-01T11:10:00Z"


# One document of many pages


def test_a_result_of_one_page_is_its_document(amazon, stored, fetch, inbox):
    stored((gzip.compress(b'{"a":1}\n', mtime=0), GZIPPED))
    document = fetch()
    assert document.path.read_bytes() == gzip.compress(b'{"a":1}\n', mtime=0)
    assert (document.compression, document.is_complete, document.content_type) == ("GZIP", True, "application/jsonl")
    assert [path.name for path in inbox.iterdir()] == [document.sha256]
    assert amazon.requests(f"POST {QUERIES}") == []


LINES = (b'{"a":1}\n{"a":2}', b'{"a":3}\n', b'{"a":4}')
TOGETHER = b'{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}'


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


KINDS = {
    "plain": (PLAIN, PLAIN, PLAIN),
    "gzip": (GZIPPED, GZIPPED, GZIPPED),
    "plain first": (PLAIN, GZIPPED, PLAIN),
    "gzip first": (GZIPPED, PLAIN, PLAIN),
}


@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
def test_pages_become_one_document_with_every_line_on_its_own(amazon, stored, fetch, inbox, kinds, clock):
    sent = [packed(lines) if kind is GZIPPED else lines for lines, kind in zip(LINES, kinds, strict=True)]
    stored(*zip(sent, kinds, strict=True))
    document = fetch()
    raw = document.path.read_bytes()
    # then it reads as the pages one after another
    assert (gzip.decompress(raw) if document.compression else raw) == TOGETHER
    assert (document.byte_count, document.expanded_bytes) == (len(raw), len(TOGETHER))
    assert (document.is_complete, document.content_type, document.fetched_at) == (True, "application/jsonl", clock.now())
    # and what Amazon compressed is in it byte for byte
    assert all(page in raw for page, kind in zip(sent, kinds, strict=True) if kind is GZIPPED)
    assert document.compression == ("GZIP" if GZIPPED in kinds else None)
    # and nothing else is left, and the same pages are the same document
    assert [path.name for path in inbox.iterdir()] == [document.sha256]
    assert fetch().sha256 == document.sha256


def test_further_pages_are_the_same_query_with_the_token_of_the_page_before(amazon, stored, fetch):
    stored(*((lines, PLAIN) for lines in LINES))
    fetch()
    assert [seen.json for seen in amazon.requests(f"POST {QUERIES}")] == [
        {"query": TEXT, "paginationToken": "page-2"},
        {"query": TEXT, "paginationToken": "page-3"},
    ]


def test_pages_without_rows_add_nothing(stored, fetch):
    stored((b'{"a":1}', PLAIN), (b"", GZIPPED), None, (b'{"a":2}', PLAIN))
    assert fetch().path.read_bytes() == b'{"a":1}\n{"a":2}'


def test_when_all_other_pages_are_empty_the_one_page_is_the_document(stored, fetch, inbox):
    stored((b'{"a":1}\n', PLAIN), (b"", PLAIN))
    document = fetch()
    assert document.path.read_bytes() == b'{"a":1}\n'
    assert [path.name for path in inbox.iterdir()] == [document.sha256]


def test_a_damaged_page_is_kept_and_named(stored, fetch):
    half = packed(b'{"a":2}\n' * 100)[:-9]
    stored((packed(b'{"a":1}\n'), GZIPPED), (half, GZIPPED))
    document = fetch()
    assert document.path.read_bytes() == packed(b'{"a":1}\n') + half
    assert document.problem.startswith("page 2 of 2 is damaged: damaged after")


def test_a_query_that_failed_has_the_document_that_says_why_and_no_further_page(amazon, reply, stored, fetch):
    stored((b'{"message":"no"}', PLAIN))
    failed = query(1, processingStatus="FATAL", errorDocumentId="D1", **following(2))
    amazon.will(f"{QUERIES}/Q1", reply(body=failed))
    assert fetch().path.read_bytes() == b'{"message":"no"}'
    assert amazon.requests(f"POST {QUERIES}") == []


def test_a_query_without_a_document_has_nothing_to_fetch(amazon, reply, fetch):
    amazon.will(f"{QUERIES}/Q1", reply(body=query(1, dataDocumentId=None)))
    with pytest.raises(PermanentError, match="a report that is DONE has no document"):
        fetch()


@pytest.mark.parametrize("status", ["CANCELLED", "FATAL"])
def test_a_page_that_comes_to_nothing_loses_no_row_silently_and_is_asked_for_again(amazon, reply, stored, fetch, inbox, status):
    # given a second page that Amazon does not make
    stored((b'{"a":1}\n', PLAIN), (b'{"a":2}\n', PLAIN))
    amazon.will(f"{QUERIES}/Q2", reply(body=query(2, processingStatus=status)), reply(body=query(2)))
    with pytest.raises(RetryableError, match=rf"page 2 of the result ended {status} \[query Q2 analytics_x.economics\]"):
        fetch()
    # when it is fetched again, then it is asked for again
    assert fetch().path.read_bytes() == b'{"a":1}\n{"a":2}\n'
    assert len(amazon.requests(f"POST {QUERIES}")) == 2


def test_a_page_that_is_not_made_yet_is_told_and_never_waited_for(amazon, reply, stored, fetch, kiosk, inbox):
    stored((b'{"a":1}\n', PLAIN), (b'{"a":2}\n', PLAIN))
    amazon.will(f"{QUERIES}/Q2", reply(body=query(2, processingStatus="IN_QUEUE")))
    state, started_at = kiosk.state("Q1"), kiosk.api.clock.now()
    with pytest.raises(ReportStillRunning, match=r"page 2 of the result is still IN_QUEUE \[query Q2"):
        kiosk.fetch(state, inbox)
    assert kiosk.api.clock.now() == started_at
    # when it is there at the next try, then neither page is asked for or fetched twice
    amazon.will(f"{QUERIES}/Q2", reply(body=query(2)))
    assert fetch().path.read_bytes() == b'{"a":1}\n{"a":2}\n'
    assert len(amazon.requests(f"POST {QUERIES}")) == 1
    assert len(amazon.requests("/dataKiosk/2023-11-15/documents/D1")) == 1


def test_pages_without_the_rest_of_their_result_are_removed_when_the_connection_closes(amazon, reply, stored, kiosk, inbox):
    stored((b'{"a":1}\n', PLAIN), (b'{"a":2}\n', PLAIN))
    amazon.will(f"{QUERIES}/Q2", reply(body=query(2, processingStatus="IN_QUEUE")))
    with pytest.raises(ReportStillRunning):
        kiosk.fetch(kiosk.state("Q1"), inbox)
    assert len(list(inbox.iterdir())) == 1
    kiosk.close()
    assert list(inbox.iterdir()) == []


def test_a_page_that_may_have_been_asked_for_again_and_again_is_an_error(amazon, reply, stored, fetch):
    stored((b'{"a":1}\n', PLAIN), (b'{"a":2}\n', PLAIN))
    amazon.will(f"GET {QUERIES}", reply(body={"queries": []}))
    amazon.will(f"POST {QUERIES}", reply(202, {"queryId": "Q2"}, fault="hangup"))
    with pytest.raises(OutcomeUnknown):
        fetch()
    assert len(amazon.requests(f"POST {QUERIES}")) == kiosk_source.MAX_ASKS


def test_a_page_that_amazon_may_have_taken_is_found_in_the_list(amazon, reply, stored, fetch):
    # given an answer that is lost on its way, and a list with the first page and what does not count
    stored((b'{"a":1}\n', PLAIN), (b'{"a":2}\n', PLAIN))
    amazon.will(f"POST {QUERIES}", reply(202, {"queryId": "Q2"}, fault="hangup"))
    listed = [query(9, query="{other{x{y}}}"), query(3, processingStatus="CANCELLED"), query(2), query(1, **following(2))]
    amazon.will(f"GET {QUERIES}", reply(body={"queries": listed}))
    # when it is fetched, then the page is the one that was made, and nothing was asked for twice
    assert fetch().path.read_bytes() == b'{"a":1}\n{"a":2}\n'
    assert len(amazon.requests(f"POST {QUERIES}")) == 1


@pytest.mark.parametrize("others", [(), (8, 9)], ids=["not listed", "one of two that were made"])
def test_a_page_that_is_not_known_for_certain_is_asked_for_again_a_few_times(amazon, reply, stored, fetch, others):
    stored((b'{"a":1}\n', PLAIN), (b'{"a":2}\n', PLAIN))
    lost = reply(202, {"queryId": "Q2"}, fault="hangup")
    listed = [*(query(number) for number in others), query(1, **following(2))]
    amazon.will(f"GET {QUERIES}", reply(body={"queries": listed}))
    amazon.will(f"POST {QUERIES}", lost, lost, reply(202, {"queryId": "Q2"}))
    assert fetch().path.read_bytes() == b'{"a":1}\n{"a":2}\n'
    assert len(amazon.requests(f"POST {QUERIES}")) == 3


def test_pages_without_end_are_given_up(amazon, stored, fetch, monkeypatch):
    monkeypatch.setattr(kiosk_source, "MAX_PAGES", 2)
    stored(*((lines, PLAIN) for lines in LINES))
    with pytest.raises(PermanentError, match=r"more than 2 pages \[query Q1\]. Ask for fewer days"):
        fetch()


def test_an_expired_link_is_told_and_replaced_by_the_next_fetch(amazon, reply, stored, fetch):
    stored((b'{"a":1}\n', PLAIN))
    amazon.will("/bucket/D1", reply(403, "<Error><Code>AccessDenied</Code></Error>"), reply(body=b'{"a":1}\n'))
    with pytest.raises(LinkExpired):
        fetch()
    assert fetch().path.read_bytes() == b'{"a":1}\n'
    assert len(amazon.requests("/dataKiosk/2023-11-15/documents/D1")) == 2
