"""FBA planning: how long each SKU's stock lasts, how old it is, what it costs to keep, and what Amazon advises.

Most SKUs that are out of stock are not listed here: a missing SKU is unknown, not fine. The column set changes every year
and mixes two ways of naming; what is not in a document is null. A blank is unknown too: new SKUs have no days of supply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.flatfile import FlatFile


@dataclass(frozen=True, slots=True)
class InventoryPlanningItem:
    """Amazon's planning numbers of one SKU on one day."""

    snapshot_on: date
    sku: str
    fnsku: str | None
    asin: str | None
    product_name: str | None
    condition: str | None
    product_group: str | None
    storage_type: str | None
    sellable_units: int | None
    unsellable_units: int | None
    pending_removal_units: int | None
    reserved_units: int | None
    reserved_fc_transfer_units: int | None
    reserved_fc_processing_units: int | None
    reserved_customer_order_units: int | None
    supply_at_fba_units: int | None
    inbound_units: int | None
    inbound_working_units: int | None
    inbound_shipped_units: int | None
    inbound_received_units: int | None
    aged_0_to_90_units: int | None
    aged_91_to_180_units: int | None
    aged_181_to_270_units: int | None
    aged_271_to_365_units: int | None
    aged_366_to_455_units: int | None
    aged_456_plus_units: int | None
    aged_365_plus_units: int | None
    aged_0_to_30_units: int | None
    aged_31_to_60_units: int | None
    aged_61_to_90_units: int | None
    aged_181_to_330_units: int | None
    aged_331_to_365_units: int | None
    shipped_7d_units: int | None
    shipped_30d_units: int | None
    shipped_60d_units: int | None
    shipped_90d_units: int | None
    currency: str | None
    shipped_7d_amount: Decimal | None
    shipped_30d_amount: Decimal | None
    shipped_60d_amount: Decimal | None
    shipped_90d_amount: Decimal | None
    your_price_amount: Decimal | None
    sales_price_amount: Decimal | None
    featured_offer_price_amount: Decimal | None
    lowest_new_price_amount: Decimal | None
    recommended_price_amount: Decimal | None
    sales_rank: int | None
    sell_through: Decimal | None
    supply_days: Decimal | None
    total_supply_days: Decimal | None
    historical_supply_days: Decimal | None
    short_term_supply_days: Decimal | None
    long_term_supply_days: Decimal | None
    cover_30d_weeks: Decimal | None
    cover_90d_weeks: Decimal | None
    estimated_excess_units: int | None
    recommended_removal_units: int | None
    recommended_ship_in_units: int | None
    recommended_ship_in_text: str | None
    minimum_inventory_units: int | None
    inventory_level_health: str | None
    alert: str | None
    recommended_action: str | None
    no_sale_6_months: str | None
    seasonal_3_months: str | None
    low_level_fee_exempt: str | None
    low_level_fee_applied: str | None
    estimated_storage_cost_amount: Decimal | None
    surcharged_181_to_210_units: int | None
    surcharged_211_to_240_units: int | None
    surcharged_241_to_270_units: int | None
    surcharged_271_to_300_units: int | None
    surcharged_301_to_330_units: int | None
    surcharged_331_to_365_units: int | None
    surcharged_366_to_455_units: int | None
    surcharged_456_plus_units: int | None
    surcharged_365_plus_units: int | None
    surcharge_181_to_210_amount: Decimal | None
    surcharge_211_to_240_amount: Decimal | None
    surcharge_241_to_270_amount: Decimal | None
    surcharge_271_to_300_amount: Decimal | None
    surcharge_301_to_330_amount: Decimal | None
    surcharge_331_to_365_amount: Decimal | None
    surcharge_366_to_455_amount: Decimal | None
    surcharge_456_plus_amount: Decimal | None
    surcharge_365_plus_amount: Decimal | None


