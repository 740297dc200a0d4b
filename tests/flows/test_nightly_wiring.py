"""The nightly flow and its tasks, without Prefect's engine: which steps, in which order, with what."""

from datetime import date

import pytest
from prefect.states import Completed, Failed

from flows import nightly as recipe
from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError, SkipRecordError
from tasks import check, decide, deliver, extract, library, load, measure, publish, seal
from tasks.naming import artifact_key
from tasks.retrying import is_retryable
from tests.flows.fake_workspace import FakeWorkspace

STEPS = (
    "choose_day",
    "make_sure",
    "pull",
    "load",
    "check",
    "measure",
    "decide",
    "deliver",
    "seal",
    "summarise",
    "show",
    "show_calendar",
    "conclude",
)
DAY = date(2026, 11, 17)
RETURNED = {"choose_day": DAY, "deliver": "the delivery", "summarise": "the night"}


@pytest.fixture
def steps(monkeypatch):
    """Replace every task by one that notes its call."""
    noted = []

    def note(name):
        def step(*arguments):
            noted.append((name, *arguments))
            return RETURNED.get(name)

        return step

    for name in STEPS:
        monkeypatch.setattr(recipe, name, note(name))
    return noted


def test_the_night_runs_left_to_right_and_ends_with_its_verdict(steps):
    recipe.nightly.fn("cascade", DAY)

    assert steps == [
        ("choose_day", "cascade", DAY),
        ("make_sure", "cascade", DAY),
        ("pull", "cascade", DAY),
        ("load", "cascade", DAY),
        ("check", "cascade", DAY),
        ("measure", "cascade", DAY),
        ("decide", "cascade", DAY),
        ("deliver",),
        ("seal", "cascade", DAY),
        ("summarise", "cascade", DAY),
        ("show", "the night", "the delivery"),
        ("show_calendar", "cascade"),
        ("conclude", "the night", "the delivery"),
    ]


def test_without_a_day_every_step_takes_the_one_that_was_chosen(steps):
    recipe.nightly.fn("cascade")

    assert steps[0] == ("choose_day", "cascade", None)
    assert {step[2] for step in steps if step[1:2] == ("cascade",) and step[2:]} == {None, DAY}


@pytest.fixture
def workspace(monkeypatch):
    opened = FakeWorkspace()
    monkeypatch.setattr(library, "load_settings", lambda: "the settings")
    monkeypatch.setattr(library, "open_workspace", {"the settings": opened}.__getitem__)
    return opened


@pytest.mark.parametrize(
    ("task", "module", "step", "arguments"),
    [
        (extract.choose_day, extract, "local_today", ("cascade", None)),
        (extract.make_sure, extract, "require_ready", ("cascade", DAY)),
        (extract.pull, extract, "pull_night", ("cascade", DAY)),
        (load.load, load, "load_night", ("cascade", DAY)),
        (check.check, check, "check_night", ("cascade", DAY)),
        (measure.measure, measure, "measure_night", ("cascade", DAY)),
        (decide.decide, decide, "judge_night", ("cascade", DAY)),
        (deliver.deliver, deliver, "deliver_due", ()),
        (seal.seal, seal, "seal_night", ("cascade", DAY)),
        (publish.summarise, publish, "summarise_night", ("cascade", DAY)),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_each_task_hands_its_step_an_open_workspace_and_closes_it(monkeypatch, workspace, task, module, step, arguments):
    def called(*given, **options):
        assert workspace.closed == []
        assert options.keys() <= {"meanwhile"}
        assert given == (workspace, *(argument for argument in arguments if argument is not None))
        return "what the step says"

    monkeypatch.setattr(module, step, called)

    assert task.fn(*arguments) == "what the step says"
    assert workspace.closed == [True]


def test_a_failing_step_leaves_no_connection_open(monkeypatch, workspace):
    def fail(_workspace, _store, _day):
        raise PermanentError("no")

    monkeypatch.setattr(load, "load_night", fail)

    with pytest.raises(PermanentError):
        load.load.fn("cascade", DAY)
    assert workspace.closed == [True]


def test_a_day_that_was_asked_for_is_taken_as_it_is(workspace):
    assert extract.choose_day.fn("cascade", DAY) == DAY
    assert workspace.closed == []


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (RetryableError("busy"), True),
        (PermanentError("refused"), False),
        (ConfigError("unset"), False),
        (SkipRecordError("odd"), False),
        (ZeroDivisionError(), False),
    ],
)
def test_only_an_error_that_says_so_is_tried_again(error, again):
    assert is_retryable(None, None, Failed(data=error)) is again


def test_a_success_is_not_tried_again():
    assert is_retryable(None, None, Completed(data="done")) is False


def test_every_task_that_works_asks_that_question():
    working = (extract.pull, load.load, check.check, measure.measure, decide.decide, deliver.deliver, seal.seal)

    assert {task.retry_condition_fn for task in working} == {is_retryable}
    assert all(task.retries for task in working)
    assert all(task.timeout_seconds for task in working)


@pytest.mark.parametrize(("store", "key"), [("cascade", "night-cascade"), ("my_eu_store", "night-my-eu-store")])
def test_a_stores_nights_are_shown_under_a_key_that_prefect_takes(store, key):
    assert artifact_key(store) == key
