"""Where a value stands: the rule's limits for this subject, and what is usual."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sellerwatch.alerts.showing.phrases import say, tier_words
from sellerwatch.messages.blocks import Field, Language, line
from sellerwatch.messages.figures import percent
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.rules import Band, Rule


@dataclass(frozen=True, slots=True)
class Usual:
    """What a value was compared with when it was judged.

    Attributes:
        typical: the usual value, in the metric's unit.
        change_pct: how far the value lies from it, in percent of it; None where that means nothing.
    """

    typical: float
    change_pct: float | None = None


_SIDES: Final = {
    ("at_least", False): "at_least",
    ("at_most", False): "at_most",
    ("at_least", True): "more_than",
    ("at_most", True): "less_than",
}
"""The phrase of a limit: a value at a strict one is still fine, and must not be read as past it."""


def limit_fields(
    rule: Rule,
    bands: Mapping[Tier, Band],
    usual: Usual | None,
    *,
    shown: Callable[[float], str],
    language: Language = "en",
) -> tuple[Field, ...]:
    """Return the limits, and what is usual where the rule compares; a feed and a check have limits of their own kind.

    Args:
        rule: that judged.
        bands: its tiers as they are for the subject.
        usual: what it was compared with.
        shown: writes a value of the metric.
        language: of the words.
    """
    fields = []
    if bands and not rule.relative_to and rule.subject != "check":
        said = [
            say(_SIDES[rule.breach, rule.strictly], language, tier=tier_words(tier, language), limit=shown(bands[tier].enter))
            for tier in TIERS
            if tier in bands
        ]
        fields.append(Field(say("limits", language), line(say("listed", language).join(said))))
    if usual is not None:
        fields.append(Field(say("usual", language), line(_usual(usual, shown(usual.typical), language))))
    return tuple(fields)


def _usual(usual: Usual, typical: str, language: Language) -> str:
    if usual.change_pct is None:
        return typical
    side = "above_usual" if usual.change_pct >= 0 else "below_usual"
    return say(side, language, typical=typical, change=percent(abs(usual.change_pct), language))
