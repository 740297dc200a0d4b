"""What the simulated Amazon knows about each report type: who makes it, how often it may be made, which options it checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

NEAR_REAL_TIME = timedelta(minutes=30)
DAILY = timedelta(hours=4)
ONCE_A_DAY = timedelta(hours=24)

SALES_AND_TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
ORDERS_BY_UPDATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
ORDERS_BY_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"


@dataclass(frozen=True, slots=True)
class ReportKind:
    """One report type: how long Amazon waits before it makes it again, and whether a seller can ask for it at all."""

    cool_down: timedelta | None = None
    is_requestable: bool = True


REPORT_TYPES: Mapping[str, ReportKind] = {
    SALES_AND_TRAFFIC: ReportKind(),
    ORDERS_BY_UPDATE: ReportKind(),
    ORDERS_BY_DATE: ReportKind(),
    "GET_MERCHANT_LISTINGS_ALL_DATA": ReportKind(),
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": ReportKind(NEAR_REAL_TIME),
    "GET_FBA_MYI_ALL_INVENTORY_DATA": ReportKind(NEAR_REAL_TIME),
    "GET_FBA_INVENTORY_PLANNING_DATA": ReportKind(NEAR_REAL_TIME),
    "GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT": ReportKind(NEAR_REAL_TIME),
    "GET_RESERVED_INVENTORY_DATA": ReportKind(NEAR_REAL_TIME),
    "GET_STRANDED_INVENTORY_UI_DATA": ReportKind(NEAR_REAL_TIME),
    "GET_LEDGER_SUMMARY_VIEW_DATA": ReportKind(),
    "GET_LEDGER_DETAIL_VIEW_DATA": ReportKind(),
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": ReportKind(DAILY),
    "GET_FBA_REIMBURSEMENTS_DATA": ReportKind(DAILY),
    "GET_FBA_FULFILLMENT_INBOUND_NONCOMPLIANCE_DATA": ReportKind(DAILY),
    "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA": ReportKind(ONCE_A_DAY),
    "GET_FBA_STORAGE_FEE_CHARGES_DATA": ReportKind(),
    "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": ReportKind(),
    "GET_SELLER_FEEDBACK_DATA": ReportKind(),
    "GET_V2_SELLER_PERFORMANCE_REPORT": ReportKind(),
    "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT": ReportKind(),
    "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT": ReportKind(),
    "GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT": ReportKind(),
    "GET_PROMOTION_PERFORMANCE_REPORT": ReportKind(),
    "GET_COUPON_PERFORMANCE_REPORT": ReportKind(),
    SETTLEMENT: ReportKind(is_requestable=False),
}
"""Every report type the simulated Amazon has heard of; any other is refused as the real one refuses a misspelt type."""

COOL_DOWNS: Mapping[str, timedelta] = {
    name: kind.cool_down for name, kind in REPORT_TYPES.items() if kind.cool_down is not None
}
"""How long after one report of a type, seller and set of marketplaces the next is cancelled."""

ORDER_TYPES = frozenset({ORDERS_BY_UPDATE, ORDERS_BY_DATE})
LONGEST_ORDER_SPAN = timedelta(days=31)
LONGEST_OPTION = 1_000
LONGEST_ASINS = 200


@dataclass(frozen=True, slots=True)
class OptionRule:
    """What a report type demands of one of its options; breaking it makes the report FATAL with this text as its document."""

    report_type: str
    option: str
    text: str
    allowed: frozenset[str] = frozenset()
    is_required: bool = False
    longest: int = LONGEST_OPTION

    def is_broken_by(self, options: Mapping[str, str]) -> bool:
        """Say whether these report options lack the option, or give it a value Amazon does not know."""
        value = options.get(self.option)
        if value is None:
            return self.is_required
        return len(value) > self.longest or (bool(self.allowed) and value not in self.allowed)


def _choice(report_type: str, option: str, *allowed: str, is_required: bool = False) -> OptionRule:
    text = f"The report option {option} must be one of: {', '.join(allowed)}."
    return OptionRule(report_type, option, text, frozenset(allowed), is_required)


def _both_dates(report_type: str, start: str, end: str) -> tuple[OptionRule, OptionRule]:
    # The one FATAL document published from live accounts reads like this.
    text = (
        f"Please provide report options {start} and {end} in the standard ISO-8601 zoned date and time format. "
        'For example: "2011-12-03T10:15:30Z".'
    )
    return OptionRule(report_type, start, text, is_required=True), OptionRule(report_type, end, text, is_required=True)


OPTION_RULES: tuple[OptionRule, ...] = (
    _choice(SALES_AND_TRAFFIC, "dateGranularity", "DAY", "WEEK", "MONTH"),
    _choice(SALES_AND_TRAFFIC, "asinGranularity", "PARENT", "CHILD", "SKU"),
    _choice("GET_LEDGER_SUMMARY_VIEW_DATA", "aggregateByLocation", "COUNTRY", "Country", "FC", "FulfillmentCenter"),
    _choice("GET_LEDGER_SUMMARY_VIEW_DATA", "aggregatedByTimePeriod", "DAILY", "WEEKLY", "MONTHLY"),
    _choice(
        "GET_LEDGER_DETAIL_VIEW_DATA",
        "eventType",
        *("", "Adjustments", "CustomerReturns", "Receipts", "Shipments", "VendorReturns", "WhseTransfers"),
    ),
    _choice("GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT", "reportPeriod", "WEEK", "MONTH", "QUARTER", is_required=True),
    _choice(
        "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT",
        "reportPeriod",
        *("WEEK", "MONTH", "QUARTER"),
        is_required=True,
    ),
    _choice(
        "GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT",
        "reportPeriod",
        *("WEEK", "MONTH", "QUARTER"),
        is_required=True,
    ),
    OptionRule(
        "GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT",
        "asins",
        f"The report option asins must not be longer than {LONGEST_ASINS} characters.",
        longest=LONGEST_ASINS,
    ),
    OptionRule(
        "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT",
        "asin",
        "The report option asin is required.",
        is_required=True,
    ),
    *_both_dates("GET_PROMOTION_PERFORMANCE_REPORT", "promotionStartDateFrom", "promotionStartDateTo"),
    *_both_dates("GET_COUPON_PERFORMANCE_REPORT", "couponStartDateFrom", "couponStartDateTo"),
)
"""The report options that are checked while the report is processed."""


def broken_option(report_type: str, options: Mapping[str, str]) -> OptionRule | None:
    """Return the first rule these options break, or None."""
    rules = (rule for rule in OPTION_RULES if rule.report_type == report_type)
    return next((rule for rule in rules if rule.is_broken_by(options)), None)
