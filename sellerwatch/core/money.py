"""Money as whole millionths of a currency unit, so that sums are exact in every database."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

MICROS_PER_UNIT = 1_000_000
_QUANTUM = Decimal("0.000001")
MINOR_DIGITS = {"JPY": 0, "USD": 2, "CAD": 2, "MXN": 2, "BRL": 2, "EUR": 2, "GBP": 2, "SEK": 2, "PLN": 2, "TRY": 2}
"""Digits people expect after the point, by ISO-4217 code; two where a code is not listed."""


def to_micros(amount: Decimal) -> int:
    """Return the amount in millionths; more than six decimals are rounded half to even."""
    return int(amount.quantize(_QUANTUM, rounding=ROUND_HALF_EVEN).scaleb(6))


def from_micros(micros: int) -> Decimal:
    """Return the amount as a Decimal with six decimals."""
    return Decimal(micros).scaleb(-6)


def format_money(amount: Decimal, currency: str) -> str:
    """Return the amount with the digits its currency uses, and the code: ``1,234.50 USD``."""
    digits = MINOR_DIGITS.get(currency, 2)
    # Adding zero turns the minus zero that rounding may leave into zero.
    return f"{round(amount, digits) + 0:,.{digits}f} {currency}"
