"""Where and when mischief strikes: by the table, the same for the same seed, and written down when it did."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import start_of_day
from sellerwatch.simulator.amazon.faults import FAULTS, Fault, Subject
from sellerwatch.simulator.hostile import forgeries, json_cards
from sellerwatch.simulator.hostile.blows import Blows
from sellerwatch.simulator.hostile.hostilities import HOSTILITIES, ORDERS, PLANNING, STOCK
from sellerwatch.simulator.hostile.kinds import FIRST_NIGHT, Blow, Card, Paper, Where, night_of
from sellerwatch.simulator.hostile.mischief import DECKS, NIGHT_STEP, Mischief
from sellerwatch.simulator.hostile.sheet import read_sheet
from sellerwatch.simulator.ports import Rendered, ReportRequest
from sellerwatch.simulator.world.catalogue import build_world
from sellerwatch.simulator.world.sellers import ALPINE, CASCADE, FURTHER_SELLERS
from sellerwatch.simulator.world.story import NIGHTS

NIGHT_STARTS = timedelta(hours=5, minutes=30)
UPDATES = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"


def moment(code, night):
    return start_of_day(NIGHTS[night - 1], BY_CODE[code].zone) + NIGHT_STARTS


def ask(report_type, code, night, *, age=None):
    seller = next(item for item in FURTHER_SELLERS if BY_CODE[code].id in item.marketplace_ids)
    day = datetime.combine(NIGHTS[night - 1], datetime.min.time(), UTC)
    start, end = (day - timedelta(days=age),) * 2 if age else (None, None)
    options = {"asinGranularity": "CHILD"} if report_type == TRAFFIC else {}
    return ReportRequest(seller.seller_id, report_type, (BY_CODE[code].id,), start, end, options, moment(code, night))


@dataclass
class HandClock:
    instant: datetime

    def now(self):
        return self.instant


@pytest.fixture
def blows_at():
    def make(code, night):
        strikes = []
        return Blows(FURTHER_SELLERS, HandClock(moment(code, night)), strikes), strikes

    return make


def test_the_nights_are_those_of_the_demo_and_come_again():
    assert NIGHTS[0] == FIRST_NIGHT
    assert [night_of(day) for day in NIGHTS] == [1, 2, 3]
    assert [night_of(date(2026, 11, 20)), night_of(date(2026, 11, 16)), night_of(date(2025, 1, 1))] == [1, 3, 3]


def test_every_row_has_a_name_of_its_own_and_two_sentences():
    names = [item.name for item in HOSTILITIES]

    assert len(set(names)) == len(names)
    assert [item.name for item in HOSTILITIES if not item.amazon or not item.warehouse] == []


def test_every_deck_is_played_and_turns_from_night_to_night():
    sizes = {deck: sum(isinstance(item.act, Card) and item.act.deck == deck for item in HOSTILITIES) for deck in DECKS}

    assert {item.act.deck for item in HOSTILITIES if isinstance(item.act, Card)} == set(DECKS)
    assert [deck for deck, size in sizes.items() if size > 1 and NIGHT_STEP % size == 0] == []


def test_every_blow_is_a_word_of_the_vocabulary_with_what_it_needs():
    blows = [item.act for item in HOSTILITIES if isinstance(item.act, Blow)]

    assert {blow.fault for blow in blows} <= set(FAULTS)
    for blow in blows:
        assert bool(blow.operations) == (FAULTS[blow.fault].level == "operation"), blow.fault


def test_the_same_seed_spoils_the_same_documents_alike():
    request = ask(STOCK, "DE", 1)

    assert build_world("hostile", 7).render(request) == build_world("hostile", 7).render(request)


def test_the_hostile_world_has_the_books_of_the_clean_one():
    clean, hostile = build_world("clean"), build_world("hostile")

    assert hostile.sellers == clean.sellers
    assert clean.mischief is None
    assert build_world("demo").sellers == clean.sellers[:2]
    assert hostile._render(ask(PLANNING, "JP", 1)) == clean.render(ask(PLANNING, "JP", 1))


def test_what_changes_nothing_is_no_strike():
    mischief = Mischief(FURTHER_SELLERS, 7)
    empty = Rendered("DONE", b"", "text/plain;charset=UTF-8")

    assert mischief.spoil(ask(STOCK, "DE", 1), empty, lambda _: empty) == empty
    assert mischief.strikes == []


def test_a_report_that_ends_without_a_document_is_left_as_it_is():
    mischief, fatal = Mischief(FURTHER_SELLERS, 7), Rendered("FATAL", b"no")

    assert mischief.spoil(ask(STOCK, "UK", 2), fatal, lambda _: fatal) == fatal
    assert mischief.strikes == []


@pytest.mark.parametrize(
    ("report_type", "content_type"),
    [("getInventorySummaries", "application/json;charset=UTF-8"), ("dataset.query", "application/jsonl;charset=UTF-8")],
)
def test_what_is_no_document_yet_is_left_as_it_is(report_type, content_type):
    mischief, rows = Mischief(FURTHER_SELLERS, 7), Rendered("DONE", b'[{"a":1}]', content_type)

    assert mischief.spoil(ask(report_type, "DE", 1), rows, lambda _: rows) == rows
    assert mischief.strikes == []


def test_a_seller_nobody_knows_is_struck_by_nothing():
    request = replace(ask(STOCK, "DE", 1), seller_id="A1NOBODY")

    assert build_world("hostile").render(request).status == "FATAL"


def test_forgeries_come_before_the_cards_and_both_are_written_down():
    world = build_world("hostile")

    spoilt = world.render(ask(STOCK, "UK", 2))

    struck = [item.name for item in world.mischief.strikes]
    assert struck[0] == "no_required_column"
    assert len(struck) > 2
    assert "afn-fulfillable-quantity" in read_sheet(world._render(ask(STOCK, "UK", 2))).header
    assert b"afn-fulfillable" not in spoilt.body.lower().replace(b" ", b"-").replace(b"_", b"-")


def test_columns_that_are_known_by_place_are_left_where_they_are():
    mischief = Mischief(FURTHER_SELLERS, 7)
    feedback = Rendered("DONE", "Datum\tBewertung\tü\n16.11.26\t1\tx\n".encode(), "text/plain;charset=UTF-8")

    for night in (1, 2, 3):
        spoilt = mischief.spoil(ask("GET_SELLER_FEEDBACK_DATA", "DE", night), feedback, lambda _: feedback)
        assert spoilt.body.decode("utf-8-sig" if spoilt.body.startswith(b"\xef") else "latin-1").startswith(
            "Datum\tBewertung\t"
        )


@pytest.mark.parametrize(
    ("where", "is_covered"),
    [
        (Where(), True),
        (Where(types=frozenset({STOCK})), False),
        (Where(places=frozenset({"DE", "US"})), True),
        (Where(places=frozenset({"US"})), False),
        (Where(nights=frozenset({2})), False),
        (Where(ages=frozenset({1})), True),
        (Where(ages=frozenset({2})), False),
    ],
)
def test_a_hostility_strikes_where_its_row_says(where, is_covered):
    paper = Paper(ask(TRAFFIC, "DE", 1, age=1), Rendered("DONE"), (), lambda _: Rendered("DONE"))

    assert where.covers(paper) == is_covered


def test_a_snapshot_has_no_age():
    assert Paper(ask(STOCK, "DE", 1), Rendered("DONE"), (), lambda _: Rendered("DONE")).age_days is None


# --- single reports ---------------------------------------------------------------------------------------------------


def paper_of(world, request):
    seller = next(item for item in world.sellers if item.seller_id == request.seller_id)
    return Paper(request, world.render(request), seller.marketplace_ids, world.render)


@pytest.fixture(scope="module")
def clean():
    return build_world("clean")


def test_orders_of_the_other_marketplace_come_with_it_and_those_from_outside_amazon_do_not(clean):
    request = replace(ask(UPDATES, "DE", 1), data_start=moment("DE", 1) - timedelta(days=4), data_end=moment("DE", 1))
    own = read_sheet(clean.render(request))

    spoilt = read_sheet(forgeries.of_every_marketplace(paper_of(clean, request)))

    place = own.header.index("sales-channel")
    added = {row[place] for row in set(spoilt.rows) - set(own.rows)}
    assert added == {"Amazon.co.uk"}
    assert set(own.rows) < set(spoilt.rows)


def test_a_ledger_begins_with_rows_of_the_day_before(clean):
    first = start_of_day(date(2026, 11, 10), BY_CODE["DE"].zone)
    options = {"aggregatedByTimePeriod": "DAILY"}
    request = replace(
        ask("GET_LEDGER_SUMMARY_VIEW_DATA", "DE", 1), data_start=first, data_end=first + timedelta(days=1), options=options
    )
    own = read_sheet(clean.render(request))

    spoilt = read_sheet(forgeries.with_days_that_bleed(paper_of(clean, request)))

    assert spoilt.rows[forgeries.BLED_ROWS :] == own.rows
    assert {row[0] for row in spoilt.rows[: forgeries.BLED_ROWS]} == {"11/09/2026"}


def test_a_forgery_leaves_alone_what_it_cannot_read(clean):
    nothing = Rendered("DONE", b"", "text/plain")
    request = ask(UPDATES, "DE", 1)
    paper = Paper(request, nothing, request.marketplace_ids, lambda _: nothing)

    for spoil in (forgeries.of_every_marketplace, forgeries.with_days_that_bleed, forgeries.without("sku")):
        assert spoil(paper) == nothing
    lacking = Paper(request, Rendered("DONE", b"asin\nA\n", "text/plain"), (), lambda _: nothing)
    assert forgeries.without("sku")(lacking) == lacking.rendered


def test_sales_and_traffic_come_late_in_three_ways(clean):
    document = json.loads(clean.render(ask(TRAFFIC, "US", 3, age=2)).body)

    assert json_cards.without_products(document)["salesAndTrafficByAsin"] == []
    late = json_cards.with_late_traffic(document)["salesAndTrafficByDate"][0]
    assert {late["trafficByDate"][name] for name in ("sessions", "browserSessions", "pageViews", "mobileAppPageViews")} == {0}
    assert late["salesByDate"] == document["salesAndTrafficByDate"][0]["salesByDate"]
    units = document["salesAndTrafficByDate"][0]["salesByDate"]["unitsOrdered"]
    assert json_cards.with_half_the_units(document)["salesAndTrafficByDate"][0]["salesByDate"]["unitsOrdered"] == units // 2
    assert "unitsOrdered" not in json.dumps(json_cards.without_key(document, "unitsOrdered"))


# --- blows ------------------------------------------------------------------------------------------------------------


def test_a_blow_strikes_so_often_in_a_night_and_again_the_next(blows_at):
    book, strikes = blows_at("US", 2)
    subject = Subject(operation="createReport", seller_id=CASCADE.seller_id)

    assert [book.take(("throttle",), subject) is not None for _ in range(5)] == [True] * 3 + [False] * 2
    book._clock.instant += timedelta(days=3)
    assert book.take(("throttle",), subject)
    assert [item.name for item in strikes] == ["throttle_storm"] * 4
    assert strikes[0].place == "cascade"


def test_each_seller_has_blows_of_its_own(blows_at):
    book, _ = blows_at("US", 2)

    for seller in (CASCADE, ALPINE):
        assert book.take(("throttle",), Subject(operation="createReport", seller_id=seller.seller_id))


def test_a_cool_down_cancels_every_report_until_its_minutes_are_over(blows_at):
    book, _ = blows_at("DE", 2)
    subject = Subject(report_type=PLANNING, marketplace_ids=(BY_CODE["DE"].id,), seller_id=ALPINE.seller_id)
    words = ("cancelled", "fatal", "stuck_in_queue", "stuck_in_progress")

    seen = []
    for _ in range(3):
        fault = book.take(words, subject)
        seen.append(fault.fault if fault else None)
        book._clock.instant += timedelta(minutes=10)
    assert seen == ["cancelled", "cancelled", None]


@pytest.mark.parametrize(
    "subject",
    [
        Subject(operation="createReport"),
        Subject(operation="createReport", seller_id="A1NOBODY"),
        Subject(operation="getReports", seller_id=CASCADE.seller_id),
    ],
    ids=["a caller nobody knows", "a seller nobody knows", "an operation that is spared"],
)
def test_nobody_else_is_struck(blows_at, subject):
    book, strikes = blows_at("US", 2)

    assert book.take(FAULTS, subject) is None
    assert strikes == []


def test_a_fault_that_a_person_ordered_still_strikes(blows_at):
    book, strikes = blows_at("US", 2)
    book.waiting.append(Fault("html_500", 1, operation="getReports"))

    assert book.take(("html_500",), Subject(operation="getReports", seller_id=CASCADE.seller_id)).fault == "html_500"
    assert book.waiting == []
    assert strikes == []


def test_orders_are_the_two_reports_of_orders():
    assert {UPDATES} < ORDERS
