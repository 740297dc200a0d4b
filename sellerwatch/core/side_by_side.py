"""Doing the same for several things at once, none of which waits for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def side_by_side(call: Callable[[Key], Value], keys: Iterable[Key]) -> dict[Key, Value]:
    """Return what the call makes of each key; one that is alone is called right here, several in a thread each.

    Ctrl-C and a request to end are not held up by the threads: they die with the process, as after a kill.

    Args:
        call: is called once for each key.
        keys: the keys, each once.

    Raises:
        BaseException: what a call raised, once all have ended; of several, that of the first key.
    """
    wanted = list(keys)
    if len(wanted) == 1:
        return {wanted[0]: call(wanted[0])}
    values: dict[Key, Value] = {}
    errors: dict[Key, BaseException] = {}

    def run(key: Key) -> None:
        try:
            values[key] = call(key)
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            errors[key] = error

    threads = [threading.Thread(target=run, args=(key,), name=str(key), daemon=True) for key in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for key in wanted:
        if key in errors:
            raise errors[key]
    return {key: values[key] for key in wanted}
