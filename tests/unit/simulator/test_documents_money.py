"""Settlements add up and agree with orders, returns, fees, storage and reimbursements shown by the other reports."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.documents.settlement_money import print_amount, print_day, print_instant
from sellerwatch.simulator.ports import Rendered, ReportRequest
from sellerwatch.simulator.world.sellers import SELLERS

SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
FEES = "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA"
STORAGE = "GET_FBA_STORAGE_FEE_CHARGES_DATA"
REIMBURSED = "GET_FBA_REIMBURSEMENTS_DATA"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
MERCHANT = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA"
NIGHT = date(2026, 11, 17)
START = datetime(2026, 10, 19, 8, tzinfo=UTC)
END = START + timedelta(days=14)
PUBLISHED = END + timedelta(hours=12)

HEADERS = {
    SETTLEMENT: (
        "settlement-id|settlement-start-date|settlement-end-date|deposit-date|total-amount|currency|transaction-type|order-id"
        "|merchant-order-id|adjustment-id|shipment-id|marketplace-name|amount-type|amount-description|amount|fulfillment-id"
        "|posted-date|posted-date-time|order-item-code|merchant-order-item-id|merchant-adjustment-item-id|sku"
        "|quantity-purchased|promotion-id"
    ),
    FEES: (
        "sku|fnsku|asin|amazon-store|product-name|product-group|brand|fulfilled-by|your-price|sales-price|longest-side"
        "|median-side|shortest-side|length-and-girth|unit-of-dimension|item-package-weight|unit-of-weight|product-size-tier"
        "|currency|estimated-fee-total|estimated-referral-fee-per-unit|estimated-variable-closing-fee"
        "|estimated-order-handling-fee-per-order|estimated-pick-pack-fee-per-unit|estimated-weight-handling-fee-per-unit"
        "|expected-fulfillment-fee-per-unit"
        "|estimated-future-fee (Current Selling on Amazon + Future Fulfillment fees)"
        "|estimated-future-order-handling-fee-per-order|estimated-future-pick-pack-fee-per-unit"
        "|estimated-future-weight-handling-fee-per-unit|expected-future-fulfillment-fee-per-unit"
    ),
    STORAGE: (
        "asin|fnsku|product_name|fulfillment_center|country_code|longest_side|median_side|shortest_side|measurement_units"
        "|weight|weight_units|item_volume|volume_units|product_size_tier|average_quantity_on_hand"
        "|average_quantity_pending_removal|estimated_total_item_volume|month_of_charge|storage_rate|currency"
        "|estimated_monthly_storage_fee|dangerous_goods_storage_type|eligible_for_inventory_discount"
        "|qualifies_for_inventory_discount|total_incentive_fee_amount|breakdown_incentive_fee_amount"
        "|average_quantity_customer_orders"
    ),
    REIMBURSED: (
        "approval-date|reimbursement-id|case-id|amazon-order-id|reason|sku|fnsku|asin|product-name|condition|currency-unit"
        "|amount-per-unit|amount-total|quantity-reimbursed-cash|quantity-reimbursed-inventory|quantity-reimbursed-total"
        "|original-reimbursement-id|original-reimbursement-type"
    ),
}

Rows = list[dict[str, str]]


def ask(report_type: str, code: str, now: datetime, start=None, end=None, **options: str) -> ReportRequest:
    market = BY_CODE[code]
    seller = next(item for item in SELLERS if market.id in item.marketplace_ids)
    return ReportRequest(seller.seller_id, report_type, (market.id,), start, end, options, now)


def rows(rendered: Rendered, quoting: int = csv.QUOTE_NONE) -> Rows:
    charset = rendered.content_type.partition("charset=")[2].lower()
    text = io.StringIO(rendered.body.decode(charset), newline="")
    return list(csv.DictReader(text, delimiter="\t", quoting=quoting))


def at(code: str, day: date, hours: float) -> datetime:
    return start_of_day(day, BY_CODE[code].zone) + timedelta(hours=hours)


def amount(text: str, code: str = "US") -> Decimal:
    return Decimal(text.replace(".", "").replace(",", ".") if code == "DE" else text)


def total(found: Rows, code: str = "US", **cells: str) -> Decimal:
    names = {name.replace("_", "-"): value for name, value in cells.items()}
    return sum(
        (amount(row["amount"], code) for row in found if all(row[name] == value for name, value in names.items())), Decimal()
    )


@pytest.fixture(scope="module")
def settled(world) -> dict[str, Rows]:
    return {code: rows(world.render(ask(SETTLEMENT, code, PUBLISHED, START, END))) for code in ("US", "DE", "UK")}


@pytest.fixture(scope="module")
def shipped(world) -> dict[str, Rows]:
    """The order lines shipped in the settlement's period."""
    now = END + timedelta(days=1)
    found = {code: rows(world.render(ask(ORDERS, code, now, START, END))) for code in ("US", "DE", "UK")}
    return {code: [row for row in lines if row["order-status"] == "Shipped"] for code, lines in found.items()}


