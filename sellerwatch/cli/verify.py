"""``sellerwatch verify``: whether the raw store holds exactly what was received."""

from __future__ import annotations

from typing import Annotated

import typer

from sellerwatch.cli.screen import say, say_json
from sellerwatch.rawstore.store import RawStore
from sellerwatch.rawstore.verify import verify as verify_store
from sellerwatch.settings.load import load_settings


def verify(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Recompute the hash of every document and the chain of the manifest; name whatever was altered."""
    settings = load_settings()
    result = verify_store(RawStore(settings.raw_folder))
    if as_json:
        say_json(
            {
                "intact": result.is_intact,
                "documents": result.documents,
                "bytes": result.byte_count,
                "head": result.head,
                "findings": [{"place": item.place, "what": item.what} for item in result.findings],
                "unlisted": list(result.unlisted),
            },
        )
    else:
        for item in result.findings:
            say(f"{item.place}: {item.what}", style="red")
        for path in result.unlisted:
            say(f"{path}: not in the manifest; left by a run that was killed, harmless", style="yellow")
        verdict = "intact" if result.is_intact else f"{len(result.findings)} findings"
        say(f"{result.documents} documents, {result.byte_count:,} bytes, chain head {result.head[:16]}: {verdict}")
    if not result.is_intact:
        raise typer.Exit(1)
