"""`sellerwatch backtest` on nights that really ran: the configured rules decide the same again, message by message."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from sellerwatch.alerts.backtest.past import choose
from sellerwatch.alerts.backtest.run import Order, run_backtest
from sellerwatch.cli.nightly import run_night
from sellerwatch.core.clock import SystemClock
from sellerwatch.core.periods import Days
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.world.story import NIGHTS
from sellerwatch.warehouse.engine import open_engine, reading
from sellerwatch.warehouse.rebuild.past import read_ledger, read_past
from sellerwatch.warehouse.tables.alerting import ALERT_EVENT
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.workspace import open_workspace
from tests.conftest import NIGHT as FIRST
from tests.conftest import NIGHT_STARTS, without_computed
from tests.e2e.turned_clock import TurnedClock

pytestmark = [pytest.mark.slow, pytest.mark.long]

STORE = "cascade"


@pytest.fixture
def present(simulator, environment, tmp_path):
    """A workspace after the three nights of the story."""
    without_computed(tmp_path / "few")
    workspace = open_workspace(load_settings(environment))
    for as_of in NIGHTS:
        clock = TurnedClock(NIGHT_STARTS[STORE] + (as_of - FIRST))
        simulator.time.clock = clock
        run_night(replace(workspace, clock=clock), STORE, as_of, progress=lambda done, total, text: None)
    simulator.amazon.calls.clear()
    simulator.slack.journal.clear()
    yield workspace
    workspace.engine.dispose()


def told(engine):
    """Every transition, and every message without where it goes and what became of it."""
    events = [column for column in ALERT_EVENT.columns if column.name != "happened_at"]
    messages = (OUTBOX.c.key, OUTBOX.c.kind, OUTBOX.c.thread_key, OUTBOX.c.rev, OUTBOX.c.message)
    with reading(engine) as connection:
        return [
            [tuple(row) for row in connection.execute(select(*columns).order_by(*columns[:2]))]
            for columns in (events, messages)
        ]


@pytest.mark.timeout(300)
def test_the_configured_rules_say_again_what_they_said_and_nobody_hears_it(simulator, present, tmp_path):
    settings = present.settings
    past = read_past(present.raw, read_ledger(present.engine), [STORE])
    chosen = choose(past, [STORE], Days(NIGHTS[0], NIGHTS[-1]))
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    found = run_backtest(
        Order(settings, settings, present.raw, past, chosen, timedelta(days=14)),
        scratch,
        clock=SystemClock(),
        heard=lambda *_: None,
    )

    again = open_engine(f"sqlite:///{scratch / 'file.sqlite'}")
    events, messages = told(again)
    again.dispose()
    assert len(events) > 10
    assert [events, messages] == told(present.engine)
    assert (found.replayed.judged, found.replayed.history, found.replayed.problems) == (3, 0, ())
    assert simulator.amazon.calls == {}
    assert simulator.slack.journal.entries == []
