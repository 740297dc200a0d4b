"""Request rates: buckets, the 429 and the header, and what is counted. Not here: cool-downs of report types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.simulator.amazon.limits import PUBLISHED_LIMITS, SALES_AND_TRAFFIC_QUOTAS, Bucket, Limit, take_token
from sellerwatch.simulator.amazon.report_types import REPORT_TYPES
from sellerwatch.simulator.amazon.routes import ROUTES
from sellerwatch.simulator.amazon.state import AmazonSettings

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


def accepted(bench, account, attempts=10):
    """How many of so many sales and traffic reports in a row are not refused."""
    bench.enter(account)
    return sum(bench.create(TRAFFIC).status_code == 202 for _ in range(attempts))


@pytest.mark.parametrize(
    ("quota", "from_first", "from_its_other_application", "from_second", "seconds"),
    [
        ("none", 10, 10, 10, 0),
        ("once_in_15_minutes_per_application", 4, 4, 0, 900),
        ("once_in_15_minutes_per_account", 4, 0, 4, 900),
        ("three_in_5_minutes", 3, 3, 3, 100),
    ],
)
def test_sales_and_traffic_can_have_a_quota_of_its_own(
    bench_with, quota, from_first, from_its_other_application, from_second, seconds
):
    """The two sellers have come with one application, the first with another of its own as well."""
    bench = bench_with(limits={"createReport": Limit(1, 1000)}, sales_and_traffic_quota=quota)
    first, second = bench.world.sellers
    other_application = first.further_applications[0]

    burst = [accepted(bench, account) for account in (first, other_application, second)]
    bench.clock.advance(seconds=seconds)
    later = accepted(bench, first)

    assert burst == [from_first, from_its_other_application, from_second]
    assert later == (1 if seconds else 10)
    assert bench.create().status_code == 202, "other report types are free"


def test_each_application_of_a_seller_has_buckets_of_its_own_for_the_operations(bench):
    for _ in range(16):
        bench.create()
    bench.enter(bench.world.sellers[0].further_applications[0])

    assert bench.create().status_code == 202


def test_a_report_needs_a_token_of_the_operation_and_of_its_type_and_a_refusal_for_one_takes_nothing_of_the_other(bench_with):
    bench = bench_with(limits={"createReport": Limit(1 / 60, 5)}, sales_and_traffic_quota="three_in_5_minutes")

    of_the_type = [bench.create(TRAFFIC).status_code for _ in range(6)]
    of_the_operation = [bench.create().status_code for _ in range(3)]
    bench.clock.advance(seconds=100)
    without_operation = [bench.create().status_code, bench.create(TRAFFIC).status_code]
    bench.clock.advance(seconds=60)

    assert of_the_type == [202, 202, 202, 429, 429, 429]
    assert of_the_operation == [202, 202, 429], "three refusals for the type have cost none of the five tokens"
    assert without_operation == [202, 429]
    assert bench.create(TRAFFIC).status_code == 202, "the refusal for the operation has cost no token of the type"


def test_a_quota_of_a_type_holds_where_the_operation_itself_has_none(bench_with):
    bench = bench_with(limits={}, type_limits={TRAFFIC: Limit(1, 1)}, sales_and_traffic_quota="three_in_5_minutes")

    assert [bench.create(TRAFFIC).status_code for _ in range(2)] == [202, 429]


def test_an_unknown_quota_is_refused_with_the_names_there_are():
    with pytest.raises(ConfigError, match=r"'hourly'.*once_in_15_minutes_per_account"):
        AmazonSettings(sales_and_traffic_quota="hourly")


def test_who_waits_exactly_as_long_as_a_token_takes_is_not_refused_for_a_rounded_microsecond():
    bucket, limit = Bucket(0.0, START), Limit(0.0167, 15)

    assert take_token(bucket, limit, now=START + timedelta(seconds=1 / 0.0167))


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
