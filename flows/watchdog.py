"""The look every ten minutes whether nights run and feeds come."""

from __future__ import annotations

from prefect import flow

from tasks.deliver import deliver
from tasks.housekeeping import list_stores
from tasks.watchdog import conclude_watch, look_after


@flow(name="watchdog", log_prints=False, persist_result=False)
def watchdog() -> None:
    """Tell when a store's night did not begin or end in time, or a feed is late; what is back is told too.

    It reads the ledger alone. Run `sellerwatch watchdog` from a scheduler beside Prefect as well: what is dead starts no flow.
    """
    looks = [look_after(store) for store in list_stores()]
    deliver()
    conclude_watch(looks)
