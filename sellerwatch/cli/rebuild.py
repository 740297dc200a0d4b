"""``sellerwatch rebuild``: warehouse and metrics anew from the raw store, and whether they equal the present ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.rebuild.compare import NOT_REBUILT, TableCompared
from sellerwatch.warehouse.rebuild.compare import compare as compare_with
from sellerwatch.warehouse.rebuild.past import NO_LEDGER, Past, read_ledger, read_past
from sellerwatch.warehouse.rebuild.target import declare_finished, opened_present, opened_target
from sellerwatch.warehouse.seal_marks import NO_STORE
from sellerwatch.warehouse.sealing.check import Held, held_against_seals
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
    with opened_present(settings.warehouse_url) as present:
        if present is None and compare:
            raise ConfigError(
                "there is no present warehouse to compare with",
                where=settings.warehouse_place,
                remedy="Correct SELLERWATCH_WAREHOUSE_URL or SELLERWATCH_DATA, or leave --compare out",
            )
        done = _rebuilt(settings, into, present, is_compared=compare is not False)
    if as_json:
        say_json(_to_dict(done))
    else:
        _say(done)
    if done.rebuilt.problems or done.differs:
        raise typer.Exit(FAILED)


@dataclass(frozen=True, slots=True)
class _Done:
    """What a rebuild came to; no tables where nothing was compared."""

    past: Past
    rebuilt: Rebuilt
    tables: Sequence[TableCompared]
    seals: Sequence[Held]
    has_changed: bool
    """Whether the present warehouse has changed meanwhile, which differences may come from."""

    @property
    def differs(self) -> bool:
        return any(table.count for table in self.tables)


def _rebuilt(settings: Settings, into: str, present: Engine | None, *, is_compared: bool) -> _Done:
    raw = RawStore(settings.raw_folder)
    ledger = read_ledger(present) if present else NO_LEDGER
    past = read_past(raw, ledger, settings.stores)
    if not past.lines and not past.events:
        raise ConfigError("the raw store is empty", where=str(raw.folder), remedy="Set SELLERWATCH_DATA to the folder it is in")
    tables: Sequence[TableCompared] = ()
    with opened_target(into, settings.warehouse_url) as target, progress_bar("rebuild") as bar:
        workspace = Workspace(settings, target, raw, clock_from_environment())
        rebuilt = rebuild_into(workspace, target, past, heard=bar)
        if present and is_compared:
            tables = compare_with(present, target, heard=bar)
        with reading(target) as connection:
            seals = held_against_seals(connection, raw, [*settings.stores, NO_STORE])
        declare_finished(target)
    done = _Done(past, rebuilt, tables, seals, has_changed=False)
    return replace(done, has_changed=read_ledger(present) != ledger) if present and done.differs else done


def _notes(past: Past) -> Sequence[str]:
    """Return what a person should know of how far the raw store reached."""
    if past.ledger is not NO_LEDGER:
        return past.left_out
    alone = "the nights are those that documents were wanted for; what never came, and what went wrong, is not known"
    return (*past.left_out, alone)


def _to_dict(done: _Done) -> dict[str, Any]:
    rebuilt, tables = done.rebuilt, done.tables
    return {
        "documents": rebuilt.documents,
        "nights": rebuilt.nights,
        "facts": rebuilt.facts,
        "metrics": rebuilt.metrics,
        "set_aside": [{"document": name, "why": why} for name, why in rebuilt.set_aside],
        "problems": list(rebuilt.problems),
        "notes": list(_notes(done.past)),
        "not_rebuilt": dict(NOT_REBUILT),
        "seals": [{"store": seal.store, "as_of": seal.as_of, "same": seal.is_same} for seal in done.seals],
        "compared": bool(tables),
        "equal": not done.differs if tables else None,
        "present_has_changed": done.has_changed,
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


def _say(done: _Done) -> None:
    rebuilt = done.rebuilt
    say(
        f"{rebuilt.documents} documents, {rebuilt.facts:,} facts, {rebuilt.nights} nights, {rebuilt.metrics:,} values measured",
        style="bold",
    )
    for name, why in rebuilt.set_aside:
        say(f"  set aside: {name}: {why}", style="yellow")
    for problem in rebuilt.problems:
        say(f"  {problem}", style="red")
    for note in _notes(done.past):
        say(f"  {note}", style="yellow")
    say(f"  not made from bytes: {', '.join(NOT_REBUILT)}")
    for seal in done.seals:
        verdict = "the rebuilt warehouse has the same root" if seal.is_same else "the rebuilt warehouse has another root"
        say(f"  seal of {seal.store} in the night of {seal.as_of}: {verdict}", style="" if seal.is_same else "yellow")
    if done.tables:
        _say_comparison(done)


def _say_comparison(done: _Done) -> None:
    differing = [table for table in done.tables if table.count]
    for table in differing:
        for difference in table.listed[:_SHOWN]:
            say(f"  {difference}", style="red")
        if table.count > _SHOWN:
            say(f"  {table.table}: {table.count - _SHOWN:,} more differences", style="red")
    if done.has_changed:
        say(f"  {_MEANWHILE}", style="yellow")
    rows = sum(table.rows for table in done.tables)
    verdict = f"{sum(table.count for table in differing):,} differences in {len(differing)} tables" if differing else "equal"
    say(f"compared with the present warehouse: {len(done.tables)} tables, {rows:,} rows: {verdict}")
