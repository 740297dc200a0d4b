"""Working on the next item while the caller still uses the last one: a second processor's worth of waiting saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def ahead(work: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """Yield ``work(item)`` for each item, in order, while the next one is worked on beside; a single item needs no thread.

    Args:
        work: what is done; worth it where it lets other threads run, as Arrow, numpy and pandas' readers do.
        items: taken one at a time, in the caller's thread, and never more than two ahead of what is yielded.
    """
    rest = iter(items)
    first = list(islice(rest, 2))
    if len(first) < 2:  # noqa: PLR2004 - one item, or none
        yield from map(work, first)
        return
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(work, first[0])
        for item in chain(first[1:], rest):
            result = coming.result()
            coming = beside.submit(work, item)
            yield result
        yield coming.result()
