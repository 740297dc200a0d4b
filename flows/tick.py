"""What time alone changes for alerts, every ten minutes and for all stores."""

from __future__ import annotations

from prefect import flow

from sellerwatch.delivery.sender import DeliveryReport
from tasks.deliver import deliver
from tasks.tick import advance_alerts, conclude_tick


@flow(name="tick", log_prints=False, persist_result=False)
def tick() -> DeliveryReport:
    """Remind, call the next of the chain, end snoozes, and send every message that is due; a tick that was missed is made up for.

    It fails only when something could not be acted on, or a message was given up or is overdue, and says which.
    """
    ticked = advance_alerts()
    return conclude_tick(ticked, deliver())
