"""Measuring a night."""

from __future__ import annotations

from datetime import date

from prefect import task

from sellerwatch.metrics.measure import measure_night
from sellerwatch.metrics.storing import MeasureReport
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="measure-{store}-{as_of}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=3600,
)
def measure(store: str, as_of: date) -> MeasureReport:
    """Compute the night's metric values in the warehouse."""
    return call(measure_night, store, as_of)
