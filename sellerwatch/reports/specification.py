"""What a JSON document says it was made for: checked, because a document filed under another request mixes days and money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sellerwatch.reports.contract import FactTable
from sellerwatch.reports.document import DocumentContext, DocumentError, SkippedRecord, excerpt
from sellerwatch.reports.jsonfile import Placed

_MARKETPLACE = "marketplaceId"


def options_of(document: Mapping[str, Any], context: DocumentContext) -> Mapping[str, Any]:
    """Return the options the report was asked for with.

    Raises:
        DocumentError: the document does not say what was asked for, or it is of another marketplace.
    """
    try:
        specification = document["reportSpecification"]
        options, marketplaces = specification["reportOptions"], specification["marketplaceIds"]
        options.items()
        is_ours = context.marketplace.id in marketplaces
    except (KeyError, TypeError, AttributeError) as error:
        raise misfiled(f"The document does not say what was asked for: {error!r}", context) from error
    if not is_ours:
        raise misfiled(f"The document is of the marketplaces {marketplaces}", context)
    return dict(options)


def of_marketplace(
    records: Iterable[Placed], context: DocumentContext, table: FactTable
) -> tuple[list[Placed], list[SkippedRecord]]:
    """Return the records of the marketplace that was asked for, and those of other ones set aside.

    A record that names no marketplace is of the one that was asked for.

    Raises:
        DocumentError: all records are of other marketplaces; keeping none of them would say that there are none.
    """
    ours: list[Placed] = []
    foreign: list[SkippedRecord] = []
    for place, record in records:
        marketplace = record.get(_MARKETPLACE) if isinstance(record, dict) else None
        if marketplace in (None, context.marketplace.id):
            ours.append((place, record))
        else:
            foreign.append(_foreign(table, place, str(marketplace), context))
    if foreign and not ours:
        raise misfiled(f"The document is of the marketplace {foreign[0].excerpt!r}", context)
    return ours, foreign


def _foreign(table: FactTable, place: int, marketplace: str, context: DocumentContext) -> SkippedRecord:
    reason = f"expected the marketplace {context.marketplace.id}"
    return SkippedRecord(table.name, place, _MARKETPLACE, reason, excerpt(marketplace))


def misfiled(what: str, context: DocumentContext) -> DocumentError:
    """Return the error of a document that was made for another request."""
    return DocumentError(
        what,
        where=f"JSON report document, {context.marketplace.code} ({context.marketplace.id})",
        remedy="Check that the document is filed under the request it was made for, and ask for the report again",
    )
