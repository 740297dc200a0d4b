"""Showing how a night ended."""

from __future__ import annotations

from datetime import date

from prefect import task
from prefect.artifacts import create_markdown_artifact

from sellerwatch.briefs.night_report import night_markdown, require_complete
from sellerwatch.briefs.night_summary import NightSummary, summarise_night
from sellerwatch.briefs.pipeline_status import calendar_page
from sellerwatch.delivery.sender import DeliveryReport
from tasks.library import call
from tasks.naming import artifact_key


@task(task_run_name="summarise-{store}-{as_of}")
def summarise(store: str, as_of: date) -> NightSummary:
    """Read back what the night came to."""
    return call(summarise_night, store, as_of)


@task(task_run_name="show")
def show(night: NightSummary, delivery: DeliveryReport) -> object:
    """Show the night on Prefect's page."""
    return create_markdown_artifact(
        night_markdown(night, delivery), key=artifact_key(night.store_id), description=f"{night.store_id} {night.as_of}"
    )


@task(task_run_name="calendar-{store}")
def show_calendar(store: str) -> object:
    """Show on Prefect's page which days of each feed are there."""
    return create_markdown_artifact(
        call(calendar_page, store),
        key=artifact_key(store, of="calendar"),
        description=f"{store}, day by day",
    )


@task(task_run_name="conclude")
def conclude(night: NightSummary, delivery: DeliveryReport) -> NightSummary:
    """End a night with problems as a failure that names them."""
    return require_complete(night, delivery)
