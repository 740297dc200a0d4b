"""What alert_rules.yaml and playbooks.yaml say against the other files: every name is defined there, and what is compared has one unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from sellerwatch.core.errors import ConfigError, unknown_name, unknown_value
from sellerwatch.settings.catalogue import Metric, Period, periods_of
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.routing import Routing
from sellerwatch.settings.rules import STAGED, Comparison, Floor, Playbook, Reference, Rule
from sellerwatch.settings.yamlfile import YamlFile

PARTS: Final = ("numerator", "denominator")
"""What may follow a metric and a point in ``minimum``: the number that is divided, or by which."""

DAILY_SUMS: Final = frozenset({"gmv", "net_sales", "units"})
"""Metrics with one value a day that add up to that of a period."""

RUNS: Final[Mapping[Period, int]] = {"d7": 7, "d14": 14, "d30": 30, "d90": 90, "week": 7}
"""The periods of a fixed number of days."""


class Configured(Protocol):
    """The parts of the configuration that rules name."""

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """What can be watched."""

    @property
    def playbooks(self) -> Mapping[str, Playbook]:
        """What people are asked to do."""

    @property
    def routing(self) -> Routing:
        """Who owns what."""


def rule_findings(configured: Configured, file: YamlFile) -> Iterator[ConfigError]:
    """Yield everything that is wrong with the rules, in the order of the file."""
    for rule_id, rule in configured.rules.items():
        yield from _Checking(configured, file, rule_id, rule).findings()


def playbook_findings(configured: Configured, file: YamlFile) -> Iterator[ConfigError]:
    """Yield each playbook that is kept by a role nobody has, in the order of the file."""
    owners = configured.routing.owners
    for name, playbook in configured.playbooks.items():
        if playbook.owner not in owners:
            where, listed = file.where("playbooks", name, "owner"), f"use one of: {', '.join(owners)}"
            yield unknown_name(playbook.owner, owners, what="owner", where=where, listed=listed)


@dataclass(frozen=True, slots=True)
class _Checking:
    """One rule held against the other files."""

    configured: Configured
    file: YamlFile
    rule_id: str
    rule: Rule

    def findings(self) -> Iterator[ConfigError]:
        named = [*self._names()]
        yield from named
        if named:  # what a rule says of a metric that does not exist means nothing
            return
        yield from self._measured()
        yield from self._steps()
        yield from self._units()
        yield from self._floors()

    def _where(self, *keys: str | int) -> str:
        return self.file.where("rules", self.rule_id, *keys)

    def _names(self) -> Iterator[ConfigError]:
        rule, configured = self.rule, self.configured
        roles = (
            (("deputy",), rule.deputy),
            *((("escalation", n, "role"), step.role) for n, step in enumerate(rule.escalation)),
        )
        references: list[tuple[tuple[str | int, ...], str, str, Mapping[str, object]]] = [
            (("metric",), "metric", rule.metric, configured.metrics),
            (("playbook",), "playbook", rule.playbook, configured.playbooks),
            (("owner",), "owner", rule.owner, configured.routing.owners),
            *((keys, "owner", role, configured.routing.owners) for keys, role in roles if role),
            *((("when",), "metric", name, configured.metrics) for name in rule.metrics[1:]),
            *((("minimum", key), "metric", floored(key)[0], configured.metrics) for key in rule.minimum),
        ]
        for keys, what, name, defined in references:
            if name not in defined:
                yield unknown_value(name, defined, what=what, where=self._where(*keys))
        if not any(clause.metric == rule.metric for clause in rule.clauses) and rule.is_composite:
            yield ConfigError(
                f"no condition reads the rule's own metric {rule.metric}",
                where=self._where("metric"),
                remedy="Name the metric that the alert is about; its owner and its page in docs/metrics.md are shown",
            )
        for key in rule.minimum:
            if (part := floored(key)[1]) and part not in PARTS:
                yield unknown_value(part, PARTS, what="part of a metric", where=self._where("minimum", key))

    def _steps(self) -> Iterator[ConfigError]:
        """A tier may take the steps of a milder one, so the mildest needs some; a message that asks for nothing helps nobody."""
        every = {*self.rule.tiers, *(tier for own in self.rule.lifecycle.values() for tier in (*own.tiers, *own.when))}
        mildest = next(tier for tier in TIERS if tier in every)
        if not self.configured.playbooks[self.rule.playbook].steps.get(mildest):
            yield ConfigError(
                f"playbook {self.rule.playbook!r} has no steps for the tier {mildest!r} of the rule",
                where=self._where("playbook"),
                remedy=f"Write steps for {mildest} in playbooks.yaml or name another playbook",
            )

    def _read(self) -> Iterator[tuple[str, Period, str]]:
        """Yield every metric that is read of the rule's subjects, its period, and the key that says so."""
        rule = self.rule
        yield rule.metric, rule.period, "period"
        for clause in rule.clauses:
            yield clause.metric, clause.period or rule.period, "when"
        for comparison, period in self._comparisons():
            for reference in comparison.to:
                if reference.metric:
                    yield reference.metric, reference.period or period, "compared_with"

    def _comparisons(self) -> Iterator[tuple[Comparison, Period]]:
        rule = self.rule
        if rule.compared_with:
            yield rule.compared_with, rule.period
        for clause in rule.clauses:
            if clause.compared_with:
                yield clause.compared_with, clause.period or rule.period

    def _measured(self) -> Iterator[ConfigError]:
        yield from self._levels()
        has_own = {"lifecycle": bool(self.rule.lifecycle), "only_in_stock": self.rule.only_in_stock}
        for key in (key for key, is_said in has_own.items() if is_said and self.rule.subject not in STAGED):
            yield ConfigError(
                f"a {self.rule.subject} has no {'stage of life' if key == 'lifecycle' else 'stock of its own'}",
                where=self._where(key),
                remedy=f"Take the key out, or watch one of: {', '.join(sorted(STAGED))}",
            )
        for name, period, key in self._read():
            metric = self.configured.metrics[name]
            if self.rule.subject in metric.subjects and period not in (periods := periods_of(metric, self.rule.subject)):
                what = f"period of {name} for each {self.rule.subject}"
                yield unknown_value(period, periods, what=what, where=self._where(key))

    def _levels(self) -> Iterator[ConfigError]:
        for subjects in dict.fromkeys(self.configured.metrics[name].subjects for name, _, _ in self._read()):
            if self.rule.subject not in subjects:
                yield unknown_value(self.rule.subject, subjects, what="subject", where=self._where("subject"))

    def _units(self) -> Iterator[ConfigError]:
        unit = self.configured.metrics[self.rule.metric].unit
        if self.rule.unit and self.rule.unit != unit:
            yield self._mismatch(f"limits are in {self.rule.unit}", self.rule.metric, unit, "unit")
        pairs: list[tuple[str, Comparison | None]] = [(self.rule.metric, self.rule.compared_with)]
        pairs += [(clause.metric, clause.compared_with) for clause in self.rule.clauses]
        for name, comparison in pairs:
            for reference in comparison.to if comparison else ():
                yield from self._unit_of(name, reference)

    def _unit_of(self, name: str, reference: Reference) -> Iterator[ConfigError]:
        if not reference.metric:
            return
        own, other = (self.configured.metrics[item].unit for item in (name, reference.metric))
        if own != other:
            yield self._mismatch(f"{reference.metric} is in {other}", name, own, "compared_with")

    def _mismatch(self, said: str, metric: str, unit: str, key: str) -> ConfigError:
        return ConfigError(
            f"{said}, and {metric} is in {unit}",
            where=self._where(key),
            remedy="Compare what has one unit, and write limits in the unit of the metric",
        )

    def _floors(self) -> Iterator[ConfigError]:
        for key, floor in self.rule.minimum.items():
            name, part = floored(key)
            metric = self.configured.metrics[name]
            where = self._where("minimum", key)
            if self.rule.subject not in metric.subjects:
                yield unknown_value(self.rule.subject, metric.subjects, what=f"subject of {name}", where=where)
            elif not is_readable_floor(metric, name, self.rule, floor):
                periods = (*periods_of(metric, self.rule.subject), *(RUNS if name in DAILY_SUMS else ()))
                wanted = floor.period or self.rule.period
                yield unknown_value(wanted, periods, what=f"period of {name} for each {self.rule.subject}", where=where)
            elif part and metric.status != "computed":
                yield ConfigError(f"{name} has no {part}", where=where, remedy="Name a metric that the catalogue computes")


def floored(key: str) -> tuple[str, str]:
    """Return the metric that a key of ``minimum`` names, and its part; empty for the value itself."""
    name, _, part = key.partition(".")
    return name, part


def is_readable_floor(metric: Metric, name: str, rule: Rule, floor: Floor) -> bool:
    """Tell whether the metric is measured over the floor's period, or has daily values that add up to it."""
    wanted = floor.period or rule.period
    return wanted in periods_of(metric, rule.subject) or (name in DAILY_SUMS and wanted in RUNS)


def feeds_of(configured: Configured, rule: Rule) -> tuple[str, ...]:
    """Return the feeds of every metric that decides: while one of them is late, the rule judges nothing."""
    return tuple(dict.fromkeys(feed for name in rule.metrics for feed in configured.metrics[name].feeds))
