"""Judging a store's present again without pulling."""

from __future__ import annotations

from prefect import task

from sellerwatch.alerts.judging.present import Present, judge_present
from sellerwatch.briefs.night_report import require_delivered
from sellerwatch.delivery.sender import DeliveryReport
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="evaluate-{store}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=3600,
)
def evaluate(store: str) -> Present:
    """Measure and judge the store's newest night again, if it speaks of the present."""
    return call(judge_present, store)


@task(task_run_name="conclude")
def conclude_evaluation(present: Present, delivery: DeliveryReport) -> Present:
    """End as a failure that says what was not delivered, if anything was not."""
    return require_delivered(present, delivery)
