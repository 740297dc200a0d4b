"""Housekeeping in words: for Prefect's page, and as the one failure that names what a person has to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sellerwatch.core.errors import PermanentError
from sellerwatch.messages.markdown import escape
from sellerwatch.warehouse.housekeeping import WEIGHTS, Finding, gravest_first


def housekeeping_markdown(findings: Iterable[Finding]) -> str:
    """Return the findings as Markdown, the gravest first."""
    ordered = gravest_first(findings)
    lines = ["# Housekeeping"]
    for weight, words in WEIGHTS.items():
        said = [f"- **{finding.chore}** {escape(str(finding))}" for finding in ordered if finding.weight == weight]
        if said:
            lines += ["", f"## {words.capitalize()}", "", *said]
    return "\n".join(lines) + "\n"


def require_nothing_to_do(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Return the findings when none of them needs a person.

    Raises:
        PermanentError: one does; the message names each.
    """
    grave = [finding for finding in findings if finding.weight == "act"]
    if grave:
        raise PermanentError(
            f"a person is needed: {' '.join(map(str, grave))}",
            where="housekeeping",
            remedy="Do what each says; the next housekeeping looks again",
        )
    return findings
