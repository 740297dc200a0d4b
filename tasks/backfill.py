"""The steps of a backfill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prefect import task
from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from sellerwatch.alerts.judging.present import Present, judge_backfill
from sellerwatch.briefs.backfill_report import Ended, deliver_messages, ended, verdict
from sellerwatch.metrics.history import measure_backfill
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.backfills.attempts import StoreProblem
from sellerwatch.warehouse.backfills.fetching import fetch
from sellerwatch.warehouse.backfills.ledger import Backfill, at_work_on, cancel
from sellerwatch.warehouse.backfills.loading import load_documents
from sellerwatch.warehouse.backfills.order import Wording
from sellerwatch.warehouse.backfills.result import conclude
from sellerwatch.warehouse.backfills.start import start, why_refused
from sellerwatch.warehouse.workspace import open_workspace
from tasks.library import call
from tasks.progress import shown_progress
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(task_run_name="check-the-form")
def check_form(wording: Wording) -> str:
    """Say what is wrong with the form; nothing where all is well."""
    return call(why_refused, wording)


@task(task_run_name="plan")
def lay_out(wording: Wording) -> Backfill:
    """Plan the backfill and enter it under the flow run's id; with Retry, which keeps the id, it is resumed."""
    return call(start, wording, order_id=str(flow_run.id), source="prefect")


@task(task_run_name="fetch")
def fetch_reports(order_id: str) -> list[StoreProblem]:
    """Fetch what is missing, all stores side by side."""
    return call(fetch, order_id, progress=shown_progress())


@task(
    task_run_name="load",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
)
def load_history(order_id: str) -> list[StoreProblem]:
    """Load what has arrived, or what is to be read again."""
    return call(load_documents, order_id)


@task(
    task_run_name="measure",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
)
def measure_history(order_id: str) -> list[StoreProblem]:
    """Measure the days that have changed."""
    return call(measure_backfill, order_id)


@task(
    task_run_name="judge-the-present",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
)
def judge_present(order_id: str) -> tuple[Present, ...]:
    """Judge each store's present once more; the history itself pages nobody."""
    return call(judge_backfill, order_id)


@task(task_run_name="deliver")
def deliver_changes(order_id: str, presents: Sequence[Present]) -> int:
    """Send what judging had to say, if it had."""
    return call(deliver_messages, order_id, presents)


@task(task_run_name="count")
def count(order_id: str) -> Backfill:
    """Count what the backfill came to."""
    return call(conclude, order_id)


@task(task_run_name="sum-up")
def sum_up(backfill: Backfill, presents: Sequence[Present], messages: int) -> Ended:
    """Put together what there is to say."""
    return call(ended, backfill, presents, messages)


@contextmanager
def at_work(order_id: str) -> Iterator[None]:
    """Hold the backfill while its steps run, and note in the ledger how they were cut short."""
    workspace = open_workspace(load_settings())
    try:
        with at_work_on(workspace, order_id):
            yield
    finally:
        workspace.engine.dispose()


def refused(words: str) -> State[None]:
    """End the flow run with what is wrong with its form, and nothing else."""
    return Failed(message=words)


def outcome(end: Ended) -> State[None]:
    """End the flow run as the backfill ended; Retry resumes one that is incomplete."""
    return Completed(message=verdict(end)) if end.is_complete else Failed(message=verdict(end))


def note_cancelled(flow: Flow[..., object], flow_run: FlowRun, state: State[object]) -> None:
    """Note a cancelled run in the ledger, where its own process had no time left for it. Prefect names the arguments."""
    call(cancel, str(flow_run.id))
