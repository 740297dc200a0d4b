"""Worksheets of scorecards: blocks and ladder, seasonal weights, penalties, the holdback, exemptions and the gate of hollow sales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, get_args

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.sheets.inputs import (
    Input,
    attained,
    by_name,
    flag,
    listed,
    measured,
    number,
    one_of,
    rows,
    signed,
    text,
    words,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, quantity, total, unknown
from sellerwatch.metrics.sheets.scorecards import (
    BASE_POLICIES,
    BLOCK_WEIGHTS,
    BLOCKS,
    LADDER,
    Cut,
    Freed,
    Holdback,
    Steps,
    Weights,
    checked,
    exempted,
    held_back,
    ladder_points,
    passed_points,
    penalised,
    reweighted,
    score,
    weighed,
)
from sellerwatch.metrics.sheets.selling import HOLLOW, HOLLOW_TAKES

CUT_KPI: Final = "gmv"
"""Whose weight a penalty cuts where nobody says."""


def _weight(value: object, where: str) -> Fraction:
    """Read a weight, which has to be known."""
    found = number(value, where).value
    if found is None:
        raise ConfigError("a weight is not known", where=where, remedy="Write a number from 0 to 100")
    return found


def _block_weights(value: object, where: str) -> Weights:
    found: list[Fraction] = listed(_weight)(value, where)
    if len(found) != len(BLOCKS):
        raise ConfigError(f"{len(found)} weights", where=where, remedy=f"Write three, of {', '.join(BLOCKS)}")
    return checked(dict(zip(BLOCKS, found, strict=True)))


def _ladder(value: object, where: str) -> Steps:
    steps: list[list[Fraction]] = listed(listed(_weight))(value, where)
    if any(len(step) != len(("attainment", "points")) for step in steps):
        raise ConfigError("a step is not [attainment, points]", where=where, remedy="Write each as [0.8, 80]")
    return tuple((attained, points) for attained, points in steps)


# Blocks


def _blocks(
    base_attainment: Quantity,
    challenge_attainment: Quantity,
    innovation_passed: bool | None,  # noqa: FBT001 - a cell of the worksheet
    weights: Weights = BLOCK_WEIGHTS,
    ladder: Steps = LADDER,
    base_policy: str = next(iter(BASE_POLICIES)),
) -> dict[str, Quantity]:
    points = {
        "base": BASE_POLICIES[base_policy](base_attainment),
        "challenge": ladder_points(challenge_attainment, ladder),
        "innovation": passed_points(innovation_passed),
    }
    return weighed(weights, points)


BLOCK_CELLS: Final = (
    cell("score", "points", lambda _blocks: total(_blocks.values())),
    cell("base", "points", lambda _blocks: _blocks["base"]),
    cell("challenge", "points", lambda _blocks: _blocks["challenge"]),
    cell("innovation", "points", lambda _blocks: _blocks["innovation"]),
    cell("_blocks", "", _blocks),
)

# Seasons and exemptions


def _season(base_weights: Weights, override: Weights, exempt: Sequence[str] = ()) -> Weights:
    return exempted(reweighted(base_weights, override), exempt) if exempt else reweighted(base_weights, override)


def _points_of(weights: Weights, scores: Mapping[str, Quantity]) -> Quantity:
    """Weigh the scores; one of a KPI that has no weight in this period has no part."""
    return score(weights, {name: scores.get(name, unknown("no_data")) for name in weights})


def _known_only(base_weights: Weights, scores: Mapping[str, Quantity]) -> None:
    if strange := sorted(scores.keys() ^ base_weights.keys()):
        raise ConfigError(f"{', '.join(strange)}: a weight and a score belong together", remedy="Give both or neither")


def _season_score(base_weights: Weights, _season: Weights, scores: Mapping[str, Quantity]) -> Quantity:
    _known_only(base_weights, scores)
    return _points_of(_season, scores)


SEASON: Final = (
    cell("score", "points", _season_score),
    cell("weights", "percent by KPI", dict, "_season"),
    cell("sum", "percent", lambda _season: quantity(sum(_season.values(), Fraction(0)))),
    cell("off_season_score", "points", lambda base_weights, scores: _points_of(checked(base_weights), scores)),
    cell("_season", "", _season),
)
PLAIN: Final = (
    cell("score", "points", _points_of, "_kept", "scores"),
    cell("weights", "percent by KPI", dict, "_kept"),
    cell("_kept", "", lambda weights, exempt=(): exempted(weights, exempt) if exempt else checked(weights)),
)

# Penalties


def _is_due(overdue_rate: Quantity, limit: Quantity) -> bool | None:
    """Tell whether the penalty applies: only past the limit, not at it."""
    return overdue_rate.compares(">", limit)


def _cut_weights(
    kpis: Sequence[Mapping[str, Any]],
    penalty: bool | None,  # noqa: FBT001 - a cell of the worksheet
    cut: Cut = Cut.parse("relative 10%"),  # noqa: B008 - frozen
    freed_weight: Freed = "forfeited",
    cut_kpi: str = CUT_KPI,
) -> Weights:
    weights = _weights_of(kpis)
    return penalised(weights, cut_kpi, cut, freed_weight) if penalty else weights


def _weights_of(kpis: Sequence[Mapping[str, Any]]) -> Weights:
    if len({item["k"] for item in kpis}) != len(kpis):
        raise ConfigError("a KPI stands there twice", remedy="Leave one of them out")
    return checked({item["k"]: item["w"] for item in kpis})


def _penalty_score(penalty: bool | None, _cut: Weights, kpis: Sequence[Mapping[str, Any]]) -> Quantity:  # noqa: FBT001 - a cell of the worksheet
    """Return the score; while the overdue rate is not known, nobody knows whether the weight is cut."""
    return unknown("no_data") if penalty is None else score(_cut, _scores_of(kpis))


def _scores_of(kpis: Sequence[Mapping[str, Any]]) -> dict[str, Quantity]:
    return {item["k"]: item["s"] for item in kpis}


PENALTY: Final = (
    cell("penalty", "true or false", _is_due),
    cell("score", "points", _penalty_score),
    cell("without_penalty", "points", lambda kpis: score(_weights_of(kpis), _scores_of(kpis))),
    cell("effective_gmv_weight", "percent", lambda _cut, cut_kpi=CUT_KPI: quantity(_cut[cut_kpi])),
    cell("weights", "percent by KPI", dict, "_cut"),
    cell("_cut", "", _cut_weights),
)

# Who had a part in a sale


def _attributed(attribution: Weights) -> Quantity:
    found = quantity(sum(attribution.values(), Fraction(0)))
    if found.compares(">", 100) or any(part < 0 for part in attribution.values()):
        raise ConfigError(f"the parts add up to {float(found):g}", remedy="Write parts from 0 that add up to 100 at most")
    return found


def _policy(value: object, where: str) -> str:
    """Read how the block with fixed targets is scored; hyphens make no difference."""
    found: str = one_of(*BASE_POLICIES)(str(value).replace("-", " "), where)
    return found


# Holdback and gate


def _held(points: Quantity, part: Quantity, is_sound: bool | None) -> Holdback:  # noqa: FBT001 - three-valued
    return held_back(points, part, is_sound=is_sound)


HOLDBACK: Final = (
    cell("available_now", "points", lambda _held: _held.now),
    cell("held", "points", lambda _held: _held.held),
    cell("_held", "", _held, "score", "holdback", "integrity_ok"),
)


def _gated(gmv_score: Quantity, composite: str | None) -> Quantity:
    """Return the score of sales: none for a month whose sales are hollow."""
    return gmv_score * 0 if composite == "red" else gmv_score


SHEETS: Final = (
    Sheet(
        "scorecard",
        "Blocks: a fixed target, a ladder, and a pass that somebody signs",
        (
            Input("base_attainment", "part of one", attained),
            Input("challenge_attainment", "part of one", attained),
            flag("innovation_passed"),
            Input("weights", "three percentages; 60, 30, 10 where left out", _block_weights),
            Input("ladder", "list of [attainment, points]; 0/50/80/100/120 where left out", _ladder),
            Input("base_policy", " or ".join(BASE_POLICIES), _policy),
        ),
        BLOCK_CELLS,
    ),
    Sheet(
        "scorecard",
        "Seasonal weights: some are set anew, the others scaled",
        (
            Input("base_weights", "percent by KPI", by_name(_weight)),
            Input("override", "percent by KPI", by_name(_weight)),
            Input("scores", "points by KPI", by_name(number)),
            Input("exempt", "list of KPIs that do not count", listed(words)),
        ),
        SEASON,
    ),
    Sheet(
        "scorecard",
        "Weighted score, without what is exempt",
        (
            Input("weights", "percent by KPI", by_name(_weight)),
            Input("scores", "points by KPI", by_name(number)),
            Input("exempt", "list of KPIs that do not count", listed(words)),
        ),
        PLAIN,
    ),
    Sheet(
        "scorecard",
        "Penalty: a weight is cut while another department is late",
        (
            Input(
                "kpis",
                "rows of k, w (percent) and s (points)",
                rows(text("k", "kpi"), Input("w", "percent", _weight, ("weight",)), signed("s", "points", "score")),
            ),
            measured("overdue_rate", "%"),
            measured("limit", "%"),
            Input("cut", "'relative 10%' or '10 points'", lambda value, _: Cut.parse(str(value))),
            Input("freed_weight", " or ".join(get_args(Freed)), one_of(*get_args(Freed))),
            text("cut_kpi"),
        ),
        PENALTY,
    ),
    Sheet(
        "scorecard",
        "Holdback: what waits for the integrity check",
        (signed("score", "points"), measured("holdback", "%"), flag("integrity_ok")),
        HOLDBACK,
    ),
    Sheet(
        "scorecard",
        "Attribution of a sale to roles; what nobody has is unassigned",
        (Input("attribution", "percent by role", by_name(_weight)),),
        (
            cell("assigned", "percent", _attributed),
            cell("unassigned", "percent", lambda assigned: 100 - assigned),
        ),
    ),
    Sheet(
        "scorecard",
        "Gate: hollow sales bring no points",
        (signed("gmv_score", "points"), text("composite"), *HOLLOW_TAKES),
        (cell("gmv_score", "points", _gated), *HOLLOW),
    ),
)
