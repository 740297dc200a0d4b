"""Columns that many of the tables have, and the rules that go with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sellerwatch.reports.user.declare import VALID_FROM, VALID_TO, Means, Row, Rule, UserColumn

ZERO: Final = Decimal(0)
HUNDRED: Final = Decimal(100)

STORE: Final = UserColumn(
    name="store",
    zh="店铺",
    means=Means.STORE,
    or_every=True,
    note="The store's name in stores.yaml; blank: every store.",
    also=("store_id", "shop", "店铺名称"),
)
MARKETPLACE: Final = UserColumn(
    name="marketplace",
    zh="站点",
    means=Means.MARKETPLACE,
    or_every=True,
    note="Amazon's country code, such as US or DE; blank: every marketplace.",
    also=("country", "site", "国家", "市场"),
    example="US",
)
SKU: Final = UserColumn(
    name="sku",
    zh="SKU",
    means=Means.TEXT,
    required=True,
    note="The seller SKU exactly as Amazon's reports write it, leading zeros included.",
    also=("seller_sku", "msku", "商品SKU", "商品编码", "卖家SKU"),
    example="EXAMPLE-SKU-1",
)
CURRENCY: Final = UserColumn(
    name="currency",
    zh="币种",
    means=Means.CURRENCY,
    required=True,
    note="The ISO code of the currency of this row's amounts, such as USD or CNY.",
    also=("currency_code", "货币", "幣別"),
    example="USD",
)
STARTS: Final = UserColumn(
    name=VALID_FROM,
    zh="生效日期",
    means=Means.DAY,
    required=True,
    note="The first day on which the row holds.",
    also=("from", "start_date", "effective_from", "开始日期", "生效日"),
    example="2026-01-01",
)
ENDS: Final = UserColumn(
    name=VALID_TO,
    zh="失效日期",
    means=Means.DAY,
    note="The first day on which it no longer holds; blank: until a later row of the same key begins, or for good.",
    also=("until", "effective_to", "截止日期(不含)", "失效日"),
)
VALIDITY: Final = (STARTS, ENDS)

PERIODS: Final[Mapping[str, tuple[str, ...]]] = {
    "day": ("日", "天", "daily"),
    "week": ("周", "weekly"),
    "month": ("月", "monthly"),
    "quarter": ("季", "季度", "quarterly"),
    "year": ("年", "yearly"),
}
PERIOD: Final = UserColumn(
    name="period",
    zh="周期",
    means=Means.CHOICE,
    choices=PERIODS,
    required=True,
    note="How long the period is: day, week, month, quarter or year.",
    also=("period_type", "周期类型"),
    example="month",
)
PERIOD_FROM: Final = UserColumn(
    name="period_from",
    zh="周期开始日",
    means=Means.DAY,
    required=True,
    note="The period's first day: of a week the Monday, of a month its first day, of a quarter or year its first month's.",
    also=("period_start", "周期起始", "月份"),
    example="2026-10-01",
)


def _starts_a_period(row: Row) -> bool:
    day: Any = row["period_from"]
    return day is None or _FIRST_DAYS.get(str(row["period"]), _any_day)(day)


def _any_day(_day: date) -> bool:
    return True


_FIRST_DAYS: Final[Mapping[str, Callable[[date], bool]]] = {
    "week": lambda day: day.isoweekday() == 1,
    "month": lambda day: day.day == 1,
    "quarter": lambda day: day.day == 1 and day.month % 3 == 1,
    "year": lambda day: (day.month, day.day) == (1, 1),
}

PERIOD_RULE: Final = Rule(
    "period_from", "the first day of the period: a Monday for a week, the 1st for a month", _starts_a_period
)


def text(name: str, zh: str, note: str, **more: Any) -> UserColumn:  # noqa: ANN401 - the other fields of a column
    """Return a column of free words."""
    return UserColumn(name=name, zh=zh, means=Means.TEXT, note=note, **more)


def amount(name: str, zh: str, note: str, **more: Any) -> UserColumn:  # noqa: ANN401 - the other fields of a column
    """Return a column of amounts, which are not negative unless the column says so."""
    return UserColumn(name=name, zh=zh, means=Means.MONEY, note=note, **{"least": ZERO, "unit": "currency", **more})


def count(name: str, zh: str, note: str, **more: Any) -> UserColumn:  # noqa: ANN401 - the other fields of a column
    """Return a column of whole numbers from zero."""
    return UserColumn(name=name, zh=zh, means=Means.INTEGER, note=note, **{"least": ZERO, **more})


def number(name: str, zh: str, note: str, **more: Any) -> UserColumn:  # noqa: ANN401 - the other fields of a column
    """Return a column of numbers, with whatever bounds it names."""
    return UserColumn(name=name, zh=zh, means=Means.DECIMAL, note=note, **more)


def percent(name: str, zh: str, note: str, **more: Any) -> UserColumn:  # noqa: ANN401 - the other fields of a column
    """Return a column of percentages: 8 is eight per cent."""
    return UserColumn(name=name, zh=zh, means=Means.PERCENT, note=note, **{"unit": "%", **more})


def day(name: str, zh: str, note: str, **more: Any) -> UserColumn:  # noqa: ANN401 - the other fields of a column
    """Return a column of days."""
    return UserColumn(name=name, zh=zh, means=Means.DAY, note=note, **more)


def choice(name: str, zh: str, note: str, choices: Mapping[str, tuple[str, ...]], **more: Any) -> UserColumn:  # noqa: ANN401 - as above
    """Return a column that holds one of a few words."""
    return UserColumn(name=name, zh=zh, means=Means.CHOICE, note=note, choices=choices, **more)


def not_before(later: str, earlier: str) -> Rule:
    """Return the rule that one day does not come before another, where both are given."""

    def holds(row: Row) -> bool:
        first: Any = row[earlier]
        second: Any = row[later]
        return first is None or second is None or bool(first <= second)

    return Rule(later, f"not before {earlier}", holds)


def at_most(part: str, whole: str) -> Rule:
    """Return the rule that a part is not larger than its whole, where both are given."""

    def holds(row: Row) -> bool:
        one: Any = row[part]
        other: Any = row[whole]
        return one is None or other is None or bool(one <= other)

    return Rule(part, f"not more than {whole}", holds)
