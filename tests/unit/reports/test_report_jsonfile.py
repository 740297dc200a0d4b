"""JSON documents of all forms: what becomes a record, what becomes a cell, and what refuses the document."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.ads_sp_campaigns import ADS_SP_CAMPAIGN_DAY
from sellerwatch.reports.ads_sp_campaigns import parse as parse_ads
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.jsonfile import flat_rows, load_array, load_lines, load_object, parts_of

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, tzinfo=UTC))
CAMPAIGN = {
    "date": "2026-11-20",
    "campaignId": 402317846512345678,
    "campaignBudgetCurrencyCode": "USD",
    "impressions": 10,
    "clicks": 1,
    "cost": 0.1,
    "purchases7d": 0,
    "sales7d": 0,
}


def text(data):
    return decode(data.encode(), US)


def campaigns(*records):
    parsed = parse_ads(json.dumps(records).encode(), US)
    return list(ADS_SP_CAMPAIGN_DAY.rows(parsed.frames["ads_sp_campaign_day"]))


def cost_written(number):
    document = json.dumps([CAMPAIGN | {"cost": "@"}]).replace('"@"', number)
    (row,) = ADS_SP_CAMPAIGN_DAY.rows(parse_ads(document.encode(), US).frames["ads_sp_campaign_day"])
    return row.cost_amount


# Records


def test_json_lines_are_placed_by_their_line_and_blank_ones_still_count():
    records = load_lines(text('{"a": 1}\n\n \t\n{"a": 2}\n[3]'), US)

    assert records == [(1, {"a": 1}), (4, {"a": 2}), (5, [3])]


@pytest.mark.parametrize("torn", ['{"a": 1}\n{"a": ', '{"a": 1} {"a": 2}', '{\n"a": 1\n}', '{"a": NaN}'])
def test_a_line_that_is_not_json_refuses_the_document_and_is_named(torn):
    with pytest.raises(DocumentError, match=r"Line \d is not JSON") as caught:
        load_lines(text(torn), US)

    assert caught.value.remedy


def test_a_line_end_inside_a_text_is_no_line_end():
    assert load_lines(text('{"a": "x\u2028y\\nz"}'), US) == [(1, {"a": "x\u2028y\nz"})]


def test_an_array_is_placed_by_position():
    assert load_array(text('[{"a": 1}, "oops"]'), US) == [(1, {"a": 1}), (2, "oops")]
    assert load_array(text("[]"), US) == []


@pytest.mark.parametrize("other", ["{}", '"text"', "null", "7"])
def test_a_top_that_is_no_array_is_refused(other):
    with pytest.raises(DocumentError, match="not a JSON array"):
        load_array(text(other), US)


def test_a_top_that_is_no_object_is_refused():
    with pytest.raises(DocumentError, match="not a JSON object"):
        load_object(text("[]"), US)


def test_a_record_nested_beyond_reason_stays_in_one_piece():
    deep = {}
    for _ in range(100_000):
        deep = {"a": deep}

    (row,) = flat_rows([(1, {"b": 1, **deep})])

    assert len(row.leaves) == 2
    assert row.leaves["b"] == 1


def test_parts_have_the_place_of_the_record_they_stand_in():
    records = [(1, {"parts": [{"a": 1}, "oops"]}), (2, "oops"), (3, {"parts": None}), (4, {}), (5, {"parts": [{"a": 2}]})]

    rows = flat_rows(parts_of(records, "parts"), "parts[].")

    assert [(row.place, row.leaves) for row in rows] == [(1, {"parts[].a": 1}), (1, None), (5, {"parts[].a": 2})]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\uD83D\uDE00", "\U0001f600"),
        (r"\ud83d", "?"),
        (r"\ude00\ud83d", "??"),
        (r"\ud83d\ud83d\ude00", "?\U0001f600"),
        (r"\\ud83d", r"\ud83d"),
        (r"\\\ud83d", "\\?"),
        (r"a\u0000b", "a\ufffdb"),
        (r"\\u0000", r"\u0000"),
        (r"\u00e9\n\"", 'é\n"'),
    ],
)
def test_half_a_surrogate_pair_and_nul_never_leave_the_document(written, read):
    assert load_object(text(f'{{"{written}": "{written}"}}'), US) == {read: read}


# Cells


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0.1", "0.1"),
        ("19.90", "19.9"),
        ("5.0", "5"),
        ("-0.0", "0"),
        ("1E2", "100"),
        ("1.5e-7", "0"),
        ("0.30000000000000004", "0.3"),
        ("123456.1234565", "123456.123456"),
        ('"12.34"', "12.34"),
        ("9223372036854", "9223372036854"),
    ],
)
def test_an_amount_is_what_is_written_and_no_binary_fraction(written, kept):
    assert cost_written(written) == Decimal(kept)


@pytest.mark.parametrize("written", ["null", '""', '" "', '"--"'])
def test_nothing_is_null_and_never_zero(written):
    assert cost_written(written) is None


@pytest.mark.parametrize("beyond", ["1e15", "1E+999999999", "9" * 40, "true", "[1]", '"1,234.50"'])
def test_what_is_no_amount_sets_its_record_aside(beyond):
    document = json.dumps([CAMPAIGN | {"cost": "@"}, CAMPAIGN | {"campaignId": 2}]).replace('"@"', beyond)

    parsed = parse_ads(document.encode(), US)

    assert parsed.frames["ads_sp_campaign_day"]["campaign_id"].tolist() == ["2"]
    assert [(item.line, item.column) for item in parsed.skipped] == [(1, "cost")]


@pytest.mark.parametrize("campaign_id", [402317846512345679, "402317846512345679"], ids=["number", "text"])
def test_an_id_keeps_its_last_digit_as_number_and_as_text(campaign_id):
    (row,) = campaigns(CAMPAIGN | {"campaignId": campaign_id})

    assert row.campaign_id == "402317846512345679"


def test_an_id_beyond_64_bits_keeps_all_digits():
    assert [row.campaign_id for row in campaigns(CAMPAIGN | {"campaignId": 2**80})] == [str(2**80)]


def test_a_column_may_mix_numbers_texts_and_nothing():
    rows = campaigns(
        *(CAMPAIGN | {"campaignId": number, "clicks": clicks} for number, clicks in enumerate([3, "4", None, 5.0]))
    )

    assert [row.clicks for row in rows] == [3, 4, None, 5]


def test_another_name_fills_in_only_where_the_first_has_nothing():
    rows = campaigns(
        CAMPAIGN | {"campaignId": 1, "cost": 1, "spend": 9},
        CAMPAIGN | {"campaignId": 2, "cost": None, "spend": 2},
        CAMPAIGN | {"campaignId": 3, "cost": "", "spend": "3"},
    )

    assert [row.cost_amount for row in rows] == [1, 2, 3]
