"""The datasets of Data Kiosk as data: types and their fields, queries and their arguments, as Amazon's schemas define them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ECONOMICS = "analytics_economics_2024_03_15"
SALES_AND_TRAFFIC = "analytics_salesAndTraffic_2024_04_24"


def _with_business(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields, each with its twin for business customers, which only business sellers have."""
    return {**fields, **{f"{name}B2B": kind.rstrip("!") for name, kind in fields.items()}}


TYPES: Mapping[str, Mapping[str, str]] = {
    "Amount": {"amount": "Float!", "currencyCode": "String!"},
    "AdSummary": {"adTypeName": "String!", "charge": "AggregatedDetail"},
    "AggregatedDetail": {
        "amount": "Amount!", "amountPerUnit": "Amount", "amountPerUnitDelta": "Amount", "promotionAmount": "Amount!",
        "quantity": "Float", "taxAmount": "Amount!", "totalAmount": "Amount!",
    },
    "Economics": {
        "ads": "[AdSummary]", "childAsin": "String", "cost": "PerUnitCost", "endDate": "Date!", "fees": "[FeeSummary]!",
        "fnsku": "String", "marketplaceId": "String!", "msku": "String", "netProceeds": "NetProceeds!",
        "parentAsin": "String!", "sales": "Sales!", "startDate": "Date!",
    },
    "EconomicsProperty": {"propertyName": "String!", "propertyValue": "String!"},
    "FbaPerUnitCost": {"shippingToAmazonCost": "Amount"},
    "Fee": {
        "aggregatedDetail": "AggregatedDetail!", "components": "[FeeComponent]", "endDate": "Date",
        "identifier": "String!", "properties": "[EconomicsProperty]", "startDate": "Date",
    },
    "FeeComponent": {"aggregatedDetail": "AggregatedDetail!", "name": "String!", "properties": "[EconomicsProperty]"},
    "FeeSummary": {"charge": "Fee", "charges": "[Fee]", "feeTypeName": "String!"},
    "MfnPerUnitCost": {"fulfillmentCost": "Amount", "storageCost": "Amount"},
    "NetProceeds": {"perUnit": "Amount", "total": "Amount"},
    "PerUnitCost": {
        "costOfGoodsSold": "Amount", "fbaCost": "FbaPerUnitCost", "mfnCost": "MfnPerUnitCost", "miscellaneousCost": "Amount",
    },
    "Sales": {
        "averageSellingPrice": "Amount", "netProductSales": "Amount!", "netUnitsSold": "Long!",
        "orderedProductSales": "Amount!", "refundedProductSales": "Amount!", "unitsOrdered": "Long!", "unitsRefunded": "Long!",
    },
    "ByAsinSales": _with_business({
        "orderedProductSales": "Amount!", "ordersShipped": "Long!", "refundRate": "Float!", "shippedProductSales": "Amount!",
        "totalOrderItems": "Long!", "unitsOrdered": "Long!", "unitsRefunded": "Long!", "unitsShipped": "Long!",
    }),
    "ByAsinTraffic": _with_business({
        "browserPageViews": "Long!", "browserPageViewsPercentage": "Float!", "browserSessionPercentage": "Float!",
        "browserSessions": "Long!", "buyBoxPercentage": "Float!", "mobileAppPageViews": "Long!",
        "mobileAppPageViewsPercentage": "Float!", "mobileAppSessionPercentage": "Float!", "mobileAppSessions": "Long!",
        "pageViews": "Long!", "pageViewsPercentage": "Float!", "sessionPercentage": "Float!", "sessions": "Long!",
        "unitSessionPercentage": "Float!",
    }),
    "ByDateSales": _with_business({
        "averageSalesPerOrderItem": "Amount!", "averageSellingPrice": "Amount!", "averageUnitsPerOrderItem": "Float!",
        "claimsAmount": "Amount!", "claimsGranted": "Long!", "orderedProductSales": "Amount!", "ordersShipped": "Long!",
        "refundRate": "Float!", "shippedProductSales": "Amount!", "totalOrderItems": "Long!", "unitsOrdered": "Long!",
        "unitsRefunded": "Long!", "unitsShipped": "Long!",
    }),
    "ByDateTraffic": {
        "averageOfferCount": "Long!", "averageParentItems": "Long!",
        **_with_business({
            "browserPageViews": "Long!", "browserSessions": "Long!", "buyBoxPercentage": "Float!", "feedbackReceived": "Long!",
            "mobileAppPageViews": "Long!", "mobileAppSessions": "Long!", "negativeFeedbackReceived": "Long!",
            "orderItemSessionPercentage": "Float!", "pageViews": "Long!", "receivedNegativeFeedbackRate": "Float!",
            "sessions": "Long!", "unitSessionPercentage": "Float!",
        }),
    },
    "SalesAndTrafficByAsin": {
        "childAsin": "String", "endDate": "Date!", "marketplaceId": "String!", "parentAsin": "String!", "sales": "ByAsinSales!",
        "sku": "String", "startDate": "Date!", "traffic": "ByAsinTraffic!",
    },
    "SalesAndTrafficByDate": {
        "endDate": "Date!", "marketplaceId": "String!", "sales": "ByDateSales!", "startDate": "Date!",
        "traffic": "ByDateTraffic!",
    },
    "SalesAndTrafficTrends": {
        "asinAggregation": "AsinGranularity!", "childAsin": "String", "endDate": "Date!", "marketplaceId": "String!",
        "parentAsin": "String!", "sales": "ByAsinSales!", "sku": "String", "startDate": "Date!", "traffic": "ByAsinTraffic!",
    },
}  # fmt: skip
"""The fields of every type; ``!`` is never null, brackets are a list. Names that are no key here are plain values."""

