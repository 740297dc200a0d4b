"""Judging a night."""

from __future__ import annotations

from datetime import date

from prefect import task

from sellerwatch.alerts.judging.night import JudgeReport, judge_night
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="decide-{store}-{as_of}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=1800,
)
def decide(store: str, as_of: date) -> JudgeReport:
    """Judge every rule; transitions and their messages are stored together."""
    return call(judge_night, store, as_of)
