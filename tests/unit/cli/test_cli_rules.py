"""``sellerwatch rules``: what it prints, and what the shell is told."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sellerwatch.alerts.rules.explanation import Question, explain_rule
from sellerwatch.cli.main import build_app
from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.engine import reading, writing
from tests.spec.small_world import NIGHT, day, shipped_settings
from tests.unit.alerts.judged_store import JudgedStore

NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
CONFIG = Path(__file__).resolve().parents[3] / "config"
ONE_TEST = """
tests:
  - name: too mild
    rule: odr
    series: {odr: "1"}
    expect: [{night: 0, tier: yellow}]
"""


@pytest.fixture
def configured(tmp_path, monkeypatch):
    shutil.copytree(CONFIG, tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*arguments):
    return CliRunner().invoke(build_app(), ["rules", *arguments])


def test_lint_of_good_rules_says_so_and_ends_well(configured):
    result = said("lint")

    assert (result.exit_code, result.output) == (0, "nothing to correct\n")


def test_lint_names_file_and_line_and_ends_with_2(configured):
    path = configured / "config" / "alert_rules.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("playbook: PB-10\n", "playbook: PB-99\n"), encoding="utf-8")

    result = said("lint", "--json")

    (found,) = json.loads(result.output)["findings"]
    assert result.exit_code == 2
    assert found["what"] == "unknown playbook 'PB-99'"
    assert "alert_rules.yaml:" in found["where"]
    assert "rules.cash_runway.playbook" in found["where"]


def test_a_test_that_is_not_met_is_told_and_ends_with_1(configured):
    (configured / "mine.yaml").write_text(ONE_TEST, encoding="utf-8")

    result = said("test", "mine.yaml")

    assert result.exit_code == 1
    assert result.output == "too mild, night 0: tier is red, expected yellow\n1 tests, 1 failed\n"


def test_a_file_of_tests_that_is_not_there_is_named_and_no_configuration_is_blamed(configured):
    refused = said("test", "nowhere.yaml").exception

    assert isinstance(refused, ConfigError)
    assert "there is no file of tests [nowhere.yaml]" in str(refused)


def test_explain_without_a_subject_says_what_to_write(configured):
    result = said("explain", "stockout_tiers")

    assert isinstance(result.exception, ConfigError)
    assert "--subject" in str(result.exception)


def test_shadow_tells_what_a_rule_in_shadow_would_have_sent(configured, sqlite_warehouse, shipped_for, monkeypatch):
    path = configured / "config" / "alert_rules.yaml"
    rules = path.read_text(encoding="utf-8").replace(
        "    playbook: PB-1\n", "    playbook: PB-1\n    shadow: true\n    shadow_until: 2026-01-01\n", 1
    )
    path.write_text(rules, encoding="utf-8")
    judged = JudgedStore(sqlite_warehouse, shipped_for(configured / "config"), store_id="cascade")
    assert judged.night(0, {"A": 2.0})[0].title.startswith("Time in shadow is over: stockout_tiers"), "and nothing of the SKU"
    monkeypatch.setenv("SELLERWATCH_WAREHOUSE_URL", sqlite_warehouse.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SELLERWATCH_DATA", str(configured))

    table = said("shadow", "--store", "cascade")
    result = said("shadow", "stockout_tiers", "--store", "cascade", "--json")

    assert (table.exit_code, result.exit_code) == (0, 0)
    assert "stockout_tiers: its time in shadow ended on 2026-01-01; supply_chain decides" in table.output
    (rule,) = json.loads(result.output)["rules"]
    assert (rule["since"], rule["until"], rule["is_over"]) == ("2026-11-17", "2026-01-01", True)
    assert (rule["outcome"]["episodes"], rule["outcome"]["calls"]) == (1, {"yellow": 0, "orange": 1, "red": 0})
    assert isinstance(said("shadow", "odr").exception, ConfigError)


@pytest.fixture
def shipped_for(tmp_path):
    """Return the settings of a folder, with channels."""
    return lambda folder: shipped_settings(tmp_path, SELLERWATCH_CONFIG=str(folder))


@pytest.fixture
def store(sqlite_warehouse, tmp_path) -> JudgedStore:
    return JudgedStore(sqlite_warehouse, shipped_settings(tmp_path), store_id="test_store", every_rule=True)


def explained(store, rule, subject):
    with reading(store.engine) as connection:
        return explain_rule(connection, store.settings, Question(rule, store.store_id, subject, NIGHT))


def test_explain_tells_value_limits_and_outcome(store):
    store.cover({"A": 2.8})

    lines = explained(store, "stockout_tiers", "A")

    assert [line.strip() for line in lines[lines.index("A in US on 2026-11-17:") :]] == [
        "A in US on 2026-11-17:",
        "value: 2.8 days, of 2026-11-17",
        "yellow here: at or below 7, left past 8.4",
        "orange here: at or below 3, left past 3.6",
        "red here: at or below 1, left past 1.2",
        "outcome: value",
        "tier by this value alone: orange",
    ]


def test_explain_tells_a_limit_that_is_still_fine_from_one_that_is_not(store):
    store.put("stockout_rate", "marketplace", "US", 4.0, on=NIGHT)

    lines = [line.strip() for line in explained(store, "stockout_rate", "US")]

    assert "orange here: above 4, left past 3.6" in lines
    assert "tier by this value alone: yellow" in lines


def test_explain_tells_which_conditions_hold(store):
    for metric, value in (("valid_tracking_rate", 96.5), ("on_time_delivery_rate", None)):
        store.put(metric, "marketplace", "US", value, on=NIGHT - timedelta(days=1), reason=None if value else "no_data")

    lines = [line.strip() for line in explained(store, "tracking_delivery", "US")]

    assert "yellow holds: valid_tracking_rate (day) < Amazon's limit +2; it is 96.5" in lines
    assert "orange does not hold: valid_tracking_rate (day) < Amazon's limit +1; it is 96.5" in lines
    assert "yellow not known: on_time_delivery_rate (day) < 97 (no_data)" in lines
    assert lines[-1] == "tier by this value alone: yellow"


def test_explain_tells_the_conditions_of_the_subjects_own_stage_of_life_alone(store):
    for metric in ("aged_share_90", "aged_share_180", "aged_share_365"):
        store.put(metric, "sku", "A", 15.0)

    lines = [line.strip() for line in explained(store, "aged_stock", "A")]

    assert "yellow does not hold: aged_share_90 (day) > 20; it is 15" in lines
    assert "red holds: aged_share_365 (day) > 0; it is 15" in lines
    assert not any("> 10; it is" in line for line in lines), "that is the limit while in clearance"


def test_explain_of_a_subject_the_night_does_not_name_says_that_it_is_unknown(store):
    store.cover({"LAMP-BLK": 2.8}, on=day(0))

    with pytest.raises(ConfigError, match=r"names no sku 'LAMP-BLAK'.* The nearest of the night are LAMP-BLK"):
        explained(store, "stockout_tiers", "LAMP-BLAK")


def test_explain_of_a_night_without_values_says_to_name_another(store):
    with pytest.raises(ConfigError, match="has no values for the rule: name another with --date"):
        explained(store, "stockout_tiers", "A")


def test_explain_speaks_of_the_newest_night_unless_another_is_named(store):
    with writing(store.engine) as connection:
        assert nights.newest(connection, store.store_id) is None
        for number in (0, 1):
            nights.begin(connection, store.store_id, day(number), NOW)
        nights.begin(connection, "another_store", day(2), NOW)
        assert nights.newest(connection, store.store_id) == day(1)
