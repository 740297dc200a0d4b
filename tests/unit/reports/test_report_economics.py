"""Seller economics: every charge counted once, on its SKU and day, and half of the charges never taken for all."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.economics import ECONOMICS_CHARGE, parse

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, tzinfo=UTC))


def usd(amount):
    return {"amount": amount, "currencyCode": "USD"}


def detail(total):
    return {"amount": usd(total), "promotionAmount": usd(0), "taxAmount": usd(0), "totalAmount": usd(total), "quantity": 1}


def charge(total, identifier="f"):
    return {"identifier": identifier, "aggregatedDetail": detail(total)}


def record(**cells):
    return {
        "startDate": "2026-11-20",
        "endDate": "2026-11-20",
        "marketplaceId": US.marketplace.id,
        "msku": "ARM-27",
        "parentAsin": "B0PARENT",
        "sales": {"orderedProductSales": usd(40), "unitsOrdered": 1},
        "netProceeds": {"total": usd(9.5)},
        "fees": [{"feeTypeName": "Referral fees", "charges": [charge(6)]}],
        "ads": [{"adTypeName": "Sponsored Products charge", "charge": detail(2.25)}],
    } | cells


def read(*records):
    return parse("\n".join(map(json.dumps, records)).encode(), US)


def charges(parsed):
    return list(ECONOMICS_CHARGE.rows(parsed.frames["economics_charge"]))


def test_fees_and_advertising_stand_in_one_table_with_the_sku_and_day_of_their_record():
    parsed = read(record(), record(msku="ARM-28", startDate="2026-11-19", endDate="2026-11-19"))

    assert [(row.sold_on, row.msku, row.charge_kind, row.total_amount) for row in charges(parsed)] == [
        (date(2026, 11, 20), "ARM-27", "FEE", Decimal(6)),
        (date(2026, 11, 20), "ARM-27", "AD", Decimal("2.25")),
        (date(2026, 11, 19), "ARM-28", "FEE", Decimal(6)),
        (date(2026, 11, 19), "ARM-28", "AD", Decimal("2.25")),
    ]


def test_net_proceeds_are_sales_less_charges():
    fees = [{"feeTypeName": "Referral fees", "charges": [charge(6)]}, {"feeTypeName": "FBA", "charges": [charge(22.25)]}]

    parsed = read(record(fees=fees))

    (day,) = parsed.frames["economics_day"].itertuples()
    assert day.ordered_product_sales_amount - sum(row.total_amount for row in charges(parsed)) == day.net_proceeds_amount


def test_a_fee_that_comes_twice_on_a_day_is_two_charges():
    fees = [{"feeTypeName": "FBA", "charges": [charge(5), charge(5)]}, {"feeTypeName": "FBA", "charges": [charge(-5)]}]

    parsed = read(record(fees=fees, ads=[]))

    assert [(row.total_amount, row.ordinal) for row in charges(parsed)] == [(5, 1), (5, 2), (-5, 3)]


@pytest.mark.parametrize(
    ("places", "count"),
    [
        ({"charge": charge(6)}, 1),
        ({"charge": charge(6), "charges": []}, 1),
        ({"charge": charge(6), "charges": [charge(6)]}, 1),
        ({"charge": None, "charges": [charge(6), charge(7)]}, 2),
        ({"charge": None, "charges": None}, 0),
    ],
)
def test_the_older_place_of_a_charge_is_never_counted_beside_the_newer(places, count):
    parsed = read(record(fees=[{"feeTypeName": "Referral fees", **places}], ads=[]))

    assert len(charges(parsed)) == count


@pytest.mark.parametrize("missing", ["fees", "ads"])
def test_half_of_the_charges_are_not_taken_for_all(missing):
    parsed = read({name: value for name, value in record().items() if name != missing})

    assert list(parsed.frames) == ["economics_day"]
    assert parsed.notes == (f"charges_left_out: no record has '{missing}'",)


@pytest.mark.parametrize("none", [[], None])
def test_no_charges_are_known_to_be_none(none):
    parsed = read(record(fees=none, ads=none))

    assert len(parsed.frames["economics_charge"]) == 0
    assert parsed.notes == ()


def test_a_record_that_comes_twice_does_not_double_its_charges():
    parsed = read(record(), record())

    assert len(charges(parsed)) == 2
    lost = [("economics_day", 2), ("economics_charge", 2), ("economics_charge", 2)]
    assert [(item.table, item.line) for item in parsed.skipped] == lost


def test_a_record_that_is_set_aside_takes_its_charges_along():
    parsed = read(record(sales={"orderedProductSales": usd("forty"), "unitsOrdered": 1}), record(msku="ARM-28"))

    assert {row.msku for row in charges(parsed)} == {"ARM-28"}
    assert [item.table for item in parsed.skipped] == ["economics_day", "economics_charge", "economics_charge"]
    assert parsed.row_count == 6


def test_components_of_a_fee_are_not_counted_beside_it():
    with_components = charge(6) | {"components": [{"name": "Base", "aggregatedDetail": detail(6)}], "properties": []}

    parsed = read(record(fees=[{"feeTypeName": "FBA", "charges": [with_components]}], ads=[]))

    assert [row.total_amount for row in charges(parsed)] == [6]
    assert parsed.unknown_columns == ()


@pytest.mark.parametrize(
    "stranger",
    [
        {"fees": ["oops"]},
        {"fees": 7},
        {"fees": [{"feeTypeName": "FBA", "charges": ["oops"]}]},
        {"fees": [{"feeTypeName": "FBA", "charges": 7}]},
        {"fees": [{"feeTypeName": "FBA", "charge": True}]},
        {"ads": [7]},
        {"ads": "oops"},
        {"ads": [{"adTypeName": "SP", "charge": 7}]},
    ],
)
def test_a_charge_that_is_none_is_set_aside_with_the_line_of_its_record(stranger):
    parsed = read(record(), record(msku="ARM-28", fees=[], ads=[]) | stranger)

    assert [(item.table, item.line) for item in parsed.skipped] == [("economics_charge", 2)]


def test_a_null_in_place_of_an_amount_for_all_records_is_null_and_does_not_refuse_the_document():
    parsed = read(record(netProceeds={"total": None}))

    assert parsed.frames["economics_day"]["net_proceeds_amount"].isna().all()


@pytest.mark.parametrize(
    "cells", [{"endDate": "2026-11-26"}, {"marketplaceId": "A2EUQ1WTGCTBG2"}, {"netProceeds": {}}, {"sales": 5}]
)
def test_what_would_be_stored_under_another_day_or_place_or_lacks_a_column_is_refused(cells):
    with pytest.raises(DocumentError):
        read(record(**cells))


def test_a_record_without_marketplace_is_of_the_one_asked_for():
    parsed = read({name: value for name, value in record().items() if name not in ("marketplaceId", "endDate")})

    assert len(parsed.frames["economics_day"]) == 1
