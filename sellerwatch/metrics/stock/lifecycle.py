"""The stage of each SKU's life: new, mature or clearance, by people's word or by the rule of lifecycle.yaml.

Only changes are stored, so that what was decided on any day, and why, stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, Subquery, and_, delete, func, insert, select

from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.stock.lifecycle_facts import Key, SkuFacts, read_facts, stocked_shares
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import LifecycleFile, Stage
from sellerwatch.warehouse.tables.lifecycle import SKU_STAGE

Source = Literal["user", "rule"]
Row = Mapping[str, Any]

SETTLED: Final = frozenset({"mature", "clearance"})
"""Stages of a SKU that is no longer new, and between which the rule does not change its mind within days."""

_SAYS: Final = ("stage", "source", "said")
"""What makes a change where it differs; the numbers behind it differ every night."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a SKU's stage is, and why.

    Attributes:
        stage: new, mature or clearance.
        source: who decided.
        reason: what decided, in one word.
        from_on: the day from which it holds by itself; the night's, where nothing else says so.
        said: people's word.
        first_on: the day the SKU's life began.
    """

    stage: Stage
    source: Source
    reason: str
    from_on: date
    said: str = ""
    first_on: date | None = None


def begun(facts: SkuFacts, rules: LifecycleFile) -> tuple[date | None, str]:
    """Return the day a SKU's life began and what says so; no day where the warehouse knows too little of its past.

    What was first seen on one of the oldest days that orders are known of may be older, and so may anything of a SKU that was
    listed before them: then its listing's first day is the best there is.
    """
    if facts.launched_on is not None:
        return facts.launched_on, "launched"
    firsts = {"first_receipt": facts.received_on, "first_sale": facts.sold_on}
    first = min(((day, name) for name, day in firsts.items() if day is not None), default=None)
    edge = facts.known_from + timedelta(days=rules.unseen_days) if facts.known_from is not None else date.max
    was_listed_before = facts.opened_on is not None and facts.known_from is not None and facts.opened_on < facts.known_from
    if first is not None and first[0] > edge and not was_listed_before:
        return first
    if facts.opened_on is not None:
        return facts.opened_on, "listed"
    return None, "before_history" if first is not None else "unknown"


def decide(facts: SkuFacts, rules: LifecycleFile, as_of: date, *, before: Row | None, share: float | None) -> Decision:
    """Return the stage of a SKU on a night.

    Args:
        facts: what is known of it.
        rules: lifecycle.yaml.
        as_of: the night.
        before: its newest row so far.
        share: percentage of the known days on which it was in stock; None where too few are known.
    """
    if facts.said and facts.said_from is not None:
        stage: Stage = getattr(rules.said, facts.said)
        return Decision(stage, "user", "said", facts.said_from, facts.said, before["first_on"] if before else None)
    by_rule = before if before is not None and before["source"] == "rule" else None
    is_old = by_rule is not None and by_rule["stage"] in SETTLED
    first_on, how = (by_rule["first_on"], by_rule["reason"]) if is_old and by_rule else begun(facts, rules)
    if first_on is None and before is not None:
        first_on = before["first_on"]
    grown_on = first_on + timedelta(days=rules.new_days) if first_on is not None else None
    if not is_old and grown_on is not None and as_of < grown_on:
        assert first_on is not None  # noqa: S101 - grown_on is made of it
        return Decision("new", "rule", how, first_on, first_on=first_on)
    why = why_clearance(facts, rules, as_of, share=share)
    if why:
        return Decision("clearance", "rule", why, as_of, first_on=first_on)
    if is_old and by_rule:
        reason = "recovered" if by_rule["stage"] == "clearance" else how
        return Decision("mature", "rule", reason, as_of, first_on=first_on)
    return Decision("mature", "rule", "age" if grown_on else how, grown_on or as_of, first_on=first_on)


def why_clearance(facts: SkuFacts, rules: LifecycleFile, as_of: date, *, share: float | None) -> str:
    """Return what makes a SKU a clearance: stock that no longer sells, or sells half as fast and is old; empty where nothing does.

    Whatever is out of stock, or is being sent more of, is none; neither is what too little is known of.
    """
    if not may_be_clearance(facts, rules, as_of) or share is None or share < rules.stocked_share_pct:
        return ""
    return "no_sale" if facts.units_now + facts.units_before == 0 else "aged_and_falling"


def may_be_clearance(facts: SkuFacts, rules: LifecycleFile, as_of: date) -> bool:
    """Tell whether it depends on nothing but how long the SKU was in stock that it is a clearance."""
    needed = as_of - timedelta(days=2 * rules.trend_days)
    is_known = facts.known_from is not None and facts.known_from <= needed
    if not is_known or not facts.sellable_units or facts.inbound_units is None or facts.inbound_units > 0:
        return False
    if facts.units_now + facts.units_before == 0:
        return True
    has_fallen = (facts.units_before - facts.units_now) * 100 >= rules.fall_pct * facts.units_before
    return has_fallen and facts.lying_units > 0 and facts.aged_units * 100 >= rules.aged_share_pct * facts.lying_units


def store_stages(connection: Connection, measuring: Measuring, settings: Settings) -> int:
    """Decide the stage of every SKU of a night and store what has changed; return how many rows that is.

    Running the night again gives the same rows: what it decided before is not what it goes by.
    """
    rules = settings.lifecycle
    before = _rows(connection, measuring, is_before=True)
    facts = read_facts(connection, measuring, rules)
    doubtful = [key for key, one in facts.items() if not one.said and may_be_clearance(one, rules, measuring.as_of)]
    shares = stocked_shares(connection, measuring, rules.trend_days, doubtful)
    rows = [
        row
        for key, one in sorted(facts.items())
        for row in _changed(measuring, rules, one, before=before.get(key), share=shares.get(key))
    ]
    return _replace(connection, measuring, rows)


def _changed(
    measuring: Measuring, rules: LifecycleFile, facts: SkuFacts, *, before: Row | None, share: float | None
) -> Iterable[Row]:
    """Return the row of a change, if there is one."""
    decision = decide(facts, rules, measuring.as_of, before=before, share=share)
    if before is not None and (_is_same(decision, before) or _is_too_soon(decision, before, measuring.as_of, rules)):
        return ()
    return (
        {
            "store_id": measuring.store_id,
            "marketplace": facts.marketplace,
            "sku": facts.sku,
            "since_on": _since(decision, before, measuring.as_of),
            "stage": decision.stage,
            "source": decision.source,
            "said": decision.said,
            "reason": decision.reason,
            "first_on": decision.first_on,
            "detail": facts.numbers() | ({"stocked_pct": round(share)} if share is not None else {}),
            "decided_for": measuring.as_of,
        },
    )


def _since(decision: Decision, before: Row | None, as_of: date) -> date:
    """Return the first day of a stage: the one it has by itself, after the row before; the night where the rule changes its mind."""
    if before is None:
        return min(as_of, decision.from_on)
    if decision.source == "user" or (before["source"], before["stage"], decision.stage) == ("rule", "new", "mature"):
        next_day: date = before["since_on"] + timedelta(days=1)
        return min(as_of, max(decision.from_on, next_day))
    return as_of


def _is_same(decision: Decision, before: Row) -> bool:
    return all(getattr(decision, name) == before[name] for name in _SAYS)


def _is_too_soon(decision: Decision, before: Row, as_of: date, rules: LifecycleFile) -> bool:
    """Tell whether the rule would change its mind about a SKU that is not new within days."""
    are_rules = decision.source == before["source"] == "rule"
    return are_rules and {decision.stage, before["stage"]} == SETTLED and (as_of - before["since_on"]).days < rules.stay_days


def _replace(connection: Connection, measuring: Measuring, rows: list[Row]) -> int:
    """Put the night's rows in the place of those it stored before; nothing is written where they say the same.

    A later night may have dated a row back to the same day: then it stays.
    """
    stored = _rows(connection, measuring, is_before=False)
    later = connection.execute(
        select(SKU_STAGE.c.marketplace, SKU_STAGE.c.sku, SKU_STAGE.c.since_on).where(
            SKU_STAGE.c.store_id == measuring.store_id,
            SKU_STAGE.c.since_on <= measuring.as_of,
            SKU_STAGE.c.decided_for > measuring.as_of,
        )
    )
    taken = {tuple(row) for row in later}
    wanted = [row for row in rows if (row["marketplace"], row["sku"], row["since_on"]) not in taken]
    if {(row["marketplace"], row["sku"]): row for row in wanted} != stored:
        ours = (SKU_STAGE.c.store_id == measuring.store_id, SKU_STAGE.c.decided_for == measuring.as_of)
        connection.execute(delete(SKU_STAGE).where(*ours))
        if wanted:
            connection.execute(insert(SKU_STAGE), wanted)
    return len(wanted)


def _rows(connection: Connection, measuring: Measuring, *, is_before: bool) -> dict[Key, Row]:
    """Return the newest row of each SKU that earlier nights decided, or the rows that this night did."""
    decided = SKU_STAGE.c.decided_for
    ours = SKU_STAGE.c.store_id == measuring.store_id
    if not is_before:
        statement = select(SKU_STAGE).where(ours, decided == measuring.as_of)
    else:
        newest = stage_on(measuring.store_id, measuring.as_of, decided_before=measuring.as_of)
        statement = select(newest)
    rows = connection.execute(statement).mappings()
    return {(row["marketplace"], row["sku"]): dict(row) for row in rows}


def stage_on(store_id: str, day: date, *, decided_before: date | None = None) -> Subquery:
    """Return the stage of each SKU of a store on a day, for whatever judges all of them in one statement.

    The columns are those of `SKU_STAGE`; a SKU without a row is none that the warehouse knew on that day.
    """
    known = [SKU_STAGE.c.store_id == store_id, SKU_STAGE.c.since_on <= day]
    if decided_before is not None:
        known.append(SKU_STAGE.c.decided_for < decided_before)
    newest = (
        select(SKU_STAGE.c.marketplace, SKU_STAGE.c.sku, func.max(SKU_STAGE.c.since_on).label("since_on"))
        .where(*known)
        .group_by(SKU_STAGE.c.marketplace, SKU_STAGE.c.sku)
        .subquery()
    )
    same = and_(*(newest.c[name] == SKU_STAGE.c[name] for name in ("marketplace", "sku", "since_on")))
    return select(SKU_STAGE).join(newest, same).where(SKU_STAGE.c.store_id == store_id).subquery("stage_on")


def stages(connection: Connection, store_id: str, day: date) -> dict[Key, Stage]:
    """Return the stage of each SKU on a day, by marketplace and SKU."""
    found = stage_on(store_id, day)
    return {(row.marketplace, row.sku): row.stage for row in connection.execute(select(found))}
