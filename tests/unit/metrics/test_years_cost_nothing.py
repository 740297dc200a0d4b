"""A night reads what its periods reach back to, however much lies before it: counted in the steps of SQLite's machine, not timed."""

import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from sellerwatch.alerts.judging.night import judge_night
from sellerwatch.metrics.catalogue import measurements
from sellerwatch.metrics.measure import measure_night
from sellerwatch.rawstore.store import RawStore
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.workspace import Workspace
from tests.spec.small_world import CREDENTIALS, HandClock, shipped_settings
from tests.unit.metrics.years import ONE_DAY, PLACE, repeat, tell

STORE = "cascade"
NIGHT = date(2026, 11, 18)
"""A Wednesday within a month: no week or month ends."""
REACH = range(1, 130)
"""No period of the night holds an older day."""
LONG_AGO = range(600, 750)
"""Not even last year's days, which some of them are compared with."""
GRAIN = 20
"""The machine is looked at every so many steps."""


class Steps(Counter):
    """How many steps each statement takes."""

    def __init__(self, engine):
        super().__init__()
        self._engine, self._statement = engine, ""
        event.listen(engine, "before_cursor_execute", self._begun)

    def end(self):
        event.remove(self._engine, "before_cursor_execute", self._begun)
        self._engine.dispose()

    def _begun(self, connection, _cursor, statement, *_others):
        self._statement = statement
        connection.connection.driver_connection.set_progress_handler(self._gone_on, GRAIN)

    def _gone_on(self):
        self[self._statement] += GRAIN
        return 0


def _one_of_each(settings):
    """Of the metrics that the catalogue computes, keep those that read something which none before them does."""
    read = set()
    kept = {name for name, metric in settings.metrics.items() if metric.status != "computed"}
    for item in measurements(settings):
        if not read.issuperset(item.tables):
            read.update(item.tables)
            kept.add(item.metric)
    return replace(
        settings,
        metrics={name: metric for name, metric in settings.metrics.items() if name in kept},
        rules={name: rule for name, rule in settings.rules.items() if kept.issuperset(_told_of(settings, rule))},
    )


def _told_of(settings, rule):
    """Yield the metrics that a rule judges, and those that its message may name beside them."""
    for metric in rule.metrics:
        yield from (metric, *settings.metrics[metric].drivers)


def _workspace(engine, folder):
    settings = _one_of_each(shipped_settings(folder))
    store = settings.stores[STORE].model_copy(update={"marketplaces": (PLACE,), "credentials": CREDENTIALS})
    moment = datetime(2026, 11, 18, 13, 40, tzinfo=UTC)
    return Workspace(replace(settings, stores={STORE: store}), engine, RawStore(folder / "raw"), HandClock(moment))


def _tell_and_measure(workspace):
    """Tell the days within reach, measure the night before, and tell the day that is new."""
    reports = workspace.settings.reports_of(STORE)
    newest = NIGHT - ONE_DAY
    with writing(workspace.engine) as connection:
        tell(connection, STORE, newest - ONE_DAY, reports)
        repeat(connection, newest - ONE_DAY, REACH)
    measure_night(workspace, STORE, newest)
    with writing(workspace.engine) as connection:
        tell(connection, STORE, newest, reports)


def _night(workspace):
    """Return what the night reads, and what it says."""
    steps = Steps(workspace.engine)
    measure_night(workspace, STORE, NIGHT)
    judged = judge_night(workspace, STORE, NIGHT)
    steps.end()
    with reading(workspace.engine) as connection:
        told = set(connection.execute(METRIC_VALUE.select().where(METRIC_VALUE.c.measured_for == NIGHT)).all())
    workspace.engine.dispose()
    return Counter(steps), told, judged


@pytest.fixture
def nights(tmp_path, sqlite_warehouse):
    """The same night after a few months, and after these and as many long before them."""
    workspace, path = _workspace(sqlite_warehouse, tmp_path), Path(sqlite_warehouse.url.database)
    _tell_and_measure(workspace)
    workspace.engine.dispose()
    shutil.copyfile(path, tmp_path / "months.sqlite")
    after_months = _night(workspace)
    shutil.copyfile(tmp_path / "months.sqlite", path)
    with writing(workspace.engine) as connection:
        repeat(connection, NIGHT - 2 * ONE_DAY, LONG_AGO, is_measured=True)
    return after_months, _night(workspace)


def test_a_night_after_years_says_and_reads_what_it_does_after_months(nights):
    (before, said_before, judged_before), (after, said, judged) = nights
    assert said == said_before
    assert judged == judged_before
    assert judged.problems == 0
    assert sum(before.values()) > 100_000
    assert {
        statement: (before[statement], steps) for statement, steps in after.items() if steps > 1.1 * before[statement] + 300
    } == {}
