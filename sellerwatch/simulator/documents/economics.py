"""Data Kiosk's seller economics: sales, fees, ads and proceeds by product and period, in rows of the dataset's own shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.simulator.documents.economics_figures import (
    ADS,
    FEES,
    FULFILMENT,
    STORAGE,
    Figures,
    Scene,
    charged,
    economics_on,
    unit_costs,
)
from sellerwatch.simulator.documents.fee_rates import package_of
from sellerwatch.simulator.documents.json_file import Row, json_lines
from sellerwatch.simulator.documents.kiosk_periods import ended_days, inner_periods
from sellerwatch.simulator.documents.ranges import asked_days
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.documents.traffic_rows import amount
from sellerwatch.simulator.ports import Rendered, ReportRequest

ECONOMICS = "analytics_economics_2024_03_15.economics"


def _of_sku(listing: Listing) -> Row:
    return {"parentAsin": listing.parent_asin, "childAsin": listing.asin, "msku": listing.sku, "fnsku": listing.fnsku}


def _of_child(listing: Listing) -> Row:
    return {"parentAsin": listing.parent_asin, "childAsin": listing.asin, "msku": None, "fnsku": None}


def _of_parent(listing: Listing) -> Row:
    return {"parentAsin": listing.parent_asin, "childAsin": None, "msku": None, "fnsku": None}


PRODUCT_KEYS: Mapping[str, Callable[[Listing], Row]] = {"MSKU": _of_sku, "CHILD_ASIN": _of_child, "PARENT_ASIN": _of_parent}
"""What identifies a row, by the granularity of products."""

COMPONENTS = {"FBA_FULFILLMENT_FEE": (FULFILMENT, "Base fulfillment fee"), "FBA_STORAGE_FEE": (STORAGE, "Base storage fee")}
"""The fees that can be broken down: their name, and the only component they have here."""


@dataclass(frozen=True, slots=True)
class _Product:
    """One row: its product's names, the listings it sums over, their figures, and the fees to break down."""

    names: Row
    listings: Sequence[Listing]
    figures: Figures
    period: Days
    broken_down: Mapping[str, str]

    @property
    def currency(self) -> str:
        """The currency of all amounts."""
        return self.listings[0].marketplace.currency


def economics(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render a row for each product and period in which anything happened; only local days that have ended count."""
    first, last = asked_days(request)
    broken_down = dict(COMPONENTS[name] for name in request.options.get("components", "").split())
    return json_lines(
        _row(_Product(names, listings, figures, period, broken_down), marketplaces[0])
        for period in inner_periods(first, last, request.options["date"])
        for names, listings, figures in _products(books, marketplaces[0], request, period)
    )


def _products(
    books: Books, marketplace: Marketplace, request: ReportRequest, period: Days
) -> Iterator[tuple[Row, list[Listing], Figures]]:
    key_of = PRODUCT_KEYS[request.options["productId"]]
    by_sku: dict[str, Figures] = {}
    for day in ended_days(period, marketplace, request.now):
        for sku, figures in economics_on(Scene(books, marketplace, day, request.now)).items():
            by_sku.setdefault(sku, Counter()).update(figures)
    listings: dict[tuple[str, ...], list[Listing]] = {}
    for listing in books.listings(marketplace, period.last):
        if listing.sku in by_sku:
            listings.setdefault(tuple(map(str, key_of(listing).values())), []).append(listing)
    for _, group in sorted(listings.items()):
        total: Figures = Counter()
        for listing in group:
            total.update(by_sku[listing.sku])
            total["own_costs"] += _own_costs(listing, by_sku[listing.sku])
        yield key_of(group[0]), group, total


def _own_costs(listing: Listing, figures: Figures) -> int:
    costs = unit_costs(listing)
    return sum(costs) * (figures["units"] - figures["refunded_units"]) if costs else 0


def _row(product: _Product, marketplace: Marketplace) -> Row:
    return {
        "startDate": product.period.first.isoformat(),
        "endDate": product.period.last.isoformat(),
        "marketplaceId": marketplace.id,
        **product.names,
        "sales": _sales(product.figures, product.currency),
        "fees": [_fee(product, name) for name in FEES if any(charged(product.figures, name))],
        "ads": [_ad(product, name) for name in ADS.values() if any(charged(product.figures, name))],
        "cost": _cost(product),
        "netProceeds": _proceeds(product),
    }


def _sales(figures: Figures, currency: str) -> Row:
    units, cents = figures["units"], figures["cents"]
    return {
        "averageSellingPrice": amount(round(cents / units), currency) if units else None,
        "netProductSales": amount(cents - figures["refunded_cents"], currency),
        "netUnitsSold": units - figures["refunded_units"],
        "orderedProductSales": amount(cents, currency),
        "refundedProductSales": amount(figures["refunded_cents"], currency),
        "unitsOrdered": units,
        "unitsRefunded": figures["refunded_units"],
    }


def _detail(cents: int, units: int, currency: str) -> Row:
    return {
        "amount": amount(cents, currency),
        "amountPerUnit": amount(round(cents / units), currency) if units else None,
        "amountPerUnitDelta": None,
        "promotionAmount": amount(0, currency),
        "quantity": float(units) if units else None,
        "taxAmount": amount(0, currency),
        "totalAmount": amount(cents, currency),
    }


def _fee(product: _Product, name: str) -> Row:
    cents, units = charged(product.figures, name)
    detail = _detail(cents, units, product.currency)
    component = product.broken_down.get(name)
    fee = {
        "aggregatedDetail": detail,
        "components": [{"aggregatedDetail": detail, "name": component, "properties": None}] if component else None,
        "startDate": product.period.first.isoformat(),
        "endDate": product.period.last.isoformat(),
        "identifier": name.upper().replace(" ", "_"),
        "properties": _size_tier(product) if name == FULFILMENT else None,
    }
    return {"feeTypeName": name, "charge": fee, "charges": [fee]}


def _size_tier(product: _Product) -> list[Row]:
    return [{"propertyName": "Product Size Tier", "propertyValue": package_of(product.listings[0]).tier}]


def _ad(product: _Product, name: str) -> Row:
    cents, _ = charged(product.figures, name)
    return {"adTypeName": name, "charge": _detail(cents, 0, product.currency)}


def _cost(product: _Product) -> Row:
    """Return what the seller typed in for a unit; nothing where a row sums over several SKUs."""
    costs = unit_costs(product.listings[0]) if len(product.listings) == 1 else None
    goods, freight = (amount(cents, product.currency) for cents in costs) if costs else (None, None)
    return {
        "costOfGoodsSold": goods,
        "fbaCost": {"shippingToAmazonCost": freight} if product.listings[0].is_fba else None,
        "mfnCost": None if product.listings[0].is_fba else {"fulfillmentCost": freight, "storageCost": None},
        "miscellaneousCost": None,
    }


def _proceeds(product: _Product) -> Row:
    """Return net sales less fees, ads and the seller's own costs, whatever of these is asked for."""
    figures = product.figures
    costs = sum(charged(figures, name)[0] for name in (*FEES, *ADS.values())) + figures["own_costs"]
    total, units = figures["cents"] - figures["refunded_cents"] - costs, figures["units"] - figures["refunded_units"]
    return {
        "total": amount(total, product.currency),
        "perUnit": amount(round(total / units), product.currency) if units else None,
    }
