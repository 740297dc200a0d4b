"""Wrong configuration: each kind is one line with what, where (file, line and key), the bad value, what is allowed, what to do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.complaints import PATTERNS
from sellerwatch.settings.load import FILES, load_settings

CONFIG = Path(__file__).resolve().parents[3] / "config"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "config"
    shutil.copytree(CONFIG, made)
    return made


def complaint_about(folder):
    """Return the one line, with the folder's own path taken out."""
    with pytest.raises(ConfigError) as refused:
        load_settings({"SELLERWATCH_CONFIG": str(folder)})
    line = str(refused.value)
    assert "\n" not in line
    return line.replace(str(folder), "config")


def change(folder, name, old, new):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


APPENDED = """  my_rule:
    number: X01
    title: {en: Mine, zh: 我的}
    metric: sessions
    subject: marketplace
    breach: at_most
    tiers: {yellow: {enter: 10, exit: 12}}
    step_down_periods: 1
    clear_periods: 1
    owner: operations
    playbook: PB-1
    version: 1
"""


def test_a_rule_written_at_the_end_of_the_shipped_file_is_a_rule(folder):
    with (folder / "alert_rules.yaml").open("a", encoding="utf-8") as file:
        file.write(APPENDED)

    assert [*load_settings({"SELLERWATCH_CONFIG": str(folder)}).rules][-1] == "my_rule"


def test_a_rule_written_at_the_end_of_an_older_file_is_told_where_it_belongs(folder):
    path = folder / "alert_rules.yaml"
    above, rules = path.read_text(encoding="utf-8").split("\nrules:\n")
    unusual = above[above.index("unusual:\n") : above.index("\n\n")]
    path.write_text(f"rules:\n{rules}{unusual}\n{APPENDED}", encoding="utf-8")

    said = complaint_about(folder)

    assert re.fullmatch(
        r"unknown key 'my_rule' \[config/alert_rules\.yaml:\d+, unusual\.my_rule\]\. A rule belongs under `rules`: move .+\.",
        said,
    )


