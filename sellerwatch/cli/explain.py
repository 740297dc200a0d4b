"""``sellerwatch explain``: a measured value, walked back to its formula, facts, documents and the lines of the kept bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.metric import DAY, definition_to_dict, plain, status_words, value_to_dict, value_with_unit
from sellerwatch.cli.screen import say, say_json
from sellerwatch.messages.wording import counted
from sellerwatch.metrics.explaining.documents import KeptDocument, KeptLine
from sellerwatch.metrics.explaining.explanation import FACTS_SHOWN, Explanation, Verdict, explain_value, in_units
from sellerwatch.metrics.explaining.imports import KeptImport
from sellerwatch.metrics.explaining.parts import Fact, Part
from sellerwatch.metrics.explaining.stored import Asked
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.reasons import all_in_words
from sellerwatch.settings.catalogue import Grain, Period
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.workspace import open_workspace

_TAB: Final = "\t"
_CELLS: Final = " | "
"""What stands between the cells of a flat file's line on the screen."""

_VERDICTS: Final[Mapping[Verdict, tuple[str, str]]] = {
    "same": ("the facts add up to what is stored", "green"),
    "differs": ("THE FACTS DO NOT ADD UP TO WHAT IS STORED; `sellerwatch verify` names what was altered", "red"),
    "newer": ("the facts of now give another value: some were brought since it was written", "yellow"),
    "unknown": ("nothing is stored to compare with: the value is unknown", "yellow"),
}