@pytest.mark.parametrize("report_type", HEADERS)
@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_headers_are_amazons_and_rows_have_their_width(world, report_type, code):
    header, *lines, last = world.render(
        ask(report_type, code, PUBLISHED + timedelta(days=9), START - timedelta(days=28), END)
    ).body.split(b"\n")
    assert header.decode() == HEADERS[report_type].replace("|", "\t")
    assert last == b""
    assert lines
    assert {line.count(b"\t") for line in lines} == {header.count(b"\t")}


# --- settlement


@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_details_add_up_to_the_total_to_the_cent(settled, code):
    summary, *details = settled[code]
    assert amount(summary["total-amount"], code) == sum(amount(row["amount"], code) for row in details)
    assert summary["currency"] == BY_CODE[code].currency
    assert {(row["total-amount"], row["currency"], row["settlement-start-date"]) for row in details} == {("", "", "")}
    assert summary["amount"] == summary["transaction-type"] == ""
    assert len({row["settlement-id"] for row in settled[code]}) == 1


@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_principal_is_the_price_of_the_orders_shipped_in_the_period(settled, shipped, code):
    sold: Counter[str] = Counter()
    for row in shipped[code]:
        if row["item-price"] not in {"", "0.00"}:
            sold[row["amazon-order-id"], row["sku"]] += round(float(row["item-price"]) * 100)
    principal: Counter[str] = Counter()
    for row in settled[code]:
        if (row["transaction-type"], row["amount-type"], row["amount-description"]) == ("Order", "ItemPrice", "Principal"):
            principal[row["order-id"], row["sku"]] += int(amount(row["amount"], code) * 100)
    assert sold.total() > 1_000_000
    assert principal == sold


@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_discounts_and_units_are_those_of_the_orders(settled, shipped, code):
    sold = [row for row in shipped[code] if row["item-price"] not in {"", "0.00"}]
    discounts = sum(Decimal(row["item-promotion-discount"] or 0) for row in sold)
    assert -total(settled[code], code, transaction_type="Order", amount_type="Promotion") == discounts > 0
    assert sum(int(row["quantity-purchased"] or 0) for row in settled[code] if row["transaction-type"] == "Order") == sum(
        int(row["quantity"]) for row in sold
    )


def test_tax_is_collected_and_withheld_in_america_and_within_the_price_in_europe(settled, shipped):
    us = settled["US"]
    tax = total(us, transaction_type="Order", amount_description="Tax")
    assert tax == -total(us, transaction_type="Order", amount_type="ItemWithheldTax")
    assert tax == sum(Decimal(row["item-tax"] or 0) for row in shipped["US"])
    assert {row["amount-description"] for row in settled["DE"]} & {"Tax", "MarketplaceFacilitatorTax-Principal"} == set()


