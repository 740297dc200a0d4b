"""The language of the catalogue: what it reads, and where it stops."""

from decimal import Decimal

import pytest

from sellerwatch.settings.expressions import Aggregate, Combination, Condition, expanded, parse_conditions, parse_expression

READ = {
    "sum(t.a)": Aggregate("sum", "t", ("a",)),
    "sum( t.a * b )": Aggregate("sum", "t", ("a", "b")),
    "count(t)": Aggregate("count", "t", ()),
    'count(t where a = "x y" and b != 2)': Aggregate(
        "count", "t", (), (Condition("a", "=", ("x y",)), Condition("b", "!=", (Decimal(2),)))
    ),
    "last(t.a where valid and b >= 0.5)": Aggregate(
        "last", "t", ("a",), (Condition("valid"), Condition("b", ">=", (Decimal("0.5"),)))
    ),
    'distinct(t.a where b not in ("x", "y") and c is not blank)': Aggregate(
        "distinct", "t", ("a",), (Condition("b", "not in", ("x", "y")), Condition("c", "is not blank"))
    ),
    "min(t.a where b is blank and c in (1) and d = true)": Aggregate(
        "min", "t", ("a",), (Condition("b", "is blank"), Condition("c", "in", (Decimal(1),)), Condition("d", "=", (True,)))
    ),
    'count(t where a names other than ("x", "y z"))': Aggregate(
        "count", "t", (), (Condition("a", "names other than", ("x", "y z")),)
    ),
    "count(t where m = @marketplace_id)": Aggregate("count", "t", (), (Condition("m", "=", ("@marketplace_id",)),)),
    "a": Combination((("a", 1),)),
    "a + b - 2 * c": Combination((("a", 1), ("b", 1), ("c", -2))),
    "-a * 3": Combination((("a", -3),)),
    "sum - last": Combination((("sum", 1), ("last", -1))),
}

REFUSED = {
    'count(t where a names other than ("x, y"))': "'x, y' is nothing that a name begins with",
    "count(t where a names other than (1))": "is nothing that a name begins with",
    "count(t where a names other)": "'the end' is expected|'\\)' is expected",
    "": "ends early",
    "sum(t)": "sum needs a column",
    "sum(t.a": "ends early",
    "sum(t.a) + b": "'the end' is expected|the end is expected",
    "a / b": "is not understood",
    "a b": "the end is expected",
    "a * b": "a whole number is expected",
    "2 b": "'\\*' is expected",
    "count(t where a = b)": "a value is expected",
    "count(t where a = 'x')": "is not understood",
    "__import__('os')": "is not understood",
    "sum(t.a where a in 1)": "'\\(' is expected",
    "sum(t.1)": "a name is expected",
}


@pytest.mark.parametrize("text", READ)
def test_an_expression_is_read(text):
    assert parse_expression(text) == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_understood_is_refused_with_its_place(text):
    with pytest.raises(ValueError, match=REFUSED[text]):
        parse_expression(text)


def test_names_of_conditions_are_spelled_out():
    named = {"a": parse_conditions("b and x = 1"), "b": parse_conditions("y = 2")}

    found = expanded(Aggregate("count", "t", (), (Condition("a"), Condition("z", "is blank"))), named)

    assert found.where == (Condition("y", "=", (Decimal(2),)), Condition("x", "=", (Decimal(1),)), Condition("z", "is blank"))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({}, "unknown condition 'a'; the table has: none"),
        ({"a": parse_conditions("b"), "b": parse_conditions("a")}, "by itself"),
    ],
)
def test_a_condition_that_stands_for_nothing_is_refused(named, said):
    with pytest.raises(ValueError, match=said):
        expanded(Aggregate("count", "t", (), (Condition("a"),)), named)


def test_conditions_end_where_they_end():
    with pytest.raises(ValueError, match="the end is expected"):
        parse_conditions("a = 1 b")
