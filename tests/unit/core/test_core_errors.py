"""Errors as people and other processes receive them."""

from __future__ import annotations

import pickle

import pytest

from sellerwatch.amazon import errors as amazon_errors
from sellerwatch.core.errors import (
    ConfigError,
    PermanentError,
    RetryableError,
    SellerwatchError,
    SkipRecordError,
    unknown_name,
    unknown_value,
)

NAMED = (SellerwatchError, RetryableError, PermanentError, SkipRecordError, ConfigError)
KINDS = dict.fromkeys(
    (*NAMED, *(kind for kind in vars(amazon_errors).values() if isinstance(kind, type) and issubclass(kind, SellerwatchError)))
)


@pytest.mark.parametrize(
    ("where", "remedy", "text"),
    [
        ("", "", "it broke."),
        ("a.yaml:3", "", "it broke [a.yaml:3]."),
        ("", "Mend it.", "it broke. Mend it."),
        ("a.yaml:3", "Mend it", "it broke [a.yaml:3]. Mend it."),
    ],
)
def test_an_error_reads_what_where_and_the_next_step(where, remedy, text):
    assert str(SellerwatchError("it broke.", where=where, remedy=remedy)) == text


def test_an_error_is_one_line_whatever_it_quotes():
    error = PermanentError("Amazon said:\r\n  no\n\nreally", where="a\nb", remedy="Ask\u2028again")

    assert str(error) == "Amazon said: no really [a b]. Ask again."
    assert (error.what, error.where, error.remedy) == ("Amazon said: no really", "a b", "Ask again")


def test_spaces_inside_a_quoted_path_stay():
    assert str(ConfigError("gone", where="/my  data")) == "gone [/my  data]."


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_survives_pickling_with_its_kind_and_parts(kind):
    error = kind("it broke", where="here", remedy="Mend it")

    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert type(copy) is kind
    assert (copy.what, copy.where, copy.remedy, str(copy)) == ("it broke", "here", "Mend it", str(error))


def test_an_unknown_value_names_the_value_and_all_that_are_known():
    error = unknown_value("urgnt", ["red", "orange"], what="tier", where="rules.yaml:4")

    assert isinstance(error, ConfigError)
    assert str(error) == "unknown tier 'urgnt' [rules.yaml:4]. Use one of: red, orange."


def test_of_a_long_list_the_three_nearest_names_are_told():
    error = unknown_name(
        "ACOSS", ["aov", "acos", "roas", "tacos", *map(str, range(100))], what="KPI", listed="`list` lists all"
    )

    assert str(error) == "unknown KPI 'ACOSS'. The nearest are acos, tacos, aov; `list` lists all."


def test_of_an_empty_list_no_name_is_near():
    assert str(unknown_name("x", [], what="KPI")) == "unknown KPI 'x'. There are none."
