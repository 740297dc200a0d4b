"""Documents of the Ads API: one JSON array of flat objects, a day each; ids and amounts come as numbers or as strings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import BinaryIO

import pyarrow as pa

from sellerwatch.reports.contract import FactTable
from sellerwatch.reports.document import DocumentContext, Parsed, read_bytes
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.jsonfile import Records, assemble, load_array, nothing, read_records
from sellerwatch.reports.specification import misfiled

Compute = Callable[[pa.Table], Mapping[str, pa.Array]]
"""Makes a table's computed columns from the columns that were read."""

ATTRIBUTION_LEFT_OUT: Mapping[str, str] = {
    f"{name}{days}": "another attribution window"
    for name in (
        "purchases",
        "purchasesSameSku",
        "unitsSoldClicks",
        "unitsSoldSameSku",
        "sales",
        "attributedSalesSameSku",
    )
    for days in ("1d", "30d")
} | {
    f"{name}14d": "another attribution window; the totals of 14 days are kept"
    for name in ("purchasesSameSku", "unitsSoldSameSku", "attributedSalesSameSku")
}
"""Sponsored Products counts everything four times, once per window; 7 days are Amazon's for sellers, 14 compare with others."""

RATIOS_LEFT_OUT: Mapping[str, str] = dict.fromkeys(
    ("costPerClick", "clickThroughRate", "acosClicks7d", "acosClicks14d", "roasClicks7d", "roasClicks14d"),
    "follows from the sums",
)

BOOKS_LEFT_OUT: Mapping[str, str] = dict.fromkeys(
    (
        "addToList",
        "qualifiedBorrows",
        "royaltyQualifiedBorrows",
        "kindleEditionNormalizedPagesRead14d",
        "kindleEditionNormalizedPagesRoyalties14d",
    ),
    "of books only",
)

_CLICKS = "the part after clicks is kept for purchases, units and sales only"
_VIEWS = "the part after views is the rest"
_RATIO = "follows from the sums"
_VIDEO = "of videos only"
_BOOKS = "of books only"
BRAND_LEFT_OUT: Mapping[str, str] = {
    "startDate": "of summaries only",
    "endDate": "of summaries only",
    "addToCartClicks": _CLICKS,
    "brandedSearchesClicks": _CLICKS,
    "detailPageViewsClicks": _CLICKS,
    "newToBrandPurchasesClicks": _CLICKS,
    "newToBrandUnitsSoldClicks": _CLICKS,
    "addToCartRate": _RATIO,
    "eCPAddToCart": _RATIO,
    "viewabilityRate": _RATIO,
    "viewClickThroughRate": _RATIO,
    "videoCompleteViews": _VIDEO,
    "videoFirstQuartileViews": _VIDEO,
    "videoMidpointViews": _VIDEO,
    "videoThirdQuartileViews": _VIDEO,
    "videoUnmutes": _VIDEO,
    "addToList": _BOOKS,
    "addToListFromClicks": _BOOKS,
    "qualifiedBorrows": _BOOKS,
    "qualifiedBorrowsFromClicks": _BOOKS,
    "royaltyQualifiedBorrows": _BOOKS,
    "royaltyQualifiedBorrowsFromClicks": _BOOKS,
}
"""What Sponsored Brands and Sponsored Display both count and no metric needs."""

DISPLAY_LEFT_OUT: Mapping[str, str] = {
    **BRAND_LEFT_OUT,
    "addToCartViews": _VIEWS,
    "brandedSearchesViews": _VIEWS,
    "brandedSearchRate": _RATIO,
    "eCPBrandSearch": _RATIO,
    "purchasesPromotedClicks": _CLICKS,
    "addToListFromViews": _BOOKS,
    "qualifiedBorrowsFromViews": _BOOKS,
    "royaltyQualifiedBorrowsFromViews": _BOOKS,
    "kindleEditionNormalizedPagesRead": _BOOKS,
    "kindleEditionNormalizedPagesReadFromClicks": _BOOKS,
    "kindleEditionNormalizedPagesReadFromViews": _BOOKS,
    "kindleEditionNormalizedPagesRoyalties": _BOOKS,
    "kindleEditionNormalizedPagesRoyaltiesFromClicks": _BOOKS,
    "kindleEditionNormalizedPagesRoyaltiesFromViews": _BOOKS,
}
"""What Sponsored Display counts and no metric needs."""


def nothing_computed(_facts: pa.Table) -> Mapping[str, pa.Array]:
    """Compute no column: every column of the table is in the document."""
    return {}


def read_ads_file(
    data: BinaryIO | bytes,
    context: DocumentContext,
    *,
    table: FactTable,
    left_out: Collection[str],
    finer: Collection[str] = (),
    compute: Compute = nothing_computed,
) -> Parsed:
    """Read a document into its one table.

    Args:
        data: the document's bytes, unpacked.
        context: what is known about the document.
        table: the table it fills.
        left_out: known columns that are not kept.
        finer: columns that only a report of a finer grain has: its first row of a campaign is not the campaign.
        compute: makes the columns that are not in the document.

    Raises:
        DocumentError: it is no such report, or it is grouped more finely than the table.
    """
    decoded = decode(read_bytes(data), context)
    if not decoded.utf8.strip():
        return nothing(decoded, (table,))
    records = read_records(load_array(decoded, context), context, table=table)
    _refuse_finer(records, finer, context)
    return assemble(decoded, {table: records.with_columns(compute(records.facts.columns))}, left_out=left_out)


def _refuse_finer(records: Records, finer: Collection[str], context: DocumentContext) -> None:
    found = [path for path in records.paths if path in finer]
    if found:
        raise misfiled(f"The document is grouped more finely than was asked for: it has {', '.join(found)}", context)
