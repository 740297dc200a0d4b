"""What messages say beside a value, read for many subjects at once: a night with a thousand breaches asks no more than one with ten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any, Final, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, func, select

from sellerwatch.alerts.condition.machine import OPEN
from sellerwatch.alerts.reading.standing import stages_of
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.reading.values import Asked as StageAsked
from sellerwatch.alerts.showing.alongside import Alongside, moved_with
from sellerwatch.alerts.showing.causes import Cause, likely_causes
from sellerwatch.alerts.showing.money import AtRisk, Paced, Sku, money_at_risk, paces
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.stock.forecast import Forecast
from sellerwatch.metrics.stock.inbound import Morning, Place, forecasts
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Tier
from sellerwatch.settings.rule_checks import feeds_of
from sellerwatch.settings.rules import STAGED, Band, Rule
from sellerwatch.settings.tiers import tiers_at
from sellerwatch.warehouse.checks.results import Verdict, results_of, verdicts
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.facts import FACTS

AT_ONCE: Final = 500
"""Subjects in one statement; databases limit them."""

Key = TypeVar("Key")
Value = TypeVar("Value")
Night = tuple[str, date]
"""A store and a business day."""

_STOCK: Final = ("product_name", "asin", "sellable_units", "inbound_receiving_units", "inbound_shipped_units")


class Falling(NamedTuple):
    """A subject of which it is asked what accounts for a fall."""

    store_id: str
    metric: str
    as_of: date
    subject: Subject


class Moving(NamedTuple):
    """A product of which it is asked what moved with its number."""

    store_id: str
    metric: str
    as_of: date
    period: str
    subject: Subject


class Memo(Generic[Key, Value]):
    """Values that are read for many keys in one go, and kept; one that nobody announced is read when it is asked for."""

    def __init__(self, read: Callable[[Collection[Key]], Mapping[Key, Value]]) -> None:
        """Say how values are read; a key that is not among what was read has none."""
        self._read = read
        self._known: dict[Key, Value | None] = {}

    def want(self, keys: Iterable[Key]) -> None:
        """Read what will be asked for."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._known]
        if missing:
            self._known |= dict.fromkeys(missing)
            self._known |= self._read(missing)

    def get(self, key: Key) -> Value | None:
        """Return the value of a key; None where it has none."""
        self.want((key,))
        return self._known[key]


@dataclass(slots=True)
class AtHand:
    """What is known of the subjects of one transaction, as far as somebody wanted it."""

    connection: Connection
    settings: Settings
    stock: Memo[Sku, Mapping[str, object]] = field(init=False)
    """The newest snapshot of each SKU up to the day; an alert may outlive the SKU's last appearance."""
    paces: Memo[Sku, Paced] = field(init=False)
    risks: Memo[Sku, AtRisk] = field(init=False)
    forecasts: Memo[Sku, Forecast] = field(init=False)
    causes: Memo[Falling, Cause] = field(init=False)
    moves: Memo[Moving, Alongside] = field(init=False)
    verdicts: Memo[Night, Sequence[Verdict]] = field(init=False)
    stages: Memo[tuple[str, date, str], Mapping[tuple[str, str], str]] = field(init=False)
    """By store, night and level, the stage of life of each subject."""

    def __post_init__(self) -> None:
        """Tie each kind of fact to what reads it."""
        connection = self.connection
        self.stock = Memo(partial(_stock, connection))
        self.paces = Memo(partial(_by_marketplace, partial(paces, connection)))
        self.risks = Memo(partial(_by_marketplace, partial(money_at_risk, connection)))
        self.forecasts = Memo(partial(_by_marketplace, partial(_forecasts, connection, self.settings)))
        self.causes = Memo(partial(_causes, connection))
        self.moves = Memo(partial(_moves, connection, self.settings))
        self.verdicts = Memo(partial(_verdicts, connection))
        self.stages = Memo(partial(_stages, connection, self.settings))

    def bands(self, rule: Rule, store_id: str, as_of: date, subject: Subject) -> Mapping[Tier, Band]:
        """Return the tiers of a subject that the night does not name; none where they are told against something else."""
        if rule.compared_with or rule.relative_to:
            return {}
        if not rule.lifecycle or subject.kind not in STAGED:
            return rule.tiers
        stage = (self.stages.get((store_id, as_of, subject.kind)) or {}).get((subject.marketplace, subject.id))
        own = next((tiers for name, tiers in rule.lifecycle.items() if name == stage), None)
        return tiers_at(rule.tiers, own) if own else rule.tiers

    def frozen_by(self, store_id: str, marketplace: str, feed: str) -> int:
        """Count the open alerts that neither fire nor resolve while the feed is late; as they are now, not as they were."""
        heard = {name: rule for name, rule in self.settings.rules.items() if not rule.shadow}
        rules = [name for name, rule in heard.items() if feed in feeds_of(self.settings, rule)]
        places = (marketplace, EVERY_MARKETPLACE)
        resting = (ALERT.c.store_id == store_id, ALERT.c.marketplace.in_(places), ALERT.c.status.in_(OPEN))
        counted = select(func.count()).select_from(ALERT).where(*resting, ALERT.c.rule.in_(rules))
        return int(self.connection.execute(counted).scalar_one())


