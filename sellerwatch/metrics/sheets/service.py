"""Worksheets of service: falls of a series, surveys, the help desk, reviews, and the age of data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.decomposition import log_ratio
from sellerwatch.metrics.sheets.configured import is_reached, ratio, share
from sellerwatch.metrics.sheets.inputs import (
    Input,
    amount,
    beside,
    by_name,
    count,
    flag,
    listed,
    measured,
    not_negative,
    number,
    optional,
    rows,
    text,
    whole,
)
from sellerwatch.metrics.sheets.kinds import Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, quantity, total, unknown
from sellerwatch.settings.load import Settings

# Falls of a series

USUAL_FALLS: Final = 2
_NOTED: Final = re.compile(r"\s*(?P<number>-?\d+(?:\.\d+)?)\s*\((?P<note>[^)]+)\)\s*")


def _period(value: object, where: str) -> Quantity:
    """Read the number of a period; one with a note in brackets, such as "27.0 (month not complete)", is not complete."""
    if isinstance(value, str):
        found = _NOTED.fullmatch(value)
        if not found:
            raise ConfigError(f"{value!r} is no number", where=where, remedy="Write 27.0, or '27.0 (month not complete)'")
        return Quantity(Fraction(found["number"]), "not_complete")
    return number(value, where)


def _series(value: object, where: str) -> list[Quantity]:
    """Read the periods in order; by month where they are named, a month that is left out being a missing one."""
    if not isinstance(value, Mapping):
        found: list[Quantity] = listed(_period)(value, where)
        return found
    months = {month_number(name, where): _period(item, f"{where}, {name}") for name, item in value.items()}
    if not months:
        return []
    span = range(min(months), max(months) + 1)
    return [months.get(month, unknown("no_data")) for month in span]


def month_number(name: object, where: str) -> int:
    """Read a month, and return how many there were before it."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", str(name))
    if not found:
        raise ConfigError(f"{name!r} is no month", where=where, remedy="Write it as 2026-11")
    return int(found[1]) * 12 + int(found[2])


def _falls(series: Sequence[Quantity]) -> int:
    """Return how many times in a row the newest complete periods have fallen; a missing period breaks the run."""
    complete = [item for item in series if item.reason != "not_complete"]
    falls = 0
    for newer, older in pairwise(reversed(complete)):
        if not newer.compares("<", older):
            break
        falls += 1
    return falls


def _fires(series: Sequence[Quantity], m: Quantity | None = None, n: Quantity | None = None) -> bool:
    """Tell whether at least m of the newest n changes are falls; two of two where nothing is said."""
    least, newest = (int(item.value) if item and item.value is not None else USUAL_FALLS for item in (m, n))
    complete = [item for item in series if item.reason != "not_complete"]
    changes = [newer.compares("<", older) is True for newer, older in pairwise(reversed(complete))]
    return sum(changes[:newest]) >= least


def _fall_tier(falls: int) -> str | None:
    bands = ((3, "orange"), (2, "yellow"))
    return next((name for least, name in bands if falls >= least), None)


# Surveys and the help desk

ANSWERS: Final = 11
PROMOTES_FROM, DETRACTS_TO = 9, 6


def _frequencies(value: object, where: str) -> list[Quantity]:
    found: list[Quantity] = listed(whole)(value, where)
    if len(found) != ANSWERS:
        raise ConfigError(
            f"{len(found)} counts", where=where, remedy="Write eleven counts, of the answers 0 to 10 in this order"
        )
    return found


def _answers(value: object, where: str) -> list[Quantity]:
    """Read answers from 0 to 10, and count each; counts by answer are counted already."""
    if isinstance(value, Mapping):
        given: dict[str, Quantity] = by_name(whole)(value, where)
        if strange := sorted(given.keys() - set(map(str, range(ANSWERS)))):
            raise ConfigError(f"{', '.join(strange)} is no answer", where=where, remedy="Write counts of the answers 0 to 10")
        return [given.get(str(answer), quantity(0)) for answer in range(ANSWERS)]
    found: list[Quantity] = listed(whole)(value, where)
    if any(item.value is None or item.value >= ANSWERS for item in found):
        raise ConfigError(f"{value!r} has answers that are none", where=where, remedy="Write answers from 0 to 10")
    return [quantity(sum(item.value == answer for item in found)) for answer in range(ANSWERS)]


def _score(promoters: Quantity, detractors: Quantity, n: Quantity) -> Quantity:
    return (promoters - detractors).over(n, "no_answers") * 100


def _scores(value: object, where: str) -> dict[int, Quantity]:
    """Read the counts by answer, or a list of answers."""
    if isinstance(value, list | tuple):
        value = Counter(map(str, value))
    given: dict[str, Quantity] = by_name(whole)(value, where)
    if strange := sorted(given.keys() - set("12345")):
        raise ConfigError(f"{', '.join(strange)} is no answer", where=where, remedy="Write counts of the answers 1 to 5")
    return {int(answer): found for answer, found in given.items()}


