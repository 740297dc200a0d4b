"""The queries of Data Kiosk ask for every cell that is kept, and for nothing that is not."""

import re
from string import Template

import pytest

from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS

KIOSK = [report for report in REPORTS.values() if report.source is Source.DATA_KIOSK]
CHECKED = {"marketplaceId", "endDate", "asinAggregation"}
"""Cells that a parser looks at without keeping them."""

MOST_CHARACTERS = 8000
OUTER = 3
"""Names around a record's cells: the word query, the dataset, and the query in it."""


def selected(query):
    """The paths of a query's selection, without the dataset and the query itself."""
    body = re.sub(r"\((?:[^()\"]|\"[^\"]*\")*\)", "", query)
    paths, stack, name = set(), [], ""
    for token in re.findall(r"[{}]|\w+", body):
        if token == "{":
            stack.append(name)
            paths.discard(".".join(stack[OUTER:]))
        elif token == "}":
            stack.pop()
        else:
            name = token
            paths |= {".".join([*stack[OUTER:], name])} if len(stack) >= OUTER else set()
    return paths


@pytest.mark.parametrize("report", KIOSK, ids=lambda report: report.name)
def test_a_query_asks_for_every_cell_that_is_kept(report):
    kept = {column.header.replace("[]", "") for table in report.tables for column in table.document_columns}

    paths = selected(report.query)

    assert kept <= paths
    assert {path for path in paths - kept if not path.startswith("ads.")} <= CHECKED


def test_advertising_is_asked_for_as_fees_are():
    paths = selected(REPORTS["economics"].query)

    detail = {path.removeprefix("fees.charges.aggregatedDetail") for path in paths if path.startswith("fees.charges.agg")}
    assert {path.removeprefix("ads.charge") for path in paths if path.startswith("ads.charge")} == detail
    assert "ads.adTypeName" in paths


def test_the_longest_query_is_one_that_amazon_takes():
    asins = ", ".join(f'"B0EXAMPL{number:02}"' for number in range(30))

    query = Template(REPORTS["sales_traffic_trends"].query).substitute(
        first="2026-11-01", last="2026-11-30", marketplace="ATVPDKIKX0DER", quoted_asins=asins
    )

    assert len(query) < MOST_CHARACTERS
    assert "$" not in query


def test_only_data_kiosk_has_queries():
    assert {report.source for report in REPORTS.values() if report.query} == {Source.DATA_KIOSK}
