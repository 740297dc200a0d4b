"""The stock as a document: every page as Amazon sent it, one a line, all of one walk."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from sellerwatch.amazon.errors import AccessTokenExpired, Throttled
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError

SUMMARIES = "/fba/inventory/v1/summaries"
US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
REFUSED = {"errors": [{"code": "InvalidInput", "message": "The nextToken is invalid or has expired."}]}
EXPIRED = {"errors": [{"code": "Unauthorized", "message": "Denied", "details": "The access token you provided has expired."}]}
QUOTA = {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource."}]}


def page(sku: str, *, token: object = None) -> bytes:
    body = {"payload": {"granularity": {"granularityType": "Marketplace"}, "inventorySummaries": [{"sellerSku": sku}]}}
    pages = {} if token is None else {"pagination": {"nextToken": token}}
    return json.dumps(body | pages, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.fixture
def inventory(sources):
    return sources.inventory


@pytest.fixture
def fetch(inventory, wish, tmp_path):
    def run(code="US"):
        return inventory.fetch(inventory.state(inventory.ask(wish("getInventorySummaries", code))), tmp_path / "inbox")

    return run


def files(tmp_path) -> list[str]:
    return [path.name for path in (tmp_path / "inbox").iterdir()]


def test_asking_sends_nothing_and_is_done_at_once(amazon, inventory, wish, clock):
    report_id = inventory.ask(wish("getInventorySummaries", "CA"))
    assert report_id == "CA-20260302T120000.000000Z"
    assert inventory.state(report_id) == ReportState(
        report_id=report_id,
        report_type="getInventorySummaries",
        status="DONE",
        created_at=clock.now(),
        marketplace_ids=(CA,),
        document_id=report_id,
        processing_end_at=clock.now(),
    )
    assert list(inventory.find(wish(), since=clock.now())) == []
    assert amazon.seen == []


def test_what_was_asked_for_hours_ago_is_not_filled_with_the_present_stock(inventory, wish, clock):
    report_id = inventory.ask(wish())
    clock.time += timedelta(hours=2)
    assert inventory.state(report_id).status == "DONE"
    clock.time += timedelta(seconds=1)
    state = inventory.state(report_id)
    assert (state.status, state.document_id, state.created_at) == ("FATAL", None, datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert "can no longer be had" in state.reason


@pytest.mark.parametrize("report_id", ["", "US", "XX-20260302T120000.000000Z", "US-yesterday", "50012"])
def test_an_id_of_another_source_is_refused(inventory, report_id):
    with pytest.raises(PermanentError, match="not an id of an inventory"):
        inventory.state(report_id)


def test_the_document_is_every_page_as_it_came_one_a_line(amazon, reply, fetch, clock, tmp_path):
    pages = [page("A", token="t/1="), page("Ä", token="t/2="), page("C")]
    amazon.will(SUMMARIES, *(reply(body=body) for body in pages))
    document = fetch("CA")
    raw = document.path.read_bytes()
    assert raw == b"".join(body + b"\n" for body in pages)
    assert (document.sha256, document.path.name) == (hashlib.sha256(raw).hexdigest(),) * 2
    assert (document.byte_count, document.expanded_bytes) == (len(raw), len(raw))
    assert (document.content_type, document.compression) == ("application/json", None)
    assert (document.is_complete, document.fetched_at) == (True, clock.now())
    assert files(tmp_path) == [document.sha256]


def test_every_page_is_asked_for_with_all_parameters_and_the_wishs_own_marketplace(amazon, reply, fetch):
    amazon.will(SUMMARIES, reply(body=page("A", token="t/1=")), reply(body=page("B")))
    fetch("CA")
    first, second = amazon.requests(SUMMARIES)
    assert sorted(first.query) == [
        ("details", "true"),
        ("granularityId", CA),
        ("granularityType", "Marketplace"),
        ("marketplaceIds", CA),
    ]
    assert sorted(second.query) == sorted([*first.query, ("nextToken", "t/1=")])


@pytest.mark.parametrize(
    "body",
    [
        b'{\n  "payload": {\r\n    "inventorySummaries": [ {"sellerSku": "A\\n", "totalQuantity": 1.50} ]\n  }\n}\n',
        b'\xef\xbb\xbf{"payload": {"inventorySummaries": [ {"sellerSku": "A\\n", "totalQuantity": 1.50} ]}}',
    ],
    ids=["broken over lines", "byte order mark"],
)
def test_a_page_is_one_line_however_it_was_laid_out_and_keeps_its_spelling(amazon, reply, fetch, body):
    amazon.will(SUMMARIES, reply(body=body))
    raw = fetch().path.read_bytes()
    assert raw.count(b"\n") == 1
    assert b'{"sellerSku": "A\\n", "totalQuantity": 1.50}' in raw
    assert json.loads(raw) == json.loads(body)


def test_a_page_that_is_not_utf8_is_not_cut_by_guess(amazon, reply, fetch, tmp_path):
    amazon.will(SUMMARIES, reply(body=page("A").decode().encode("utf-16")))
    with pytest.raises(RetryableError, match="not UTF-8"):
        fetch()
    assert files(tmp_path) == []


def test_a_token_that_has_died_starts_the_walk_over(amazon, reply, fetch, tmp_path):
    # given a second page that comes too late in the first walk
    walks = [
        reply(body=page("A", token="t1")),
        reply(400, REFUSED),
        reply(body=page("A2", token="t2")),
        reply(body=page("B2")),
    ]
    amazon.will(SUMMARIES, *walks)
    # when the stock is fetched, then nothing of the first walk is in it
    document = fetch()
    assert document.path.read_bytes() == page("A2", token="t2") + b"\n" + page("B2") + b"\n"
    assert document.sha256 == hashlib.sha256(document.path.read_bytes()).hexdigest()
    assert files(tmp_path) == [document.sha256]


def test_walks_that_keep_breaking_off_are_given_up(amazon, reply, fetch, tmp_path):
    amazon.will(SUMMARIES, *[reply(body=page("A", token="t1")), reply(400, REFUSED)] * 3)
    with pytest.raises(
        RetryableError, match=r"refused in each of 3 walks: .*nextToken is invalid.*\[getInventorySummaries US\]"
    ):
        fetch()
    assert len(amazon.requests(SUMMARIES)) == 6
    assert files(tmp_path) == []


@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_first_page_ends_it(amazon, reply, fetch, status):
    amazon.will(SUMMARIES, reply(status, REFUSED))
    with pytest.raises(PermanentError, match="getInventorySummaries US"):
        fetch()
    assert len(amazon.requests(SUMMARIES)) == 1


@pytest.mark.parametrize("token", [7, ["t"]])
def test_a_token_that_cannot_be_read_is_not_the_last_page(amazon, reply, fetch, token):
    amazon.will(SUMMARIES, reply(body=page("A", token=token)))
    with pytest.raises(RetryableError, match="no usable pagination"):
        fetch()


def test_a_token_that_comes_back_ends_the_walk(amazon, reply, fetch):
    amazon.will(SUMMARIES, reply(body=page("A", token="same")))
    with pytest.raises(RetryableError, match="same nextToken twice"):
        fetch()
    assert len(amazon.requests(SUMMARIES)) == 2


NO_SUCCESSES = (
    (500, "<html>oops</html>"),
    (503, ""),
    (200, ""),
    (200, "<html>a captive portal</html>"),
    (200, []),
    (200, {}),
    (200, {"payload": []}),
    (200, {"payload": ["x"]}),
    (200, {"payload": {}}),
    (200, {"payload": {"inventorySummaries": None}}),
    (200, {"message": "hello"}),
)


def test_an_answer_that_is_no_answer_never_becomes_a_line(amazon, reply, fetch):
    for status, body in NO_SUCCESSES:
        amazon.seen.clear()
        amazon.will(SUMMARIES, reply(status, body), reply(body=page("A")))
        assert fetch().path.read_bytes() == page("A") + b"\n", (status, body)
        assert len(amazon.requests(SUMMARIES)) == 2, (status, body)


def test_an_empty_stock_is_a_document_too(amazon, reply, fetch):
    body = b'{"payload":{"granularity":{},"inventorySummaries":[]}}'
    amazon.will(SUMMARIES, reply(body=body))
    assert fetch().path.read_bytes() == body + b"\n"


def test_an_expired_token_is_replaced_once_and_is_no_dead_page(amazon, reply, fetch):
    amazon.will(SUMMARIES, reply(body=page("A", token="t1")), reply(403, EXPIRED), reply(body=page("B")))
    assert fetch().path.read_bytes() == page("A", token="t1") + b"\n" + page("B") + b"\n"
    amazon.will(SUMMARIES, reply(body=page("A", token="t1")), reply(403, EXPIRED))
    with pytest.raises(AccessTokenExpired):
        fetch()


def test_pages_wait_for_the_budget_and_throttles_empty_it(amazon, reply, fetch, budget, clock):
    amazon.will(SUMMARIES, *(reply(body=page("A", token=f"t{number}")) for number in range(3)), reply(body=page("D")))
    fetch()
    assert sum(clock.slept) == pytest.approx(1.0)
    amazon.will(SUMMARIES, reply(429, QUOTA))
    with pytest.raises(Throttled):
        fetch()
    assert budget.bucket("getInventorySummaries", clock.now()).tokens < 1


def test_a_folder_that_cannot_be_written_is_a_matter_of_configuration(amazon, reply, inventory, wish, tmp_path):
    amazon.will(SUMMARIES, reply(body=page("A")))
    (tmp_path / "inbox").write_text("I am a file")
    with pytest.raises(ConfigError, match="a file"):
        inventory.fetch(inventory.state(inventory.ask(wish())), tmp_path / "inbox")
