"""A backfill's plan and result as tables on Prefect's page."""

from __future__ import annotations

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from sellerwatch.briefs.backfill_report import (
    PLAN_COLUMNS,
    RESULT_COLUMNS,
    Ended,
    Row,
    plan_rows,
    plan_words,
    problem_words,
    result_rows,
    result_words,
)
from sellerwatch.messages.markdown import escape
from sellerwatch.warehouse.backfills.ledger import Backfill

REFUSAL_KEY = "backfill-refused"
PLAN_KEY = "backfill-plan"
RESULT_KEY = "backfill-result"


@task(task_run_name="show-what-to-correct")
def show_refusal(words: str) -> object:
    """Show what is wrong with the form."""
    return create_markdown_artifact(escape(words), key=REFUSAL_KEY, description="Nothing was started")


@task(task_run_name="show-the-plan")
def show_plan(backfill: Backfill) -> object:
    """Show what is going to be asked for, and what cannot be."""
    return create_table_artifact(
        as_table(PLAN_COLUMNS, plan_rows(backfill.routes, backfill.left_out)),
        key=PLAN_KEY,
        description=plan_words(backfill),
    )


@task(task_run_name="show-the-result")
def show_result(end: Ended) -> object:
    """Show what the backfill came to, feed by feed, and what is missing and why."""
    return create_table_artifact(
        as_table(RESULT_COLUMNS, result_rows(end.lines)),
        key=RESULT_KEY,
        description="\n\n".join(escape(line) for line in (*result_words(end), *problem_words(end.backfill))),
    )


def as_table(columns: Row, rows: list[Row]) -> list[dict[str, str]]:
    """Return rows as Prefect takes them: each a mapping of its columns."""
    return [dict(zip(columns, row, strict=True)) for row in rows]
