"""The currency codes of ISO 4217 that are in use, and the signs that people write for some of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_CODES: Final = """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
    CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR
    ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
    MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD
    SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"""
CURRENCIES: Final = frozenset(_CODES.split())

ALSO: Final[Mapping[str, str]] = {
    "RMB": "CNY",
    "人民币": "CNY",
    "美元": "USD",
    "美金": "USD",
    "欧元": "EUR",
    "英镑": "GBP",
    "日元": "JPY",
    "加元": "CAD",
    "港币": "HKD",
}
"""What people write for a currency beside its code."""

SIGNS: Final[Mapping[str, frozenset[str]]] = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP"}),
    "¥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY", "TWD", "HKD"}),
    "$": frozenset({"USD", "CAD", "MXN", "AUD", "SGD", "HKD", "TWD", "NZD", "BRL"}),
}
"""The sign before or after an amount, and the currencies it can stand for."""


def sign_in(text: str) -> str:
    """Return the currency sign in an amount as written, or nothing."""
    return next((sign for sign in SIGNS if sign in text), "")


def without_sign(text: str) -> str:
    """Return the amount without its currency sign."""
    return text.replace(sign_in(text), "").strip() if sign_in(text) else text
