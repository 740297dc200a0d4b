"""All orders: which lines of a document belong to the marketplace that was asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import all_orders, orders_by_date
from sellerwatch.reports.document import DocumentContext

DE = DocumentContext(marketplace("DE"), "text/plain; charset=UTF-8", None, datetime(2026, 11, 17, 12, tzinfo=UTC))


def document(*channels):
    """One order line a channel, its number as the order's id."""
    header = [column.header for column in all_orders.ORDER_LINE.document_columns]
    lines = []
    for number, channel in enumerate(channels):
        cells = dict.fromkeys(header, "") | {
            "amazon-order-id": str(number),
            "sku": "A",
            "purchase-date": "2026-11-16T10:00:00+00:00",
            "last-updated-date": "2026-11-16T10:00:00+00:00",
            "sales-channel": channel,
        }
        lines.append(list(cells.values()))
    return "\n".join("\t".join(line) for line in (header, *lines)).encode()


def test_orders_of_other_marketplaces_are_left_out_with_a_note():
    data = document("Amazon.de", "Amazon.co.uk", "Non-Amazon", "", "Amazon.fr", "Amazon.co.uk")

    for module in (all_orders, orders_by_date):
        parsed = module.REPORT.parse(data, DE)
        assert list(parsed.frames["order_line"]["amazon_order_id"]) == ["0", "2", "3"]
        assert parsed.row_count == 3
        assert parsed.notes == ("left_out: 2 records of Amazon.co.uk", "left_out: 1 records of Amazon.fr")


def test_a_document_of_its_own_marketplace_alone_is_left_as_it_is():
    parsed = all_orders.REPORT.parse(document("Amazon.de", "Non-Amazon DE", "Some new channel"), DE)

    assert (parsed.row_count, parsed.notes) == (3, ())
