"""History for stores and feeds, ordered by a person in a form: check, plan, fetch, load, measure, judge the present once."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas.objects import State

from tasks.backfill import (
    at_work,
    check_form,
    count,
    deliver_changes,
    fetch_reports,
    judge_present,
    lay_out,
    load_history,
    measure_history,
    note_cancelled,
    outcome,
    refused,
    sum_up,
)
from tasks.backfill_form import BackfillForm, wording_of
from tasks.backfill_tables import show_plan, show_refusal, show_result
from tasks.naming import backfill_name


@flow(
    name="backfill",
    flow_run_name=backfill_name,
    log_prints=False,
    persist_result=False,
    validate_parameters=False,  # a mistake is told in words by the first step, not by Prefect in a traceback
    on_cancellation=[note_cancelled],
)
def backfill(history: BackfillForm) -> State[None]:
    """Fetch history from Amazon, or read stored documents again. Nobody is paged for it.

    Cancel it at any time; Retry goes on where it ended, and pays for nothing twice.

    Args:
        history: Fill in the fields. If something does not fit, the run ends at once and says what to correct.
    """
    wording = wording_of(history)
    complaints = check_form(wording)
    if complaints:
        show_refusal(complaints)
        return refused(complaints)
    planned = lay_out(wording)
    show_plan(planned)
    order_id = planned.order.id
    with at_work(order_id):
        fetch_reports(order_id)
        load_history(order_id)
        measure_history(order_id)
        presents = judge_present(order_id)
        messages = deliver_changes(order_id, presents)
        result = count(order_id)
    end = sum_up(result, presents, messages)
    show_result(end)
    return outcome(end)
