"""Showing how a night ended."""

from __future__ import annotations

from datetime import date

from prefect import task
from prefect.artifacts import create_markdown_artifact

from sellerwatch.briefs.night_report import night_markdown, require_complete
from sellerwatch.briefs.night_summary import NightSummary, summarise_night
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.workspace import open_workspace


@task(task_run_name="publish-{store}-{as_of}")
def publish(store: str, as_of: date, delivery: DeliveryReport) -> NightSummary:
    """Show the night as an artifact; a night with problems ends as a failure that names them."""
    night = summarise_night(open_workspace(load_settings()), store, as_of)
    create_markdown_artifact(night_markdown(night, delivery), key=f"night-{store}", description=f"{store} {as_of}")
    return require_complete(night, delivery)
