"""Turning documents into facts."""

from __future__ import annotations

from datetime import date

from prefect import task

from sellerwatch.warehouse.load import LoadReport, load_night
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="load-{store}-{as_of}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=3600,
)
def load(store: str, as_of: date) -> LoadReport:
    """Parse what has arrived and replace the facts it supersedes."""
    return call(load_night, store, as_of)