def explain(  # noqa: PLR0913, PLR0917 - one option each
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="The metric's id, as in docs/metrics.md.")],
    store: Annotated[str, typer.Option(help="The store.")],
    subject: Annotated[str, typer.Option(help="The SKU, product, campaign, marketplace or store.")],
    date: Annotated[datetime, typer.Option(formats=[DAY], help="The day, or the last day of the period.")],
    marketplace: Annotated[str | None, typer.Option(help="Amazon's country code, where the subject is in several.")] = None,
    grain: Annotated[Grain | None, typer.Option(help="What the subject is, where its name means several things.")] = None,
    period: Annotated[Period | None, typer.Option(help="The run of days, where there are several.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Show every fact and line, not only the first of each part.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Walk a value back to the bytes: formula, parts, facts, documents and their lines; and add the facts up again."""
    workspace = open_workspace(load_settings())
    asked = Asked(metric, store, subject, marketplace, grain, period)
    found = explain_value(workspace, asked, date.date(), shown=None if every else FACTS_SHOWN)
    if as_json:
        say_json(_to_dict(found))
    else:
        _say(found)
    troubles = [document.trouble for document in found.documents] + [item.trouble for item in found.imports]
    if found.verdict == "differs" or any(troubles):
        raise typer.Exit(FAILED)


def _to_dict(found: Explanation) -> dict[str, Any]:
    worked = found.worked
    return {
        "metric": found.value["metric"],
        **definition_to_dict(found.definition),
        "in_the_catalogue": worked.formula,
        "value": value_to_dict(found.value),
        "added_up": {"numerator": in_units(worked.numerator), "denominator": in_units(worked.denominator)},
        "verdict": found.verdict,
        "parts": [_part_to_dict(part, found.shown) for part in worked.parts],
        "document_count": found.document_count,
        "documents": [_document_to_dict(document) for document in found.documents],
        "import_count": found.import_count,
        "imports": [_import_to_dict(item) for item in found.imports],
        "brought_since": list(worked.newer),
    }


def _part_to_dict(part: Part, shown: int | None) -> dict[str, Any]:
    return {
        "role": part.role,
        "name": part.name,
        "expression": part.expression,
        "times": part.times,
        "marketplace": part.marketplace,
        "number": in_units(part.micros),
        "left_out": dict(part.left_out),
        "fact_count": len(part.facts),
        "facts": [
            {
                "table": fact.table,
                "cells": {name: plain(cell) for name, cell in fact.cells.items()},
                "document": fact.document_id or None,
                "import": fact.import_number or None,
                "line": fact.line or None,
            }
            for fact in part.facts[:shown]
        ],
    }


def _document_to_dict(document: KeptDocument) -> dict[str, Any]:
    return {
        "id": document.id,
        "report": document.report,
        "amazon_type": document.amazon_type,
        "first_day": document.days[0].isoformat(),
        "last_day": document.days[1].isoformat(),
        "origin": document.origin,
        "made_at": document.made_at.isoformat(),
        "received_at": document.received_at.isoformat(),
        "sha256": document.sha256,
        "manifest_line": document.manifest_number,
        "trouble": document.trouble or None,
        "lines": _lines_to_dicts(document.lines),
    }


def _import_to_dict(item: KeptImport) -> dict[str, Any]:
    return {
        "number": item.number,
        "file": item.file_name,
        "imported_at": item.imported_at.isoformat(),
        "imported_by": item.imported_by,
        "sha256": item.sha256,
        "manifest_line": item.manifest_number,
        "trouble": item.trouble or None,
        "lines": _lines_to_dicts(item.lines),
    }


def _lines_to_dicts(lines: Iterable[KeptLine]) -> list[dict[str, Any]]:
    return [{"table": line.table, "line": line.line, "text": line.text} for line in lines]


def _say(found: Explanation) -> None:
    row, worked = found.value, found.worked
    names = dict.fromkeys((row["store_id"], row["marketplace"], row["subject"]))
    subject = " ".join(name for name in names if name != EVERY_MARKETPLACE)
    say(
        f"{row['metric']} of {subject}, {row['period']} {row['period_on']}: {value_with_unit(row, found.definition.unit)}",
        style="bold",
    )
    stage = "final" if row["is_final"] else "may still change"
    say(
        f"  {status_words(row)}, {stage}, definition {row['definition_version']}, written by the night of {row['measured_for']}"
    )
    for words in all_in_words([row["reason"]]):
        say(f"  {words}", style="yellow")
    say(f"  in words    {found.definition.formula}")
    if worked.formula:
        say(f"  as parts    {worked.formula}")
    for name in ("numerator", "denominator"):
        if row[name] is not None or getattr(worked, name) is not None:
            stored = "none" if row[name] is None else f"{row[name]:,f}".rstrip("0").rstrip(".")
            say(f"  {name:<11} stored {stored}, facts {in_units(getattr(worked, name))}")
    for part in worked.parts:
        _say_part(part, found.shown)
    _say_sources(found)
    for brought in worked.newer if found.verdict == "newer" else ():
        say(f"  brought since: {brought}", style="yellow")
    verdict, style = _VERDICTS[found.verdict]
    say(verdict, style=style)


def _say_sources(found: Explanation) -> None:
    if found.document_count or not found.import_count:
        some = _only_some(found.documents, found.document_count)
        say(f"{counted(found.document_count, 'document')} behind it{some}", style="bold")
    for document in found.documents:
        _say_document(document)
    if found.import_count:
        some = _only_some(found.imports, found.import_count)
        say(f"{counted(found.import_count, 'import')} behind it{some}", style="bold")
    for item in found.imports:
        _say_import(item)


def _only_some(shown: Sized, every: int) -> str:
    return f"; those of the facts shown ({len(shown)})" if len(shown) < every else ""


def _say_part(part: Part, shown: int | None) -> None:
    times = "" if part.times == 1 else f"{part.times} x "
    number = "" if part.micros is None and part.role == "rests on" else f" = {times}{in_units(part.micros)}"
    place = "" if part.marketplace == EVERY_MARKETPLACE else f" ({part.marketplace})"
    say(f"{part.role}: {part.name}{place}{number}", style="bold")
    say(f"  {part.expression}")
    for reason, count in part.left_out.items():
        say(f"  {counted(count, 'cell')} left out: {reason}", style="yellow")
    facts = part.facts[:shown]
    for fact in facts:
        say(f"  {_fact_words(fact)}")
    more = len(part.facts) - len(facts)
    say(f"  {counted(len(part.facts), 'fact')}" + (f", {more:,} more with --all" if more else ""))


def _fact_words(fact: Fact) -> str:
    cells = " ".join(f"{name}={plain(cell)}" for name, cell in fact.cells.items() if cell is not None)
    source = f"import {fact.import_number}" if fact.import_number else fact.document_id
    return f"{cells}  <- {source} line {fact.line}" if source else cells


def _say_document(document: KeptDocument) -> None:
    first, last = document.days
    days = str(first) if first == last else f"{first}..{last}"
    say(f"  {document.id}")
    say(
        f"    {document.report} ({document.amazon_type}) of {days}, {document.origin} {document.received_at:%Y-%m-%d %H:%M:%S} UTC"
    )
    _say_bytes(document)


def _say_import(item: KeptImport) -> None:
    say(f"  import {item.number}: {item.file_name}")
    say(f"    imported {item.imported_at:%Y-%m-%d %H:%M:%S} UTC by {item.imported_by}")
    _say_bytes(item)


def _say_bytes(kept: KeptDocument | KeptImport) -> None:
    checked = kept.trouble or "the kept bytes have this hash"
    say(f"    sha256 {kept.sha256}, manifest line {kept.manifest_number}: {checked}", style="red" if kept.trouble else "")
    for line in kept.lines:
        say(f"    line {line.line:>4}  {_CELLS.join(line.text.split(_TAB))}")
