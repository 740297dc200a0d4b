"""Limits of single report types beside those of operations: who shares them, what a refusal empties, and paying in advance."""

from __future__ import annotations

import gzip
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from sellerwatch.amazon.buckets import NIGHTLY_MARGIN
from sellerwatch.amazon.budget import PREPAID_FOR, PUBLISHED_LIMITS, SUSPECTED_FOR, MemoryBudget, Pool, Purse
from sellerwatch.amazon.errors import Throttled
from sellerwatch.amazon.quotas import BucketKey, Limit, Limits, Owner, Quota
from sellerwatch.amazon.retries import ONE_ATTEMPT
from sellerwatch.amazon.source import Steps
from sellerwatch.core.errors import ConfigError, RetryableError, SellerwatchError
from tests.walking import walk

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRAFFIC, QUERIES, ORDERS = "GET_SALES_AND_TRAFFIC_REPORT", "GET_SEARCH_QUERIES", "GET_ORDERS"
QUOTAS = {
    TRAFFIC: (Quota("createReport", Limit(0.01, 3), "both"),),
    QUERIES: (Quota("createReport", Limit(0.001, 2), "application"), Quota("createReport", Limit(0.002, 2), "account")),
}
REPORTS, KIOSK_QUERIES, ADS_REPORTS = "/reports/2021-06-30/reports", "/dataKiosk/2023-11-15/queries", "/reporting/reports"
QUOTA_EXCEEDED = {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource."}]}


@pytest.fixture
def budget() -> MemoryBudget:
    return MemoryBudget(PUBLISHED_LIMITS, quotas=QUOTAS)


def taken(budget, report_type, *, at=START, tries=20):
    return sum(budget.reserve("createReport", at, report_type=report_type) == 0 for _ in range(tries))


# Which buckets a call takes from

BUCKETS = {
    "a type without limits of its own": ("createReport", ORDERS, [("app", "acct", "")]),
    "no type": ("createReport", "", [("app", "acct", "")]),
    "each seller has its own": ("createReport", TRAFFIC, [("app", "acct", ""), ("app", "acct", TRAFFIC)]),
    "two at once, shared by others": (
        "createReport",
        QUERIES,
        [("", "acct", QUERIES), ("app", "", QUERIES), ("app", "acct", "")],
    ),
    "a quota of another operation": ("getReport", TRAFFIC, [("app", "acct", "")]),
}


def test_a_call_takes_from_its_operations_bucket_and_those_of_its_type_in_one_order(subtests):
    def check(case):
        operation, report_type, expected = case
        found = Limits(PUBLISHED_LIMITS, QUOTAS).of(Owner("app", "acct"), operation, report_type)
        assert list(found) == [BucketKey(app, account, operation, kind) for app, account, kind in expected]

    walk(subtests, BUCKETS, check)


def test_an_operation_without_a_limit_is_refused_whatever_the_type():
    with pytest.raises(ConfigError, match=r"unknown operation 'makeTea' \[limits.yaml\]\. Use one of: createReport, "):
        Limits(PUBLISHED_LIMITS, QUOTAS).of(Owner(), "makeTea", TRAFFIC)


def test_the_type_allows_less_than_the_operation_and_what_it_refuses_costs_the_operation_nothing(budget):
    assert taken(budget, TRAFFIC) == 3
    assert budget.reserve("createReport", START, report_type=TRAFFIC) == pytest.approx(100)
    assert taken(budget, ORDERS) == 12


def test_what_the_operation_refuses_costs_the_type_nothing(budget):
    assert taken(budget, ORDERS) == 15
    assert budget.reserve("createReport", START, report_type=TRAFFIC) == pytest.approx(59.88, abs=0.01)
    assert [taken(budget, TRAFFIC, at=START + timedelta(hours=1)), taken(budget, ORDERS, at=START + timedelta(hours=1))] == [
        3,
        12,
    ]


SHARED = {
    "another seller of the application": (Owner("app", "other"), {TRAFFIC: 3, QUERIES: 0}),
    "another application of the seller": (Owner("other", "acct"), {TRAFFIC: 3, QUERIES: 0}),
    "another seller of another application": (Owner("other", "another"), {TRAFFIC: 3, QUERIES: 2}),
    "the same seller once more": (Owner("app", "acct"), {TRAFFIC: 0, QUERIES: 0}),
}


def test_sellers_and_applications_share_what_amazon_lets_them_share_and_nothing_else(subtests):
    def check(case):
        owner, expected = case
        pool = Pool()
        first = MemoryBudget(PUBLISHED_LIMITS, quotas=QUOTAS, owner=Owner("app", "acct"), pool=pool)
        assert {name: taken(first, name) for name in expected} == {TRAFFIC: 3, QUERIES: 2}
        second = MemoryBudget(PUBLISHED_LIMITS, quotas=QUOTAS, owner=owner, pool=pool)
        assert {name: taken(second, name) for name in expected} == expected

    walk(subtests, SHARED, check)


def test_the_rate_that_amazon_names_is_that_of_the_operation(budget):
    taken(budget, TRAFFIC)
    budget.learn("createReport", 1.0, START)
    assert budget.bucket("createReport", START).rate_per_second == 1.0
    assert budget.reserve("createReport", START, report_type=TRAFFIC) == pytest.approx(100)


# What a refusal empties


def test_a_refusal_is_put_down_to_the_type_while_the_operation_has_a_call_to_spare(budget):
    # given another tool on the account that has used the type up
    budget.reserve("createReport", START, report_type=TRAFFIC)
    budget.exhausted("createReport", START, report_type=TRAFFIC)
    # then its reports wait, and no others
    assert budget.reserve("createReport", START, report_type=TRAFFIC) == pytest.approx(100)
    assert taken(budget, ORDERS) == 14


def test_a_refusal_of_the_last_call_is_put_down_to_the_operation(budget):
    assert taken(budget, ORDERS, tries=14) == 14
    budget.reserve("createReport", START, report_type=TRAFFIC)
    budget.exhausted("createReport", START, report_type=TRAFFIC)
    # then the type has lost nothing
    later = START + timedelta(minutes=10)
    assert [taken(budget, TRAFFIC, at=later), taken(budget, ORDERS, at=later)] == [3, 7]


@pytest.mark.parametrize(("after", "wait"), [(timedelta(minutes=1), 100), (SUSPECTED_FOR + timedelta(minutes=1), 59.88)])
def test_a_second_refusal_in_a_row_is_put_down_to_the_type(budget, after, wait):
    # given refusals that the operation has no call to spare at
    assert taken(budget, ORDERS) == 15
    budget.exhausted("createReport", START, report_type=TRAFFIC)
    again = START + after
    taken(budget, ORDERS, at=again)
    budget.exhausted("createReport", again, report_type=TRAFFIC)
    # then soon after one another they empty the type's bucket, and with time between them the operation's
    assert budget.reserve("createReport", again, report_type=TRAFFIC) == pytest.approx(wait, abs=0.1)


def test_a_refusal_of_a_type_without_limits_empties_the_operations_bucket(budget):
    budget.exhausted("createReport", START, report_type=ORDERS)
    assert taken(budget, TRAFFIC) == 0
    assert taken(budget, TRAFFIC, at=START + timedelta(hours=1)) == 3


# The night goes first


def lanes(limit):
    pool = Pool()
    return [MemoryBudget({"createReport": limit}, lane=lane, pool=pool) for lane in ("nightly", "backfill")]


def test_both_lanes_use_what_is_saved_up():
    night, backfill = lanes((0.01, 6))
    assert [taken(backfill, "", tries=4), taken(night, "", tries=4)] == [4, 2]


def test_the_next_call_is_the_nights_once_it_waits():
    night, backfill = lanes((0.01, 6))
    taken(backfill, "")
    assert night.reserve("createReport", START) == 100
    # when the token is there, the backfill is told to wait for the second one, and gives up only when the night does not come
    then = START + timedelta(seconds=100)
    assert backfill.reserve("createReport", then) == NIGHTLY_MARGIN.total_seconds()
    assert night.reserve("createReport", then) == 0


def test_a_night_that_died_keeps_a_call_no_longer_than_the_margin():
    night, backfill = lanes((0.01, 1))
    taken(night, "")
    then = START + timedelta(seconds=night.reserve("createReport", START))
    wait = backfill.reserve("createReport", then)
    assert wait == NIGHTLY_MARGIN.total_seconds()
    assert backfill.reserve("createReport", then + timedelta(seconds=wait)) == 0


def test_a_clock_that_was_set_back_does_not_keep_the_backfill_waiting():
    night, backfill = lanes((0.01, 2))
    taken(night, "")
    assert backfill.reserve("createReport", START - timedelta(days=1)) == 100


def test_the_night_keeps_a_call_of_every_bucket_it_needs():
    # given a type that is used up, and an operation with two calls left
    pool = Pool()
    night, backfill = (
        MemoryBudget({"createReport": (0.01, 5)}, quotas=QUOTAS, lane=lane, pool=pool) for lane in ("nightly", "backfill")
    )
    taken(backfill, TRAFFIC)
    wait = night.reserve("createReport", START, report_type=TRAFFIC)
    # then a backfill of other reports gets one of them
    assert taken(backfill, ORDERS) == 1
    assert night.reserve("createReport", START + timedelta(seconds=wait), report_type=TRAFFIC) == 0


# Paying in advance


def test_a_prepaid_call_is_granted_without_another_token(budget):
    purse = Purse(budget)
    taken(budget, ORDERS, tries=14)
    assert purse.prepay("createReport", START, report_type=TRAFFIC) == 0
    assert budget.reserve("createReport", START) > 0
    assert purse.reserve("createReport", START, report_type=TRAFFIC) == 0
    assert purse.reserve("createReport", START, report_type=TRAFFIC) > 0


def test_who_cannot_pay_is_told_how_long_to_wait_and_owes_nothing(budget):
    purse = Purse(budget)
    taken(budget, ORDERS)
    wait = purse.prepay("createReport", START, report_type=TRAFFIC)
    assert wait == pytest.approx(59.88, abs=0.01)
    assert purse.prepay("getReport", START) == 0
    assert purse.prepay("createReport", START + timedelta(seconds=wait), report_type=TRAFFIC) == 0


def test_paying_again_pays_once_and_what_no_call_used_is_left_for_the_next(budget):
    purse = Purse(budget)
    assert [purse.prepay("createReport", START) for _ in range(3)] == [0, 0, 0]
    assert taken(budget, ORDERS) == 14
    assert purse.reserve("createReport", START + PREPAID_FOR) == 0


def test_what_was_paid_for_one_type_does_not_pay_for_another(budget):
    purse = Purse(budget)
    taken(budget, ORDERS, tries=14)
    assert purse.prepay("createReport", START, report_type=ORDERS) == 0
    assert purse.reserve("createReport", START, report_type=TRAFFIC) > 0


def test_an_old_payment_is_forgotten_for_its_bucket_may_have_refilled(budget):
    # given a payment out of a full bucket, again and again up to its end
    purse, late = Purse(budget), START + PREPAID_FOR + timedelta(seconds=1)
    for seconds in (0, 30, 60):
        assert purse.prepay("createReport", START + timedelta(seconds=seconds)) == 0
    # then no more calls are made at once than the bucket holds
    assert taken(purse, "", at=late) == 15


def test_a_refusal_takes_what_was_paid_for_the_operation_with_it(budget):
    purse = Purse(budget)
    purse.prepay("createReport", START)
    purse.prepay("getReport", START)
    purse.exhausted("createReport", START)
    assert purse.reserve("createReport", START) > 0
    taken_before = budget.bucket("getReport", START).tokens
    assert purse.reserve("getReport", START) == 0
    assert budget.bucket("getReport", START).tokens == taken_before


def test_a_purse_hands_on_what_amazon_says_of_its_rate(budget):
    Purse(budget).learn("getReport", 0.5, START)
    assert budget.bucket("getReport", START).rate_per_second == 0.5


# The calls themselves


@dataclass
class Listening:
    """A budget that grants everything and notes what was asked of it."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    came_back: list[tuple[str, str]] = field(default_factory=list)

    def reserve(self, operation, now, *, report_type=""):
        self.heard.append((operation, report_type))
        return 0.0

    def learn(self, operation, rate_per_second, now):
        pass

    def answered(self, operation, now, *, report_type=""):
        self.came_back.append((operation, report_type))

    def exhausted(self, operation, now, *, report_type=""):
        self.refused.append((operation, report_type))


@pytest.fixture
def listening():
    return Listening()


@pytest.fixture
def heard(opened, listening):
    return opened(budget=listening)


@pytest.fixture
def answers(amazon, reply):
    """An Amazon at which every source has one finished report."""
    created = {"createdTime": "2026-03-02T11:00:00Z", "processingStatus": "DONE"}
    link = {"url": f"{amazon.url}/file", "compressionAlgorithm": "GZIP"}
    spending = {"reportId": "1", "status": "COMPLETED", "createdAt": "2026-03-02T11:00:00Z", "url": f"{amazon.url}/file"}
    amazon.will(f"POST {REPORTS}", reply(202, {"reportId": "1"}))
    amazon.will(f"{REPORTS}/1", reply(body={"reportId": "1", "reportType": "T", "reportDocumentId": "d"} | created))
    amazon.will("/reports/2021-06-30/documents/d", reply(body={"reportDocumentId": "d"} | link))
    amazon.will(f"POST {KIOSK_QUERIES}", reply(202, {"queryId": "1"}))
    amazon.will(f"{KIOSK_QUERIES}/1", reply(body={"queryId": "1", "query": "{a{b}}", "dataDocumentId": "d"} | created))
    amazon.will("/dataKiosk/2023-11-15/documents/d", reply(body={"documentId": "d", "documentUrl": f"{amazon.url}/file"}))
    amazon.will(f"POST {ADS_REPORTS}", reply(body=spending))
    amazon.will(f"{ADS_REPORTS}/1", reply(body=spending))
    amazon.will("/fba/inventory/v1/summaries", reply(body={"payload": {"inventorySummaries": []}}))
    amazon.will("/file", reply(body=gzip.compress(b"{}\n")))


WISHES = {
    "reports": {"report_type": TRAFFIC},
    "kiosk": {"report_type": "a.b", "query": "query { a { b } }"},
    "inventory": {"report_type": "getInventorySummaries"},
    "ads": {"report_type": "spCampaigns", "options": {"adProduct": "A", "groupBy": "b"}, "columns": ("cost",)},
}


@pytest.mark.parametrize("name", WISHES)
def test_each_step_of_a_source_first_calls_what_it_says_and_asks_for_the_type_of_its_wish(
    answers, heard, listening, wish, tmp_path, name
):
    source, parts = getattr(heard, name), dict(WISHES[name])
    report_type = parts.pop("report_type")

    def first_call_of(step):
        listening.heard.clear()
        result = step()
        return result, listening.heard[0] if listening.heard else ("", "")

    report_id, asked = first_call_of(lambda: source.ask(wish(report_type, **parts)))
    state, looked = first_call_of(lambda: source.state(report_id))
    _, fetched = first_call_of(lambda: source.fetch(state, tmp_path))

    assert Steps(asked[0], looked[0], fetched[0]) == source.steps
    assert asked[1] == (report_type if asked[0] else "")
    assert (looked[1], fetched[1]) == ("", "")


def test_a_refused_report_names_its_type_to_the_budget(amazon, reply, opened, listening, wish):
    amazon.will(REPORTS, reply(429, QUOTA_EXCEEDED))
    with pytest.raises(Throttled):
        opened(budget=listening, retries=ONE_ATTEMPT).reports.ask(wish(TRAFFIC))
    assert listening.refused == [("createReport", TRAFFIC)]


@pytest.mark.parametrize(
    "answer",
    [{"status": 202, "body": {"reportId": "1"}}, {"fault": "hangup"}, {"status": 403}, {"status": 429, "body": QUOTA_EXCEEDED}],
)
def test_the_budget_hears_when_a_call_is_over_however_it_ended(amazon, reply, opened, listening, wish, answer):
    amazon.will(f"POST {REPORTS}", reply(**answer))
    with suppress(SellerwatchError):
        opened(budget=listening, retries=ONE_ATTEMPT).reports.ask(wish(TRAFFIC))
    assert listening.came_back == listening.heard == [("createReport", TRAFFIC)]


class Deaf(Listening):
    """A budget that grants calls and can be told nothing, like one whose database has gone."""

    def learn(self, operation, rate_per_second, now):
        raise RetryableError("the database is locked", where="warehouse", remedy="Wait")

    def answered(self, operation, now, *, report_type=""):
        raise RetryableError("the database is locked", where="warehouse", remedy="Wait")


def test_an_answer_is_not_lost_and_no_report_paid_for_twice_because_the_budget_cannot_be_told(amazon, reply, opened, wish):
    amazon.will(f"POST {REPORTS}", reply(202, {"reportId": "1"}, (("x-amzn-RateLimit-Limit", "0.5"),)))

    assert opened(budget=Deaf()).reports.ask(wish(TRAFFIC)) == "1"
    assert len(amazon.requests(f"POST {REPORTS}")) == 1


@pytest.mark.parametrize(
    ("name", "path"), [("reports", f"{REPORTS}/1"), ("kiosk", f"{KIOSK_QUERIES}/1"), ("ads", f"{ADS_REPORTS}/1")]
)
def test_a_caller_that_waits_by_itself_gets_the_first_failure_at_once(amazon, reply, opened, clock, name, path):
    amazon.will(path, reply(503, {}))
    source = getattr(opened(retries=ONE_ATTEMPT), name)
    with pytest.raises(RetryableError):
        source.state("1111/1" if name == "ads" else "1")
    assert (len(amazon.requests(path)), clock.slept) == (1, [])


def test_a_paid_call_is_made_without_waiting(amazon, reply, opened, budget, clock, wish):
    # given a purse whose call is paid, and an operation that has no other one left
    amazon.will(f"POST {REPORTS}", reply(202, {"reportId": "1"}))
    purse = Purse(budget)
    assert purse.prepay("createReport", clock.now(), report_type=TRAFFIC) == 0
    taken(budget, ORDERS, at=clock.now())
    assert opened(budget=purse).reports.ask(wish(TRAFFIC)) == "1"
    assert clock.slept == []
