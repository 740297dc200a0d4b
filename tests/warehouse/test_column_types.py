"""The column types mean the same on both databases, whatever is put into them."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select
from sqlalchemy.exc import StatementError

from sellerwatch.core.money import to_micros
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.types import CanonicalJson, Instant, Micros

SAMPLE = Table(
    "sample",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("amount", Micros),
    Column("moment", Instant),
    Column("content", CanonicalJson),
)
amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=6)
moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2199, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
contents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture
def sample(database_url):
    engine = open_engine(database_url)
    SAMPLE.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def memory():
    engine = open_engine("sqlite:///:memory:")
    SAMPLE.create(engine)
    yield engine
    engine.dispose()


def stored(engine, **values):
    with writing(engine) as connection:
        connection.execute(SAMPLE.delete())
        connection.execute(insert(SAMPLE).values(id=1, **values))
        return connection.execute(select(*(SAMPLE.c[name] for name in values))).one()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(amount=amounts, moment=moments, content=contents)
def test_whatever_is_stored_comes_back_equal(memory, amount, moment, content):
    row = stored(memory, amount=amount, moment=moment, content=content)

    assert row.amount == amount
    assert (row.moment, row.moment.tzinfo) == (moment, UTC)
    assert row.content == content


EXAMPLES = (
    (Decimal("0.1"), datetime(2026, 11, 1, 1, 30, 0, 1, timezone(timedelta(hours=-7))), {"b": [1, None], "a": "\u00e9\u2713"}),
    (Decimal("-9223372036854.775807"), datetime(1970, 1, 1, tzinfo=UTC), []),
    (Decimal("9223372036854.775807"), datetime(2199, 12, 31, 23, 59, 59, 999_999, UTC), "\0"),
    (Decimal(0), datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 0),
)


@pytest.mark.parametrize(("amount", "moment", "content"), EXAMPLES)
def test_examples_come_back_equal_on_both_databases(sample, amount, moment, content):
    assert tuple(stored(sample, amount=amount, moment=moment, content=content)) == (amount, moment, content)


def test_null_is_null_in_every_type(sample):
    assert tuple(stored(sample, amount=None, moment=None, content=None)) == (None, None, None)


def test_sums_and_extremes_are_exact_and_typed(sample):
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, 3, tzinfo=UTC)
    with writing(sample) as connection:
        connection.execute(
            insert(SAMPLE),
            [{"id": n, "amount": Decimal("0.1"), "moment": last if n else first, "content": n} for n in range(10)],
        )
        row = connection.execute(select(func.sum(SAMPLE.c.amount), func.min(SAMPLE.c.moment), func.max(SAMPLE.c.moment))).one()

    assert tuple(row) == (Decimal(1), first, last)


def test_instants_compare_as_instants_whatever_offset_they_were_given_with(sample):
    moment = datetime(2026, 11, 17, 5, 30, tzinfo=timezone(timedelta(hours=-8)))
    stored(sample, moment=moment)

    with reading(sample) as connection:
        found = connection.execute(select(SAMPLE.c.id).where(SAMPLE.c.moment == moment.astimezone(UTC))).scalar_one()
    assert found == 1


def test_equal_content_is_equal_text_on_both_databases(sample):
    stored(sample, content={"b": 1, "a": [True, "\u00fc"]})

    with reading(sample) as connection:
        assert connection.exec_driver_sql("SELECT content FROM sample").scalar_one() == '{"a":[true,"\u00fc"],"b":1}'


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"moment": datetime(2026, 1, 1)}, "without an offset"),  # noqa: DTZ001 - what the type refuses
        ({"amount": Decimal(10) ** 13}, "larger than the warehouse holds"),
        ({"content": float("nan")}, "JSON"),
        ({"content": date(2026, 1, 1)}, "JSON"),
    ],
)
def test_what_cannot_be_kept_exactly_is_refused(sample, values, says):
    with pytest.raises((StatementError, OverflowError), match=says):
        stored(sample, **values)


@given(amount=amounts)
def test_amounts_are_kept_as_whole_millionths(amount):
    assert to_micros(amount) == amount * 10**6
    assert json.dumps(to_micros(amount))
