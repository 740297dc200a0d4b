"""One bucket per account and operation, whoever takes from it."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.models import Limit
from sellerwatch.warehouse.engine import open_engine, reading
from sellerwatch.warehouse.rate_budget import SharedBudget
from sellerwatch.warehouse.tables.ledger import RATE_BUCKET

NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
LIMITS = {"createReport": Limit(rate=0.0167, burst=15), "getReport": Limit(rate=2, burst=3)}


def budget(engine, account="one"):
    return SharedBudget(engine, account, LIMITS)


def taken(shared, operation, tries, now=NOW):
    return sum(shared.reserve(operation, now) == 0 for _ in range(tries))


def take_in_another_process(url):
    engine = open_engine(url)
    count = taken(budget(engine), "createReport", 10)
    engine.dispose()
    return count


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
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        counts = pool.map(take_in_another_process, [warehouse_url] * 3, chunksize=1)

    assert sum(counts) == 15


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
