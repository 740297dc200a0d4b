"""Sales and traffic: which list of a document may be believed, and what refuses the whole."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.sales_traffic import SALES_TRAFFIC_ASIN_DAY, SALES_TRAFFIC_DAY, parse

US = DocumentContext(marketplace("US"), "application/json", None, datetime(2026, 11, 21, tzinfo=UTC))


def specification(first="2026-11-18", last="2026-11-18", **options):
    return {
        "reportOptions": {"dateGranularity": "DAY", "asinGranularity": "CHILD", **options},
        "dataStartTime": first,
        "dataEndTime": last,
        "marketplaceIds": ["ATVPDKIKX0DER"],
    }


def day(units=1, sessions=10, amount=19.99):
    return {
        "date": "2026-11-18",
        "salesByDate": {"orderedProductSales": {"amount": amount, "currencyCode": "USD"}, "unitsOrdered": units},
        "trafficByDate": {"pageViews": sessions, "sessions": sessions},
    }


def product(child="B0CHILD0001", parent="B0PARENT001", **extra):
    return {
        "parentAsin": parent,
        "childAsin": child,
        "salesByAsin": {"orderedProductSales": {"amount": 19.99, "currencyCode": "USD"}, "unitsOrdered": 1},
        "trafficByAsin": {"pageViews": 12, "sessions": 10},
        **extra,
    }


def read(document):
    return parse(json.dumps(document).encode(), US)


def document(days=None, products=None, spec=None):
    return {
        "reportSpecification": spec or specification(),
        "salesAndTrafficByDate": [day()] if days is None else days,
        "salesAndTrafficByAsin": [product()] if products is None else products,
    }


def test_a_product_carries_the_day_and_the_granularity_it_was_asked_by():
    parsed = read(document())

    (row,) = SALES_TRAFFIC_ASIN_DAY.rows(parsed.frames["sales_traffic_asin_day"])
    assert (row.sold_on, row.asin_granularity, row.item) == (date(2026, 11, 18), "CHILD", "B0CHILD0001")
    assert row.ordered_product_sales_amount == Decimal("19.99")


@pytest.mark.parametrize(("granularity", "item"), [("PARENT", "B0PARENT001"), ("CHILD", "B0CHILD0001"), ("SKU", "SKU-1")])
def test_the_item_is_what_the_granularity_says(granularity, item):
    parsed = read(document(products=[product(sku="SKU-1")], spec=specification(asinGranularity=granularity)))

    assert parsed.frames["sales_traffic_asin_day"]["item"].tolist() == [item]


def test_one_child_under_two_parents_is_two_records():
    parsed = read(document(products=[product(parent="B0PARENT001"), product(parent="B0PARENT002")]))

    assert len(parsed.frames["sales_traffic_asin_day"]) == 2
    assert parsed.skipped == ()


def test_amazons_defaults_stand_where_options_are_not_repeated():
    spec = specification()
    spec["reportOptions"] = {}

    parsed = read(document(spec=spec))

    assert parsed.frames["sales_traffic_asin_day"]["asin_granularity"].tolist() == ["PARENT"]


def test_products_of_several_days_are_left_out_with_a_note():
    parsed = read(document(spec=specification(last="2026-11-19T23:59:59Z")))

    assert list(parsed.frames) == ["sales_traffic_day"]
    assert parsed.notes == ("by_asin_left_out: 1 records added up over 2026-11-18..2026-11-19 have no day",)


@pytest.mark.parametrize("busy", [day(units=1, sessions=0), day(units=0, sessions=5)])
def test_an_empty_product_list_beside_a_busy_day_says_nothing(busy):
    parsed = read(document(days=[busy], products=[]))

    assert list(parsed.frames) == ["sales_traffic_day"]
    assert parsed.notes == ("by_asin_late: the list is empty although 2026-11-18 had sales or visits",)


@pytest.mark.parametrize("days", [[], [day(units=0, sessions=0, amount=0)]])
def test_an_empty_product_list_beside_a_quiet_day_means_none(days):
    parsed = read(document(days=days, products=[]))

    assert len(parsed.frames["sales_traffic_asin_day"]) == 0
    assert parsed.notes == ()


def test_numbers_are_read_as_written_and_not_as_binary_fractions():
    parsed = read(document(days=[day(units=3.0, amount=0.1)]))

    (row,) = SALES_TRAFFIC_DAY.rows(parsed.frames["sales_traffic_day"])
    assert (row.ordered_product_sales_amount, row.units_ordered) == (Decimal("0.1"), 3)


@pytest.mark.parametrize(
    ("written", "kept"), [("97.1234565", "97.123456"), ("0.00001234567890123456789", "0.000012"), ("1.5E-7", "0")]
)
def test_a_long_fraction_is_rounded_to_millionths(written, kept):
    text = json.dumps(document(days=[day(amount="@")])).replace('"@"', written)

    (row,) = SALES_TRAFFIC_DAY.rows(parse(text.encode(), US).frames["sales_traffic_day"])

    assert row.ordered_product_sales_amount == Decimal(kept)


@pytest.mark.parametrize("written", ["1e15", "1E+999999999", "9" * 400, "1e400"])
def test_a_number_beyond_all_reason_sets_its_record_aside(written):
    text = json.dumps(document(days=[day(amount="@"), {**day(), "date": "2026-11-17"}])).replace('"@"', written)

    parsed = parse(text.encode(), US)

    assert parsed.frames["sales_traffic_day"]["sold_on"].tolist() == [date(2026, 11, 17)]
    assert [item.column for item in parsed.skipped] == ["salesByDate.orderedProductSales.amount"]


def test_null_in_place_of_a_known_object_is_null_and_no_news():
    known = day()
    known["salesByDate"]["orderedProductSalesB2B"] = None

    parsed = read(document(days=[known]))

    assert parsed.unknown_columns == ()
    assert parsed.frames["sales_traffic_day"]["ordered_product_sales_b2b_amount"].isna().all()


@pytest.mark.parametrize("value", [True, "three", {"amount": 3}, [3], 2.5])
def test_what_is_no_count_sets_the_record_aside_or_leaves_it_unknown(value):
    records = [product(), product("B0CHILD0002")]
    records[1]["salesByAsin"]["unitsOrdered"] = value

    parsed = read(document(products=records))

    units = parsed.frames["sales_traffic_asin_day"]["units_ordered"]
    assert units.tolist()[0] == 1
    assert units.count() == 1


def test_half_a_surrogate_pair_does_not_stop_the_document():
    parsed = read(document(products=[product("B0\ud800")]))

    assert parsed.frames["sales_traffic_asin_day"]["child_asin"].tolist() == ["B0?"]


def broken(**changes):
    spec = {**specification(), **changes}
    return {key: value for key, value in spec.items() if value is not None}


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        '{"reportSpecification": ',
        "[" * 100_000,
        "[]",
        "{}",
        '{"errorDetails": "Unable to process"}',
        json.dumps(document(spec=broken(reportOptions=None))),
        json.dumps(document(spec=broken(reportOptions="DAY"))),
        json.dumps(document(spec=broken(dataStartTime=None))),
        json.dumps(document(spec=broken(dataEndTime="soon"))),
        json.dumps(document(spec=broken(dataEndTime="2026-11-01"))),
        json.dumps(document(spec=broken(marketplaceIds=["A1PA6795UKMFR9"]))),
        json.dumps(document(spec=specification(dateGranularity="MONTH"))),
        json.dumps(document(spec=specification(asinGranularity="BRAND"))),
        json.dumps({**document(), "salesAndTrafficByDate": None}),
        json.dumps({"reportSpecification": specification(), "salesAndTrafficByDate": []}),
        json.dumps(document(days=[day(amount=float("nan"))])),
    ],
)
def test_a_document_that_cannot_be_placed_or_read_is_refused(text):
    with pytest.raises(DocumentError) as caught:
        parse(text.encode(), US)

    assert caught.value.remedy
