"""Reading the text of a Data Kiosk query. Not here: what the fields mean."""

from __future__ import annotations

import pytest

from sellerwatch.simulator.amazon.kiosk.language import Field, QuerySyntaxError, Word, length_without_space, read_query


def test_a_query_is_fields_with_arguments_and_selections():
    text = """
    query Nightly { # named, with a comment
      dataset { rows(day: "2026-11-20", cut: {date: DAY, products: [CHILD "x"]} limit: -3.5, all: true, none: null) { a b { c } } }
    }"""

    arguments = {
        "day": "2026-11-20",
        "cut": {"date": Word("DAY"), "products": [Word("CHILD"), "x"]},
        "limit": -3.5,
        "all": True,
        "none": None,
    }
    inner = (Field("a"), Field("b", selections=(Field("c"),)))
    assert read_query(text) == (Field("dataset", selections=(Field("rows", arguments, inner),)),)
    assert read_query("{a}") == read_query("query { a }") == (Field("a"),)


def test_unnecessary_whitespace_does_not_count():
    assert length_without_space('query   Q {\n  a(x: "two words", y: 1)  b,c # why\n}') == len(
        'query Q{a(x:"two words"y:1)b c}'
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "{a",
        "{a}}",
        "a{b}",
        "{a{}}",
        "{a(x)}",
        "{a(x:)}",
        "{a(x:[1}",
        "{a(x: $y)}",
        "{...part}",
        "{a @skip}",
        '{a(x:"\\q")}',
        "mutation{a}",
        "query",
        "{a:b}",
    ],
)
def test_what_is_no_query_of_the_subset_is_refused(text):
    with pytest.raises(QuerySyntaxError):
        read_query(text)
