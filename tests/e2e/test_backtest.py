"""`sellerwatch backtest` on nights that really ran: the configured rules decide the same again, message by message."""

from dataclasses import replace
from datetime import timedelta
from operator import itemgetter

import pytest
from sqlalchemy import select

from sellerwatch.alerts.backtest.past import choose
from sellerwatch.alerts.backtest.run import Order, run_backtest
from sellerwatch.alerts.backtest.scratch import silenced
from sellerwatch.alerts.telling.place import digest_key
from sellerwatch.cli.nightly import run_night
from sellerwatch.core.clock import SystemClock
from sellerwatch.core.periods import Days
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.world.story import NIGHTS
from sellerwatch.warehouse.engine import open_engine, reading
from sellerwatch.warehouse.rebuild.past import read_ledger, read_past
from sellerwatch.warehouse.tables.alerting import ALERT_EVENT
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.tables.telling import DIGEST
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


def told(engine, stand_ins):
    """Every transition, and every message without what became of it; live channels as the backtest calls them.

    A digest is named after its channel, store and night, so its name is that of the stand-in's digest.
    """
    events = [column for column in ALERT_EVENT.columns if column.name != "happened_at"]
    columns = (OUTBOX.c.key, OUTBOX.c.thread_key, OUTBOX.c.channel, OUTBOX.c.kind, OUTBOX.c.rev, OUTBOX.c.message)
    with reading(engine) as connection:
        happened = [tuple(row) for row in connection.execute(select(*events).order_by(*events[:2]))]
        names = {
            digest.thread_key: digest_key(stand_ins[digest.channel], digest.store_id, digest.as_of.isoformat())
            for digest in connection.execute(select(DIGEST))
        }
        messages = [
            (key.replace(thread, names.get(thread, thread)), names.get(thread, thread), stand_ins[channel], *rest)
            for key, thread, channel, *rest in connection.execute(select(*columns))
        ]
    return happened, sorted(messages, key=itemgetter(0))


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

    audiences = ("alerts", "ops")
    there = [silenced(settings).channel(audience) for audience in audiences]
    stand_ins = {settings.channel(audience): name for audience, name in zip(audiences, there, strict=True)}
    again = open_engine(f"sqlite:///{scratch / 'file.sqlite'}")
    events, messages = told(again, {name: name for name in there})
    again.dispose()
    assert len(events) > 10
    assert len(stand_ins) == 2
    assert (events, messages) == told(present.engine, stand_ins)
    assert (found.replayed.judged, found.replayed.history, found.replayed.problems) == (3, 0, ())
    assert simulator.amazon.calls == {}
    assert simulator.slack.journal.entries == []
