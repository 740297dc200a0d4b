"""`sellerwatch doctor`: every check, good and bad, with and without a network."""

from __future__ import annotations

import socket

import httpx
import pytest

GOOD = [
    "python",
    "clock",
    "environment",
    "configuration",
    "reports",
    "metrics",
    "limits",
    "data checks",
    "warehouse",
    "raw store",
    "store cascade",
    "store alpine",
    "channel alerts",
    "channel ops",
    "channel fallback",
    "Slack",
    "Slack buttons",
]


@pytest.fixture
def doctor(sellerwatch):
    """Run the doctor; give the exit code and what it says of each check."""

    def examined(*arguments):
        ran = sellerwatch("doctor", "--json", *arguments)
        assert ran.err == ""
        return ran.code, {item["name"]: item for item in ran.facts["checks"]}

    return examined


def bad(checks):
    return {name: item["detail"] for name, item in checks.items() if not item["ok"]}


def test_in_an_empty_folder_one_line_says_what_is_missing_and_what_to_do(sellerwatch, outside):
    ran = sellerwatch("doctor", "--offline")

    (line,) = [line for line in ran.out.splitlines() if line.startswith("BAD")]
    assert ran.code == 1
    assert line == (
        "BAD  configuration: there is no configuration folder [config]. "
        "Run `sellerwatch init` here, or set SELLERWATCH_CONFIG to the folder."
    )
    assert not list(outside.iterdir())


def test_against_amazon_and_slack_everything_is_good(doctor, against_simulator):
    code, checks = doctor()

    assert bad(checks) == {}
    assert list(checks) == GOOD
    assert code == 0
    assert checks["store cascade"]["detail"] == "Amazon accepts the credentials"
    assert checks["Slack"]["detail"].startswith("the token belongs to ")


def test_offline_nobody_is_called(doctor, against_simulator, simulator):
    code, checks = doctor("--offline")

    assert (code, bad(checks), list(checks)) == (0, {}, GOOD)
    assert simulator.amazon.calls == {}
    assert httpx.get(f"{simulator.base_url}/_sim/slack/journal", trust_env=False).json()["summary"]["calls"] == 0


def test_in_words_each_check_is_one_line(sellerwatch, against_simulator):
    ran = sellerwatch("doctor", "--offline")

    assert [line[:5] for line in ran.out.splitlines()] == ["ok   "] * len(GOOD)


def break_config(folder, name, old, new):
    path = folder / "config" / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def a_file_in_the_way(folder):
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")


# What is broken, the check that must see it, and what it must say. Each runs offline.
BROKEN = {
    "clock": (lambda m, _: m.setenv("SELLERWATCH_CLOCK", "noon"), "clock", "is not a clock: 'noon'"),
    "forced marketplace": (lambda m, _: m.setenv("SP_API_DEFAULT_MARKETPLACE", "US"), "environment", "Unset SP_API_DEFAULT"),
    "client's stage": (lambda m, _: m.setenv("AWS_ENV", "prod"), "environment", "AWS_ENV is 'prod'"),
    "unknown report": (
        lambda _, f: break_config(f, "reports.yaml", "  ledger_detail:", "  ledger_detial:"),
        "reports",
        "unknown report 'ledger_detial'",
    ),
    "metric that is measured and not defined": (
        lambda _, f: break_config(f, "metrics.yaml", "  units:", "  pieces:"),
        "configuration",
        "unknown metric 'units'",
    ),
    "call without a rate": (
        lambda _, f: break_config(f, "limits.yaml", "  getReport:", "  getRepot:"),
        "limits",
        "unknown operation 'getReport'",
    ),
    "limits of a report type that nobody knows": (
        lambda _, f: break_config(f, "limits.yaml", "  GET_SALES_AND_TRAFFIC_REPORT:", "  GET_SALES_AND_TRAFIC_REPORT:"),
        "limits",
        "unknown report type 'GET_SALES_AND_TRAFIC_REPORT'",
    ),
    "database's scheme": (
        lambda m, _: m.setenv("SELLERWATCH_WAREHOUSE_URL", "mysql://me:hush@db/x"),
        "warehouse",
        "neither SQLite nor PostgreSQL",
    ),
    "raw store": (lambda _, f: a_file_in_the_way(f / "data" / "raw"), "raw store", "a file is in the way"),
    "credential": (lambda m, _: m.delenv("ALPINE_REFRESH_TOKEN"), "store alpine", "not set: ALPINE_REFRESH_TOKEN"),
    "credential's file": (
        lambda m, _: [m.delenv("ALPINE_REFRESH_TOKEN"), m.setenv("ALPINE_REFRESH_TOKEN_FILE", "/nowhere")],
        "store alpine",
        "cannot read the file named by ALPINE_REFRESH_TOKEN_FILE",
    ),
    "Slack token": (lambda m, _: m.delenv("SLACK_BOT_TOKEN"), "Slack", "SLACK_BOT_TOKEN is not set"),
    "ops channel": (
        lambda m, _: [m.delenv("SLACK_CHANNEL"), m.setenv("SLACK_FALLBACK_CHANNEL", "C1")],
        "channel ops",
        "SLACK_CHANNEL is not set",
    ),
}


