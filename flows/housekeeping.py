"""What is seen to once a day beside the nights, for all stores."""

from __future__ import annotations

from prefect import flow

from sellerwatch.delivery.chores import CHORES
from tasks.housekeeping import conclude_findings, do, list_stores, show_findings
from tasks.publish import show_calendar


@flow(name="housekeeping", log_prints=False, persist_result=False)
def housekeeping() -> None:
    """Sweep leftovers, verify the raw store, settle stuck windows, tend the database, and tell what is late or runs out.

    It fails only when something needs a person, and says what.
    """
    findings = [finding for chore in CHORES for finding in do(chore)]
    for store in list_stores():
        show_calendar(store)
    show_findings(findings)
    conclude_findings(findings)
