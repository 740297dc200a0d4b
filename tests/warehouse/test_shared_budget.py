"""One bucket per application, account, operation and type of report, whoever takes from it, and what each call is counted for."""

import itertools
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sellerwatch.amazon.budget import MemoryBudget, Pool
from sellerwatch.amazon.quotas import Limit, Limits, Owner, Quota
from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.rate_budget import SharedBudget, calls_of_run
from sellerwatch.warehouse.tables.ledger import CALL_COUNT, RATE_BUCKET, WINDOW
from tests.warehouse.conftest import window_row

NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
TRAFFIC, QUERIES = "GET_SALES_AND_TRAFFIC_REPORT", "GET_SEARCH_QUERIES"
OPERATIONS = {"createReport": Limit(0.0167, 15), "getReport": Limit(2, 3)}
QUOTAS = {
    TRAFFIC: (Quota("createReport", Limit(0.01, 12), "application"),),
    QUERIES: (Quota("createReport", Limit(0.001, 2), "both"), Quota("createReport", Limit(0.002, 3), "account")),
}
LIMITS = Limits(OPERATIONS, QUOTAS)


def budget(engine, account="one", application="app", **more):
    return SharedBudget(engine, Owner(application, account), LIMITS, **more)


def taken(shared, operation, tries, now=NOW, report_type=""):
    return sum(shared.reserve(operation, now, report_type=report_type) == 0 for _ in range(tries))


def take_in_another_process(url, account):
    """Ask for reports of two types in turn, so that rows are wanted together by callers that share only some; then for all the rest."""
    engine = open_engine(url)
    shared = budget(engine, account)
    counts = dict.fromkeys((TRAFFIC, QUERIES, ""), 0)
    for report_type in (TRAFFIC, QUERIES) * 10 + ("",) * 15:
        counts[report_type] += shared.reserve("createReport", NOW, report_type=report_type) == 0
    engine.dispose()
    return account, counts


def test_a_burst_and_not_one_call_more(engine):
    assert taken(budget(engine), "getReport", 10) == 3
    assert budget(engine).reserve("getReport", NOW) == pytest.approx(0.5)


def test_what_drips_in_can_be_taken_and_the_wait_that_was_named_is_enough(engine):
    shared = budget(engine)
    taken(shared, "createReport", 15)

    wait = shared.reserve("createReport", NOW)

    assert wait == pytest.approx(1 / 0.0167, abs=0.001)
    assert shared.reserve("createReport", NOW + timedelta(seconds=wait)) == 0


def test_accounts_and_operations_have_buckets_of_their_own(engine):
    taken(budget(engine), "getReport", 3)

    assert budget(engine, "two").reserve("getReport", NOW) == 0
    assert budget(engine).reserve("createReport", NOW) == 0


def test_a_restart_does_not_fill_the_bucket(warehouse_url):
    first = open_engine(warehouse_url)
    taken(budget(first), "getReport", 3)
    first.dispose()

    second = open_engine(warehouse_url)
    assert budget(second).reserve("getReport", NOW) > 0
    second.dispose()


def test_threads_together_never_exceed_the_bucket(engine):
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: taken(budget(engine), "createReport", 10), range(4)))

    assert sum(counts) == 15
    with reading(engine) as connection:
        assert connection.execute(select(RATE_BUCKET.c.calls)).scalar_one() == 15


def test_processes_together_never_exceed_the_bucket(warehouse_url):
    # given several processes for each of two sellers of one application
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.starmap(take_in_another_process, [(warehouse_url, name) for name in ("one", "two") * 2], chunksize=1)

    # then together they get all that the application may have of one type, and each all that it may have itself
    def granted(account, *report_types):
        return sum(counts[report_type] for who, counts in found for report_type in report_types if who == account)

    assert granted("one", TRAFFIC) + granted("two", TRAFFIC) == 12
    assert [granted(account, QUERIES) for account in ("one", "two")] == [2, 2]
    assert [granted(account, TRAFFIC, QUERIES, "") for account in ("one", "two")] == [15, 15]


