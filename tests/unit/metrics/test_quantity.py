"""Numbers that may be unknown: unknown stays unknown, keeps its reason, and is never 0."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sellerwatch.metrics.sheets.configured import shipped_settings
from sellerwatch.metrics.sheets.inputs import canonical
from sellerwatch.metrics.sheets.kinds import Sheet, Working, cell
from sellerwatch.metrics.sheets.quantity import Quantity, both, either, quantity, total, unknown

MISSING = Quantity(None, "no_data")


def test_known_numbers_are_exact():
    third = quantity(1).over(3)

    assert (third + third + third, 1 - third, 3 * third) == (quantity(1), Quantity(Fraction(2, 3)), quantity(1))
    assert float(abs(quantity(-2))) == 2.0
    assert (quantity(150).within(0, 100), quantity(-1).within(0, 100), MISSING.within(0, 100)) == (
        quantity(100),
        quantity(0),
        MISSING,
    )


def test_whatever_an_unknown_number_has_a_part_in_is_unknown_for_its_reason():
    found = [
        unknown("no_data"),
        MISSING + 0,
        0 + MISSING,
        MISSING - 1,
        1 - MISSING,
        MISSING * 0,
        0 * MISSING,
        MISSING.over(2),
        abs(MISSING),
        total([1, MISSING]),
    ]

    assert found == [MISSING] * len(found)


def test_a_total_is_the_sum_of_what_there_is_and_none_of_nothing():
    assert (total([1, quantity(2)]), total([])) == (quantity(3), quantity(0))


def test_over_an_unknown_number_is_unknown_and_over_zero_says_why():
    assert quantity(1).over(MISSING) == MISSING
    assert quantity(1).over(0, "no_sales") == Quantity(None, "no_sales")
    assert quantity(0).over(0) == Quantity(None, "zero_denominator")


def test_an_unknown_number_compares_with_nothing_and_has_no_value():
    assert MISSING.compares("<", 1) is None
    assert quantity(1).compares(">", MISSING) is None
    with pytest.raises(ValueError, match="no_data"):
        float(MISSING)


@pytest.mark.parametrize(
    ("sign", "answers"),
    [
        ("<", (True, False, False)),
        ("<=", (True, True, False)),
        ("=", (False, True, False)),
        (">", (False, False, True)),
        (">=", (False, True, True)),
    ],
)
def test_limits_are_inclusive_where_they_say_so(sign, answers):
    assert tuple(quantity(number).compares(sign, 2) for number in (1, 2, 3)) == answers


@pytest.mark.parametrize(
    ("answers", "any_of", "all_of"),
    [
        ((True, None), True, None),
        ((False, None), None, False),
        ((True, False), True, False),
        ((True, True), True, True),
        ((False, False), False, False),
    ],
)
def test_an_open_answer_leaves_open_only_what_it_decides(answers, any_of, all_of):
    assert (either(*answers), both(*answers)) == (any_of, all_of)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("unitsOrdered", "units_ordered"), ("inv-age-0-to-90-days", "inv_age_0_to_90_days"), ("SP", "sp"), ("units60", "units60")],
)
def test_names_are_told_however_amazon_spells_them(spelling, name):
    assert canonical(spelling) == name


def test_a_cell_that_nothing_leads_to_is_not_worked_out():
    sheet = Sheet("round", "?", (), (cell("a", "", lambda b: b), cell("b", "", lambda a: a)))
    working = Working(sheet, {})

    assert working.outputs() == []
    assert working.used(["a"]) == set()
    with pytest.raises(LookupError, match="a cannot be worked out"):
        working.value("a", shipped_settings(), {})
