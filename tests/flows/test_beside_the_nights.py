"""The flows between the nights and their tasks: which steps, with what, and what Prefect's page shows."""

from dataclasses import replace

import pytest
from prefect.client.orchestration import get_client
from sqlalchemy import select

from flows import housekeeping as housekeeping_recipe
from flows import intraday_stock as intraday_recipe
from flows import tick as tick_recipe
from sellerwatch.alerts.pressing import PressReport
from sellerwatch.alerts.ticking import TickReport
from sellerwatch.core.errors import PermanentError
from sellerwatch.delivery.chores import CHORES
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.housekeeping import Finding
from sellerwatch.warehouse.intraday import StockLook
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.workspace import open_workspace
from tasks import housekeeping, library, publish, stock
from tasks import tick as tick_tasks
from tasks.naming import artifact_key
from tasks.retrying import is_retryable
from tests.conftest import small_config
from tests.flows.fake_workspace import FakeWorkspace
from tests.flows.noted_tasks import noting

SEEN = StockLook("my_store", "2026-11-17 hour-06", skipped="a night is at work")
DONE = Finding("database", "done", "brought its statistics up to date")
GRAVE = Finding("disk", "act", "1 GB is left", "/data", "Free some")


def test_a_look_is_shown_before_it_is_judged_and_returned(monkeypatch):
    noted = noting(monkeypatch, intraday_recipe, look="the look", show_look=None, conclude_look="the end")

    assert intraday_recipe.intraday_stock.fn("cascade") == "the end"
    assert noted == [("look", "cascade"), ("show_look", "the look"), ("conclude_look", "the look")]


def test_every_chore_is_done_and_all_is_shown_before_it_is_judged(monkeypatch):
    stores, nothing = ("cascade", "alpine"), None
    noted = noting(
        monkeypatch,
        housekeeping_recipe,
        do=(DONE,),
        list_stores=stores,
        show_calendar=nothing,
        show_findings=nothing,
        conclude_findings=nothing,
    )

    housekeeping_recipe.housekeeping.fn()

    findings = [DONE] * len(CHORES)
    assert noted == [
        *(("do", chore) for chore in CHORES),
        ("list_stores",),
        ("show_calendar", "cascade"),
        ("show_calendar", "alpine"),
        ("show_findings", findings),
        ("conclude_findings", findings),
    ]


@pytest.fixture
def workspace(monkeypatch):
    opened = FakeWorkspace()
    monkeypatch.setattr(library, "load_settings", lambda: "the settings")
    monkeypatch.setattr(library, "open_workspace", {"the settings": opened}.__getitem__)
    return opened


@pytest.mark.parametrize(
    ("task", "module", "step", "argument"),
    [(stock.look, stock, "look_at_stock", "cascade"), (housekeeping.do, housekeeping, "do_chore", "disk")],
    ids=["look", "chore"],
)
def test_each_task_hands_its_step_an_open_workspace_and_closes_it(monkeypatch, workspace, task, module, step, argument):
    monkeypatch.setattr(module, step, lambda *given: (given, list(workspace.closed)))

    assert task.fn(argument) == ((workspace, argument), [])
    assert workspace.closed == [True]


def test_a_look_that_met_a_passing_trouble_is_tried_again():
    assert stock.look.retry_condition_fn is is_retryable
    assert stock.look.retries
    assert stock.look.timeout_seconds


def test_the_stores_are_those_of_the_configuration(monkeypatch, tmp_path):
    monkeypatch.setenv("SELLERWATCH_CONFIG", str(small_config(tmp_path / "few")))

    assert housekeeping.list_stores.fn() == ("cascade", "alpine")


@pytest.fixture
def artifacts(monkeypatch):
    """What the tasks show, by key."""
    shown = {}

    def note(markdown, *, key, description):
        shown[key] = (markdown, description)

    for module in (stock, housekeeping, publish):
        monkeypatch.setattr(module, "create_markdown_artifact", note)
    return shown