def test_a_call_that_one_of_its_buckets_refuses_is_taken_from_none(engine):
    shared = budget(engine)
    assert taken(shared, "createReport", 5, report_type=QUERIES) == 2

    assert shared.reserve("createReport", NOW, report_type=QUERIES) == pytest.approx(1000)
    assert taken(shared, "createReport", 20) == 13
    with reading(engine) as connection:
        levels = dict(
            connection.execute(
                select(RATE_BUCKET.c.application, RATE_BUCKET.c.level_picos).where(RATE_BUCKET.c.report_type == QUERIES)
            ).all()
        )
    assert levels == {"app": 0, "": 10**12}


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "reserve", "answered", "exhausted", "learn"]),
        st.integers(0, 3),
        st.sampled_from(["", TRAFFIC, QUERIES]),
        st.integers(-700, 900),
    ),
    min_size=5,
    max_size=40,
)
_ACCOUNTS = itertools.count()


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_the_warehouse_and_the_memory_grant_the_same(engine, actions):
    # given two sellers of an application in both lanes, and clocks that differ
    application, pool = f"app{next(_ACCOUNTS)}", Pool()
    callers = [(f"{application} {number % 2}", ("nightly", "backfill")[number // 2]) for number in range(4)]
    kept = [budget(engine, account, application, lane=lane) for account, lane in callers]
    known = [
        MemoryBudget(OPERATIONS, quotas=QUOTAS, owner=Owner(application, account), lane=lane, pool=pool)
        for account, lane in callers
    ]
    now = NOW

    # then both say the same, whatever is asked of them
    for action, caller, report_type, seconds in actions:
        now += timedelta(seconds=seconds)
        said = [_do(one[caller], action, report_type, now) for one in (kept, known)]
        assert said[0] == said[1]


def _do(one, action, report_type, now):
    if action == "learn":
        return one.learn("createReport", 0.5, now)
    return getattr(one, action)("createReport", now, report_type=report_type)


def test_a_backfill_in_another_process_leaves_the_next_call_to_the_night(engine):
    night, backfill = budget(engine), budget(engine, lane="backfill")
    taken(backfill, "createReport", 15)
    wait = timedelta(seconds=night.reserve("createReport", NOW))

    assert backfill.reserve("createReport", NOW + wait) > 0
    assert night.reserve("createReport", NOW + wait) == 0


def test_a_limit_that_is_written_anew_counts_from_the_next_call_and_a_learned_rate_until_then(engine):
    # given a bucket that has learned another rate
    taken(budget(engine), "getReport", 3)
    budget(engine).learn("getReport", 0.1, NOW)

    # when the configuration changes, the learned rate is forgotten and the new burst is the most that is saved up
    changed = SharedBudget(engine, Owner("app", "one"), Limits({"getReport": Limit(4, 2)}))

    assert changed.reserve("getReport", NOW) == 0.25
    assert taken(changed, "getReport", 5, NOW + timedelta(hours=1)) == 2


# What calls are counted for


def counted(engine, run="night 2026-11-17", store_id="cascade"):
    with reading(engine) as connection:
        return calls_of_run(connection, run, store_id)


def test_granted_calls_are_counted_by_run_store_and_operation(engine):
    night = budget(engine, run="night 2026-11-17", store_id="cascade")
    taken(night, "createReport", 4, report_type=QUERIES)
    taken(night, "getReport", 5)
    taken(budget(engine, run="night 2026-11-18", store_id="cascade"), "createReport", 1)
    taken(budget(engine, "two", run="night 2026-11-17", store_id="alpine"), "createReport", 6)
    # a later process of the same night goes on counting
    taken(budget(engine, run="night 2026-11-17", store_id="cascade"), "createReport", 3)

    assert counted(engine) == {"createReport": 5, "getReport": 3}
    assert counted(engine, "night 2026-11-18") == {"createReport": 1}
    assert counted(engine, store_id="alpine") == {"createReport": 6}
    assert counted(engine, "backfill 7") == {}


def test_calls_of_no_run_are_counted_in_their_bucket_alone(engine):
    taken(budget(engine), "createReport", 4, report_type=TRAFFIC)

    with reading(engine) as connection:
        assert connection.execute(select(CALL_COUNT)).all() == []
        calls = connection.execute(select(RATE_BUCKET.c.report_type, RATE_BUCKET.c.calls)).all()
        assert dict(calls) == {"": 4, TRAFFIC: 0}


def test_a_window_is_billed_for_what_is_granted_while_it_is_named(engine):
    with writing(engine) as connection:
        for name in ("a", "b"):
            connection.execute(WINDOW.insert().values(window_row(name, NOW.date())))
    shared = budget(engine)

    shared.bill_to("a")
    taken(shared, "getReport", 5)
    shared.bill_to("b")
    taken(shared, "createReport", 2)
    shared.bill_to(None)
    taken(shared, "createReport", 2)

    with reading(engine) as connection:
        assert dict(connection.execute(select(WINDOW.c.id, WINDOW.c.calls)).all()) == {"a": 3, "b": 2}


def test_a_rate_that_amazon_names_counts_from_then_on(engine):
    shared = budget(engine)
    taken(shared, "getReport", 3)

    shared.learn("getReport", 0.1, NOW)

    assert budget(engine).reserve("getReport", NOW) == pytest.approx(10)


def test_a_refusal_empties_the_bucket_for_everybody(engine):
    budget(engine).exhausted("getReport", NOW)

    assert budget(engine).reserve("getReport", NOW) == pytest.approx(0.5)


def test_an_operation_without_a_limit_is_refused(engine):
    with pytest.raises(ConfigError, match="unknown operation 'guess'"):
        budget(engine).reserve("guess", NOW)
