"""Sealing a night."""

from __future__ import annotations

from datetime import date

from prefect import task

from sellerwatch.warehouse.sealing.seal import Sealed, seal_night
from tasks.library import call
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="seal-{store}-{as_of}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=1800,
)
def seal(store: str, as_of: date) -> Sealed | None:
    """Keep one hash over all facts and measured values in the raw store's chain."""
    return call(seal_night, store, as_of)
