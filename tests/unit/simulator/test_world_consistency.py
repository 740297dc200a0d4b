"""A world's figures fit together over days, between documents, and from one run to the next."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.marketplaces import BY_CODE, BY_ID
from sellerwatch.core.periods import Days, local_day, start_of_day
from sellerwatch.simulator.ports import Rendered, ReportRequest
from sellerwatch.simulator.world import orders, stock
from sellerwatch.simulator.world.books import WorldBooks
from sellerwatch.simulator.world.catalogue import WORLDS, build_world
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.ordinary_plans import RANGES, ROLES, VARIANTS, ordinary_plans
from sellerwatch.simulator.world.places import PLACES
from sellerwatch.simulator.world.plans import FIRST_DAY, WEEKDAY_SHARES, WEEKDAY_STEPS, SteadyDemand
from sellerwatch.simulator.world.scripted_plans import story_plans
from sellerwatch.simulator.world.sellers import SELLERS
from sellerwatch.simulator.world.story import STORY

LAST_DAY = date(2027, 1, 31)
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
UPDATES = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
PLANNING = "GET_FBA_INVENTORY_PLANNING_DATA"
STOCK = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
NIGHT = date(2026, 11, 17)


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
def books() -> WorldBooks:
    return WorldBooks([*story_plans(), *ordinary_plans(7)], 7)


def test_an_unknown_world_is_refused_with_the_names_that_exist():
    with pytest.raises(ConfigError, match="demo"):
        build_world("atlantis")
    assert set(WORLDS) == {"demo", "clean", "hostile"}


def test_sellers_own_their_marketplaces_with_credentials_that_look_made_up(world):
    owned = {seller.name: [BY_ID[item].code for item in seller.marketplace_ids] for seller in world.sellers}
    assert owned == {"cascade": ["US"], "alpine": ["DE", "UK"]}
    assert all(seller.refresh_token.startswith("Atzr|sim-") for seller in world.sellers)
    assert len({seller.client_id for seller in world.sellers}) == 2


def test_a_seller_the_world_does_not_have_gets_a_fatal_report(world):
    request = ReportRequest("A1NOBODY", STOCK, (BY_CODE["US"].id,), None, None, {}, at("US", NIGHT, 5))
    assert world.render(request).status == "FATAL"


def test_the_catalogue_has_the_promised_size_and_oddities(books):
    sizes = {code: len(books.listings(BY_CODE[code], LAST_DAY)) for code in ("US", "DE", "UK")}
    skus = {code: {item.sku for item in books.listings(BY_CODE[code], LAST_DAY)} for code in sizes}
    assert sizes == {"US": 110, "DE": 60, "UK": 40}
    assert {"00501", "NA"} <= skus["US"]
    assert len(skus["DE"] & skus["UK"]) >= 20
    assert any('"' in item.title for item in books.listings(BY_CODE["US"], LAST_DAY))
    assert any("ü" in item.title for item in books.listings(BY_CODE["DE"], LAST_DAY))
    assert any(not item.is_fba for item in books.listings(BY_CODE["US"], LAST_DAY))


def test_skus_asins_and_fnskus_name_one_product_each(books):
    for code in ("US", "DE", "UK"):
        listings = books.listings(BY_CODE[code], LAST_DAY)
        assert len({item.sku for item in listings}) == len(listings)
        assert len({item.asin for item in listings}) == len(listings)
        assert all(len(item.asin) == len(item.parent_asin) == 10 for item in listings)
        assert not {item.asin for item in listings} & {item.parent_asin for item in listings}


def test_stock_of_every_day_follows_from_the_day_before(books):
    for code in ("US", "DE", "UK"):
        for listing in books.listings(BY_CODE[code], LAST_DAY):
            days = books.history(listing, LAST_DAY)
            assert [item.day for item in days] == list(Days(listing.listed_on, LAST_DAY))
            for today, tomorrow in pairwise(days):
                moved = today.received + today.returned_sellable - today.sold
                assert tomorrow.opening == today.opening + moved
                assert 0 <= today.sold <= today.opening


def test_no_story_shipment_is_empty():
    assert all(item.units > 0 for plan in story_plans() for item in plan.supply.shipments)


def test_what_is_received_was_inbound_before(books):
    for listing in books.listings(BY_CODE["US"], LAST_DAY):
        for today in books.history(listing, LAST_DAY):
            assert today.inbound_receiving >= today.received
            assert min(today.inbound_working, today.inbound_shipped, today.inbound_receiving) >= 0


def test_orders_of_a_day_add_up_to_the_units_sold_and_lie_within_the_local_day(books):
    for code, day in (("US", date(2026, 11, 1)), ("US", NIGHT), ("DE", date(2026, 10, 25)), ("UK", NIGHT)):
        market = BY_CODE[code]
        lines = books.lines(market, day)
        kept = [line for line in lines if not line.order.is_cancelled_in_the_end]
        units: Counter[str] = Counter()
        for line in kept:
            units[line.listing.sku] += line.quantity
        sold = {item.sku: books.history(item, day)[-1].sold for item in books.listings(market, day)}
        assert units == Counter(sold)
        assert all(local_day(line.order.purchased_at, market.zone) == day for line in lines)
        withdrawn = {story.sku for story in STORY if story.withdrawn}
        taken_back = [line for line in lines if line not in kept and line.listing.sku not in withdrawn]
        assert all(local_day(line.order.settled_at, market.zone) == day for line in taken_back)


def test_no_order_outlives_the_longest_order(books):
    lines = [line for day in Days(date(2026, 11, 1), NIGHT) for line in books.lines(BY_CODE["US"], day)]
    assert max(line.order.settled_at - line.order.purchased_at for line in lines) < timedelta(days=2)


def test_order_ids_name_one_order_and_some_orders_have_several_lines(books):
    orders_by_id: dict[str, set[int]] = {}
    lines = [line for day in Days(date(2026, 9, 1), NIGHT) for line in books.lines(BY_CODE["US"], day)]
    for line in lines:
        orders_by_id.setdefault(line.order.order_id, set()).add(id(line.order))
    pairs = Counter((line.order.order_id, line.listing.sku) for line in lines)
    assert all(len(owners) == 1 for owners in orders_by_id.values())
    assert len(lines) > len(orders_by_id)
    assert max(pairs.values()) >= 2
    assert {line.order.kind for line in lines} == {"sale", "replacement", "off_amazon"}
    assert any(line.discount_cents for line in lines)


def test_traffic_falls_when_there_is_nothing_to_buy(books):
    listing = next(item for item in books.listings(BY_CODE["US"], NIGHT) if item.sku == "CR-FIREPIT-24")
    before, after = books.traffic(listing, date(2026, 11, 10)), books.traffic(listing, date(2026, 11, 16))
    assert after.featured_pct == 0 < before.featured_pct
    assert after.browser_sessions + after.app_sessions < (before.browser_sessions + before.app_sessions) / 2


def test_books_before_the_first_day_are_empty(books):
    before = FIRST_DAY - timedelta(days=1)
    assert books.lines(BY_CODE["US"], before) == ()
    assert books.history(books.listings(BY_CODE["US"], FIRST_DAY)[0], before) == []


def test_the_same_request_gives_the_same_bytes_in_any_order_of_calls():
    requests = [
        ask(ORDERS, "US", at("US", NIGHT, 5.5), at("US", NIGHT, -48), at("US", NIGHT, 0)),
        ask(STOCK, "DE", at("DE", NIGHT, 5.5)),
        ask(PLANNING, "US", at("US", date(2026, 12, 24), 7)),
        ask(TRAFFIC, "UK", at("UK", NIGHT, 5.5), at("UK", NIGHT, -100), at("UK", NIGHT, 0), asinGranularity="CHILD"),
    ]
    forward, backward = build_world(), build_world()
    one = [forward.render(item) for item in requests]
    other = [backward.render(item) for item in reversed(requests)]
    assert one == other[::-1]


def test_another_seed_is_another_world(world):
    request = ask(ORDERS, "US", at("US", NIGHT, 5.5), at("US", NIGHT, -48), at("US", NIGHT, 0))
    assert world.render(request) != build_world(seed=8).render(request)


def test_chance_is_the_same_on_every_machine():
    assert [int(number * 2**32) for number in draws(7, "US", "00501")[:3]] == [1092843167, 137818003, 3064205463]
    assert all(0 <= number < 1 for number in draws("x"))


def test_business_report_units_agree_with_the_order_lines_once_settled(world):
    for code in ("US", "DE", "UK"):
        first, last = date(2026, 11, 3), date(2026, 11, 9)
        now = at(code, last, 24 * 5)
        start, end = at(code, first, 0), at(code, last, 24)
        lines = rows(world.render(ask(ORDERS, code, now, start, end)))
        sales = [row for row in lines if row["item-price"] not in {"", "0.00"} and row["sales-channel"] != "Non-Amazon"]
        report = json.loads(world.render(ask(TRAFFIC, code, now, utc(first), utc(last), asinGranularity="SKU")).body)
        by_day: Counter[str] = Counter()
        by_sku: Counter[str] = Counter()
        cents: Counter[str] = Counter()
        for row in sales:
            day = datetime.fromisoformat(row["purchase-date"]).astimezone(BY_CODE[code].zone).date().isoformat()
            by_day[day] += int(row["quantity"])
            by_sku[row["sku"]] += int(row["quantity"])
            cents[row["sku"]] += round(float(row["item-price"]) * 100)
        found = report["salesAndTrafficByAsin"]
        assert {row["date"]: row["salesByDate"]["unitsOrdered"] for row in report["salesAndTrafficByDate"]} == by_day
        assert {row["sku"]: row["salesByAsin"]["unitsOrdered"] for row in found} == by_sku
        assert {row["sku"]: round(row["salesByAsin"]["orderedProductSales"]["amount"] * 100) for row in found} == cents


def test_planning_units_agree_with_the_orders_of_thirty_complete_days(world):
    now = at("DE", NIGHT, 5.5)
    lines = rows(world.render(ask(ORDERS, "DE", now, at("DE", NIGHT - timedelta(days=30), 0), at("DE", NIGHT, 0))))
    units: Counter[str] = Counter()
    for row in lines:
        units[row["sku"]] += int(row["quantity"])
    planning = rows(world.render(ask(PLANNING, "DE", now)))
    assert len(planning) > 50
    assert all(int(row["units-shipped-t30"]) == units[row["sku"]] for row in planning)


def test_a_snapshot_later_in_the_day_has_fallen_by_what_was_bought(world):
    # given
    early, late = at("US", NIGHT, 0), at("US", NIGHT, 20)
    before = {row["sku"]: int(row["afn-fulfillable-quantity"]) for row in rows(world.render(ask(STOCK, "US", early)))}
    after = {row["sku"]: int(row["afn-fulfillable-quantity"]) for row in rows(world.render(ask(STOCK, "US", late)))}
    # when
    bought: Counter[str] = Counter()
    for row in rows(world.render(ask(ORDERS, "US", late, early, late))):
        if row["fulfillment-channel"] == "Amazon":
            bought[row["sku"]] += int(row["quantity"])
    # then
    assert sum(bought.values()) > 100
    assert {sku: before[sku] - units for sku, units in after.items()} == {sku: bought[sku] for sku in after}


def test_updates_hold_every_order_exactly_as_often_as_its_last_word_falls_into_a_window(world):
    now = at("UK", NIGHT, 5.5)
    first = at("UK", NIGHT, -24 * 5)
    whole = rows(world.render(ask(UPDATES, "UK", now, first, now)))
    parts = [
        row
        for day in range(6)
        for row in rows(
            world.render(ask(UPDATES, "UK", now, first + timedelta(days=day), min(now, first + timedelta(days=day + 1))))
        )
    ]
    assert parts == whole


@pytest.mark.parametrize("code", ["US", "DE", "UK"])
def test_every_marketplace_of_the_world_has_towns_order_numbers_and_products(code):
    assert PLACES[code]
    assert orders.ID_PREFIXES[code]
    assert [part.code for part in RANGES].count(code) == 1


def test_every_role_and_number_of_a_range_exists():
    for part in RANGES:
        assert part.last <= len(VARIANTS)
        assert set(part.roles.values()) <= set(ROLES)
        assert all(part.first <= number < part.last for number in [*part.roles, *part.skus])


def test_weekday_patterns_do_not_change_the_weekly_level():
    assert sum(WEEKDAY_STEPS) == 0
    assert sum(WEEKDAY_SHARES) == pytest.approx(7, abs=0.01)
    assert SteadyDemand(9).total(NIGHT, NIGHT + timedelta(days=6)) == 63


def test_curves_reach_from_nothing_to_everything():
    assert orders.DAY_CURVE[0] == (0.0, 0.0)
    assert orders.DAY_CURVE[-1] == (1.0, 24.0)
    assert orders.QUANTITY_SHARES[-1][0] == 1.0
    assert stock.REORDER_BELOW_DAYS > stock.SHORTEST_LEAD_DAYS + stock.LEAD_SPREAD_DAYS + 11


def test_a_rendered_document_keeps_its_fingerprint(world):
    """The bytes are the same on any machine; a change of the world changes this number knowingly."""
    body = world.render(ask(ORDERS, "UK", at("UK", NIGHT, 5.5), at("UK", NIGHT, -24), at("UK", NIGHT, 0))).body
    assert hashlib.sha256(body).hexdigest()[:16] == "f6c99d95560abe6e"
