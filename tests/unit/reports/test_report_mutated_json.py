"""Whatever is wrong inside a JSON document, its parser answers with facts and skipped records, or refuses it in words."""

import json
import random

import pytest

from sellerwatch.reports.contract import Content, Source
from sellerwatch.reports.document import DocumentError
from sellerwatch.reports.registry import REPORTS
from tests.golden.regenerate import cases

STRANGE = [None, True, 7, -1, 1.5, 10**30, "", "x", "\ud800", "a\0b", [], {}, [1], {"a": 1}, [{"a": [{}]}], [None], [[]]]
DOCUMENTS = {
    case.folder.parent.name: case
    for case in cases()
    if case.folder.name == "live_2026" and REPORTS[case.folder.parent.name].content is Content.JSON
}
ROUNDS = 25


def mutated(value, chance):
    if chance.random() < 0.03:
        return chance.choice(STRANGE)
    if isinstance(value, dict):
        return {name: mutated(cell, chance) for name, cell in value.items() if chance.random() > 0.01}
    return [mutated(item, chance) for item in value] if isinstance(value, list) else value


def versions(report, case):
    is_lines = report.source is Source.DATA_KIOSK
    text = case.data().decode()
    records = [json.loads(line) for line in text.splitlines()] if is_lines else json.loads(text)
    chance = random.Random(report.name)
    for _ in range(ROUNDS):
        if is_lines:
            yield "\n".join(json.dumps(mutated(record, chance)) for record in records).encode()
        else:
            yield json.dumps(mutated(records, chance)).encode()


def parsed_or_refused(report, data, context):
    try:
        return report.parse(data, context)
    except DocumentError:
        return None


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_mutated_document_gives_whole_rows_and_names_every_record_it_lost(name):
    report, case = REPORTS[name], DOCUMENTS[name]

    readings = [parsed_or_refused(report, data, case.context()) for data in versions(report, case)]

    assert any(readings)
    for parsed in filter(None, readings):
        assert sum(map(len, parsed.frames.values())) + len(parsed.skipped) == parsed.row_count
        tables = [table for table in report.tables if table.name in parsed.frames]
        for table in tables:
            keys = parsed.frames[table.name][list(table.key)]
            assert keys.notna().all(axis=None)
            assert not keys.duplicated().any()
        text = repr([parsed.skipped, parsed.unknown_columns, *(list(t.rows(parsed.frames[t.name])) for t in tables)])
        assert "\\ud8" not in text
        assert "\\x00" not in text
