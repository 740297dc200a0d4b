"""What good configuration becomes, and how the environment is read."""

from __future__ import annotations

import copy
import dataclasses
import re
import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from sellerwatch.core.errors import ConfigError
from sellerwatch.settings import yamlfile
from sellerwatch.settings.environment import VARIABLES, Environment
from sellerwatch.settings.load import FILES, load_settings
from sellerwatch.settings.models import Store
from sellerwatch.settings.shipped import shipped_config
from sellerwatch.settings.yamlfile import read_yaml

CONFIG = Path(__file__).resolve().parents[3] / "config"
SECRET = "hush-hush"


@pytest.fixture
def load(tmp_path):
    def with_variables(**values):
        return load_settings({"SELLERWATCH_CONFIG": str(CONFIG), "SELLERWATCH_DATA": str(tmp_path)} | values)

    return with_variables


def test_the_default_configuration_is_complete_and_consistent(load, tmp_path):
    settings = load()

    assert list(settings.stores) == ["cascade", "alpine"]
    assert settings.raw_folder == tmp_path / "raw"
    assert settings.warehouse_url == f"sqlite:///{tmp_path / 'warehouse.sqlite'}"
    assert [place.code for place in settings.marketplaces("alpine")] == ["DE", "UK"]


def test_a_report_type_may_have_one_quota_of_its_own_or_several(tmp_path):
    shutil.copytree(CONFIG, tmp_path / "config")
    path = tmp_path / "config" / "limits.yaml"
    both = "[once_in_15_minutes_per_application, once_in_15_minutes_per_account]"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("TRAFFIC_REPORT: three_in_5_minutes", f"TRAFFIC_REPORT: {both}"), encoding="utf-8")

    quotas = load_settings({"SELLERWATCH_CONFIG": str(tmp_path / "config")}).quotas

    assert [quota.shared_by for quota in quotas["GET_SALES_AND_TRAFFIC_REPORT"]] == ["application", "account"]
    assert [quota.burst for quota in quotas["GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT"]] == [20]


def test_a_file_of_limits_without_quotas_is_complete(tmp_path):
    shutil.copytree(CONFIG, tmp_path / "config")
    path = tmp_path / "config" / "limits.yaml"
    path.write_text(path.read_text(encoding="utf-8").split("quotas:")[0], encoding="utf-8")

    assert load_settings({"SELLERWATCH_CONFIG": str(tmp_path / "config")}).quotas == {}


def test_without_variables_config_and_var_of_the_present_folder_are_used(tmp_path, monkeypatch):
    shutil.copytree(CONFIG, tmp_path / "config")
    monkeypatch.chdir(tmp_path)

    settings = load_settings({})

    assert (str(settings.config_folder), str(settings.data_folder)) == ("config", "var")


def test_the_process_environment_is_read_when_none_is_given(monkeypatch):
    monkeypatch.setenv("SELLERWATCH_CONFIG", str(CONFIG))

    assert load_settings().config_folder == CONFIG


def test_the_shipped_configuration_is_the_one_of_the_checkout():
    assert shipped_config() == CONFIG


def test_settings_do_not_change(load):
    settings = load()

    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.data_folder = Path()
    with pytest.raises(ValidationError):
        settings.store("cascade").title = "other"


def test_a_store_pulls_its_own_reports_or_all(load):
    settings = load()
    own = Store.model_validate(settings.store("cascade").model_dump() | {"reports": ["all_orders"]})

    narrowed = dataclasses.replace(settings, stores={"cascade": own, "alpine": settings.store("alpine")})

    assert narrowed.reports_of("cascade") == ("all_orders",)
    assert narrowed.reports_of("alpine") == tuple(settings.reports)


def test_an_unknown_store_is_refused_with_the_list_of_stores(load):
    with pytest.raises(ConfigError, match=r"unknown store 'cascad' .*stores\.yaml.*cascade, alpine"):
        load().store("cascad")


@pytest.mark.parametrize(
    ("audience", "variables", "channel"),
    [
        ("alerts", {"SLACK_CHANNEL": "C1"}, "C1"),
        ("ops", {"SLACK_CHANNEL": "C1"}, "C1"),
        ("ops", {"SLACK_CHANNEL": "C1", "SLACK_OPS_CHANNEL": "C2"}, "C2"),
        ("fallback", {"SLACK_CHANNEL": "C1", "SLACK_OPS_CHANNEL": "C2"}, "C2"),
        ("fallback", {"SLACK_CHANNEL": "C1", "SLACK_OPS_CHANNEL": "C2", "SLACK_FALLBACK_CHANNEL": "C3"}, "C3"),
    ],
)
def test_an_audience_hears_the_first_channel_that_is_set(load, audience, variables, channel):
    assert load(**variables).channel(audience) == channel


