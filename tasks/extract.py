"""Pulling a night's reports from Amazon."""

from __future__ import annotations

from datetime import date
from functools import partial

from prefect import task

from sellerwatch.alerts.readiness import require_ready
from sellerwatch.warehouse.load import load_some
from sellerwatch.warehouse.pull import PullReport, local_today, pull_night
from sellerwatch.warehouse.workspace import Workspace
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(task_run_name="day-{store}")
def choose_day(store: str, as_of: date | None) -> date:
    """Return the day that was asked for, or the store's local today."""
    return as_of or call(local_today, store)


@task(
    task_run_name="ready-{store}-{as_of}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=600,
)
def make_sure(store: str, as_of: date) -> None:
    """Ask whether everything is set that the night needs, so that it does not find out when all is pulled."""
    return call(require_ready, store, as_of)


@task(
    task_run_name="pull-{store}-{as_of}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=4 * 3600,
)
def pull(store: str, as_of: date) -> PullReport:
    """Ask for what the night wants, fetch it and keep the bytes; while there is nothing to do but wait, load what has come."""
    return call(_pull, store, as_of)


def _pull(workspace: Workspace, store: str, as_of: date) -> PullReport:
    return pull_night(workspace, store, as_of, meanwhile=partial(load_some, workspace, store))
