"""GET_V2_SELLER_PERFORMANCE_REPORT: JSON with an account's health as of now, rates as fractions beside their targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, local_day
from sellerwatch.simulator.documents.json_file import Row, json_file
from sellerwatch.simulator.documents.order_health import defects, merchant_shipments
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.ports import Rendered, ReportRequest

WINDOWS = {
    "lateShipmentRate": (30, 1),
    "orderDefectRate": (60, 15),
    "preFulfillmentCancellationRate": (7, 2),
    "onTimeDeliveryRate": (30, 10),
    "unitOnTimeDeliveryRate": (30, 10),
    "validTrackingRate": (30, 10),
    "invoiceDefectRate": (7, 24),
    "accountHealthRating": (181, 1),
}
"""Per block: how many days it looks at, and how many days before today the last of them is."""

POLICY_WINDOW = (180, 1)
LESS, GREATER, EQUALS = "LESS_THAN", "GREATER_THAN", "EQUALS"
TARGETS: Final = {
    "lateShipmentRate": (0.04, LESS),
    "orderDefectRate": (0.01, LESS),
    "preFulfillmentCancellationRate": (0.025, LESS),
    "onTimeDeliveryRate": (0.9, GREATER),
    "unitOnTimeDeliveryRate": (0.9, GREATER),
    "validTrackingRate": (0.95, GREATER),
    "invoiceDefectRate": (0.05, LESS),
}
"""Target per rate, and the side of it that is good."""

POLICIES = (
    "listingPolicyViolations", "productAuthenticityCustomerComplaints", "productConditionCustomerComplaints",
    "productSafetyCustomerComplaints", "receivedIntellectualPropertyComplaints", "restrictedProductPolicyViolations",
    "suspectedIntellectualPropertyViolations", "foodAndProductSafetyIssues", "otherPolicyViolations", "documentRequests",
)  # fmt: skip
"""Blocks that count violations; closed listings are the only ones this world knows."""

UNIT_RATE_MARKETPLACES = frozenset({"US"})
BEST_SCORE = 1000
SCORE_PER_VIOLATION = 8
GREAT_FROM = 200


@dataclass(frozen=True, slots=True)
class _Inspection:
    """One marketplace inspected at one moment."""

    books: Books
    marketplace: Marketplace
    request: ReportRequest

    @property
    def today(self) -> date:
        return local_day(self.request.now, self.marketplace.zone)

    def days(self, name: str) -> Days:
        length, offset = WINDOWS.get(name, POLICY_WINDOW)
        last = self.today - timedelta(days=offset)
        return Days(last - timedelta(days=length - 1), last)


def seller_performance(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the snapshot at ``request.now``; the requested dates mean nothing."""
    inspected = [(item, _metrics(_Inspection(books, item, request))) for item in marketplaces]
    document = {
        "accountStatuses": [{"marketplaceId": item.id, "status": _account_status(row)} for item, row in inspected],
        "performanceMetrics": [row for _, row in inspected],
    }
    return json_file(document)


def _metrics(inspection: _Inspection) -> Row:
    closed = _closed_listings(inspection)
    row = {
        "marketplaceId": inspection.marketplace.id,
        "invoiceDefectRate": _invoices(inspection),
        "lateShipmentRate": _late(inspection),
        "orderDefectRate": {kind: _odr(inspection, kind) for kind in ("mfn", "afn")},
        "onTimeDeliveryRate": _on_time(inspection),
        "validTrackingRate": _tracked(inspection),
        "preFulfillmentCancellationRate": _cancelled(inspection),
        "warningStates": [],
        "accountHealthRating": _rating(inspection, closed),
        **{name: _policy(inspection, name, closed if name == POLICIES[0] else 0) for name in POLICIES},
    }
    if inspection.marketplace.code in UNIT_RATE_MARKETPLACES:
        row["unitOnTimeDeliveryRate"] = _units_on_time(inspection)
    return row


def _account_status(row: Row) -> str:
    rates = [row[name] for name in TARGETS if name in row and name != "orderDefectRate"]
    rates += row["orderDefectRate"].values()
    return "AT_RISK" if any(rate["status"] == "BAD" for rate in rates) else "NORMAL"


def _late(inspection: _Inspection) -> Row:
    counts = merchant_shipments(inspection.books, inspection.marketplace, inspection.days("lateShipmentRate"))
    own = {"orderCount": counts.shipped, "lateShipmentCount": counts.late}
    return _rate(inspection, "lateShipmentRate", counts.late, counts.shipped, own)


