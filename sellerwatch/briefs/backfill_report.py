"""A backfill in words and tables: what it is going to do, what it came to, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sellerwatch.alerts.judging.present import Present
from sellerwatch.core.errors import SellerwatchError
from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.warehouse.backfills.attempts import StoreProblem, noted
from sellerwatch.warehouse.backfills.ledger import Backfill
from sellerwatch.warehouse.backfills.result import Line, lines_of
from sellerwatch.warehouse.planning.ways import duration_words
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.workspace import Workspace

MODE_WORDS: Final[Mapping[str, str]] = {
    "gaps": "fetch only what is missing",
    "again": "fetch everything again, also what is there",
    "reparse": "read the stored documents again; Amazon is asked for nothing",
}
"""What each mode does, as the form and the commands say it."""

PROBLEMS_SHOWN: Final = 5

Row = tuple[str, ...]

PLAN_COLUMNS: Final[Row] = ("feed", "store", "days", "reports", "way", "why")
RESULT_COLUMNS: Final[Row] = ("feed", "store", "wanted", "done", "empty", "missing", "rows", "left out")
"""Few enough to be seen side by side on Prefect's page."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A backfill that went through every step, whatever it met on the way."""

    backfill: Backfill
    lines: tuple[Line, ...]
    presents: tuple[Present, ...]
    messages: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing that can be had is missing."""
        return self.backfill.state == "complete"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return self.backfill.to_dict() | {
            "lines": [dict(zip(RESULT_COLUMNS, row, strict=True)) for row in result_rows(self.lines)],
            "alerts": [item.words for item in self.presents],
            "messages": self.messages,
        }


def deliver_messages(workspace: Workspace, order_id: str, presents: Sequence[Present]) -> int:
    """Send what the live evaluation has to say; return how many messages Slack took.

    Where it changed nothing, Slack is left alone. A Slack that cannot be reached is a problem of the backfill and not its
    end: its messages wait for the next night.
    """
    problems: list[StoreProblem] = []
    sent = 0
    if any(item.events for item in presents):
        try:
            sent = _sent(deliver_due(workspace))
        except SellerwatchError as error:
            problems.append(("", Problem.of(error, place="Slack")))
    noted(workspace, order_id, "deliver", problems)
    return sent


def _sent(report: DeliveryReport) -> int:
    return report.posts + report.updates + report.replies


def ended(workspace: Workspace, backfill: Backfill, presents: Sequence[Present], messages: int) -> Ended:
    """Return everything there is to say about a backfill that went through every step."""
    return Ended(backfill, tuple(lines_of(workspace, backfill)), tuple(presents), messages)


def plan_rows(routes: Iterable[Mapping[str, Any]], left_out: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return a row for each way that was chosen, and below them one for each thing that cannot be asked for."""
    asked = [(*_feed(item), f"{item['requests']:,}", str(item["route"]).replace("_", " "), str(item["why"])) for item in routes]
    return [*asked, *((*_feed(item), "0", "left out", str(item["reason"])) for item in left_out)]


def _feed(item: Mapping[str, Any]) -> tuple[str, str, str]:
    return item["feed"], f"{item['store']} {item['marketplace']}", _days(item)


def _days(item: Mapping[str, Any]) -> str:
    first, last = str(item["first"]), str(item["last"])
    return first if first == last else f"{first} to {last}"


def plan_words(backfill: Backfill) -> str:
    """Return in one line what a backfill is going to do."""
    order = backfill.order
    if order.mode == "reparse":
        return f"{order.days.first} to {order.days.last}: {MODE_WORDS['reparse']}."
    wanted = backfill.counts.windows_wanted
    if not wanted:
        return f"{order.days.first} to {order.days.last}: nothing is missing that can be had, so nothing is asked for."
    takes = duration_words(backfill.expected_seconds)
    return f"{order.days.first} to {order.days.last}: {wanted:,} reports, expected to take {takes}."


def result_rows(lines: Iterable[Line]) -> list[Row]:
    """Return a row for each feed of each marketplace."""
    return [
        (
            line.feed,
            f"{line.store_id} {line.marketplace}",
            f"{line.wanted:,}",
            f"{line.finished:,}",
            f"{line.empty:,}",
            f"{line.failed:,}",
            f"{line.rows_before:,} -> {line.rows_after:,}",
            "; ".join(line.left_out),
        )
        for line in lines
    ]


def result_words(end: Ended) -> list[str]:
    """Return what a backfill came to, a line each."""
    backfill, counts = end.backfill, end.backfill.counts
    gained = sum(backfill.rows_after.values()) - sum(backfill.rows_before.values())
    lines = [f"{backfill.state.capitalize()}: {_windows(backfill)}; {counts.documents:,} documents, {gained:+,} rows."]
    lines += [item.words for item in end.presents]
    if end.messages:
        lines.append(f"Slack: {end.messages} messages")
    return lines


def _windows(backfill: Backfill) -> str:
    counts = backfill.counts
    if backfill.order.mode == "reparse":
        return "documents were read again"
    missing = f", {counts.windows_failed:,} missing" if counts.windows_failed else ""
    return (
        f"of {counts.windows_wanted:,} reports {counts.windows_finished:,} are there, "
        f"{counts.windows_empty:,} are empty at Amazon{missing}; {counts.calls:,} calls"
    )


def problem_words(backfill: Backfill) -> list[str]:
    """Return each problem in one line, with what to do."""
    return [_problem(item) for item in backfill.problems]


def _problem(item: Mapping[str, str]) -> str:
    where = f" [{item['where']}]" if item["where"] else ""
    remedy = f" {item['do']}." if item["do"] else ""
    return f"{item['what'].rstrip('.')}{where}.{remedy}"


def verdict(end: Ended) -> str:
    """Return how the backfill ended in a line or a few, for the state of its run."""
    problems = problem_words(end.backfill)
    more = len(problems) - PROBLEMS_SHOWN
    shown = [*problems[:PROBLEMS_SHOWN], *([f"And {more} more, see the result"] if more > 0 else [])]
    return " ".join([result_words(end)[0], *shown])
