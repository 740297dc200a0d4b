"""What the watchdog saw, as the one failure that names the stores whose nights are missing."""

from __future__ import annotations

from collections.abc import Sequence

from sellerwatch.alerts.judging.watchdog import Look
from sellerwatch.core.errors import PermanentError


def require_alive(looks: Sequence[Look]) -> Sequence[Look]:
    """Return the looks when every night that is due ran.

    Raises:
        PermanentError: one did not; the message names each store.
    """
    silent = [str(look) for look in looks if not look.is_well]
    if silent:
        raise PermanentError(
            f"nights are missing: {'; '.join(silent)}",
            where="watchdog",
            remedy="Look whether the deployments are paused and a worker runs, and run the nights",
        )
    return looks