INPUTS: Mapping[str, Mapping[str, str]] = {
    "EconomicsAggregation": {"date": "EconomicsDateGranularity", "productId": "ProductIdentifierGranularity"},
    "MarketplaceAsinFilter": {"asins": "[String!]!", "marketplaceId": "String!"},
}
"""The objects that arguments are made of."""

ENUMS: Mapping[str, frozenset[str]] = {
    "AsinGranularity": frozenset({"CHILD", "PARENT", "SKU"}),
    "DateGranularity": frozenset({"DAY", "MONTH", "WEEK"}),
    "EconomicsDateGranularity": frozenset({"DAY", "MONTH", "RANGE", "WEEK"}),
    "FeeType": frozenset({"FBA_FULFILLMENT_FEE", "FBA_STORAGE_FEE"}),
    "ProductIdentifierGranularity": frozenset({"CHILD_ASIN", "MSKU", "PARENT_ASIN"}),
}

_RANGE = {"startDate": "Date!", "endDate": "Date!"}


@dataclass(frozen=True, slots=True)
class QueryKind:
    """One query of a dataset: the type of its rows, and its arguments."""

    row: str
    arguments: Mapping[str, str]


QUERIES: Mapping[str, QueryKind] = {
    f"{ECONOMICS}.economics": QueryKind(
        "Economics",
        {
            **_RANGE,
            "aggregateBy": "EconomicsAggregation",
            "includeComponentsForFeeTypes": "[FeeType]",
            "marketplaceIds": "[String!]!",
        },
    ),
    f"{SALES_AND_TRAFFIC}.salesAndTrafficByAsin": QueryKind(
        "SalesAndTrafficByAsin", {**_RANGE, "aggregateBy": "AsinGranularity!", "marketplaceIds": "[String!]!"}
    ),
    f"{SALES_AND_TRAFFIC}.salesAndTrafficByDate": QueryKind(
        "SalesAndTrafficByDate", {**_RANGE, "aggregateBy": "DateGranularity!", "marketplaceIds": "[String!]!"}
    ),
    f"{SALES_AND_TRAFFIC}.salesAndTrafficTrends": QueryKind(
        "SalesAndTrafficTrends",
        {
            **_RANGE,
            "asinAggregation": "AsinGranularity!",
            "dateAggregation": "DateGranularity!",
            "filters": "[MarketplaceAsinFilter!]!",
        },
    ),
}
"""Every query the simulated Data Kiosk answers, by dataset and name; the previews and simulations of fees are not among them."""
