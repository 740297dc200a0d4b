"""Request rates: buckets, the 429 and the header, and what is counted. Not here: cool-downs of report types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sellerwatch.simulator.amazon.limits import PUBLISHED_LIMITS, SALES_AND_TRAFFIC_QUOTAS, Bucket, Limit, take_token
from sellerwatch.simulator.amazon.report_types import REPORT_TYPES
from sellerwatch.simulator.amazon.routes import ROUTES

REPORTS = "/reports/2021-06-30/reports"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
START = datetime(2026, 11, 20, tzinfo=UTC)


def call(bench, operation):
    method, path = ROUTES[operation]
    return bench.call(method, path.replace("{path_id}", "1"))


@pytest.mark.parametrize("operation", PUBLISHED_LIMITS)
def test_an_operation_is_throttled_after_its_burst_and_recovers_at_its_rate(bench, operation):
    limit = PUBLISHED_LIMITS[operation]
    for _ in range(limit.burst):
        assert call(bench, operation).status_code in {200, 400, 404}

    throttled = call(bench, operation)
    bench.clock.advance(seconds=1 / limit.rate_per_second + 0.001)
    recovered = call(bench, operation)

    assert throttled.status_code == 429
    assert throttled.json() == {
        "errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource.", "details": ""}]
    }
    assert "x-amzn-RateLimit-Limit" not in throttled.headers
    assert recovered.status_code in {200, 400, 404}
    assert recovered.headers["x-amzn-RateLimit-Limit"] == str(limit.rate_per_second)


def test_the_rate_and_an_id_stand_on_good_answers_too(bench):
    answers = [bench.create(), bench.create()]

    assert [answer.headers["x-amzn-RateLimit-Limit"] for answer in answers] == ["0.0167", "0.0167"]
    assert len({answer.headers["x-amzn-RequestId"] for answer in answers}) == 2


def test_each_seller_has_buckets_of_its_own(bench):
    for _ in range(16):
        bench.create()
    bench.enter(bench.world.sellers[1])

    assert bench.create().status_code == 202


def test_a_bucket_never_holds_more_than_its_burst_and_a_clock_set_back_costs_nothing():
    bucket = Bucket(0.0, START)

    assert take_token(bucket, Limit(1, 2), now=START + timedelta(hours=1))
    assert bucket.tokens == 1
    assert take_token(bucket, Limit(1, 2), now=START)
    assert not take_token(bucket, Limit(1, 2), now=START)


@pytest.mark.parametrize(
    ("profile", "accepted", "accepted_from_both"),
    [("none", 120, 120), ("per_seller", 96, 120), ("per_application", 96, 96), ("three_in_five_minutes", 3, 6)],
)
def test_sales_and_traffic_can_have_a_quota_of_its_own(bench_with, profile, accepted, accepted_from_both):
    limits = {"createReport": Limit(1, 1000)}
    bench = bench_with(limits=limits, type_limits=SALES_AND_TRAFFIC_QUOTAS[profile])

    from_first = sum(bench.create(TRAFFIC).status_code == 202 for _ in range(min(accepted + 1, 100)))
    bench.enter(bench.world.sellers[1])
    from_second = sum(bench.create(TRAFFIC).status_code == 202 for _ in range(min(120 - from_first, accepted)))

    assert (min(accepted, 100), accepted_from_both) == (from_first, from_first + from_second)
    assert bench.create().status_code == 202


def test_an_operation_without_a_limit_is_free_and_names_no_rate(bench_with):
    bench = bench_with(limits={})

    assert "x-amzn-RateLimit-Limit" not in bench.create().headers


def test_every_call_is_counted_by_seller_and_operation(bench):
    for _ in range(16):
        bench.create()
    bench.call("GET", f"{REPORTS}/1")
    bench.token = "Atza|unknown"
    bench.call("GET", REPORTS)

    assert bench.seen()["calls"] == {
        "A1FIRST": {
            "createReport": {"calls": 16, "throttled": 1, "failed": 0},
            "getReport": {"calls": 1, "throttled": 0, "failed": 1},
            "token": {"calls": 1, "throttled": 0, "failed": 0},
        },
        "unknown": {"getReports": {"calls": 1, "throttled": 0, "failed": 1}},
    }


def test_downloads_are_counted_for_the_owner_of_the_document(bench):
    bench.download(bench.finished()["reportDocumentId"])
    bench.send("GET", "/documents/none")

    calls = bench.seen()["calls"]
    assert calls["A1FIRST"]["download"] == {"calls": 1, "throttled": 0, "failed": 0}
    assert calls["unknown"]["download"] == {"calls": 1, "throttled": 0, "failed": 1}


def test_every_operation_has_a_limit_and_every_quota_a_known_report_type():
    assert set(ROUTES) == set(PUBLISHED_LIMITS)
    assert {name for quota in SALES_AND_TRAFFIC_QUOTAS.values() for name in quota} <= set(REPORT_TYPES)
