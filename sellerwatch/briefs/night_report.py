"""The night in words: for Prefect's page, and as the one failure that names every problem."""

from __future__ import annotations

from sellerwatch.alerts.judging.present import Present
from sellerwatch.briefs.check_lines import count_words
from sellerwatch.briefs.night_summary import NightSummary
from sellerwatch.core.errors import PermanentError
from sellerwatch.delivery.sender import DeliveryReport

INCOMPLETE = "the night is incomplete"
"""How the failure of a night that went through every step begins."""


def night_markdown(night: NightSummary, delivery: DeliveryReport) -> str:
    """Return the night as Markdown."""
    alerts = ", ".join(f"{count} {tier}" for tier, count in night.alerts.items())
    lines = [
        f"# {night.store_id} {night.as_of}: {night.outcome}",
        "",
        f"- {night.documents} documents, {night.rows:,} rows, {night.metrics:,} values",
        f"- data checks: {count_words(night.checks)}",
        f"- alerts: {alerts}",
        f"- Slack: {delivery.posts} posted, {delivery.updates} updated, {delivery.replies} replied, {delivery.pending} waiting",
    ]
    problems = [*(f"{step}: {problem}" for step, problem in night.problems), *delivery.problems]
    return "\n".join(
        [
            *lines,
            *([""] if problems or delivery.remarks else []),
            *(f"- **problem** {text}" for text in problems),
            *(f"- {text}" for text in delivery.remarks),
        ]
    )


def require_delivered(present: Present, delivery: DeliveryReport) -> Present:
    """Return what was judged when everything due was delivered.

    Raises:
        PermanentError: something was not; the message names each problem.
    """
    if problems := _undelivered(delivery):
        raise PermanentError(
            f"not everything was delivered: {' '.join(problems)}",
            where=present.store_id,
            remedy="Do what each line says; the next run delivers what waits",
        )
    return present


def _undelivered(delivery: DeliveryReport) -> list[str]:
    problems = [*delivery.problems]
    if delivery.dead:
        problems.append(f"{delivery.dead} messages were refused for good")
    if delivery.pending:
        problems.append(f"{delivery.pending} messages still wait")
    return problems


def require_complete(night: NightSummary, delivery: DeliveryReport) -> NightSummary:
    """Return the night when all of it is done.

    Raises:
        PermanentError: something is missing; the message names each problem.
    """
    problems = [*(f"{step}: {problem}" for step, problem in night.problems), *_undelivered(delivery)]
    if problems:
        raise PermanentError(
            f"{INCOMPLETE}: {' '.join(problems)}",
            where=f"{night.store_id} {night.as_of}",
            remedy="Do what each line says and run the night again: it resumes",
        )
    return night
