"""Worksheets of a month's target: how much of it is due by a day, with what each weekday and each event usually brings."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.sheets.configured import tier, within
from sellerwatch.metrics.sheets.inputs import Input, amount, by_name, calendar_day, count, listed, not_negative, rows
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, quantity, total
from sellerwatch.metrics.sheets.selling import attained

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _profile(value: object, where: str) -> list[Quantity]:
    """Read what each weekday weighs, Monday first, in a list or by name."""
    if isinstance(value, Mapping):
        given: dict[str, Quantity] = by_name(not_negative)(value, where)
        by_day = {name.casefold()[:3]: weight for name, weight in given.items()}
        found = [by_day.get(day) for day in WEEKDAYS]
    else:
        found = listed(not_negative)(value, where)
    if len(found) != len(WEEKDAYS) or None in found:
        raise ConfigError(
            f"{value!r} is not a weight for each weekday", where=where, remedy="Write seven, Monday first, or by name"
        )
    return [weight for weight in found if weight is not None]


EVENTS: Final = Input(
    "events",
    "rows of day and factor: how many times as much a day usually brings",
    rows(Input("day", "day", calendar_day, ("date", "on")), Input("factor", "times", not_negative, ("expected_factor",))),
)


def _due(
    month_target: Quantity,
    as_of: date,
    weekday_profile: Sequence[Quantity] = (quantity(1),) * len(WEEKDAYS),
    events: Sequence[Mapping[str, Any]] = (),
) -> Quantity:
    """Return the part of a month's target that is due by the end of a day."""
    factors = {row["day"]: row["factor"] for row in events}
    days = [as_of.replace(day=number) for number in range(1, monthrange(as_of.year, as_of.month)[1] + 1)]
    weights = {day: weekday_profile[day.weekday()] * factors.get(day, quantity(1)) for day in days}
    gone = total(weight for day, weight in weights.items() if day <= as_of)
    return month_target * gone.over(total(weights.values()), "no_target")


SHEETS: Final = (
    Sheet(
        "gmv_attainment_pct",
        "How much of a month's target that is due by a day is reached",
        (
            amount("actual", "gmv", "actual_gmv", "actual_to_date", "gmv_to_date", "actual_sales", "sales"),
            amount("month_target", "monthly_target", "target_of_month"),
            Input("as_of", "day", calendar_day, ("through", "to_date", "until", "day")),
            Input("weekday_profile", "weight by weekday; alike where left out", _profile, ("weekday_weights", "profile")),
            EVENTS,
            count("days_elapsed", "elapsed_days", "days_gone"),
            count("days_in_month", "days_of_month", "month_days"),
        ),
        (
            cell("pct", "%", attained),
            cell("tier", "yellow, orange or red", lambda settings, pct: tier(settings, "gmv_attainment_pct", pct)),
            cell("target_to_date", "currency", _due),
            cell(
                "target_to_date",
                "currency",
                lambda month_target, days_elapsed, days_in_month: (
                    month_target
                    * within(days_elapsed, days_in_month, "more days are gone than there are").over(days_in_month, "no_target")
                ),
            ),
            cell(
                "linear_target_wrong",
                "currency",
                lambda month_target, as_of: month_target * Fraction(as_of.day, monthrange(as_of.year, as_of.month)[1]),
            ),
        ),
    ),
)
