"""Doing the nights again, each as it was known when it was decided, and letting every set of rules judge it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sellerwatch.alerts.backtest.past import Range
from sellerwatch.alerts.backtest.scratch import RuleSet
from sellerwatch.alerts.judging.night import judge_night
from sellerwatch.metrics.rebuild import Then, do_again, workspace_on
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.load import load_waiting
from sellerwatch.warehouse.rebuild.entering import Entering
from sellerwatch.warehouse.rebuild.past import Night, Past
from sellerwatch.warehouse.workspace import Workspace

OUTCOME_REPORTS: Final = frozenset({"fba_inventory"})
"""The reports that tell what came true of an alert; of these alone the days after the last night are read too."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What doing the past again came to.

    Attributes:
        measured: nights that were loaded and measured.
        judged: nights that were judged, each by every set of rules.
        history: nights that were run too late to speak of the present: they paged nobody then, and page nobody here.
        problems: imports that could not be done again.
    """

    measured: int
    judged: int
    history: int
    problems: tuple[str, ...]


def replay(
    workspace: Workspace,
    past: Past,
    chosen: Range,
    *,
    rule_sets: Sequence[RuleSet],
    horizon: timedelta,
    heard: Callable[[int, int, str], None],
) -> Replayed:
    """Do the events of the range again in the workspace's warehouse, and judge its nights.

    A night is judged right after it was measured: later nights know better what it did not know.
    """
    ours = workspace_on(workspace, workspace.engine)
    try:
        return _replayed(ours, past, chosen, rule_sets=rule_sets, horizon=horizon, heard=heard)
    finally:
        shutil.rmtree(ours.raw.workbenches, ignore_errors=True)


def _replayed(
    workspace: Workspace,
    past: Past,
    chosen: Range,
    *,
    rule_sets: Sequence[RuleSet],
    horizon: timedelta,
    heard: Callable[[int, int, str], None],
) -> Replayed:
    entering, problems, live = Entering(past, workspace.raw), list[str](), list[bool]()
    for number, event in enumerate(chosen.events):
        heard(number, len(chosen.events), event.name)
        problems += do_again(workspace, entering, event)
        if isinstance(event, Night) and chosen.is_judged(event):
            live.append(_judge(workspace, event, rule_sets))
    heard(len(chosen.events), len(chosen.events), "what came of it")
    _read_outcome(workspace, entering, past, chosen, horizon)
    measured = sum(isinstance(event, Night) for event in chosen.events)
    return Replayed(measured, live.count(True), live.count(False), tuple(problems))


def _judge(workspace: Workspace, night: Night, rule_sets: Sequence[RuleSet]) -> bool:
    """Judge the night by every set of rules; tell whether it spoke of the present."""
    clock = Then(night.decided_at)
    reports = [
        judge_night(replace(workspace, settings=one.settings, engine=one.engine, clock=clock), night.store_id, night.as_of)
        for one in rule_sets
    ]
    return all(report.is_live for report in reports)


def _read_outcome(workspace: Workspace, entering: Entering, past: Past, chosen: Range, horizon: timedelta) -> None:
    """Load what the stock reports say of the days after the last night, however late they came."""
    until = chosen.days.last + horizon
    wanted = [
        line
        for line in past.lines
        if line.window.report in OUTCOME_REPORTS and chosen.days.first <= line.window.days.first <= until
    ]
    with writing(workspace.engine) as connection:
        entering.enter(connection, wanted)
    for store_id in chosen.nights:
        load_waiting(workspace, store_id)