# Each row: the file, what is replaced by what, and the whole line that must come of it (a regular expression).
WRONG = {
    "unknown marketplace": (
        ("stores.yaml", "marketplaces: [US]", "marketplaces: [USA]"),
        r"unknown marketplace 'USA' \[config/stores\.yaml:\d+, stores\.cascade\.marketplaces\]\. Use one of: US, CA, .*SG\.",
    ),
    "marketplaces of two regions": (
        ("stores.yaml", "marketplaces: [US]", "marketplaces: [US, DE]"),
        r"marketplaces US, DE belong to different regions \[config/stores\.yaml:\d+, .*\]\. Make one store per region.*",
    ),
    "marketplace named twice": (
        ("stores.yaml", "marketplaces: [US]", "marketplaces: [US, US]"),
        r"US is listed twice \[config/stores\.yaml:\d+, stores\.cascade\.marketplaces\]\. .+\.",
    ),
    "no marketplace": (
        ("stores.yaml", "marketplaces: [US]", "marketplaces: []"),
        r".*\[config/stores\.yaml:\d+, stores\.cascade\.marketplaces\].* at least 1 item.*",
    ),
    "text in place of a list": (
        ("stores.yaml", "marketplaces: [US]", "marketplaces: US"),
        r"'US' is of the wrong kind \[config/stores\.yaml:\d+, stores\.cascade\.marketplaces\]\. Write a list\.",
    ),
    "a number in place of text": (
        ("stores.yaml", "title: Cascade US", "title: 5"),
        r"5 is of the wrong kind \[config/stores\.yaml:\d+, stores\.cascade\.title\]\. Write text.*",
    ),
    "a store's name in capitals": (
        ("stores.yaml", "  cascade:", "  Cascade:"),
        r"'Cascade' is not allowed \[config/stores\.yaml:\d+, stores\.Cascade\]\. Write small letters.*",
    ),
    "a store's report that is not configured": (
        ("stores.yaml", "title: Cascade US", "title: Cascade US\n    reports: [nope]"),
        r"unknown report 'nope' \[config/stores\.yaml:\d+, stores\.cascade\.reports\]\. Use one of: all_orders, .*",
    ),
    "a store's report named twice": (
        ("stores.yaml", "title: Cascade US", "title: Cascade US\n    reports: [all_orders, all_orders]"),
        r"all_orders is listed twice \[config/stores\.yaml:\d+, .*",
    ),
    "a day that is a number": (
        ("stores.yaml", "title: Cascade US", "title: Cascade US\n    secret_rotated_on: 20261117"),
        r"20261117 is not allowed \[config/stores\.yaml:\d+, stores\.cascade\.secret_rotated_on\]\. Input should be a valid date\.",
    ),
    "misspelt key": (
        ("stores.yaml", "title: Cascade US", "titel: Cascade US"),
        r"unknown key 'titel' \(and 1 more to correct\) \[config/stores\.yaml:\d+, .*\]\. .*: ads, brand_terms, credentials, language, marketplaces, night, reports, secret_rotated_on, title, without\.",
    ),
    "misspelt key of a kind of period": (
        ("reports.yaml", "    cooldown_minutes: 30", "    cooldown: 30"),
        r"unknown key 'cooldown' .*, reports\.fba_inventory\.cooldown\]\. .*: cooldown_minutes, deadline_minutes, .*, period, .*\.",
    ),
    "misspelt key at the top": (
        ("stores.yaml", "stores:", "shops:"),
        r"unknown key 'shops' .*\[config/stores\.yaml:\d+, shops\]\. Remove it or use one of: stores\.",
    ),
    "missing key": (
        ("reports.yaml", "    freshness_hours: 26\n", ""),
        r"the key 'freshness_hours' is missing \[config/reports\.yaml:\d+, reports\.all_orders\.freshness_hours\]\. Add it\.",
    ),
    "missing period": (
        ("reports.yaml", "    period: snapshot\n", ""),
        r"the key 'period' is missing \[config/reports\.yaml:\d+, reports\.fba_inventory\]\. Add it\.",
    ),
    "unknown period": (
        ("reports.yaml", "period: snapshot", "period: snap"),
        r"'snap' is not allowed as 'period' \[config/reports\.yaml:\d+, reports\.fba_inventory\]\. Use one of: .*'snapshot', .*\.",
    ),
    "a count below one": (
        ("reports.yaml", "history_days: 30", "history_days: 0"),
        r"0 is not allowed \[config/reports\.yaml:\d+, reports\.all_orders\.history_days\]\. .*greater than 0\.",
    ),
    "a yes in place of a count": (
        ("limits.yaml", "burst: 15", "burst: yes"),
        r"True is of the wrong kind \[config/limits\.yaml:\d+, operations\.createReport\.burst\]\. Write a whole number\.",
    ),
    "a fraction in place of a count": (
        ("limits.yaml", "burst: 15", "burst: 1.5"),
        r"1\.5 is of the wrong kind \[config/limits\.yaml:\d+, .*\]\. Write a whole number\.",
    ),
    "a rate of nothing": (
        ("limits.yaml", "rate: 2.0", "rate: 0"),
        r"0 is not allowed \[config/limits\.yaml:\d+, operations\.getReport\.rate\]\. .*greater than 0\.",
    ),
    "a quota of an unknown operation": (
        ("limits.yaml", "three_in_5_minutes: {operation: createReport", "three_in_5_minutes: {operation: makeReport"),
        r"unknown operation 'makeReport' \[config/limits\.yaml:\d+, quotas\.three_in_5_minutes\.operation\]\. Use one of: createReport, .*",
    ),
    "a quota shared by nobody we know": (
        ("limits.yaml", "burst: 3, shared_by: both", "burst: 3, shared_by: all"),
        r"'all' is not allowed \[config/limits\.yaml:\d+, quotas\.three_in_5_minutes\.shared_by\]\. Use one of: 'application', 'account' or 'both'\.",
    ),
    "a misspelt key of a quota": (
        ("limits.yaml", "burst: 3, shared_by: both", "burst: 3, shared: both"),
        r"unknown key 'shared' .*, quotas\.three_in_5_minutes\.shared\]\. .*: burst, operation, rate, shared_by\.",
    ),
    "an unknown quota of a report type": (
        ("limits.yaml", "TRAFFIC_REPORT: three_in_5_minutes", "TRAFFIC_REPORT: three_a_day"),
        r"unknown quota 'three_a_day' \[config/limits\.yaml:\d+, report_types\.GET_SALES_AND_TRAFFIC_REPORT\]\. Use one of: once_in_15_minutes_per_application, .*",
    ),
    "two quotas that would be one bucket": (
        (
            "limits.yaml",
            "TRAFFIC_REPORT: three_in_5_minutes",
            "TRAFFIC_REPORT: [once_in_15_minutes_per_account, twenty_a_day_per_account]",
        ),
        r"once_in_15_minutes_per_account and twenty_a_day_per_account are both shared by account \[config/limits\.yaml:\d+, .*\]\. Keep the one .*",
    ),
    "a quota of a report type named twice": (
        ("limits.yaml", "TRAFFIC_REPORT: three_in_5_minutes", "TRAFFIC_REPORT: [three_in_5_minutes, three_in_5_minutes]"),
        r"three_in_5_minutes is listed twice \[config/limits\.yaml:\d+, report_types\.GET_SALES_AND_TRAFFIC_REPORT\]\. .*",
    ),
    "a number in place of a quota": (
        ("limits.yaml", "TRAFFIC_REPORT: three_in_5_minutes", "TRAFFIC_REPORT: 3"),
        r"3 is of the wrong kind \[config/limits\.yaml:\d+, report_types\.GET_SALES_AND_TRAFFIC_REPORT\]\. Write a list\.",
    ),
    "a daily report of two days": (
        ("reports.yaml", "max_days: 1\n", "max_days: 2\n"),
        r"a daily report covers one day, so max_days is 1; found 2 \[config/reports\.yaml:\d+, reports\.sales_traffic\]\. .*",
    ),
    "more history than one report holds": (
        ("reports.yaml", "history_days: 30", "history_days: 40"),
        r".*40 history_days, and max_days is 31 \[config/reports\.yaml:\d+, reports\.all_orders\]\. .*",
    ),
    "a history from nowhere": (
        ("reports.yaml", "history_from: orders_by_date", "history_from: orders"),
        (
            r"unknown report with a history of its own 'orders' \[config/reports\.yaml:\d+, reports\.all_orders\.history_from\]\. "
            r"Use one of: .*orders_by_date\."
        ),
    ),
    "a history from elsewhere and no report of its own": (
        ("reports.yaml", "    history_max_days: 365", "    every_days: 1"),
        r".*history_from only beside history_max_days.*\[config/reports\.yaml:\d+, reports\.sales_traffic\]\. .*",
    ),
    "a history from a feed that has none": (
        ("reports.yaml", "history_from: orders_by_date", "history_from: sales_traffic"),
        r"unknown report with a history of its own 'sales_traffic' \[config/reports\.yaml:\d+, .*",
    ),
    "a rule for the watchdog that it cannot judge": (
        ("alert_rules.yaml", "metric: missing_nights", "metric: night_problems"),
        r"the watchdog reads missing_nights and nothing else, .* night_problems is judged by the watchdog \[config/alert_rules\.yaml:.*",
    ),
    "a night planned for no time of the day": (
        ("stores.yaml", "    title: Cascade US\n", "    title: Cascade US\n    night: {at: '25:00'}\n"),
        r"'25:00' .*\[config/stores\.yaml:\d+, stores\.cascade\.night\.at\]\. .*a time of day such as.*",
    ),
    "tiers that do not deepen": (
        ("alert_rules.yaml", "enter: 3", "enter: 9"),
        r"each deeper tier must begin further out; 9 follows 7 \[config/alert_rules\.yaml:\d+, rules\.stockout_tiers\]\. .*",
    ),
    "an exit inside the tier": (
        ("alert_rules.yaml", "exit: 8.4", "exit: 6"),
        r"exit 6 lies deeper than enter 7, .*\[config/alert_rules\.yaml:\d+, rules\.stockout_tiers\]\. .*",
    ),
    "an exit inside a tier that rises": (
        ("alert_rules.yaml", "red: {enter: 4, exit: 4}", "red: {enter: 4, exit: 5}"),
        r"exit 5 lies deeper than enter 4, .*rules\.stale_feed\]\. .*",
    ),
    "a limit that is no number": (
        ("alert_rules.yaml", "enter: 3", "enter: .nan"),
        r"nan is of the wrong kind \[config/alert_rules\.yaml:\d+, rules\.stockout_tiers\.tiers\.orange\.enter\]\. .*finite\.",
    ),
    "a limit in quotes": (
        ("alert_rules.yaml", "enter: 3", "enter: '3'"),
        r"'3' is of the wrong kind \[config/alert_rules\.yaml:\d+, .*\]\. Write a number\.",
    ),
    "unknown tier": (
        ("alert_rules.yaml", "red: {enter", "purple: {enter"),
        r"'purple' is not allowed \[config/alert_rules\.yaml:\d+, .*\]\. Use one of: 'yellow', 'orange' or 'red'\.",
    ),
    "unknown metric of a rule": (
        ("alert_rules.yaml", "metric: days_of_cover", "metric: days"),
        r"unknown metric 'days' \[config/alert_rules\.yaml:\d+, rules\.stockout_tiers\.metric\]\. Use one of: gmv, .*",
    ),
    "unknown playbook of a rule": (
        ("alert_rules.yaml", "playbook: PB-1\n", "playbook: PB-99\n"),
        r"unknown playbook 'PB-99' \[config/alert_rules\.yaml:\d+, rules\.stockout_tiers\.playbook\]\. Use one of: PB-1, .*",
    ),
    "unknown owner of a rule": (
        ("alert_rules.yaml", "owner: supply_chain", "owner: nobody"),
        r"unknown owner 'nobody' \[config/alert_rules\.yaml:\d+, rules\.stockout_tiers\.owner\]\. Use one of: supply_chain, .*",
    ),
    "a subject the metric does not have": (
        ("alert_rules.yaml", "subject: sku", "subject: store"),
        r"unknown subject 'store' \[config/alert_rules\.yaml:\d+, rules\.stockout_tiers\.subject\]\. Use one of: sku\.",
    ),
    "a playbook without steps for the rule": (
        ("playbooks.yaml", "yellow:\n        - {en: Do what each", "orange:\n        - {en: Do what each"),
        r"playbook 'PB-13' has no steps for the tier 'yellow' of the rule \[config/alert_rules\.yaml:\d+, .*\]\. .*playbooks\.yaml.*",
    ),
    "unknown owner of a metric": (
        ("metrics.yaml", "owner: operations", "owner: nobody"),
        r"unknown owner 'nobody' \[config/metrics\.yaml:\d+, metrics\.gmv\.owner\]\. Use one of: .*",
    ),
    "unknown report of a metric": (
        ("metrics.yaml", "feeds: [all_orders]", "feeds: [orders]"),
        r"unknown report 'orders' \[config/metrics\.yaml:\d+, metrics\.gmv\.feeds\]\. Use one of: all_orders, .*",
    ),
    "unknown owner of a contact": (
        ("routing.yaml", "contacts: {}", "contacts: {boss: U123}"),
        r"unknown owner 'boss' \[config/routing\.yaml:\d+, contacts\]\. Use one of: supply_chain, .*",
    ),
    "a name in place of a Slack id": (
        ("routing.yaml", "contacts: {}", "contacts: {data: '@jane'}"),
        r"'@jane' is not allowed \[config/routing\.yaml:\d+, contacts\.data\]\. Write a Slack id .*",
    ),
    "a language nobody taught us": (
        ("stores.yaml", "title: Cascade US", "title: Cascade US\n    language: fr"),
        r"'fr' is not allowed \[config/stores\.yaml:\d+, stores\.cascade\.language\]\. Use one of: 'en' or 'zh'\.",
    ),
    "the language of an unknown role": (
        ("routing.yaml", "languages: {}", "languages: {boss: zh}"),
        r"unknown owner 'boss' \[config/routing\.yaml:\d+, languages\]\. Use one of: supply_chain, .*",
    ),
    "a link that leads to no page": (
        ("routing.yaml", "links: {}", "links: {runbook: docs/runbook.md}"),
        r"'docs/runbook\.md' is not allowed \[config/routing\.yaml:\d+, links\.runbook\]\. Write an address that begins .*",
    ),
    "an owner with one name": (
        ("routing.yaml", "ads: {en: Advertising, zh: 广告}", "ads: Advertising"),
        r"'Advertising' is of the wrong kind \[config/routing\.yaml:\d+, owners\.ads\]\. Write keys with values\.",
    ),
    "a key written twice": (
        ("stores.yaml", "  alpine:", "  cascade:"),
        r"the key 'cascade' is written twice \[config/stores\.yaml:\d+, stores\.cascade\]\. Keep one of lines \d+ and \d+\.",
    ),
    "a key written twice on one line": (
        ("limits.yaml", "rate: 2.0,", "rate: 2.0, rate: 3.0,"),
        r"the key 'rate' is written twice \[config/limits\.yaml:\d+, operations\.getReport\.rate\]\. .*",
    ),
    "not YAML": (
        ("stores.yaml", "stores:", "stores: ["),
        r"not valid YAML: .* \[config/stores\.yaml:\d+\]\. Correct the line; indent with spaces\.",
    ),
    "a character YAML does not know": (
        ("stores.yaml", "stores:", "stores:\x07"),
        r"not valid YAML: special characters are not allowed \[config/stores\.yaml\]\. .*",
    ),
    "brackets without end": (
        ("stores.yaml", "stores:", "[" * 2_000),
        r"not .*\[config/stores\.yaml.*",
    ),
    "a date that does not exist": (
        ("stores.yaml", "title: Cascade US", "title: 2026-13-45"),
        r"not a configuration: month must be in 1\.\.12 \[config/stores\.yaml\]\. Correct or quote the value\.",
    ),
}