def test_what_is_shown_stands_under_a_key_that_prefect_takes(artifacts, monkeypatch, workspace):
    monkeypatch.setattr(publish, "calendar_page", lambda given, store: f"# {store}: " if given is workspace else None)

    stock.show_look.fn(SEEN)
    housekeeping.show_findings.fn([DONE, GRAVE])
    publish.show_calendar.fn("my_store")

    assert artifacts.keys() == {"stock-my-store", "housekeeping", "calendar-my-store"}
    assert "skipped: a night is at work" in artifacts["stock-my-store"][0]
    assert "**disk** 1 GB is left" in artifacts["housekeeping"][0]
    assert artifacts["calendar-my-store"][0].startswith("# my_store")


@pytest.mark.parametrize(("of", "key"), [("calendar", "calendar-my-store"), ("stock", "stock-my-store")])
def test_each_kind_of_page_has_keys_of_its_own(of, key):
    assert artifact_key("my_store", of=of) == key


def test_what_needs_nobody_ends_well_and_what_needs_a_person_fails_by_name():
    unseen = StockLook("cascade", "2026-11-17 hour-06", problems=(Problem("no answer", "US", "Look again"),))

    assert stock.conclude_look.fn(SEEN) is SEEN
    assert housekeeping.conclude_findings.fn([DONE]) == [DONE]
    with pytest.raises(PermanentError, match="no answer"):
        stock.conclude_look.fn(unseen)
    with pytest.raises(PermanentError, match=r"1 GB is left .*Free some"):
        housekeeping.conclude_findings.fn([DONE, GRAVE])


@pytest.mark.prefect
@pytest.mark.slow
@pytest.mark.usefixtures("prefect_server")
def test_both_flows_run_in_prefects_engine_and_leave_their_pages(environment, monkeypatch, tmp_path, settings):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SELLERWATCH_CONFIG", str(small_config(tmp_path / "stock", ("inventory_summaries",))))

    looked = intraday_recipe.intraday_stock("cascade", return_state=True)
    kept = housekeeping_recipe.housekeeping(return_state=True)

    assert looked.is_completed(), looked.message
    assert kept.is_completed(), kept.message
    assert looked.result().places[0].marketplace == "US"
    with get_client(sync_client=True) as client:
        pages = {
            key: client.request("GET", "/artifacts/{key}/latest", path_params={"key": key}).json()["data"]
            for key in ("stock-cascade", "housekeeping", "calendar-cascade")
        }
    assert "SKUs seen at" in pages["stock-cascade"]
    assert "with the manifest" in pages["housekeeping"]
    assert "inventory\\_summaries hourly" in pages["calendar-cascade"]
    opened = open_workspace(settings)
    with reading(opened.engine) as connection:
        assert connection.execute(select(WINDOW.c.state)).scalars().all() == ["done"]
    opened.engine.dispose()


def test_a_tick_lets_time_take_effect_before_it_delivers(monkeypatch):
    noted = noting(monkeypatch, tick_recipe, advance_alerts="the time", deliver="the messages", conclude_tick="the end")

    assert tick_recipe.tick.fn() == "the end"
    assert noted == [("advance_alerts",), ("deliver",), ("conclude_tick", "the time", "the messages")]


def test_a_tick_that_left_a_message_behind_fails_and_says_which():
    complete = DeliveryReport(posts=0, updates=1, replies=1, dead=0, pending=0, problems=())

    ticked = TickReport(PressReport(1, 0), changes=2, messages=3)

    assert tick_tasks.conclude_tick.fn(ticked, complete) is complete
    with pytest.raises(PermanentError, match=r"2 due and not delivered, 1 given up C1: not delivered"):
        tick_tasks.conclude_tick.fn(ticked, replace(complete, pending=2, dead=1, problems=("C1: not delivered",)))
    with pytest.raises(PermanentError, match="not every alert could be seen to: the press e1 waits"):
        tick_tasks.conclude_tick.fn(replace(ticked, problems=("the press e1 waits",)), complete)