def _stages(
    connection: Connection, settings: Settings, asked: Collection[tuple[str, date, str]]
) -> Mapping[tuple[str, date, str], Mapping[tuple[str, str], str]]:
    found = {key: stages_of(StageAsked(connection, settings, *key)) for key in asked}
    return {key: dict(zip(stages.index.tolist(), stages.tolist(), strict=True)) for key, stages in found.items()}


def _batches(skus: Collection[Sku]) -> Iterator[list[Sku]]:
    """Yield SKUs of one store, day and marketplace, so many that one statement may name them."""
    for _, found in groupby(sorted(skus, key=Sku.key), key=lambda sku: Sku.key(sku)[:-1]):
        same = list(found)
        yield from (same[start : start + AT_ONCE] for start in range(0, len(same), AT_ONCE))


def _by_marketplace(read: Callable[[Sequence[Sku]], Mapping[Sku, Value]], skus: Collection[Sku]) -> Mapping[Sku, Value]:
    found: dict[Sku, Value] = {}
    for batch in _batches(skus):
        found |= read(batch)
    return found


def _stock(connection: Connection, skus: Collection[Sku]) -> Mapping[Sku, Mapping[str, object]]:
    found: dict[Sku, Mapping[str, object]] = {}
    for batch in _batches(skus):
        now = _snapshot(connection, batch, is_newest=True)
        gone = [sku for sku in batch if sku.id not in now]
        before = _snapshot(connection, gone, is_newest=False) if gone else {}
        found |= {sku: row for sku in batch if (row := now.get(sku.id) or before.get(sku.id))}
    return found


def _snapshot(connection: Connection, skus: Sequence[Sku], *, is_newest: bool) -> Mapping[str, Mapping[str, object]]:
    """Return what the marketplace's newest snapshot says of each SKU; or what the last one did that named it."""
    table, one = FACTS["fba_inventory"], skus[0]
    where = (table.c.store_id == one.store_id, table.c.marketplace == one.marketplace, table.c.snapshot_on <= one.as_of)
    named = table.c.sku.in_([sku.id for sku in skus])
    columns = (table.c.sku, *(table.c[name] for name in _STOCK))
    if is_newest:
        newest = select(func.max(table.c.snapshot_on)).where(*where).scalar_subquery()
        statement = select(*columns).where(*where, named, table.c.snapshot_on == newest)
    else:
        last = select(table.c.sku, func.max(table.c.snapshot_on).label("seen_on")).where(*where, named).group_by(table.c.sku)
        seen = last.subquery("seen")
        joined = table.join(seen, (seen.c.sku == table.c.sku) & (seen.c.seen_on == table.c.snapshot_on))
        statement = select(*columns).select_from(joined).where(*where)
    return {row.sku: dict(row._mapping) for row in connection.execute(statement)}  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def _forecasts(connection: Connection, settings: Settings, skus: Sequence[Sku]) -> Mapping[Sku, Forecast]:
    asked = {Place(sku.marketplace, sku.id): sku for sku in skus}
    found = forecasts(connection, settings, Morning(skus[0].store_id, skus[0].as_of, tuple(asked)))
    return {sku: found[place] for place, sku in asked.items() if place in found}


def _causes(connection: Connection, asked: Collection[Falling]) -> Mapping[Falling, Cause]:
    groups: dict[tuple[Any, ...], list[Falling]] = defaultdict(list)
    for item in asked:
        groups[item.store_id, item.metric, item.as_of].append(item)
    found: dict[Falling, Cause] = {}
    for (store_id, metric, as_of), items in groups.items():
        for start in range(0, len(items), AT_ONCE):
            subjects = {item.subject: item for item in items[start : start + AT_ONCE]}
            causes = likely_causes(connection, store_id, list(subjects), metric, as_of)
            found |= {subjects[subject]: cause for subject, cause in causes.items()}
    return found


def _moves(connection: Connection, settings: Settings, asked: Collection[Moving]) -> Mapping[Moving, Alongside]:
    groups: dict[tuple[str, str, date, str, str], list[Moving]] = defaultdict(list)
    for item in asked:
        groups[item.store_id, item.metric, item.as_of, item.period, item.subject.kind].append(item)
    found: dict[Moving, Alongside] = {}
    for (store_id, metric, as_of, period, _), items in groups.items():
        for start in range(0, len(items), AT_ONCE):
            subjects = {item.subject: item for item in items[start : start + AT_ONCE]}
            moved = moved_with(connection, settings, list(subjects), metric, (store_id, as_of, period))
            found |= {subjects[subject]: item for subject, item in moved.items()}
    return found


def _verdicts(connection: Connection, nights: Collection[Night]) -> Mapping[Night, Sequence[Verdict]]:
    return {night: verdicts(results_of(connection, *night)) for night in nights}
