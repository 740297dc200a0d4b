"""What Amazon says about listings, feedback, stranded stock and the account's health follows from the world's orders and stock."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.documents.seller_performance import POLICIES, TARGETS
from sellerwatch.simulator.ports import Rendered, ReportRequest
from sellerwatch.simulator.world import mishaps
from sellerwatch.simulator.world.sellers import ALPINE, SELLERS
from sellerwatch.simulator.world.words import ANSWERS, FEEDBACK, RETURN_COMMENTS

LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
FEEDBACK_DATA = "GET_SELLER_FEEDBACK_DATA"
STRANDED = "GET_STRANDED_INVENTORY_UI_DATA"
HEALTH = "GET_V2_SELLER_PERFORMANCE_REPORT"
STOCK = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
NIGHT = date(2026, 11, 17)

HEADERS = {
    (LISTINGS, "US"): (
        "item-name|item-description|listing-id|seller-sku|price|quantity|open-date|image-url|item-is-marketplace"
        "|product-id-type|zshop-shipping-fee|item-note|item-condition|zshop-category1|zshop-browse-path"
        "|zshop-storefront-feature|asin1|asin2|asin3|will-ship-internationally|expedited-shipping|zshop-boldface|product-id"
        "|bid-for-featured-placement|add-delete|pending-quantity|fulfillment-channel|merchant-shipping-group|status"
    ),
    (FEEDBACK_DATA, "US"): "Date|Rating|Comments|Your Response|Order ID|Rater Email",
    (FEEDBACK_DATA, "DE"): "Datum|Bewertung|Kommentare|Ihre Antwort|Bestellnummer|E-Mail des Bewerters",
    (STRANDED, "US"): (
        "primary-action|date-stranded|Date-to-take-auto-removal|status-primary|status-secondary|error-message"
        "|stranded-reason|asin|sku|fnsku|product-name|condition|fulfilled-by|fulfillable-qty|your-price|unfulfillable-qty"
        "|reserved-quantity|inbound-shipped-qty"
    ),
}

Rows = list[dict[str, str]]


def ask(report_type: str, code: str, now: datetime, start=None, end=None, **options: str) -> ReportRequest:
    market = BY_CODE[code]
    seller = next(item for item in SELLERS if market.id in item.marketplace_ids)
    return ReportRequest(seller.seller_id, report_type, (market.id,), start, end, options, now)


def rows(rendered: Rendered) -> Rows:
    charset = rendered.content_type.partition("charset=")[2].lower()
    text = io.StringIO(rendered.body.decode(charset), newline="")
    return list(csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE))


def at(code: str, day: date, hours: float) -> datetime:
    return start_of_day(day, BY_CODE[code].zone) + timedelta(hours=hours)


@pytest.fixture(scope="module")
def stock(world) -> dict[str, dict[str, str]]:
    return {row["sku"]: row for row in rows(world.render(ask(STOCK, "US", at("US", NIGHT, 6))))}


@pytest.fixture(scope="module")
def orders(world) -> Rows:
    """The US order lines of the 90 days before the night, as they stand then."""
    now, found = at("US", NIGHT, 6), []
    for start in (90, 60, 30):
        first = NIGHT - timedelta(days=start)
        found += rows(world.render(ask(ORDERS, "US", now, at("US", first, 0), at("US", first + timedelta(days=30), 0))))
    return found


def health(world, code: str) -> dict[str, object]:
    document = json.loads(world.render(ask(HEALTH, code, at(code, NIGHT, 6))).body)
    return {"status": document["accountStatuses"][0]["status"], **document["performanceMetrics"][0]}


def purchased_between(orders: Rows, window: dict[str, str], **cells: str) -> dict[str, Rows]:
    """Return the lines by order whose local purchase day lies in the window."""
    first, last = (window[name][:10] for name in ("reportingDateFrom", "reportingDateTo"))
    found: dict[str, Rows] = {}
    for row in orders:
        day = datetime.fromisoformat(row["purchase-date"]).astimezone(BY_CODE["US"].zone).date().isoformat()
        if first <= day <= last and all(row[name.replace("_", "-")] == value for name, value in cells.items()):
            found.setdefault(row["amazon-order-id"], []).append(row)
    return found


@pytest.mark.parametrize(("report_type", "code"), HEADERS)
def test_headers_are_amazons_and_rows_have_their_width(world, report_type, code):
    now = at(code, NIGHT, 6)
    rendered = world.render(ask(report_type, code, now, now - timedelta(days=60), now))
    header, *lines, last = rendered.body.split(b"\n")
    assert header.decode() == HEADERS[report_type, code].replace("|", "\t")
    assert last == b""
    assert lines
    assert {line.count(b"\t") for line in lines} == {header.count(b"\t")}


# --- listings


def test_listings_hold_everything_that_is_in_stock_reports_and_more(world, stock):
    rendered = world.render(ask(LISTINGS, "US", at("US", NIGHT, 6)))
    found = {row["seller-sku"]: row for row in rows(rendered)}
    assert rendered.content_type == "text/plain;charset=Cp1252"
    assert {sku for sku, row in found.items() if row["fulfillment-channel"] == "AMAZON_NA"} == set(stock)
    assert all(row["price"] == stock[sku]["your-price"] and row["quantity"] == "" for sku, row in found.items() if sku in stock)
    merchant = [row for sku, row in found.items() if sku not in stock]
    assert {row["fulfillment-channel"] for row in merchant} == {"DEFAULT"}
    assert all(int(row["quantity"]) >= 0 for row in merchant)


def test_listings_without_stock_or_offer_are_inactive(world, stock):
    found = {row["seller-sku"]: row["status"] for row in rows(world.render(ask(LISTINGS, "US", at("US", NIGHT, 6))))}
    empty = {sku for sku, row in stock.items() if row["afn-fulfillable-quantity"] == "0"}
    stranded = {row["sku"] for row in rows(world.render(ask(STRANDED, "US", at("US", NIGHT, 6))))}
    assert {sku for sku, status in found.items() if status == "Inactive" and sku in stock} == empty | stranded
    assert set(found.values()) == {"Active", "Inactive"}


def test_a_merchants_quantity_falls_by_what_was_bought(world):
    early, late = at("US", NIGHT, 0), at("US", NIGHT, 21)
    before, after = (
        {row["seller-sku"]: row["quantity"] for row in rows(world.render(ask(LISTINGS, "US", now)))} for now in (early, late)
    )
    bought: Counter[str] = Counter()
    for row in rows(world.render(ask(ORDERS, "US", late, early, late))):
        if row["fulfillment-channel"] == "Merchant":
            bought[row["sku"]] += int(row["quantity"])
    assert bought
    assert all(int(before[sku]) - int(after[sku]) == bought[sku] for sku in before if before[sku])


def test_open_dates_carry_amazons_zone_names(world):
    names = {
        code: {row["open-date"][-4:].strip() for row in rows(world.render(ask(LISTINGS, code, at(code, NIGHT, 6))))}
        for code in ("US", "DE", "UK")
    }
    assert names["US"] <= {"PST", "PDT"}
    assert names["DE"] <= {"MET", "MEST"}
    assert names["UK"] <= {"GMT", "BST"}


def test_only_the_first_marketplace_is_listed(world):
    now = at("DE", NIGHT, 6)
    both = ReportRequest(ALPINE.seller_id, LISTINGS, ALPINE.marketplace_ids, None, None, {}, now)
    assert world.render(both) == world.render(ask(LISTINGS, "DE", now))


# --- feedback


def test_feedback_is_about_shipped_orders_and_has_three_stars_at_most(world, orders):
    now = at("US", NIGHT, 6)
    found = rows(world.render(ask(FEEDBACK_DATA, "US", now, now - timedelta(days=60), now)))
    shipped = {row["amazon-order-id"] for row in orders if row["order-status"] == "Shipped"}
    assert len(found) > 30
    assert {row["Order ID"] for row in found} <= shipped
    assert {row["Rating"] for row in found} == {"1", "2", "3"}
    assert all(row["Comments"] == FEEDBACK["en"][int(row["Rating"])] for row in found)
    assert {row["Your Response"] for row in found} == {"", ANSWERS["en"]}


@pytest.mark.parametrize(("code", "form"), [("US", "%m/%d/%y"), ("DE", "%d.%m.%y"), ("UK", "%d/%m/%y")])
def test_feedback_dates_are_local_days_in_the_marketplaces_form(world, code, form):
    now = at(code, NIGHT, 6)
    start = now - timedelta(days=60)
    name = "Datum" if code == "DE" else "Date"
    days = [datetime.strptime(row[name], form).date() for row in rows(world.render(ask(FEEDBACK_DATA, code, now, start, now)))]  # noqa: DTZ007  calendar days
    assert days == sorted(days)
    assert start.date() <= days[0] <= days[-1] <= NIGHT


def test_german_feedback_is_german_and_in_the_files_character_set(world):
    now = at("DE", NIGHT, 6)
    rendered = world.render(ask(FEEDBACK_DATA, "DE", now, now - timedelta(days=90), now))
    assert rendered.content_type == "text/plain;charset=Cp1252"
    assert {row["Kommentare"] for row in rows(rendered)} <= set(FEEDBACK["de"].values())


def test_shares_of_stars_rise_to_one_and_every_language_has_its_words():
    assert [stars for _, stars in mishaps.STAR_SHARES] == [1, 2, 3, 4, 5]
    assert mishaps.STAR_SHARES[-1][0] == 1.0
    assert set(FEEDBACK) == set(ANSWERS) == set(RETURN_COMMENTS)
    assert all(set(words) == {1, 2, 3, 4, 5} for words in FEEDBACK.values())


# --- stranded


@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_stranded_units_are_in_stock_and_do_not_sell(world, code):
    now = at(code, NIGHT, 6)
    found = rows(world.render(ask(STRANDED, code, now)))
    stocked = {row["sku"]: row for row in rows(world.render(ask(STOCK, code, now)))}
    sold = {row["sku"] for row in rows(world.render(ask(ORDERS, code, now, now - timedelta(days=30), now)))}
    assert found
    for row in found:
        assert row["fulfillable-qty"] == stocked[row["sku"]]["afn-fulfillable-quantity"] != "0"
        assert row["sku"] not in sold
        assert row["date-stranded"] < row["Date-to-take-auto-removal"]


def test_nothing_is_stranded_before_its_listing_closes(world):
    assert rows(world.render(ask(STRANDED, "US", at("US", date(2026, 9, 3), 6)))) == []


# --- account health


def test_health_blocks_are_named_as_in_amazons_schema(world):
    found = health(world, "US")
    assert set(found) == {*TARGETS, *POLICIES, "status", "marketplaceId", "warningStates", "accountHealthRating"}
    assert "unitOnTimeDeliveryRate" not in health(world, "DE")
    assert found["lateShipmentRate"]["reportingDateRange"] == {
        "reportingDateFrom": "2026-10-18T00:00Z",
        "reportingDateTo": "2026-11-16T23:59Z",
    }


@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_rates_are_fractions_of_their_counts_and_their_status_follows(world, code):
    found = health(world, code)
    blocks = {name: found[name] for name in TARGETS if name in found and name != "orderDefectRate"}
    blocks |= {f"orderDefectRate {kind}": block for kind, block in found["orderDefectRate"].items()}
    for name, block in blocks.items():
        if block["status"] == "NONE":
            assert "rate" not in block, name
        else:
            is_good = (
                block["rate"] < block["targetValue"]
                if block["targetCondition"] == "LESS_THAN"
                else block["rate"] > block["targetValue"]
            )
            assert 0 <= block["rate"] <= 1
            assert block["status"] == ("GOOD" if is_good else "BAD"), name
    assert (found["status"] == "AT_RISK") == any(block["status"] == "BAD" for block in blocks.values())


def test_shipping_rates_are_those_of_the_merchants_orders(world, orders):
    found = health(world, "US")
    late = found["lateShipmentRate"]
    merchant = purchased_between(orders, late["reportingDateRange"], fulfillment_channel="Merchant")
    uncancelled = {key: lines for key, lines in merchant.items() if lines[0]["order-status"] != "Cancelled"}
    took = [
        datetime.fromisoformat(lines[0]["last-updated-date"]) - datetime.fromisoformat(lines[0]["purchase-date"])
        for lines in uncancelled.values()
        if lines[0]["order-status"] == "Shipped"
    ]
    assert late["orderCount"] == len(uncancelled)
    assert late["lateShipmentCount"] >= sum(item > timedelta(hours=30) for item in took)
    assert late["rate"] == late["lateShipmentCount"] / late["orderCount"]
    cancelled = found["preFulfillmentCancellationRate"]
    asked = purchased_between(orders, cancelled["reportingDateRange"], fulfillment_channel="Merchant")
    assert cancelled["orderCount"] == len(asked)
    assert cancelled["cancellationCount"] <= sum(lines[0]["order-status"] == "Cancelled" for lines in asked.values())


def test_defects_are_counted_once_per_order_and_negative_feedback_is_that_of_the_feedback_report(world, orders):
    now = at("US", NIGHT, 6)
    odr = health(world, "US")["orderDefectRate"]
    given = rows(world.render(ask(FEEDBACK_DATA, "US", now, now - timedelta(days=85), now)))
    negative = {row["Order ID"] for row in given if row["Rating"] in {"1", "2"}}
    for kind, channel in (("afn", "Amazon"), ("mfn", "Merchant")):
        block = odr[kind]
        bought = purchased_between(orders, block["reportingDateRange"], fulfillment_channel=channel)
        assert block["fulfillmentType"] == kind
        assert block["negativeFeedback"]["count"] == len(negative & set(bought))
        parts = [block[name]["count"] for name in ("claims", "chargebacks", "negativeFeedback")]
        assert max(parts) <= block["orderWithDefects"]["count"] <= sum(parts)
    sales = purchased_between(
        orders,
        odr["afn"]["reportingDateRange"],
        fulfillment_channel="Amazon",
        sales_channel="Amazon.com",
        order_status="Shipped",
    )
    assert odr["afn"]["orderCount"] == sum(any(row["item-price"] != "0.00" for row in lines) for lines in sales.values())


def test_closed_listings_count_as_violations_and_cost_score(world):
    found = health(world, "US")
    stranded = rows(world.render(ask(STRANDED, "US", at("US", NIGHT, 6))))
    assert found["listingPolicyViolations"]["defectsCount"] == len(stranded)
    assert found["listingPolicyViolations"]["status"] == "BAD"
    assert found["accountHealthRating"]["ahrScore"] == 1000 - 8 * len(stranded)
    assert all(found[name]["defectsCount"] == 0 and found[name]["status"] == "GOOD" for name in POLICIES[1:])


def test_every_marketplace_asked_for_has_its_status(world):
    now = at("DE", NIGHT, 6)
    document = json.loads(
        world.render(ReportRequest(ALPINE.seller_id, HEALTH, ALPINE.marketplace_ids, None, None, {}, now)).body
    )
    assert [item["marketplaceId"] for item in document["accountStatuses"]] == list(ALPINE.marketplace_ids)
    assert [item["marketplaceId"] for item in document["performanceMetrics"]] == list(ALPINE.marketplace_ids)
