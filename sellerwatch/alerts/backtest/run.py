"""A backtest from beginning to end, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from sellerwatch.alerts.backtest.episodes import read_episodes
from sellerwatch.alerts.backtest.foresight import Truth
from sellerwatch.alerts.backtest.outages import last_morning, read_outages
from sellerwatch.alerts.backtest.past import Range
from sellerwatch.alerts.backtest.replay import replay
from sellerwatch.alerts.backtest.report import EVENTS, STOCK_OUT, Backtest, Outcome, compare_rules, count_subjects, outcome_of
from sellerwatch.alerts.backtest.scratch import RuleSet, opened_measured, opened_rule_set
from sellerwatch.core.clock import Clock
from sellerwatch.core.periods import Days
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.rebuild.past import Past
from sellerwatch.warehouse.workspace import Workspace

CONFIGURED: Final = "configured"
FILE: Final = "file"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be tried out.

    Attributes:
        configured: the settings as they are.
        file: the same with the rules to be tried out.
        raw: where the documents are.
        past: what happened.
        chosen: which of it is done again.
        horizon: an alert was right if its event came within this time.
    """

    configured: Settings
    file: Settings
    raw: RawStore
    past: Past
    chosen: Range
    horizon: timedelta


def run_backtest(order: Order, folder: Path, *, clock: Clock, heard: Callable[[int, int, str], None]) -> Backtest:
    """Do the past again and judge it by both sets of rules; where both are the same, once.

    Args:
        order: what is to be tried out.
        folder: an empty folder for the warehouses, which nobody needs afterwards.
        clock: the present, which only imports of people's own tables ask for.
        heard: is told how far it has come.
    """
    sets = {CONFIGURED: order.configured, FILE: order.file}
    if order.configured.rules == order.file.rules:
        del sets[CONFIGURED]
    with opened_measured(folder, order.configured.warehouse_url) as measured, ExitStack() as opened:
        rule_sets = {name: opened.enter_context(opened_rule_set(name, one, folder)) for name, one in sets.items()}
        workspace = Workspace(order.configured, measured, order.raw, clock)
        replayed = replay(
            workspace, order.past, order.chosen, rule_sets=[*rule_sets.values()], horizon=order.horizon, heard=heard
        )
        truth = _truth(measured, order)
        found = {name: _outcomes(one, measured, order.chosen, truth) for name, one in rule_sets.items()}
    return Backtest(
        chosen=order.chosen,
        replayed=replayed,
        known_until=truth.known_until if truth else None,
        horizon_days=order.horizon.days,
        rules=compare_rules(found.get(CONFIGURED, found[FILE]), found[FILE]),
    )


def _truth(measured: Engine, order: Order) -> Truth | None:
    """Return what came true, or None where the stock of a store was never reported."""
    chosen, stores = order.chosen, tuple(order.chosen.nights)
    days = Days(chosen.first_judged, chosen.days.last + order.horizon)
    with reading(measured) as connection:
        known_until = last_morning(connection, stores, days)
        return Truth(read_outages(connection, stores, days), known_until, order.horizon) if known_until else None


def _outcomes(rule_set: RuleSet, measured: Engine, chosen: Range, truth: Truth | None) -> Mapping[str, Outcome]:
    counted = {store_id: [night for night in nights if night in chosen.days] for store_id, nights in chosen.nights.items()}
    with reading(rule_set.engine) as connection:
        episodes = read_episodes(connection)
    with reading(measured) as connection:
        return {
            name: outcome_of(
                rule,
                episodes.get(name, ()),
                chosen,
                subjects=count_subjects(connection, rule_set.settings, rule, counted),
                truth=truth if EVENTS.get(rule.metric) == STOCK_OUT else None,
            )
            for name, rule in rule_set.rules.items()
        }
