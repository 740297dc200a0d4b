"""Promotions and coupons: products with the offer they stand in, and offers of other marketplaces kept out."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports import coupon_performance, promotion_performance
from sellerwatch.reports.document import DocumentContext, DocumentError

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, tzinfo=UTC))
PERIOD = {"startDateTime": "2026-11-09T08:00:00Z", "endDateTime": "2026-11-16T07:59:59Z"}


def product(asin):
    return {"asin": asin, "productUnitsSold": 2, "productRevenue": 39.9, "productRevenueCurrencyCode": "USD"}


def promotion(promotion_id, asins, **cells):
    numbers = {"unitsSold": 2, "revenue": 39.9, "revenueCurrencyCode": "USD"}
    return {"promotionId": promotion_id, **PERIOD, **numbers, "includedProducts": [product(asin) for asin in asins], **cells}


def coupon(coupon_id, asins, **cells):
    numbers = {"clips": 3, "redemptions": 1, "totalDiscount": 4, "budgetSpent": 4.6, "currencyCode": "USD"}
    return {"couponId": coupon_id, **PERIOD, **numbers, "asins": [{"asin": asin} for asin in asins], **cells}


CASES = [
    (promotion_performance.REPORT, "promotions", promotion, "promotion_id"),
    (coupon_performance.REPORT, "coupons", coupon, "coupon_id"),
]
every_offer = pytest.mark.parametrize(("report", "name", "offer", "id_column"), CASES, ids=["promotions", "coupons"])


def read(report, name, *offers, marketplace_id=US.marketplace.id):
    specification = {"reportOptions": {}, "marketplaceIds": [marketplace_id]}
    return report.parse(json.dumps({"reportSpecification": specification, name: list(offers)}).encode(), US)


def products(report, parsed, id_column):
    frame = parsed.frames[report.tables[1].name]
    return list(zip(frame[id_column].tolist(), frame["asin"].tolist(), frame["line"].tolist(), strict=True))


@every_offer
def test_a_product_is_named_with_the_offer_it_stands_in(report, name, offer, id_column):
    parsed = read(report, name, offer("one", ["A", "B"]), offer("two", ["B"]))

    assert products(report, parsed, id_column) == [("one", "A", 1), ("one", "B", 1), ("two", "B", 2)]


@every_offer
def test_an_offer_that_comes_twice_gives_the_products_of_the_first(report, name, offer, id_column):
    parsed = read(report, name, offer("one", ["A"]), offer("one", ["B"]))

    assert products(report, parsed, id_column) == [("one", "A", 1)]
    assert [(item.table, item.line) for item in parsed.skipped] == [(table.name, 2) for table in report.tables]


@every_offer
def test_an_offer_of_another_marketplace_is_set_aside_with_its_products(report, name, offer, id_column):
    parsed = read(report, name, offer("one", ["A"], marketplaceId=US.marketplace.id), offer("ca", ["B"], marketplaceId="CA"))

    assert products(report, parsed, id_column) == [("one", "A", 1)]
    assert [(item.line, item.column, item.excerpt) for item in parsed.skipped] == [(2, "marketplaceId", "CA")]
    assert parsed.row_count == 3


@every_offer
def test_a_document_of_other_marketplaces_only_is_refused(report, name, offer, id_column):
    with pytest.raises(DocumentError, match="CA"):
        read(report, name, offer("ca", ["B"], marketplaceId="CA"))


@every_offer
def test_a_document_made_for_another_marketplace_is_refused_even_when_empty(report, name, offer, id_column):
    with pytest.raises(DocumentError):
        read(report, name, marketplace_id="A1PA6795UKMFR9")


@every_offer
@pytest.mark.parametrize("missing", [[], None])
def test_an_offer_without_products_is_an_offer(report, name, offer, id_column, missing):
    lists = {"includedProducts": missing, "asins": missing}

    parsed = read(report, name, {**offer("one", []), **lists})

    assert [len(frame) for frame in parsed.frames.values()] == [1, 0]


@every_offer
def test_later_documents_take_the_place_of_an_offers_numbers(report, name, offer, id_column):
    assert [table.scope for table in report.tables] == [id_column, id_column]


def test_the_budget_of_a_coupon_is_used_in_per_cent_and_its_discount_is_what_its_type_says():
    parsed = read(
        *CASES[1][:2], coupon("one", [], budgetPercentageUsed=0.4, discountType="PERCENT_OFF_LIST_PRICE", discountAmount=10)
    )

    (row,) = coupon_performance.COUPON.rows(parsed.frames["coupon"])
    assert (row.budget_used_pct, row.discount_pct_or_amount) == (Decimal("0.4"), 10)
