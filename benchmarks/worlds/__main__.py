"""`python -m benchmarks.worlds`: how early the stock-out rule and units/30 foresee known stock-outs, and how often for nothing."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.worlds.result import sum_up
from benchmarks.worlds.world import WorldSeen, see_world
from sellerwatch.settings.models import TIERS

WORLDS, NIGHTS = 20, 60
COLUMNS: Final = (
    "rule",
    "stock-outs",
    "7 days ahead",
    "3 days",
    "1 day",
    "missed",
    "median lead",
    *TIERS,
    *(f"false {tier}" for tier in TIERS),
)


def main() -> int:
    """Run the worlds one after the other, print a row a rule, and write JSON where asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worlds", description=__doc__)
    parser.add_argument("--worlds", type=int, default=WORLDS, help="how many worlds; their seeds are 1, 2, 3 and so on")
    parser.add_argument("--nights", type=int, default=NIGHTS, help="nights that are counted in each")
    parser.add_argument("--json", type=Path, help="also write everything into this file")
    asked = parser.parse_args()
    result = sum_up([*_seen(asked.worlds, asked.nights)])
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for row in rows(result):
        sys.stdout.write("\t".join(row) + "\n")
    return 0


def _seen(worlds: int, nights: int) -> Iterator[WorldSeen]:
    for seed in range(1, worlds + 1):
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="sellerwatch-world-") as folder:
            yield see_world(seed, nights, Path(folder))
        sys.stderr.write(f"world {seed}: {time.perf_counter() - begun:.0f} s\n")


def rows(result: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the table's rows: one for each rule and group of stock-outs, calls per 1,000 SKU-months beside the first."""
    yield COLUMNS
    for name, rule in result["rules"].items():
        for group, found in rule["stock_outs"].items():
            yield (
                name if group == "all" else f"{name}, {group}",
                str(found["count"]),
                *(_share(found["announced_ahead"][days], found["count"]) for days in ("7", "3", "1")),
                str(found["missed"]),
                str(found["median_lead_days"]),
                *_rates(rule["calls_per_1000_sku_months"], group),
                *_rates(rule["false_calls_per_1000_sku_months"], group),
            )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _rates(rates: dict[str, float], group: str) -> Iterator[str]:
    """Yield the rates in the row of all stock-outs; a call belongs to no other group."""
    yield from (f"{rates[tier]:.1f}" if group == "all" else "" for tier in TIERS)


if __name__ == "__main__":
    sys.exit(main())