def test_fees_of_single_units_are_the_estimated_ones(world, settled):
    estimated = {row["sku"]: row for row in rows(world.render(ask(FEES, "US", PUBLISHED)))}
    by_item: dict[str, dict[str, str]] = {}
    for row in settled["US"]:
        if row["transaction-type"] == "Order" and row["marketplace-name"] == "Amazon.com":
            item = by_item.setdefault(row["order-item-code"], {"sku": row["sku"], "quantity": "", "Promotion": ""})
            item[row["amount-description"] if row["amount-type"] != "Promotion" else "Promotion"] = row["amount"]
            item["quantity"] = item["quantity"] or row["quantity-purchased"]
    plain = [
        item for item in by_item.values() if item["quantity"] == "1" and not item["Promotion"] and item["sku"] in estimated
    ]
    assert len(plain) > 1000
    for item in plain:
        fees = estimated[item["sku"]]
        assert Decimal(item["Commission"]) == -Decimal(fees["estimated-referral-fee-per-unit"])
        assert Decimal(item["FBAPerUnitFulfillmentFee"]) == -Decimal(fees["expected-fulfillment-fee-per-unit"])


def test_merchant_orders_pay_no_fulfilment_and_outside_orders_nothing_else(settled, shipped):
    merchant = {row["amazon-order-id"] for row in shipped["US"] if row["fulfillment-channel"] == "Merchant"}
    outside = {row["amazon-order-id"] for row in shipped["US"] if row["sales-channel"] == "Non-Amazon"}
    kinds: dict[str, set[str]] = {"merchant": set(), "outside": set()}
    for row in settled["US"]:
        if row["transaction-type"] == "Order" and row["order-id"] in merchant | outside:
            kinds["merchant" if row["order-id"] in merchant else "outside"].add(row["amount-description"])
            assert row["fulfillment-id"] == ("MFN" if row["order-id"] in merchant else "AFN")
    assert "FBAPerUnitFulfillmentFee" not in kinds["merchant"]
    assert kinds["outside"] == {"FBAPerUnitFulfillmentFee"}


def test_refunds_are_the_returned_units(world, settled):
    refunded = Counter(
        row["adjustment-id"].rpartition(":")[2]
        for row in settled["US"]
        if row["transaction-type"] == "Refund"
        and row["amount-description"] == "Principal"
        and row["amount-type"] == "ItemPrice"
    )
    now, wide = END + timedelta(days=12), timedelta(days=4)
    fba = {row["license-plate-number"] for row in rows(world.render(ask(RETURNS, "US", now, START - wide, END + wide)))}
    asked = ask(MERCHANT, "US", now, START - timedelta(days=8), END)
    merchant = {row["Amazon RMA ID"][1:10] for row in rows(world.render(asked))}
    assert set(refunded.values()) == {1}
    assert all(plate in fba or plate[-9:] in merchant for plate in refunded)
    assert any(plate not in fba for plate in refunded)


def test_a_refund_gives_back_the_fee_but_for_amazons_part(settled):
    for code in ("US", "DE"):
        given = total(settled[code], code, transaction_type="Refund", amount_description="Commission")
        kept = total(settled[code], code, transaction_type="Refund", amount_description="RefundCommission")
        assert Decimal("0.15") < -kept / given < Decimal("0.25")
        assert total(settled[code], code, transaction_type="Refund", amount_type="ItemPrice") < 0


def test_reserves_pass_from_one_settlement_to_the_next(world, settled):
    after = rows(world.render(ask(SETTLEMENT, "US", PUBLISHED + timedelta(days=14), END, END + timedelta(days=14))))
    held = total(settled["US"], amount_description="Current Reserve Amount")
    assert total(after, amount_description="Previous Reserve Amount Balance") == -held > 0


def test_storage_is_charged_once_and_is_the_storage_report(world):
    start, end = END, END + timedelta(days=14)
    for code in ("US", "DE"):
        found = rows(world.render(ask(SETTLEMENT, code, end + timedelta(hours=12), start, end)))
        october = ask(STORAGE, code, end, at(code, date(2026, 10, 1), 0), at(code, date(2026, 10, 31), 24))
        charged = rows(world.render(october))
        assert {row["month_of_charge"] for row in charged} == {"2026-10"}
        assert -total(found, code, amount_description="Storage Fee") == sum(
            Decimal(row["estimated_monthly_storage_fee"]) for row in charged
        )


