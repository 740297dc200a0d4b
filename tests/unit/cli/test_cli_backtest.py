"""`sellerwatch backtest` on the command line: what it prints and draws, what it leaves behind, and what it refuses."""

import shutil
from pathlib import Path

import pytest
import yaml
from slack_sdk import WebClient

from sellerwatch.settings.shipped import shipped_config
from tests.conftest import without_computed
from tests.unit.alerts.known_decline import LAST, lay_down, night

RANGE = ("--from", str(night(2)), "--to", str(LAST))
SHORT = ("--from", str(night(1)), "--to", str(night(3)))


@pytest.fixture
def place(outside, monkeypatch):
    """The default configuration with one small store, a rules file with an earlier tier, and no document yet."""
    config = without_computed(shutil.copytree(shipped_config(), outside / "config"))
    stores = config / "stores.yaml"
    text = stores.read_text(encoding="utf-8").replace(
        "    credentials:\n", "    reports: [all_orders, fba_inventory]\n    credentials:\n"
    )
    stores.write_text(text, encoding="utf-8")
    rules = yaml.safe_load((config / "alert_rules.yaml").read_text(encoding="utf-8"))
    rules["rules"]["stockout_tiers"]["tiers"]["yellow"] = {"enter": 8, "exit": 9.6}
    rules["rules"]["integrity"]["clear_periods"] = 2
    Path("earlier.yaml").write_text(yaml.safe_dump(rules, sort_keys=False), encoding="utf-8")
    monkeypatch.setenv("SELLERWATCH_DATA", "var")
    return outside


@pytest.fixture
def past(place):
    """The same after the nights whose end is known."""
    return lay_down(Path("var/raw"))


def test_other_rules_are_told_beside_the_configured_ones_and_nothing_is_sent_or_left(sellerwatch, past, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-real")
    monkeypatch.setenv("SLACK_CHANNEL", "C0REAL")
    monkeypatch.setattr(WebClient, "__init__", lambda *_, **__: pytest.fail("a Slack client was made"))
    before = sorted(path for path in Path("var").rglob("*") if path.is_file())

    ran = sellerwatch(
        "backtest", "--rules", "earlier.yaml", "--store", "cascade", *RANGE, "--horizon", "7", "--picture", "seen.png"
    )

    assert (ran.code, ran.err) == (0, "")
    rows = {
        tuple(line.split("\t")[:2]): line.split("\t") for line in ran.out.splitlines() if line.startswith("stockout_tiers\t")
    }
    columns = next(line for line in ran.out.splitlines() if line.startswith("rule\tby")).split("\t")
    file, configured = (dict(zip(columns, rows["stockout_tiers", by], strict=True)) for by in ("file", "configured"))
    assert (file["lead days"], configured["lead days"]) == ("8 / 8 / 8", "7 / 7 / 7")
    assert (file[">= 7 d"], file["missed"], file["false alarms"]) == ("100%", "0", "1 of 2")
    assert f"+ {night(2)} yellow cascade US SOLD-OUT" in ran.out
    assert f"- {night(3)} yellow cascade US SOLD-OUT" in ran.out
    assert "nothing was sent" in ran.out
    idle = next(line for line in ran.out.splitlines() if "the same in both, and no alert: " in line)
    assert "stale_feed" in idle
    assert "stockout_tiers" not in idle
    assert "\nstale_feed\t" not in ran.out
    (undefined,) = [line for line in ran.out.splitlines() if "no event is defined" in line]
    assert undefined == "  no event is defined, so no lead time: stockout_rate, integrity", (
        "one had alerts, the file changes the other"
    )
    assert Path("seen.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert sorted(path for path in Path("var").rglob("*") if path.is_file()) == before


def test_the_same_as_json(sellerwatch, past):
    ran = sellerwatch("backtest", "--rules", "config/alert_rules.yaml", "--store", "cascade", *SHORT, "--json")

    facts = ran.facts
    assert (ran.code, facts["sent"], facts["stores"], facts["from"], facts["to"]) == (
        0,
        0,
        ["cascade"],
        str(night(1)),
        str(night(3)),
    )
    assert (facts["nights_judged"], facts["horizon_days"], facts["known_until"]) == (4, 14, str(LAST))
    rule = next(rule for rule in facts["rules"] if rule["rule"] == "stockout_tiers")
    assert (rule["change"], rule["more"], rule["fewer"]) == ("same", [], [])
    assert rule["file"] == rule["configured"]
    assert rule["file"]["event"] == "stock_out"
    assert rule["file"]["foresight"]["episodes"] == {"followed": 1, "under_way": 0, "undecided": 1, "false_alarm": 0}
    other = next(rule for rule in facts["rules"] if rule["rule"] == "stale_feed")
    assert (other["file"]["event"], other["file"]["foresight"]) == (None, None)


REFUSED = {
    "no rules file": (("--rules", "nowhere.yaml", *RANGE), "there is no file with rules [nowhere.yaml]"),
    "days backwards": (
        ("--rules", "earlier.yaml", "--from", "2026-11-09", "--to", "2026-11-02"),
        "the days end (2026-11-02) before they begin",
    ),
    "unknown store": (("--rules", "earlier.yaml", "--store", "cascad", *RANGE), "cascad"),
    "nothing in the raw store": (
        ("--rules", "earlier.yaml", "--store", "cascade", *RANGE),
        "the raw store holds no document of cascade",
    ),
    "a picture of another kind": (
        ("--rules", "earlier.yaml", *RANGE, "--picture", "seen.gif"),
        "Let the file's name end in .png",
    ),
    "a picture into nowhere": (
        ("--rules", "earlier.yaml", *RANGE, "--picture", "none/seen.png"),
        "Name a file in a folder that exists",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_slip_of_the_pen_is_one_line_and_exit_code_2(sellerwatch, place, case):
    arguments, words = REFUSED[case]

    ran = sellerwatch("backtest", *arguments)

    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_a_rule_of_an_unknown_metric_is_named_with_file_and_line(sellerwatch, place):
    text = Path("earlier.yaml").read_text(encoding="utf-8")
    Path("earlier.yaml").write_text(text.replace("metric: days_of_cover", "metric: days_of_cove"), encoding="utf-8")

    ran = sellerwatch("backtest", "--rules", "earlier.yaml", *RANGE)

    assert (ran.code, ran.out) == (2, "")
    assert "days_of_cove" in ran.err
    assert "earlier.yaml:" in ran.err


def test_days_that_no_night_reached_are_refused_with_those_that_are_there(sellerwatch, place):
    lay_down(Path("var/raw"), nights=2)

    ran = sellerwatch("backtest", "--rules", "earlier.yaml", "--store", "cascade", *RANGE)

    assert (ran.code, ran.out) == (2, "")
    assert "Choose days from 2026-11-01 to 2026-11-02" in ran.err
