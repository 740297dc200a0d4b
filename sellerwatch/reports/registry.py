"""Every report this project reads, by our name and by Amazon's."""

from __future__ import annotations

from collections.abc import Mapping

from sellerwatch.reports import (
    ads_sb_campaigns,
    ads_sd_campaigns,
    ads_sd_products,
    ads_sp_campaigns,
    ads_sp_products,
    ads_sp_search_terms,
    all_orders,
    coupon_performance,
    economics,
    fba_inventory,
    fba_returns,
    fee_preview,
    inventory_planning,
    inventory_summaries,
    ledger_detail,
    ledger_summary,
    merchant_listings,
    merchant_returns,
    orders_by_date,
    promotion_performance,
    reimbursements,
    repeat_purchase,
    restock,
    sales_traffic,
    sales_traffic_trends,
    search_catalog_performance,
    search_query_performance,
    seller_feedback,
    seller_performance,
    settlement,
    storage_fees,
    stranded_inventory,
)
from sellerwatch.reports.contract import FactTable, Report

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        all_orders.REPORT,
        fba_inventory.REPORT,
        inventory_planning.REPORT,
        inventory_summaries.REPORT,
        sales_traffic.REPORT,
        fee_preview.REPORT,
        merchant_listings.REPORT,
        orders_by_date.REPORT,
        seller_feedback.REPORT,
        settlement.REPORT,
        storage_fees.REPORT,
        fba_returns.REPORT,
        ledger_detail.REPORT,
        ledger_summary.REPORT,
        merchant_returns.REPORT,
        reimbursements.REPORT,
        restock.REPORT,
        stranded_inventory.REPORT,
        ads_sb_campaigns.REPORT,
        ads_sd_campaigns.REPORT,
        ads_sd_products.REPORT,
        ads_sp_campaigns.REPORT,
        ads_sp_products.REPORT,
        ads_sp_search_terms.REPORT,
        coupon_performance.REPORT,
        economics.REPORT,
        promotion_performance.REPORT,
        repeat_purchase.REPORT,
        sales_traffic_trends.REPORT,
        search_catalog_performance.REPORT,
        search_query_performance.REPORT,
        seller_performance.REPORT,
    )
}
"""Our short name to the report. A new report is one module and one line here."""

BY_AMAZON_TYPE: Mapping[str, Report] = {report.amazon_type: report for report in REPORTS.values()}
"""Amazon's name of the report type to the report."""

TABLES: Mapping[str, FactTable] = {table.name: table for report in REPORTS.values() for table in report.tables}
"""Every fact table by its name; two reports that fill the same table hold one and the same."""
