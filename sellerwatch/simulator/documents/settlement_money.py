"""How a settlement prints instants and amounts, which depends on its currency alone."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from sellerwatch.simulator.documents.flat_file import money

ISO_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S UTC")
DOTTED_DATES = ("%d.%m.%Y", "%d.%m.%Y %H:%M:%S UTC")
DATE_FORMATS = {"USD": ISO_DATES, "JPY": ("%Y/%m/%d", "%Y/%m/%d %H:%M:%S")}
"""Formats of a day and of an instant per currency; every other currency has the dotted ones."""

COMMA_CURRENCIES = frozenset({"EUR", "SEK", "PLN", "TRY", "BRL"})
"""Currencies whose amounts read 1.234,56; the others have no thousands separator and a point."""

REMEMBERED = 64
"""Instants whose text is kept: the amounts of one order line stand side by side and share theirs."""


@lru_cache(maxsize=REMEMBERED)
def print_day(instant: datetime, currency: str) -> str:
    """Return the instant's day in UTC."""
    return instant.astimezone(UTC).strftime(DATE_FORMATS.get(currency, DOTTED_DATES)[0])


@lru_cache(maxsize=REMEMBERED)
def print_instant(instant: datetime, currency: str) -> str:
    """Return the instant in UTC."""
    return instant.astimezone(UTC).strftime(DATE_FORMATS.get(currency, DOTTED_DATES)[1])


def print_amount(cents: int, currency: str) -> str:
    """Return the amount."""
    if currency not in COMMA_CURRENCIES:
        return money(cents)
    whole, rest = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", ".")
    return f"{'-' if cents < 0 else ''}{grouped},{rest:02d}"
