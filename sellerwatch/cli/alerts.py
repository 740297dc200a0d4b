"""``sellerwatch alerts``: what is open and who is on it, worst first."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlalchemy import Row, and_, select

from sellerwatch.alerts.condition.machine import OPEN
from sellerwatch.alerts.judging.counts import in_shadow
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.response.machine import Response, Snooze
from sellerwatch.alerts.response.storing import response_from_dict
from sellerwatch.alerts.showing.facts import Asked, words_of
from sellerwatch.cli.screen import say, say_json, say_table
from sellerwatch.messages.figures import number
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.tiers import depth
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.response import RESPONSE
from sellerwatch.warehouse.workspace import Workspace, open_workspace

COLUMNS = ("tier", "status", "store", "marketplace", "rule", "subject", "words", "response", "since", "judged_for")


def alerts(
    store: Annotated[list[str] | None, typer.Option(help="Store to show; repeat for more. All stores when left out.")] = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Also show alerts that are over, and those of rules in shadow, which nobody is told.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the open alerts and who is on each, worst first."""
    workspace = open_workspace(load_settings())
    stores = store or list(workspace.settings.stores)
    for store_id in stores:
        workspace.settings.store(store_id)
    found = read_alerts(workspace, stores, every=every)
    if as_json:
        say_json({"alerts": found})
    elif found:
        say_table("Alerts", COLUMNS, [[_cell(item[name]) for name in COLUMNS] for item in found])
    else:
        say("No alert is open.")


def read_alerts(workspace: Workspace, stores: list[str], *, every: bool) -> list[dict[str, Any]]:
    """Return the stores' alerts as JSON values, deepest tier first."""
    people = and_(RESPONSE.c.fingerprint == ALERT.c.fingerprint, RESPONSE.c.episode == ALERT.c.episode)
    wanted = (
        select(ALERT, RESPONSE.c.state.label("response"))
        .outerjoin(RESPONSE, people)
        .where(ALERT.c.store_id.in_(stores), ALERT.c.status != "inactive")
    )
    if not every:
        wanted = wanted.where(ALERT.c.status.in_(OPEN), ALERT.c.rule.not_in(in_shadow(workspace.settings.rules)))
    with reading(workspace.engine) as connection:
        rows = connection.execute(wanted).all()
    found = [_facts(workspace.settings, row) for row in rows]
    return sorted(found, key=lambda item: (-depth(item["tier"]), item["store"], item["marketplace"], item["subject"]))


def _facts(settings: Settings, row: Row[Any]) -> dict[str, Any]:
    return {
        "tier": row.tier,
        "status": row.status,
        "store": row.store_id,
        "marketplace": row.marketplace,
        "rule": row.rule,
        "subject": row.subject,
        "value": row.value,
        "words": _words(settings, row),
        "response": _people(response_from_dict(row.response)) if row.response else None,
        "since": row.state["opened_on"],
        "judged_for": row.judged_for.isoformat(),
        "episode": row.episode,
        "stale_since": row.state["stale_since"],
        "is_in_shadow": row.rule in in_shadow(settings.rules),
    }


def _words(settings: Settings, row: Row[Any]) -> str:
    """Return the value as its message says it; the bare number where the rule is gone."""
    rule = settings.rules.get(row.rule)
    if rule is None:
        return "" if row.value is None else number(row.value)
    subject = Subject(row.marketplace, row.subject_kind, row.subject)
    asked = Asked(row.store_id, subject, row.judged_for, row.value, rule=rule, period=rule.period)
    return words_of(settings, rule.metric, asked, "en")


def _people(response: Response) -> dict[str, Any]:
    """Return where people stand with it: the last thing that one of them did, and until when it holds."""
    for state, part in (("handled", response.handling), ("snoozed", response.snooze), ("acknowledged", response.ack)):
        if part is not None:
            until = part.until.isoformat() if isinstance(part, Snooze) else None
            return {"state": state, "by": part.by.name, "at": part.at.isoformat(), "until": until}
    return {"state": "over" if response.is_over else "open", "by": None, "at": None, "until": None}


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(part for part in (value["state"], f"by {value['by']}" if value["by"] else "") if part)
    return "" if value is None else str(value)
