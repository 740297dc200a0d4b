"""The window calendar as lines for a terminal and as Markdown for Prefect's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from sellerwatch.briefs.standings import Standing, Told
from sellerwatch.briefs.window_calendar import Calendar, Cell, Row
from sellerwatch.core.periods import Days
from sellerwatch.messages.markdown import escape
from sellerwatch.messages.wording import clean, counted

WIDTH: Final = 100
FEED_WIDTH: Final = 32
WEEK: Final = 7
DAYS_IN_A_LINE: Final = (WIDTH - FEED_WIDTH) // WEEK * WEEK
MONDAY: Final = 1
GAP: Final = "   "
SPANS_NAMED: Final = 4
"""So many runs of troubled days are named in a feed's row of the Markdown table."""

Piece = tuple[str, str]
"""Some text, and the style it has in a terminal."""

Line = tuple[Piece, ...]


def calendar_lines(calendar: Calendar) -> Iterator[Line]:
    """Yield the calendar, its legend, and the unfinished windows; nothing is wider than `WIDTH` but Amazon's own words."""
    yield ((f"Days {calendar.days.first} to {calendar.days.last}", "bold"),)
    if not calendar.rows:
        yield (("  nothing was ever asked for", ""),)
    else:
        for days in calendar.days.chunks(DAYS_IN_A_LINE):
            yield ((" " * FEED_WIDTH + _ruler(days), "dim"),)
            yield from (_row(row, days) for row in calendar.rows)
        yield from _legend(calendar.standings)
    yield from _unfinished(calendar)


def _row(row: Row, days: Days) -> Line:
    feed = f"{row.marketplace} {row.feed}"[: FEED_WIDTH - 1].ljust(FEED_WIDTH)
    runs = groupby((cell for cell in row.cells if cell.day in days), key=lambda cell: cell.standing)
    return ((feed, ""), *((standing.symbol * len(list(run)), standing.style) for standing, run in runs))


def _ruler(days: Days) -> str:
    """Return the dates of the Mondays, each above its column; one that has no room at the end is left out."""
    ruler = ""
    for place, day in enumerate(days):
        if day.isoweekday() == MONDAY and len(days) - place >= len("11-16"):
            ruler = ruler.ljust(place) + f"{day:%m-%d}"
    return ruler


def _legend(standings: Sequence[Standing]) -> Iterator[Line]:
    """Yield the symbols that occur with their words, as many on a line as fit."""
    line: list[Piece] = []
    for standing in standings:
        said = f" {standing.words}"
        if line and _width(line) + len(GAP) + 1 + len(said) > WIDTH:
            yield tuple(line)
            line = []
        line += [(GAP if line else "  ", ""), (standing.symbol, standing.style), (said, "")]
    yield tuple(line)


def _width(line: Sequence[Piece]) -> int:
    return sum(len(text) for text, _ in line)


def _unfinished(calendar: Calendar) -> Iterator[Line]:
    for told in calendar.unfinished:
        yield ((f"  unfinished: {told.window.id} is {told.state}", "yellow"),)
        yield ((f"    {history_words(told)}", ""),)
        if told.detail:
            yield ((f"    {clean(told.detail)}", ""),)
    yield from (((f"  {words}", "dim"),) for words in left_out_words(calendar))


def history_words(told: Told) -> str:
    """Return who asked for a window, how often, when, and what it has cost."""
    asked = f"asked for {_times(told.attempts)}" if told.attempts else "not asked for yet"
    when = f", last at {told.asked_at:%Y-%m-%d %H:%M} UTC" if told.asked_at else ""
    here = ", an earlier document of it is here" if any(paper.state == "loaded" for paper in told.papers) else ""
    return f"wanted by {told.asked_by}, {asked}{when}, {counted(told.calls, 'call')} spent{here}"


def left_out_words(calendar: Calendar) -> Iterator[str]:
    """Yield what the list of unfinished windows does not name."""
    if calendar.covered:
        yield f"not listed: {counted(calendar.covered, 'unfinished window')} whose days other reports brought"
    if calendar.given_up:
        yield f"not listed: {counted(calendar.given_up, 'window')} that failed before {calendar.days.first} or in an hour that is over"


def calls_words(calls: Mapping[str, int]) -> str:
    """Return the calls spent by operation, the costliest first; empty where none is known."""
    ordered = sorted(calls.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {operation}" for operation, count in ordered)


def calendar_markdown(calendar: Calendar, *, calls: Mapping[str, int] | None = None) -> str:
    """Return the calendar as Markdown: a table with a row for each feed, what its symbols mean, and what is unfinished.

    Args:
        calendar: what to show.
        calls: what the newest night spent, by operation.
    """
    lines = [f"# {calendar.store_id}: {calendar.days.first} to {calendar.days.last}", ""]
    lines += [*_table(calendar), ""]
    lines += [f"- `{standing.symbol}` {standing.words}" for standing in calendar.standings]
    if calls:
        lines += ["", f"Calls of the last night: {calls_words(calls)}"]
    lines += ["", "## Unfinished", "", *_unfinished_markdown(calendar)]
    return "\n".join(lines) + "\n"


def _table(calendar: Calendar) -> Iterator[str]:
    yield "| marketplace | feed | days | look at |"
    yield "|---|---|---|---|"
    for row in calendar.rows:
        symbols = "".join(cell.standing.symbol for cell in row.cells)
        yield f"| {row.marketplace} | {escape(row.feed)} | `{symbols}` | {trouble_words(row.trouble)} |"


def trouble_words(cells: Sequence[Cell]) -> str:
    """Return the troubled days in words: runs of one standing as ``missing 11-03..11-05``."""
    runs = list(_runs(cells))
    named = [f"{standing.name.replace('_', ' ')} {_span(first, last)}" for standing, first, last in runs[-SPANS_NAMED:]]
    more = [f"and {len(runs) - SPANS_NAMED} before"] if len(runs) > SPANS_NAMED else []
    return "; ".join([*named, *more])


def _runs(cells: Sequence[Cell]) -> Iterator[tuple[Standing, date, date]]:
    first: Cell | None = None
    last: Cell | None = None
    for cell in cells:
        follows = last is not None and cell.standing is last.standing and cell.day - last.day == timedelta(days=1)
        if first is not None and last is not None and not follows:
            yield first.standing, first.day, last.day
        first, last = (first if follows else cell), cell
    if first is not None and last is not None:
        yield first.standing, first.day, last.day


def _span(first: date, last: date) -> str:
    return f"{first:%m-%d}" if first == last else f"{first:%m-%d}..{last:%m-%d}"


def _unfinished_markdown(calendar: Calendar) -> Iterator[str]:
    for told in calendar.unfinished:
        detail = f": {escape(told.detail)}" if told.detail else ""
        yield f"- `{told.window.id}` is {escape(told.state)}{detail} ({escape(history_words(told))})"
    yield from (f"- {words}" for words in left_out_words(calendar))
    if not (calendar.unfinished or calendar.covered or calendar.given_up):
        yield "Nothing."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
