"""Judging one store's present again without asking Amazon for anything."""

from __future__ import annotations

from prefect import flow

from sellerwatch.alerts.judging.present import Present
from tasks.deliver import deliver
from tasks.evaluate import conclude_evaluation, evaluate
from tasks.naming import evaluation_name


@flow(name="evaluate_alerts", flow_run_name=evaluation_name, log_prints=False, persist_result=False)
def evaluate_alerts(store: str) -> Present:
    """Measure and judge what is in the warehouse again, and deliver what is due: after a rule was changed, or data imported.

    It judges the store's newest night, if that is over and speaks of the present; history pages nobody. Running it again
    changes nothing.

    Args:
        store: The store's name in stores.yaml.
    """
    present = evaluate(store)
    delivery = deliver()
    return conclude_evaluation(present, delivery)
