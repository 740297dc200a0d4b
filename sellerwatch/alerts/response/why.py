"""Why an alert says what it says: value, formula, and the facts behind it, for the one person who asked."""

from __future__ import annotations

import shlex
from datetime import date

from sellerwatch.alerts.response.words import say
from sellerwatch.alerts.showing.facts import Asked as Shown
from sellerwatch.alerts.showing.facts import words_of
from sellerwatch.alerts.store import Alert
from sellerwatch.core.errors import SellerwatchError
from sellerwatch.messages.blocks import (
    Block,
    Bold,
    Bullets,
    Code,
    Context,
    Field,
    Fields,
    Language,
    Line,
    Message,
    Text,
    Tone,
    line,
)
from sellerwatch.messages.wording import day_words
from sellerwatch.metrics.explaining.explanation import Explanation, explain_value, in_units
from sellerwatch.metrics.explaining.parts import Part
from sellerwatch.metrics.explaining.stored import Asked
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse.workspace import Workspace

PARTS_SHOWN = 12
"""An ephemeral message is read once; the command that it names shows the rest."""


def why(workspace: Workspace, alert: Alert, language: Language) -> Message:
    """Return what is behind the alert's newest value. It changes nothing, and a number that cannot be explained is said to be so."""
    settings, rule = workspace.settings, workspace.settings.rules.get(alert.rule)
    title = say("why_title", language, title=alert.subject.id)
    if rule is None:
        return Message(title, Tone.GREY, (Text(line(say("no_rule", language))),), language)
    basics = _basics(settings, alert, rule, language)
    return Message(title, Tone.GREY, (basics, *_behind(workspace, alert, rule, language)), language)


def _basics(settings: Settings, alert: Alert, rule: Rule, language: Language) -> Fields:
    condition, definition = alert.condition, settings.metrics[rule.metric]
    valued_on = condition.valued_on
    day = day_words(valued_on, language) if valued_on else say("unknown", language)
    shown = Shown(alert.store_id, alert.subject, valued_on or date.min, condition.value, rule=rule, period=rule.period)
    return Fields(
        (
            Field(say("value", language), line(Bold(words_of(settings, rule.metric, shown, language)))),
            Field(say("of_day", language), line(day)),
            Field(say("formula", language), line(getattr(definition.title, language), " = ", definition.formula)),
        )
    )


def _behind(workspace: Workspace, alert: Alert, rule: Rule, language: Language) -> tuple[Block, ...]:
    subject, day = alert.subject, alert.condition.valued_on
    if day is None:
        return (Text(line(say("unknown", language))),)
    asked = Asked(rule.metric, alert.store_id, subject.id, subject.marketplace, subject.kind, rule.period)
    try:
        found = explain_value(workspace, asked, day)
    except SellerwatchError:
        # What is not made of facts, or was measured anew since, has no walk back; the message's own facts remain.
        return (Text(line(say("not_of_facts", language))),)
    return (
        Text(line(Bold(say("made_of", language)))),
        Bullets(tuple(_part(part, language) for part in found.worked.parts[:PARTS_SHOWN])),
        Text(line(say(found.verdict, language))),
        Context(line(_through(found, language), say("more", language), Code(_command(asked, day)))),
    )


def _command(asked: Asked, day: date) -> str:
    """Return the command that shows the same value, however many others its metric and subject have; safe to paste into a shell."""
    options = {
        "store": asked.store,
        "subject": asked.subject,
        "date": str(day),
        "marketplace": asked.marketplace,
        "grain": asked.grain,
        "period": asked.period,
    }
    return shlex.join(["sellerwatch", "explain", asked.metric, *(f"--{name}={value}" for name, value in options.items())])


def _part(part: Part, language: Language) -> Line:
    times = "" if part.times == 1 else f"{part.times} × "
    facts = say("one_fact" if len(part.facts) == 1 else "facts", language, count=f"{len(part.facts):,}")
    return line(part.name, ": ", Bold(f"{times}{in_units(part.micros)}"), f" ({facts}; {part.expression})")


def _through(found: Explanation, language: Language) -> str:
    through = found.value["data_through"]
    return f"{say('data_through', language)} {through:%Y-%m-%d %H:%M} UTC. " if through else ""