def _cancelled(inspection: _Inspection) -> Row:
    name = "preFulfillmentCancellationRate"
    counts = merchant_shipments(inspection.books, inspection.marketplace, inspection.days(name))
    own = {"orderCount": counts.orders, "cancellationCount": counts.cancelled_by_merchant}
    return _rate(inspection, name, counts.cancelled_by_merchant, counts.orders, own)


def _on_time(inspection: _Inspection) -> Row:
    counts = merchant_shipments(inspection.books, inspection.marketplace, inspection.days("onTimeDeliveryRate"))
    own = {"shipmentCountWithValidTracking": counts.tracked, "onTimeDeliveryCount": counts.tracked_on_time}
    return _rate(inspection, "onTimeDeliveryRate", counts.tracked_on_time, counts.tracked, own)


def _units_on_time(inspection: _Inspection) -> Row:
    counts = merchant_shipments(inspection.books, inspection.marketplace, inspection.days("unitOnTimeDeliveryRate"))
    own = {"totalUnitCount": counts.units, "unitOnTimeDeliveryCount": counts.units_on_time}
    return _rate(inspection, "unitOnTimeDeliveryRate", counts.units_on_time, counts.units, own)


def _tracked(inspection: _Inspection) -> Row:
    counts = merchant_shipments(inspection.books, inspection.marketplace, inspection.days("validTrackingRate"))
    own = {"shipmentCount": counts.shipped, "validTrackingCount": counts.tracked}
    return _rate(inspection, "validTrackingRate", counts.tracked, counts.shipped, own)


def _invoices(inspection: _Inspection) -> Row:
    """Return the block for orders of businesses, of which this world has none."""
    none = {"count": 0, "status": "NONE"}
    own = {"orderCount": 0, "invoiceDefect": none, "missingInvoice": none, "lateInvoice": none}
    return _rate(inspection, "invoiceDefectRate", 0, 0, own)


def _odr(inspection: _Inspection, kind: str) -> Row:
    found = defects(
        inspection.books,
        inspection.marketplace,
        inspection.days("orderDefectRate"),
        is_fba=kind == "afn",
        now=inspection.request.now,
    )
    own = {
        "orderCount": found.orders,
        "orderWithDefects": {"count": found.defective, "status": _status("orderDefectRate", found.defective, found.orders)},
        "claims": {"count": found.claims, "status": "NONE"},
        "chargebacks": {"count": found.chargebacks, "status": "NONE"},
        "negativeFeedback": {"count": found.negative_feedback, "status": "NONE"},
        "fulfillmentType": kind,
    }
    return _rate(inspection, "orderDefectRate", found.defective, found.orders, own)


def _rate(inspection: _Inspection, name: str, part: int, whole: int, own: Row) -> Row:
    """Return a rate's block; without an order there is no rate to print."""
    target, condition = TARGETS[name]
    rate = {"rate": part / whole} if whole else {}
    return {
        "reportingDateRange": _range(inspection.days(name)),
        **own,
        "status": _status(name, part, whole),
        **rate,
        "targetValue": target,
        "targetCondition": condition,
    }


def _status(name: str, part: int, whole: int) -> str:
    if not whole:
        return "NONE"
    target, condition = TARGETS[name]
    is_good = part / whole < target if condition == LESS else part / whole > target
    return "GOOD" if is_good else "BAD"


def _rating(inspection: _Inspection, violations: int) -> Row:
    score = max(0, BEST_SCORE - SCORE_PER_VIOLATION * violations)
    return {
        "reportingDateRange": _range(inspection.days("accountHealthRating")),
        "ahrStatus": "GREAT" if score >= GREAT_FROM else "WARNED",
        "ahrScore": score,
    }


def _policy(inspection: _Inspection, name: str, count: int) -> Row:
    return {
        "reportingDateRange": _range(inspection.days(name)),
        "defectsCount": count,
        "status": "BAD" if count else "GOOD",
        "targetValue": 0,
        "targetCondition": EQUALS,
    }


def _closed_listings(inspection: _Inspection) -> int:
    """Return how many listings were closed within the window of the policy blocks."""
    window = inspection.days(POLICIES[0])
    listings = inspection.books.listings(inspection.marketplace, inspection.today)
    return sum((since := inspection.books.stranded_since(item)) is not None and since in window for item in listings)


def _range(days: Days) -> Row:
    return {"reportingDateFrom": f"{days.first}T00:00Z", "reportingDateTo": f"{days.last}T23:59Z"}