def test_reimbursements_are_those_of_their_report(world, settled):
    reported = rows(world.render(ask(REIMBURSED, "US", PUBLISHED, START, END)))
    paid = [row for row in settled["US"] if row["amount-type"] == "FBA Inventory Reimbursement"]
    assert {row["reason"] for row in reported} == {"Damaged_Warehouse", "CustomerReturn"}
    assert {row["amount-description"] for row in paid} == {"WAREHOUSE_DAMAGE", "REVERSAL_REIMBURSEMENT"}
    assert [(row["adjustment-id"], row["sku"], row["amount"]) for row in paid] == [
        (row["reimbursement-id"], row["sku"], row["amount-total"]) for row in reported
    ]


def test_reimbursed_damage_is_in_the_ledger_and_reimbursed_returns_among_the_returns(world):
    now, start, end = at("US", NIGHT, 0), at("US", date(2026, 10, 1), 0), at("US", NIGHT, 0)
    reported = rows(world.render(ask(REIMBURSED, "US", now, start, end)))
    damage = Counter(row["sku"] for row in reported if row["reason"] == "Damaged_Warehouse")
    ledger = ask(LEDGER, "US", now, start - timedelta(days=6), end - timedelta(days=6), aggregatedByTimePeriod="MONTHLY")
    booked: Counter[str] = Counter()
    for row in rows(world.render(ledger), csv.QUOTE_MINIMAL):
        booked[row["MSKU"]] += int(row["Damaged"]) if row["Disposition"] == "WAREHOUSE_DAMAGED" else 0
    assert +booked == damage
    returned = rows(world.render(ask(RETURNS, "US", now, start - timedelta(days=12), end)))
    carriers = {row["order-id"] for row in returned if row["detailed-disposition"] == "CARRIER_DAMAGED"}
    assert {row["amazon-order-id"] for row in reported if row["reason"] == "CustomerReturn"} <= carriers


def test_every_day_of_advertising_is_charged_once(world, settled):
    for code in ("US", "DE", "UK"):
        charged = [row for row in settled[code] if row["amount-type"] == "Cost of Advertising"]
        assert len(charged) == 14
        assert {(row["transaction-type"], row["amount-description"]) for row in charged} == {
            ("ServiceFee", "TransactionTotalAmount")
        }
        assert all(amount(row["amount"], code) < 0 for row in charged)


def test_the_month_brings_subscription_disposal_and_inbound_fees(settled):
    found = {row["amount-description"] for row in settled["US"]}
    assert {"Subscription Fee", "DisposalComplete", "FBAInboundTransportationFee"} <= found


@pytest.mark.parametrize(
    ("code", "day", "instant"),
    [
        ("US", "2026-10-19", "2026-10-19 08:00:00 UTC"),
        ("DE", "19.10.2026", "19.10.2026 08:00:00 UTC"),
        ("UK", "19.10.2026", "19.10.2026 08:00:00 UTC"),
    ],
)
def test_dates_are_written_as_the_currency_demands(settled, code, day, instant):
    assert settled[code][0]["settlement-start-date"] == instant
    assert settled[code][1]["posted-date"] == day
    assert all(row["posted-date-time"].startswith(row["posted-date"]) for row in settled[code][1:])


def test_amounts_are_written_as_the_currency_demands(settled):
    assert print_amount(-123456789, "EUR") == "-1.234.567,89"
    assert print_amount(-123456789, "GBP") == "-1234567.89"
    assert print_amount(5, "EUR") == "0,05"
    assert print_instant(START, "JPY") == "2026/10/19 08:00:00"
    assert print_day(START, "CAD") == "19.10.2026"
    assert "." in settled["DE"][0]["total-amount"]
    assert "," in settled["DE"][0]["total-amount"]


