"""Every requirement row is there, and what is called working has a proof that exists."""

import ast
import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = list(csv.DictReader((ROOT / "docs" / "requirements.csv").read_text(encoding="utf-8").splitlines()))
STATUSES = {"works", "works_with_user_data", "works_with_ads", "not_observable", "people", "open"}
PROVEN = [row for row in ROWS if row["proof"]]


def test_no_row_is_dropped_or_doubled():
    ids = [row["id"] for row in ROWS]

    assert len(ids) == 323
    assert len(set(ids)) == 323


def test_every_status_is_one_of_the_known_and_only_open_rows_lack_a_proof():
    assert {row["status"] for row in ROWS} <= STATUSES
    assert [row["id"] for row in ROWS if row["status"].startswith("works") and not row["proof"]] == []


@pytest.mark.parametrize("row", PROVEN, ids=[row["id"] for row in PROVEN])
def test_the_proof_names_a_test_that_exists(row):
    path, _, name = row["proof"].partition("::")
    functions = {
        node.name
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }

    assert name in functions
