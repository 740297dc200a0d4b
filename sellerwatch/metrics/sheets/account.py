"""Worksheets of account health: Amazon's counts, beside the rates, targets and states that it reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from sellerwatch.metrics.sheets.configured import ratio, tier
from sellerwatch.metrics.sheets.inputs import (
    Input,
    beside,
    count,
    listed,
    not_negative,
    one_of,
    part_of_one,
    whole,
    words,
)
from sellerwatch.metrics.sheets.kinds import Cell, Sheet, cell
from sellerwatch.metrics.sheets.quantity import Quantity, Sign, unknown
from sellerwatch.settings.load import Settings

# Account health: Amazon's counts, beside the rates and the states that it reports

GOOD: Final = ("GOOD", "BAD")
ROUNDED_TO: Final = Fraction(1, 10_000)
"""Amazon shows rates to the fourth digit; what differs by more does not come from the same counts."""

CONDITIONS: Final[Mapping[str, Sign]] = {"LESS_THAN": "<", "GREATER_THAN": ">", "EQUALS": "="}


def _is_mismatch(rate: Quantity, rate_reported: Quantity) -> bool | None:
    return abs(rate - rate_reported).compares(">", ROUNDED_TO)


def _meets(shown: Quantity, target: Quantity, condition: str) -> bool | None:
    return shown.compares(CONDITIONS[condition], target)


def _state(meets: bool | None) -> str | None:  # noqa: FBT001 - three-valued
    return None if meets is None else GOOD[0] if meets else GOOD[1]


def _account(
    kpi: str,
    pair: tuple[str, ...],
    base: tuple[str, ...],
    usual: str,
    *,
    further: tuple[Input, ...] = (),
    cells: tuple[Cell, ...] = (),
) -> Sheet:
    """Return the worksheet of one of Amazon's rates: recomputed from the counts, and held against what the report says."""
    top, bottom = pair[0], base[0]

    def rate(settings: Settings, **given: Quantity) -> Quantity:
        return ratio(settings, kpi, given[top], given[bottom]) * Fraction(1, 100)

    def meets(target: Quantity, rate: Quantity, rate_reported: Quantity | None = None, condition: str = usual) -> bool | None:
        """The report's own rate goes first: Amazon judges by it."""
        is_told = rate_reported is not None and rate_reported.value is not None
        if not is_told and rate.compares(">", 1):
            return None  # more counted than there is to count from says nothing
        return _meets(rate_reported if is_told and rate_reported else rate, target, condition)

    def status(_meets_target: bool | None) -> str | None:  # noqa: FBT001 - a cell of the worksheet
        return _state(_meets_target)

    return Sheet(
        kpi,
        "Recomputed from Amazon's counts, and held against its reported rate, target and status",
        (
            Input(top, "count", whole, pair[1:]),
            Input(bottom, "count", whole, base[1:]),
            Input("rate_reported", "part of one", not_negative, ("rate",)),
            Input("target", "part of one", part_of_one, ("target_value",)),
            Input("condition", " or ".join(CONDITIONS), one_of(*CONDITIONS), ("target_condition",)),
            Input("status_reported", "text", words, ("status",)),
            *further,
        ),
        (
            Cell("rate", "part of one", rate, ("settings", top, bottom)),
            cell("pct", "%", lambda rate: rate * 100),
            cell("rate_recomputed", "part of one", lambda rate: rate),
            cell("mismatch_flag", "true or false", _is_mismatch, "_rate", "rate_reported"),
            cell("meets_target", "true or false", lambda _meets_target: _meets_target),
            cell("breach", "true or false", lambda _meets_target: None if _meets_target is None else not _meets_target),
            cell("status", "GOOD or BAD", status),
            cell("status_conflict", "true or false", _is_conflict),
            cell("count_exceeds_base", "true or false", lambda one, other: one.compares(">", other), top, bottom),
            cell("tier", "yellow, orange or red", lambda settings, pct: tier(settings, kpi, _possible(pct))),
            *cells,
            Cell("_rate", "", rate, ("settings", top, bottom)),
            cell(
                "_meets_target",
                "",
                lambda _rate, target, rate_reported=None, condition=usual: meets(target, _rate, rate_reported, condition),
            ),
        ),
        ("pct",),
        adds_up=True,
    )


def _is_conflict(_meets_target: bool | None, status_reported: str | None) -> bool | None:  # noqa: FBT001 - three-valued
    """Tell whether the report calls good what misses its own target, or bad what meets it."""
    if _meets_target is None or status_reported not in GOOD:
        return None
    return status_reported != _state(_meets_target)


