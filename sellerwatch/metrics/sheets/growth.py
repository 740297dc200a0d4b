"""Worksheets of launches, and of what people learn and propose."""

from __future__ import annotations

from datetime import date
from typing import Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.quantity import Quantity, quantity
from sellerwatch.metrics.sheets.configured import is_reached, ratio, share, within
from sellerwatch.metrics.sheets.inputs import Input, beside, calendar_day, count
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.settings.load import Settings

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
                "first_buyable", "day", calendar_day, ("launched_on", "first_buyable_day", "first_buyable_date", "launch_date")
            ),
            count("platform_days", "platform_limited_days", "exempt_days"),
        ),
        (
            cell("days", "days", _launch_days),
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
        ("accepted", "entries", "count"),
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
)
