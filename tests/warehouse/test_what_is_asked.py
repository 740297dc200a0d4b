"""What the configuration says is what Amazon is asked for, to the letter."""

from __future__ import annotations

from sellerwatch.settings.load import load_settings
from tests.conftest import ROOT

TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"


def test_every_configured_option_reaches_amazon(night):
    configured = dict(night.workspace.settings.reports["sales_traffic"].options)
    assert configured

    night.only("sales_traffic").pull()

    asked = [report.order for report in night.simulator.amazon.reports.values() if report.order.report_type == TRAFFIC]
    assert asked
    assert [dict(order.options) for order in asked] == [configured] * len(asked)


def test_traffic_is_asked_for_by_child_since_by_sku_amazon_leaves_out_what_was_seen_and_not_sold():
    shipped = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")})

    assert shipped.reports["sales_traffic"].options["asinGranularity"] == "CHILD"
