"""Numbers that flatter when they stand alone are flagged in the catalogue."""

from __future__ import annotations

from pathlib import Path

from sellerwatch.settings.load import load_settings

CONFIG = Path(__file__).resolve().parents[3] / "config"


def test_sales_alone_are_flagged_as_vanity():
    metrics = load_settings({"SELLERWATCH_CONFIG": str(CONFIG)}).metrics

    flagged = {name: metric.vanity for name, metric in metrics.items() if metric.vanity != "no"}

    beside_others = ("gmv_attainment_pct", "best_sellers_rank", "sessions", "ad_ctr", "proposal_count")
    assert flagged == {"gmv": "yes"} | dict.fromkeys(beside_others, "if_alone")
