"""When to look at a report, and fetching its document while the link is fresh."""

from __future__ import annotations

import gzip

import pytest

from sellerwatch.amazon.errors import LinkExpired
from sellerwatch.amazon.lifecycle import POLL_SECONDS, fetch_report_document, look_after, next_poll_delay
from sellerwatch.core.errors import PermanentError, RetryableError

DOCUMENT = "/reports/2021-06-30/documents/doc-1"
FILE = "/bucket/doc-1"
GZ = gzip.compress(b"sku\tquantity\n")


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


def test_before_anything_is_known_a_report_is_looked_at_by_the_schedule():
    assert [look_after(looks, None) for looks in range(9)] == [*POLL_SECONDS, 300.0, 300.0]


@pytest.mark.parametrize(
    ("usual", "waits"),
    [
        (60.0, [61.0, 15.0, 30.0, 60.0, 120.0, 240.0, 300.0]),
        (2.0, [3.0, 15.0, 15.0, 15.0, 15.0, 15.0, 16.0]),
        (7200.0, [7201.0, 300.0, 300.0, 300.0, 300.0, 300.0, 300.0]),
    ],
)
def test_once_the_usual_time_is_known_the_first_look_comes_just_then_and_the_next_ones_ever_later(usual, waits):
    assert [look_after(looks, usual) for looks in range(7)] == waits


def test_a_document_is_linked_and_downloaded_in_one_step(amazon, reply, api, linked, tmp_path):
    amazon.will(FILE, reply(body=GZ))
    document = fetch_report_document(api, "doc-1", tmp_path)
    assert document.is_complete
    assert document.path.read_bytes() == GZ
    # the store must not see the seller's token
    assert "x-amz-access-token" not in amazon.requests(FILE)[0].headers


def test_an_expired_link_is_told_and_the_next_call_asks_for_a_fresh_one(amazon, reply, api, linked, tmp_path):
    amazon.will(FILE, reply(403), reply(body=GZ))
    with pytest.raises(LinkExpired):
        fetch_report_document(api, "doc-1", tmp_path)
    assert fetch_report_document(api, "doc-1", tmp_path).is_complete
    assert len(amazon.requests(DOCUMENT)) == 2


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
