"""What the configuration says about a KPI: its quotient as the warehouse has it, its tiers as they are judged, its worksheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.catalogue import kind_of
from sellerwatch.metrics.sheets.inputs import Input, number, whole
from sellerwatch.metrics.sheets.kinds import SETTINGS, Cell, Sheet
from sellerwatch.metrics.sheets.quantity import Quantity, Sign, both, either, total, unknown
from sellerwatch.reports.contract import Kind
from sellerwatch.settings.catalogue import Grain, Metric, expression_of, names_in
from sellerwatch.settings.expressions import Aggregate, Combination, Expression
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Clause, Conditions, Rule
from sellerwatch.settings.shipped import shipped_config
from sellerwatch.settings.tiers import depth

Bands = Mapping[Tier, tuple[Sign, str]]

RULE_PACK: Final[Mapping[str, Bands]] = {
    "stockout_rate": {"yellow": (">", "2"), "orange": (">", "4"), "red": (">", "8")},
    "in_transit_share": {"yellow": (">", "15"), "orange": (">", "25")},
    "inventory_turnover_days": {"yellow": (">=", "50"), "orange": (">=", "90"), "red": (">=", "180")},
    "return_rate": {"red": (">=", "25")},
    "odr": {"yellow": (">=", "0.7"), "orange": (">=", "0.9"), "red": (">=", "1")},
    "late_shipment_rate": {"yellow": (">=", "3"), "orange": (">=", "3.5"), "red": (">=", "4")},
    "cancel_rate": {"yellow": (">=", "1.5"), "orange": (">=", "2"), "red": (">=", "2.5")},
    "valid_tracking_rate": {"yellow": ("<", "97"), "orange": ("<", "96"), "red": ("<", "95")},
    "on_time_delivery_rate": {"yellow": ("<", "97"), "orange": ("<", "95")},
    "roas": {"yellow": ("<=", "3"), "orange": ("<=", "2.5"), "red": ("<=", "1")},
    "gmv_attainment_pct": {"yellow": ("<", "90"), "orange": ("<", "80"), "red": ("<", "60")},
    "featured_offer_pct": {"yellow": ("<", "95"), "orange": ("<", "90"), "red": ("<", "70")},
    "net_margin_pct": {"yellow": ("<", "8"), "orange": ("<", "4"), "red": ("<", "0")},
    "cash_runway_months": {"yellow": ("<", "4"), "red": ("<", "3")},
    "fulfilment_overdue_rate": {"yellow": (">", "4"), "orange": (">", "5")},
    "excess_inventory_pct": {"orange": (">", "25")},
    "stranded_inventory_pct": {"yellow": (">", "0")},
    "logistics_cost_ratio": {"orange": (">=", "22")},
}
"""Where the tiers of a KPI begin while no rule in alert_rules.yaml watches it; a rule goes first."""

SIGNS_OF: Final[Mapping[tuple[str, bool], Sign]] = {
    ("at_most", False): "<=",
    ("at_most", True): "<",
    ("at_least", False): ">=",
    ("at_least", True): ">",
}
"""How a rule's tiers are entered, by the side on which the trouble lies and whether the limit itself is still fine."""

TARGETS: Final[Mapping[str, tuple[Sign, str]]] = {
    "unit_cost_reduction_pct": (">=", "8"),
    "nps": (">=", "45"),
    "skill_cert_rate": (">=", "90"),
    "stocking_accuracy_dev": ("<=", "10"),
    "new_product_cycle_days": ("<=", "45"),
    "ipi_score": (">=", "400"),
    "repeat_purchase_rate": (">=", "35"),
    "new_customer_sales_share": (">=", "30"),
    "net_margin_pct": (">=", "8"),
    "stockout_rate": ("<=", "2"),
    "in_transit_share": ("<=", "15"),
    "cash_runway_months": (">=", "3"),
    "on_time_delivery_rate": (">=", "95"),
    "fulfilment_overdue_rate": ("<=", "5"),
}
"""What is aimed at where nobody has set a target."""


