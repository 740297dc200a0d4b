"""Seeing to what nights leave alone."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.artifacts import create_markdown_artifact

from sellerwatch.briefs.housekeeping_report import housekeeping_markdown, require_nothing_to_do
from sellerwatch.delivery.chores import do_chore
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.housekeeping import Finding
from tasks.library import call

ARTIFACT_KEY = "housekeeping"


@task(task_run_name="stores")
def list_stores() -> tuple[str, ...]:
    """Return the names of all stores."""
    return tuple(load_settings().stores)


@task(task_run_name="{chore}", timeout_seconds=4 * 3600)
def do(chore: str) -> tuple[Finding, ...]:
    """Do one chore."""
    return call(do_chore, chore)


@task(task_run_name="show")
def show_findings(findings: Sequence[Finding]) -> object:
    """Show what was found on Prefect's page."""
    return create_markdown_artifact(housekeeping_markdown(findings), key=ARTIFACT_KEY, description="what housekeeping found")


@task(task_run_name="conclude")
def conclude_findings(findings: Sequence[Finding]) -> Sequence[Finding]:
    """End as a failure that names what needs a person, if anything does."""
    return require_nothing_to_do(findings)
