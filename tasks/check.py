"""Checking what a night loaded."""

from __future__ import annotations

from datetime import date

from prefect import task

from sellerwatch.warehouse.checks.run import CheckReport, check_night
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="check-{store}-{as_of}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=3600,
)
def check(store: str, as_of: date) -> CheckReport:
    """Compare the loaded facts with each other and keep what was found."""
    return call(check_night, store, as_of)