@cache
def shipped_settings() -> Settings:
    """Return the configuration that sellerwatch comes with."""
    return load_settings({"SELLERWATCH_CONFIG": str(shipped_config())})


def definition(settings: Settings, metric: str) -> Metric:
    """Return a metric as it is configured, or as it is shipped where it was taken out."""
    return settings.metrics.get(metric) or shipped_settings().metrics[metric]


def ratio(settings: Settings, metric: str, top: Quantity, bottom: Quantity, *, without: str = "zero_denominator") -> Quantity:
    """Return a metric's quotient as the warehouse has it: its scale, its least denominator, its reason where there is none.

    Args:
        settings: what is configured.
        metric: the metric's name.
        top: the numerator.
        bottom: the denominator.
        without: the reason without a denominator, for a metric whose definition names none.
    """
    defined = definition(settings, metric)
    reason = defined.without_denominator if defined.denominator is not None else without
    found = top.over(bottom, reason) * defined.scale
    if found.value is None or bottom.value is None:
        return found
    if bottom.value < 0:
        return unknown("negative_denominator")
    return unknown("below_min_volume") if defined.minimum and bottom.value < defined.minimum else found


def within(part: Quantity, whole: Quantity, words: str) -> Quantity:
    """Return the part of a whole.

    Raises:
        ConfigError: it is more than the whole.
    """
    if part.compares(">", whole):
        raise ConfigError(f"{words}: {_plain(part)} of {_plain(whole)}", remedy="Correct one of them")
    return part


def _plain(number: Quantity) -> str:
    return f"{float(number):g}"


def quotient(name: str, unit: str, metric: str, pair: tuple[str, str], without: str = "zero_denominator") -> Cell:
    """Return a cell that divides the first of a pair by the second, as the metric is defined."""

    def work(settings: Settings, **given: Quantity) -> Quantity:
        return ratio(settings, metric, given[pair[0]], given[pair[1]], without=without)

    return Cell(name, unit, work, (SETTINGS, *pair))


def share(name: str, metric: str, pair: tuple[str, str], without: str) -> Cell:
    """Return a cell for how much of the second of a pair the first is, in percent: some of a whole, and never more than it."""

    def work(settings: Settings, **given: Quantity) -> Quantity:
        part = within(given[pair[0]], given[pair[1]], f"{pair[0].removeprefix('_')} is more than {pair[1]}")
        return ratio(settings, metric, part, given[pair[1]], without=without)

    return Cell(name, "%", work, (SETTINGS, *pair))


def limited_tiers(settings: Settings, metric: str) -> tuple[Tier, ...]:
    """Return the tiers that have a limit in the metric's own unit; none of a metric that nothing watches so."""
    rule = _rule_of(settings, metric)
    return tuple(name for name in TIERS if name in (rule.tiers if rule else RULE_PACK.get(metric, {})))


def _rule_of(settings: Settings, metric: str) -> Rule | None:
    return next((rule for rule in settings.rules.values() if rule.metric == metric and rule.limits_are_values), None)


def tier(settings: Settings, metric: str, value: Quantity) -> Tier | None:
    """Return the deepest tier that a value reaches, by the rule that watches the metric."""
    if value.value is None:
        return None
    return max((name for name in TIERS if is_in(settings, metric, name, value)), key=depth, default=None)


def sign_of(settings: Settings, metric: str, name: Tier) -> Sign:
    """Return how a value lies to where a tier begins, once it is in it."""
    rule = _rule_of(settings, metric)
    return SIGNS_OF[rule.breach, rule.strictly] if rule else RULE_PACK[metric][name][0]


def is_in(settings: Settings, metric: str, name: Tier, value: Quantity) -> bool | None:
    """Tell whether a value is at or past where a tier begins; None where the value is unknown."""
    rule = _rule_of(settings, metric)
    if name not in limited_tiers(settings, metric):
        return False
    limit = str(rule.tiers[name].enter) if rule else RULE_PACK[metric][name][1]
    return value.compares(sign_of(settings, metric, name), Fraction(limit))