def test_a_period_before_the_world_has_no_settlement(world):
    long_ago = datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert world.render(ask(SETTLEMENT, "US", PUBLISHED, long_ago, long_ago + timedelta(days=14))).status == "CANCELLED"


def test_the_first_settlement_has_nothing_held_back_before_it(world):
    start = datetime(2026, 6, 1, 8, tzinfo=UTC)
    summary, *details = rows(world.render(ask(SETTLEMENT, "US", start + timedelta(days=15), start, start + timedelta(days=14))))
    assert "Previous Reserve Amount Balance" not in {row["amount-description"] for row in details}
    assert Decimal(summary["total-amount"]) == sum(Decimal(row["amount"]) for row in details)
    before = ask(SETTLEMENT, "US", start + timedelta(days=1), start - timedelta(days=14), start)
    assert world.render(before).status == "CANCELLED"


def test_a_settlement_cannot_be_had_before_its_period_ends_or_without_one(world):
    assert world.render(ask(SETTLEMENT, "US", END - timedelta(hours=5), START, END)).status == "FATAL"
    assert world.render(ask(SETTLEMENT, "US", PUBLISHED)).status == "FATAL"


def test_settlements_of_an_account_have_their_own_numbers(settled):
    assert len({settled[code][0]["settlement-id"] for code in settled}) == len(settled)


# --- fee estimates


def test_fee_estimates_add_up_and_take_old_ranges_only(world):
    found = rows(world.render(ask(FEES, "DE", PUBLISHED, PUBLISHED - timedelta(hours=80), PUBLISHED)))
    assert {row["currency"] for row in found} == {"EUR"}
    assert {"Small Standard-Size", "Large Standard-Size", "Small Oversize"} == {row["product-size-tier"] for row in found}
    for row in found:
        parts = Decimal(row["estimated-referral-fee-per-unit"]) + Decimal(row["expected-fulfillment-fee-per-unit"])
        assert Decimal(row["estimated-fee-total"]) == parts
        assert Decimal(row["longest-side"]) > Decimal(row["median-side"]) > Decimal(row["shortest-side"])
        assert row["expected-future-fulfillment-fee-per-unit"] == "--"
    assert world.render(ask(FEES, "DE", PUBLISHED, PUBLISHED - timedelta(hours=60), PUBLISHED)).status == "FATAL"


# --- storage


def test_storage_is_the_average_of_the_mornings_of_the_ledger(world):
    first, last = date(2026, 9, 1), date(2026, 9, 30)
    now = at("UK", date(2026, 10, 20), 0)
    charged = rows(world.render(ask(STORAGE, "UK", now, at("UK", first, 0), at("UK", last, 24))))
    ledger = ask(LEDGER, "UK", now, at("UK", first, 0), at("UK", last, 24), aggregatedByTimePeriod="DAILY")
    units: Counter[str] = Counter()
    for row in rows(world.render(ledger), csv.QUOTE_MINIMAL):
        units[row["FNSKU"]] += int(row["Starting Warehouse Balance"])
    assert len(charged) > 30
    for row in charged:
        assert abs(Decimal(row["average_quantity_on_hand"]) - Decimal(units[row["fnsku"]]) / 30) < Decimal("0.01")
        fee = Decimal(row["item_volume"]) * Decimal(row["average_quantity_on_hand"]) * Decimal(row["storage_rate"])
        assert abs(Decimal(row["estimated_monthly_storage_fee"]) - fee) <= Decimal("0.005")


@pytest.mark.parametrize(("day", "months"), [(7, {"2026-09"}), (8, {"2026-09", "2026-10"})])
def test_a_month_of_storage_can_be_had_from_the_eighth(world, day, months):
    now = at("US", date(2026, 11, day), 6)
    found = rows(world.render(ask(STORAGE, "US", now, at("US", date(2026, 9, 2), 0), now)))
    assert {row["month_of_charge"] for row in found} == months
