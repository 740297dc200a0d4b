"""Account health: both spellings, Amazon's own targets, fractions, and metrics nobody has named yet."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.document import DocumentContext, DocumentError
from sellerwatch.reports.seller_performance import ACCOUNT_METRIC, parse

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, 3, tzinfo=UTC))
RATE = {"orderCount": 200, "lateShipmentCount": 9, "status": "BAD", "rate": 0.045, "targetValue": 0.04}


def read(*metrics, statuses=()):
    return parse(json.dumps({"accountStatuses": list(statuses), "performanceMetrics": list(metrics)}).encode(), US)


def rows(*metrics):
    return list(ACCOUNT_METRIC.rows(read(*metrics).frames["account_metric"]))


def test_a_metric_carries_its_counts_its_fraction_and_amazons_target():
    (row,) = rows({"marketplaceId": "M", "lateShipmentRate": {**RATE, "targetCondition": "LESS_THAN"}})

    assert (row.snapshot_on, row.marketplace_id, row.metric) == (date(2026, 11, 20), "M", "lateShipmentRate")
    assert (row.event_count, row.base_count, row.rate_fraction) == (9, 200, Decimal("0.045"))
    assert (row.status, row.target_value, row.target_condition) == ("BAD", Decimal("0.04"), "LESS_THAN")


@pytest.mark.parametrize(
    ("example", "schema"),
    [
        ("prefulfillmentCancelRate", "preFulfillmentCancellationRate"),
        ("documentRequest", "documentRequests"),
        ("preFulfillmentCancellationRate", "preFulfillmentCancellationRate"),
    ],
)
def test_both_spellings_are_one_metric(example, schema):
    assert [row.metric for row in rows({example: {"status": "GOOD"}})] == [schema]


@pytest.mark.parametrize("name", ["warningState", "warningStates"])
def test_each_warning_is_a_metric(name):
    found = rows({name: [{"warningType": "a", "status": "BAD"}, {"warningType": "b", "status": "GOOD"}, {"status": "NONE"}]})

    assert [(row.metric, row.status) for row in found] == [
        ("warningStates.a", "BAD"),
        ("warningStates.b", "GOOD"),
        ("warningStates", "NONE"),
    ]


@pytest.mark.parametrize("name", ["ahrStatus", "accountHealthRatingStatus"])
def test_both_names_of_the_rating_are_its_status(name):
    assert [row.status for row in rows({"accountHealthRating": {name: "WARNED"}})] == ["WARNED"]


def test_who_ships_is_told_by_the_block_and_not_by_what_it_says():
    block = {"status": "GOOD", "orderWithDefects": {"count": 2, "status": "GOOD"}, "fulfillmentType": "mfn"}

    found = rows({"orderDefectRate": {"mfn": block, "afn": block}})

    assert [(row.fulfillment_type, row.event_count) for row in found] == [("mfn", 2), ("afn", 2)]


def test_what_a_defect_was_is_a_metric_of_its_own_over_the_same_orders():
    block = {"orderCount": 90, "status": "GOOD", "claims": {"count": 4, "status": "NONE"}}

    found = rows({"orderDefectRate": {"afn": block}})

    assert [(row.metric, row.event_count, row.base_count) for row in found] == [
        ("orderDefectRate", None, 90),
        ("orderDefectRate.claims", 4, 90),
    ]


def test_metrics_that_name_no_marketplace_are_of_the_one_asked_for():
    assert [row.marketplace_id for row in rows({"lateShipmentRate": RATE})] == [US.marketplace.id]


def test_a_metric_nobody_has_seen_is_kept_under_its_name():
    assert [(row.metric, row.event_count) for row in rows({"batterySafety": {"defectsCount": 3, "status": "BAD"}})] == [
        ("batterySafety", 3)
    ]


def test_cells_nobody_has_seen_are_named():
    parsed = read({"tier": "GOLD", "lateShipmentRate": {**RATE, "appeals": 1}, "orderDefectRate": {"mfn": 3}})

    assert parsed.unknown_columns == ("tier", "*.appeals", "*.mfn")


@pytest.mark.parametrize("nothing", [None, {}, [], {"mfn": None, "afn": None}, {"mfn": {}}])
def test_a_metric_of_which_nothing_is_said_is_no_metric(nothing):
    assert [row.metric for row in rows({"orderDefectRate": nothing, "lateShipmentRate": RATE})] == ["lateShipmentRate"]


def test_the_status_of_every_marketplace_is_kept():
    statuses = [{"marketplaceId": "A", "status": "NORMAL"}, {"marketplaceId": "B", "status": "DEACTIVATED"}]

    frame = read(statuses=statuses).frames["account_status"]

    assert frame["status"].tolist() == ["NORMAL", "DEACTIVATED"]


@pytest.mark.parametrize("text", ["[]", "{}", '{"accountStatuses": []}', '{"accountStatuses": [], "performanceMetrics": {}}'])
def test_a_document_without_its_two_lists_is_refused(text):
    with pytest.raises(DocumentError):
        parse(text.encode(), US)