def test_a_channel_that_is_not_set_is_named_with_the_variable(load):
    with pytest.raises(ConfigError, match=r"SLACK_CHANNEL is not set \(the Slack channel for ops\).*SLACK_CHANNEL_FILE"):
        load().channel("ops")


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_no_secret_shows_in_settings_or_environment(load):
    settings = load(
        SLACK_BOT_TOKEN=SECRET,
        CASCADE_REFRESH_TOKEN=SECRET,
        SELLERWATCH_WAREHOUSE_URL=f"postgresql://me:{SECRET}@db.example:5432/warehouse?password={SECRET}",
    )

    assert SECRET not in f"{settings!r}{settings!s}{settings.environment!r}{settings.environment!s}"
    assert settings.warehouse_place == "db.example:5432/warehouse"


def test_a_value_may_lie_in_a_file(tmp_path):
    (tmp_path / "token").write_text(f"  {SECRET}\n")

    environment = Environment({"SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})

    assert environment.get("SLACK_BOT_TOKEN") == SECRET
    assert environment.require("SLACK_BOT_TOKEN", purpose="token") == SECRET


def test_a_value_wins_over_its_file(tmp_path):
    environment = Environment({"SLACK_BOT_TOKEN": "direct", "SLACK_BOT_TOKEN_FILE": str(tmp_path / "absent")})

    assert environment.get("SLACK_BOT_TOKEN") == "direct"


@pytest.mark.parametrize("values", [{}, {"SLACK_CHANNEL": ""}, {"SLACK_CHANNEL": "  "}, {"SLACK_CHANNEL_FILE": ""}])
def test_an_empty_value_is_not_set(values):
    assert Environment(values).get("SLACK_CHANNEL") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file or directory"), (b"\xff\xfe\x00", "is not text"), (b" \n", "is empty")],
    ids=["missing", "not text", "empty"],
)
def test_a_file_without_a_value_is_refused_by_its_variable_and_path(tmp_path, content, said):
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=said) as refused:
        Environment({"SLACK_BOT_TOKEN_FILE": str(path)}).get("SLACK_BOT_TOKEN")

    assert "SLACK_BOT_TOKEN_FILE" in refused.value.what
    assert refused.value.where == str(path)


def test_a_required_value_says_what_it_is_for():
    with pytest.raises(
        ConfigError, match=r"SLACK_BOT_TOKEN is not set \(the app's token\) \[environment\]\. Set SLACK_BOT_TOKEN"
    ):
        Environment({}).require("SLACK_BOT_TOKEN", purpose="the app's token")


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_example_environment_names_every_variable_and_no_other():
    text = (CONFIG / "env.example").read_text(encoding="utf-8")
    stores = load_settings({"SELLERWATCH_CONFIG": str(CONFIG)}).stores.values()
    credentials = {name for store in stores for name in store.credentials.model_dump().values()}
    advertising = {name for store in stores for name in store.ads.model_dump(exclude={"profiles"}).values()}
    profiles = {name for store in stores for name in store.ads.profiles.values()}

    named = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, flags=re.MULTILINE))

    assert named == set(VARIABLES) | credentials | advertising | profiles


@pytest.mark.parametrize("name", sorted(FILES.values()))
def test_a_file_says_the_same_whether_pyyaml_was_built_with_libyaml_or_not(name, monkeypatch):
    with_libyaml = read_yaml(CONFIG / name)
    monkeypatch.setattr(yamlfile, "_FASTEST", "SafeLoader")

    assert read_yaml(CONFIG / name) == with_libyaml


def test_to_load_changes_nothing_in_what_the_files_say(load):
    """Who reads the same text again gets the same objects."""
    before = {name: read_yaml(CONFIG / name) for name in FILES.values()}
    copies = copy.deepcopy({name: file.data for name, file in before.items()})
    load()

    assert {name: read_yaml(CONFIG / name).data for name in FILES.values()} == copies
    assert all(read_yaml(CONFIG / name).data is file.data for name, file in before.items())


def test_files_that_say_the_same_are_blamed_each_by_its_own_name(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("one: 1\none: 2\n")

        with pytest.raises(ConfigError, match=rf"{name}:2, one"):
            read_yaml(tmp_path / name)


def test_a_merge_key_may_stand_beside_others(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("base: &base {a: 1}\nother:\n  <<: *base\n  b: 2\n")

    assert read_yaml(path).data == {"base": {"a": 1}, "other": {"a": 1, "b": 2}}


def test_a_place_is_the_line_of_the_innermost_key_the_file_has(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("# a comment\nstores:\n  one:\n    marketplaces:\n      - US\n      - DE\n")

    file = read_yaml(path)

    assert file.where("stores", "one", "marketplaces", 1) == f"{path}:6, stores.one.marketplaces.1"
    assert file.where("stores", "one", "title") == f"{path}:3, stores.one.title"
    assert file.where("nothing") == f"{path}, nothing"
    assert file.where() == str(path)
