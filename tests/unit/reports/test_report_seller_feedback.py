"""Seller feedback: a header in any language, dates of the marketplace, and nothing that a person wrote."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest

from sellerwatch.core.marketplaces import MARKETPLACES, marketplace
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.notation import ORDERS
from sellerwatch.reports.seller_feedback import SELLER_FEEDBACK, parse

ENGLISH = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email"
GERMAN = "Datum\tBewertung\tKommentare\tIhre Antwort\tBestellnummer\tE-Mail"
FRENCH = "Date\tNote\tCommentaires\tVotre réponse\tNuméro de commande\tE-mail"


def context(code="US", content_type="text/plain; charset=UTF-8"):
    return DocumentContext(marketplace(code), content_type, None, datetime(2026, 11, 21, tzinfo=UTC))


def line(day, rating="1", comment="said", order="111-0000001-0000001"):
    return f"{day}\t{rating}\t{comment}\tanswered\t{order}\tone@marketplace.example"


def read(*lines, code="US"):
    return parse("\n".join(lines).encode(), context(code))


def days(parsed):
    return [row.rated_on for row in SELLER_FEEDBACK.rows(parsed.frames["seller_feedback"])]


@pytest.mark.parametrize(
    ("code", "text"),
    [("US", "11/05/26"), ("UK", "05/11/26"), ("DE", "05.11.26"), ("SE", "2026-11-05"), ("JP", "26/11/05"), ("IN", "5/11/26")],
)
def test_a_day_is_read_as_the_marketplace_writes_it(code, text):
    assert days(read(ENGLISH, line(text), code=code)) == [date(2026, 11, 5)]


def test_a_day_of_a_marketplace_nobody_has_seen_is_set_aside():
    unseen = next(place.code for place in MARKETPLACES if place.code not in ORDERS)

    parsed = read(ENGLISH, line("05/11/26"), code=unseen)

    assert days(parsed) == []
    assert "nothing in the document tells the day from the month" in parsed.skipped[0].reason


@pytest.mark.parametrize("header", [GERMAN, FRENCH])
def test_a_header_in_another_language_is_read_by_position_and_noted(header):
    parsed = read(header, line("05.11.26"), header, line("06.11.26"), code="DE")

    assert days(parsed) == [date(2026, 11, 5), date(2026, 11, 6)]
    assert parsed.notes == ("header_repeated: line 3", f"header_by_position: {header!r}")
    assert parsed.unknown_columns == ()


def test_a_header_in_another_language_needs_order_ids_where_they_should_stand():
    with pytest.raises(DocumentError, match="language not known"):
        read(GERMAN, line("05.11.26", order="B0SOMETHING"), code="DE")


def test_a_header_in_another_language_without_lines_is_valid_and_empty():
    parsed = read(GERMAN, code="DE")

    assert (days(parsed), parsed.row_count) == ([], 0)


def test_a_header_in_another_language_keeps_the_encoding_it_was_read_with():
    data = "\n".join([FRENCH, line("05/11/26", comment="déçu")]).encode("cp1252")

    parsed = parse(io.BytesIO(data), context("FR", "text/plain; charset=Cp1252"))

    assert (parsed.encoding, days(parsed)) == ("cp1252", [date(2026, 11, 5)])


def test_nothing_a_person_wrote_leaves_the_parser():
    parsed = read(
        ENGLISH,
        line("11/05/26", comment="SECRET words"),
        line("11/06/26", comment="SECRET\tmore SECRET"),
        "11/07/26\t2\tbroken",
        "SECRET words go on\tanswered\t111-0000002-0000002\tSECRET@marketplace.example",
        line("SECRET"),
    )

    assert len(days(parsed)) == 1
    assert len(parsed.skipped) == 4
    assert "SECRET" not in repr([*SELLER_FEEDBACK.rows(parsed.frames["seller_feedback"]), parsed.skipped, parsed.notes])


def test_what_is_at_fault_is_still_shown_where_nobody_wrote_it():
    parsed = read(ENGLISH, line("13/13/26"), line("11/05/26", rating="five"))

    assert [record.excerpt for record in parsed.skipped] == ["13/13/26", "five"]


def test_two_pieces_of_feedback_on_one_order_are_two():
    parsed = read(ENGLISH, line("11/05/26"), line("11/05/26", rating="2"))

    rows = list(SELLER_FEEDBACK.rows(parsed.frames["seller_feedback"]))
    assert [(row.rating, row.ordinal) for row in rows] == [(1, 1), (2, 2)]
