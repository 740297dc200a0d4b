"""A backfill from its plan to its end, on both databases: nothing is asked for twice, and what is missing is told."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError
from sellerwatch.core.periods import Days
from sellerwatch.delivery.chores import do_chore
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse import documents, load, pull, windows
from sellerwatch.warehouse.backfills.fetching import fetch
from sellerwatch.warehouse.backfills.ledger import at_work_on, cancel, close_abandoned, lock_name, newest
from sellerwatch.warehouse.backfills.order import Wording
from sellerwatch.warehouse.backfills.outline import outline_of
from sellerwatch.warehouse.backfills.result import lines_of
from sellerwatch.warehouse.backfills.rows import count_rows
from sellerwatch.warehouse.backfills.start import resume, start, why_refused
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.tables.ledger import CALL_COUNT, DOCUMENT, SKIPPED_RECORD, WINDOW
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import Workspace
from tests.conftest import ROOT
from tests.warehouse.backfilled import OCTOBER, Amazon, Backfilling, an_order, october_order, received
from tests.warehouse.shelf import flat

OCTOBER_ORDERS = Window("cascade", "US", "orders_by_date", OCTOBER)


@pytest.fixture
def backfilling(engine, tmp_path, clock, monkeypatch):
    settings = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config"), "SELLERWATCH_DATA": str(tmp_path)})
    amazon = Amazon()
    monkeypatch.setattr(pull, "pull_past", amazon.pull_past, raising=False)
    return Backfilling(Workspace(settings, engine, RawStore(tmp_path / "raw"), clock), amazon)


def window_row(backfilling, window=OCTOBER_ORDERS):
    with reading(backfilling.workspace.engine) as connection:
        return connection.execute(select(WINDOW).where(WINDOW.c.id == window.id)).one()


def lay_down(backfilling, window, body, *, state="done"):
    """Put a document into the raw store and its window into the ledger, as a night of long ago has left them."""
    workspace = backfilling.workspace
    entry = workspace.raw.put_bytes(body, received(window, workspace.clock.now()))
    with writing(workspace.engine) as connection:
        windows.enter(connection, window, window.days.last)
        documents.enter(connection, window, entry, error=None)
        windows.mark_finished(connection, window, state, workspace.clock.now())


def test_a_backfill_fetches_what_is_missing_and_says_what_it_changed(backfilling):
    planned = backfilling.enter()
    assert (planned.state, planned.counts.windows_wanted, planned.rows_before) == ("planned", 1, {"cascade/US/order_line": 0})

    done = backfilling.run()

    assert (done.state, done.counts.windows_finished, done.counts.documents) == ("complete", 1, 1)
    assert done.rows_after == {"cascade/US/order_line": 1}
    assert (done.problems, done.order.reason) == ([], "the October review lacks a week")
    (line,) = lines_of(backfilling.workspace, done)
    assert (line.feed, line.wanted, line.finished, line.failed, line.rows_before, line.rows_after) == (
        "orders_by_date", 1, 1, 0, 0, 1,
    )  # fmt: skip


def test_what_failed_is_resumed_and_what_is_there_is_left_alone(backfilling):
    months = Days(date(2026, 9, 1), date(2026, 10, 31))
    backfilling.enter(days=months)
    with reading(backfilling.workspace.engine) as connection:
        newer, older = [row.window.id for row in windows.windows_asked_by(connection, "cascade", "backfill b1")][::-1]
    backfilling.amazon.refused = {older}

    first = backfilling.run()
    assert (first.state, first.counts.windows_finished, first.counts.windows_failed) == ("incomplete", 1, 1)
    assert [(item["what"], item["where"]) for item in first.problems] == [("Amazon has not finished the report", older)]

    backfilling.amazon.refused, backfilling.amazon.asked = set(), []
    resumed = backfilling.enter(days=months)
    second = backfilling.run()

    assert resumed.rows_before == {"cascade/US/order_line": 0}
    assert backfilling.amazon.asked == [older]
    assert (second.state, second.counts.windows_finished, second.problems) == ("complete", 2, [])
    assert newer not in backfilling.amazon.asked


def test_nothing_is_asked_for_where_nothing_is_missing(backfilling):
    lay_down(backfilling, OCTOBER_ORDERS, flat("orders_by_date", october_order("o-1", 5)))

    planned, done = backfilling.enter(), backfilling.run()

    assert (planned.counts.windows_wanted, done.state, backfilling.amazon.asked) == (0, "complete", [])


def test_all_of_it_is_asked_for_again_when_that_is_the_mode(backfilling):
    lay_down(backfilling, OCTOBER_ORDERS, flat("orders_by_date", october_order("o-1", 5)))
    backfilling.enter(mode="again")

    done = backfilling.run()

    assert (done.state, backfilling.amazon.asked) == ("complete", [OCTOBER_ORDERS.id])


def test_an_empty_month_is_finished(backfilling):
    backfilling.amazon.bodies[OCTOBER_ORDERS.id] = None
    backfilling.enter()

    done = backfilling.run()

    assert (done.state, done.counts.windows_empty, done.counts.documents) == ("complete", 1, 0)


@pytest.mark.parametrize(
    ("error", "words"),
    [(RetryableError("Amazon does not answer"), "Amazon does not answer"), (ValueError("bug"), "the pull failed: ValueError")],
)
def test_one_stores_failure_stops_no_other(backfilling, error, words):
    backfilling.amazon.answers["alpine"] = error
    backfilling.enter(stores=("cascade", "alpine"))

    done = backfilling.run()

    assert done.rows_after["cascade/US/order_line"] == 1
    assert ("fetch", "alpine", words) in {(item["step"], item["store"], item["what"]) for item in done.problems}
    assert done.state == "incomplete"
    assert {(line.store_id, line.failed) for line in lines_of(backfilling.workspace, done)} == {("cascade", 0), ("alpine", 1)}


def test_progress_adds_the_stores_up(backfilling):
    backfilling.enter(stores=("cascade", "alpine"))
    heard = []

    fetch(backfilling.workspace, "b1", progress=lambda *told: heard.append(told))

    assert heard[-1] == (3, 3, "cascade 1/1, alpine 2/2")


def test_a_document_that_cannot_be_read_is_a_problem_and_its_window_is_missing(backfilling):
    backfilling.amazon.bodies[OCTOBER_ORDERS.id] = b"no order report at all\n"
    backfilling.enter()

    done = backfilling.run()

    assert (done.state, done.counts.windows_failed) == ("incomplete", 1)
    (problem,) = done.problems
    assert problem["where"] == f"{OCTOBER_ORDERS.id}#1"
    assert problem["what"].startswith("document set aside: ")


def test_records_that_were_set_aside_are_told(backfilling):
    bad = october_order("o-2", 6) | {"quantity": "many"}
    backfilling.amazon.bodies[OCTOBER_ORDERS.id] = flat("orders_by_date", october_order("o-1", 5), bad)
    backfilling.enter()

    done = backfilling.run()

    assert [item["what"] for item in done.problems] == ["1 of 2 records set aside"]


def test_windows_that_a_later_backfill_took_over_are_told(backfilling):
    backfilling.enter()
    backfilling.enter(id="b2")

    later, earlier = backfilling.run("b2"), backfilling.run("b1")

    assert later.state == "complete"
    assert backfilling.amazon.asked == [OCTOBER_ORDERS.id]
    assert [item["what"] for item in earlier.problems] == ["1 of its windows were taken over by a later backfill"]


def test_the_calls_it_was_granted_are_counted_whoever_waits_for_the_rest(backfilling):
    backfilling.enter(stores=("cascade", "alpine"))
    with writing(backfilling.workspace.engine) as connection:
        connection.execute(
            insert(CALL_COUNT),
            [
                {"run": run, "store_id": store_id, "operation": operation, "calls": calls}
                for run, store_id, operation, calls in (
                    ("backfill b1", "cascade", "createReport", 2),
                    ("backfill b1", "cascade", "getReport", 3),
                    ("backfill b1", "alpine", "getReport", 4),
                    ("night 2026-11-17", "cascade", "getReport", 50),
                )
            ],
        )

    assert backfilling.run().counts.calls == 9


def test_a_plan_that_is_only_looked_at_leaves_no_trace(backfilling):
    outline = outline_of(backfilling.workspace, an_order(feeds=("orders_by_date", "fba_inventory")))

    assert outline.requests == 1
    assert [item["feed"] for item in outline.left_out] == ["fba_inventory"]
    assert newest(backfilling.workspace, 5) == []
    with reading(backfilling.workspace.engine) as connection:
        assert connection.execute(select(func.count()).select_from(WINDOW)).scalar_one() == 0


def test_what_cannot_be_asked_for_is_told_feed_by_feed(backfilling):
    backfilling.enter(feeds=("orders_by_date", "fba_inventory"))

    done = backfilling.run()

    assert done.state == "complete"
    left_out = {line.feed: line.left_out for line in lines_of(backfilling.workspace, done)}
    assert left_out["orders_by_date"] == ()
    (reason,) = left_out["fba_inventory"]
    assert reason.startswith("2026-10-01 to 2026-10-31: ")


def test_words_are_refused_or_planned_and_a_killed_backfill_is_closed_on_the_way(backfilling):
    workspace = backfilling.workspace
    backfilling.enter(id="killed")
    wording = Wording(("cascade",), ("orders_by_date",), "2026-10-01", "2026-10-31", "gaps", "", "Ada")

    assert "the reason is empty" in why_refused(workspace, wording)
    with pytest.raises(ConfigError, match="the reason is empty"):
        start(workspace, wording, order_id="b1", source="prefect")
    assert why_refused(workspace, replace(wording, reason="a week is missing")) == ""
    planned = start(workspace, replace(wording, reason="a week is missing"), order_id="b1", source="prefect")

    assert (planned.state, planned.order.source) == ("planned", "prefect")
    assert backfilling.read("killed").state == "incomplete"
    assert resume(workspace, "b1").order == planned.order


# --- cut short --------------------------------------------------------------------------------------------------------


def test_what_interrupts_leaves_it_cancelled(backfilling):
    backfilling.enter()

    with pytest.raises(KeyboardInterrupt), at_work_on(backfilling.workspace, "b1"):
        raise KeyboardInterrupt

    assert (backfilling.read().state, backfilling.read().finished_at is None) == ("cancelled", False)


def test_an_error_leaves_it_incomplete_with_its_words_until_it_is_taken_up_again(backfilling):
    backfilling.enter()

    with pytest.raises(PermanentError), at_work_on(backfilling.workspace, "b1"):
        raise PermanentError("the disk is full", remedy="Free some")

    assert backfilling.read().state == "incomplete"
    assert [item["what"] for item in backfilling.read().problems] == ["the disk is full. Free some."]
    with at_work_on(backfilling.workspace, "b1"):
        assert (backfilling.read().state, backfilling.read().problems) == ("running", [])


def test_a_killed_one_is_told_from_one_that_runs(backfilling):
    workspace = backfilling.workspace
    for name in ("killed", "alive"):
        backfilling.enter(id=name)
    with alone_with(workspace.engine, lock_name("alive")):
        closed = close_abandoned(workspace)

    assert closed == ["killed"]
    assert (backfilling.read("killed").state, backfilling.read("alive").state) == ("incomplete", "planned")
    assert "its process ended without a word" in backfilling.read("killed").problems[0]["what"]
    assert close_abandoned(workspace) == ["alive"]


def test_housekeeping_closes_a_killed_one_and_says_how_it_goes_on(backfilling):
    backfilling.enter()

    (finding,) = do_chore(backfilling.workspace, "backfills")

    assert (finding.weight, finding.place) == ("act", "backfill b1")
    assert "Retry on the flow run's page" in finding.remedy
    assert do_chore(backfilling.workspace, "backfills") == ()


def test_its_lock_leaves_no_file_behind(backfilling):
    backfilling.enter()
    with at_work_on(backfilling.workspace, "b1"):
        pass

    folder = Path(backfilling.workspace.engine.url.database).parent
    assert list(folder.glob("*backfill-b1*")) == []
    assert close_abandoned(backfilling.workspace) == ["b1"]


def test_cancelled_from_outside_only_where_it_has_not_ended(backfilling):
    backfilling.enter()
    backfilling.enter(id="b2", days=Days(date(2026, 9, 1), date(2026, 9, 30)))
    backfilling.run("b2")

    for name in ("b1", "b2", "unknown"):
        cancel(backfilling.workspace, name)

    assert (backfilling.read("b1").state, backfilling.read("b2").state) == ("cancelled", "complete")


# --- read again -------------------------------------------------------------------------------------------------------


def test_documents_are_read_again_without_asking_amazon(backfilling, monkeypatch):
    workspace = backfilling.workspace
    lay_down(backfilling, OCTOBER_ORDERS, flat("orders_by_date", october_order("o-1", 5), october_order("o-2", 6)))
    monkeypatch.setattr(load, "_parse", fail_to_parse)
    load.load_waiting(workspace, "cascade")
    assert (window_row(backfilling).state, document_states(backfilling)) == ("wanted", ["quarantined"])
    monkeypatch.undo()
    backfilling.enter(mode="reparse")

    done = backfilling.run()

    assert (done.state, done.counts.windows_wanted, done.counts.documents) == ("complete", 0, 1)
    assert (window_row(backfilling).state, document_states(backfilling)) == ("done", ["loaded"])
    assert done.rows_after == {"cascade/US/order_line": 2}
    assert backfilling.amazon.asked == []
    (line,) = lines_of(workspace, done)
    assert (line.wanted, line.rows_before, line.rows_after) == (0, 0, 2)


def fail_to_parse(*_arguments):
    raise PermanentError("an unknown form")


def document_states(backfilling):
    with reading(backfilling.workspace.engine) as connection:
        return list(connection.execute(select(DOCUMENT.c.state).order_by(DOCUMENT.c.id)).scalars())


def test_reading_again_says_anew_what_was_set_aside_and_leaves_other_days_alone(backfilling):
    workspace = backfilling.workspace
    bad = october_order("o-2", 6) | {"quantity": "many"}
    september = Window("cascade", "US", "orders_by_date", Days(date(2026, 9, 1), date(2026, 9, 30)))
    lay_down(backfilling, OCTOBER_ORDERS, flat("orders_by_date", october_order("o-1", 5), bad))
    lay_down(backfilling, september, b"not an order report\n")
    load.load_waiting(workspace, "cascade")
    backfilling.enter(mode="reparse")

    done = backfilling.run()

    assert [item["what"] for item in done.problems] == ["1 of 2 records set aside"]
    assert done.counts.documents == 1
    assert document_states(backfilling) == ["quarantined", "loaded"]
    with reading(workspace.engine) as connection:
        assert connection.execute(select(func.count()).select_from(SKIPPED_RECORD)).scalar_one() == 1


def test_no_feed_looks_late_while_its_documents_wait_to_be_read_again(backfilling):
    workspace = backfilling.workspace
    lay_down(backfilling, OCTOBER_ORDERS, flat("orders_by_date", october_order("o-1", 5)))
    load.load_waiting(workspace, "cascade")
    with writing(workspace.engine) as connection:
        before = documents.newest_data(connection, "cascade", "US", "orders_by_date", OCTOBER.last)
        documents.wait_again(connection, "cascade", ("orders_by_date",), OCTOBER)
        meanwhile = documents.newest_data(connection, "cascade", "US", "orders_by_date", OCTOBER.last)

    assert before is not None
    assert meanwhile == before


def test_rows_without_a_day_of_their_own_count_by_their_document(backfilling):
    workspace = backfilling.workspace
    with reading(workspace.engine) as connection:
        counted = count_rows(connection, workspace.settings, ("alpine",), ("settlement", "coupon_performance"), OCTOBER)

    assert counted == {
        f"alpine/{code}/{table}": 0
        for code in ("DE", "UK")
        for table in ("settlement", "settlement_line", "coupon", "coupon_product")
    }


def test_the_newest_come_first(backfilling):
    backfilling.enter()
    backfilling.enter(id="b2")

    assert [item.order.id for item in newest(backfilling.workspace, 5)] == ["b2", "b1"]
    assert backfilling.read().to_dict()["windows"] == {"wanted": 1, "finished": 0, "empty": 0, "failed": 0}
    assert backfilling.read().started_at - backfilling.workspace.clock.now() < timedelta()
