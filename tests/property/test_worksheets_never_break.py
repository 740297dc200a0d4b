"""Whatever somebody writes into a worksheet: it is worked out, or refused in one line that says what is taken."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.worksheets import calculate, kpis, sheets_of

TEXTS = (
    "",
    "27.0 (open)",
    "US",
    "UTC",
    "2026-11-01",
    "2026-11-22T06:30:00+00:00",
    "LESS_THAN",
    "relative 10%",
    "shapley",
    "Pending",
)
NUMBERS = st.one_of(st.integers(-3, 200), st.floats(-5, 200), st.floats(), st.sampled_from([0, 1, 10**15, 1e-15]))
ALONE = st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from(TEXTS))
FIELDS = st.sampled_from(
    ["a", "A", "1", "2026-01", "sessions", "order_items", "units", "sales", "cost", "clicks", "k", "w", "s", "q"]
)
ANYTHING = st.recursive(ALONE, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=5)))
SHEETS = [sheet for kpi in kpis() for sheet in sheets_of(kpi)]


def accepted(item, drawn):
    """Return the first of these that the input can be; where none can, the last one, to be refused."""
    for value in drawn:
        try:
            item.read(value, "here")
        except ConfigError:
            continue
        return value
    return drawn[-1]


def answer_or_refusal(kpi, inputs):
    try:
        return calculate(kpi, inputs)
    except ConfigError as refusal:
        return refusal


@settings(max_examples=60)
@given(st.data())
def test_a_worksheet_answers_or_refuses(data):
    sheet = data.draw(st.sampled_from(SHEETS))
    taken = [item for item in sheet.takes if data.draw(st.booleans())] or list(sheet.takes)
    inputs = {item.name: accepted(item, data.draw(st.lists(ANYTHING, min_size=1, max_size=6))) for item in taken}

    found = answer_or_refusal(sheet.kpi, inputs)

    if isinstance(found, ConfigError):
        assert "It takes " in found.remedy
    else:
        assert json.loads(json.dumps(found, allow_nan=False)) == found
