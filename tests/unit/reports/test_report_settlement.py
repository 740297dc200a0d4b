"""Settlements: taken whole or not at all, each in the notation of its currency."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.settlement import SETTLEMENT, SETTLEMENT_LINE, parse

HEADERS = ["settlement-id", "settlement-start-date", "total-amount", "currency", "transaction-type", "amount-type"]
HEADERS += ["amount-description", "amount", "posted-date", "posted-date-time", "quantity-purchased"]


def context(code="US"):
    return DocumentContext(marketplace(code), "text/plain; charset=UTF-8", None, datetime(2026, 11, 21, tzinfo=UTC))


def summary(total, settlement_id="1", currency="USD", start=""):
    return {"settlement-id": settlement_id, "total-amount": total, "currency": currency, "settlement-start-date": start}


def detail(amount, settlement_id="1", **cells):
    words = {"transaction-type": "Order", "amount-type": "ItemPrice", "amount-description": "Principal"}
    return {"settlement-id": settlement_id, **words, "amount": amount, **cells}


def read(*records, code="US"):
    lines = [HEADERS, *([record.get(header, "") for header in HEADERS] for record in records)]
    return parse("\n".join("\t".join(cells) for cells in lines).encode(), context(code))


def lines_of(parsed):
    return list(SETTLEMENT_LINE.rows(parsed.frames["settlement_line"]))


def settlements_of(parsed):
    return list(SETTLEMENT.rows(parsed.frames["settlement"]))


def refusal(*records, code="US"):
    with pytest.raises(DocumentError) as caught:
        read(*records, code=code)
    return caught.value.what


def test_lines_that_add_up_are_taken_and_carry_the_currency_of_their_settlement():
    parsed = read(summary("7.50"), detail("10.00"), detail("-2.50"))

    (settlement,) = settlements_of(parsed)
    assert (settlement.total_amount, settlement.currency) == (Decimal("7.5"), "USD")
    assert [(line.amount, line.currency, line.ordinal) for line in lines_of(parsed)] == [
        (Decimal(10), "USD", 1),
        (Decimal("-2.5"), "USD", 2),
    ]


def test_dashes_for_an_amount_that_is_not_there_make_a_line_neither_a_summary_nor_an_amount():
    parsed = read({**summary("7.50"), "amount": "--"}, {**detail("10.00"), "total-amount": "--"}, detail("-2.50"))

    assert [settlement.total_amount for settlement in settlements_of(parsed)] == [Decimal("7.5")]
    assert [line.amount for line in lines_of(parsed)] == [Decimal(10), Decimal("-2.5")]


@pytest.mark.parametrize("total", ["7.51", "7.49", "-7.50", "0"])
def test_lines_that_do_not_add_up_refuse_the_document_with_both_sums(total):
    what = refusal(summary(total), detail("10.00"), detail("-2.50"))

    assert "add up to 7.5," in what
    assert f"its total-amount is {Decimal(total).normalize():f}" in what


def test_a_cent_lost_in_a_thousand_lines_is_found():
    lines = [detail("0.01") for _ in range(1000)]

    assert "add up to 9.99, but its total-amount is 10" in refusal(summary("10.00"), *lines[1:])
    assert len(lines_of(read(summary("10.00"), *lines))) == 1000


def test_one_settlement_that_does_not_add_up_refuses_the_others_too():
    what = refusal(summary("1.00", "A"), detail("1.00", "A"), summary("2.00", "B"), detail("2.50", "B"))

    assert "settlement B" in what


@pytest.mark.parametrize("records", [[detail("1.00")], [summary("1.00", "other"), detail("1.00", "other"), detail("1.00")]])
def test_lines_without_a_summary_refuse_the_document(records):
    assert "no summary line tells its total-amount" in refusal(*records)


def test_a_total_that_cannot_be_read_refuses_the_document():
    what = refusal(summary("much"), detail("1.00"))

    assert "no summary line tells its total-amount" in what
    assert "'much'" in what


def test_a_line_that_cannot_be_read_refuses_the_document_and_is_named():
    what = refusal(summary("10.00"), detail("10.00", **{"quantity-purchased": "many"}))

    assert "1 lines were set aside, the first: line 3 quantity-purchased, expected a whole number ('many')" in what


def test_a_settlement_of_nothing_is_one():
    parsed = read(summary("0.00"))

    assert [item.settlement_id for item in settlements_of(parsed)] == ["1"]
    assert lines_of(parsed) == []


def test_a_summary_whose_dates_cannot_be_read_is_set_aside_and_its_lines_stay():
    parsed = read(summary("1.00", start="soon"), detail("1.00"))

    assert settlements_of(parsed) == []
    assert len(lines_of(parsed)) == 1
    assert [(record.table, record.line, record.column) for record in parsed.skipped] == [
        ("settlement", 2, "settlement-start-date")
    ]


def test_a_summary_that_comes_again_is_set_aside():
    parsed = read(summary("1.00"), detail("1.00"), summary("1.00"))

    assert len(settlements_of(parsed)) == 1
    assert [(record.line, record.reason) for record in parsed.skipped] == [(4, "repeats the key of an earlier record")]


@pytest.mark.parametrize("totals", [("1.00", "2.00"), ("2.00", "1.00")])
def test_two_totals_of_one_settlement_refuse_the_file(totals):
    assert "but its total-amount is 2" in refusal(summary(totals[0]), detail("1.00"), summary(totals[1]))


def test_a_settlement_that_stands_in_the_file_twice_refuses_it():
    assert "add up to 2," in refusal(summary("1.00"), detail("1.00"), summary("1.00"), detail("1.00"))


def test_a_total_beside_an_amount_makes_no_summary():
    parsed = read(summary("3.00"), detail("1.00", **{"total-amount": "3.00"}), detail("2.00", **{"total-amount": "3.00"}))

    assert [line.amount for line in lines_of(parsed)] == [Decimal(1), Decimal(2)]


def test_equal_lines_are_all_kept_and_ordinals_count_within_a_settlement():
    parsed = read(summary("2.00", "A"), detail("1.00", "A"), summary("1.00", "B"), detail("1.00", "B"), detail("1.00", "A"))

    assert [(line.settlement_id, line.ordinal) for line in lines_of(parsed)] == [("A", 1), ("B", 1), ("A", 2)]


def test_each_currency_of_a_file_has_its_own_notation():
    parsed = read(
        summary("1.235,50", "E", "EUR", "30.10.2026 08:52:26 UTC"),
        detail("1.235,00", "E", **{"posted-date-time": "02.11.2026 23:30:00 UTC"}),
        summary("1,234.50", "D", "USD", "2026-10-30 08:52:26 UTC"),
        detail("1,234", "D", **{"posted-date-time": "2026-11-02 23:30:00 UTC"}),
        detail("0.50", "D"),
        detail("0,50", "E"),
        code="DE",
    )

    assert [item.total_amount for item in settlements_of(parsed)] == [Decimal("1235.5"), Decimal("1234.5")]
    assert {item.started_at_utc for item in settlements_of(parsed)} == {datetime(2026, 10, 30, 8, 52, 26, tzinfo=UTC)}
    assert [(line.settlement_id, line.amount) for line in lines_of(parsed)] == [
        ("E", Decimal(1235)),
        ("D", Decimal(1234)),
        ("D", Decimal("0.5")),
        ("E", Decimal("0.5")),
    ]


def test_euro_amounts_with_a_point_are_read_as_such():
    parsed = read(summary("12.50", currency="EUR"), detail("12.50"), code="DE")

    assert [line.amount for line in lines_of(parsed)] == [Decimal("12.5")]


def test_euro_amounts_that_prove_nothing_are_refused_and_not_guessed():
    assert "thousands or a fraction" in refusal(summary("1.234", currency="EUR"), detail("1.234"), code="DE")


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ({"posted-date-time": "2026-11-02 07:59:59 UTC", "posted-date": "2026-11-02"}, date(2026, 11, 1)),
        ({"posted-date-time": "2026-11-02 08:00:00 UTC"}, date(2026, 11, 2)),
        ({"posted-date": "2026-11-02"}, date(2026, 11, 2)),
        ({"posted-date": "02.11.2026"}, date(2026, 11, 2)),
        ({"posted-date": "02/11/2026"}, None),
        ({}, None),
    ],
    ids=["before midnight", "at midnight", "day only", "dotted day", "day in doubt", "nothing"],
)
def test_a_posting_belongs_to_the_stores_day_and_else_to_amazons(posted, expected):
    (line,) = lines_of(read(summary("1.00"), detail("1.00", **posted)))

    assert line.posted_on == expected
    assert line.posted_date == posted.get("posted-date")


def test_words_nobody_knows_are_kept():
    (line,) = lines_of(read(summary("1.00"), detail("1.00", **{"amount-description": "Brand New Fee"})))

    assert line.amount_description == "Brand New Fee"


AMOUNTS = st.lists(st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2)), min_size=1, max_size=30)


def european(amount):
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


@settings(deadline=None, max_examples=40)
@given(AMOUNTS, st.sampled_from([("USD", "{:.2f}".format), ("USD", "{:,.2f}".format), ("EUR", european), ("SEK", european)]))
def test_amounts_written_in_any_notation_add_up_to_their_total(amounts, notation):
    currency, written = notation

    parsed = read(summary(written(sum(amounts)), currency=currency), *(detail(written(amount)) for amount in amounts))

    assert [line.amount for line in lines_of(parsed)] == amounts
