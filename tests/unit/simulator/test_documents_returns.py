"""Returned units belong to real orders, and Amazon's advice on restocking agrees with its other stock reports."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, start_of_day
from sellerwatch.simulator.ports import Rendered, ReportRequest
from sellerwatch.simulator.world import returns
from sellerwatch.simulator.world.books import WorldBooks
from sellerwatch.simulator.world.catalogue import build_world
from sellerwatch.simulator.world.ordinary_plans import ordinary_plans
from sellerwatch.simulator.world.scripted_plans import story_plans
from sellerwatch.simulator.world.sellers import SELLERS

RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
RESTOCK = "GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
STOCK = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
PLANNING = "GET_FBA_INVENTORY_PLANNING_DATA"
MERCHANT = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
NIGHT = date(2026, 11, 17)

HEADERS = {
    RETURNS: (
        "return-date|order-id|sku|asin|fnsku|product-name|quantity|fulfillment-center-id|detailed-disposition|reason|status"
        "|license-plate-number|customer-comments"
    ),
    RESTOCK: (
        "Country|Product Name|FNSKU|Merchant SKU|ASIN|Condition|Supplier|Supplier part no.|Currency code|Price"
        "|Sales last 30 days|Units Sold Last 30 Days|Total Units|Inbound|Available|FC transfer|FC Processing|Customer Order"
        "|Unfulfillable|Working|Shipped|Receiving|Fulfilled by|Total Days of Supply (including units from open shipments)"
        "|Days of Supply at Amazon Fulfillment Network|Alert|Recommended replenishment qty|Recommended ship date"
        "|Recommended action|Unit storage size"
    ),
    MERCHANT: (
        "Order ID|Order date|Return request date|Return request status|Amazon RMA ID|Merchant RMA ID|Label type|Label cost"
        "|Currency code|Return carrier|Tracking ID|Label to be paid by|A-to-Z Claim|Is prime|ASIN|Merchant SKU|Item Name"
        "|Return quantity|Return Reason|In policy|Return type|Resolution|Invoice number|Return delivery date|Order Amount"
        "|Order quantity|SafeT Action reason|SafeT claim id|SafeT claim state|SafeT claim creation time"
        "|SafeT claim reimbursement amount|Refunded Amount|Order Item ID"
    ),
}


def ask(report_type: str, code: str, now: datetime, start=None, end=None, **options: str) -> ReportRequest:
    market = BY_CODE[code]
    seller = next(item for item in SELLERS if market.id in item.marketplace_ids)
    return ReportRequest(seller.seller_id, report_type, (market.id,), start, end, options, now)


def rows(rendered: Rendered) -> list[dict[str, str]]:
    charset = rendered.content_type.partition("charset=")[2].lower()
    text = io.StringIO(rendered.body.decode(charset), newline="")
    return list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))


def at(code: str, day: date, hours: float) -> datetime:
    return start_of_day(day, BY_CODE[code].zone) + timedelta(hours=hours)


@pytest.fixture(scope="module")
def books() -> WorldBooks:
    return WorldBooks([*story_plans(), *ordinary_plans(7)], 7)


@pytest.fixture(scope="module")
def us_returns(world) -> list[dict[str, str]]:
    return rows(world.render(ask(RETURNS, "US", at("US", NIGHT, 6), at("US", NIGHT, -24 * 28), at("US", NIGHT, 0))))


@pytest.fixture(scope="module")
def us_orders(world) -> dict[tuple[str, str], list[dict[str, str]]]:
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for start in (60, 30):
        request = ask(ORDERS, "US", at("US", NIGHT, 6), at("US", NIGHT, -24 * start), at("US", NIGHT, -24 * (start - 30)))
        for row in rows(world.render(request)):
            found.setdefault((row["amazon-order-id"], row["sku"]), []).append(row)
    return found


@pytest.mark.parametrize("report_type", HEADERS)
def test_headers_are_amazons_and_rows_have_their_width(world, report_type):
    for code in ("US", "DE"):
        now = at(code, NIGHT, 6)
        header, *lines, last = world.render(ask(report_type, code, now, now - timedelta(days=60), now)).body.split(b"\n")
        assert header.decode() == HEADERS[report_type].replace("|", "\t")
        assert last == b""
        assert lines
        assert {line.count(b"\t") for line in lines} == {header.count(b"\t")}


# --- FBA returns


def test_returned_units_were_ordered_before_and_never_more_than_were_bought(us_returns, us_orders):
    returned = Counter((row["order-id"], row["sku"]) for row in us_returns)
    assert len(us_returns) > 200
    for row in us_returns:
        lines = us_orders[row["order-id"], row["sku"]]
        assert row["return-date"] > lines[0]["last-updated-date"]
        assert row["asin"] == lines[0]["asin"]
        assert {line["order-status"] for line in lines} == {"Shipped"}
    assert all(units <= sum(int(line["quantity"]) for line in us_orders[key]) for key, units in returned.items())


def test_the_same_request_gives_the_same_bytes_in_any_order_of_calls():
    now = at("DE", NIGHT, 6)
    settled = datetime.fromisoformat("2026-10-19T08:00:00+00:00")
    requests = [
        ask(RETURNS, "DE", now, now - timedelta(days=20), now),
        ask("GET_LEDGER_SUMMARY_VIEW_DATA", "DE", now, now - timedelta(days=20), now, aggregatedByTimePeriod="DAILY"),
        ask("GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2", "DE", now, settled, settled + timedelta(days=14)),
        ask("GET_SELLER_FEEDBACK_DATA", "UK", now, now - timedelta(days=40), now),
        ask("GET_V2_SELLER_PERFORMANCE_REPORT", "DE", now),
    ]
    forward, backward = build_world(), build_world()
    assert [forward.render(item) for item in requests] == [backward.render(item) for item in reversed(requests)][::-1]


@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_as_many_units_are_matched_as_the_stock_took_back(books, code):
    market = BY_CODE[code]
    for day in Days(date(2026, 10, 1), date(2026, 11, 5)):
        units = books.returns(market, day)
        stocks = {item.sku: books.history(item, day)[-1] for item in books.listings(market, day)}
        returned = Counter(unit.fate.listing.sku for unit in units)
        sellable = Counter(unit.fate.listing.sku for unit in units if unit.fate.is_sellable)
        assert returned == Counter({sku: stock.returned for sku, stock in stocks.items() if stock.returned})
        assert sellable == Counter({sku: stock.returned_sellable for sku, stock in stocks.items() if stock.returned_sellable})
        assert all(unit.line.listing is unit.fate.listing for unit in units)


def test_ordinary_sales_are_returned_first(books):
    kinds = Counter(unit.line.order.kind for day in Days(date(2026, 9, 1), NIGHT) for unit in books.returns(BY_CODE["US"], day))
    assert kinds["sale"] > 100 * (kinds["replacement"] + kinds["off_amazon"])


def test_reasons_and_states_are_amazons_words(us_returns):
    assert {row["detailed-disposition"] for row in us_returns} == set(returns.REASONS)
    assert all(row["reason"] in returns.REASONS[row["detailed-disposition"]] for row in us_returns)
    assert returns.DAMAGE_SHARES[-1][0] == 1.0
    assert {row["status"] for row in us_returns} == {"Unit returned to inventory", "Reimbursed"}
    assert any(row["customer-comments"] for row in us_returns)
    assert {row["quantity"] for row in us_returns} == {"1"}


def test_plates_name_one_unit(us_returns):
    assert len({row["license-plate-number"] for row in us_returns}) == len(us_returns)


def test_a_few_returns_come_back_under_a_later_date(world):
    # given
    start, first, later = at("US", NIGHT, -24 * 12), at("US", NIGHT, -24 * 9), at("US", NIGHT, 6)
    before = {row["license-plate-number"]: row for row in rows(world.render(ask(RETURNS, "US", first, start, first)))}
    # when
    after = {row["license-plate-number"]: row for row in rows(world.render(ask(RETURNS, "US", later, start, later)))}
    # then
    moved = [plate for plate, row in before.items() if after[plate]["return-date"] != row["return-date"]]
    assert 0 < len(moved) < len(before) / 5
    assert all(after[plate]["return-date"] > before[plate]["return-date"] for plate in moved)
    assert all({**after[plate], "return-date": ""} == {**before[plate], "return-date": ""} for plate in before)


def test_nothing_is_returned_after_the_report_is_made(world):
    now = at("DE", NIGHT, 6)
    found = rows(world.render(ask(RETURNS, "DE", now, now - timedelta(days=30), now + timedelta(days=5))))
    assert found
    assert max(row["return-date"] for row in found) < now.isoformat()


def test_a_window_that_ends_before_it_starts_has_no_rows(world):
    now = at("DE", NIGHT, 6)
    assert world.render(ask(RETURNS, "DE", now, now, now - timedelta(days=9))).body.count(b"\n") == 1


def test_german_comments_are_german_and_in_the_files_character_set(world):
    now = at("DE", NIGHT, 6)
    rendered = world.render(ask(RETURNS, "DE", now, now - timedelta(days=60), now))
    assert rendered.content_type == "text/plain;charset=Cp1252"
    assert {"Gefällt mir nicht", "Karton war zerdrückt", "Falsche Größe bestellt"} & {
        row["customer-comments"] for row in rows(rendered)
    }


# --- restock


@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_restock_counts_are_those_of_the_inventory_report(world, code):
    now = at(code, NIGHT, 6)
    stock = {row["sku"]: row for row in rows(world.render(ask(STOCK, code, now)))}
    found = rows(world.render(ask(RESTOCK, code, now)))
    assert [row["Merchant SKU"] for row in found] == list(stock)
    for row in found:
        other = stock[row["Merchant SKU"]]
        assert row["Available"] == other["afn-fulfillable-quantity"]
        assert row["Customer Order"] == other["afn-reserved-quantity"]
        assert row["Unfulfillable"] == other["afn-unsellable-quantity"]
        assert row["Total Units"] == other["afn-total-quantity"]
        assert int(row["Inbound"]) == sum(int(row[part]) for part in ("Working", "Shipped", "Receiving"))
        assert row["Receiving"] == other["afn-inbound-receiving-quantity"]


def test_restock_units_sold_are_those_of_planning(world):
    now = at("US", NIGHT, 6)
    planning = {row["sku"]: row for row in rows(world.render(ask(PLANNING, "US", now)))}
    found = {row["Merchant SKU"]: row for row in rows(world.render(ask(RESTOCK, "US", now)))}
    for sku, row in planning.items():
        assert row["units-shipped-t30"] == found[sku]["Units Sold Last 30 Days"]
        assert row["days-of-supply"] in {"", found[sku]["Days of Supply at Amazon Fulfillment Network"]}


def test_restock_knows_sold_out_low_and_overstocked_listings(world):
    found = {row["Merchant SKU"]: row for row in rows(world.render(ask(RESTOCK, "US", at("US", NIGHT, 6))))}
    assert found["CR-FIREPIT-24"]["Alert"] == "out_of_stock"
    assert found["CR-FIREPIT-24"]["Days of Supply at Amazon Fulfillment Network"] == "0"
    assert found["CR-KETTLE-17"]["Alert"] == "low_stock"
    assert {row["Alert"] for row in found.values()} == {"", "low_stock", "out_of_stock"}
    assert {row["Recommended action"] for row in found.values()} == {
        "Create shipping plan",
        "No action required",
        "Create sale",
    }
    unsold = [row for row in found.values() if row["Units Sold Last 30 Days"] == "0"]
    assert unsold
    assert all(row["Total Days of Supply (including units from open shipments)"] == "" for row in unsold)
    assert all(
        bool(row["Recommended ship date"]) == (row["Recommended replenishment qty"] not in {"", "0"}) for row in found.values()
    )


# --- merchant returns


def test_merchant_returns_are_requested_for_merchant_orders(world, us_orders):
    now = at("US", NIGHT, 6)
    found = rows(world.render(ask(MERCHANT, "US", now, now - timedelta(days=30), now)))
    assert len(found) > 5
    for row in found:
        lines = us_orders[row["Order ID"], row["Merchant SKU"]]
        assert {line["fulfillment-channel"] for line in lines} == {"Merchant"}
        assert row["Order quantity"] in {line["quantity"] for line in lines}
        assert row["Order Amount"] in {line["item-price"] for line in lines}
        assert row["Return Reason"].startswith("CR-")
    assert len({row["Order Item ID"] for row in found}) == len(found)


def test_a_request_is_refunded_when_the_unit_is_back(world):
    # given
    first, later = at("US", NIGHT, 6), at("US", NIGHT + timedelta(days=7), 6)
    start = first - timedelta(days=20)
    before = {row["Amazon RMA ID"]: row for row in rows(world.render(ask(MERCHANT, "US", first, start, first)))}
    # when
    after = {row["Amazon RMA ID"]: row for row in rows(world.render(ask(MERCHANT, "US", later, start, first)))}
    # then
    assert set(before) == set(after)
    assert {row["Return request status"] for row in before.values()} == {"Approved", "Completed"}
    assert {row["Return request status"] for row in after.values()} == {"Completed"}
    assert all(bool(row["Refunded Amount"]) == bool(row["Return delivery date"]) for row in before.values())
    assert all(row["Refunded Amount"] for row in after.values())


def test_a_seller_without_merchant_orders_gets_the_header_alone_and_a_long_range_none(world):
    now = at("UK", NIGHT, 6)
    assert world.render(ask(MERCHANT, "UK", now, now - timedelta(days=60), now)).body.count(b"\n") == 1
    assert world.render(ask(MERCHANT, "US", now, now - timedelta(days=61), now)).status == "FATAL"
