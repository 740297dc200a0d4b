"""``sellerwatch rebuild``: warehouse and metrics anew from the raw store, and whether they equal the present ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer
from sqlalchemy import Engine

from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import progress_bar, say, say_json
from sellerwatch.core.clock import clock_from_environment
from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.rebuild import Rebuilt
from sellerwatch.metrics.rebuild import rebuild as rebuild_into
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.warehouse.rebuild.compare import NOT_REBUILT, TableCompared
from sellerwatch.warehouse.rebuild.compare import compare as compare_with
from sellerwatch.warehouse.rebuild.past import NO_LEDGER, Past, read_ledger, read_past
from sellerwatch.warehouse.rebuild.target import declare_finished, open_present, opened_target
from sellerwatch.warehouse.workspace import Workspace

_SHOWN: Final = 20
"""So many differences of a table are printed; ``--json`` has more."""

_MEANWHILE: Final = "the present warehouse has changed meanwhile; begin again when neither a night nor a backfill runs"


def rebuild(
    into: Annotated[str, typer.Option(help="An empty place for the new warehouse: a file, or a database URL.")],
    *,
    compare: Annotated[
        bool | None,
        typer.Option(
            "--compare/--no-compare",
            help="Compare it with the present warehouse, row by row. Done when there is one, if left out.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make warehouse and metrics anew from the raw store, without a call to anyone, and compare them with the present ones.

    The present warehouse is only read, and nothing is posted. Killed, it goes on where it was when it is begun again.
    """
    settings = load_settings()
    present = _present(settings, is_needed=bool(compare))
    raw = RawStore(settings.raw_folder)
    ledger = read_ledger(present) if present else NO_LEDGER
    past = read_past(raw, ledger, settings.stores)
    if not past.lines and not past.events:
        raise ConfigError("the raw store is empty", where=str(raw.folder), remedy="Set SELLERWATCH_DATA to the folder it is in")
    with opened_target(into, settings.warehouse_url) as target:
        workspace = Workspace(settings, target, raw, clock_from_environment())
        with progress_bar("rebuild", is_quiet=as_json) as bar:
            rebuilt = rebuild_into(workspace, target, past, heard=bar)
            tables = compare_with(present, target, heard=bar) if present and compare is not False else []
        declare_finished(target)
    differs = any(table.count for table in tables)
    has_changed = present is not None and differs and read_ledger(present) != ledger
    if as_json:
        say_json(_to_dict(past, rebuilt, tables, has_changed=has_changed))
    else:
        _say(past, rebuilt, tables, has_changed=has_changed)
    if rebuilt.problems or differs:
        raise typer.Exit(FAILED)


def _present(settings: Settings, *, is_needed: bool) -> Engine | None:
    present = open_present(settings.warehouse_url)
    if present is None and is_needed:
        raise ConfigError(
            "there is no present warehouse to compare with",
            where=settings.warehouse_place,
            remedy="Correct SELLERWATCH_WAREHOUSE_URL or SELLERWATCH_DATA, or leave --compare out",
        )
    return present


def _notes(past: Past) -> Sequence[str]:
    """Return what a person should know of how far the raw store reached."""
    if past.ledger is not NO_LEDGER:
        return past.left_out
    alone = "the nights are those that documents were wanted for; what never came, and what went wrong, is not known"
    return (*past.left_out, alone)


def _to_dict(past: Past, rebuilt: Rebuilt, tables: Sequence[TableCompared], *, has_changed: bool) -> dict[str, Any]:
    return {
        "documents": rebuilt.documents,
        "nights": rebuilt.nights,
        "facts": rebuilt.facts,
        "metrics": rebuilt.metrics,
        "set_aside": [{"document": name, "why": why} for name, why in rebuilt.set_aside],
        "problems": list(rebuilt.problems),
        "notes": list(_notes(past)),
        "not_rebuilt": dict(NOT_REBUILT),
        "compared": bool(tables),
        "equal": not any(table.count for table in tables) if tables else None,
        "present_has_changed": has_changed,
        "tables": [
            {
                "table": table.table,
                "rows": table.rows,
                "differences": table.count,
                "listed": [difference.to_dict() for difference in table.listed],
            }
            for table in tables
        ],
    }


def _say(past: Past, rebuilt: Rebuilt, tables: Sequence[TableCompared], *, has_changed: bool) -> None:
    say(
        f"{rebuilt.documents} documents, {rebuilt.facts:,} facts, {rebuilt.nights} nights, {rebuilt.metrics:,} values measured",
        style="bold",
    )
    for name, why in rebuilt.set_aside:
        say(f"  set aside: {name}: {why}", style="yellow")
    for problem in rebuilt.problems:
        say(f"  {problem}", style="red")
    for note in _notes(past):
        say(f"  {note}", style="yellow")
    say(f"  not made from bytes: {', '.join(NOT_REBUILT)}")
    if tables:
        _say_comparison(tables, has_changed=has_changed)


def _say_comparison(tables: Sequence[TableCompared], *, has_changed: bool) -> None:
    differing = [table for table in tables if table.count]
    for table in differing:
        for difference in table.listed[:_SHOWN]:
            say(f"  {difference}", style="red")
        if table.count > _SHOWN:
            say(f"  {table.table}: {table.count - _SHOWN:,} more differences", style="red")
    if has_changed:
        say(f"  {_MEANWHILE}", style="yellow")
    rows = sum(table.rows for table in tables)
    verdict = f"{sum(table.count for table in differing):,} differences in {len(differing)} tables" if differing else "equal"
    say(f"compared with the present warehouse: {len(tables)} tables, {rows:,} rows: {verdict}")
