"""An hourly look at the stock in words: for a terminal, for Prefect's page, and as the failure that says why there was none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sellerwatch.core.errors import PermanentError
from sellerwatch.messages.markdown import escape
from sellerwatch.warehouse.intraday import Change, PlaceLook, StockLook

SKUS_NAMED: Final = 50
"""So many SKUs of one kind are named; a catalogue that goes out as a whole is a number."""

KINDS: Final[Mapping[str, str]] = {
    "went_out": "went to zero",
    "came_back": "came back",
    "unknown": "no longer said",
}


def look_lines(look: StockLook) -> Iterator[str]:
    """Yield what an hourly look came to, line by line."""
    if look.skipped:
        yield f"skipped: {look.skipped}"
    for place in look.places:
        yield f"{place.marketplace}: {place.skus} SKUs seen at {place.seen_at:%H:%M} UTC, {place.out} without sellable units"
        yield from (f"  {line}" for line in _change_lines(place))
    if not look.is_loaded:
        yield "the documents are kept and not loaded yet: another run is at work on the store"
    yield from (f"problem: {problem}" for problem in look.problems)


def _change_lines(place: PlaceLook) -> Iterator[str]:
    for name, change in (("the look before", place.before), ("the night", place.night)):
        if change is None:
            yield f"since {name}: there is none of the last days to compare with"
        else:
            yield f"since {name} ({change.since:%m-%d %H:%M} UTC): {change_words(change)}"


def change_words(change: Change) -> str:
    """Return which SKUs changed, by kind; ``nothing changed`` where none did."""
    kinds = {words: getattr(change, name) for name, words in KINDS.items()}
    said = [f"{len(skus)} {words}: {_named(skus)}" for words, skus in kinds.items() if skus]
    return "; ".join(said) or "nothing changed"


def _named(skus: tuple[str, ...]) -> str:
    more = f" and {len(skus) - SKUS_NAMED} more" if len(skus) > SKUS_NAMED else ""
    return ", ".join(skus[:SKUS_NAMED]) + more


def look_markdown(look: StockLook) -> str:
    """Return the look as Markdown."""
    lines = [f"- {escape(line)}" if not line.startswith("  ") else f"  - {escape(line)}" for line in look_lines(look)]
    return "\n".join([f"# Stock of {escape(look.store_id)}, {look.hour}", "", *lines]) + "\n"


def require_seen(look: StockLook) -> StockLook:
    """Return the look when every marketplace was seen, or there was a reason not to look.

    Raises:
        PermanentError: a marketplace's stock is not known; the message names each problem.
    """
    if look.problems:
        raise PermanentError(
            f"the stock was not seen: {' '.join(map(str, look.problems))}",
            where=f"{look.store_id} {look.hour}",
            remedy="Do what each says; the look of the next hour begins anew",
        )
    return look
