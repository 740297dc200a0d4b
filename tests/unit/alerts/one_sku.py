"""The nights of one SKU under the 7/3/1 rule, for tests of the condition machine."""

from datetime import date, timedelta

from sellerwatch.alerts.condition.machine import Condition, Judgement, step
from sellerwatch.settings.models import Titles
from sellerwatch.settings.need import Need
from sellerwatch.settings.rules import Band, Rule
from sellerwatch.settings.tiers import depth, held, reached

FIRST = date(2026, 11, 17)
RULE = Rule(
    number="R01",
    title=Titles(en="Stock-out risk", zh="断货风险"),
    metric="days_of_cover",
    subject="sku",
    breach="at_most",
    tiers={"yellow": Band(enter=7, exit=8.4), "orange": Band(enter=3, exit=3.6), "red": Band(enter=1, exit=1.2)},
    step_down_periods=2,
    clear_periods=2,
    reopen_hours=72,
    owner="supply_chain",
    playbook="PB-1",
    version=1,
)
TWO_OF_THREE = RULE.model_copy(update={"need": {"yellow": Need(2, 3), "orange": Need(2, 3)}})


def judgement(day, reading, rule=RULE, *, of=None):
    as_of = FIRST + timedelta(days=day)
    if isinstance(reading, str):
        return Judgement(as_of, reading, reason="because")
    return Judgement(
        as_of,
        "value",
        reading,
        depth(reached(rule, rule.tiers, reading)),
        depth(held(rule, rule.tiers, reading)),
        is_well=rule.hard_clear is not None and reading >= rule.hard_clear,
        valued_on=None if of is None else FIRST + timedelta(days=of),
    )


def nights(*readings, rule=RULE, start=None):
    """Return the kinds of events night by night, and the last condition; None stands for a night that is skipped."""
    condition, told = start or Condition(), []
    for day, reading in enumerate(readings):
        if reading is None:
            continue
        condition, events = step(rule, condition, judgement(day, reading, rule))
        told.append([event.kind for event in events])
    return told, condition
