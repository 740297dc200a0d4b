"""A store's accounts: whose budget they pay from, what their calls are counted for, and who makes a failed call again."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from sellerwatch.amazon.errors import Throttled
from sellerwatch.amazon.source import Wish
from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.registry import REPORTS
from sellerwatch.warehouse.accounts import open_accounts, seller_credentials
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.rate_budget import calls_of_run
from sellerwatch.warehouse.tables.ledger import RATE_BUCKET, WINDOW
from tests.conftest import NIGHT
from tests.warehouse.conftest import STORE, window_row

RUN = f"night {NIGHT}"
TRAFFIC = REPORTS["sales_traffic"].amazon_type


def wish_for(day):
    """Sales and traffic of one day, as Amazon is asked for it."""
    midnight = datetime.combine(day, time(), UTC)
    options = {"dateGranularity": "DAY", "asinGranularity": "CHILD"}
    return Wish(TRAFFIC, marketplace("US"), start=midnight, end=midnight, first_day=day, last_day=day, options=options)


DAYS = [NIGHT - timedelta(days=back) for back in range(4, 0, -1)]
WISHES = [wish_for(day) for day in DAYS]
"""The four days that a first night wants."""


@pytest.fixture
def night(night):
    """The night with a budget that is to be counted to the second, and so without a margin."""
    settings = replace(night.workspace.settings, margin_seconds=0.0)
    night.workspace = replace(night.workspace, settings=settings)
    return night


def test_a_look_gives_way_to_rarer_calls_unless_it_calls_nothing(night):
    with open_accounts(night.workspace, STORE, run=RUN, waits=False) as accounts:
        steps = {
            (report, stage): accounts.step(report, stage).is_plentiful
            for report in ("sales_traffic", "inventory_summaries")
            for stage in ("ask", "look", "fetch")
        }

    assert [step for step, gives_way in steps.items() if gives_way] == [("sales_traffic", "look")]


def test_who_pays_in_advance_never_waits_and_every_call_is_counted(night):
    with writing(night.workspace.engine) as connection:
        connection.execute(WINDOW.insert(), [window_row(str(day), day) for day in DAYS])
    with open_accounts(night.workspace, STORE, run=RUN, waits=False) as accounts:
        source = accounts.source_of("sales_traffic")
        asked, waits = [], []
        for wish in WISHES:
            accounts.budget.bill_to(str(wish.first_day))
            wait = accounts.purse.prepay(source.steps.ask, night.clock.now(), report_type=wish.report_type)
            if wait:
                waits.append(wait)
            else:
                asked.append((wish, source.ask(wish)))
        for wish, report_id in asked:
            accounts.budget.bill_to(str(wish.first_day))
            assert accounts.purse.prepay(source.steps.look, night.clock.now()) == 0
            source.state(report_id)

    # then three days are on their way, and the fourth has to wait for the quota of its type
    assert len(asked) == 3
    assert waits == [pytest.approx(100, abs=1)]
    with reading(night.workspace.engine) as connection:
        assert calls_of_run(connection, RUN, STORE) == {"createReport": 3, "getReport": 3}
        assert sorted(connection.execute(select(WINDOW.c.calls)).scalars()) == [0, 2, 2, 2]


def test_buckets_are_known_by_application_and_seller_without_their_secrets(night):
    with open_accounts(night.workspace, STORE) as accounts:
        accounts.source_of("sales_traffic").ask(WISHES[0])

    credentials = seller_credentials(night.workspace.settings, STORE)
    owner = (fingerprint(credentials.lwa_app_id)[:16], fingerprint(credentials.refresh_token)[:16])
    with reading(night.workspace.engine) as connection:
        rows = connection.execute(select(RATE_BUCKET).order_by(RATE_BUCKET.c.report_type)).all()
    assert [tuple(row[:4]) for row in rows] == [(*owner, "createReport", ""), (*owner, "createReport", TRAFFIC)]


def test_a_backfill_leaves_the_next_report_to_the_night(night):
    now = night.clock.now()
    with (
        open_accounts(night.workspace, STORE, run="backfill 1", lane="backfill") as late,
        open_accounts(night.workspace, STORE, run=RUN) as accounts,
    ):
        ask = accounts.source_of("sales_traffic").steps.ask
        spent = [late.budget.reserve(ask, now, report_type=TRAFFIC) for _ in range(3)]
        wait = accounts.purse.prepay(ask, now, report_type=TRAFFIC)
        then = now + timedelta(seconds=wait)
        assert (spent, wait) == ([0, 0, 0], 100)
        assert late.purse.prepay(ask, then, report_type=TRAFFIC) > 0
        assert accounts.purse.prepay(ask, then, report_type=TRAFFIC) == 0


def test_a_refusal_is_raised_at_once_to_who_waits_by_itself_and_its_type_waits(night):
    night.order({"fault": "throttle", "operation": "createReport"})
    with open_accounts(night.workspace, STORE, waits=False) as accounts:
        source = accounts.source_of("sales_traffic")
        with pytest.raises(Throttled):
            source.ask(WISHES[0])
        wait = accounts.purse.prepay(source.steps.ask, night.clock.now(), report_type=TRAFFIC)
    assert wait == pytest.approx(100, abs=1)
