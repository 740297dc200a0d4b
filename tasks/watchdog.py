"""Looking whether nights and feeds are alive."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task

from sellerwatch.alerts.judging.watchdog import Look, watch
from sellerwatch.briefs.watchdog_report import require_alive
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="watch-{store}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=600,
)
def look_after(store: str) -> Look:
    """Look at a store's nights and feeds, and decide what to tell."""
    return call(watch, store)


@task(task_run_name="conclude")
def conclude_watch(looks: Sequence[Look]) -> Sequence[Look]:
    """End as a failure that names the stores whose nights are missing, if there are any."""
    return require_alive(looks)
