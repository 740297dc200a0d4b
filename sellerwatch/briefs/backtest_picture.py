"""A backtest as a picture: for each rule the episodes open day by day, and how long before an event people knew."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sellerwatch.alerts.backtest.foresight import AHEAD, Foresight
from sellerwatch.alerts.backtest.report import Backtest, Outcome, RuleCompared
from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days

MOST_RULES: Final = 12
"""So many rules are drawn, those that the file changes and then those with most episodes first; more is not looked at."""

LONGEST_LEAD: Final = 21
"""Leads of so many days and more are one bar."""

MISSED: Final = -3
"""Where what nobody was told of is drawn, beside the leads."""

HEADROOM: Final = 1.45
"""So much higher than the highest value an axis reaches, to leave room for the legend."""

FILE_COLOUR, CONFIGURED_COLOUR, EVENT_COLOUR = "#1f5fa8", "#8a8f98", "#c0392b"
_WIDTH, _ROW_HEIGHT, _DOTS_PER_INCH = 12.0, 2.9, 110
_TICKS: Final = 8


def draw_backtest(found: Backtest, path: Path) -> None:
    """Draw it into a PNG file.

    Raises:
        ConfigError: the file cannot be written.
    """
    shown = _worth_showing(found.rules)
    # Not through pyplot, which keeps a state that other drawings share.
    figure = Figure(figsize=(_WIDTH, max(1, len(shown)) * _ROW_HEIGHT + 0.9), layout="constrained")
    days = found.chosen.days
    figure.suptitle(f"Backtest {days.first} to {days.last}: {', '.join(sorted(found.chosen.nights))}", x=0.01, ha="left")
    axes = figure.subplots(max(1, len(shown)), 2, squeeze=False, gridspec_kw={"width_ratios": [2, 1]})
    if not shown:
        for axis in axes[0]:
            axis.set_axis_off()
        axes[0][0].text(0, 0.5, "No rule had an episode on these days.")
    for (left, right), rule in zip(axes, shown, strict=False):
        _draw_episodes(left, rule, days)
        _draw_leads(right, rule)
    try:
        figure.savefig(path, format="png", dpi=_DOTS_PER_INCH)
    except OSError as error:
        raise ConfigError(f"cannot write the picture: {error.strerror}", where=str(path), remedy="Name another file") from error


def _worth_showing(rules: Sequence[RuleCompared]) -> list[RuleCompared]:
    """Return the rules that had an episode, or missed an event: what the file changes, then those with most episodes."""
    weighed = {rule.id: _weight(rule) for rule in rules}
    worth = (rule for rule in rules if weighed[rule.id])
    return sorted(worth, key=lambda rule: (rule.change == "same", -weighed[rule.id]))[:MOST_RULES]


def _weight(rule: RuleCompared) -> int:
    return max(
        (
            len(one.episodes) + (len(one.foresight.events) if one.foresight else 0)
            for one in (rule.file, rule.configured)
            if one
        ),
        default=0,
    )


def _sides(rule: RuleCompared) -> Mapping[str, Outcome]:
    """Return what is drawn by its name: the rule of both, or the file's and the configured one."""
    sides = {"both": rule.file} if rule.change == "same" else {"file": rule.file, "configured": rule.configured}
    return {name: outcome for name, outcome in sides.items() if outcome is not None}


def _draw_episodes(axis: Axes, rule: RuleCompared, days: Days) -> None:
    for name, outcome in _sides(rule).items():
        is_configured, count = name == "configured", len(outcome.episodes)
        axis.step(
            range(len(days)),
            outcome.open_by_day,
            where="mid",
            label=f"{name}: {count} new {'episode' if count == 1 else 'episodes'}",
            color=CONFIGURED_COLOUR if is_configured else FILE_COLOUR,
            linestyle="--" if is_configured else "-",
        )
    _mark_events(axis, rule, days)
    axis.set_title(f"{rule.id}: episodes open", loc="left", fontsize="medium")
    axis.set_xlim(-0.5, len(days) - 0.5)
    named = list(enumerate(days))[:: max(1, math.ceil(len(days) / _TICKS))]
    axis.set_xticks([number for number, _ in named], [f"{day:%m-%d}" for _, day in named])
    axis.set_ylim(0, HEADROOM * max(1, *(max(one.open_by_day) for one in _sides(rule).values())))
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend(loc="upper left", fontsize="small", frameon=False)
    axis.spines[["top", "right"]].set_visible(False)


def _mark_events(axis: Axes, rule: RuleCompared, days: Days) -> None:
    foresight = _foresight(rule)
    if foresight is None or not foresight.events:
        return
    axis.plot(
        [(item.event.on - days.first).days for item in foresight.events],
        [0.02] * len(foresight.events),
        marker="|",
        markersize=9,
        linestyle="none",
        color=EVENT_COLOUR,
        transform=axis.get_xaxis_transform(),
        label=f"{len(foresight.events)} events",
    )


def _foresight(rule: RuleCompared) -> Foresight | None:
    return next((one.foresight for one in (rule.file, rule.configured) if one and one.foresight), None)


def _draw_leads(axis: Axes, rule: RuleCompared) -> None:
    axis.set_title("days between alert and event", loc="left", fontsize="medium")
    sides = {name: one.foresight for name, one in _sides(rule).items() if one.foresight and one.foresight.events}
    if not sides:
        axis.set_axis_off()
        axis.text(0, 0.5, "no event" if _foresight(rule) else "no event is defined for this rule", transform=axis.transAxes)
        return
    for number, (name, foresight) in enumerate(sides.items()):
        _draw_bars(axis, name, foresight, offset=0.4 * number - 0.2 * (len(sides) - 1), width=0.8 / len(sides))
    for edge in (min(AHEAD), max(AHEAD)):
        axis.axvline(edge - 0.5, ymax=1 / HEADROOM, color="#cccccc", linewidth=1)
    ticks = [MISSED, 0, *AHEAD[::-1], 14, LONGEST_LEAD]
    axis.set_xticks(ticks, ["missed", *map(str, ticks[1:-1]), f"{LONGEST_LEAD}+"], fontsize="small")
    axis.set_xlim(MISSED - 1, LONGEST_LEAD + 1)
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend(loc="upper right", fontsize="small", frameon=False)
    axis.set_ylim(0, HEADROOM * axis.get_ylim()[1])
    axis.spines[["top", "right"]].set_visible(False)


def _draw_bars(axis: Axes, name: str, foresight: Foresight, *, offset: float, width: float) -> None:
    counted = Counter(min(lead, LONGEST_LEAD) for lead in foresight.leads) + Counter({MISSED: foresight.missed})
    axis.bar(
        [lead + offset for lead in counted],
        list(counted.values()),
        width=width,
        color=CONFIGURED_COLOUR if name == "configured" else FILE_COLOUR,
        label=f"{name}: {foresight.announced(max(AHEAD))} of {len(foresight.events)} events at least {max(AHEAD)} days before",
    )
