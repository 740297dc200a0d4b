"""Order item codes: a number per line of an order, the same in every report that prints it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from sellerwatch.core.periods import local_day
from sellerwatch.simulator.documents.shapes import Books, OrderLine


def with_codes(lines: Iterable[OrderLine]) -> Iterator[tuple[OrderLine, str]]:
    """Yield a day's lines, in their order, each with its item code."""
    seen: Counter[str] = Counter()
    for line in lines:
        order_id = line.order.order_id
        seen[order_id] += 1
        yield line, f"{order_id[-7:]}{order_id[-15:-8]}{seen[order_id]}"


def code_of(books: Books, line: OrderLine) -> str:
    """Return the item code of one line, looked up among those of its day."""
    marketplace = line.listing.marketplace
    lines = books.lines(marketplace, local_day(line.order.purchased_at, marketplace.zone))
    return next(code for other, code in with_codes(lines) if other == line)
