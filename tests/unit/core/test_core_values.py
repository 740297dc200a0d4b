"""Ids, money and the marketplaces' table."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sp_api.base import Marketplaces

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.ids import fingerprint, stable_uuid
from sellerwatch.core.marketplaces import BY_CODE, BY_ID, MARKETPLACES, marketplace
from sellerwatch.core.money import MINOR_DIGITS, format_money, from_micros, to_micros

PARTS = st.lists(st.text(max_size=5), max_size=4)


@given(PARTS, PARTS)
def test_only_the_same_parts_have_the_same_fingerprint(one, other):
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)


def test_parts_cannot_run_together():
    assert len({fingerprint("ab", "c"), fingerprint("a", "bc"), fingerprint("abc"), fingerprint("abc", "")}) == 4


def test_fingerprints_and_uuids_are_the_same_for_ever():
    """Stored alerts and messages carry them: a change of either would open every alert a second time."""
    assert fingerprint("a", "b") == "3c9d591045bc8876f9d0399bbfb05c6a412096e906f73278f98406cd5dca86df"
    assert stable_uuid("a", "b") == str(UUID("b0e62e4f-f8a2-5a73-be56-ff49da364c83"))


@given(st.integers(-(10**18), 10**18))
def test_micros_come_back_as_they_went(micros):
    assert to_micros(from_micros(micros)) == micros


@pytest.mark.parametrize(
    ("amount", "micros"),
    [("19.99", 19_990_000), ("0.0000005", 0), ("0.0000015", 2), ("-0.0000025", -2), ("1E+3", 1_000_000_000)],
)
def test_more_than_six_decimals_are_rounded_half_to_even(amount, micros):
    assert to_micros(Decimal(amount)) == micros


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_what_is_no_amount_is_never_stored(amount):
    with pytest.raises((ValueError, InvalidOperation)):
        to_micros(Decimal(amount))


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "USD", "1,234.50 USD"),
        ("1234.5", "JPY", "1,234 JPY"),
        ("-0.001", "EUR", "0.00 EUR"),
        ("-12.345", "GBP", "-12.34 GBP"),
        ("1", "AED", "1.00 AED"),
    ],
)
def test_money_is_shown_with_the_digits_of_its_currency(amount, currency, text):
    assert format_money(Decimal(amount), currency) == text


def test_only_currencies_of_marketplaces_have_digits_of_their_own():
    assert set(MINOR_DIGITS) <= {place.currency for place in MARKETPLACES}
    assert MINOR_DIGITS["JPY"] == 0


def test_the_marketplaces_are_those_of_the_sp_api_client():
    client = {
        "UK" if place.name == "GB" else place.name: (place.marketplace_id, place.endpoint, place.region)
        for place in Marketplaces
    }

    assert {place.code: (place.id, place.host, place.aws_region) for place in MARKETPLACES} == client


def test_marketplaces_are_found_by_code_and_by_id_alone():
    assert len(BY_CODE) == len(BY_ID) == len(MARKETPLACES)
    assert marketplace("UK") is BY_ID["A1F83G8C2ARO7P"]


@pytest.mark.parametrize("place", MARKETPLACES, ids=lambda place: place.code)
def test_every_marketplace_has_a_zone_a_currency_and_a_charset(place):
    assert place.zone == ZoneInfo(place.time_zone)
    assert len(place.currency) == 3
    assert "a".encode(place.charset) == b"a"
    assert place.domain.startswith("Amazon.")


@pytest.mark.parametrize("code", ["GB", "us", "USA", ""])
def test_an_unknown_marketplace_is_refused_with_the_list_of_codes(code):
    with pytest.raises(ConfigError, match=r"\[here\].*US, CA, MX.*SG") as refused:
        marketplace(code, where="here")

    assert repr(code) in str(refused.value)
