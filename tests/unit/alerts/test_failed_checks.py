"""A failed data check in the ops channel: what the message says, when it resolves, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from sellerwatch.alerts.judging import watched
from sellerwatch.alerts.showing.checks import check_blocks
from sellerwatch.messages.blocks import Message, Tone
from sellerwatch.messages.plain import render_plain
from sellerwatch.messages.wording import day_words
from sellerwatch.metrics.checks import check_failures
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.warehouse.checks.catalogue import CHECKS
from sellerwatch.warehouse.checks.results import Result, replace_results, results_of, verdicts
from sellerwatch.warehouse.engine import reading, writing
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.agreed_messages import HOSTILE
from tests.unit.alerts.judged_store import JudgedStore, Sent

ORDERS = "orders_vs_sales_traffic"


def said(name=ORDERS, status="fail", *, on=-4, measure="units", severity="orange", **cells):
    """One result; a failure found ten units too few."""
    expected, found = (Decimal(120), Decimal(110)) if status == "fail" else (Decimal(120), Decimal(120))
    numbers = {"compared": 1, "off": int(status == "fail"), "expected": expected, "found": found}
    if status == "skipped":
        numbers = {"reason": "feed_missing", "detail": {"days": 1, "first": str(day(on))}}
    numbers = numbers | ({"difference": found - expected} if status != "skipped" else {})
    base = {"check_name": name, "marketplace": "US", "day": day(on), "measure": measure, "status": status}
    return Result(
        **base | {"severity": severity, "remedy": CHECKS[name].remedy if name in CHECKS else "Do it"} | numbers | cells
    )


def night(store: JudgedStore, offset, *results):
    """Run a night's measuring of checks and its judging; return what it puts into the outbox."""
    store.at(day(offset))
    before = {row.key for row in store.outbox()}
    with writing(store.engine) as connection:
        replace_results(connection, store.store_id, day(offset), results)
    store.measured_checks(day(offset))
    store.feeds(on=day(offset))
    store.problems(on=day(offset))
    store.judge(day(offset))
    return store.sent(since=before)


def test_a_failed_check_shows_its_days_with_both_numbers_and_goes_to_ops(store):
    examples = [{"subject": f"B0{number}", "expected": "12.5", "found": "7"} for number in range(3)]
    night(
        store,
        0,
        said(),
        said(on=-5, measure="sales", currency="USD", compared=50, off=3, expected=Decimal("1234.56"), found=Decimal("1000.5"),
             detail={"examples": examples}),
        said(on=-6, status="pass"),
    )  # fmt: skip

    text = store.text(ORDERS)
    assert "• Fri, Nov 13 units: expected 120, found 110" in text
    assert "• Thu, Nov 12 sales: expected $1,234.56, found $1,000.50 (3 of 50 outside)" in text
    assert "• B02 on Thu, Nov 12, sales: expected $12.50, found $7.00" in text
    assert {row.channel for row in store.outbox()} == {"C0OPS"}


def test_a_check_that_passes_again_is_resolved_and_says_what_was_compared(store):
    night(store, 0, said())
    sent = night(store, 1, said(status="pass", compared=3), said(status="skipped", on=-3, measure=""))

    assert [item.kind for item in sent] == ["update", "reply"]
    assert store.alert(ORDERS).status == "resolved"
    assert "3 comparisons, all within the tolerance." in store.text(ORDERS)
    assert store.last_reply().startswith(f"🟢 Resolved: data check passes - {ORDERS} (Test Store, Amazon.com)")


@pytest.mark.parametrize("severity", ["yellow", "orange", "red"])
def test_the_severity_is_the_tier(store, severity):
    sent = night(store, 0, said(severity=severity))

    assert sent == [Sent("root", severity, False, f"Data check fails: {ORDERS} (Test Store, Amazon.com)")]
    assert store.alert(ORDERS).tier == severity


def test_a_check_that_could_not_be_judged_neither_fires_nor_resolves(store):
    night(store, 0, said(), said("sales_traffic_by_asin", "skipped", measure=""))
    night(store, 1, said(status="skipped", measure=""))

    assert store.alert(ORDERS).status == "firing"
    assert "Frozen since" in store.text(ORDERS)
    assert "a report it needs is missing" in store.text(ORDERS)
    assert [row for row in store.outbox() if "sales_traffic_by_asin" in str(row.message)] == []


