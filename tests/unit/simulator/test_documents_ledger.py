"""The stock ledger balances, agrees with the world's stock and orders, and its details add up to its summary."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, start_of_day
from sellerwatch.simulator.documents.ledger_book import DISPOSITIONS
from sellerwatch.simulator.documents.ledger_summary import FLOWS
from sellerwatch.simulator.documents.warehouses import CENTRES
from sellerwatch.simulator.ports import Rendered, ReportRequest
from sellerwatch.simulator.world.books import WorldBooks
from sellerwatch.simulator.world.ordinary_plans import ordinary_plans
from sellerwatch.simulator.world.scripted_plans import story_plans
from sellerwatch.simulator.world.sellers import SELLERS

SUMMARY = "GET_LEDGER_SUMMARY_VIEW_DATA"
DETAIL = "GET_LEDGER_DETAIL_VIEW_DATA"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
STOCK = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
NIGHT = date(2026, 11, 17)
WEEK = Days(date(2026, 11, 2), date(2026, 11, 8))
LATER = date(2026, 11, 16)

HEADERS = {
    SUMMARY: (
        "Date|FNSKU|ASIN|MSKU|Title|Disposition|Starting Warehouse Balance|In Transit Between Warehouses|Receipts"
        "|Customer Shipments|Customer Returns|Vendor Returns|Warehouse Transfer In/Out|Found|Lost|Damaged|Disposed"
        "|Other Events|Ending Warehouse Balance|Unknown Events|Location|Store"
    ),
    DETAIL: (
        "Date|FNSKU|ASIN|MSKU|Title|Event Type|Reference ID|Quantity|Fulfillment Center|Disposition|Reason|Country"
        "|Reconciled Quantity|Unreconciled Quantity|Date and Time|Store"
    ),
}


def ask(report_type: str, code: str, now: datetime, start=None, end=None, **options: str) -> ReportRequest:
    market = BY_CODE[code]
    seller = next(item for item in SELLERS if market.id in item.marketplace_ids)
    return ReportRequest(seller.seller_id, report_type, (market.id,), start, end, options, now)


def rows(rendered: Rendered, quoting: int = csv.QUOTE_MINIMAL) -> list[dict[str, str]]:
    charset = rendered.content_type.partition("charset=")[2].lower()
    text = io.StringIO(rendered.body.decode(charset), newline="")
    return list(csv.DictReader(text, delimiter="\t", quoting=quoting))


def at(code: str, day: date, hours: float) -> datetime:
    return start_of_day(day, BY_CODE[code].zone) + timedelta(hours=hours)


def days_of(report_type: str, code: str, days: Days, **options: str) -> ReportRequest:
    return ask(report_type, code, at(code, LATER, 18), at(code, days.first, 0), at(code, days.last, 24), **options)


def balance_sum(row: dict[str, str]) -> int:
    return int(row["Starting Warehouse Balance"]) + sum(int(row[column]) for column in FLOWS)


@pytest.fixture(scope="module")
def books() -> WorldBooks:
    return WorldBooks([*story_plans(), *ordinary_plans(7)], 7)


@pytest.fixture(scope="module")
def daily(world) -> list[dict[str, str]]:
    return rows(world.render(days_of(SUMMARY, "US", WEEK, aggregatedByTimePeriod="DAILY")))


@pytest.fixture(scope="module")
def detail(world) -> list[dict[str, str]]:
    return rows(world.render(days_of(DETAIL, "US", WEEK)))


@pytest.mark.parametrize("report_type", HEADERS)
@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_every_cell_of_a_ledger_is_quoted_under_amazons_header(world, report_type, code):
    header, *lines, last = world.render(days_of(report_type, code, WEEK)).body.split(b"\n")
    assert header.decode() == "\t".join(f'"{name}"' for name in HEADERS[report_type].split("|"))
    assert last == b""
    assert len(lines) > 20
    assert all(line.startswith(b'"') and line.endswith(b'"') for line in lines)
    assert {line.count(b'"\t"') for line in lines} == {len(HEADERS[report_type].split("|")) - 1}


def test_quotes_in_titles_are_doubled(world, daily):
    assert b'""' in world.render(days_of(SUMMARY, "US", WEEK)).body
    assert 'Cascade Skillet, 12" wide' in {row["Title"] for row in daily}


@pytest.mark.parametrize("cut", ["DAILY", "WEEKLY", "MONTHLY"])
@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_every_row_balances(world, code, cut):
    days = Days(date(2026, 9, 20), date(2026, 11, 8))
    found = rows(world.render(days_of(SUMMARY, code, days, aggregatedByTimePeriod=cut)))
    assert found
    assert all(balance_sum(row) == int(row["Ending Warehouse Balance"]) for row in found)
    assert all(int(row["Ending Warehouse Balance"]) >= 0 for row in found)


@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_a_days_end_is_the_next_days_start(world, code):
    days = Days(date(2026, 9, 25), date(2026, 10, 5))
    found = rows(world.render(days_of(SUMMARY, code, days, aggregatedByTimePeriod="DAILY")))
    by_key = {(row["MSKU"], row["Disposition"], datetime.strptime(row["Date"], "%m/%d/%Y").date()): row for row in found}  # noqa: DTZ007  a calendar day
    for (sku, disposition, day), row in by_key.items():
        after = by_key.get((sku, disposition, day + timedelta(days=1)))
        if day < days.last:
            assert row["Ending Warehouse Balance"] == (after["Starting Warehouse Balance"] if after else "0")


def test_the_balances_are_the_worlds_stock(books, world):
    market = BY_CODE["US"]
    days = Days(date(2026, 9, 28), date(2026, 10, 4))
    found = rows(world.render(days_of(SUMMARY, "US", days, aggregatedByTimePeriod="DAILY")))
    sellable: dict[tuple[str, str], int] = {}
    unsellable: Counter[tuple[str, str]] = Counter()
    for row in found:
        key = (row["MSKU"], row["Date"])
        if row["Disposition"] == "SELLABLE":
            sellable[key] = int(row["Starting Warehouse Balance"])
        else:
            unsellable[key] += int(row["Starting Warehouse Balance"])
    for day in days:
        for listing in books.listings(market, day):
            stock, key = books.history(listing, day)[-1], (listing.sku, day.strftime("%m/%d/%Y"))
            assert (key in sellable) == listing.is_fba
            assert not listing.is_fba or (sellable[key], unsellable[key]) == (stock.opening, stock.unsellable)
    assert any(unsellable.values())


def test_the_end_of_a_day_is_the_inventory_report_at_the_next_midnight(world, daily):
    midnight = rows(world.render(ask(STOCK, "US", at("US", WEEK.first + timedelta(days=1), 0))), csv.QUOTE_NONE)
    ended = {
        row["MSKU"]: row["Ending Warehouse Balance"]
        for row in daily
        if row["Date"] == "11/02/2026" and row["Disposition"] == "SELLABLE"
    }
    assert {row["sku"]: row["afn-fulfillable-quantity"] for row in midnight} == ended


def test_sold_out_days_have_a_row_with_nothing_left(world):
    request = days_of(
        SUMMARY, "US", Days(date(2026, 11, 13), date(2026, 11, 14)), aggregatedByTimePeriod="DAILY", MSKU="CR-FIREPIT-24"
    )
    assert [row["Ending Warehouse Balance"] for row in rows(world.render(request))] == ["0", "0"]


def test_the_details_add_up_to_the_summary(daily, detail):
    column_of = {"Receipts": "Receipts", "Shipments": "Customer Shipments", "CustomerReturns": "Customer Returns"}
    column_of_reason = {"F": "Found", "M": "Lost", "E": "Damaged", "D": "Disposed"}
    summed: Counter[tuple[str, ...]] = Counter()
    for row in detail:
        column = column_of.get(row["Event Type"]) or column_of_reason[row["Reason"]]
        summed[row["Date"], row["MSKU"], row["Disposition"], column] += int(row["Quantity"])
    summary = {
        (row["Date"], row["MSKU"], row["Disposition"], column): int(row[column])
        for row in daily
        for column in FLOWS
        if row[column] != "0"
    }
    assert {key: units for key, units in summed.items() if units} == summary
    assert {row["Event Type"] for row in detail} == {*column_of, "Adjustments"}


def test_shipments_are_the_units_of_the_orders(world, daily):
    now = at("US", LATER, 18)
    ordered: Counter[str] = Counter()
    for row in rows(world.render(ask(ORDERS, "US", now, at("US", WEEK.first, 0), at("US", WEEK.last, 24))), csv.QUOTE_NONE):
        if row["fulfillment-channel"] == "Amazon":
            ordered[row["sku"]] += int(row["quantity"])
    shipped: Counter[str] = Counter()
    for row in daily:
        shipped[row["MSKU"]] -= int(row["Customer Shipments"])
    assert ordered.total() > 1000
    assert +ordered == +shipped


def test_returns_in_the_ledger_are_the_returned_units(world):
    days = Days(date(2026, 10, 5), date(2026, 11, 1))
    found = rows(world.render(days_of(DETAIL, "US", days, eventType="CustomerReturns")))
    plates = Counter((row["Reference ID"], row["Disposition"]) for row in found)
    returned = rows(
        world.render(days_of(RETURNS, "US", Days(days.first - timedelta(days=3), days.last + timedelta(days=4)))),
        csv.QUOTE_NONE,
    )
    assert len(plates) == len(found) > 100
    assert set(plates) <= {(row["license-plate-number"], row["detailed-disposition"]) for row in returned}


def test_months_and_weeks_are_the_sums_of_their_days(world):
    days = Days(date(2026, 10, 1), date(2026, 10, 31))
    parts = rows(world.render(days_of(SUMMARY, "DE", days, aggregatedByTimePeriod="DAILY")))
    for cut in ("WEEKLY", "MONTHLY"):
        whole = rows(world.render(days_of(SUMMARY, "DE", days, aggregatedByTimePeriod=cut)))
        for column in FLOWS:
            assert sum(int(row[column]) for row in whole) == sum(int(row[column]) for row in parts)
    assert {row["Date"] for row in whole} == {"10/2026"}


def test_weeks_are_named_after_their_sunday_and_default_is_the_month(world):
    weekly = rows(world.render(days_of(SUMMARY, "UK", WEEK, aggregatedByTimePeriod="WEEKLY")))
    assert {row["Date"] for row in weekly} == {"11/01/2026", "11/08/2026"}
    assert {row["Date"] for row in rows(world.render(days_of(SUMMARY, "UK", WEEK)))} == {"11/2026"}


@pytest.mark.parametrize(("hour", "last"), [(5.5, "11/15/2026"), (15.5, "11/15/2026"), (18.5, "11/16/2026")])
def test_a_day_enters_the_ledger_in_the_afternoon_of_the_next(world, hour, last):
    request = ask(
        SUMMARY, "US", at("US", NIGHT, hour), at("US", NIGHT, -72), at("US", NIGHT, hour), aggregatedByTimePeriod="DAILY"
    )
    assert max(row["Date"] for row in rows(world.render(request))) == last


def test_a_window_by_utc_midnights_touches_two_local_days(world):
    start = datetime.fromisoformat("2026-11-05T00:00:00+00:00")
    request = ask(SUMMARY, "US", at("US", LATER, 18), start, start + timedelta(days=1), aggregatedByTimePeriod="DAILY")
    assert {row["Date"] for row in rows(world.render(request))} == {"11/04/2026", "11/05/2026"}


def test_a_window_without_a_closed_day_is_the_header_alone(world):
    for report_type, header in HEADERS.items():
        request = ask(report_type, "US", at("US", NIGHT, 5.5), at("US", NIGHT, 0), at("US", NIGHT, 5))
        assert world.render(request).body.count(b"\n") == 1, header


def test_centres_replace_the_country_and_stock_stays_the_same(world, daily):
    for option in ("FC", "FulfillmentCenter"):
        found = rows(world.render(days_of(SUMMARY, "US", WEEK, aggregatedByTimePeriod="DAILY", aggregateByLocation=option)))
        assert {row["Location"] for row in found} == set(CENTRES["US"])
        assert [{**row, "Location": "US"} for row in found] == daily
    assert {row["Location"] for row in rows(world.render(days_of(SUMMARY, "UK", WEEK)))} == {"GB"}


@pytest.mark.parametrize(("option", "column"), [("FNSKU", "FNSKU"), ("MSKU", "MSKU"), ("ASIN", "ASIN")])
@pytest.mark.parametrize("report_type", HEADERS)
def test_a_product_option_keeps_its_rows_only(world, detail, report_type, option, column):
    wanted = detail[0][column]
    found = rows(world.render(days_of(report_type, "US", WEEK, **{option: wanted})))
    assert {row[column] for row in found} == {wanted}


def test_an_event_type_keeps_its_rows_only(world, detail):
    for kind in {row["Event Type"] for row in detail}:
        assert rows(world.render(days_of(DETAIL, "US", WEEK, eventType=kind))) == [
            row for row in detail if row["Event Type"] == kind
        ]


def test_instants_of_the_detail_are_local_midnights_with_their_offset(world, detail):
    assert {row["Date and Time"][10:] for row in detail} == {"T00:00:00-0800"}
    summer = rows(world.render(days_of(DETAIL, "US", Days(date(2026, 10, 30), date(2026, 10, 30)))))
    assert {(row["Date"], row["Date and Time"]) for row in summer} == {("10/30/2026", "2026-10-30T00:00:00-0700")}


def test_all_dispositions_occur_and_damaged_stock_is_disposed_of_on_the_first(world):
    days = Days(date(2026, 7, 1), date(2026, 11, 1))
    found = rows(world.render(days_of(SUMMARY, "US", days, aggregatedByTimePeriod="MONTHLY")))
    assert {row["Disposition"] for row in found} == set(DISPOSITIONS)
    assert all(int(row["Lost"]) <= 0 <= int(row["Found"]) and int(row["Disposed"]) <= 0 for row in found)
    november = [row for row in found if row["Date"] == "11/2026" and row["Disposition"] == "DEFECTIVE"]
    assert any(row["Disposed"] != "0" for row in november)
    assert all(int(row["Disposed"]) == -int(row["Starting Warehouse Balance"]) for row in november)
