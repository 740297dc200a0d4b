"""The backfill flow, its form and its tasks, without Prefect's engine: which steps, in which order, with what."""

from contextlib import contextmanager
from types import SimpleNamespace
from uuid import UUID

import httpx
import pytest

from flows import backfill as recipe
from tasks import backfill as steps_of_backfill
from tasks import backfill_tables, library, naming, progress
from tasks.backfill_form import BackfillForm, feed_choices, mode_choices, store_choices, wording_of
from tests.conftest import NIGHT_STARTS
from tests.flows.fake_workspace import FakeWorkspace

FILLED = {
    "stores": ["every store"],
    "feeds": ["every feed"],
    "first_day": "2026-11-09",
    "last_day": "2026-11-12",
    "mode": mode_choices()[0],
    "reason": "a week is missing",
    "asked_by": "Ada",
}
STEPS = {
    "check_form": "",
    "lay_out": SimpleNamespace(order=SimpleNamespace(id="run-1")),
    "show_plan": None,
    "fetch_reports": [],
    "load_history": [],
    "measure_history": [],
    "judge_present": ("the present",),
    "deliver_changes": 3,
    "count": "the row",
    "sum_up": "the end",
    "show_result": None,
    "show_refusal": None,
    "refused": "refused",
    "outcome": "the outcome",
}


@pytest.fixture
def steps(monkeypatch):
    """Replace every task by one that notes its call."""
    noted = []

    def note(name):
        def step(*arguments):
            noted.append((name, *arguments))
            return STEPS[name]

        return step

    @contextmanager
    def at_work(order_id):
        noted.append(("begin", order_id))
        yield
        noted.append(("end", order_id))

    for name in STEPS:
        monkeypatch.setattr(recipe, name, note(name))
    monkeypatch.setattr(recipe, "at_work", at_work)
    return noted


def test_a_backfill_runs_left_to_right_and_ends_as_it_ended(steps):
    ended = recipe.backfill.fn(FILLED)

    wording, planned = wording_of(FILLED), STEPS["lay_out"]
    assert ended == "the outcome"
    assert steps == [
        ("check_form", wording),
        ("lay_out", wording),
        ("show_plan", planned),
        ("begin", "run-1"),
        ("fetch_reports", "run-1"),
        ("load_history", "run-1"),
        ("measure_history", "run-1"),
        ("judge_present", "run-1"),
        ("deliver_changes", "run-1", ("the present",)),
        ("count", "run-1"),
        ("end", "run-1"),
        ("sum_up", "the row", ("the present",), 3),
        ("show_result", "the end"),
        ("outcome", "the end"),
    ]


def test_a_form_with_a_mistake_starts_nothing(steps, monkeypatch):
    monkeypatch.setitem(STEPS, "check_form", "the reason is empty")

    ended = recipe.backfill.fn(FILLED)

    assert ended == "refused"
    assert steps[1:] == [("show_refusal", "the reason is empty"), ("refused", "the reason is empty")]


def test_the_run_fails_with_the_words_and_nothing_else():
    state = steps_of_backfill.refused("Nothing was started: the reason is empty.")

    assert (state.is_failed(), state.message) == (True, "Nothing was started: the reason is empty.")


@pytest.mark.parametrize(("is_complete", "name"), [(True, "Completed"), (False, "Failed")])
def test_the_run_ends_as_the_backfill_did(monkeypatch, is_complete, name):
    monkeypatch.setattr(steps_of_backfill, "verdict", lambda _end: "in words")

    state = steps_of_backfill.outcome(SimpleNamespace(is_complete=is_complete))

    assert (state.name, state.message) == (name, "in words")


@pytest.fixture
def workspace(monkeypatch):
    opened = FakeWorkspace()
    for module in (library, steps_of_backfill):
        monkeypatch.setattr(module, "load_settings", lambda: "the settings")
        monkeypatch.setattr(module, "open_workspace", {"the settings": opened}.__getitem__)
    return opened