def test_another_failed_day_updates_the_message_and_the_same_ones_do_not(store):
    night(store, 0, said())

    assert night(store, 1, said()) == []
    assert [item.kind for item in night(store, 2, said(), said(on=-2))] == ["update"]
    assert f"{day_words(day(-2), near=NIGHT)} units" in store.text(ORDERS)


def test_a_failed_check_freezes_no_other_alert(store):
    store.at(NIGHT)
    store.cover({"A": 2.0})
    night(store, 0, said("fba_inventory_coverage", severity="red"))

    assert store.alert("A").status == "firing"


def test_a_check_that_no_longer_exists_is_closed_and_not_called_resolved(store, monkeypatch):
    night(store, 0, said())
    monkeypatch.setattr(watched, "CHECKS", {name: check for name, check in CHECKS.items() if name != ORDERS})

    night(store, 1)

    assert store.alert(ORDERS).status == "closed"
    assert f"Closed, not resolved: the data check {ORDERS} no longer exists." in store.text(ORDERS)


def test_a_check_of_a_feed_that_is_not_pulled_leaves_no_number(store):
    night(store, 0, said(status="skipped", reason="not_pulled", measure=""), said("ledger_rows_balance", "pass"))

    with reading(store.engine) as connection:
        measuring = Measuring(store.store_id, NIGHT, store.clock.now(), store.settings.marketplaces(store.store_id))
        assert [row["subject"] for row in check_failures(connection, measuring)] == ["ledger_rows_balance"]


def test_a_long_list_of_days_is_cut_and_says_where_the_rest_is(store):
    examples = {"examples": [{"subject": f"B0{number}", "expected": "1", "found": "0"} for number in range(5)]}
    night(store, 0, *(said(on=-offset, compared=9, off=5, detail=examples) for offset in range(4, 24)))

    text = store.text(ORDERS)

    assert "and 15 more; all of them: sellerwatch status --store test_store" in " ".join(text.split())
    assert text.count("B0") == 5
    assert f"{day_words(day(-4), near=NIGHT)} units" in text, "the newest day comes first"


def test_hostile_names_are_shown_as_text(store):
    detail = {"examples": [{"subject": HOSTILE * 50, "expected": "1", "found": "0"}]}
    night(store, 0, said(compared=2, detail=detail))

    assert len(store.text(ORDERS)) < 2_000


def test_a_message_of_a_night_whose_results_are_gone_still_names_the_check(store):
    night(store, 0, said())
    with writing(store.engine) as connection:
        replace_results(connection, store.store_id, NIGHT, [])
    store.put("check_failure", "check", ORDERS, 3.0)
    store.clock.moment += timedelta(minutes=1)
    store.judge()

    assert f"{ORDERS} compares" in store.text(ORDERS)


def test_a_failed_check_in_chinese_names_its_documents_and_its_measure(store):
    detail = {
        "examples": [{"subject": "B01", "expected": "12.5", "found": "7"}],
        "documents": ["s/US/all_orders/1..2#1", "s/US/x#2"],
    }
    night(store, 0, said(measure="sales", currency="USD", compared=50, off=3, detail=detail))

    with reading(store.engine) as connection:
        blocks = check_blocks(
            verdicts(results_of(connection, store.store_id, NIGHT)), store.store_id, "US", ORDERS, NIGHT, language="zh"
        )

    text = render_plain(Message("校验", Tone.RED, blocks, "zh"))
    assert "• 11月13日周五 销售额：应为 US$120.00，实为 US$110.00（50 项中有 3 项超出容差）" in text
    assert "· 相关文件：s/US/all_orders/1..2#1, s/US/x#2" in text


def test_another_document_of_the_same_failure_is_no_news(store):
    night(store, 0, said(detail={"documents": ["s/US/all_orders/1..2#1"]}))

    assert night(store, 1, said(detail={"documents": ["s/US/all_orders/2..3#1"]})) == []
    assert "s/US/all_orders/1..2#1" in store.text(ORDERS)
