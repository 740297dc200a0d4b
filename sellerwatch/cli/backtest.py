"""``sellerwatch backtest``: what a file of rules would have said of days gone by, and what came true of it. Nothing is sent."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from sellerwatch.alerts.backtest.foresight import AHEAD, Foresight
from sellerwatch.alerts.backtest.past import choose
from sellerwatch.alerts.backtest.report import Backtest, Outcome, RuleCompared, Sent, to_dict
from sellerwatch.alerts.backtest.run import Order, run_backtest
from sellerwatch.cli.metric import DAY
from sellerwatch.cli.screen import progress_bar, say, say_json, say_table
from sellerwatch.core.clock import clock_from_environment
from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.warehouse.rebuild.past import NO_LEDGER, read_ledger, read_past
from sellerwatch.warehouse.rebuild.target import opened_present

HORIZON_DAYS: Final = 14
_SHOWN: Final = 20
"""So many calls of a rule are listed on the screen; ``--json`` has all."""

FORESIGHT: Final = ("events", *(f">= {days} d" for days in AHEAD), "missed", "lead days", "false alarms")
COLUMNS: Final = (
    "rule", "by", "subjects", "episodes", "posts", "yellow", "orange", "red", "climbs", "resolved", "flaps", *FORESIGHT,
)  # fmt: skip


def backtest(  # noqa: PLR0913 - one option each
    rules: Annotated[Path, typer.Option(help="The rules to try out: a file like alert_rules.yaml.")],
    first: Annotated[datetime, typer.Option("--from", formats=[DAY], help="The first day that is counted.")],
    last: Annotated[datetime, typer.Option("--to", formats=[DAY], help="The last one.")],
    store: Annotated[list[str] | None, typer.Option(help="Store to judge; repeat for more. All stores when left out.")] = None,
    *,
    horizon: Annotated[
        int, typer.Option(min=1, max=90, help="Days within which an alert's event has to come, or it was a false alarm.")
    ] = HORIZON_DAYS,
    picture: Annotated[Path | None, typer.Option(help="Also draw it, into this PNG file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge days gone by with other rules, as each night knew them, and hold what they said against what came true.

    Nights are done again from the raw store in a folder that is removed afterwards. Nothing is sent, and the present is not touched.
    """
    settings = load_settings()
    tried = _with_rules(settings, rules)
    days = _days(first, last)
    if picture is not None:
        _require_folder(picture)
    order = _order(settings, tried, [*dict.fromkeys(store or settings.stores)], days, timedelta(days=horizon))
    with _scratch(settings) as folder, progress_bar("backtest", is_quiet=as_json) as bar:
        begun = time.perf_counter()
        found = run_backtest(order, Path(folder), clock=clock_from_environment(), heard=bar)
        told = _Told(found, rules, time.perf_counter() - begun)
    if picture is not None:
        # Not at the top: importing what draws takes half a second, and most commands draw nothing.
        from sellerwatch.briefs.backtest_picture import draw_backtest  # noqa: PLC0415

        draw_backtest(found, picture)
    if as_json:
        say_json(told.to_dict())
    else:
        _say(told, picture)


@dataclass(frozen=True, slots=True)
class _Told:
    """A backtest, whose rules it tried, and how long it took."""

    found: Backtest
    rules: Path
    seconds: float

    @property
    def seconds_per_night(self) -> float:
        return self.seconds / max(1, self.found.replayed.measured)

    def to_dict(self) -> dict[str, Any]:
        return {
            "rules_file": str(self.rules),
            "seconds": round(self.seconds, 1),
            "seconds_per_night": round(self.seconds_per_night, 2),
            **to_dict(self.found),
        }


def _with_rules(settings: Settings, rules: Path) -> Settings:
    """Return the settings with the file's rules.

    Raises:
        ConfigError: there is no such file, or its rules are not sound.
    """
    if not rules.is_file():
        raise ConfigError(
            "there is no file with rules",
            where=str(rules),
            remedy="Name a file like alert_rules.yaml with --rules, such as a copy of it",
        )
    return load_settings(settings.environment.values, rules_from=rules)


def _days(first: datetime, last: datetime) -> Days:
    if last < first:
        raise ConfigError(
            f"the days end ({last.date()}) before they begin ({first.date()})", where="--from, --to", remedy="Exchange the two"
        )
    return Days(first.date(), last.date())


def _require_folder(picture: Path) -> None:
    """Refuse before hours of work what could not be written after them."""
    if picture.suffix.lower() != ".png":
        raise ConfigError("the picture is drawn as PNG", where=str(picture), remedy="Let the file's name end in .png")
    if not picture.absolute().parent.is_dir() or picture.is_dir():
        raise ConfigError(
            "the picture cannot be written there", where=str(picture), remedy="Name a file in a folder that exists"
        )


def _order(settings: Settings, tried: Settings, stores: list[str], days: Days, horizon: timedelta) -> Order:
    for store_id in stores:
        settings.store(store_id)
    raw = RawStore(settings.raw_folder)
    with opened_present(settings.warehouse_url) as present:
        past = read_past(raw, read_ledger(present) if present else NO_LEDGER, stores)
    if not past.lines:
        raise ConfigError(
            f"the raw store holds no document of {', '.join(stores)}",
            where=str(raw.folder),
            remedy="Set SELLERWATCH_DATA to the folder it is in, or name another store",
        )
    return Order(settings, tried, raw, past, choose(past, stores, days), horizon)