COLUMNS = (
    Column("snapshot_on", "snapshot-date", Kind.DAY, "The day Amazon's numbers stand for.", required=True),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU, exactly as written.", required=True),
    Column("fnsku", "fnsku", Kind.TEXT, "Amazon's id of the seller's stock of the product."),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("product_name", "product-name", Kind.TEXT, "The listing's title."),
    Column("condition", "condition", Kind.TEXT, "New, or a used or refurbished grade."),
    Column("product_group", "product-group", Kind.TEXT, "Amazon's product group."),
    Column("storage_type", "storage-type", Kind.TEXT, "Storage class that fees and limits follow."),
    Column("sellable_units", "available", Kind.INTEGER, "Units Amazon can pick and ship now.", required=True),
    Column("unsellable_units", "unfulfillable-quantity", Kind.INTEGER, "Units that are damaged, expired or defective."),
    Column("pending_removal_units", "pending-removal-quantity", Kind.INTEGER, "Units waiting to be removed."),
    Column(
        "reserved_units",
        "Total Reserved Quantity",
        Kind.INTEGER,
        "Units held for orders, transfers or processing.",
        also=("reserved-quantity",),
    ),
    Column(
        "reserved_fc_transfer_units",
        "Reserved FC Transfer",
        Kind.INTEGER,
        "Reserved units between warehouses.",
        also=("fc-transfer",),
    ),
    Column(
        "reserved_fc_processing_units",
        "Reserved FC Processing",
        Kind.INTEGER,
        "Reserved units in processing.",
        also=("fc-processing",),
    ),
    Column(
        "reserved_customer_order_units",
        "Reserved Customer Order",
        Kind.INTEGER,
        "Reserved units for orders.",
        also=("customer-order",),
    ),
    Column("supply_at_fba_units", "Inventory Supply at FBA", Kind.INTEGER, "Units Amazon counts as supply at its warehouses."),
    Column("inbound_units", "inbound-quantity", Kind.INTEGER, "Units announced, sent or arriving."),
    Column(
        "inbound_working_units",
        "inbound-working",
        Kind.INTEGER,
        "Units of shipments that are announced but not sent: a plan, not stock.",
    ),
    Column("inbound_shipped_units", "inbound-shipped", Kind.INTEGER, "Units handed to a carrier."),
    Column("inbound_received_units", "inbound-received", Kind.INTEGER, "Units arriving at a warehouse."),
    Column("aged_0_to_90_units", "inv-age-0-to-90-days", Kind.INTEGER, "Units that have been at Amazon for 0 to 90 days."),
    Column(
        "aged_91_to_180_units", "inv-age-91-to-180-days", Kind.INTEGER, "Units that have been at Amazon for 91 to 180 days."
    ),
    Column(
        "aged_181_to_270_units", "inv-age-181-to-270-days", Kind.INTEGER, "Units that have been at Amazon for 181 to 270 days."
    ),
    Column(
        "aged_271_to_365_units", "inv-age-271-to-365-days", Kind.INTEGER, "Units that have been at Amazon for 271 to 365 days."
    ),
    Column(
        "aged_366_to_455_units", "inv-age-366-to-455-days", Kind.INTEGER, "Units that have been at Amazon for 366 to 455 days."
    ),
    Column(
        "aged_456_plus_units", "inv-age-456-plus-days", Kind.INTEGER, "Units that have been at Amazon for 456 days or more."
    ),
    Column("aged_365_plus_units", "inv-age-365-plus-days", Kind.INTEGER, "Units older than a year; the layout before 2024."),
    Column("aged_0_to_30_units", "inv-age-0-to-30-days", Kind.INTEGER, "Units that have been at Amazon for 0 to 30 days."),
    Column("aged_31_to_60_units", "inv-age-31-to-60-days", Kind.INTEGER, "Units that have been at Amazon for 31 to 60 days."),
    Column("aged_61_to_90_units", "inv-age-61-to-90-days", Kind.INTEGER, "Units that have been at Amazon for 61 to 90 days."),
    Column(
        "aged_181_to_330_units", "inv-age-181-to-330-days", Kind.INTEGER, "Units that have been at Amazon for 181 to 330 days."
    ),
    Column(
        "aged_331_to_365_units", "inv-age-331-to-365-days", Kind.INTEGER, "Units that have been at Amazon for 331 to 365 days."
    ),
    Column("shipped_7d_units", "units-shipped-t7", Kind.INTEGER, "Units shipped in the last 7 days.", required=True),
    Column("shipped_30d_units", "units-shipped-t30", Kind.INTEGER, "Units shipped in the last 30 days.", required=True),
    Column("shipped_60d_units", "units-shipped-t60", Kind.INTEGER, "Units shipped in the last 60 days.", required=True),
    Column("shipped_90d_units", "units-shipped-t90", Kind.INTEGER, "Units shipped in the last 90 days.", required=True),
    Column("currency", "currency", Kind.TEXT, "Currency of all amounts."),
    Column("shipped_7d_amount", "sales-shipped-last-7-days", Kind.MONEY, "Sales shipped in the last 7 days."),
    Column("shipped_30d_amount", "sales-shipped-last-30-days", Kind.MONEY, "Sales shipped in the last 30 days."),
    Column("shipped_60d_amount", "sales-shipped-last-60-days", Kind.MONEY, "Sales shipped in the last 60 days."),
    Column("shipped_90d_amount", "sales-shipped-last-90-days", Kind.MONEY, "Sales shipped in the last 90 days."),
    Column("your_price_amount", "your-price", Kind.MONEY, "The seller's current price of one unit."),
    Column("sales_price_amount", "sales-price", Kind.MONEY, "The sale price of one unit while a sale runs."),
    Column(
        "featured_offer_price_amount",
        "featuredoffer-price",
        Kind.MONEY,
        "Price of one unit in the featured offer, whoever holds it.",
    ),
    Column(
        "lowest_new_price_amount",
        "lowest-price-new-plus-shipping",
        Kind.MONEY,
        "Lowest price of one new unit, shipping included.",
    ),
    Column(
        "recommended_price_amount", "recommended-sales-price", Kind.MONEY, "The price Amazon recommends to sell excess stock."
    ),
    Column("sales_rank", "sales-rank", Kind.INTEGER, "Best sellers rank; lower is better."),
    Column("sell_through", "sell-through", Kind.DECIMAL, "Units shipped in 90 days over the mean of units at Amazon; a ratio."),
    Column("supply_days", "days-of-supply", Kind.DECIMAL, "Days Amazon expects the stock to last; blank for new SKUs."),
    Column(
        "total_supply_days",
        "Total Days of Supply (including units from open shipments)",
        Kind.DECIMAL,
        "The same with open shipments.",
    ),
    Column(
        "historical_supply_days",
        "historical-days-of-supply",
        Kind.DECIMAL,
        "Past days of supply, which the low-inventory-level fee is judged by.",
    ),
    Column(
        "short_term_supply_days",
        "Short term historical days of supply",
        Kind.DECIMAL,
        "Historical days of supply over the last 30 days.",
    ),
    Column(
        "long_term_supply_days",
        "Long term historical days of supply",
        Kind.DECIMAL,
        "Historical days of supply over the last 90 days.",
    ),
    Column("cover_30d_weeks", "weeks-of-cover-t30", Kind.DECIMAL, "Weeks the stock lasts at the pace of the last 30 days."),
    Column("cover_90d_weeks", "weeks-of-cover-t90", Kind.DECIMAL, "Weeks the stock lasts at the pace of the last 90 days."),
    Column("estimated_excess_units", "estimated-excess-quantity", Kind.INTEGER, "Units Amazon holds to be more than needed."),
    Column("recommended_removal_units", "recommended-removal-quantity", Kind.INTEGER, "Units Amazon recommends to remove."),
    Column("recommended_ship_in_units", "Recommended ship-in quantity", Kind.INTEGER, "Units Amazon recommends to send."),
    Column(
        "recommended_ship_in_text",
        "Recommended ship-in date",
        Kind.TEXT,
        "When Amazon recommends to send them; its form differs by marketplace.",
    ),
    Column(
        "minimum_inventory_units", "fba-minimum-inventory-level", Kind.INTEGER, "The level Amazon advises not to fall below."
    ),
    Column(
        "inventory_level_health",
        "fba-inventory-level-health-status",
        Kind.TEXT,
        "Amazon's verdict on the level: healthy, low, excess, out of stock.",
    ),
    Column("alert", "alert", Kind.TEXT, "Amazon's alert on the SKU, such as low traffic."),
    Column("recommended_action", "recommended-action", Kind.TEXT, "What Amazon recommends to do."),
    Column(
        "no_sale_6_months",
        "no-sale-last-6-months",
        Kind.TEXT,
        "What Amazon says of sales in the last six months; its form is not documented.",
    ),
    Column(
        "seasonal_3_months",
        "is-seasonal-in-next-3-months",
        Kind.TEXT,
        "Whether Amazon expects a season in the next three months, in its own word.",
    ),
    Column(
        "low_level_fee_exempt",
        "Exempted from Low-Inventory-Level fee?",
        Kind.TEXT,
        "Whether the SKU is exempt from that fee, in Amazon's own word.",
    ),
    Column(
        "low_level_fee_applied",
        "Low-Inventory-Level fee applied in current week?",
        Kind.TEXT,
        "Whether that fee applies this week, in Amazon's own word.",
    ),
    Column(
        "estimated_storage_cost_amount",
        "estimated-storage-cost-next-month",
        Kind.MONEY,
        "Storage cost Amazon expects for next month.",
    ),
    Column(
        "surcharged_181_to_210_units",
        "quantity-to-be-charged-ais-181-210-days",
        Kind.INTEGER,
        "Units aged 181 to 210 days that the aged-inventory surcharge will hit.",
    ),
    Column(
        "surcharged_211_to_240_units",
        "quantity-to-be-charged-ais-211-240-days",
        Kind.INTEGER,
        "Units aged 211 to 240 days that the aged-inventory surcharge will hit.",
    ),
    Column(
        "surcharged_241_to_270_units",
        "quantity-to-be-charged-ais-241-270-days",
        Kind.INTEGER,
        "Units aged 241 to 270 days that the aged-inventory surcharge will hit.",
    ),
    Column(
        "surcharged_271_to_300_units",
        "quantity-to-be-charged-ais-271-300-days",
        Kind.INTEGER,
        "Units aged 271 to 300 days that the aged-inventory surcharge will hit.",
    ),
    Column(
        "surcharged_301_to_330_units",
        "quantity-to-be-charged-ais-301-330-days",
        Kind.INTEGER,
        "Units aged 301 to 330 days that the aged-inventory surcharge will hit.",
    ),
    Column(
        "surcharged_331_to_365_units",
        "quantity-to-be-charged-ais-331-365-days",
        Kind.INTEGER,
        "Units aged 331 to 365 days that the aged-inventory surcharge will hit.",
    ),
    Column(
        "surcharged_366_to_455_units",
        "quantity-to-be-charged-ais-366-455-days",
        Kind.INTEGER,
        "Units aged 366 to 455 days that the aged-inventory surcharge will hit.",
    ),
    Column(
        "surcharged_456_plus_units",
        "quantity-to-be-charged-ais-456-plus-days",
        Kind.INTEGER,
        "Units aged 456 days or more that the aged-inventory surcharge will hit.",
    ),
    Column(
        "surcharged_365_plus_units",
        "quantity-to-be-charged-ais-365-plus-days",
        Kind.INTEGER,
        "Units older than a year that the surcharge will hit; the older layout.",
    ),
    Column(
        "surcharge_181_to_210_amount",
        "estimated-ais-181-210-days",
        Kind.MONEY,
        "Aged-inventory surcharge expected for units aged 181 to 210 days.",
    ),
    Column(
        "surcharge_211_to_240_amount",
        "estimated-ais-211-240-days",
        Kind.MONEY,
        "Aged-inventory surcharge expected for units aged 211 to 240 days.",
    ),
    Column(
        "surcharge_241_to_270_amount",
        "estimated-ais-241-270-days",
        Kind.MONEY,
        "Aged-inventory surcharge expected for units aged 241 to 270 days.",
    ),
    Column(
        "surcharge_271_to_300_amount",
        "estimated-ais-271-300-days",
        Kind.MONEY,
        "Aged-inventory surcharge expected for units aged 271 to 300 days.",
    ),
    Column(
        "surcharge_301_to_330_amount",
        "estimated-ais-301-330-days",
        Kind.MONEY,
        "Aged-inventory surcharge expected for units aged 301 to 330 days.",
    ),
    Column(
        "surcharge_331_to_365_amount",
        "estimated-ais-331-365-days",
        Kind.MONEY,
        "Aged-inventory surcharge expected for units aged 331 to 365 days.",
    ),
    Column(
        "surcharge_366_to_455_amount",
        "estimated-ais-366-455-days",
        Kind.MONEY,
        "Aged-inventory surcharge expected for units aged 366 to 455 days.",
    ),
    Column(
        "surcharge_456_plus_amount",
        "estimated-ais-456-plus-days",
        Kind.MONEY,
        "Aged-inventory surcharge expected for units aged 456 days or more.",
    ),
    Column(
        "surcharge_365_plus_amount",
        "estimated-ais-365-plus-days",
        Kind.MONEY,
        "Surcharge expected for units older than a year; the older layout.",
    ),
)

