"""Nothing a person can use or set goes unmentioned: commands, options, variables, files, keys, metrics and rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from sellerwatch.cli.main import COMMANDS, build_app
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.settings import catalogue, comparing, exemptions, models, routing, rules, scorecards
from sellerwatch.settings.environment import VARIABLES
from sellerwatch.settings.load import FILES, load_settings
from sellerwatch.warehouse.checks.catalogue import CHECKS

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")})
USER_PAGES = ("README.md", "docs/operations.md", "docs/alerts.md", "docs/metrics.md", "docs/configuration.md")
FILE_NAMES = sorted([*FILES.values(), "env.example", "rule_tests.yaml"])


def page(name):
    path = ROOT / name
    assert path.is_file(), f"{name} is missing"
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def all_pages():
    """Return everything written for people: the front page, every page of docs/, and the comments of the configuration files."""
    names = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
    comments = [
        line for path in (ROOT / "config").iterdir() for line in page(f"config/{path.name}").splitlines() if "#" in line
    ]
    return "\n".join([*(page(name) for name in names), *comments])


def is_named(word, text):
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


@pytest.mark.parametrize("name", USER_PAGES)
def test_every_page_has_a_title_and_something_to_say(name):
    text = page(name)

    assert text.startswith("# ")
    assert len(text) > 500


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_is_explained(all_pages, command):
    assert f"sellerwatch {command.__name__}" in all_pages


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_stands_in_the_table_with_its_exit_code(command):
    (row,) = re.findall(rf"^\| `sellerwatch {command.__name__}\b.*\|$", page("docs/operations.md"), flags=re.MULTILINE)

    assert re.search(r"\| [^|]*\b[012]\b[^|]*\|$", row)


def options():
    click_command = typer.main.get_command(build_app())
    for name, command in click_command.commands.items():
        for parameter in command.params:
            yield from ((name, option) for option in parameter.opts if option.startswith("--") and option != "--help")


@pytest.mark.parametrize(("command", "option"), sorted(options()))
def test_every_option_is_explained(all_pages, command, option):
    assert is_named(option, all_pages)


CODE = re.compile(r"```.*?```|`[^`\n]+`", flags=re.DOTALL)


def test_no_page_shows_a_command_that_does_not_exist(all_pages):
    shown = {name for code in CODE.findall(all_pages) for name in re.findall(r"(?:^|[/`$ ])sellerwatch ([a-z]+)", code)}

    assert shown <= {command.__name__ for command in COMMANDS}


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_every_environment_variable_is_explained(name):
    assert is_named(name, page("docs/configuration.md"))


@pytest.mark.parametrize("name", FILE_NAMES)
def test_every_configuration_file_is_explained(name):
    assert name in page("docs/configuration.md")


def test_every_configuration_file_of_the_folder_is_one_that_is_read():
    assert sorted(path.name for path in (ROOT / "config").iterdir()) == FILE_NAMES


def keys_of(model):
    return [(model.__name__, field.alias or name) for name, field in model.model_fields.items()]


FILE_MODELS = (
    models.Store,
    models.NightPlan,
    models.CredentialNames,
    models.AdsAccount,
    models.RangePeriod,
    models.CalendarPeriod,
    models.SnapshotPeriod,
    models.ListedPeriod,
    rules.Rule,
    rules.Band,
    rules.Comparison,
    rules.Reference,
    rules.Clause,
    rules.StageTiers,
    rules.Falls,
    rules.Step,
    exemptions.Exemption,
    catalogue.Metric,
    catalogue.FactReading,
    catalogue.MetricsFile,
    routing.Routing,
    routing.Channels,
    routing.WorkingTime,
    routing.QuietHours,
    routing.Hours,
    routing.Response,
    routing.Links,
    models.Limit,
    models.CheckLimits,
    models.ChecksFile,
    models.LifecycleFile,
    comparing.EventsFile,
    comparing.CategoriesFile,
    comparing.CategoryUsual,
    scorecards.ScorecardsFile,
    scorecards.Scorecard,
)


@pytest.mark.parametrize(("model", "key"), [pair for model in FILE_MODELS for pair in keys_of(model)])
def test_every_configuration_key_is_explained(all_pages, model, key):
    assert is_named(key, all_pages)


@pytest.mark.parametrize("metric", sorted(SETTINGS.metrics))
def test_every_metric_is_explained_with_its_formula(metric):
    text = page("docs/metrics.md")

    assert is_named(metric, text)
    assert SETTINGS.metrics[metric].formula in text


@pytest.mark.parametrize("rule", sorted(SETTINGS.rules))
def test_every_rule_is_explained_with_its_number(rule):
    text = page("docs/shipped-rules.md")

    assert is_named(rule, text)
    assert is_named(SETTINGS.rules[rule].number, text)


@pytest.mark.parametrize("report", sorted(SETTINGS.reports))
def test_every_report_is_named(all_pages, report):
    assert is_named(report, all_pages)


@pytest.mark.parametrize("code", [1, 2])
def test_every_exit_code_of_trouble_is_explained(code):
    assert re.search(
        rf"exit.{{0,200}}\b{code}\b", page("docs/operations.md") + page("README.md"), flags=re.IGNORECASE | re.DOTALL
    )


LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("name", [*USER_PAGES, "CHANGELOG.md"])
def test_every_link_between_pages_leads_somewhere(name):
    broken = [target for target in LINK.findall(page(name)) if not ((ROOT / name).parent / target).exists()]

    assert broken == []


def test_the_changelog_speaks_of_the_present_version():
    version = re.search(r'^version = "([^"]+)"', page("pyproject.toml"), flags=re.MULTILINE)[1]

    assert re.search(rf"^## \[?(Unreleased|{re.escape(version)})\b", page("CHANGELOG.md"), flags=re.MULTILINE)


def test_the_front_page_counts_what_there_is():
    said = page("README.md").partition("## State")[2]

    def counted(words):
        return tuple(int(number) for number in re.search(words, said).groups())

    assert counted(r"(\d+) reports are pulled") == (len(SETTINGS.reports),)
    assert counted(r"(\d+) tables that people fill in") == (len(USER_TABLES),)
    assert counted(r"(\d+) data checks") == (len(CHECKS),)
    assert sum(counted(r"(\d+) metrics are measured from reports and (\d+) from")) + 5 == len(SETTINGS.metrics)
    assert "five tell of the pipeline itself" in said
    assert counted(r"(\d+) rules, R00 to R(\d+)") == (
        len(SETTINGS.rules),
        max(int(rule.number[1:]) for rule in SETTINGS.rules.values()),
    )