def entered_together(settings: Settings, metric: str, values: Mapping[str, Quantity]) -> dict[Tier, bool | None]:
    """Return which tiers are reached of the rule that judges several values, of which the metric is the first."""
    rule = next((rule for rule in settings.rules.values() if rule.metric == metric and rule.when), None)
    return {name: _holds(conditions, values) for name, conditions in rule.when.items()} if rule else {}


def _holds(conditions: Conditions, values: Mapping[str, Quantity]) -> bool | None:
    nobody_knows = unknown("no_data")

    def met(clause: Clause) -> bool | None:
        sign = SIGNS_OF[clause.breach, clause.is_strict]
        return values.get(clause.metric, nobody_knows).compares(sign, Fraction(str(clause.enter)))

    needed = map(met, conditions.all)
    return both(*needed, either(*map(met, conditions.any))) if conditions.any else both(*needed)


def is_reached(metric: str, value: Quantity) -> bool | None:
    """Tell whether a value is where it is aimed at."""
    sign, limit = TARGETS[metric]
    return value.compares(sign, Fraction(limit))


# Worksheets that the catalogue itself makes


def configured_sheet(settings: Settings, metric_id: str) -> Sheet | None:
    """Return a computed metric's worksheet over the parts of the catalogue; None for one that is not computed from it."""
    metric = settings.metrics.get(metric_id)
    if metric is None or metric.numerator is None:
        return None
    grain: Grain = "marketplace" if {"store", "marketplace"} & metric.grains.keys() else next(iter(metric.grains))
    parts = dict(_parts(settings, grain, (*names_in(metric.numerator), *names_in(metric.denominator), *_doubts(metric))))
    return Sheet(
        kpi=metric_id,
        question=metric.formula,
        takes=tuple(_input(name, expression) for name, expression in parts.items()),
        gives=(
            _answer(metric_id, metric),
            *(_sum(name, item) for name, item in parts.items() if isinstance(item, Combination)),
        ),
    )


def _doubts(metric: Metric) -> tuple[str, ...]:
    return tuple(metric.unknown.values())


def _parts(settings: Settings, grain: Grain, names: tuple[str, ...]) -> Iterator[tuple[str, Expression]]:
    """Yield the named parts and those that they are made of."""
    for name in names:
        expression = expression_of(settings.parts[name], grain)
        if expression is not None:
            yield name, expression
            yield from _parts(settings, grain, names_in(expression))


def _input(name: str, expression: Expression) -> Input:
    if isinstance(expression, Combination):
        return Input(name, "sum", number)
    kind = kind_of(expression)
    is_count = kind is Kind.INTEGER and expression.function != "mean"
    return Input(name, _UNITS[kind], whole if is_count and not _is_product(expression) else number)


_UNITS: Final[Mapping[Kind, str]] = {Kind.INTEGER: "count", Kind.MONEY: "currency", Kind.DECIMAL: "number"}


def _is_product(expression: Aggregate) -> bool:
    return len(expression.columns) > 1


def _sum(name: str, expression: Combination) -> Cell:
    """Return a step on the way: a part added up from others."""
    return Cell(name, "sum", lambda **given: _combined(expression, given), names_in(expression))


def _combined(expression: Combination, given: Mapping[str, Any]) -> Quantity:
    return total(given[name] * times for name, times in expression.terms)


def _answer(metric_id: str, metric: Metric) -> Cell:
    needs = dict.fromkeys((SETTINGS, *names_in(metric.numerator), *names_in(metric.denominator)))

    def work(settings: Settings, **given: Quantity) -> Quantity:
        for reason, part in metric.unknown.items():
            if part in given and given[part].compares(">", 0):
                return unknown(reason)
        if metric.numerator is None or metric.denominator is None:
            return _combined(metric.numerator, given) if metric.numerator else unknown("no_data")
        return ratio(settings, metric_id, _combined(metric.numerator, given), _combined(metric.denominator, given))

    return Cell(metric_id, metric.unit, work, tuple(needs), _doubts(metric))