INVENTORY_PLANNING = FactTable(
    name="inventory_planning",
    columns=COLUMNS,
    key=("snapshot_on", "sku"),
    replace=Replace.SNAPSHOT,
    scope="snapshot_on",
    row=InventoryPlanningItem,
    title="One SKU's planning numbers on one day",
)

_UNUSED = "no metric needs it"
_CONTEXT = "known from the request"
_DEPRECATED = "withdrawn by Amazon"
LEFT_OUT: Mapping[str, str] = {
    "lowest-price-used": _UNUSED,
    "DEPRECATED healthy-inventory-level": _DEPRECATED,
    "recommended-sale-duration-days": _UNUSED,
    "estimated-cost-savings-of-recommended-actions": _UNUSED,
    "item-volume": _UNUSED,
    "volume-unit-measurement": _UNUSED,
    "storage-volume": _UNUSED,
    "marketplace": _CONTEXT,
    "Last updated date for Historical Days of Supply": _UNUSED,
    "Inventory age snapshot date": _UNUSED,
    "supplier": _UNUSED,
    "season-name": _UNUSED,
    "season-start-date": _UNUSED,
    "season-end-date": _UNUSED,
    "healthy-inventory-level": _UNUSED,
}


_FILE = FlatFile(INVENTORY_PLANNING, LEFT_OUT)

REPORT = Report(
    name="inventory_planning",
    amazon_type="GET_FBA_INVENTORY_PLANNING_DATA",
    title="FBA inventory planning",
    content=Content.TSV,
    tables=(INVENTORY_PLANNING,),
    left_out=LEFT_OUT,
    parse=_FILE.parse,
    stream=_FILE.stream,
)
