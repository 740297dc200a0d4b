"""The hourly look at one store's FBA stock."""

from __future__ import annotations

from prefect import flow

from sellerwatch.warehouse.intraday import StockLook
from tasks.naming import look_name
from tasks.stock import conclude_look, look, show_look


@flow(name="intraday_stock", flow_run_name=look_name, log_prints=False, persist_result=False)
def intraday_stock(store: str) -> StockLook:
    """Look at what Amazon says can be sold now; running it again in the same hour resumes what is missing.

    It tells what went out of stock and came back since the look before and since the night, on Prefect's page and in what
    it returns. It decides nothing and pages nobody: alerts are judged by the night. A night of the store that is at work is
    not disturbed.

    Args:
        store: The store's name in stores.yaml.
    """
    seen = look(store)
    show_look(seen)
    return conclude_look(seen)
