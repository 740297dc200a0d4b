"""Which character set a document is believed to be in, and what reaches the readers."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import encoding
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.encoding import decode, first_that_reads, served_charset


def context(content_type="", code="US"):
    return DocumentContext(marketplace(code), content_type, None, datetime(2026, 11, 21, tzinfo=UTC))


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/plain; charset=UTF-8", "utf-8"),
        ('text/plain; charset="utf-8"', "utf-8"),
        ("text/tab-separated-values;charset=Cp1252", "cp1252"),
        ("text/plain; charset=windows-1252", "cp1252"),
        ("text/plain; charset=Windows-31J", "cp932"),
        ("text/plain; charset=Shift_JIS", "cp932"),
        ("text/plain; charset=ISO-8859-1", "iso8859-1"),
        ("text/plain; charset=nonsense", None),
        ("text/plain", None),
        ("", None),
    ],
)
def test_a_served_charset_is_known_by_all_its_names(content_type, charset):
    assert served_charset(content_type) == charset


@pytest.mark.parametrize(
    ("data", "content_type", "code", "text", "believed"),
    [
        pytest.param("a € b".encode("cp1252"), "text/plain; charset=Cp1252", "US", "a € b", "cp1252", id="as served"),
        pytest.param("café".encode(), "text/plain; charset=UTF-8", "US", "café", "utf-8", id="utf-8 as served"),
        pytest.param("café".encode("cp1252"), "text/plain; charset=UTF-8", "US", "café", "cp1252", id="not as served"),
        pytest.param("café".encode(), "", "US", "café", "utf-8", id="nothing served, utf-8"),
        pytest.param("傘".encode("cp932"), "", "JP", "傘", "cp932", id="nothing served, marketplace"),
        pytest.param("傘".encode("cp932"), "text/plain; charset=ISO-8859-1", "JP", "傘", "cp932", id="latin label on cp932"),
        pytest.param("é–".encode("cp1252"), "text/plain; charset=ISO-8859-1", "DE", "é–", "cp1252", id="latin label on cp1252"),
        pytest.param("Gähnen".encode("latin-1"), "text/plain; charset=ISO-8859-1", "DE", "Gähnen", "iso8859-1", id="latin"),
        pytest.param(b"a\x81\xe9", "text/plain; charset=Cp1252", "US", "a\x81é", "iso8859-1", id="nothing else reads it"),
        pytest.param("\ufeffcafé".encode(), "text/plain; charset=Cp1252", "US", "café", "utf-8", id="mark against label"),
        pytest.param("\ufeffcafé".encode("utf-16-le"), "", "US", "café", "utf-16", id="utf-16 little end first"),
        pytest.param("\ufeffcafé".encode("utf-16-be"), "", "US", "café", "utf-16", id="utf-16 big end first"),
        pytest.param(b"plain", "text/plain; charset=Cp1252", "US", "plain", "cp1252", id="plain, as served"),
        pytest.param(b"plain", "text/plain; charset=utf-16", "US", "plain", "utf-8", id="plain, and not utf-16"),
        pytest.param(b"plain \xe9", "text/plain; charset=hex", "US", "plain é", "cp1252", id="a codec that is no charset"),
    ],
)
def test_the_best_evidence_decides(data, content_type, code, text, believed):
    decoded = decode(data, context(content_type, code))

    assert decoded.utf8.decode() == text
    assert decoded.encoding == believed


def test_a_character_may_lie_across_two_blocks(monkeypatch):
    monkeypatch.setattr(encoding, "_PIECE_BYTES", 3)

    assert decode("a傘傘b傘".encode("cp932"), context(code="JP")).utf8.decode() == "a傘傘b傘"


def test_line_ends_become_plain_and_a_lone_carriage_return_stays():
    assert decode(b"a\r\nb\rc\nd\r\n", context()).utf8 == b"a\nb\rc\nd\n"


def test_a_mark_at_a_later_line_goes_and_inside_a_line_stays():
    assert decode("\ufeffa\n\ufeffb\ufeffc".encode(), context()).utf8.decode() == "a\nb\ufeffc"


def test_replacements_and_nul_are_counted():
    decoded = decode("a\ufffdb\0c\0".encode(), context())

    assert decoded.utf8.decode() == "a\ufffdb\ufffdc\ufffd"
    assert decoded.replacement_count == 3
    assert decoded.notes == ("nul_replaced: 2",)


def test_nul_in_plain_text_is_counted_too():
    assert decode(b"a\0b", context()).replacement_count == 1


@pytest.mark.parametrize(
    "data", [b"\x1f\x8b\x08\x00", b"  <html>", "\ufeff<?xml?>".encode(), "\ufeff<html>".encode("utf-16-le")]
)
def test_what_is_not_text_of_a_report_is_refused(data):
    with pytest.raises(DocumentError) as caught:
        decode(data, context())

    assert caught.value.remedy


def test_an_error_page_is_refused_without_repeating_it():
    page = b"<Error><Code>AccessDenied</Code><AWSAccessKeyId>KEY</AWSAccessKeyId></Error>"

    with pytest.raises(DocumentError) as caught:
        decode(page, context())

    assert "KEY" not in str(caught.value)


LONG = "amazon-order-id\tsku\n" + "".join(f"{number}\tcafe\n" for number in range(400))


def streamed(data, content_type="", code="US", size=200):
    file = io.BytesIO(data)
    tried = []

    def read(text):
        tried.append(text.encoding)
        return b"".join(text.blocks(size)).decode(), text.encoding, text.replacement_count, text.notes

    return first_that_reads(file, context(content_type, code), read), tried


@pytest.mark.parametrize(
    ("data", "content_type", "code", "encoding", "tried"),
    [
        (LONG.encode(), "text/plain; charset=UTF-8", "US", "utf-8", ["utf-8"]),
        (LONG.encode() + b"caf\xe9\n", "text/plain; charset=UTF-8", "US", "cp1252", ["utf-8", "utf-8", "cp1252"]),
        ((LONG + "高橋\n").encode("cp932"), "text/plain; charset=ISO-8859-1", "JP", "cp932", ["iso8859-1", "utf-8", "cp932"]),
        (LONG.encode() + b"\x81\n", "", "US", "iso8859-1", ["utf-8", "cp1252", "iso8859-1"]),
        (LONG.encode(), "text/plain; charset=utf-16", "US", "utf-8", ["utf-8"]),
        (("\ufeff" + LONG).encode("utf-16-le"), "", "US", "utf-16", ["utf-16"]),
    ],
    ids=["as served", "refuted at the end", "wrong label", "nothing fits", "served what it cannot be", "marked"],
)
def test_a_long_document_is_decided_on_as_a_whole(data, content_type, code, encoding, tried):
    (text, won, _, _), seen = streamed(data, content_type, code)

    decoded = decode(data, context(content_type, code))
    assert (won, seen) == (encoding, tried)
    assert (text, won) == (decoded.utf8.decode(), decoded.encoding)


@given(
    text=st.text(st.sampled_from("aé高\n\r\0\ufeff\ufffd\t"), max_size=40),
    size=st.integers(1, 30),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_blocks_join_to_the_same_text_whatever_their_size(text, size, encoding):
    data = text.encode(encoding)
    assume(not text.lstrip("\ufeff \n\r\0\t").startswith("<"))

    found, _ = streamed(data, size=size)

    whole = decode(data, context())
    assert found == (whole.utf8.decode(), whole.encoding, whole.replacement_count, whole.notes)
