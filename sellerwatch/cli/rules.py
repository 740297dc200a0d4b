"""``sellerwatch rules``: look rules over, try them on made-up numbers, and ask why one said what it said."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from sellerwatch.alerts.backtest.shadow import Shadowed, chosen_shadows, shadow_report
from sellerwatch.alerts.rules.explanation import Question, explain_rule
from sellerwatch.alerts.rules.lint import findings
from sellerwatch.alerts.rules.testing import run_tests
from sellerwatch.cli.backtest import FORESIGHT, HORIZON_DAYS, foresight_cells
from sellerwatch.cli.exit_codes import FAILED, PERSON_HAS_TO_ACT
from sellerwatch.cli.screen import say, say_json, say_table
from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import find_config_folder, load_settings
from sellerwatch.settings.looking_over import read_file
from sellerwatch.settings.models import TIERS
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
    SHADOW = "shadow"


def rules(  # noqa: PLR0913 - one option each
    action: Annotated[Action, typer.Argument(help="lint, test, explain or shadow.")],
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[RULE_OR_FILE]", help="explain, shadow: the rule's name. test: a file of tests; rule_tests.yaml if none."
        ),
    ] = None,
    store: Annotated[str | None, typer.Option(help="explain, shadow: the store.")] = None,
    subject: Annotated[str | None, typer.Option(help="explain: the SKU, product, campaign, marketplace, feed ...")] = None,
    marketplace: Annotated[str | None, typer.Option(help="explain: Amazon's country code; all when left out.")] = None,
    on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="explain: the night; the newest when left out.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look over the rules, try them on made-up numbers, ask why one said what it said, or what one in shadow would have sent.

    Nobody is told anything.
    """
    if action is Action.LINT:
        _lint(as_json=as_json)
    elif action is Action.TEST:
        _test(name, as_json=as_json)
    elif action is Action.SHADOW:
        _shadow(name, store, as_json=as_json)
    else:
        _explain(name, store, subject, marketplace, on, as_json=as_json)


def _lint(*, as_json: bool) -> None:
    found = findings()
    if as_json:
        say_json({"findings": [{"what": item.what, "where": item.where, "remedy": item.remedy} for item in found]})
    else:
        for item in found:
            say(str(item), style="red")
        say(f"{len(found)} to correct" if found else "nothing to correct", style="bold")
    if found:
        raise typer.Exit(PERSON_HAS_TO_ACT)


def _test(name: str | None, *, as_json: bool) -> None:
    settings = load_settings()
    if name and not Path(name).is_file():
        raise ConfigError("there is no file of tests", where=name, remedy="Check its name; without one rule_tests.yaml is run")
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


SHADOW_COLUMNS: Final = (
    "rule", "since", "until", "subjects", "episodes", "yellow", "orange", "red", "climbs", "resolved", "flaps", *FORESIGHT,
)  # fmt: skip


def _shadow(name: str | None, store: str | None, *, as_json: bool) -> None:
    workspace = open_workspace(load_settings())
    chosen_shadows(workspace.settings, name)
    stores = [store] if store else list(workspace.settings.stores)
    today = max(local_today(workspace, one) for one in stores)
    with reading(workspace.engine) as connection:
        horizon = timedelta(days=HORIZON_DAYS)
        found = shadow_report(connection, workspace.settings, name, stores=stores, today=today, horizon=horizon)
    if as_json:
        say_json(
            {
                "to": today.isoformat(),
                "stores": stores,
                "horizon_days": HORIZON_DAYS,
                "rules": [item.to_dict() for item in found],
            }
        )
        return
    say_table("Rules in shadow", SHADOW_COLUMNS, [_shadow_cells(item) for item in found])
    say(f"  to {today}: what each would have called people for; nothing was sent")
    for item in found:
        if item.is_over:
            say(f"  {item.id}: its time in shadow ended on {item.rule.shadow_until}; {item.rule.owner} decides", style="yellow")


def _shadow_cells(item: Shadowed) -> list[str]:
    days = [str(item.since or "-"), str(item.rule.shadow_until or "-")]
    outcome = item.outcome
    if outcome is None:
        return [item.id, *days, *["-"] * (len(SHADOW_COLUMNS) - 3)]
    counts = (
        outcome.subjects,
        len(outcome.episodes),
        *(outcome.calls(tier) for tier in TIERS),
        outcome.kinds.get("raised", 0),
        outcome.ended("resolved"),
        outcome.flaps,
    )
    foresight = foresight_cells(outcome.foresight) if outcome.foresight else ["-"] * len(FORESIGHT)
    return [item.id, *days, *(f"{count:,}" for count in counts), *foresight]
