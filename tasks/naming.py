"""What runs and artifacts are called in Prefect."""

from __future__ import annotations

from collections.abc import Mapping

from prefect.runtime import flow_run


def night_name() -> str:
    """Return the name of a nightly run: its store and day, or ``today`` where the day is left to the clock."""
    given = flow_run.parameters
    return f"nightly-{given['store']}-{given.get('as_of') or 'today'}"


def look_name() -> str:
    """Return the name of a look at the stock: its store."""
    return f"stock-{flow_run.parameters['store']}"


def evaluation_name() -> str:
    """Return the name of a run that judges the present again: its store."""
    return f"evaluate-{flow_run.parameters['store']}"


def artifact_key(store: str, *, of: str = "night") -> str:
    """Return the key under which a store's nights are shown; Prefect takes no underscore in a key, stores.yaml does."""
    return f"{of}-{store.replace('_', '-')}"


def backfill_name() -> str:
    """Return the name of a backfill's run: its days, as they stand in the form, right or wrong."""
    form = flow_run.parameters.get("history")
    given = form if isinstance(form, Mapping) else {}
    return f"backfill-{given.get('first_day', '?')}-to-{given.get('last_day', '?')}"
