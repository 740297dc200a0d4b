"""Documents: their URLs, how they are stored, and what faults do to their bytes. Not here: which document a report gets."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from sellerwatch.simulator.amazon.damage import CONTENT_DAMAGE, PACKING_DAMAGE
from sellerwatch.simulator.ports import Rendered

FEEDBACK = "GET_SELLER_FEEDBACK_DATA"
TABLE = b"sku\tname\tquantity\r\nA-1\tGr\xf6\xdfe\t3\r\nA-2\tshort\r\n"
JSON_DOCUMENT = b'{"about": {"date": "2026-11-01"}, "rows": [{"sku": "A-1", "units": 3}, {"sku": "A-2", "units": 4}]}'


def served(bench, body, content_type="text/plain;charset=Cp1252", *faults):
    bench.world.documents[FEEDBACK] = Rendered("DONE", body, content_type)
    bench.order_faults(*faults)
    document_id = bench.finished()["reportDocumentId"]
    described = bench.document(document_id).json()
    return described, bench.send("GET", described["url"])


def test_a_document_url_is_on_this_server_and_presigned_for_five_minutes(bench):
    described, answer = served(bench, TABLE)

    assert described["url"].startswith(f"http://127.0.0.1:8099/documents/{described['reportDocumentId']}?")
    assert "X-Amz-Expires=300" in described["url"]
    assert "X-Amz-Date=20261120T080100Z" in described["url"]
    assert answer.content == TABLE


def test_the_content_type_is_the_worlds_and_nothing_claims_a_content_encoding(bench_with):
    _, answer = served(bench_with(compress_from_bytes=0), TABLE, "text/plain;charset=Windows-31J")

    assert answer.headers["content-type"] == "text/plain;charset=Windows-31J"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(("size", "is_gzip"), [(1023, False), (1024, True)])
def test_documents_from_a_size_on_are_gzip_files(bench, size, is_gzip):
    described, answer = served(bench, b"x" * size)

    assert described.get("compressionAlgorithm") == ("GZIP" if is_gzip else None)
    assert (gzip.decompress(answer.content) if is_gzip else answer.content) == b"x" * size


def test_a_url_stops_working_after_five_minutes_and_a_new_one_works(bench):
    described, _ = served(bench, TABLE)
    bench.clock.advance(seconds=299)
    assert bench.send("GET", described["url"]).status_code == 200

    bench.clock.advance(seconds=1)
    late = bench.send("GET", described["url"])

    assert late.status_code == 403
    assert late.headers["content-type"] == "application/xml"
    assert late.text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'
    )
    assert bench.download(described["reportDocumentId"]).status_code == 200


def test_a_url_cannot_be_bent_to_last_longer_or_to_open_another_document(bench):
    described, _ = served(bench, TABLE)
    longer = described["url"].replace("Expires=300", "Expires=3000")
    other = described["url"].replace(described["reportDocumentId"], "amzn1.spdoc.other")

    for bent in (longer, other, described["url"].partition("?")[0]):
        answer = bench.send("GET", bent)
        assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)


def test_a_document_that_is_gone_is_no_such_key(bench):
    described, _ = served(bench, TABLE)
    bench.amazon.reports.clear()

    assert "NoSuchKey" in bench.send("GET", described["url"]).text


def test_an_unknown_document_is_not_found(bench):
    assert bench.document("amzn1.spdoc.none").status_code == 404


def test_an_expired_url_can_be_handed_out(bench):
    described, answer = served(bench, TABLE, "text/plain", {"fault": "expired_url", "report_type": FEEDBACK})

    assert "Request has expired" in answer.text
    assert bench.download(described["reportDocumentId"]).content == TABLE


def test_a_truncated_gzip_file_breaks_off(bench):
    described, answer = served(bench, TABLE, "text/plain", {"fault": "truncated_gzip"})

    assert described["compressionAlgorithm"] == "GZIP"
    with pytest.raises((EOFError, zlib.error)):
        gzip.decompress(answer.content)


def test_a_gzip_file_can_have_two_members(bench):
    _, answer = served(bench, TABLE, "text/plain", {"fault": "two_member_gzip"})

    reader = zlib.decompressobj(wbits=31)
    assert 0 < len(reader.decompress(answer.content)) < len(TABLE)
    assert reader.unused_data
    assert gzip.decompress(answer.content) == TABLE


def test_a_document_can_come_without_charset_empty_or_as_a_web_page(bench):
    assert served(bench, TABLE, "text/plain;charset=Cp1252", {"fault": "no_charset"})[1].headers["content-type"] == "text/plain"
    assert served(bench, TABLE, "text/plain", {"fault": "empty_document"})[1].content == b""
    page = served(bench, TABLE, "text/plain", {"fault": "html_document"})[1]
    assert (page.headers["content-type"], page.content[:6]) == ("text/html", b"<html>")


def test_a_column_can_be_missing(bench):
    _, answer = served(bench, TABLE, "text/plain;charset=Cp1252", {"fault": "missing_column", "column": "name"})

    assert answer.content == b"sku\tquantity\r\nA-1\t3\r\nA-2\r\n"


def test_a_column_is_found_under_quotes_a_byte_order_mark_and_in_japanese(bench):
    quoted = b'\xef\xbb\xbf"Date"\t"FNSKU"\n"1"\t"2"\n'
    _, answer = served(bench, quoted, "text/plain;charset=UTF-8", {"fault": "missing_column", "column": "Date"})
    assert answer.content == b'"FNSKU"\n"2"\n'

    japanese = "商品名\t数量\n箱\t1\n".encode("cp932")
    _, answer = served(bench, japanese, "text/plain;charset=Windows-31J", {"fault": "missing_column", "column": "商品名"})
    assert answer.content.decode("cp932") == "数量\n1\n"


def test_an_unheard_of_column_can_appear(bench):
    _, answer = served(bench, TABLE, "text/plain;charset=no-such", {"fault": "new_column", "column": "surprise"})
    assert answer.content.splitlines()[:2] == [b"sku\tname\tquantity\tsurprise", b"A-1\tGr\xf6\xdfe\t3\tnew"]

    _, answer = served(bench, b'"a"\n"1"\n', "text/plain", {"fault": "new_column", "column": "b"})
    assert answer.content == b'"a"\t"b"\n"1"\t"new"\n'

    _, answer = served(bench, b"", "text/plain", {"fault": "new_column", "column": "b"})
    assert answer.content == b""


def test_a_json_document_loses_gains_and_empties_in_its_own_way(bench):
    _, answer = served(bench, JSON_DOCUMENT, "application/json", {"fault": "missing_column", "column": "units"})
    assert answer.json()["rows"] == [{"sku": "A-1"}, {"sku": "A-2"}]

    _, answer = served(bench, JSON_DOCUMENT, "application/json", {"fault": "new_column", "column": "extra"})
    assert answer.json()["rows"][1] == {"sku": "A-2", "units": 4, "extra": "new"}

    _, answer = served(bench, JSON_DOCUMENT, "application/json", {"fault": "header_only"})
    assert answer.json() == {"about": {"date": "2026-11-01"}, "rows": []}

    _, answer = served(bench, json.dumps([1, {"a": 2}]).encode(), "application/json", {"fault": "new_column", "column": "b"})
    assert answer.json() == [1, {"a": 2, "b": "new"}]

    _, answer = served(bench, b"[1]", "application/json", {"fault": "header_only"})
    assert answer.json() == []


def test_a_table_can_be_cut_down_to_its_header(bench):
    assert served(bench, TABLE, "text/plain", {"fault": "header_only"})[1].content == b"sku\tname\tquantity\r\n"


@pytest.mark.parametrize("body", [TABLE, b""])
def test_a_fault_that_changes_nothing_is_reported(bench, body):
    _, answer = served(bench, body, "text/plain", {"fault": "missing_column", "column": "no such"})

    assert answer.content == body
    assert "missing_column changed nothing" in bench.seen()["unexpected"][0]["what"]


def test_several_faults_strike_one_document(bench):
    faults = ({"fault": "two_member_gzip"}, {"fault": "no_charset"}, {"fault": "missing_column", "column": "name"})

    _, answer = served(bench, TABLE, "text/plain;charset=Cp1252", *faults)

    assert answer.headers["content-type"] == "text/plain"
    assert gzip.decompress(answer.content).startswith(b"sku\tquantity")
    assert bench.seen()["faults"] == []


@pytest.mark.parametrize("fault", [*CONTENT_DAMAGE, *PACKING_DAMAGE])
def test_a_document_fault_stays_with_its_document_and_spares_the_next(bench, fault):
    order = {"fault": fault} | ({"column": "name"} if fault.endswith("column") else {})
    damaged, first = served(bench, TABLE, "text/plain;charset=Cp1252", order)
    _, clean = served(bench, TABLE, "text/plain;charset=Cp1252")

    again = bench.download(damaged["reportDocumentId"])
    assert (again.content, again.headers["content-type"]) == (first.content, first.headers["content-type"])
    assert (clean.content, clean.headers["content-type"]) == (TABLE, "text/plain;charset=Cp1252")
    assert (first.content, first.headers["content-type"]) != (TABLE, "text/plain;charset=Cp1252")
