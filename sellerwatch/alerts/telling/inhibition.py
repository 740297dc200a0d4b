"""Who holds whose news back: an alert that explains others is told in their stead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from sqlalchemy import func, select

from sellerwatch.alerts.condition.machine import Condition
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.scene import Scene
from sellerwatch.settings.rules import Rule
from sellerwatch.settings.telling import Inhibition
from sellerwatch.settings.tiers import depth
from sellerwatch.warehouse.tables.facts import FACTS

MayHold = Callable[[Alert], bool]


class Inhibitors:
    """The open alerts of a run that explain others.

    Args:
        scene: the run.
        may_hold: whether people know of an alert or are about to; what nobody hears of explains nothing.
    """

    def __init__(self, scene: Scene, may_hold: MayHold) -> None:
        self._scene = scene
        self._sources = [
            (item, [alert for alert in self._active(item) if may_hold(alert)])
            for item in scene.settings.routing.telling.inhibition
        ]

    def holder(self, alert: Alert) -> Alert | None:
        """Return the told alert that holds this one's news back; of a chain its first link, which nothing holds."""
        source = self._direct(alert)
        return (self.holder(source) or source) if source else None

    def _active(self, item: Inhibition) -> Iterator[Alert]:
        for alert in self._scene.alerts.values():
            rule = self._scene.rule_of(alert)
            is_source = rule is not None and rule.metric == item.metric and not rule.shadow and not self._scene.is_ops(alert)
            if rule is not None and is_source and alert.condition.is_open and _is_so_bad(rule, alert.condition, item):
                yield alert

    def _direct(self, alert: Alert) -> Alert | None:
        rule = self._scene.rule_of(alert)
        if rule is None or rule.audience == "ops":
            return None
        for item, sources in self._sources:
            found = self._explaining(sources, alert.subject) if item.covers(rule.metric) else None
            if found:
                return found
        return None

    def _explaining(self, sources: list[Alert], subject: Subject) -> Alert | None:
        if subject.kind == "asin":
            by_sku = [source for source in sources if source.subject.kind == "sku"]
            if by_sku and (found := self._of_all_offers(by_sku, subject)):
                return found
        return next((source for source in sources if self._contains(source.subject, subject)), None)

    def _contains(self, wide: Subject, narrow: Subject) -> bool:
        """Tell whether what is wrong with the one is wrong with all of the other."""
        if wide.kind == "store":
            return True
        if wide.marketplace != narrow.marketplace or narrow.kind == "store":
            return False
        if wide.kind == "marketplace":
            return True
        if wide.kind == "asin" and narrow.kind == "sku":
            return narrow.id in self._offers.get((wide.marketplace, wide.id), frozenset())
        return (wide.kind, wide.id) == (narrow.kind, narrow.id)

    def _of_all_offers(self, sources: list[Alert], product: Subject) -> Alert | None:
        """A product sold under several SKUs is explained only where each of them is short."""
        offers = self._offers.get((product.marketplace, product.id), frozenset())
        short = {source.subject.id: source for source in sources if source.subject.marketplace == product.marketplace}
        return short[min(offers)] if offers and offers <= short.keys() else None

    @cached_property
    def _offers(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The SKUs of each product of each marketplace in its newest stock report."""
        table, run = FACTS["fba_inventory"], self._scene.run
        ours = (table.c.store_id == run.store_id, table.c.snapshot_on <= run.as_of)
        newest = (
            select(table.c.marketplace, func.max(table.c.snapshot_on).label("on")).where(*ours).group_by(table.c.marketplace)
        ).subquery("newest")
        asked = (
            select(table.c.marketplace, table.c.asin, table.c.sku)
            .join(newest, (newest.c.marketplace == table.c.marketplace) & (newest.c.on == table.c.snapshot_on))
            .where(*ours, table.c.asin.is_not(None))
        )
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in self._scene.connection.execute(asked):
            found[row.marketplace, row.asin].add(row.sku)
        return {product: frozenset(skus) for product, skus in found.items()}


def _is_so_bad(rule: Rule, condition: Condition, item: Inhibition) -> bool:
    """Tell whether an open alert is deep enough to explain others, and past the value that it takes where the tier says too little."""
    if depth(condition.tier) < depth(item.tier):
        return False
    if item.value is None or condition.value is None:
        return item.value is None
    return condition.value <= item.value if rule.breach == "at_most" else condition.value >= item.value
