"""What only the metrics can say is wrong with a rule: which medians of the past there are, and for which periods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.comparison.comparable import method_for
from sellerwatch.metrics.limits import TOLD
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.looking_over import lint_rules
from sellerwatch.settings.rules import Comparison, Rule


def findings(values: Mapping[str, str] | None = None) -> list[ConfigError]:
    """Return everything that is wrong with the rules, each with file, line and what to do.

    Args:
        values: the environment; the process's own when None.
    """
    return lint_rules(values) or list(_of_comparisons(load_settings(values)))


def _of_comparisons(settings: Settings) -> Iterator[ConfigError]:
    where = settings.config_folder / "alert_rules.yaml"
    for rule_id, rule in settings.rules.items():
        for metric, period, comparison in _comparisons(rule):
            yield from _wrong(metric, period, comparison, f"{where}, rules.{rule_id}")


def _comparisons(rule: Rule) -> Iterator[tuple[str, Period, Comparison]]:
    if rule.compared_with:
        yield rule.metric, rule.period, rule.compared_with
    for clause in rule.clauses:
        if clause.compared_with:
            yield clause.metric, clause.period or rule.period, clause.compared_with


def _wrong(metric: str, period: Period, comparison: Comparison, where: str) -> Iterator[ConfigError]:
    for reference in comparison.to:
        if reference.what == "amazon_limit" and metric not in TOLD:
            remedy = f"Compare something else, or one of: {', '.join(TOLD)}"
            yield ConfigError(f"Amazon tells no limit of {metric}", where=where, remedy=remedy)
        if reference.what == "own_past":
            try:
                method_for(str(reference.method), period)
            except ConfigError as error:
                yield ConfigError(error.what, where=where, remedy=error.remedy)
