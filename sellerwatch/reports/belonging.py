"""Records that stand in a document and belong to another one: what was sold in another marketplace.

A document says everything about what was asked for, and only a part of anything else. Loaded, that part would take the
place of the whole. (Records of days that were not asked for are kept out when days are replaced.)
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.core.marketplaces import MARKETPLACES
from sellerwatch.reports.document import DocumentContext

DOMAINS = frozenset(place.domain for place in MARKETPLACES)

BelongsTo = Callable[[pa.Table, DocumentContext], pa.Array]
"""Names, for each record, what other document it belongs to; null for a record of this one."""


def other_marketplaces(channel: str) -> BelongsTo:
    """Name the marketplace of each record that was sold in another one: Amazon has been seen to send the whole account's.

    Each comes with the report of its own marketplace. What was sold outside Amazon names none, and stays.
    """

    def belongs_to(facts: pa.Table, context: DocumentContext) -> pa.Array:
        channels = facts.column(channel).combine_chunks()
        is_other = pc.is_in(channels, pa.array(sorted(DOMAINS - {context.marketplace.domain})))
        return pc.if_else(is_other, channels, pa.scalar(None, pa.string()))

    return belongs_to