@pytest.mark.parametrize(("break_it", "name", "said"), BROKEN.values(), ids=BROKEN)
def test_each_broken_thing_is_found_offline(doctor, configured, monkeypatch, break_it, name, said):
    break_it(monkeypatch, configured)

    code, checks = doctor("--offline")

    assert code == 1
    assert said in bad(checks)[name]
    assert "hush" not in str(checks)


def test_a_wrong_clock_is_not_blamed_on_the_warehouse(doctor, configured, monkeypatch):
    monkeypatch.setenv("SELLERWATCH_CLOCK", "noon")

    _, checks = doctor("--offline")

    assert list(bad(checks)) == ["clock"]


def test_a_data_folder_that_cannot_be_made_is_found(doctor, unused):
    a_file_in_the_way(unused / "data")

    code, checks = doctor("--offline")

    assert code == 1
    assert set(bad(checks)) == {"warehouse", "raw store"}


def test_a_password_in_the_database_url_is_not_shown(doctor, configured, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("SELLERWATCH_WAREHOUSE_URL", f"postgresql://me:hush@127.0.0.1:{port}/x?connect_timeout=1")

    code, checks = doctor("--offline")

    assert code == 1
    assert "PostgreSQL did not answer" in bad(checks)["warehouse"]
    assert "hush" not in str(checks)


def test_nobody_at_the_other_end_is_found(doctor, configured, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)

    code, checks = doctor()

    assert code == 1
    assert set(bad(checks)) == {"store cascade", "store alpine", "Slack"}
    assert "Slack does not answer" in bad(checks)["Slack"]


def test_refused_credentials_are_found_and_not_repeated(doctor, against_simulator, monkeypatch):
    monkeypatch.setenv("CASCADE_LWA_CLIENT_SECRET", "hush")

    code, checks = doctor()

    assert code == 1
    assert list(bad(checks)) == ["store cascade"]
    assert "invalid_client" in bad(checks)["store cascade"]
    assert "hush" not in str(checks)


def test_a_refused_slack_token_is_found_and_not_repeated(doctor, against_simulator, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hush")

    code, checks = doctor()

    assert code == 1
    assert "Slack refuses the bot token: invalid_auth" in bad(checks)["Slack"]
    assert "hush" not in str(checks)


@pytest.mark.parametrize(
    ("channel", "said"),
    [("C0NOTMEMBER", "the app is not in the channel C0NOTMEMBER"), ("#alerts", "Slack knows no channel '#alerts'")],
)
def test_a_channel_that_would_refuse_the_first_message_is_found(doctor, against_simulator, monkeypatch, channel, said):
    monkeypatch.setenv("SLACK_CHANNEL", channel)

    code, checks = doctor()

    assert code == 1
    assert list(bad(checks)) == ["channel alerts"]
    assert said in bad(checks)["channel alerts"]


def test_an_app_that_may_not_read_a_channel_is_told_which_scope_it_lacks(doctor, against_simulator, simulator):
    fault = {"fault": "missing_scope", "method": "conversations.history"}
    httpx.post(f"{simulator.base_url}/_sim/slack/faults", json=fault, trust_env=False).raise_for_status()

    code, checks = doctor()

    assert code == 1
    assert list(bad(checks)) == ["channel alerts"]
    assert "channels:history" in bad(checks)["channel alerts"]


def test_the_channel_of_a_route_is_looked_at_too(doctor, configured):
    break_config(configured, "routing.yaml", "  routes: []", "  routes: [{channels: [SLACK_ADS_CHANNEL], owners: [ads]}]")

    code, checks = doctor("--offline")

    assert code == 1
    assert "SLACK_ADS_CHANNEL is not set" in bad(checks)["channel of a route SLACK_ADS_CHANNEL"]


@pytest.mark.parametrize("fault", ["http_500_before", "html_200", "reset_before", "token_revoked", "ratelimited"])
def test_whatever_slack_answers_is_one_line(doctor, against_simulator, simulator, fault):
    httpx.post(f"{simulator.base_url}/_sim/slack/faults", json={"fault": fault}, trust_env=False).raise_for_status()

    code, checks = doctor()

    assert code == 1
    assert list(bad(checks)) == ["Slack"]
    assert "\n" not in bad(checks)["Slack"]


def test_an_app_token_that_slack_refuses_is_found_and_not_repeated(doctor, against_simulator, monkeypatch):
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-hush")

    code, checks = doctor()

    assert code == 1
    assert list(bad(checks)) == ["Slack buttons"]
    assert "Slack refuses the app-level token: invalid_auth" in bad(checks)["Slack buttons"]
    assert "hush" not in str(checks)


def test_without_an_app_token_buttons_are_not_looked_at(doctor, against_simulator, monkeypatch):
    monkeypatch.delenv("SLACK_APP_TOKEN")

    assert "Slack buttons" not in doctor("--offline")[1]


def test_an_address_beside_slack_that_cannot_be_sent_to_is_found_and_not_repeated(doctor, configured, monkeypatch):
    monkeypatch.setenv("SELLERWATCH_NOTIFY_ALERTS", "nosuch://t0psecret")

    code, checks = doctor("--offline")

    assert code == 1
    assert "no address that Apprise knows" in bad(checks)["beside Slack SELLERWATCH_NOTIFY_ALERTS"]
    assert "t0psecret" not in str(checks)
