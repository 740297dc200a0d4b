"""What a file changes in a table that people fill in, decided on plain rows."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sellerwatch.reports.user.check import UserRow
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.warehouse.user_changes import changes

COSTS = USER_TABLES["unit_cost"]
EMPTY = {column.name: None for column in COSTS.columns} | {"store": "*", "marketplace": "*"}
START = date(2026, 1, 1)


def day(number):
    return None if number is None else START + timedelta(days=number)


def cost(sku, first, last, amount):
    return EMPTY | {"sku": sku, "valid_from": day(first), "valid_to": day(last), "purchase_amount": amount, "currency": "USD"}


def file(*rows):
    return [UserRow(line, cost(*row)) for line, row in enumerate(rows, start=2)]


def after(stored, rows):
    """Return what the table holds once the changes are made."""
    change = changes(COSTS, rows, stored)
    gone = [*change.given_way, *(row.values for row in change.replaced)]
    keys = {key(row) for row in gone}
    kept = [row for row in stored if key(row) not in keys]
    new = [row.values for row in (*change.inserted, *change.replaced)]
    return [*kept, *new, *change.closed, *change.resumed]


def key(row):
    return tuple(row[name] for name in COSTS.key)


def shown(rows):
    found = [(row["sku"], row["valid_from"], row["valid_to"], row["purchase_amount"]) for row in rows]
    return sorted(found, key=lambda row: row[:2])


def counts(stored, rows):
    return {name: count for name, count in changes(COSTS, rows, stored).counts.items() if count}


def test_new_keys_are_inserted_and_equal_rows_are_unchanged():
    stored = after([], file(("A", 0, None, 5), ("B", 0, None, 7)))

    assert counts([], file(("A", 0, None, 5))) == {"inserted": 1}
    assert counts(stored, file(("A", 0, None, 5), ("B", 0, None, 8))) == {"unchanged": 1, "replaced": 1}


def test_an_earlier_row_ends_where_a_later_one_begins():
    stored = after([], file(("A", 0, None, 5)))

    assert counts(stored, file(("A", 100, None, 6))) == {"inserted": 1, "closed": 1}
    assert shown(after(stored, file(("A", 100, None, 6)))) == [("A", day(0), day(100), 5), ("A", day(100), None, 6)]


def test_an_earlier_row_holds_again_after_one_that_ends():
    stored = after([], file(("A", 0, None, 5)))

    assert counts(stored, file(("A", 10, 20, 6))) == {"inserted": 1, "closed": 1, "resumed": 1}
    assert shown(after(stored, file(("A", 10, 20, 6)))) == [
        ("A", day(0), day(10), 5),
        ("A", day(10), day(20), 6),
        ("A", day(20), None, 5),
    ]


def test_a_row_within_the_time_of_a_new_one_is_removed_and_one_that_reaches_beyond_holds_from_its_end():
    stored = after([], file(("A", 10, 20, 5), ("A", 30, 50, 6)))

    assert counts(stored, file(("A", 0, 40, 7))) == {"inserted": 1, "removed": 1, "resumed": 1}
    assert shown(after(stored, file(("A", 0, 40, 7)))) == [("A", day(0), day(40), 7), ("A", day(40), day(50), 6)]


def test_a_row_without_an_end_holds_until_the_next_one_that_is_there():
    stored = after([], file(("A", 100, None, 6)))

    assert shown(after(stored, file(("A", 0, None, 5)))) == [("A", day(0), day(100), 5), ("A", day(100), None, 6)]


def test_rows_of_other_keys_are_left_alone():
    stored = after([], file(("A", 0, None, 5)))

    assert counts(stored, file(("B", 0, None, 5))) == {"inserted": 1}


def back(*rows):
    return [replace(row, is_removed=True) for row in file(*rows)]


def test_a_row_that_is_taken_back_is_gone_and_the_one_that_ended_where_it_began_holds_again():
    first = after([], file(("A", 0, None, 5), ("B", 0, None, 7)))
    stored = after(first, file(("A", 100, None, 6)))

    assert counts(stored, back(("A", 100, None, None))) == {"removed": 1, "resumed": 1}
    assert shown(after(stored, back(("A", 100, None, None)))) == shown(first)
    assert counts(first, back(("B", 0, None, None))) == {"removed": 1}
    assert shown(after(first, back(("B", 0, None, None)))) == [("A", day(0), None, 5)]


def test_rows_that_follow_each_other_can_be_taken_back_together():
    stored = after([], file(("A", 0, 10, 5), ("A", 10, 20, 6), ("A", 20, 30, 7), ("A", 40, None, 8)))

    assert shown(after(stored, back(("A", 10, None, None), ("A", 20, None, None)))) == [
        ("A", day(0), day(30), 5),
        ("A", day(40), None, 8),
    ]


def test_a_row_can_be_taken_back_and_another_put_in_its_place_at_once():
    stored = after(after([], file(("A", 0, None, 5))), file(("A", 100, None, 6)))
    rows = [*back(("A", 100, None, None)), *file(("A", 120, None, 6))]

    assert counts(stored, rows) == {"removed": 1, "inserted": 1, "closed": 1}
    assert shown(after(stored, rows)) == [("A", day(0), day(120), 5), ("A", day(120), None, 6)]
    again = [*back(("A", 100, None, None)), *file(("A", 0, None, 5))]
    assert shown(after(stored, again)) == [("A", day(0), None, 5)]


def test_what_is_not_there_cannot_be_taken_back_and_is_told():
    stored = after([], file(("A", 0, None, 5)))
    rows = back(("A", 1, None, None))

    assert counts(stored, rows) == {}
    assert changes(COSTS, rows, stored).are_none
    assert changes(COSTS, rows, stored).missed == tuple(rows)


@st.composite
def files(draw):
    """Rows without findings: one after another for each SKU, some of them without an end."""
    rows = []
    for sku in "AB":
        edges = sorted(draw(st.sets(st.integers(0, 40), max_size=6)))
        for first, after_it in zip(edges, [*edges[1:], 60], strict=False):
            last = draw(st.sampled_from([None, after_it, (first + after_it + 1) // 2]))
            rows.append((sku, first, last, draw(st.integers(1, 3))))
    return file(*rows)


@settings(deadline=None, max_examples=60)
@given(st.lists(files(), min_size=1, max_size=4))
def test_whatever_is_imported_no_two_rows_hold_at_once_the_last_file_holds_and_twice_is_once(imported):
    stored = []
    for rows in imported:
        stored = after(stored, rows)

        assert counts(stored, rows).keys() <= {"unchanged"}
        for sku in "AB":
            spans = [(first, last or date.max) for name, first, last, _ in shown(stored) if name == sku]
            assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
            assert all(first < last for first, last in spans)
        for row in rows:
            assert [other["purchase_amount"] for other in stored if key(other) == key(row.values)] == [
                row.values["purchase_amount"]
            ]
