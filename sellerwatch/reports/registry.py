"""Every report this project reads, by our name and by Amazon's."""

from __future__ import annotations

from collections.abc import Mapping

from sellerwatch.reports import all_orders, fba_inventory, inventory_planning, sales_traffic
from sellerwatch.reports.contract import FactTable, Report

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        all_orders.REPORT,
        fba_inventory.REPORT,
        inventory_planning.REPORT,
        sales_traffic.REPORT,
    )
}
"""Our short name to the report. A new report is one module and one line here."""

BY_AMAZON_TYPE: Mapping[str, Report] = {report.amazon_type: report for report in REPORTS.values()}
"""Amazon's name of the report type to the report."""

TABLES: Mapping[str, FactTable] = {table.name: table for report in REPORTS.values() for table in report.tables}
"""Every fact table by its name."""
