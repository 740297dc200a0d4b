"""Alerts about rules themselves: one that cannot be read, and one that was to be tried for a time which is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlalchemy import Connection

from sellerwatch.alerts.showing.phrases import say
from sellerwatch.messages.blocks import Block, Language, Steps, Text, line
from sellerwatch.messages.wording import day_words
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.problems import problems_of

BROKEN_RULE: Final = "rule"
"""The kind of subject that a rule is which cannot be read."""

SHADOW_OVER: Final = "shadow"
"""The kind of subject that a rule is whose time in shadow is over."""

ABOUT_RULES: Final[Mapping[str, tuple[str, str]]] = {
    BROKEN_RULE: ("rule_broken", "rule_read"),
    SHADOW_OVER: ("shadow_over", "shadow_decided"),
}
"""By kind of subject, what its value is called while it lasts, and afterwards."""


def rule_place(rule_id: str) -> str:
    """Return how the problem of a rule names it."""
    return f"alert_rules.yaml, {rule_id}"


def why_broken(connection: Connection, store_id: str, as_of: date, rule_id: str) -> str:
    """Return what the night noted of the rule; an alert that is told on another night than its own brings no reason along."""
    place = rule_place(rule_id)
    noted = problems_of(connection, store_id, as_of)
    found = (str(problem) for step, problem in noted if step == "decide" and problem.place.split(" / ")[0] == place)
    return next(found, "")


def shadows_over(settings: Settings, as_of: date) -> list[str]:
    """Return the rules in shadow whose last day there has passed."""
    return [
        name
        for name, rule in settings.rules.items()
        if rule.shadow and rule.shadow_until is not None and as_of > rule.shadow_until
    ]


def shadow_blocks(settings: Settings, rule_id: str, language: Language, *, near: date) -> tuple[Block, ...]:
    """Return until when the rule was to be tried; nothing where that is not said any more."""
    rule = settings.rules.get(rule_id)
    if rule is None or rule.shadow_until is None:
        return ()
    return (Text(line(say("shadow_until_was", language, day=day_words(rule.shadow_until, language, near=near)))),)


def shadow_steps(rule_id: str, language: Language) -> Steps:
    """Return what there is to do about it; the product never makes a rule live by itself."""
    return Steps((line(say("shadow_look", language, rule=rule_id)), line(say("shadow_decide", language))))
