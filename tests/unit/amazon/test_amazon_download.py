"""The downloader: exact bytes on disk, damage noticed and kept, faults told apart, nothing left behind."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import tracemalloc
import zlib
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sellerwatch.amazon.download import DownloadLimits, download
from sellerwatch.amazon.errors import LinkExpired
from sellerwatch.amazon.expansion import PIECE_BYTES, READ_BYTES, measure
from sellerwatch.amazon.inbox import DISK_FAULTS
from sellerwatch.amazon.report_state import DocumentLink
from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError

PATH = "/document"
QUERY = "?X-Amz-Signature=abc"
ROWS = b"sku\tquantity\n" + b"".join(b"SKU-%d\t%d\n" % (number, number * 7919 % 97) for number in range(20_000))
GZ = gzip.compress(ROWS, mtime=0)
EXPIRED_XML = (
    '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired X-Amz-Signature=abc</Message></Error>'
)


@pytest.fixture
def http():
    with httpx.Client(timeout=5, trust_env=False, follow_redirects=True) as client:
        yield client


@pytest.fixture
def fetch(amazon, http, clock, tmp_path):
    """Downloads what the server is scripted to answer into an empty directory."""

    def run(compression="GZIP", **changes):
        link = DocumentLink("doc-1", amazon.url + PATH + QUERY, compression)
        return download(link, tmp_path / "raw", http=http, clock=clock, **changes)

    return run


def files(tmp_path) -> list[str]:
    return sorted(item.name for item in (tmp_path / "raw").iterdir())


def test_the_bytes_on_disk_are_the_bytes_on_the_wire(amazon, reply, fetch, clock, tmp_path):
    amazon.will(PATH, reply(body=GZ, headers=(("content-type", "text/plain;charset=Cp1252"),)))
    document = fetch()
    assert document.path.read_bytes() == GZ
    assert document.sha256 == document.path.name == hashlib.sha256(GZ).hexdigest()
    assert (document.byte_count, document.expanded_bytes) == (len(GZ), len(ROWS))
    assert (document.content_type, document.compression) == ("text/plain;charset=Cp1252", "GZIP")
    assert (document.is_complete, document.problem, document.fetched_at) == (True, "", clock.now())
    assert files(tmp_path) == [document.sha256]
    assert amazon.requests(PATH)[0].headers["accept-encoding"] == "identity"


def test_a_document_holds_sellers_data_so_only_its_owner_may_read_it(amazon, reply, fetch):
    amazon.will(PATH, reply(body=GZ))
    assert fetch().path.stat().st_mode & 0o077 == 0


def test_the_same_document_twice_is_one_file(amazon, reply, fetch, tmp_path):
    amazon.will(PATH, reply(body=GZ))
    assert fetch().path == fetch().path
    assert len(files(tmp_path)) == 1


def test_a_plain_document_is_kept_as_it_is(amazon, reply, fetch):
    body = "名前\n".encode("cp932")
    amazon.will(PATH, reply(body=body))
    document = fetch(compression=None)
    assert (document.path.read_bytes(), document.compression, document.expanded_bytes) == (body, None, len(body))
    assert document.content_type == ""


@pytest.mark.parametrize("compression", [None, "GZIP"])
def test_a_document_without_a_byte_is_complete(amazon, reply, fetch, compression):
    amazon.will(PATH, reply(body=b""))
    document = fetch(compression=compression)
    assert (document.is_complete, document.byte_count, document.expanded_bytes) == (True, 0, 0)


def test_every_gzip_member_counts(amazon, reply, fetch):
    amazon.will(PATH, reply(body=GZ + gzip.compress(b"second member", mtime=0)))
    document = fetch()
    assert (document.is_complete, document.expanded_bytes) == (True, len(ROWS) + len(b"second member"))


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
def test_a_compression_only_the_header_names_is_noticed_and_not_undone(amazon, reply, fetch, encoding):
    amazon.will(PATH, reply(body=GZ, headers=(("content-encoding", encoding),)))
    document = fetch(compression=None)
    assert (document.path.read_bytes(), document.compression, document.expanded_bytes) == (GZ, "GZIP", len(ROWS))


def test_a_compression_both_name_is_one_compression(amazon, reply, fetch):
    amazon.will(PATH, reply(body=GZ, headers=(("content-encoding", "gzip"),)))
    assert fetch().expanded_bytes == len(ROWS)


def test_an_unknown_encoding_is_kept_and_reported(amazon, reply, fetch):
    amazon.will(PATH, reply(body=b"????", headers=(("content-encoding", "br"),)))
    document = fetch(compression=None)
    assert (document.is_complete, document.problem) == (False, "has the unknown Content-Encoding 'br'")
    assert document.path.read_bytes() == b"????"


DAMAGED = [
    pytest.param(GZ[: len(GZ) // 2], "ends early", id="cut in half"),
    pytest.param(GZ[:-1], "ends early", id="last byte missing"),
    pytest.param(GZ[:5], "ends early", id="cut in the header"),
    pytest.param(GZ[:-8] + bytes(8), "incorrect", id="wrong checksum"),
    pytest.param(GZ[:200] + b"\xff" * 40 + GZ[240:], "Error", id="bytes overwritten"),
    pytest.param(ROWS[:100], "incorrect header", id="not compressed at all"),
    pytest.param(EXPIRED_XML.encode(), "incorrect header", id="an error page as document"),
    pytest.param(GZ + b"trailing text", "incorrect header", id="text after the end"),
    pytest.param(GZ + GZ[:50], "ends early", id="second member cut"),
    pytest.param(b"\0" * 20, "incorrect header", id="zeros only"),
]


@pytest.mark.parametrize(("body", "problem"), DAMAGED)
def test_a_damaged_document_is_kept_and_called_damaged(amazon, reply, fetch, tmp_path, body, problem):
    amazon.will(PATH, reply(body=body))
    document = fetch()
    assert not document.is_complete
    assert problem in document.problem
    assert document.path.read_bytes() == body
    assert files(tmp_path) == [document.sha256]


def test_a_small_file_that_expands_without_end_is_stopped(amazon, reply, fetch):
    # given 20 MB of zeros in 20 kB, and a limit of 1 MB
    amazon.will(PATH, reply(body=gzip.compress(bytes(20_000_000))))
    document = fetch(limits=DownloadLimits(max_expanded_bytes=1_000_000))
    # then expanding stopped soon after the limit
    assert document.problem == "expands to more than 1000000 bytes"
    assert document.expanded_bytes <= 1_000_000 + PIECE_BYTES


STORE_REFUSALS = [
    (403, EXPIRED_XML, LinkExpired, "answered 403 AccessDenied: the link has expired"),
    (403, "", LinkExpired, "answered 403: the link has expired"),
    (400, "<Error><Code>ExpiredToken</Code></Error>", LinkExpired, "400 ExpiredToken"),
    (404, "<Error><Code>NoSuchKey</Code></Error>", PermanentError, "404 NoSuchKey.*90 days"),
    (400, "x" * 10_000, PermanentError, "answered 400"),
    (307, "", PermanentError, "answered 307"),
    (206, "part", PermanentError, "answered 206"),
    (500, "<html/>", RetryableError, "answered 500"),
    (503, "<Error><Code>SlowDown</Code></Error>", RetryableError, "503 SlowDown"),
    (429, "", RetryableError, "answered 429"),
]


@pytest.mark.parametrize("refusal", STORE_REFUSALS)
def test_the_stores_refusals_are_told_apart_and_leave_no_file(amazon, reply, fetch, tmp_path, refusal):
    status, body, kind, text = refusal
    amazon.will(PATH, reply(status, body, headers=(("location", "https://elsewhere.example/"),)))
    with pytest.raises(kind, match=text) as caught:
        fetch()
    assert type(caught.value) is kind
    assert "document doc-1" in str(caught.value)
    assert "Signature" not in str(caught.value)
    assert caught.value.__context__ is None
    assert files(tmp_path) == []
    assert len(amazon.seen) == 1


@pytest.mark.parametrize("fault", ["hangup", "short"])
def test_a_download_that_breaks_off_can_be_tried_again_and_leaves_no_file(amazon, reply, fetch, tmp_path, fault):
    amazon.will(PATH, reply(body=GZ, fault=fault))
    with pytest.raises(RetryableError, match=r"broke off \((RemoteProtocolError|ReadError)\) \[document doc-1\]") as caught:
        fetch()
    assert caught.value.__context__ is None
    assert files(tmp_path) == []


def test_a_document_over_the_size_limit_is_given_up(amazon, reply, fetch, tmp_path):
    amazon.will(PATH, reply(body=GZ))
    with pytest.raises(PermanentError, match="larger than 1000 bytes"):
        fetch(limits=DownloadLimits(max_bytes=1000))
    assert files(tmp_path) == []


def test_a_document_of_exactly_the_limit_passes(amazon, reply, fetch):
    amazon.will(PATH, reply(body=GZ))
    assert fetch(limits=DownloadLimits(max_bytes=len(GZ), max_expanded_bytes=len(ROWS))).is_complete


def test_a_download_that_drips_for_ever_is_given_up(amazon, reply, fetch, tmp_path):
    amazon.will(PATH, reply(body=GZ))
    with pytest.raises(RetryableError, match="took longer than 0 s"):
        fetch(limits=DownloadLimits(max_seconds=0))
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "url",
    ["http://bucket.example/d?X-Amz-Signature=abc", "ftp://127.0.0.1/d", "file:///etc/passwd", "https://", "http://[bad", ""],
)
def test_an_address_that_is_not_encrypted_or_local_is_not_fetched(http, clock, tmp_path, url):
    with pytest.raises(PermanentError, match="not a safe address") as caught:
        download(DocumentLink("doc-1", url, None), tmp_path, http=http, clock=clock)
    assert "Signature" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_encrypted_address_is_fetched(clock, tmp_path):
    # given a store behind https, played by the transport
    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=httpx.ByteStream(GZ)))
    with httpx.Client(transport=transport) as http:
        link = DocumentLink("doc-1", "https://bucket.example/d?X-Amz-Signature=abc", "GZIP")
        assert download(link, tmp_path, http=http, clock=clock).is_complete


@pytest.mark.parametrize("number", [*DISK_FAULTS, errno.EIO])
def test_a_fault_of_the_disk_says_where_and_what_to_do_and_leaves_no_file(amazon, reply, fetch, monkeypatch, tmp_path, number):
    kind, remedy = DISK_FAULTS.get(number, (PermanentError, "Check that disk"))

    # given a disk that fails when the bytes are to be made durable
    def fail(handle):
        raise OSError(number, os.strerror(number))

    amazon.will(PATH, reply(body=GZ))
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(kind) as caught:
        fetch()
    assert os.strerror(number) in str(caught.value)
    assert str(tmp_path / "raw") in str(caught.value)
    assert remedy in str(caught.value)
    assert files(tmp_path) == []


def test_a_directory_that_is_a_file_is_a_matter_of_configuration(amazon, reply, http, clock, tmp_path):
    (tmp_path / "raw").write_text("I am a file")
    for directory in (tmp_path / "raw", tmp_path / "raw" / "below"):
        with pytest.raises(ConfigError, match="Configure a directory"):
            download(DocumentLink("doc-1", amazon.url + PATH, None), directory, http=http, clock=clock)
    assert amazon.seen == []


def test_an_interrupted_download_leaves_no_file(amazon, reply, fetch, monkeypatch, tmp_path):
    def interrupt(handle):
        raise KeyboardInterrupt

    amazon.will(PATH, reply(body=GZ))
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch()
    assert files(tmp_path) == []


def test_an_error_after_somebody_swept_the_part_is_still_that_error(amazon, reply, fetch, monkeypatch, tmp_path):
    def sweep_and_fail(handle):
        for part in (tmp_path / "raw").iterdir():
            part.unlink()
        raise OSError(errno.EIO, "Input/output error")

    amazon.will(PATH, reply(body=GZ))
    monkeypatch.setattr(os, "fsync", sweep_and_fail)
    with pytest.raises(PermanentError, match="Input/output error"):
        fetch()


def test_memory_stays_small_however_large_the_document(clock, tmp_path):
    # given 24 MB that arrive in small chunks and expand to 48 MB
    block = os.urandom(1 << 20)
    member = gzip.compress(block + bytes(1 << 20), compresslevel=1)

    def stream():
        for _ in range(24):
            yield from (member[start : start + 65_536] for start in range(0, len(member), 65_536))

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=stream()))
    with httpx.Client(transport=transport) as http:
        # when it is downloaded and checked
        tracemalloc.start()
        document = download(DocumentLink("doc-1", "https://bucket.example/d", "GZIP"), tmp_path, http=http, clock=clock)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # then Python never held more than a few pieces
    assert (document.is_complete, document.expanded_bytes) == (True, 24 * 2 << 20)
    assert peak < 3 << 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    members=st.lists(st.binary(max_size=300).map(lambda piece: piece * 40), min_size=1, max_size=4),
    padding=st.integers(0, 3),
    cut=st.integers(1, 12),
)
def test_any_number_of_members_with_padding_is_whole_and_any_cut_is_not(tmp_path, members, padding, cut):
    # given members separated by zero bytes
    path = tmp_path / "any.gz"
    whole = b"".join(gzip.compress(member) + bytes(padding) for member in members)
    path.write_bytes(whole)
    # then all of them are counted
    expansion = measure(path, "GZIP", max_expanded_bytes=1 << 30)
    assert (expansion.problem, expansion.byte_count) == ("", sum(map(len, members)))
    # and a file cut inside its last member is damaged
    path.write_bytes(whole[: len(whole) - padding - cut])
    assert "ends early" in measure(path, "GZIP", max_expanded_bytes=1 << 30).problem


@pytest.mark.parametrize("padding", [READ_BYTES - 1, READ_BYTES, 3 * READ_BYTES])
def test_padding_longer_than_one_read_is_still_padding(tmp_path, padding):
    path = tmp_path / "padded.gz"
    path.write_bytes(gzip.compress(b"one") + bytes(padding) + gzip.compress(b"two"))
    assert measure(path, "GZIP", max_expanded_bytes=100).byte_count == 6


def test_a_raw_deflate_stream_is_no_gzip(tmp_path):
    path: Path = tmp_path / "raw.z"
    path.write_bytes(zlib.compress(ROWS))
    assert "incorrect header" in measure(path, "GZIP", max_expanded_bytes=1 << 30).problem
