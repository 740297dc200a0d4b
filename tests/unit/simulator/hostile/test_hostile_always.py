"""What every world does, shown on the clean one: a row of the table without its evidence fails."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.amazon.answers import RefusedError
from sellerwatch.simulator.amazon.lifecycle import _request
from sellerwatch.simulator.amazon.listing import parse_listing
from sellerwatch.simulator.amazon.state import Order, Report
from sellerwatch.simulator.hostile.hostilities import ALWAYS, PLANNING, STOCK
from sellerwatch.simulator.hostile.sheet import read_sheet
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.simulator.world.awkward_plans import AWKWARD
from sellerwatch.simulator.world.catalogue import build_world
from sellerwatch.simulator.world.sellers import FURTHER_SELLERS

UPDATES = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"


@pytest.fixture(scope="module")
def world():
    return build_world("clean")


def moment(day, code="US", hours=5.5):
    return start_of_day(date(2026, 11, day), BY_CODE[code].zone) + timedelta(hours=hours)


def asked(report_type, *, start=None, end=None, now=None, code="US"):
    seller = next(item for item in FURTHER_SELLERS if BY_CODE[code].id in item.marketplace_ids)
    return ReportRequest(
        seller.seller_id, report_type, (BY_CODE[code].id,), start, end, {"asinGranularity": "SKU"}, now or moment(17)
    )


def sheet(world, report_type, **parts):
    return read_sheet(world.render(asked(report_type, **parts)))


def column(found, name):
    return found.column(found.header.index(name))


def titles(world):
    return {
        (code, sku): title
        for code in ("US", "DE", "JP")
        for found in [sheet(world, STOCK, code=code)]
        for sku, title in zip(column(found, "sku"), column(found, "product-name"), strict=True)
    }


def raw_quotes(world):
    return {title.count('"') % 2 for title in titles(world).values()} == {0, 1}


def awkward_names(world):
    found = titles(world)
    return all(found[code, sku] == title for code, sku, title in AWKWARD) and ("US", "00501") in found


def orders(world, now):
    return sheet(world, UPDATES, start=moment(10), end=now, now=now)


def twin_order_lines(world):
    return max(Counter(orders(world, moment(17)).rows).values()) > 1


def pending_without_price(world):
    first, later = (
        {
            (order, sku): price
            for order, sku, price in zip(
                column(found, "amazon-order-id"), column(found, "sku"), column(found, "item-price"), strict=True
            )
        }
        for found in (orders(world, moment(17)), orders(world, moment(18)))
    )
    return any(not price and later.get(line) for line, price in first.items())


def traffic_comes_late(world):
    day = moment(16, hours=0)
    request = {"start": day, "end": day}
    first, later = (
        json.loads(world.render(asked("GET_SALES_AND_TRAFFIC_REPORT", now=now, **request)).body)["salesAndTrafficByDate"][0]
        for now in (moment(17), moment(19))
    )
    return first["trafficByDate"]["sessions"] == 0 < later["trafficByDate"]["sessions"]


def sold_out_is_not_planned(world):
    return set(column(sheet(world, STOCK), "sku")) > set(column(sheet(world, PLANNING), "sku"))


def returns_move(world):
    first, later = (
        dict(zip(column(found, "license-plate-number"), column(found, "return-date"), strict=True))
        for found in (sheet(world, RETURNS, start=moment(1), end=moment(17), now=now) for now in (moment(17), moment(25)))
    )
    return any(later.get(plate, day) != day for plate, day in first.items())


def settlement_locales(world):
    found = sheet(world, SETTLEMENT, start=moment(1, "DE"), end=moment(15, "DE"), code="DE")
    return "," in column(found, "total-amount")[0] and column(found, "settlement-start-date")[0][2] == "."


def lone_next_token(_world):
    with pytest.raises(RefusedError) as refused:
        parse_listing({"nextToken": ["x"], "pageSize": ["10"]}, now=moment(17), seller_id="A1")
    return refused.value.answer.status == 400


def over_31_days(_world):
    order = Order("A1", UPDATES, (BY_CODE["US"].id,), moment(17) - timedelta(days=32), moment(17), {})
    request = _request(Report("1", order, moment(17), moment(17), moment(17)))
    return request.data_start == request.data_end


EVIDENCE = (
    raw_quotes, awkward_names, twin_order_lines, pending_without_price, traffic_comes_late, sold_out_is_not_planned,
    returns_move, settlement_locales, lone_next_token, over_31_days,
)  # fmt: skip


def test_every_row_that_is_always_so_has_its_evidence():
    assert [check.__name__ for check in EVIDENCE] == [row.name for row in ALWAYS]


@pytest.mark.parametrize("check", EVIDENCE, ids=lambda check: check.__name__)
def test_it_is_so_in_the_clean_world(world, check):
    assert check(world)
