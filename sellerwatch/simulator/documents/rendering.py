"""From a report type to the code that renders it, with the answers Amazon gives to requests it cannot serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sellerwatch.core.marketplaces import BY_ID, Marketplace
from sellerwatch.simulator.documents import (
    ads_reports,
    all_orders,
    coupon_performance,
    customer_returns,
    economics,
    fba_inventory,
    fee_estimates,
    inventory_planning,
    inventory_summaries,
    kiosk_traffic,
    ledger_detail,
    ledger_summary,
    merchant_listings,
    merchant_returns,
    promotion_performance,
    reimbursements,
    repeat_purchase,
    restock,
    sales_traffic,
    search_reports,
    seller_feedback,
    seller_performance,
    settlement,
    storage_fees,
    stranded_inventory,
)
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.ports import Rendered, ReportRequest, Seller

Renderer = Callable[[Books, Sequence[Marketplace], ReportRequest], Rendered]

RENDERERS: dict[str, Renderer] = {
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": all_orders.by_last_update,
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": all_orders.by_order_date,
    "GET_SALES_AND_TRAFFIC_REPORT": sales_traffic.sales_and_traffic,
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": fba_inventory.unsuppressed_inventory,
    "GET_FBA_INVENTORY_PLANNING_DATA": inventory_planning.inventory_planning,
    "GET_LEDGER_SUMMARY_VIEW_DATA": ledger_summary.ledger_summary,
    "GET_LEDGER_DETAIL_VIEW_DATA": ledger_detail.ledger_detail,
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": customer_returns.customer_returns,
    "GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT": restock.restock_recommendations,
    "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": merchant_returns.merchant_returns,
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2": settlement.settlement,
    "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA": fee_estimates.fee_estimates,
    "GET_FBA_STORAGE_FEE_CHARGES_DATA": storage_fees.storage_fees,
    "GET_MERCHANT_LISTINGS_ALL_DATA": merchant_listings.merchant_listings,
    "GET_SELLER_FEEDBACK_DATA": seller_feedback.seller_feedback,
    "GET_STRANDED_INVENTORY_UI_DATA": stranded_inventory.stranded_inventory,
    "GET_FBA_REIMBURSEMENTS_DATA": reimbursements.reimbursements,
    "GET_V2_SELLER_PERFORMANCE_REPORT": seller_performance.seller_performance,
    "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT": repeat_purchase.repeat_purchase,
    "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT": search_reports.search_queries,
    "GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT": search_reports.search_catalog,
    "GET_PROMOTION_PERFORMANCE_REPORT": promotion_performance.promotion_performance,
    "GET_COUPON_PERFORMANCE_REPORT": coupon_performance.coupon_performance,
}
"""Every report type a world can render; what a request lacks is its own to say."""

OTHER_APIS: dict[str, Renderer] = {
    "getInventorySummaries": inventory_summaries.inventory_summaries,
    economics.ECONOMICS: economics.economics,
    **kiosk_traffic.VIEWS,
    **dict.fromkeys(ads_reports.KINDS, ads_reports.ads_report),
}
"""Queries of Data Kiosk, report types of the Ads API, and the inventory summaries; their APIs refuse what is incomplete."""


def render(books: Books, seller: Seller, request: ReportRequest) -> Rendered:
    """Return the seller's report, or the FATAL document that says why there is none."""
    renderer = RENDERERS.get(request.report_type) or OTHER_APIS.get(request.report_type)
    if renderer is None:
        return fatal(f"Report type {request.report_type} is not supported by this world.")
    foreign = [item for item in request.marketplace_ids if item not in seller.marketplace_ids]
    if foreign or not request.marketplace_ids:
        return fatal(f"{request.report_type}: seller {seller.seller_id} does not sell in marketplaces {foreign}.")
    return renderer(books, [BY_ID[item] for item in request.marketplace_ids], request)


def fatal(text: str) -> Rendered:
    """Return a failed report whose document explains the failure in plain text."""
    return Rendered("FATAL", text.encode())