def _possible(pct: Quantity) -> Quantity:
    """Return a rate that is judged: one past all that there is comes from counts that disagree."""
    return unknown("inconsistent") if pct.compares(">", 100) else pct


def _parts_of_defects(claims: Quantity, chargebacks: Quantity, negative_feedback: Quantity) -> Quantity:
    return claims + chargebacks + negative_feedback


DEFECTS: Final = (
    cell("sum_of_parts", "count", _parts_of_defects),
    cell("overlap", "count", lambda sum_of_parts, order_with_defects: sum_of_parts - order_with_defects),
)
DEFECT_TAKES: Final = (count("claims"), count("chargebacks"), count("negative_feedback"))
ORDERS: Final = ("order_count", "orders")
DEFECTIVE: Final = ("order_with_defects", "orders_with_defects")

STATES: Final = ("GREAT", "GOOD", "NORMAL", "WARNED", "AT_RISK", "SUSPENDED", "DEACTIVATED")
"""From the best to the worst, of an account all of whose states are fine NORMAL; Amazon's sample says SUSPENDED where its schema says DEACTIVATED."""

STATE_TIERS: Final[Mapping[str, str]] = {"WARNED": "orange", "AT_RISK": "red", "SUSPENDED": "red", "DEACTIVATED": "red"}


def _worst(account_statuses: Sequence[str], health_rating_status: str | None = None) -> str | None:
    return max((*account_statuses, *filter(None, (health_rating_status,))), key=STATES.index, default=None)


def _status(value: object, where: str) -> str:
    """Read a state, as a word or as an entry of Amazon's list with its marketplace."""
    word = value.get("status") if isinstance(value, Mapping) else value
    return str(one_of(*STATES)(word, where))


def _statuses(value: object, where: str) -> list[str]:
    found: list[str] = listed(_status)(value if isinstance(value, list | tuple) else [value], where)
    return found


SHEETS: Final = (
    _account("odr", DEFECTIVE, ORDERS, "LESS_THAN", further=DEFECT_TAKES, cells=DEFECTS),
    _account("odr_fba", DEFECTIVE, ORDERS, "LESS_THAN", further=DEFECT_TAKES, cells=DEFECTS),
    _account("late_shipment_rate", ("late_shipment_count",), ORDERS, "LESS_THAN"),
    _account(
        "cancel_rate",
        ("cancellation_count", "cancellations", "cancelled_by_seller", "seller_cancelled", "cancelled_by_merchant"),
        ORDERS,
        "LESS_THAN",
        further=(beside(count("cancelled_by_buyer", "buyer_cancelled", "buyer_requested")),),
    ),
    _account(
        "valid_tracking_rate", ("valid_tracking_count", "valid_tracking"), ("shipment_count", "shipments"), "GREATER_THAN"
    ),
    _account(
        "on_time_delivery_rate",
        ("on_time_delivery_count", "unit_on_time_delivery_count"),
        ("shipment_count_with_valid_tracking", "total_unit_count", "shipment_count"),
        "GREATER_THAN",
    ),
    Sheet(
        "account_health",
        "Violations that Amazon counts, held against its own target and status",
        (
            count("defects_count"),
            Input("target", "count", whole, ("target_value",)),
            Input("condition", " or ".join(CONDITIONS), one_of(*CONDITIONS), ("target_condition",)),
            Input("status_reported", "text", words, ("status",)),
        ),
        (
            cell("meets_target", "true or false", lambda _meets_target: _meets_target),
            cell("breach", "true or false", lambda _meets_target: None if _meets_target is None else not _meets_target),
            cell("status", "GOOD or BAD", _state, "_meets_target"),
            cell("status_conflict", "true or false", _is_conflict),
            cell(
                "_meets_target", "", lambda defects_count, target, condition="EQUALS": _meets(defects_count, target, condition)
            ),
        ),
    ),
    Sheet(
        "account_health",
        "The worst of the account's states",
        (
            Input("account_statuses", "state, or list of states", _statuses, ("account_status", "status", "statuses")),
            Input(
                "health_rating_status",
                "state",
                one_of(*STATES),
                ("ahr_status", "account_health_rating_status", "ahr", "account_health_rating"),
            ),
        ),
        (
            cell("state", "state", _worst),
            cell("status", "state", lambda state: state),
            cell("tier", "orange or red", STATE_TIERS.get, "state"),
        ),
    ),
)
