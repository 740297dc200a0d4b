"""docs/not-observable.md says of every row that nobody can observe why, and sends people to metrics that there are."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from sellerwatch.settings.load import load_settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "not-observable.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<rows>S[^|]+) \| (?P<asked>[^|]+) \| (?P<why>[^|]+) \| (?P<nearest>[^|]+) \|$", re.MULTILINE)
TOLD = [(name.strip(), row) for row in ROW.finditer(PAGE) for name in row["rows"].split(",")]


def test_what_nobody_can_observe_is_told_with_its_reason():
    lines = (ROOT / "docs" / "requirements.csv").read_text(encoding="utf-8").splitlines()
    unobservable = [row["id"] for row in csv.DictReader(lines) if row["status"] == "not_observable"]

    assert sorted(name for name, _ in TOLD) == sorted(unobservable)
    assert [name for name, row in TOLD if len(row["why"].split()) < 5] == []


def test_what_comes_nearest_is_measured():
    metrics = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")}).metrics
    nearest = {word for _, row in TOLD for word in re.findall(r"`(\w+)`", row["nearest"])}

    assert nearest
    assert [name for name in sorted(nearest) if not metrics[name].is_measured] == []
