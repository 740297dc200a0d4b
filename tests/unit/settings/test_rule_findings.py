"""What `sellerwatch rules lint` finds: everything at once, each with its place."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from sellerwatch.alerts.rules.lint import findings
from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.load import load_settings

CONFIG = Path(__file__).resolve().parents[3] / "config"
RULES = "alert_rules.yaml"


def exempting(other):
    """Write an exemption of which one thing is said otherwise."""
    said = {"kind": "exemption", "metrics": "[acos]", "from": "2026-01-01", "to": "2026-01-02", "decided_by": "lead"}
    name, value = other.split(": ", 1)
    listed = ", ".join(f"{key}: {text}" for key, text in (said | {"decided_on": "2026-01-01", "why": "x", name: value}).items())
    return "exemptions.yaml", "exemptions: []", f"exemptions: [{{{listed}}}]"


WRONG = {
    "unknown metric": ((RULES, "metric: odr\n", "metric: odrs\n"), "unknown metric 'odrs'"),
    "unknown owner": ((RULES, "owner: service\n", "owner: nobody\n"), "unknown owner 'nobody'"),
    "unknown deputy": ((RULES, "deputy: operations", "deputy: nobody"), "unknown owner 'nobody'"),
    "unknown role of a step": ((RULES, "role: finance}", "role: nobody}"), "unknown owner 'nobody'"),
    "unknown playbook": ((RULES, "playbook: PB-10\n", "playbook: PB-99\n"), "unknown playbook 'PB-99'"),
    "unknown stage": ((RULES, "      clearance: off\n", "      ending: off\n"), "'ending' is not allowed"),
    "tiers out of order": ((RULES, "red: {enter: 8, exit: 7.2}", "red: {enter: 3, exit: 2}"), "must begin further out"),
    "exit deeper than enter": ((RULES, "{enter: 2, exit: 1.8}", "{enter: 2, exit: 3}"), "exit 3 lies deeper than enter 2"),
    "minimum of an unknown metric": ((RULES, "minimum: {units: 30}", "minimum: {unit: 30}"), "unknown metric 'unit'"),
    "minimum over a period that is not measured": (
        (RULES, "minimum: {sessions: 300}", "minimum: {sessions: {at_least: 300, period: d90}}"),
        "unknown period of sessions for each asin 'd90'",
    ),
    "unit of another metric": ((RULES, 'unit: "%"', "unit: days"), "limits are in days, and stockout_rate is in %"),
    "compared with another unit": (
        (RULES, "metric: gross_margin_pct, period: d30", "metric: gross_profit, period: d30"),
        "gross_profit is in currency, and tacos is in %",
    ),
    "period that is not measured": ((RULES, "period: d14\n    unit", "period: d90x\n    unit"), "'d90x' is not allowed"),
    "stage of a marketplace": (
        (
            RULES,
            "    owner: supply_chain\n    escalation: [{after_hours: 24, role: lead}]\n",
            "    lifecycle: {new: off}\n    owner: supply_chain\n",
        ),
        "a marketplace has no stage of life",
    ),
    "past of the wrong kind": ((RULES, "method: runs_8w", "method: median_28d"), "unknown baseline for the period d14"),
    "no limit of Amazon's": (
        (RULES, "compared_with: *own_weeks", "compared_with: {as: ratio, to: {what: amazon_limit}}"),
        "Amazon tells no limit of order_item_session_pct",
    ),
    "steps out of order": ((RULES, "{after_hours: 4, role", "{after_hours: 40, role"), "comes later than the one before"),
    "more periods than are looked at": (
        (RULES, "metric: odr\n", "metric: odr\n    need: {yellow: 3 of 2}\n"),
        "'3 of 2' cannot be met",
    ),
    "no period at all": ((RULES, "metric: odr\n", "metric: odr\n    need: {yellow: 0}\n"), "'0 of 0' cannot be met"),
    "more periods than are kept": (
        (RULES, "metric: odr\n", "metric: odr\n    need: {yellow: 2 of 90}\n"),
        "'2 of 90' cannot be met; write '2 of 3' with at most 31 periods",
    ),
    "unknown metric of an exemption": (exempting("metrics: [acosx]"), "unknown metric 'acosx'"),
    "unknown store of an exemption": (exempting("stores: [cascad]"), "unknown store 'cascad'"),
    "unknown marketplace of an exemption": (exempting("marketplaces: [USA]"), "unknown marketplace 'USA'"),
    "unknown role that decided": (exempting("decided_by: nobody"), "unknown owner 'nobody'"),
    "an exemption that ends before it begins": (
        exempting("to: 2025-12-31"),
        "it ends (2025-12-31) before it begins (2026-01-01)",
    ),
}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "config"
    shutil.copytree(CONFIG, made)
    return made


def change(folder, name, old, new):
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(("replaced", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found_with_its_place(folder, replaced, said):
    change(folder, *replaced)

    found = [str(item) for item in findings({"SELLERWATCH_CONFIG": str(folder)})]

    assert any(said in item for item in found)
    assert all(f"{folder}/{replaced[0]}" in item for item in found)


def test_an_unknown_owner_of_a_playbook_is_told_with_those_there_are_and_stops_a_night_too(folder):
    change(folder, "playbooks.yaml", "owner: quality", "owner: qualty")
    values = {"SELLERWATCH_CONFIG": str(folder)}

    (item,) = findings(values)

    assert re.fullmatch(
        r"unknown owner 'qualty' \[\S+/playbooks\.yaml:\d+, playbooks\.PB-4\.owner\]\. "
        r"The nearest are quality, .+; use one of: supply_chain, .*finance.*",
        str(item),
    )
    with pytest.raises(ConfigError, match="unknown owner 'qualty'"):
        load_settings(values)


def test_all_that_is_wrong_is_told_at_once(folder):
    for replaced, _ in (WRONG["unknown metric"], WRONG["unknown playbook"], WRONG["unknown deputy"]):
        change(folder, *replaced)

    found = findings({"SELLERWATCH_CONFIG": str(folder)})

    assert [item.what for item in found] == ["unknown metric 'odrs'", "unknown playbook 'PB-99'", "unknown owner 'nobody'"]


@pytest.mark.parametrize(("said", "need"), [("2 of 3", (2, 3)), ("2", (2, 2)), ("3  of  5", (3, 5))])
def test_how_many_periods_a_tier_needs_can_be_said_in_words(folder, said, need):
    change(folder, RULES, "metric: odr\n", f"metric: odr\n    need: {{yellow: {said}}}\n")

    settings = load_settings({"SELLERWATCH_CONFIG": str(folder)})

    (rule,) = (rule for rule in settings.rules.values() if rule.need)
    assert (rule.need_of("yellow"), rule.need_of("red")) == (need, (1, 1))


def test_an_exemption_holds_on_its_days_in_its_stores(folder):
    change(folder, *exempting("stores: [cascade]"))

    (item,) = load_settings({"SELLERWATCH_CONFIG": str(folder)}).exemptions

    assert [item.holds("acos", "cascade", date(2026, 1, day)) for day in (1, 2, 3)] == [True, True, False]
    assert not item.holds("acos", "alpine", date(2026, 1, 1))
    assert not item.holds("odr", "cascade", date(2026, 1, 1))
