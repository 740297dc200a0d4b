"""Brand Analytics documents: one JSON object with one list of records, each of a whole week, month or quarter."""

from __future__ import annotations

from collections.abc import Collection
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.computed import constant
from sellerwatch.reports.contract import FactTable
from sellerwatch.reports.document import DocumentContext, Parsed, read_bytes
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.jsonfile import assemble, list_of, load_object, nothing, read_records
from sellerwatch.reports.specification import misfiled, options_of

PERIOD_KINDS = ("WEEK", "MONTH", "QUARTER")
"""The lengths a period may have. A month and a week may begin on the same day: the first day alone names no period."""


def read_brand_file(
    data: BinaryIO | bytes,
    context: DocumentContext,
    *,
    table: FactTable,
    left_out: Collection[str],
    within: tuple[str, ...] = (),
) -> Parsed:
    """Read a document into its one table, and compute ``period_kind`` and the table's scope.

    Args:
        data: the document's bytes, unpacked.
        context: what is known about the document.
        table: the table it fills.
        left_out: known paths that are not kept.
        within: the text columns that, with the period, say which older rows the document's rows supersede.

    Raises:
        DocumentError: it is no such report, of another marketplace, or does not say what its periods are.
    """
    decoded = decode(read_bytes(data), context)
    if not decoded.utf8.strip():
        return nothing(decoded, (table,))
    document = load_object(decoded, context)
    kind = options_of(document, context).get("reportPeriod")
    if kind not in PERIOD_KINDS:
        raise misfiled(f"The document's period is {kind!r}, not one of {', '.join(PERIOD_KINDS)}", context)
    records = read_records(list_of(document, table, context), context, table=table)
    facts = records.facts.columns
    computed = {"period_kind": constant(facts, kind, pa.string()), table.scope: _scope(facts, kind, within)}
    return assemble(decoded, {table: records.with_columns(computed)}, left_out=left_out)


def _scope(facts: pa.Table, kind: str, within: tuple[str, ...]) -> pa.ChunkedArray:
    """Return texts such as ``WEEK 2026-11-15 B0EXAMPLE01``."""
    first_days = facts.column("first_on").cast(pa.string())
    return pc.binary_join_element_wise(constant(facts, kind, pa.string()), first_days, *map(facts.column, within), " ")
