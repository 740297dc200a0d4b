"""Letting time take effect on alerts."""

from __future__ import annotations

from prefect import task

from sellerwatch.alerts.ticking import TickReport, advance, require_delivered
from sellerwatch.delivery.sender import DeliveryReport
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="advance",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=1800,
)
def advance_alerts() -> TickReport:
    """Act on presses that wait, and on every moment that has come."""
    return call(advance)


@task(task_run_name="conclude")
def conclude_tick(ticked: TickReport, sent: DeliveryReport) -> DeliveryReport:
    """End as a failure that says what could not be acted on, or which message did not arrive, if anything is left."""
    return require_delivered(ticked, sent)
