"""From a report type to the code that renders it, with the answers Amazon gives to requests it cannot serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sellerwatch.core.marketplaces import BY_ID, Marketplace
from sellerwatch.simulator.documents import all_orders, fba_inventory, inventory_planning, sales_traffic
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.ports import Rendered, ReportRequest, Seller

Renderer = Callable[[Books, Sequence[Marketplace], ReportRequest], Rendered]

RENDERERS: dict[str, Renderer] = {
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": all_orders.by_last_update,
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": all_orders.by_order_date,
    "GET_SALES_AND_TRAFFIC_REPORT": sales_traffic.sales_and_traffic,
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": fba_inventory.unsuppressed_inventory,
    "GET_FBA_INVENTORY_PLANNING_DATA": inventory_planning.inventory_planning,
}
"""Every report type a world can render."""


def render(books: Books, seller: Seller, request: ReportRequest) -> Rendered:
    """Return the seller's report, or the FATAL document that says why there is none."""
    renderer = RENDERERS.get(request.report_type)
    if renderer is None:
        return fatal(f"Report type {request.report_type} is not supported by this world.")
    foreign = [item for item in request.marketplace_ids if item not in seller.marketplace_ids]
    if foreign or not request.marketplace_ids:
        return fatal(f"{request.report_type}: seller {seller.seller_id} does not sell in marketplaces {foreign}.")
    return renderer(books, [BY_ID[item] for item in request.marketplace_ids], request)


def fatal(text: str) -> Rendered:
    """Return a failed report whose document explains the failure in plain text."""
    return Rendered("FATAL", text.encode())