def _scratch(settings: Settings) -> tempfile.TemporaryDirectory[str]:
    """Return a folder beside the warehouse, where there is room for another one, that is removed afterwards."""
    try:
        settings.data_folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix="backtest-", dir=settings.data_folder)
    except OSError as error:
        raise ConfigError(
            f"cannot make a folder to work in: {error.strerror}",
            where=str(settings.data_folder),
            remedy="Give write permission, or free disk space",
        ) from error


def _say(told: _Told, picture: Path | None) -> None:
    found = told.found
    chosen, replayed = found.chosen, found.replayed
    say(f"{chosen.days.first} to {chosen.days.last}: {', '.join(sorted(chosen.nights))}, rules of {told.rules}", style="bold")
    say(
        f"  {replayed.judged} nights judged since {chosen.first_judged}, {replayed.measured} measured, "
        f"{told.seconds_per_night:.1f} s a night; nothing was sent"
    )
    for line in _notes(found):
        say(f"  {line}", style="yellow")
    shown = [rule for rule in found.rules if not _is_idle(rule)]
    say_table("Rules", COLUMNS, [row for rule in shown for row in _rows(rule)])
    if idle := [rule.id for rule in found.rules if _is_idle(rule)]:
        say(f"  the same in both, and no alert: {', '.join(idle)}")
    say(
        f"  an alert was right if its event came within {found.horizon_days} days; lead days: lower quartile, median, upper quartile"
    )
    for rule in found.rules:
        _say_difference(rule)
    if picture is not None:
        say(f"  picture: {picture}")


def _notes(found: Backtest) -> Iterator[str]:
    for store, days in sorted(found.chosen.missing.items()):
        if days:
            yield f"{store}: no night ran on {', '.join(map(str, days))}"
    if found.replayed.history:
        yield f"{found.replayed.history} nights were run too late to speak of the present: they page nobody, then as now"
    yield from found.replayed.problems
    undefined = [rule.id for rule in found.rules if not _is_idle(rule) and not _has_event(rule)]
    if undefined:
        yield f"no event is defined, so no lead time: {', '.join(undefined)}"
    if found.known_until is None:
        yield "the stock of a store was never reported, so that nothing is known of what came true"


def _has_event(rule: RuleCompared) -> bool:
    return any(one and one.foresight for one in (rule.file, rule.configured))


def _is_idle(rule: RuleCompared) -> bool:
    """Tell whether the rule is no reason to look: the file changes nothing of it, and no alert of it was open on the days."""
    sides = [one for one in (rule.file, rule.configured) if one]
    return rule.change == "same" and not any(sum(one.open_by_day) or (one.foresight and one.foresight.events) for one in sides)


def _rows(rule: RuleCompared) -> Iterator[list[str]]:
    """Yield the rule's row by the file, and by the configuration where that differs."""
    if rule.file is not None:
        yield [rule.id, "file", *_cells(rule.file)]
    if rule.configured is not None and rule.change != "same":
        yield [rule.id, "configured", *_cells(rule.configured)]


def _cells(outcome: Outcome) -> list[str]:
    counts = (
        outcome.subjects,
        len(outcome.episodes),
        outcome.posts,
        *(outcome.calls(tier) for tier in ("yellow", "orange", "red")),
        outcome.kinds.get("raised", 0),
        outcome.ended("resolved"),
        outcome.flaps,
    )
    return [*(f"{count:,}" for count in counts), *(foresight_cells(outcome.foresight) if outcome.foresight else ["-"] * 7)]


def foresight_cells(foresight: Foresight) -> list[str]:
    """Return how well a rule foresaw its event, in the last columns of the table."""
    events, quartiles = len(foresight.events), foresight.quartiles
    ahead = [_share(foresight.announced(days), events) for days in AHEAD]
    lead = " / ".join(f"{days:g}" for days in quartiles) if quartiles else "-"
    false_alarms = foresight.episodes["false_alarm"]
    decided = false_alarms + foresight.episodes["followed"] + foresight.episodes["under_way"]
    return [f"{events:,}", *ahead, f"{foresight.missed:,}", lead, f"{false_alarms:,} of {decided:,}"]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _say_difference(rule: RuleCompared) -> None:
    if not rule.more and not rule.fewer:
        return
    say(f"{rule.id}: {len(rule.more)} calls that the configured rules would not make, {len(rule.fewer)} fewer", style="bold")
    signed = [*(("+", item) for item in rule.more), *(("-", item) for item in rule.fewer)]
    for sign, item in signed[:_SHOWN]:
        say(f"  {sign} {_sent_words(item)}")
    if len(signed) > _SHOWN:
        say(f"  and {len(signed) - _SHOWN} more; --json has all")


def _sent_words(item: Sent) -> str:
    return f"{item.on} {item.tier} {item.place.store_id} {item.place.marketplace} {item.place.subject}"
