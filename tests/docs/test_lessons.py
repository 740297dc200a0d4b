"""Every complaint about other tools has its row in docs/lessons.md, and every test that a row names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.walking import walk

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<number>\d+) \| (?P<complaint>.+?) \| (?P<instead>.+?) \| (?P<proof>.*) \|$", re.MULTILINE)
NODE = re.compile(r"`(?P<path>tests/[\w/]+\.py)::(?P<test>test_\w+)`")
ROWS = {row["number"]: row for row in ROW.finditer((ROOT / "docs" / "lessons.md").read_text(encoding="utf-8"))}


@cache
def names_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_all_twenty_five_complaints_are_there_once():
    numbers = [row["number"] for row in ROW.finditer((ROOT / "docs" / "lessons.md").read_text(encoding="utf-8"))]

    assert numbers == [str(number) for number in range(1, 26)]


def test_every_row_names_tests_that_exist(subtests):
    def check(row):
        named = list(NODE.finditer(row["proof"]))
        assert named
        assert [node[0] for node in named if node["test"] not in names_in(node["path"])] == []
        assert NODE.sub("", row["proof"]).strip() == ""

    walk(subtests, ROWS, check)


def test_what_is_open_names_its_issue():
    parts = [part for row in ROWS.values() for part in re.findall(r"open:.*", row["instead"])]

    assert [part for part in parts if not re.match(r"open: issue \d+, \w", part)] == []
