"""Documents of offers, promotions and coupons: one JSON object with one list, whose records hold lists of products."""

from __future__ import annotations

from collections.abc import Collection
from typing import BinaryIO

from sellerwatch.reports.contract import FactTable
from sellerwatch.reports.document import DocumentContext, Parsed, read_bytes
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.jsonfile import (
    assemble,
    flat_rows,
    list_of,
    load_object,
    nothing,
    of_their_record,
    parts_of,
    read_records,
    read_rows,
)
from sellerwatch.reports.specification import of_marketplace, options_of


def read_offer_file(
    data: BinaryIO | bytes,
    context: DocumentContext,
    *,
    offers: FactTable,
    products: FactTable,
    left_out: Collection[str],
) -> Parsed:
    """Read a document into the table of its offers and the table of the products in them.

    Args:
        data: the document's bytes, unpacked.
        context: what is known about the document.
        offers: the table of the records in the document's list; its scope is the offer's id.
        products: the table of what stands in each record's own list; its computed scope is the offer's id too.
        left_out: known paths that are not kept.

    Raises:
        DocumentError: it is no such report, or of another marketplace.
    """
    decoded = decode(read_bytes(data), context)
    if not decoded.utf8.strip():
        return nothing(decoded, (offers, products))
    document = load_object(decoded, context)
    options_of(document, context)
    listed, foreign = of_marketplace(list_of(document, offers, context), context, offers)
    whole = read_records(listed, context, table=offers)
    name = products.records.removeprefix(f"{offers.records}[].")
    parts = read_rows(flat_rows(parts_of(listed, name), f"{name}[]."), context, table=products)
    read = {offers: whole.with_skipped(foreign), products: of_their_record(parts, whole, [offers.scope], table=products)}
    return assemble(decoded, read, left_out=left_out)
