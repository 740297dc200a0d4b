"""``backfill`` and ``backfills``: ordered, looked at, run, cut short and resumed from a shell."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime

import pytest

from sellerwatch.cli.backfill import ending_when_told
from sellerwatch.core.clock import CLOCK_VARIABLE
from sellerwatch.core.errors import RetryableError
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse import pull
from sellerwatch.warehouse.backfills.ledger import cancel, newest
from sellerwatch.warehouse.pull import PullReport
from sellerwatch.warehouse.workspace import open_workspace

ORDER = (
    *("backfill", "--store", "cascade", "--feed", "orders_by_date"),
    *("--from", "2026-10-01", "--to", "2026-10-31", "--reason", "a week is missing"),
)


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch):
    """October 2026 is over, and not long ago, whenever this runs."""
    monkeypatch.setenv(CLOCK_VARIABLE, "2026-11-17T13:30:00+00:00=2026-11-17T13:30:00+00:00@1e-10")


@pytest.fixture
def amazon(configured, monkeypatch):
    """What the pull of a store says; it never reaches anybody."""
    answers = []

    def pull_past(_workspace, store_id, asked_by, *, progress, meanwhile):
        progress(0, 1, asked_by)
        assert meanwhile(datetime(2026, 11, 18, tzinfo=UTC)) is False
        answer = answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    monkeypatch.setattr(pull, "pull_past", pull_past, raising=False)
    return answers


@pytest.fixture
def in_ledger(configured):
    workspace = open_workspace(load_settings())
    yield lambda: newest(workspace, 10)
    workspace.engine.dispose()


def test_everything_that_is_wrong_is_one_line_and_exit_code_2(sellerwatch, configured):
    ran = sellerwatch("backfill", "--store", "casacde", "--from", "2026-10-31", "--to", "2026-10-01", "--who", "")

    assert ran.code == 2
    assert ran.err.startswith("Error: Nothing was started: (1) unknown store 'casacde': use one of cascade, alpine; (2) ")
    assert "exchange them" in ran.err
    assert "the reason is empty" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_dry_run_shows_the_plan_and_leaves_no_trace(sellerwatch, in_ledger):
    ran, facts = sellerwatch(*ORDER, "--dry-run"), sellerwatch(*ORDER, "--dry-run", "--json").facts

    assert ran.out.splitlines()[0] == "feed\tstore\tdays\treports\tway\twhy"
    assert ran.out.splitlines()[1].startswith("orders_by_date\tcascade US\t2026-10-01 to 2026-10-31\t1\trange reports\t")
    assert ran.out.splitlines()[-1].startswith("1 reports, expected to take ")
    assert (facts["requests"], facts["left_out"]) == (1, [])
    assert in_ledger() == []


def test_what_is_missing_ends_with_exit_code_1_and_how_to_go_on(sellerwatch, amazon, in_ledger):
    amazon.append(RetryableError("Amazon does not answer", remedy="Wait"))

    ran = sellerwatch(*ORDER, "--who", "Ada")

    (row,) = in_ledger()
    assert ran.code == 1
    assert ran.out.startswith(f"backfill {row.order.id}\n  2026-10-01 to 2026-10-31: 1 reports, expected to take ")
    assert "orders_by_date\tcascade US\t1\t0\t0\t1\t0 -> 0\t\n" in ran.out
    assert "  Amazon does not answer [store cascade]. Wait.\n" in ran.out
    assert f"  go on with: sellerwatch backfill --resume {row.order.id}\n" in ran.out
    assert (row.state, row.order.asked_by, row.order.source) == ("incomplete", "Ada", "cli")


def test_it_is_resumed_by_its_id_alone(sellerwatch, amazon, in_ledger):
    amazon += [RetryableError("no"), PullReport(0, 1, ())]
    sellerwatch(*ORDER)
    (row,) = in_ledger()

    ran = sellerwatch("backfill", "--resume", row.order.id, "--json")

    assert ran.code == 1  # the window is still not there, and nobody said why
    assert (ran.facts["id"], ran.facts["windows"]["failed"]) == (row.order.id, 1)
    assert [problem["what"] for problem in ran.facts["problems"]] == ["the report is not there: wanted"]
    assert len(in_ledger()) == 1


@pytest.mark.parametrize("arguments", [("--from", "2026-10-01"), ("--store", "cascade"), ("--dry-run",)])
def test_what_is_resumed_takes_nothing_from_the_command_line(sellerwatch, configured, arguments):
    ran = sellerwatch("backfill", "--resume", "b1", *arguments)

    assert ran.code == 2
    assert "--resume takes everything from the ledger" in ran.err


def test_an_unknown_id_is_a_persons_mistake(sellerwatch, configured):
    ran = sellerwatch("backfill", "--resume", "b1")

    assert (ran.code, ran.err.startswith("Error: no backfill has the id 'b1'. `sellerwatch backfills` lists them")) == (2, True)


def test_nothing_to_fetch_is_complete(sellerwatch, amazon, in_ledger):
    amazon.append(PullReport(0, 0, ()))

    ran = sellerwatch(*ORDER, "--mode", "reparse", "--json")

    assert (ran.code, ran.facts["state"], ran.facts["alerts"]) == (
        0, "complete", ["cascade: alerts are as they were; no night was run yet."],
    )  # fmt: skip
    assert amazon  # nobody asked Amazon


def test_the_list_tells_who_why_and_what_came_of_it(sellerwatch, amazon, in_ledger):
    assert sellerwatch("backfills").out == "no backfill was run yet\n"
    amazon.append(RetryableError("Amazon does not answer"))
    sellerwatch(*ORDER, "--who", "Ada")
    sellerwatch(*(word for word in ORDER if word not in {"--feed", "orders_by_date"}), "--mode", "reparse", "--who", "Ada")

    ran, facts = sellerwatch("backfills"), sellerwatch("backfills", "--json", "--limit", "1").facts

    newest_row, row = ran.out.splitlines()[1:3]
    assert row.split("\t")[2:] == [
        "Ada", "2026-10-01 to 2026-10-31", "cascade", "orders_by_date", "gaps", "incomplete", "1", "1", "+0", "a week is missing",
    ]  # fmt: skip
    assert newest_row.split("\t")[5] == "32 feeds"
    assert ": Amazon does not answer [store cascade].\n" in ran.out
    assert [item["state"] for item in facts["backfills"]] == ["complete"]


def test_one_whose_process_was_killed_is_closed_by_looking(sellerwatch, amazon, in_ledger):
    amazon.append(RetryableError("no"))
    sellerwatch(*ORDER)
    workspace = open_workspace(load_settings())
    with workspace.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE backfill SET state = 'running'")
    workspace.engine.dispose()

    ran = sellerwatch("backfills")

    assert "its process ended without a word" in ran.out
    assert [row.state for row in in_ledger()] == ["incomplete"]


def test_an_interrupted_one_is_cancelled_and_told_by_its_exit_code(sellerwatch, configured, in_ledger, monkeypatch):
    monkeypatch.setattr("sellerwatch.cli.backfill.fetch", interrupted)

    ran = sellerwatch(*ORDER)

    assert ran.code == 130
    assert [row.state for row in in_ledger()] == ["cancelled"]


def interrupted(*_arguments, **_named):
    raise KeyboardInterrupt


def test_the_signal_to_end_is_heard_as_ctrl_c():
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt), ending_when_told():
        os.kill(os.getpid(), signal.SIGTERM)

    assert signal.getsignal(signal.SIGTERM) == before


def test_cancelling_what_is_unknown_does_nothing(in_ledger):
    workspace = open_workspace(load_settings())
    cancel(workspace, "b1")
    workspace.engine.dispose()

    assert in_ledger() == []
