"""The shape of scorecards.yaml, and what it is refused for: too many KPIs, weights that miss 100, a metric nobody defined."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Final

from pydantic import Field

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.settings.models import Frozen, Name, Positive, Titles
from sellerwatch.settings.yamlfile import YamlFile

WHOLE: Final = 100
"""What the weights of a card add up to."""


class Scorecard(Frozen):
    """The KPIs of a role, each with its weight."""

    title: Titles
    kpis: Annotated[dict[Name, Positive], Field(min_length=1)]


class ScorecardsFile(Frozen):
    """scorecards.yaml."""

    cap: Positive
    scorecards: dict[Name, Scorecard] = Field(default_factory=dict)


def check_scorecards(cards: ScorecardsFile, metrics: Collection[str], file: YamlFile) -> None:
    """Refuse a card that cannot be scored, or that nobody could steer by.

    Raises:
        ConfigError: a card has more KPIs than the cap, weights that do not add up to 100, or an unknown metric.
    """
    for name, card in cards.scorecards.items():
        where = file.where("scorecards", name, "kpis")
        if len(card.kpis) > cards.cap:
            raise ConfigError(
                f"the scorecard {name} has {len(card.kpis)} KPIs, and the cap is {cards.cap}",
                where=where,
                remedy="Keep those that decide; the others stay in the warehouse and can be watched by rules",
            )
        for metric in card.kpis:
            if metric not in metrics:
                raise unknown_value(metric, metrics, what="metric", where=file.where("scorecards", name, "kpis", metric))
        if (total := sum(card.kpis.values())) != WHOLE:
            raise ConfigError(
                f"the weights of the scorecard {name} add up to {total}",
                where=where,
                remedy=f"Change them so that they add up to {WHOLE}",
            )
