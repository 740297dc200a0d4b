"""Looking at the stock between the nights."""

from __future__ import annotations

from prefect import task
from prefect.artifacts import create_markdown_artifact

from sellerwatch.briefs.stock_words import look_markdown, require_seen
from sellerwatch.warehouse.intraday import StockLook, look_at_stock
from tasks.library import call
from tasks.naming import artifact_key
from tasks.retrying import RETRIES, RETRY_DELAY_SECONDS, is_retryable


@task(
    task_run_name="look-{store}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=is_retryable,
    timeout_seconds=1800,
)
def look(store: str) -> StockLook:
    """Ask for the stock of this hour, keep the bytes, and compare."""
    return call(look_at_stock, store)


@task(task_run_name="show")
def show_look(seen: StockLook) -> object:
    """Show the look on Prefect's page."""
    return create_markdown_artifact(
        look_markdown(seen), key=artifact_key(seen.store_id, of="stock"), description=f"{seen.store_id} {seen.hour}"
    )


@task(task_run_name="conclude")
def conclude_look(seen: StockLook) -> StockLook:
    """End a look that saw nothing as a failure that says why."""
    return require_seen(seen)
