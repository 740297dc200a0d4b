"""A document that is longer than memory is read in pieces: what is held at once does not grow with it."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pyarrow as pa

from benchmarks.orders import write_orders
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import flatfile, sorting
from sellerwatch.reports.all_orders import FILE
from sellerwatch.reports.document import DocumentContext

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, 12, tzinfo=UTC))


def held_at_once(folder, rows):
    """The most bytes of columns that reading a document of so many rows held at one time."""
    folder.mkdir()
    path = folder / "orders.tsv"
    path.write_bytes(gzip.decompress(write_orders(folder / "orders.gz", rows, is_later=False).read_bytes()))
    usual = pa.default_memory_pool()
    counted = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(counted)
    try:
        with path.open("rb") as file:
            facts = FILE.stream(file, US, folder).tables["order_line"]
            assert sum(batch.num_rows for batch in facts.batches()) == rows
    finally:
        pa.set_memory_pool(usual)
    return counted.max_memory()


def test_a_document_five_times_as_long_holds_no_more_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(flatfile, "_BLOCK_BYTES", 1 << 18)
    monkeypatch.setattr(sorting, "RUN_ROWS", 2_000)
    monkeypatch.setattr(sorting, "_STEP_ROWS", 100)

    short, long = (held_at_once(tmp_path / str(rows), rows) for rows in (8_000, 40_000))

    assert short > 0
    assert long < 1.5 * short