def _satisfied(settings: Settings, scores: Mapping[int, Quantity]) -> Quantity:
    top = total(found for answer, found in scores.items() if answer in {4, 5})
    return ratio(settings, "csat", top, total(scores.values()), without="no_answers")


def _rounded(pct: Quantity) -> int | None:
    """Return whole percent; a half goes up."""
    if pct.value is None:
        return None
    exact = Decimal(pct.value.numerator) / Decimal(pct.value.denominator)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def percentile(minutes: Sequence[Quantity], part: Fraction) -> Quantity:
    """Return the smallest of the times that so many of all do not exceed."""
    known = sorted(item.value for item in minutes if item.value is not None)
    if not known:
        return unknown("no_data")
    return Quantity(known[max(0, -(-part.numerator * len(known) // part.denominator) - 1)])


def middle(numbers: Sequence[Quantity]) -> Quantity:
    """Return the median of the numbers that are known."""
    known = [item.value for item in numbers if item.value is not None]
    return Quantity(Fraction(median(known))) if known else unknown("no_data")


def _review_growth(
    settings: Settings,
    now: Quantity,
    before: Quantity,
    variation_change: bool | None = None,  # noqa: FBT001 - a cell of the worksheet
) -> Quantity:
    """Return the growth; where variations were merged or split the two numbers are of different products."""
    if variation_change:
        return unknown("incomparable")
    return ratio(settings, "review_growth_rate", now - before, before, without="no_reviews")


def mean(numbers: Sequence[Quantity]) -> Quantity:
    """Return the mean of the numbers that are known, which long ones move far."""
    known = [item for item in numbers if item.value is not None]
    return total(known).over(len(known), "no_data")


def _ranked(rows: Sequence[Mapping[str, Any]], category: str | None = None) -> Quantity:
    """Return the median of the readings in one category; in several at once nobody has a rank."""
    own = [row for row in rows if category is None or row["category"] == category]
    return unknown("not_additive") if len({row["category"] for row in own}) > 1 else middle([row["rank"] for row in own])


def _by_logarithm(before: Quantity, now: Quantity) -> Quantity:
    """Return the change of a rank as its logarithm has it: from 1000 to 500 is as far as from 10 to 5."""
    if before.value is None or now.value is None or min(before.value, now.value) <= 0:
        return unknown("no_data")
    return Quantity(Fraction(log_ratio(before.value, now.value)))


def _margins(value: object, where: str) -> list[Quantity]:
    """Read the margin of each customer, in a list or by name, or in rows of a customer and a margin."""
    of_each = list(value.values()) if isinstance(value, Mapping) else value
    if isinstance(of_each, list | tuple) and of_each and all(isinstance(row, Mapping) for row in of_each):
        return [row["margin"] for row in rows(amount("margin"), optional(text("customer", "customer_id")))(of_each, where)]
    found: list[Quantity] = listed(number)(of_each, where)
    return found


MARGINS: Final = Input(
    "margins",
    "list of currency, one for each customer; or rows of customer and margin",
    _margins,
    ("margin_by_customer", "customer_margins"),
)

SHEETS: Final = (
    Sheet(
        "repeat_purchase_rate",
        "Whether a rate has fallen several complete months in a row",
        (
            Input(
                "series",
                "percent by month, oldest first; null where missing, '27.0 (month not complete)' where not over",
                _series,
            ),
            count("m"),
            count("n"),
        ),
        (
            cell("fires", "true or false", _fires),
            cell("falls", "count", _falls),
            cell("tier", "yellow or orange", _fall_tier),
        ),
    ),
    Sheet(
        "negative_feedback_rate",
        "Negative of all seller feedback",
        (
            count("negative_feedback", "negative_feedback_received", "negative"),
            count("feedback", "feedback_received", "received"),
            count("orders", "order_count"),
        ),
        (
            share("pct", "negative_feedback_rate", ("negative_feedback", "feedback"), "no_feedback"),
            cell("per_orders_pct", "%", lambda negative_feedback, orders: negative_feedback.over(orders, "no_orders") * 100),
        ),
        adds_up=True,
    ),
    Sheet(
        "nps",
        "Promoters less detractors, from answers 0 to 10 or from their counts",
        (
            Input("freq_0_to_10", "eleven counts", _frequencies),
            Input("scores", "list of answers from 0 to 10, or counts by answer", _answers, ("ratings",)),
            measured("promoters_pct", "%", "promoter_pct"),
            measured("detractors_pct", "%", "detractor_pct"),
            beside(measured("passives_pct", "%", "passive_pct")),
            count("promoters"),
            count("passives"),
            count("detractors"),
            count("n", "responses", "answers", "respondents"),
        ),
        (
            cell("nps", "points", _score),
            cell("nps", "points", lambda promoters_pct, detractors_pct: promoters_pct - detractors_pct),
            cell("n", "count", total, "freq_0_to_10"),
            cell("n", "count", lambda promoters, passives, detractors: promoters + passives + detractors),
            cell("promoters", "count", lambda freq_0_to_10: total(freq_0_to_10[PROMOTES_FROM:])),
            cell("detractors", "count", lambda freq_0_to_10: total(freq_0_to_10[: DETRACTS_TO + 1])),
            cell("n", "count", total, "scores"),
            cell("promoters", "count", lambda scores: total(scores[PROMOTES_FROM:])),
            cell("detractors", "count", lambda scores: total(scores[: DETRACTS_TO + 1])),
            cell("ok", "true or false", lambda nps: is_reached("nps", nps)),
        ),
    ),
    Sheet(
        "csat",
        "Answers 4 and 5 of all, a half percent rounded up",
        (
            Input("scores", "counts by answer 1 to 5", _scores),
            count("satisfied", "satisfied_count", "top_two", "top_2_box", "positive", "positive_responses"),
            count("responses", "answers", "response_count", "total_responses", "total"),
        ),
        (
            cell("pct", "%", _satisfied),
            share("pct", "csat", ("satisfied", "responses"), "no_answers"),
            cell("rounded", "%", _rounded),
        ),
        adds_up=True,
    ),
    Sheet(
        "resolution_rate",
        "Enquiries solved and not asked again",
        (
            count("solved", "resolved"),
            count("repeat", "repeated", "repeats", "repeated_enquiries", "repeat_enquiries"),
            count("enquiries", "contacts", "inquiries", "total_enquiries", "total"),
        ),
        (
            cell(
                "pct",
                "%",
                lambda settings, solved, repeat, enquiries: ratio(
                    settings, "resolution_rate", solved - repeat, enquiries, without="no_enquiries"
                ),
            ),
            cell("raw", "%", lambda pct: pct),
            cell("display", "%", lambda pct: pct.within(0, 100)),
            cell("shown_pct", "%", lambda display: display),
        ),
        adds_up=True,
    ),
    Sheet(
        "first_response_minutes",
        "Time to the first reply",
        (Input("minutes", "list of minutes", listed(not_negative), ("response_minutes", "first_response_minutes")),),
        (
            cell("median", "minutes", middle, "minutes"),
            cell("p90", "minutes", lambda minutes: percentile(minutes, Fraction(9, 10))),
            cell("mean_wrong", "minutes", mean, "minutes"),
        ),
    ),
    Sheet(
        "best_sellers_rank",
        "Rank of a day: the median of its readings",
        (Input("ranks", "list of ranks", listed(whole), ("readings",)),),
        (cell("rank", "rank", middle, "ranks"),),
    ),
    Sheet(
        "best_sellers_rank",
        "The same of readings in several categories, of which one counts",
        (
            Input(
                "rows",
                "rows of rank and category",
                rows(count("rank"), optional(text("category", "category_name", "title")), optional(text("time", "at", "hour"))),
                ("readings", "ranks"),
            ),
            text("category", "pinned_category"),
        ),
        (cell("rank", "rank", _ranked),),
    ),
    Sheet(
        "best_sellers_rank",
        "How far a rank moved, by its logarithm",
        (count("rank_before", "before", "previous"), count("rank_now", "now", "current")),
        (cell("log_change", "logarithm", _by_logarithm, "rank_before", "rank_now"),),
        is_kpi=False,
    ),
    Sheet(
        "review_growth_rate",
        "Growth of the number of reviews",
        (
            count("now", "reviews_now", "current"),
            count("before", "reviews_before", "previous"),
            flag("variation_change", "variation_changed", "merged", "split", "variation_merged", "variation_split"),
        ),
        (cell("pct", "%", _review_growth),),
    ),
    Sheet(
        "subscriber_retention_30d",
        "Subscriptions kept 30 days",
        (
            count("kept", "retained", "kept_30d", "kept_after_30_days", "active_after_30_days"),
            count("created", "subscriptions", "subscriptions_created", "created_subscriptions"),
            Input("subscriber_retention_for_30_days", "%", not_negative, ("subscriber_retention_for30_days", "reported_pct")),
        ),
        (
            share("pct", "subscriber_retention_30d", ("kept", "created"), "no_subscriptions"),
            cell("pct", "%", lambda subscriber_retention_for_30_days: subscriber_retention_for_30_days),
        ),
        adds_up=True,
    ),
    Sheet(
        "customer_ltv",
        "Mean margin of a customer, from a table that you have: Amazon names no customer",
        (amount("margin", "total_margin", "sum_margin"), count("customers", "customer_count"), MARGINS),
        (
            cell("ltv", "currency", lambda margin, customers: margin.over(customers, "no_customers")),
            cell("ltv", "currency", lambda margins: total(margins).over(len(margins), "no_customers")),
        ),
        adds_up=True,
    ),
    Sheet(
        "customer_ltv",
        "The same of rows of customers",
        (Input("customers", MARGINS.unit, _margins),),
        (cell("ltv", "currency", lambda customers: total(customers).over(len(customers), "no_customers")),),
    ),
    Sheet(
        "customer_ltv",
        "Orders name no customer, so nothing can be said from them",
        (Input("orders", "rows of whatever an order has", lambda *_: None),),
        (cell("ltv", "currency", lambda orders: unknown("not_observable")),),  # noqa: ARG005 - whatever they are
    ),
)
