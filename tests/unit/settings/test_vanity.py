"""Numbers that flatter when they stand alone are flagged in the catalogue, and the page of metrics says so."""

from __future__ import annotations

import re
from pathlib import Path

from sellerwatch.settings.load import load_settings

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_sales_alone_are_called_vanity_and_the_page_of_metrics_says_so():
    metrics = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")}).metrics
    flagged = {name: metric.vanity for name, metric in metrics.items() if metric.vanity != "no"}

    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))
    assert flagged["gmv"] == "yes"
    assert {name for name, text in sections.items() if "\n- vanity: " in text} == set(flagged)
    assert "- vanity: to be shown only beside a ratio or a margin" in sections["gmv"]
