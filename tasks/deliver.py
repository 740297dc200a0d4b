"""Delivering what was decided."""

from __future__ import annotations

from prefect import task

from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.sender import DeliveryReport
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="deliver",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=3600,
)
def deliver() -> DeliveryReport:
    """Send everything that is due, once."""
    return call(deliver_due)
