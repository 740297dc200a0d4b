"""Numbers and money as each language writes them, by the locale data of Babel; what is not known is said so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Final

from babel.numbers import (
    NumberPattern,
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    parse_pattern,
)

from sellerwatch.messages.blocks import Language
from sellerwatch.messages.wording import LOCALES

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"unknown": "unknown", "under": "under {smallest}", "below_zero": "just below 0"},
    "zh": {"unknown": "未知", "under": "不到 {smallest}", "below_zero": "略低于 0"},
}
"""What is said in the place of a number. A test walks it."""

Limits = Sequence[float]

_MOST_DECIMALS: Final = 6

_WHOLE_MONEY: Final = parse_pattern("¤#,##0;-¤#,##0")

_NO_DECIMALS_FROM: Final = 100
_SECOND_DECIMAL_BELOW: Final = 10
"""Rates and ratios are small, and their limits stand close together."""


def number(value: float | None, language: Language = "en", *, digits: int = 1, apart: Limits = ()) -> str:
    """Return a number as people read it: no needless decimals, thousands apart, and nothing that is not zero as zero.

    Args:
        value: the number.
        language: whose habits to follow.
        digits: decimals; none from a hundred on.
        apart: limits that it is held against; it has as many decimals more as tell on which side of each it lies.
    """
    if value is None:
        return WORDS[language]["unknown"]
    if value and round(value, digits) == 0:
        smallest = _decimal(10.0**-digits, language, digits)
        return WORDS[language]["under"].format(smallest=smallest) if value > 0 else WORDS[language]["below_zero"]
    least = 0 if abs(value) >= _NO_DECIMALS_FROM else digits
    telling = (more for more in range(least, _MOST_DECIMALS + 1) if _is_told_apart(value, more, apart))
    return _decimal(value, language, next(telling, least))


def _is_told_apart(value: float, digits: int, limits: Limits) -> bool:
    shown = round(value, digits)
    return all((value > limit, value < limit) == (shown > limit, shown < limit) for limit in limits)


def ratio(value: float | None, language: Language = "en", *, apart: Limits = ()) -> str:
    """Return a ratio, with a second decimal where it is small."""
    is_small = value is not None and abs(value) < _SECOND_DECIMAL_BELOW
    return number(value, language, digits=2 if is_small else 1, apart=apart)


def percent(value: float | None, language: Language = "en", *, apart: Limits = ()) -> str:
    """Return a percentage; 12.5 is 12.5 %."""
    return ratio(value, language) if value is None else f"{ratio(value, language, apart=apart)}%"


def is_one(value: float | None) -> bool:
    """Tell whether a number is written as 1, so that its noun stands alone."""
    return value is not None and number(value) == "1"


def money(amount: Decimal | float | None, currency: str | None, language: Language = "en", *, is_rough: bool = False) -> str:
    """Return an amount with its currency's sign and digits; a rough one in whole units of its currency."""
    if amount is None:
        return WORDS[language]["unknown"]
    exact = Decimal(str(amount))
    if not currency:
        return _decimal(float(exact), language, 2)
    pattern = _WHOLE_MONEY if is_rough and (not exact or abs(exact) >= 1) else None
    return str(format_currency(exact, currency, pattern, locale=LOCALES[language], currency_digits=pattern is None))


def compact(value: float, currency: str | None = None, language: Language = "en") -> str:
    """Return a large number in few letters, for where there is no room: 1.5M, or 150万."""
    if currency:
        return str(format_compact_currency(value, currency, locale=LOCALES[language], fraction_digits=1))
    return str(format_compact_decimal(value, locale=LOCALES[language], fraction_digits=1))


def _decimal(value: float, language: Language, digits: int) -> str:
    # Rounded here, from the exact binary value; Babel would round the shortest text that stands for it.
    return str(format_decimal(round(value, digits), _pattern(digits), locale=LOCALES[language]))


@cache
def _pattern(digits: int) -> NumberPattern:
    return parse_pattern(f"#,##0.{'#' * digits}" if digits else "#,##0")
