"""Worksheets of launches, and of what people learn and propose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.sheets.configured import is_reached, ratio, share, within
from sellerwatch.metrics.sheets.inputs import Input, beside, calendar_day, count, flag, optional, rows, text
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, quantity, unknown
from sellerwatch.settings.load import Settings

Row = Mapping[str, Any]


def _day_if_any(value: object, where: str) -> date | None:
    return None if value is None else calendar_day(value, where)


# Launches


def _launch_days(project_start: date, first_buyable: date, platform_days: Quantity | None = None) -> Quantity:
    """Return the days from start to sale, without those on which Amazon was waited for."""
    if first_buyable < project_start:
        raise ConfigError("the product could be bought before its project began", remedy="Check both days")
    return quantity((first_buyable - project_start).days) - (platform_days or 0)


def _successes(settings: Settings, launched: Quantity, successes: Quantity, immature: Quantity | None = None) -> Quantity:
    """Return the share of those that are old enough to be judged."""
    judged = launched - (immature or 0)
    met = within(successes, judged, "more succeeded than are old enough")
    return ratio(settings, "new_product_success_rate", met, judged, without="immature")


def _old_enough(skus: Sequence[Row], judged_after_days: Quantity, as_of: date) -> list[Row]:
    return [row for row in skus if judged_after_days.compares("<=", (as_of - row["launched"]).days)]


def _successes_of(settings: Settings, judged: Sequence[Row]) -> Quantity:
    """Return the share of those that are old enough; one of which nobody knows how it went leaves it open."""
    if any(row["success"] is None for row in judged):
        return unknown("no_data")
    met = quantity(sum(row["success"] for row in judged))
    return ratio(settings, "new_product_success_rate", met, quantity(len(judged)), without="immature")


MILESTONES: Final = Input(
    "milestones",
    "rows of due and done, null where it is not done",
    rows(
        Input("due", "day", calendar_day, ("due_on", "due_date")),
        Input("done", "day", _day_if_any, ("done_on", "done_date", "completed", "completed_on")),
        optional(text("name", "milestone")),
    ),
    ("rows",),
)


def _in_time(milestones: Sequence[Row], leave_days: Quantity | None = None) -> Quantity:
    """Count what was done by its day; days of leave move it."""
    leave = timedelta(days=int(leave_days.value or 0) if leave_days else 0)
    return quantity(sum(row["done"] is not None and row["done"] <= row["due"] + leave for row in milestones))


def _due_by(milestones: Sequence[Row], as_of: date | None = None, leave_days: Quantity | None = None) -> Quantity:
    """Count what is due: all of it where nobody says by when, or what was due, or done, by that day."""
    leave = timedelta(days=int(leave_days.value or 0) if leave_days else 0)
    return quantity(sum(as_of is None or row["done"] is not None or row["due"] + leave < as_of for row in milestones))


ENTRIES: Final = Input(
    "entries",
    "rows of accepted, true or false",
    rows(flag("accepted", "is_accepted"), optional(text("title", "name")), optional(text("author", "submitted_by"))),
    ("rows", "contributions"),
)


def _counted(kpi: str, question: str, names: tuple[str, ...], part: str, share: str, further: tuple[Input, ...] = ()) -> Sheet:
    """Return a worksheet of a count, which is shown beside the part of it that was taken up."""
    name = names[0]
    return Sheet(
        kpi,
        question,
        (count(*names), count(part), *further),
        (
            Cell("count", "count", lambda **given: given[name], (name,)),
            Cell(share, "%", lambda **given: given[part].over(given[name], "none") * 100, (name, part)),
        ),
    )


SHEETS: Final = (
    Sheet(
        "new_product_cycle_days",
        "Days from a project's start to the first sale",
        (
            Input("project_start", "day", calendar_day, ("started_on", "start", "start_date", "project_start_date")),
            Input(
                "first_buyable",
                "day",
                calendar_day,
                (
                    "launched_on",
                    "first_buyable_day",
                    "first_buyable_date",
                    "launch_date",
                    "open_date",
                    "first_order",
                    "first_order_date",
                ),
            ),
            count("platform_days", "platform_limited_days", "exempt_days"),
        ),
        (
            cell("days", "days", _launch_days),
            cell("platform_limited_days", "days", lambda platform_days: platform_days),
            cell("ok", "true or false", lambda days: is_reached("new_product_cycle_days", days)),
        ),
    ),
    Sheet(
        "new_product_success_rate",
        "Launches that succeeded, of those old enough",
        (count("launched"), count("successes", "successful", "succeeded"), count("immature", "too_young")),
        (cell("pct", "%", _successes),),
        adds_up=True,
    ),
    Sheet(
        "new_product_success_rate",
        "The same by product: only those that have been on sale for the days after which they are judged",
        (
            Input(
                "skus",
                "rows of launched and success",
                rows(
                    Input("launched", "day", calendar_day, ("launched_on", "launch_date", "first_buyable", "open_date")),
                    flag("success", "succeeded", "met_rule", "is_success"),
                    optional(text("sku")),
                ),
                ("rows", "products", "launches"),
            ),
            count("judged_after_days", "day_n", "n_days", "n", "after_days"),
            Input("as_of", "day", calendar_day, ("today", "now")),
        ),
        (
            cell("pct", "%", _successes_of, "settings", "_judged"),
            cell("launched", "count", lambda skus: quantity(len(skus))),
            cell("immature", "count", lambda skus, _judged: quantity(len(skus) - len(_judged))),
            cell("_judged", "", _old_enough),
        ),
    ),
    Sheet(
        "skill_cert_rate",
        "Certificates passed, of those tried",
        (count("taken"), count("passed")),
        (
            share("pct", "skill_cert_rate", ("passed", "taken"), "none_taken"),
            cell("ok", "true or false", lambda pct: is_reached("skill_cert_rate", pct)),
        ),
        adds_up=True,
    ),
    _counted(
        "proposal_count",
        "Proposals, and how many were adopted",
        ("submitted", "proposals", "count"),
        "adopted",
        "adopted_share",
    ),
    _counted(
        "kb_contributions",
        "Entries taken into the knowledge base, and how many are in use",
        ("accepted", "accepted_entries", "count"),
        "used",
        "used_share",
        (beside(count("submitted")),),
    ),
    Sheet(
        "training_milestones_pct",
        "Milestones reached in time",
        (count("due", "milestones_due"), count("on_time", "done_on_time", "milestones_on_time")),
        (share("pct", "training_milestones_pct", ("on_time", "due"), "none_due"),),
        adds_up=True,
    ),
    Sheet(
        "training_milestones_pct",
        "The same by milestone; days of leave move what is due",
        (
            MILESTONES,
            count("leave_days", "days_of_leave", "absence_days"),
            Input("as_of", "day", calendar_day, ("today", "now")),
        ),
        (
            share("pct", "training_milestones_pct", ("on_time", "due"), "none_due"),
            cell("on_time", "count", _in_time),
            cell("due", "count", _due_by),
        ),
    ),
    Sheet(
        "kb_contributions",
        "Entries one by one, of which those count that were accepted",
        (ENTRIES,),
        (
            cell("count", "count", lambda entries: quantity(sum(row["accepted"] is True for row in entries))),
            cell("submitted", "count", lambda entries: quantity(len(entries))),
        ),
    ),
)