@pytest.mark.parametrize(("replaced", "line"), WRONG.values(), ids=WRONG)
def test_wrong_configuration_is_one_line_a_person_can_act_on(folder, replaced, line):
    change(folder, *replaced)

    assert re.fullmatch(line, complaint_about(folder))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("stores.yaml", "marketplaces: [US]", "marketplaces: [USA]"),
        ("stores.yaml", "title: Alpine EU", "titel: Alpine EU"),
        ("limits.yaml", "getReport: {rate: 2.0,", "getReport: {rate: 0,"),
        ("alert_rules.yaml", "orange: {enter: 3,", "orange: {enter: three,"),
    ],
)
def test_the_line_is_that_of_the_mistake(folder, name, old, new):
    change(folder, name, old, new)

    number = int(re.search(rf"{name}:(\d+)", complaint_about(folder))[1])

    assert new in (folder / name).read_text(encoding="utf-8").splitlines()[number - 1]


@pytest.mark.parametrize("name", sorted(FILES.values()))
def test_every_file_is_asked_for(folder, name):
    (folder / name).unlink()

    assert complaint_about(folder) == (
        f"the configuration file is missing [config/{name}]. Run `sellerwatch init` to write the missing files."
    )


@pytest.mark.parametrize("content", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_is_refused(folder, content):
    (folder / "stores.yaml").write_text(content)

    assert "the configuration file is empty [config/stores.yaml]" in complaint_about(folder)


@pytest.mark.parametrize("content", ["stores", "[stores]", "5"])
def test_a_file_without_keys_is_refused(folder, content):
    (folder / "stores.yaml").write_text(content)

    assert "is of the wrong kind [config/stores.yaml]. Write keys with values." in complaint_about(folder)


def test_a_file_that_is_not_utf8_is_refused(folder):
    (folder / "stores.yaml").write_bytes("stores: {a: {title: Größe}}".encode("cp1252"))

    assert complaint_about(folder) == "the configuration file is not UTF-8 [config/stores.yaml]. Save it as UTF-8."


def test_a_file_that_cannot_be_read_is_refused(folder):
    (folder / "stores.yaml").unlink()
    (folder / "stores.yaml").mkdir()

    assert "cannot read the configuration file: Is a directory [config/stores.yaml]" in complaint_about(folder)


def test_a_list_that_contains_itself_is_refused(folder):
    (folder / "stores.yaml").write_text("stores: &all\n  again: *all\n")

    assert complaint_about(folder)


@pytest.mark.parametrize("name", ["nowhere", "a-file", "x" * 300])
def test_a_missing_folder_names_the_command_that_makes_one(tmp_path, name):
    (tmp_path / "a-file").write_text("")

    with pytest.raises(ConfigError, match=r"no configuration folder .*`sellerwatch init`"):
        load_settings({"SELLERWATCH_CONFIG": str(tmp_path / name)})


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("stores.yaml", "lwa_client_secret: CASCADE_LWA_CLIENT_SECRET", "lwa_client_secret: amzn1.oa2-cs.v1.hush"),
        ("stores.yaml", "lwa_client_secret: CASCADE_LWA_CLIENT_SECRET", "lwa_client_secret: [hush]"),
        ("stores.yaml", "lwa_client_secret: CASCADE_LWA_CLIENT_SECRET", "lwa_client_secret: {hush: hush}"),
        ("routing.yaml", "alerts: [SLACK_CHANNEL]", "alerts: [xoxb-hush]"),
    ],
)
def test_a_secret_written_where_a_variable_belongs_is_not_repeated(folder, name, old, new):
    change(folder, name, old, new)

    with pytest.raises(ConfigError) as refused:
        load_settings({"SELLERWATCH_CONFIG": str(folder)})

    error = refused.value
    assert "may be a secret" in str(error)
    assert "hush" not in f"{error!s}{error!r}{error.__cause__!r}"


def test_a_long_value_is_cut(folder):
    change(folder, "limits.yaml", "burst: 15", f"burst: {'9x' * 500}")

    assert len(complaint_about(folder)) < 300


def patterns_in(schema):
    if isinstance(schema, dict):
        yield from [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
        yield from schema.get("patternProperties", {})
    for below in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from patterns_in(below)


def test_every_pattern_of_the_files_is_explained_to_people():
    assert {pattern for model in FILES for pattern in patterns_in(model.model_json_schema())} == set(PATTERNS)
