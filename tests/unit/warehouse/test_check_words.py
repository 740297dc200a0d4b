"""Every data check is said in both languages, and the stories stand as their checks do."""

from __future__ import annotations

import re

from sellerwatch.warehouse.checks.catalogue import CHECKS
from sellerwatch.warehouse.checks.chinese import KINDS, SINGLE, words
from sellerwatch.warehouse.checks.results import Verdict
from sellerwatch.warehouse.checks.stories import HEARD, told

CHINESE = re.compile("[一-鿿]")


def test_every_check_says_in_chinese_what_it_compares_and_what_to_do():
    said = {name: words(check, "zh") for name, check in CHECKS.items()}

    assert [name for name, one in said.items() if not (CHINESE.search(one.title) and CHINESE.search(one.remedy))] == []
    assert [name for name, one in said.items() if "{" in one.title or one.remedy.endswith(("。", "."))] == []


def test_english_words_are_the_checks_own():
    check = CHECKS["order_bursts"]

    assert words(check, "en") == (check.title, check.remedy)


def test_no_words_are_kept_for_checks_that_do_not_exist():
    assert set(SINGLE) - set(CHECKS) == set()
    assert [end for end in KINDS if not any(name.endswith(end) for name in CHECKS)] == []


def test_the_name_of_what_is_checked_stands_in_the_words_of_its_kind():
    assert words(CHECKS["fba_inventory_volume"], "zh").title.startswith("fba_inventory ")


def test_every_integrity_check_belongs_to_a_story():
    assert {name for name, check in CHECKS.items() if check.kind == "integrity"} - set(HEARD) == set()
    assert set(HEARD) - set(CHECKS) == set()


def verdict(name, status, place="US"):
    return Verdict(name, place, status, "orange", ())


def test_a_story_fails_with_any_of_its_checks_and_is_unknown_where_none_could_be_judged():
    found = [
        verdict("conversion_band", "pass"),
        verdict("orders_vs_sales_traffic", "fail"),
        verdict("return_band", "skipped"),
        verdict("order_bursts", "pass"),
        verdict("settlement_total", "skipped"),
        verdict("settlement_vs_orders", "fail", place="CA"),
        verdict("orders_days", "fail"),
    ]

    assert told(found, "US") == {"traffic": "fail", "behaviour": "pass", "finance": "skipped"}
    assert told(found, "CA") == {"traffic": "skipped", "behaviour": "skipped", "finance": "fail"}
