"""``sellerwatch metric show``: the measured values of a metric, day by day or period by period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import say, say_json, say_table
from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.metrics.explaining.computed import formula_of
from sellerwatch.metrics.explaining.stored import Asked, check_names, check_subject, values_between
from sellerwatch.metrics.reasons import all_in_words
from sellerwatch.settings.catalogue import Grain, Metric, Period
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.pull import local_today
from sellerwatch.warehouse.workspace import open_workspace

DAY: Final = "%Y-%m-%d"
DAYS_SHOWN: Final = 30
_COLUMNS: Final = (
    "subject",
    "marketplace",
    "period",
    "on",
    "value",
    "numerator",
    "denominator",
    "status",
    "final",
    "measured for",
)


class Action(StrEnum):
    """What can be done with a metric."""

    SHOW = "show"


def metric(  # noqa: PLR0913, PLR0917 - one option each
    action: Annotated[Action, typer.Argument(help="What to do: show.")],  # noqa: ARG001 - there is one, and more may come
    name: Annotated[str, typer.Argument(metavar="METRIC", help="The metric's id, as in docs/metrics.md.")],
    store: Annotated[str, typer.Option(help="The store.")],
    subject: Annotated[
        str | None, typer.Option(help="SKU, product, campaign, marketplace or store. All of them when left out.")
    ] = None,
    marketplace: Annotated[str | None, typer.Option(help="Amazon's country code. All when left out.")] = None,
    grain: Annotated[Grain | None, typer.Option(help="What the subjects are.")] = None,
    period: Annotated[Period | None, typer.Option(help="The run of days that a value is about.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=[DAY], help="The first day; 30 days before the last when left out.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=[DAY], help="The last day; today when left out.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show measured values with their parts, and why a value is unknown or may still change."""
    workspace = open_workspace(load_settings())
    asked = Asked(name, store, subject, marketplace, grain, period)
    check_names(workspace.settings, asked)
    until = last.date() if last else local_today(workspace, store)
    since = first.date() if first else until - timedelta(days=DAYS_SHOWN)
    if since > until:
        raise ConfigError(f"--from {since} comes after --to {until}", where="metric show", remedy="Exchange them")
    with reading(workspace.engine) as connection:
        check_subject(connection, asked)
        found = values_between(connection, asked, since, until)
    places = workspace.settings.store(store).marketplaces
    if not found and marketplace is not None and marketplace not in places:
        raise unknown_value(marketplace, places, what="marketplace", where=name)
    definition = workspace.settings.metrics[name]
    if as_json:
        say_json({"metric": name, **definition_to_dict(definition), "values": [value_to_dict(row) for row in found]})
    else:
        _say(name, definition, found)
    if not found:
        raise typer.Exit(FAILED)


def definition_to_dict(definition: Metric) -> dict[str, Any]:
    """Return what a metric means, as JSON values."""
    return {
        "title": definition.title.model_dump(),
        "formula": definition.formula,
        "in_the_catalogue": formula_of(definition) or None,
        "unit": definition.unit,
        "scale": definition.scale,
    }


def value_to_dict(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``metric_value`` as JSON values; amounts as text, for a JSON number is a binary fraction to many."""
    return {name: plain(value) for name, value in row.items() if name not in {"store_id", "metric"}}


def plain(value: object) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a cell as a JSON value."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date | datetime) else value


def value_words(row: Mapping[str, Any]) -> str:
    """Return a value as people read it; one that is unknown says why."""
    if row["value"] is None:
        return f"unknown ({row['reason']})"
    currency = f" {row['currency']}" if row["currency"] else ""
    return f"{row['value']:,.4f}".rstrip("0").rstrip(".") + currency


def value_with_unit(row: Mapping[str, Any], unit: str) -> str:
    """Return a value in its unit, an amount in its currency."""
    if row["value"] is None:
        return value_words(row)
    number = value_words({**row, "currency": None})
    return f"{number} {unit.replace('currency', row['currency']) if row['currency'] else unit}"


def status_words(row: Mapping[str, Any]) -> str:
    """Return the status with its reason."""
    return f"{row['status']} ({row['reason']})" if row["reason"] else str(row["status"])


def _say(name: str, definition: Metric, found: list[Mapping[str, Any]]) -> None:
    say(f"{name}: {definition.title.en}, in {definition.unit}", style="bold")
    say(f"  {definition.formula}")
    if not found:
        say("  nothing is measured of these days", style="yellow")
        return
    say_table(name, _COLUMNS, [_cells(row) for row in found])
    for words in all_in_words(row["reason"] for row in found):
        say(f"  {words}", style="yellow")


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [
        str(row["subject"]),
        str(row["marketplace"]),
        str(row["period"]),
        str(row["period_on"]),
        "unknown" if row["value"] is None else value_words(row),
        *("" if row[part] is None else f"{row[part]:f}".rstrip("0").rstrip(".") for part in ("numerator", "denominator")),
        status_words(row),
        "yes" if row["is_final"] else "no",
        str(row["measured_for"]),
    ]
