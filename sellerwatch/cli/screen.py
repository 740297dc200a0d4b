"""What a person sees: rich tables and progress in a terminal, plain lines otherwise, and JSON when asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from sellerwatch.core.errors import SellerwatchError


class Bar(Protocol):
    """Hears how far a long step has come."""

    def __call__(self, done: int, total: int, text: str) -> None:
        """Take note: so many of so many are finished."""
        ...


def say(text: str = "", *, style: str = "") -> None:
    """Print a line; the style shows in a terminal only. Nothing in the text is taken as markup."""
    Console(soft_wrap=True, highlight=False).print(Text(text, style=style))


def say_pieces(pieces: Iterable[tuple[str, str]]) -> None:
    """Print a line of pieces, each with a style of its own."""
    Console(soft_wrap=True, highlight=False).print(Text.assemble(*pieces))


def say_error(error: SellerwatchError) -> None:
    """Print an error as one line on standard error."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(f"Error: {error}", style="red"))


def say_json(value: Any) -> None:  # noqa: ANN401 - JSON is anything
    """Print one JSON object, and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()  # a program that reads `simulate --json` from a pipe waits for it


def say_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: drawn in a terminal, tab-separated lines in a file or pipe."""
    console = Console(soft_wrap=True, highlight=False)
    if not console.is_terminal:
        # Not through rich, which turns tabs into spaces.
        sys.stdout.writelines("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in (columns, *rows))
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


@contextmanager
def progress_bar(title: str, *, is_quiet: bool = False) -> Iterator[Bar]:
    """Show how far a long step has come: a bar in a terminal, nothing elsewhere, since the end result is said anyway."""
    with progress_bars([title], is_quiet=is_quiet) as (bar,):
        yield bar


@contextmanager
def progress_bars(titles: Sequence[str], *, is_quiet: bool = False) -> Iterator[Sequence[Bar]]:
    """Show how far several long steps have come that are taken at the same time, each on a line of its own."""
    console = Console(stderr=True)
    if is_quiet or not console.is_terminal:
        yield [lambda done, total, text: None] * len(titles)  # noqa: ARG005 - the protocol's names
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        yield [_bar(shown, title) for title in titles]


def _bar(shown: Progress, title: str) -> Bar:
    task = shown.add_task(title, total=None)

    def hear(done: int, total: int, text: str) -> None:
        shown.update(task, completed=done, total=total, description=f"{title}: {text}")

    return hear
