"""Waiting for a report, and fetching its document while the link is fresh."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest

from sellerwatch.amazon.errors import LinkExpired, ReportStillRunning
from sellerwatch.amazon.lifecycle import MAX_LINKS, POLL_SECONDS, fetch_report_document, next_poll_delay, poll
from sellerwatch.core.errors import PermanentError, RetryableError

REPORT = "/reports/2021-06-30/reports/50012"
DOCUMENT = "/reports/2021-06-30/documents/doc-1"
FILE = "/bucket/doc-1"
GZ = gzip.compress(b"sku\tquantity\n")


@pytest.fixture
def running(reply):
    """A getReport answer with the given status."""
    base = {"reportId": "50012", "reportType": "GET_X", "createdTime": "2026-03-02T11:00:00Z"}
    return lambda status: reply(body=base | {"processingStatus": status})


@pytest.fixture
def linked(amazon, reply):
    """Makes getReportDocument point to the loopback store."""
    amazon.will(
        DOCUMENT,
        reply(
            body={"reportDocumentId": "doc-1", "url": f"{amazon.url}{FILE}?X-Amz-Signature=abc", "compressionAlgorithm": "GZIP"}
        ),
    )


def test_the_pauses_grow_and_the_last_one_goes_on():
    assert [next_poll_delay(attempt) for attempt in range(1, 10)] == [*POLL_SECONDS, 300.0, 300.0]
    assert list(POLL_SECONDS) == sorted(POLL_SECONDS)
    assert next_poll_delay(0) == 15.0
    assert next_poll_delay(5, (1.0, 2.0)) == 2.0


def test_polling_looks_at_once_and_then_by_the_schedule(amazon, api, running, clock):
    amazon.will(REPORT, running("IN_QUEUE"), running("IN_PROGRESS"), running("IN_PROGRESS"), running("DONE"))
    state = poll(api, "50012", clock=clock, deadline=clock.now() + timedelta(hours=1))
    assert state.status == "DONE"
    assert clock.slept == [15.0, 15.0, 30.0]


@pytest.mark.parametrize("status", ["DONE", "CANCELLED", "FATAL"])
def test_a_final_report_is_returned_without_waiting_even_after_the_deadline(amazon, api, running, clock, status):
    amazon.will(REPORT, running(status))
    assert poll(api, "50012", clock=clock, deadline=clock.now() - timedelta(hours=1)).status == status
    assert clock.slept == []


def test_a_report_that_takes_too_long_keeps_its_id_and_ends_at_the_deadline(amazon, api, running, clock):
    amazon.will(REPORT, running("IN_QUEUE"))
    deadline = clock.now() + timedelta(minutes=10)
    with pytest.raises(ReportStillRunning, match=r"still IN_QUEUE after 10 min \[report 50012 GET_X\].*same id") as caught:
        poll(api, "50012", clock=clock, deadline=deadline)
    assert isinstance(caught.value, RetryableError)
    assert clock.now() == deadline


def test_a_document_is_linked_and_downloaded_in_one_step(amazon, reply, api, linked, tmp_path):
    amazon.will(FILE, reply(body=GZ))
    document = fetch_report_document(api, "doc-1", tmp_path)
    assert document.is_complete
    assert document.path.read_bytes() == GZ
    # the store must not see the seller's token
    assert "x-amz-access-token" not in amazon.requests(FILE)[0].headers


def test_an_expired_link_is_asked_for_again(amazon, reply, api, linked, tmp_path):
    amazon.will(FILE, reply(403), reply(body=GZ))
    assert fetch_report_document(api, "doc-1", tmp_path).is_complete
    assert len(amazon.requests(DOCUMENT)) == 2


def test_links_that_are_always_expired_are_given_up(amazon, reply, api, linked, tmp_path):
    amazon.will(FILE, reply(403))
    with pytest.raises(LinkExpired, match="3 links in a row"):
        fetch_report_document(api, "doc-1", tmp_path)
    assert len(amazon.requests(DOCUMENT)) == len(amazon.requests(FILE)) == MAX_LINKS


def test_a_download_that_breaks_off_is_tried_again_on_the_same_link(amazon, reply, api, linked, clock, tmp_path):
    amazon.will(FILE, reply(503), reply(body=GZ))
    assert fetch_report_document(api, "doc-1", tmp_path).is_complete
    assert len(amazon.requests(DOCUMENT)) == 1
    assert len(clock.slept) == 1


def test_a_download_that_keeps_breaking_off_is_given_up(amazon, reply, api, linked, tmp_path):
    amazon.will(FILE, reply(body=GZ, fault="short"))
    with pytest.raises(RetryableError, match="broke off"):
        fetch_report_document(api, "doc-1", tmp_path)
    assert len(amazon.requests(FILE)) == 2


def test_a_refused_download_is_not_repeated(amazon, reply, api, linked, tmp_path):
    amazon.will(FILE, reply(404))
    with pytest.raises(PermanentError, match="answered 404"):
        fetch_report_document(api, "doc-1", tmp_path)
    assert len(amazon.requests(FILE)) == 1


def test_a_damaged_document_comes_back_for_the_caller_to_decide(amazon, reply, api, linked, tmp_path):
    amazon.will(FILE, reply(body=GZ[:-3]))
    document = fetch_report_document(api, "doc-1", tmp_path)
    assert (document.is_complete, document.path.exists()) == (False, True)
