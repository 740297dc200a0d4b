"""Worksheets of a settlement: what its lines leave, without taxes that only pass through, reserves and transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sellerwatch.metrics.sheets.configured import ratio, tier
from sellerwatch.metrics.sheets.inputs import Input, amount, optional, rows, text
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, total
from sellerwatch.settings.load import Settings

Line = Mapping[str, Any]

TRANSFER: Final = "Transfer"
RESERVES: Final = frozenset({"Current Reserve Amount", "Previous Reserve Amount Balance"})
TAXES: Final = frozenset({"Tax", "ShippingTax", "GiftWrapTax", "TaxDiscount"})
WITHHELD: Final = ("MarketplaceFacilitator", "LowValueGoodsTax")
"""How the other half of a tax begins: Amazon takes it from the buyer, and keeps it for the state."""

REVENUE: Final = frozenset({"Principal", "Shipping", "GiftWrap"})
REVENUE_TYPES: Final = frozenset({"ItemPrice", "Promotion", None})
"""A promotion's lines are negative, and so are a refund's; a line that does not say its type is taken at its description."""

LINES: Final = Input(
    "lines",
    "rows of amount_description and amount; amount_type and transaction_type may be left out",
    rows(
        text("amount_description", "description"),
        amount("amount"),
        optional(text("amount_type")),
        optional(text("transaction_type", "type")),
    ),
    ("settlement", "rows", "settlement_lines"),
)


def _is_left_out(line: Line) -> bool:
    description = line["amount_description"] or ""
    is_tax = description in TAXES or description.startswith(WITHHELD)
    return is_tax or description in RESERVES or TRANSFER in {line["transaction_type"], description}


def _proceeds(lines: Sequence[Line]) -> Quantity:
    return total(line["amount"] for line in lines if not _is_left_out(line))


def _revenue(lines: Sequence[Line]) -> Quantity:
    """Add up what buyers paid for goods and their shipping, less promotions and refunds."""
    return total(
        line["amount"]
        for line in lines
        if line["amount_description"] in REVENUE and line["amount_type"] in REVENUE_TYPES and not _is_left_out(line)
    )


def _profit(proceeds: Quantity, cogs: Quantity, freight: Quantity, overhead: Quantity) -> Quantity:
    return proceeds - cogs - freight - overhead


def _margin(settings: Settings, profit: Quantity, revenue: Quantity) -> Quantity:
    return ratio(settings, "net_margin_pct", profit, revenue, without="no_sales")


SHEETS: Final = (
    Sheet(
        "net_margin_pct",
        "What a settlement's lines leave after goods, freight and running costs",
        (LINES, amount("cogs"), amount("freight"), amount("overhead")),
        (
            cell("net_margin_pct", "%", _margin),
            cell("profit", "currency", _profit),
            cell("proceeds", "currency", _proceeds),
            cell("revenue", "currency", _revenue),
            cell("left_out", "currency", lambda lines: total(line["amount"] for line in lines if _is_left_out(line))),
            cell(
                "tier",
                "yellow, orange or red",
                lambda settings, net_margin_pct: tier(settings, "net_margin_pct", net_margin_pct),
            ),
        ),
        ("proceeds",),
    ),
)