@pytest.mark.parametrize(
    ("task", "step", "given", "named"),
    [
        (steps_of_backfill.check_form, "why_refused", ("words",), {}),
        (steps_of_backfill.fetch_reports, "fetch", ("run-1",), {"progress": "a bar"}),
        (steps_of_backfill.load_history, "load_documents", ("run-1",), {}),
        (steps_of_backfill.measure_history, "measure_backfill", ("run-1",), {}),
        (steps_of_backfill.judge_present, "judge_backfill", ("run-1",), {}),
        (steps_of_backfill.deliver_changes, "deliver_messages", ("run-1", ()), {}),
        (steps_of_backfill.count, "conclude", ("run-1",), {}),
        (steps_of_backfill.sum_up, "ended", ("the row", (), 3), {}),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_each_task_hands_its_step_an_open_workspace_and_closes_it(monkeypatch, workspace, task, step, given, named):
    monkeypatch.setattr(steps_of_backfill, "shown_progress", lambda: "a bar")
    heard = []
    monkeypatch.setattr(steps_of_backfill, step, lambda *arguments, **options: heard.append((arguments, options)))

    task.fn(*given)

    assert heard == [((workspace, *given), named)]
    assert workspace.closed == [True]


def test_the_plan_is_entered_under_the_runs_own_id(monkeypatch, workspace):
    heard = []
    monkeypatch.setattr(steps_of_backfill, "flow_run", SimpleNamespace(id="run-1"))
    monkeypatch.setattr(steps_of_backfill, "start", lambda *arguments, **options: heard.append((arguments, options)))

    steps_of_backfill.lay_out.fn("words")

    assert heard == [((workspace, "words"), {"order_id": "run-1", "source": "prefect"})]


def test_a_backfill_at_work_is_held_and_let_go(monkeypatch, workspace):
    held = []

    @contextmanager
    def at_work_on(_workspace, order_id):
        held.append(order_id)
        yield

    monkeypatch.setattr(steps_of_backfill, "at_work_on", at_work_on)
    with steps_of_backfill.at_work("run-1"):
        assert (held, workspace.closed) == (["run-1"], [])

    assert workspace.closed == [True]


def test_a_cancelled_run_is_noted(monkeypatch, workspace):
    noted = []
    monkeypatch.setattr(steps_of_backfill, "cancel", lambda _workspace, order_id: noted.append(order_id))
    run_id = UUID(int=7)

    steps_of_backfill.note_cancelled(flow=None, flow_run=SimpleNamespace(id=run_id), state=None)

    assert noted == [str(run_id)]
    assert recipe.backfill.on_cancellation_hooks == [steps_of_backfill.note_cancelled]


def test_the_form_keeps_its_order_and_offers_what_is_configured():
    fields = BackfillForm.model_json_schema()["properties"]

    in_order = sorted(fields, key=lambda name: fields[name]["position"])
    assert [fields[name]["title"] for name in in_order] == [
        "1. Stores",
        "2. Feeds",
        "3. First day",
        "4. Last day",
        "5. Mode",
        "6. Reason",
        "7. Your name",
    ]
    assert fields["stores"]["items"]["enum"] == ["every store", "cascade: Cascade US (US)", "alpine: Alpine EU (DE, UK)"]
    assert (
        "fba_inventory: FBA stock of every unsuppressed SKU (of the present: can only be read again)"
        in (fields["feeds"]["items"]["enum"])
    )
    assert {fields[name]["format"] for name in ("first_day", "last_day")} == {"date"}
    assert [word.partition(":")[0] for word in fields["mode"]["enum"]] == ["gaps", "again", "reparse"]


def test_what_the_form_offers_is_what_an_order_takes(settings):
    form = BackfillForm(**FILLED | {"stores": store_choices(settings)[1:], "feeds": feed_choices(settings)[1:]})

    assert steps_of_backfill.why_refused(SimpleNamespace(settings=settings, clock=Noon()), wording_of(form)) == ""


class Noon:
    def now(self):
        return NIGHT_STARTS["cascade"]


def test_prefect_asks_for_every_field_and_leaves_the_rest_to_the_first_step():
    parameters = recipe.backfill.parameters.model_dump()

    assert parameters["required"] == ["history"]
    assert set(parameters["definitions"]["BackfillForm"]["required"]) == FILLED.keys() - {"mode"}
    assert recipe.backfill.should_validate_parameters is False


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"history": FILLED}, "backfill-2026-11-09-to-2026-11-12"),
        ({"history": "?"}, "backfill-?-to-?"),
        ({}, "backfill-?-to-?"),
    ],
)
def test_a_run_is_called_by_its_days_right_or_wrong(monkeypatch, parameters, name):
    monkeypatch.setattr(naming, "flow_run", SimpleNamespace(parameters=parameters))

    assert naming.backfill_name() == name


@pytest.fixture
def artifacts(monkeypatch):
    """What would be shown on Prefect's page."""
    shown = []
    monkeypatch.setattr(progress, "create_progress_artifact", lambda **given: shown.append(given) or UUID(int=1))
    monkeypatch.setattr(progress, "update_progress_artifact", lambda _id, **given: shown.append(given))
    for name in ("create_table_artifact", "create_markdown_artifact"):
        monkeypatch.setattr(backfill_tables, name, lambda table, **given: shown.append({"table": table} | given))
    return shown


def test_the_progress_moves_when_there_is_something_new(artifacts):
    bar = progress.shown_progress()
    for told in ((0, 4, "cascade 0/4"), (1, 4, "cascade 1/4"), (1, 4, "cascade 1/4"), (0, 0, "")):
        bar(*told)

    assert [item["progress"] for item in artifacts] == [0.0, 0.0, 25.0, 100.0]
    assert artifacts[2]["description"] == "1 of 4 reports are finished (cascade 1/4)"


def test_a_server_that_is_away_does_not_stop_the_work(artifacts, monkeypatch):
    def fail(*_arguments, **_named):
        raise httpx.ConnectError("no")

    bar = progress.shown_progress()
    monkeypatch.setattr(progress, "update_progress_artifact", fail)

    bar(1, 2, "cascade 1/2")

    assert [item["progress"] for item in artifacts] == [0.0]


def test_what_to_correct_is_shown_as_it_was_typed(artifacts):
    backfill_tables.show_refusal.fn("unknown store '[x](y)'")

    (shown,) = artifacts
    assert (shown["table"], shown["key"]) == (r"unknown store '\[x\](y)'", "backfill-refused")
