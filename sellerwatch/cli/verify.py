"""``sellerwatch verify``: whether raw store, facts and measured values are what they were when they came and were sealed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Any

import typer

from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import progress_bar, say, say_json
from sellerwatch.core.clock import clock_from_environment
from sellerwatch.core.errors import PermanentError
from sellerwatch.metrics.explaining.altered import values_altered
from sellerwatch.rawstore.store import RawStore
from sellerwatch.rawstore.verify import Finding, Verification
from sellerwatch.rawstore.verify import verify as verify_store
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.rebuild.target import opened_present
from sellerwatch.warehouse.seal_marks import NO_STORE
from sellerwatch.warehouse.sealing.check import SealChecked, check_seal, numbers_astray, stores_sealed
from sellerwatch.warehouse.workspace import Workspace

Heard = Callable[[int, int, str], None]


def verify(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Recompute the hash of every document, the chain of the manifest, and the seals of facts and values; name what was altered."""
    settings = load_settings()
    raw = RawStore(settings.raw_folder)
    result = verify_store(raw)
    with progress_bar("verify", is_quiet=as_json) as heard:
        seals, trouble = _seals(settings, raw, heard)
    findings = [*result.findings, *trouble, *(item for seal in seals for item in seal.findings)]
    if as_json:
        say_json(_to_dict(result, seals, findings))
    else:
        _say(result, seals, findings)
    if findings:
        raise typer.Exit(FAILED)


def _seals(settings: Settings, raw: RawStore, heard: Heard) -> tuple[list[SealChecked], list[Finding]]:
    """Check the seal of every store, where there is a warehouse."""
    with opened_present(settings.warehouse_url) as engine:
        if engine is None:
            return [], []
        try:
            kept = stores_sealed(raw)
        except PermanentError as error:
            return [], [Finding(error.where, f"the seals cannot be read: {error.what}")]
        workspace = Workspace(settings, engine, raw, clock_from_environment())
        stores = [*sorted({*kept, *settings.stores} - {NO_STORE}), NO_STORE]
        found = []
        for number, store_id in enumerate(stores):
            heard(number, len(stores), store_id)
            with reading(engine) as connection:
                name_values = partial(_names, workspace, store_id)
                found.append(check_seal(connection, raw, store_id, kept.get(store_id, ()), name_values=name_values))
        with reading(engine) as connection:
            astray = numbers_astray(connection)
        return [seal for seal in found if seal.store != NO_STORE or seal.root or seal.rows], astray


def _names(workspace: Workspace, store_id: str, metric: str, period: str, on: date) -> list[Finding]:
    return values_altered(workspace, store_id, metric, period=period, on=on)


def _to_dict(result: Verification, seals: list[SealChecked], findings: list[Finding]) -> dict[str, Any]:
    return {
        "intact": not findings,
        "documents": result.documents,
        "bytes": result.byte_count,
        "head": result.head,
        "seals": [_seal_to_dict(seal) for seal in seals],
        "findings": [{"place": item.place, "what": item.what} for item in findings],
        "unlisted": list(result.unlisted),
    }


def _seal_to_dict(seal: SealChecked) -> dict[str, Any]:
    return {
        "store": seal.store,
        "as_of": seal.root.as_of if seal.root else None,
        "root": seal.root.root if seal.root else None,
        "rows": seal.rows,
        "unsealed": seal.unsealed,
        "intact": not seal.findings,
    }


def _say(result: Verification, seals: list[SealChecked], findings: list[Finding]) -> None:
    for item in findings:
        say(f"{item.place}: {item.what}", style="red")
    for path in result.unlisted:
        say(f"{path}: not in the manifest; left by a run that was killed, harmless", style="yellow")
    for seal in seals:
        say(f"{seal.store}: {_seal_words(seal)}")
    verdict = f"{len(findings)} findings" if findings else "intact"
    say(f"{result.documents} documents, {result.byte_count:,} bytes, chain head {result.head[:16]}: {verdict}")


def _seal_words(seal: SealChecked) -> str:
    if seal.root is None:
        return f"{seal.rows:,} facts and values, never sealed; the end of the next night seals them"
    verdict = f"{len(seal.findings)} findings" if seal.findings else "as sealed"
    since = f", {seal.unsealed} documents or periods written since, held against their bytes" if seal.unsealed else ""
    return f"{seal.rows:,} facts and values, sealed in the night of {seal.root.as_of}, root {seal.root.root[:16]}: {verdict}{since}"
