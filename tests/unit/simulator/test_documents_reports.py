"""Each rendered document looks the way Amazon's does: header, encoding, line ends, habits."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.documents.flat_file import flat_file, money
from sellerwatch.simulator.documents.inventory_planning import AGE_BUCKETS, SURCHARGES
from sellerwatch.simulator.documents.rendering import RENDERERS
from sellerwatch.simulator.ports import Rendered, ReportRequest
from sellerwatch.simulator.world.sellers import ALPINE, CASCADE, SELLERS

ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
UPDATES = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
PLANNING = "GET_FBA_INVENTORY_PLANNING_DATA"
STOCK = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
NIGHT = date(2026, 11, 17)

HEADERS = {
    ORDERS: (
        "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel"
        "\tsales-channel\torder-channel\tship-service-level\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency"
        "\titem-price\titem-tax\tshipping-price\tshipping-tax\tgift-wrap-price\tgift-wrap-tax\titem-promotion-discount"
        "\tship-promotion-discount\tship-city\tship-state\tship-postal-code\tship-country\tpromotion-ids\tcpf"
        "\tis-business-order\tpurchase-order-number\tprice-designation\tsignature-confirmation-recommended"
    ),
    UPDATES: (
        "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel"
        "\tsales-channel\torder-channel\tship-service-level\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency"
        "\titem-price\titem-tax\tshipping-price\tshipping-tax\tgift-wrap-price\tgift-wrap-tax\titem-promotion-discount"
        "\tship-promotion-discount\tship-city\tship-state\tship-postal-code\tship-country\tpromotion-ids\tcpf"
        "\tis-business-order\tpurchase-order-number\tprice-designation\tsignature-confirmation-recommended"
    ),
    STOCK: (
        "sku\tfnsku\tasin\tproduct-name\tcondition\tyour-price\tmfn-listing-exists\tmfn-fulfillable-quantity"
        "\tafn-listing-exists\tafn-warehouse-quantity\tafn-fulfillable-quantity\tafn-unsellable-quantity"
        "\tafn-reserved-quantity\tafn-total-quantity\tper-unit-volume\tafn-inbound-working-quantity"
        "\tafn-inbound-shipped-quantity\tafn-inbound-receiving-quantity\tafn-researching-quantity"
        "\tafn-reserved-future-supply\tafn-future-supply-buyable\tstore"
    ),
    PLANNING: (
        "snapshot-date\tsku\tfnsku\tasin\tproduct-name\tcondition\tavailable\tpending-removal-quantity"
        "\tinv-age-0-to-90-days\tinv-age-91-to-180-days\tinv-age-181-to-270-days\tinv-age-271-to-365-days"
        "\tinv-age-366-to-455-days\tinv-age-456-plus-days\tcurrency\tunits-shipped-t7\tunits-shipped-t30"
        "\tunits-shipped-t60\tunits-shipped-t90\talert\tyour-price\tsales-price\tlowest-price-new-plus-shipping"
        "\tlowest-price-used\trecommended-action\tDEPRECATED healthy-inventory-level\trecommended-sales-price"
        "\trecommended-sale-duration-days\trecommended-removal-quantity\testimated-cost-savings-of-recommended-actions"
        "\tsell-through\titem-volume\tvolume-unit-measurement\tstorage-type\tstorage-volume\tmarketplace\tproduct-group"
        "\tsales-rank\tdays-of-supply\testimated-excess-quantity\tweeks-of-cover-t30\tweeks-of-cover-t90"
        "\tfeaturedoffer-price\tsales-shipped-last-7-days\tsales-shipped-last-30-days\tsales-shipped-last-60-days"
        "\tsales-shipped-last-90-days\tinv-age-0-to-30-days\tinv-age-31-to-60-days\tinv-age-61-to-90-days"
        "\tinv-age-181-to-330-days\tinv-age-331-to-365-days\testimated-storage-cost-next-month\tinbound-quantity"
        "\tinbound-working\tinbound-shipped\tinbound-received\tno-sale-last-6-months\tTotal Reserved Quantity"
        "\tunfulfillable-quantity\tquantity-to-be-charged-ais-181-210-days\testimated-ais-181-210-days"
        "\tquantity-to-be-charged-ais-211-240-days\testimated-ais-211-240-days\tquantity-to-be-charged-ais-241-270-days"
        "\testimated-ais-241-270-days\tquantity-to-be-charged-ais-271-300-days\testimated-ais-271-300-days"
        "\tquantity-to-be-charged-ais-301-330-days\testimated-ais-301-330-days\tquantity-to-be-charged-ais-331-365-days"
        "\testimated-ais-331-365-days\tquantity-to-be-charged-ais-366-455-days\testimated-ais-366-455-days"
        "\tquantity-to-be-charged-ais-456-plus-days\testimated-ais-456-plus-days\thistorical-days-of-supply"
        "\tfba-minimum-inventory-level\tfba-inventory-level-health-status\tRecommended ship-in quantity"
        "\tRecommended ship-in date\tLast updated date for Historical Days of Supply"
        "\tExempted from Low-Inventory-Level fee?\tLow-Inventory-Level fee applied in current week?"
        "\tShort term historical days of supply\tLong term historical days of supply\tInventory age snapshot date"
        "\tInventory Supply at FBA\tReserved FC Transfer\tReserved FC Processing\tReserved Customer Order"
        "\tTotal Days of Supply (including units from open shipments)\tsupplier\tis-seasonal-in-next-3-months"
        "\tseason-name\tseason-start-date\tseason-end-date"
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


def utc(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.fixture(scope="module")
def us_orders(world) -> list[dict[str, str]]:
    return rows(world.render(ask(ORDERS, "US", at("US", NIGHT, 5.5), at("US", NIGHT, -24 * 20), at("US", NIGHT, 5.5))))


@pytest.fixture(scope="module")
def us_planning(world) -> dict[str, dict[str, str]]:
    return {row["sku"]: row for row in rows(world.render(ask(PLANNING, "US", at("US", NIGHT, 5.5))))}


# --- flat files: shape


@pytest.mark.parametrize("report_type", HEADERS)
@pytest.mark.parametrize("code", ["US", "DE"])
def test_flat_files_carry_amazons_header_and_rows_of_its_width(world, report_type, code):
    body = world.render(ask(report_type, code, at(code, NIGHT, 5.5), at(code, NIGHT, -24), at(code, NIGHT, 0))).body
    line_end = b"\r\n" if report_type in {ORDERS, UPDATES} else b"\n"
    header, *lines, last = body.split(line_end)
    assert header.decode() == HEADERS[report_type]
    assert last == b""
    assert len(lines) > 40
    assert {line.count(b"\t") for line in lines} == {header.count(b"\t")}
    assert line_end == b"\r\n" or b"\r" not in body


@pytest.mark.parametrize(
    ("report_type", "code", "content_type"),
    [
        (ORDERS, "US", "text/plain;charset=UTF-8"),
        (UPDATES, "DE", "text/plain;charset=Cp1252"),
        (STOCK, "US", "text/plain;charset=Cp1252"),
        (STOCK, "UK", "text/plain;charset=Cp1252"),
        (PLANNING, "US", "text/plain;charset=UTF-8"),
        (PLANNING, "DE", "text/plain;charset=Cp1252"),
        (TRAFFIC, "DE", "application/json;charset=UTF-8"),
    ],
)
def test_content_types_name_the_character_set_in_use(world, report_type, code, content_type):
    rendered = world.render(ask(report_type, code, at(code, NIGHT, 5.5), at(code, NIGHT, -72), at(code, NIGHT, 0)))
    assert rendered.status == "DONE"
    assert rendered.content_type == content_type


def test_cp1252_keeps_umlauts_and_loses_what_it_does_not_know(world):
    body = world.render(ask(STOCK, "DE", at("DE", NIGHT, 5.5))).body
    assert "Kräutermühle".encode("cp1252") in body
    assert "Thermosflasche ? 24 h heiß".encode("cp1252") in body


def test_titles_keep_their_raw_quotes(us_orders):
    assert any(row["product-name"] == 'Cascade Skillet, 12" wide' for row in us_orders)


def test_a_flat_file_without_rows_is_its_header():
    assert flat_file(("a", "b"), [], charset="utf-8", line_end="\n").body == b"a\tb\n"
    assert money(5) == "0.05"


# --- what cannot be rendered


def test_an_unknown_type_is_fatal_and_named_in_the_text(world):
    rendered = world.render(ask("GET_MOON_PHASES", "US", at("US", NIGHT, 5)))
    assert rendered.status == "FATAL"
    assert b"GET_MOON_PHASES" in rendered.body


@pytest.mark.parametrize("marketplace_ids", [(), (BY_CODE["DE"].id,)])
def test_a_marketplace_the_seller_does_not_have_is_fatal(world, marketplace_ids):
    request = ReportRequest(CASCADE.seller_id, STOCK, marketplace_ids, None, None, {}, at("US", NIGHT, 5))
    assert world.render(request).status == "FATAL"


NEEDS_MORE = {
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
    "GET_PROMOTION_PERFORMANCE_REPORT",
    "GET_COUPON_PERFORMANCE_REPORT",
    "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT",
    "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT",
    "GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT",
}
"""Report types that cannot be answered without a period or options."""


@pytest.mark.parametrize("report_type", RENDERERS)
def test_every_report_type_renders_without_dates_or_says_what_it_needs(world, report_type):
    rendered = world.render(ask(report_type, "UK", at("UK", NIGHT, 5.5)))
    assert rendered.status == ("FATAL" if report_type in NEEDS_MORE else "DONE")
    assert rendered.body


# --- orders


def test_an_empty_range_and_a_range_over_31_days_give_the_header_alone(world):
    now = at("US", NIGHT, 5.5)
    for start in (now, now - timedelta(days=32)):
        body = world.render(ask(ORDERS, "US", now, start, now)).body
        assert body.decode() == HEADERS[ORDERS] + "\r\n"


def test_orders_of_two_marketplaces_stand_in_one_document_in_order(world):
    request = ReportRequest(
        ALPINE.seller_id, ORDERS, ALPINE.marketplace_ids, at("DE", NIGHT, -24), at("DE", NIGHT, 0), {}, at("DE", NIGHT, 5)
    )
    found = rows(world.render(request))
    assert {row["sales-channel"] for row in found} >= {"Amazon.de", "Amazon.co.uk"}
    assert [row["purchase-date"] for row in found] == sorted(row["purchase-date"] for row in found)


def test_statuses_decide_what_is_printed(us_orders):
    item_status = {"Pending": "Unshipped", "Shipping": "Unshipped", "Shipped": "Shipped", "Cancelled": "Cancelled"}
    assert {row["order-status"] for row in us_orders} == set(item_status)
    for row in us_orders:
        status = row["order-status"]
        is_priced = status in {"Shipping", "Shipped"} and row["sales-channel"] != "Non-Amazon"
        assert row["item-status"] == item_status[status]
        assert (row["quantity"] == "0") == (status == "Cancelled")
        assert (row["currency"], bool(row["item-price"])) == (("USD", True) if is_priced else ("", False))
        assert row["purchase-date"].endswith("+00:00")
        assert row["purchase-date"] <= row["last-updated-date"]


def test_pending_orders_are_recent_and_nothing_is_from_the_future(us_orders):
    now = at("US", NIGHT, 5.5).isoformat()
    pending = [row["purchase-date"] for row in us_orders if row["order-status"] == "Pending"]
    assert min(pending) > at("US", NIGHT, -19).isoformat()
    assert max(row["last-updated-date"] for row in us_orders) <= now


def test_a_pending_order_is_priced_and_shipped_later_under_a_later_update(world):
    # given
    first = at("US", NIGHT, 5.5)
    start, end = at("US", NIGHT, -24), first
    early = {(row["amazon-order-id"], row["sku"]): row for row in rows(world.render(ask(ORDERS, "US", first, start, end)))}
    pending = {key for key, row in early.items() if row["order-status"] == "Pending" and row["sales-channel"] != "Non-Amazon"}
    # when
    later = first + timedelta(days=2)
    updated = {(row["amazon-order-id"], row["sku"]): row for row in rows(world.render(ask(UPDATES, "US", later, first, later)))}
    # then
    assert len(pending) > 20
    assert pending <= set(updated)
    assert {updated[key]["order-status"] for key in pending} <= {"Shipped", "Cancelled"}
    shipped = [updated[key] for key in pending if updated[key]["order-status"] == "Shipped"]
    assert all(row["item-price"] and row["currency"] == "USD" for row in shipped)
    assert all(updated[key]["last-updated-date"] > early[key]["last-updated-date"] for key in pending)


def test_prices_are_for_the_whole_line_and_discounts_stay_below_them(us_orders):
    priced = [row for row in us_orders if row["item-price"] not in {"", "0.00"}]
    of_one = {row["sku"]: Decimal(row["item-price"]) for row in priced if row["quantity"] == "1"}
    multiple = [row for row in priced if int(row["quantity"]) > 1 and row["sku"] in of_one]
    assert multiple
    assert all(Decimal(row["item-price"]) == of_one[row["sku"]] * int(row["quantity"]) for row in multiple)
    discounted = [row for row in priced if row["item-promotion-discount"]]
    assert discounted
    assert all(Decimal(row["item-promotion-discount"]) < Decimal(row["item-price"]) for row in discounted)
    assert all(row["promotion-ids"] for row in discounted)


def test_odd_orders_and_odd_skus_are_among_them(us_orders):
    keys = [(row["amazon-order-id"], row["sku"]) for row in us_orders]
    assert len(keys) > len(set(keys))
    assert {"00501", "NA"} <= {row["sku"] for row in us_orders}
    assert {row["sales-channel"] for row in us_orders} == {"Amazon.com", "Non-Amazon"}
    assert {row["fulfillment-channel"] for row in us_orders} == {"Amazon", "Merchant"}
    assert any(row["item-price"] == "0.00" for row in us_orders)


# --- inventory


def test_stock_counts_add_up_and_every_fba_listing_is_there(world):
    found = rows(world.render(ask(STOCK, "US", at("US", NIGHT, 5.5))))
    assert len(found) == 107
    assert any(row["afn-fulfillable-quantity"] == "0" for row in found)
    for row in found:
        warehouse = sum(int(row[f"afn-{part}-quantity"]) for part in ("fulfillable", "unsellable", "reserved"))
        inbound = sum(int(row[f"afn-inbound-{part}-quantity"]) for part in ("working", "shipped", "receiving"))
        assert int(row["afn-warehouse-quantity"]) == warehouse
        assert int(row["afn-total-quantity"]) == warehouse + inbound


def test_a_listing_appears_on_the_day_it_is_listed(world):
    before = rows(world.render(ask(STOCK, "US", at("US", date(2026, 10, 28), 12))))
    after = rows(world.render(ask(STOCK, "US", at("US", date(2026, 10, 29), 12))))
    assert len(after) - len(before) == 2


def test_planning_leaves_out_the_sold_out_and_agrees_with_the_stock_report(world, us_planning):
    stock = {row["sku"]: row for row in rows(world.render(ask(STOCK, "US", at("US", NIGHT, 5.5))))}
    missing = set(stock) - set(us_planning)
    assert missing
    assert {stock[sku]["afn-fulfillable-quantity"] for sku in missing} == {"0"}
    for sku, row in us_planning.items():
        assert row["available"] == stock[sku]["afn-fulfillable-quantity"]
        assert row["Total Reserved Quantity"] == stock[sku]["afn-reserved-quantity"]


def test_a_sold_out_listing_returns_to_planning_while_it_is_being_received(world):
    receiving = {row["sku"]: row for row in rows(world.render(ask(PLANNING, "US", at("US", date(2026, 11, 26), 6))))}
    assert receiving["CR-FIREPIT-24"]["available"] == "0"
    assert int(receiving["CR-FIREPIT-24"]["inbound-received"]) == 300
    assert receiving["CR-FIREPIT-24"]["featuredoffer-price"] == ""


def test_planning_windows_grow_and_ages_cover_the_stock(us_planning):
    whole = ("0-to-90", "91-to-180", "181-to-270", "271-to-365", "366-to-455", "456-plus")
    for row in us_planning.values():
        windows = [int(row[f"units-shipped-t{days}"]) for days in (7, 30, 60, 90)]
        assert windows == sorted(windows)
        assert sum(int(row[f"inv-age-{part}-days"]) for part in whole) == int(row["available"])
        fine = sum(int(row[f"inv-age-{part}-days"]) for part in ("0-to-30", "31-to-60", "61-to-90"))
        assert fine == int(row["inv-age-0-to-90-days"])


def test_planning_is_blank_where_supply_is_unknown(us_planning):
    new, dead, steady = us_planning["CR-TOWEL-1P"], us_planning["CR-TOWEL-6P"], us_planning["CR-KETTLE-17"]
    assert new["days-of-supply"] == dead["days-of-supply"] == ""
    assert dead["units-shipped-t60"] == "0"
    assert int(dead["inv-age-456-plus-days"]) > int(dead["available"]) / 2 > 0
    assert dead["no-sale-last-6-months"] == "0"
    assert int(steady["days-of-supply"]) == 6
    assert steady["fba-inventory-level-health-status"] == "Low stock"


def test_planning_advice_has_every_shade(world):
    found = [row for code in ("US", "DE", "UK") for row in rows(world.render(ask(PLANNING, code, at(code, NIGHT, 5.5))))]
    assert {row["fba-inventory-level-health-status"] for row in found} == {"", "Low stock", "Healthy", "Excess"}
    assert {row["alert"] for row in found} == {"", "Low stock", "Excess", "No sales"}


def test_every_planning_table_names_columns_of_the_header():
    columns = HEADERS[PLANNING].split("\t")
    endings = [ending for ending, *_ in SURCHARGES]
    wanted = [column for column, *_ in AGE_BUCKETS]
    wanted += [f"{stem}-{ending}" for ending in endings for stem in ("quantity-to-be-charged-ais", "estimated-ais")]
    assert set(wanted) <= set(columns)
