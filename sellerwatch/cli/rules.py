"""``sellerwatch rules``: look rules over, try them on made-up numbers, and ask why one said what it said."""

from __future__ import annotations

import os
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from sellerwatch.alerts.rules.explanation import Question, explain_rule
from sellerwatch.alerts.rules.lint import findings
from sellerwatch.alerts.rules.testing import run_tests
from sellerwatch.cli.exit_codes import FAILED, PERSON_HAS_TO_ACT
from sellerwatch.cli.screen import say, say_json
from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import find_config_folder, load_settings
from sellerwatch.settings.looking_over import read_file
from sellerwatch.settings.rule_tests import RuleTestsFile
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.pull import local_today
from sellerwatch.warehouse.workspace import open_workspace

TESTS_FILE: Final = "rule_tests.yaml"


class Action(StrEnum):
    """What can be done with rules."""

    LINT = "lint"
    TEST = "test"
    EXPLAIN = "explain"


def rules(  # noqa: PLR0913 - one option each
    action: Annotated[Action, typer.Argument(help="lint, test or explain.")],
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[RULE_OR_FILE]", help="explain: the rule's name. test: a file of tests; rule_tests.yaml if none."
        ),
    ] = None,
    store: Annotated[str | None, typer.Option(help="explain: the store.")] = None,
    subject: Annotated[str | None, typer.Option(help="explain: the SKU, product, campaign, marketplace, feed ...")] = None,
    marketplace: Annotated[str | None, typer.Option(help="explain: Amazon's country code; all when left out.")] = None,
    on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="explain: the night; the newest when left out.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look over the rules, try them on made-up numbers, or ask why one said what it said. Nobody is told anything."""
    if action is Action.LINT:
        _lint(as_json=as_json)
    elif action is Action.TEST:
        _test(name, as_json=as_json)
    else:
        _explain(name, store, subject, marketplace, on, as_json=as_json)


def _lint(*, as_json: bool) -> None:
    found = findings()
    if as_json:
        say_json({"findings": [{"what": item.what, "where": item.where, "remedy": item.remedy} for item in found]})
    else:
        for item in found:
            say(str(item), style="red")
        say(f"{len(found)} findings" if found else "nothing to correct", style="bold")
    if found:
        raise typer.Exit(PERSON_HAS_TO_ACT)


def _test(name: str | None, *, as_json: bool) -> None:
    settings = load_settings()
    path = Path(name) if name else find_config_folder(Environment(dict(os.environ))) / TESTS_FILE
    tests = read_file(path, RuleTestsFile).tests
    found = run_tests(settings, tests)
    if as_json:
        say_json({"tests": len(tests), "differences": [item._asdict() for item in found]})
    else:
        for item in found:
            say(str(item), style="red")
        failed = len({item.test for item in found})
        say(f"{len(tests)} tests, {failed} failed" if failed else f"{len(tests)} tests pass", style="bold")
    if found:
        raise typer.Exit(FAILED)


def _explain(
    name: str | None, store: str | None, subject: str | None, marketplace: str | None, on: datetime | None, *, as_json: bool
) -> None:
    if not (name and store and subject):
        raise ConfigError(
            "a rule, --store and --subject are needed",
            where="rules explain",
            remedy="Write, for example, sellerwatch rules explain stockout_tiers --store NAME --subject SKU",
        )
    workspace = open_workspace(load_settings())
    with reading(workspace.engine) as connection:
        night = on.date() if on else nights.newest(connection, store) or local_today(workspace, store)
        lines = explain_rule(connection, workspace.settings, Question(name, store, subject, night, marketplace))
    if as_json:
        say_json({"rule": name, "store": store, "subject": subject, "date": night.isoformat(), "lines": lines})
        return
    for text in lines:
        say(text)
