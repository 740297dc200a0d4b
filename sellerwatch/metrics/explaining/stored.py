"""Finding measured values by their names, as a person writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from sellerwatch.core.errors import ConfigError, unknown_name
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

_NAMED: Final = 8
"""So many names are told where a name leads nowhere."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which values are meant; None for what need not be said.

    Attributes:
        metric: its id.
        store: the store's name.
        subject: a SKU, product, campaign, marketplace or store.
        marketplace: Amazon's country code.
        grain: what the subject is.
        period: day, d7, d14, d30, d90, week, month or month_to_date.
    """

    metric: str
    store: str
    subject: str | None = None
    marketplace: str | None = None
    grain: str | None = None
    period: str | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """Return what chooses the values."""
        told = {
            "store_id": self.store,
            "metric": self.metric,
            "subject": self.subject,
            "marketplace": self.marketplace,
            "subject_kind": self.grain,
            "period": self.period,
        }
        return [METRIC_VALUE.c[name] == value for name, value in told.items() if value is not None]


def check_names(settings: Settings, asked: Asked) -> None:
    """Refuse a store or metric that there is not.

    Raises:
        ConfigError: there is none of the name.
    """
    settings.store(asked.store)
    if asked.metric not in settings.metrics:
        raise unknown_name(asked.metric, settings.metrics, what="metric", listed="`docs/metrics.md` lists all")


def check_subject(connection: Connection, asked: Asked) -> None:
    """Refuse a subject that the metric was never measured of, where it was of others.

    Raises:
        ConfigError: there is none of the name; the message names the nearest.
    """
    if asked.subject is None or _values_of(connection, Asked(asked.metric, asked.store, asked.subject), "subject"):
        return
    subjects = select(METRIC_VALUE.c.subject).where(*Asked(asked.metric, asked.store).where()).distinct()
    if known := sorted(connection.execute(subjects).scalars()):
        raise unknown_name(asked.subject, known, what="subject", where=asked.metric)


def values_between(connection: Connection, asked: Asked, first: date, last: date) -> list[Mapping[str, Any]]:
    """Return the values of some days, in order."""
    order = (METRIC_VALUE.c[name] for name in ("subject_kind", "marketplace", "subject", "period", "period_on"))
    chosen = select(METRIC_VALUE).where(*asked.where(), METRIC_VALUE.c.period_on.between(first, last)).order_by(*order)
    return [dict(row) for row in connection.execute(chosen).mappings()]


def the_value(connection: Connection, settings: Settings, asked: Asked, on: date) -> Mapping[str, Any]:
    """Return the one value that is meant.

    Raises:
        ConfigError: there is none, or there are several; the message says what would tell them apart.
    """
    found = values_between(connection, asked, on, on)
    if not found:
        raise _none(connection, settings, asked, on)
    if len(found) > 1:
        raise _several(found, on)
    return found[0]


def _several(found: Sequence[Mapping[str, Any]], on: date) -> ConfigError:
    options = {"marketplace": "--marketplace", "subject_kind": "--grain", "period": "--period", "subject": "--subject"}
    differing = {option: {row[name] for row in found} for name, option in options.items()}
    remedy = "; ".join(f"{option} {_some(values)}" for option, values in differing.items() if len(values) > 1)
    return ConfigError(f"there are {len(found)} such values of {on}", where=str(found[0]["metric"]), remedy=f"Add {remedy}")


def _none(connection: Connection, settings: Settings, asked: Asked, on: date) -> ConfigError:
    definition, of_subject = settings.metrics[asked.metric], Asked(asked.metric, asked.store, asked.subject)
    if not definition.is_measured and not _values_of(connection, Asked(asked.metric, asked.store), "metric"):
        words = f"{asked.metric} has no value: {definition.missing}"
        return ConfigError(words, where="config/metrics.yaml", remedy="`docs/metrics.md` lists what is measured")
    last = connection.execute(select(func.max(METRIC_VALUE.c.period_on)).where(*asked.where())).scalar_one()
    if last is not None:
        first = connection.execute(select(func.min(METRIC_VALUE.c.period_on)).where(*asked.where())).scalar_one()
        return ConfigError(f"nothing is measured of {on}", where=asked.metric, remedy=f"There are days from {first} to {last}")
    check_subject(connection, asked)
    words = "; ".join(
        f"{option} {_some(values)}"
        for option, name in (("--marketplace", "marketplace"), ("--grain", "subject_kind"), ("--period", "period"))
        if (values := _values_of(connection, of_subject, name))
    )
    remedy = f"There is {words}" if words else "Run `sellerwatch nightly`; nothing of it was measured yet"
    return ConfigError("there is no such value", where=asked.metric, remedy=remedy)


def _values_of(connection: Connection, asked: Asked, name: str) -> list[str]:
    column = METRIC_VALUE.c[name]
    rows = connection.execute(select(column).where(*asked.where()).distinct().order_by(column).limit(_NAMED + 1))
    return list(rows.scalars())


def _some(values: Iterable[str]) -> str:
    every = sorted(values)
    return ", ".join(every[:_NAMED]) + (", ..." if len(every) > _NAMED else "")
