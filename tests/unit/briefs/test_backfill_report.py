"""A backfill in words: what it is going to do, what it came to, and what is missing."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sellerwatch.alerts.judging.present import Present
from sellerwatch.briefs import backfill_report
from sellerwatch.briefs.backfill_report import (
    PLAN_COLUMNS,
    RESULT_COLUMNS,
    Ended,
    deliver_messages,
    plan_rows,
    plan_words,
    problem_words,
    result_rows,
    verdict,
)
from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.rawstore.store import RawStore
from sellerwatch.warehouse.backfills import ledger
from sellerwatch.warehouse.backfills.ledger import Backfill, Counts
from sellerwatch.warehouse.backfills.order import BackfillOrder
from sellerwatch.warehouse.backfills.result import Line
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.workspace import Workspace
from tests.spec.small_world import HandClock

NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
ORDER = BackfillOrder(
    id="b1",
    stores=("cascade",),
    feeds=("orders_by_date",),
    days=Days(date(2026, 10, 1), date(2026, 10, 31)),
    mode="gaps",
    reason="a week is missing",
    asked_by="Ada",
    source="cli",
)
ROUTE = {
    "store": "cascade",
    "marketplace": "US",
    "feed": "orders_by_date",
    "route": "range_reports",
    "why": "it covers a month",
    "requests": 1200,
    "first": "2026-10-01",
    "last": "2026-10-31",
}
LEFT_OUT = {
    "store": "cascade",
    "marketplace": "US",
    "feed": "fba_inventory",
    "first": "2026-10-01",
    "last": "2026-10-01",
    "reason": "the past cannot be had",
}
PROBLEM = {"step": "fetch", "store": "cascade", "what": "Amazon does not answer", "where": "cascade/US", "do": "Wait"}
DONE = Backfill(
    order=ORDER,
    state="complete",
    started_at=NOW,
    finished_at=NOW,
    counts=Counts(3, 2, 1, 0, 2, 9),
    rows_before={"cascade/US/order_line": 1000},
    rows_after={"cascade/US/order_line": 2500},
    routes=(ROUTE,),
    left_out=(LEFT_OUT,),
    problems=(),
    expected_seconds=7200,
)
LINE = Line("cascade", "US", "orders_by_date", 3, 2, 1, 1000, 2500, ("2026-10-01: no",))


def end(**changes):
    return Ended(replace(DONE, **changes), (LINE,), (Present("cascade", None, 0, "cascade: as it was."),), 0)


def test_a_plan_says_how_each_feed_is_asked_for_and_what_cannot_be():
    rows = plan_rows([ROUTE], [LEFT_OUT])

    assert len(PLAN_COLUMNS) == len(rows[0])
    assert rows == [
        ("orders_by_date", "cascade US", "2026-10-01 to 2026-10-31", "1,200", "range reports", "it covers a month"),
        ("fba_inventory", "cascade US", "2026-10-01", "0", "left out", "the past cannot be had"),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "2026-10-01 to 2026-10-31: 3 reports, expected to take 2.0 h."),
        ({"counts": Counts(0)}, "2026-10-01 to 2026-10-31: nothing is missing that can be had, so nothing is asked for."),
        (
            {"order": replace(ORDER, mode="reparse")},
            "2026-10-01 to 2026-10-31: read the stored documents again; Amazon is asked for nothing.",
        ),
    ],
)
def test_what_is_going_to_happen_is_one_line(changes, words):
    assert plan_words(replace(DONE, **changes)) == words


def test_the_result_tells_every_feed():
    assert result_rows([LINE]) == [("orders_by_date", "cascade US", "3", "2", "1", "0", "1,000 -> 2,500", "2026-10-01: no")]
    assert dict(zip(RESULT_COLUMNS, result_rows([LINE])[0], strict=True)) == end().to_dict()["lines"][0]


def test_a_whole_one_is_told_in_a_line():
    assert verdict(end()) == "Complete: of 3 reports 2 are there, 1 are empty at Amazon; 9 calls; 2 documents, +1,500 rows."


def test_what_was_read_again_asked_for_no_report():
    assert verdict(end(order=replace(ORDER, mode="reparse"))).startswith("Complete: documents were read again; 2 documents")


def test_what_is_missing_is_told_with_what_to_do_and_not_without_end():
    said = verdict(end(state="incomplete", counts=Counts(9, 2, 0, 7), problems=(PROBLEM,) * 7))

    assert said.startswith("Incomplete: of 9 reports 2 are there, 0 are empty at Amazon, 7 missing; 0 calls; ")
    assert said.count("Amazon does not answer [cascade/US]. Wait.") == 5
    assert said.endswith("And 2 more, see the result")


def test_a_problem_without_place_or_remedy_is_told_all_the_same():
    assert problem_words(replace(DONE, problems=(PROBLEM | {"where": "", "do": ""},))) == ["Amazon does not answer."]


@pytest.fixture
def workspace(sqlite_warehouse, tmp_path):
    with writing(sqlite_warehouse) as connection:
        ledger.enter(connection, replace(DONE, state="planned"))
    return Workspace(None, sqlite_warehouse, RawStore(tmp_path / "raw"), HandClock())


def test_slack_is_left_alone_where_nothing_changed(workspace):
    assert deliver_messages(workspace, "b1", [Present("cascade", ORDER.days.last, 0, "")]) == 0
    assert ledger.read(workspace, "b1").problems == []


def test_what_changed_is_told(workspace, monkeypatch):
    report = DeliveryReport(posts=2, updates=1, replies=0, dead=0, pending=0, problems=())
    monkeypatch.setattr(backfill_report, "deliver_due", lambda _workspace: report)

    assert deliver_messages(workspace, "b1", [Present("cascade", ORDER.days.last, 3, "")]) == 3


def test_a_slack_that_cannot_be_reached_is_a_problem_and_no_end(workspace, monkeypatch):
    def fail(_workspace):
        raise ConfigError("the token is not set", where="SLACK_BOT_TOKEN", remedy="Set it")

    monkeypatch.setattr(backfill_report, "deliver_due", fail)

    assert deliver_messages(workspace, "b1", [Present("cascade", ORDER.days.last, 3, "")]) == 0
    assert problem_words(ledger.read(workspace, "b1")) == ["the token is not set [Slack / SLACK_BOT_TOKEN]. Set it."]
