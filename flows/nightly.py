"""The night of one store: pull, load, check, measure, decide, deliver, seal."""

from __future__ import annotations

from datetime import date

from prefect import flow

from tasks.check import check
from tasks.decide import decide
from tasks.deliver import deliver
from tasks.extract import choose_day, make_sure, pull
from tasks.load import load
from tasks.measure import measure
from tasks.naming import night_name
from tasks.publish import conclude, show, show_calendar, summarise
from tasks.seal import seal


@flow(name="nightly", flow_run_name=night_name, log_prints=False, persist_result=False)
def nightly(store: str, as_of: date | None = None) -> None:
    """Run one night of a store; running it again resumes what is missing and repeats nothing.

    Args:
        store: The store's name in stores.yaml.
        as_of: The store-local day of the night; today when left out. A past day is measured and pages nobody.
    """
    day = choose_day(store, as_of)
    make_sure(store, day)
    pull(store, day)
    load(store, day)
    check(store, day)
    measure(store, day)
    decide(store, day)
    delivery = deliver()
    seal(store, day)
    night = summarise(store, day)
    show(night, delivery)
    show_calendar(store)
    conclude(night, delivery)
