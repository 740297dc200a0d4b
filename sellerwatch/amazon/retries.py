"""How often and how long to wait before a failed call is made again, the same for the same call every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sellerwatch.core.ids import fingerprint


def steady_jitter(key: str) -> float:
    """Return a fraction from 0 to below 1 that differs between keys and never for one key."""
    return int(fingerprint(key)[:8], 16) / 0x1_0000_0000


@dataclass(frozen=True, slots=True)
class Retries:
    """At most ``attempts`` calls; the pause doubles from ``first_seconds`` to ``ceiling_seconds``, its second half jittered.

    The jitter keeps calls that failed together from coming back together. It is computed, not drawn, so a run can be repeated.
    """

    attempts: int = 4
    first_seconds: float = 2.0
    ceiling_seconds: float = 60.0
    jitter: Callable[[str], float] = steady_jitter

    def delay_seconds(self, attempt: int, key: str) -> float:
        """Return the pause after the failed call number ``attempt``, counted from 1."""
        full = min(self.ceiling_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 32))
        return full * (1 + self.jitter(f"{key}#{attempt}")) / 2


DEFAULT_RETRIES: Final = Retries()
"""What a call gets that waits for its own success."""

ONE_ATTEMPT: Final = Retries(attempts=1)
"""What a call gets whose caller has other things to do than to wait, and makes it again by itself."""
