"""What a message says about a data check: what it compares, where it fails, with which numbers, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection

from sellerwatch.core.money import format_money
from sellerwatch.messages.blocks import Block, Bold, Bullets, Code, Line, Text, line
from sellerwatch.messages.wording import cut
from sellerwatch.warehouse.checks.catalogue import CHECKS
from sellerwatch.warehouse.checks.results import Result, Verdict, amount_words, results_of, verdicts

RESULTS_SHOWN: Final = 5
EXAMPLES_SHOWN: Final = 5
NAME_ROOM: Final = 80
"""Characters of a compared thing's name: an order's id, a SKU, a campaign's id, a search term."""


def check_blocks(connection: Connection, store_id: str, marketplace: str, name: str, as_of: date) -> tuple[Block, ...]:
    """Return the blocks that describe what the check found in the night."""
    found = verdicts(results_of(connection, store_id, as_of))
    ours = next((item for item in found if (item.check_name, item.marketplace) == (name, marketplace)), None)
    head = Text(line(Code(name), f"  compares {CHECKS[name].title}" if name in CHECKS else ""))
    if ours is None:
        return (head,)
    if not ours.failures:
        return (head, Text(line(_fine(ours))))
    remedy = Text(line(Bold("Remedy: "), f"{ours.failures[0].remedy}."))
    return (head, *_evidence(store_id, ours), remedy)


def _fine(verdict: Verdict) -> str:
    compared = sum(item.compared for item in verdict.results)
    return f"{compared:,} comparisons, all within the tolerance." if compared else f"Not judged: {verdict.reason}."


def _evidence(store_id: str, verdict: Verdict) -> Iterator[Block]:
    """Yield the failed days with their numbers, then the worst single comparisons."""
    items = [_result_line(item) for item in verdict.failures[:RESULTS_SHOWN]]
    more = len(verdict.failures) - RESULTS_SHOWN
    if more > 0:
        items.append(line(f"and {more} more; all of them: ", Code(f"sellerwatch status --store {store_id}")))
    yield Bullets(tuple(items))
    examples = [line for item in verdict.failures for line in _example_lines(item)]
    if examples:
        yield Text(line(Bold("For example")))
        yield Bullets(tuple(examples[:EXAMPLES_SHOWN]))


def _result_line(result: Result) -> Line:
    numbers = f"expected {_amount(result.expected, result)}, found {_amount(result.found, result)}"
    outside = f" ({result.off:,} of {result.compared:,} outside)" if result.compared > 1 else ""
    return line(Bold(f"{result.day} {result.measure}"), f": {numbers}{outside}")


def _example_lines(result: Result) -> Iterator[Line]:
    examples: list[dict[str, Any]] = result.detail.get("examples", [])
    for example in examples:
        expected, found = (_amount(Decimal(example[side]), result) for side in ("expected", "found"))
        if example["subject"]:
            subject = cut(example["subject"], NAME_ROOM)
            yield line(Code(subject), f" on {result.day}, {result.measure}: expected {expected}, found {found}")


def _amount(value: Decimal | None, result: Result) -> str:
    return format_money(value, result.currency) if value is not None and result.currency else amount_words(value)
