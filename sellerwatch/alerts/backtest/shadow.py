"""What rules in shadow would have sent since they began there, from what the nights said: counted as a backtest counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from sellerwatch.alerts.backtest.episodes import Episode, read_episodes
from sellerwatch.alerts.backtest.foresight import Truth
from sellerwatch.alerts.backtest.outages import last_morning, read_outages
from sellerwatch.alerts.backtest.past import Range
from sellerwatch.alerts.backtest.report import EVENTS, STOCK_OUT, Outcome, count_subjects, outcome_of, outcome_to_dict
from sellerwatch.core.errors import unknown_value
from sellerwatch.core.periods import Days
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse.tables.alerting import ALERT, EVALUATION
from sellerwatch.warehouse.tables.ledger import NIGHT


@dataclass(frozen=True, slots=True)
class Shadowed:
    """One rule in shadow.

    Attributes:
        id: its name.
        rule: what it says.
        since: the first night that its version said something of a subject; None where none has.
        is_over: whether its last day in shadow has passed.
        outcome: what it would have sent; None where no night has said anything.
    """

    id: str
    rule: Rule
    since: date | None
    is_over: bool
    outcome: Outcome | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values; docs/rules.md says what each means."""
        return {
            "rule": self.id,
            "owner": self.rule.owner,
            "version": self.rule.version,
            "since": self.since.isoformat() if self.since else None,
            "until": self.rule.shadow_until.isoformat() if self.rule.shadow_until else None,
            "is_over": self.is_over,
            "outcome": outcome_to_dict(self.outcome),
        }


def chosen_shadows(settings: Settings, name: str | None) -> Mapping[str, Rule]:
    """Return the rules in shadow, or the one that is named.

    Raises:
        ConfigError: no rule in shadow has that name.
    """
    found = {rule_id: rule for rule_id, rule in settings.rules.items() if rule.shadow}
    if name is not None and name not in found:
        raise unknown_value(name, found or ("none: no rule has shadow: true",), what="rule in shadow", where="rules shadow")
    return found if name is None else {name: found[name]}


def shadow_report(
    connection: Connection, settings: Settings, name: str | None, *, stores: Sequence[str], today: date, horizon: timedelta
) -> list[Shadowed]:
    """Return what each of the rules would have sent in these stores.

    Args:
        connection: to the warehouse whose nights judged them.
        settings: the rules, and how their metrics are measured.
        name: one rule in shadow; all of them where none is named.
        stores: whose alerts count.
        today: the last day that counts.
        horizon: an alert was right if its event came within this time.

    Raises:
        ConfigError: no rule in shadow has that name.
    """
    rules = chosen_shadows(settings, name)
    episodes = {
        name: [one for one in found if one.place.store_id in stores]
        for name, found in read_episodes(connection, list(rules)).items()
    }
    return [
        _shadowed(connection, settings, rule_id, stores=stores, episodes=episodes.get(rule_id, ()), until=(today, horizon))
        for rule_id in rules
    ]


def _shadowed(
    connection: Connection,
    settings: Settings,
    name: str,
    *,
    stores: Sequence[str],
    episodes: Sequence[Episode],
    until: tuple[date, timedelta],
) -> Shadowed:
    (today, horizon), rule = until, settings.rules[name]
    since, outcome = _since(connection, name, rule, stores), None
    if since is not None:
        chosen = Range(Days(since, max(since, today)), _nights(connection, stores, since), {}, ())
        truth = _truth(connection, chosen, horizon) if EVENTS.get(rule.metric) == STOCK_OUT else None
        subjects = count_subjects(connection, settings, rule, chosen.nights)
        outcome = outcome_of(rule, episodes, chosen, subjects=subjects, truth=truth)
    is_over = rule.shadow_until is not None and today > rule.shadow_until
    return Shadowed(name, rule, since, is_over, outcome)


def _nights(connection: Connection, stores: Sequence[str], since: date) -> Mapping[str, Sequence[date]]:
    """Return the nights of each store that were judged since then."""
    judged = select(NIGHT.c.store_id, NIGHT.c.as_of).where(NIGHT.c.as_of >= since, NIGHT.c.decided_at.is_not(None))
    found: dict[str, list[date]] = {store_id: [] for store_id in stores}
    for row in connection.execute(judged.where(NIGHT.c.store_id.in_(stores)).order_by(NIGHT.c.as_of)):
        found[row.store_id].append(row.as_of)
    return found


def _since(connection: Connection, name: str, rule: Rule, stores: Sequence[str]) -> date | None:
    joined = EVALUATION.join(ALERT, ALERT.c.fingerprint == EVALUATION.c.fingerprint)
    of_rule = (ALERT.c.rule == name, ALERT.c.store_id.in_(stores))
    of_version = (EVALUATION.c.rule_version == rule.version, EVALUATION.c.is_live.is_(True))
    found: date | None = connection.scalar(
        select(func.min(EVALUATION.c.as_of)).select_from(joined).where(*of_rule, *of_version)
    )
    return found


def _truth(connection: Connection, chosen: Range, horizon: timedelta) -> Truth | None:
    stores = list(chosen.nights)
    known_until = last_morning(connection, stores, chosen.days)
    return Truth(read_outages(connection, stores, chosen.days), known_until, horizon) if known_until else None
