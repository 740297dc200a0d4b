"""The wide world: many products, few reports, the same bytes for the same seed. Not here: whether the product can read them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.simulator.amazon.state import AmazonSettings
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.simulator.world.catalogue import build_world
from sellerwatch.simulator.world.wide import BY_DATE, LISTINGS, SALES_AND_TRAFFIC, TRENDS, WideWorld, wide_sellers
from tests.unit.simulator.amazon.conftest import Bench, HandClock, build_app

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
FIRST = datetime(2026, 11, 16, tzinfo=UTC)
LAST = datetime(2026, 11, 18, tzinfo=UTC)
BY_DAY_AND_CHILD = {"dateGranularity": "DAY", "asinGranularity": "CHILD"}
FEW = "B0W0100000 B0W0100299 B0NOTOURS0"


def ask(world, report_type, *codes, start=FIRST, end=LAST, seller=0, **options):
    places = tuple(BY_CODE[code].id for code in codes or ("US",))
    return world.render(ReportRequest(world.sellers[seller].seller_id, report_type, places, start, end, options, NOW))


def rows(rendered):
    return [json.loads(line) for line in rendered.body.splitlines()]


def test_the_same_seed_gives_the_same_bytes_in_any_order_of_calls_and_another_seed_others():
    forward, backward, other = build_world("wide"), build_world("wide"), build_world("wide", 8)
    questions = [(SALES_AND_TRAFFIC, BY_DAY_AND_CHILD), (TRENDS, {"date": "DAY", "asins": FEW}), (BY_DATE, {"date": "DAY"})]

    told = [ask(forward, kind, **options) for kind, options in questions]
    again = [ask(backward, kind, **options) for kind, options in reversed(questions)]

    assert told == again[::-1]
    assert [ask(other, kind, **options) == before for (kind, options), before in zip(questions, told, strict=True)] == [
        False
    ] * 3


def test_a_world_that_was_prepared_tells_the_same():
    prepared = build_world("wide")
    prepared.prepare()

    assert ask(prepared, BY_DATE, "CA", date="DAY") == ask(build_world("wide"), BY_DATE, "CA", date="DAY")


def test_up_to_twenty_sellers_have_credentials_and_products_of_their_own():
    sellers = wide_sellers(20)

    for name in ("seller_id", "name", "client_id", "client_secret", "refresh_token"):
        assert len({getattr(seller, name) for seller in sellers}) == 20, name
    world = WideWorld(sellers)
    first, last = (ask(world, LISTINGS, seller=number).body.decode() for number in (0, 19))
    assert ("B0W01" in first, "B0W20" in first) == (True, False)
    assert ("B0W01" in last, "B0W20" in last) == (False, True)


@pytest.mark.parametrize("count", [0, 21])
def test_there_are_no_more_than_twenty(count):
    with pytest.raises(ConfigError, match="1 to 20"):
        wide_sellers(count)


def test_trends_have_a_row_for_each_day_and_each_of_the_sellers_products_that_was_asked_for():
    found = rows(ask(build_world("wide"), TRENDS, date="DAY", asins=FEW))

    assert [(row["startDate"], row["childAsin"]) for row in found] == [
        (day, asin) for day in ("2026-11-16", "2026-11-17", "2026-11-18") for asin in ("B0W0100000", "B0W0100299")
    ]
    assert {row["parentAsin"] for row in found} == {"B0P0100000", "B0P0100074"}


def test_only_the_wanted_fields_are_written_in_their_order_and_what_a_row_lacks_is_null():
    fields = "childAsin sales.unitsOrdered sales.unitsOrderedB2B sku startDate sales.orderedProductSales.amount"

    whole = rows(ask(build_world("wide"), TRENDS, date="DAY", asins=FEW))
    chosen = ask(build_world("wide"), TRENDS, date="DAY", asins=FEW, fields=fields)

    assert chosen.is_selected
    assert [list(row.items()) for row in rows(chosen)] == [
        [
            ("childAsin", row["childAsin"]),
            (
                "sales",
                {
                    "unitsOrdered": row["sales"]["unitsOrdered"],
                    "unitsOrderedB2B": None,
                    "orderedProductSales": {"amount": row["sales"]["orderedProductSales"]["amount"]},
                },
            ),
            ("sku", None),
            ("startDate", row["startDate"]),
        ]
        for row in whole
    ]


def test_a_query_answers_alike_whether_the_world_or_the_api_picks_the_fields():
    """The second world hides that it has picked, so that the API picks once more."""

    class Unsaid(WideWorld):
        def _render(self, request):
            options = {name: text for name, text in request.options.items() if name != "fields"}
            return super()._render(replace(request, options=options))

    documents = []
    for kind in (WideWorld, Unsaid):
        clock, world = HandClock(), kind(wide_sellers(1))
        bench = Bench(clock, world, build_app(world, clock, settings=AmazonSettings(query_rows=4)))
        bench.enter(world.sellers[0])
        query = bench.finished_query(QUERY)
        documents.append(bench.query_document(query["dataDocumentId"]).text)
        assert query["pagination"]["nextToken"]

    assert documents[0] == documents[1]
    assert json.loads(documents[0].splitlines()[0])["traffic"].keys() == {"sessions", "pageViewsB2B"}


QUERY = """
query { analytics_salesAndTraffic_2024_04_24 { salesAndTrafficTrends(
  asinAggregation: CHILD, dateAggregation: DAY, startDate: "2026-11-10", endDate: "2026-11-12",
  filters: [{marketplaceId: "ATVPDKIKX0DER", asins: ["B0W0100000", "B0W0100001"]}]
) { endDate parentAsin traffic { sessions pageViewsB2B } sales { orderedProductSales { currencyCode amount } } } } }
"""


def test_a_day_of_the_cycle_that_comes_twice_in_a_range_counts_twice():
    world = build_world("wide")
    five_weeks = json.loads(ask(world, SALES_AND_TRAFFIC, start=datetime(2026, 9, 1, tzinfo=UTC), **BY_DAY_AND_CHILD).body)

    for amazon, report in (("unitsOrdered", "salesBy"), ("pageViews", "trafficBy")):
        by_product = sum(row[f"{report}Asin"][amazon] for row in five_weeks["salesAndTrafficByAsin"])
        assert by_product == sum(row[f"{report}Date"][amazon] for row in five_weeks["salesAndTrafficByDate"])


def test_products_over_a_range_are_the_sums_of_its_days():
    world = build_world("wide")
    days = [
        ask(world, SALES_AND_TRAFFIC, start=day, end=day, **BY_DAY_AND_CHILD) for day in (FIRST, LAST.replace(day=17), LAST)
    ]

    whole = json.loads(ask(world, SALES_AND_TRAFFIC, **BY_DAY_AND_CHILD).body)
    parts = [json.loads(day.body) for day in days]

    assert [row["date"] for row in whole["salesAndTrafficByDate"]] == ["2026-11-16", "2026-11-17", "2026-11-18"]
    for number, row in enumerate(whole["salesAndTrafficByAsin"]):
        single = [part["salesAndTrafficByAsin"][number] for part in parts]
        assert row["childAsin"] == single[0]["childAsin"]
        assert row["salesByAsin"]["unitsOrdered"] == sum(day["salesByAsin"]["unitsOrdered"] for day in single)
        assert row["trafficByAsin"]["sessions"] == sum(day["trafficByAsin"]["sessions"] for day in single)


def test_a_day_that_is_not_over_is_not_there_yet():
    world, tomorrow = build_world("wide"), NOW.replace(day=21, hour=0)

    report = json.loads(ask(world, SALES_AND_TRAFFIC, start=tomorrow, end=tomorrow, **BY_DAY_AND_CHILD).body)

    assert (report["salesAndTrafficByDate"], report["salesAndTrafficByAsin"]) == ([], [])
    assert ask(world, TRENDS, start=tomorrow, end=tomorrow, date="DAY", asins=FEW).body == b""
    assert (
        json.loads(ask(world, SALES_AND_TRAFFIC, start=None, end=None, **BY_DAY_AND_CHILD).body)["salesAndTrafficByDate"] == []
    )


def test_sums_by_date_are_those_of_the_report():
    world = build_world("wide")

    by_date = rows(ask(world, BY_DATE, "MX", date="DAY"))

    report = json.loads(ask(world, SALES_AND_TRAFFIC, "MX", **BY_DAY_AND_CHILD).body)["salesAndTrafficByDate"]
    assert [row["sales"] for row in by_date] == [row["salesByDate"] for row in report]
    assert len(by_date) == 3


@pytest.mark.parametrize(
    ("report_type", "codes", "options"),
    [
        ("GET_SELLER_FEEDBACK_DATA", ["US"], {}),
        (SALES_AND_TRAFFIC, ["US", "CA"], BY_DAY_AND_CHILD),
        (SALES_AND_TRAFFIC, ["DE"], BY_DAY_AND_CHILD),
        (SALES_AND_TRAFFIC, ["US"], {"dateGranularity": "DAY"}),
        (SALES_AND_TRAFFIC, ["US"], {**BY_DAY_AND_CHILD, "dateGranularity": "WEEK"}),
        (TRENDS, ["US"], {"date": "WEEK", "asins": FEW}),
        (BY_DATE, ["US"], {"date": "MONTH"}),
    ],
)
def test_what_the_world_does_not_make_is_fatal_and_says_why(report_type, codes, options):
    rendered = ask(build_world("wide"), report_type, *codes, **options)

    assert rendered.status == "FATAL"
    assert rendered.body
