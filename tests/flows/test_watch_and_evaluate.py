"""The watchdog's flow and the one that judges again: which steps, in which order, and when they fail."""

import pytest

from flows import evaluate_alerts as evaluate_recipe
from flows import watchdog as watchdog_recipe
from sellerwatch.alerts.judging.heartbeat import ALIVE, Heartbeat
from sellerwatch.alerts.judging.present import Present
from sellerwatch.alerts.judging.watchdog import Look
from sellerwatch.core.errors import PermanentError
from sellerwatch.delivery.sender import DeliveryReport
from tasks import evaluate, library, watchdog
from tasks.retrying import is_retryable
from tests.conftest import NIGHT
from tests.flows.fake_workspace import FakeWorkspace
from tests.flows.noted_tasks import noting

WELL = Look("alpine", ALIVE, (), 0)
SILENT = Look("cascade", Heartbeat(1, NIGHT, "not_begun"), (), 1)
PRESENT = Present("cascade", NIGHT, 2, "judged again")
DELIVERED = DeliveryReport(posts=1, updates=0, replies=0, dead=0, pending=0, problems=())
STUCK = DeliveryReport(posts=0, updates=0, replies=0, dead=1, pending=2, problems=("r: not delivered",))


def test_every_store_is_looked_at_and_told_before_it_is_judged(monkeypatch):
    stores = ("cascade", "alpine")
    noted = noting(monkeypatch, watchdog_recipe, list_stores=stores, look_after=WELL, deliver=DELIVERED, conclude_watch=None)

    watchdog_recipe.watchdog.fn()

    assert noted == [
        ("list_stores",),
        ("look_after", "cascade"),
        ("look_after", "alpine"),
        ("deliver",),
        ("conclude_watch", [WELL, WELL]),
    ]


def test_what_was_judged_again_is_delivered(monkeypatch):
    noted = noting(monkeypatch, evaluate_recipe, evaluate=PRESENT, deliver=DELIVERED, conclude_evaluation=PRESENT)

    assert evaluate_recipe.evaluate_alerts.fn("cascade") is PRESENT
    assert noted == [("evaluate", "cascade"), ("deliver",), ("conclude_evaluation", PRESENT, DELIVERED)]


def test_a_missing_night_fails_the_watchdogs_run_and_is_named():
    assert watchdog.conclude_watch.fn([WELL]) == [WELL]

    with pytest.raises(PermanentError, match="cascade: 1 night missing since 2026-11-17"):
        watchdog.conclude_watch.fn([WELL, SILENT])


def test_what_could_not_be_delivered_fails_the_evaluation_and_is_named():
    assert evaluate.conclude_evaluation.fn(PRESENT, DELIVERED) is PRESENT

    with pytest.raises(PermanentError, match=r"r: not delivered 1 messages were refused for good 2 messages still wait"):
        evaluate.conclude_evaluation.fn(PRESENT, STUCK)


@pytest.mark.parametrize(
    ("task", "module", "step"), [(watchdog.look_after, watchdog, "watch"), (evaluate.evaluate, evaluate, "judge_present")]
)
def test_each_task_hands_its_step_an_open_workspace_and_tries_again(monkeypatch, task, module, step):
    opened = FakeWorkspace()
    monkeypatch.setattr(library, "load_settings", lambda: "the settings")
    monkeypatch.setattr(library, "open_workspace", {"the settings": opened}.__getitem__)
    monkeypatch.setattr(module, step, lambda *given: (given, list(opened.closed)))

    assert task.fn("cascade") == ((opened, "cascade"), [])
    assert opened.closed == [True]
    assert task.retry_condition_fn is is_retryable
