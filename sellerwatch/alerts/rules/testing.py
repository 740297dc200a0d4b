"""Trying a rule on made-up numbers: through the real readings and the real machine, in a warehouse that is thrown away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, insert, select

from sellerwatch.alerts.judging.night import judge_night
from sellerwatch.alerts.reading import tonight
from sellerwatch.alerts.reading.values import WINDOWED
from sellerwatch.core.errors import unknown_name
from sellerwatch.core.marketplaces import marketplace
from sellerwatch.core.periods import months_before, start_of_day, weeks_before
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rule_checks import feeds_of, floored
from sellerwatch.settings.rule_tests import Expected, Point, RuleTest, points
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT
from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.tables.lifecycle import SKU_STAGE
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER
from sellerwatch.warehouse.values import put_values
from sellerwatch.warehouse.workspace import Workspace

FIRST_NIGHT: Final = date(2026, 3, 2)
"""A Monday: weeks are over, and no month begins with it."""

MORNING: Final = timedelta(hours=6)
FRESH_HOURS, STALE_HOURS = 1.0, 9_999.0
SUBJECT: Final = "EXAMPLE-1"
BEFORE: Final = timedelta(days=400)
_NO_CHANNEL: Final = "C0TESTS"


class Key(NamedTuple):
    """What a series is of: a metric over a period, its value or one of its parts."""

    metric: str
    part: str
    period: Period


class Difference(NamedTuple):
    """Where a test was not met."""

    test: str
    night: int
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.test}, night {self.night}: {self.what} is {self.found}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class _StandingClock:
    """A clock that shows the morning of one night."""

    moment: datetime

    def now(self) -> datetime:
        """Return that moment."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Wait for nothing."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """One test in the warehouse of all of them; its store has a name of its own."""

    settings: Settings
    engine: Engine
    test: RuleTest
    store_id: str

    @property
    def rule(self) -> Rule:
        """The rule that is tried."""
        return self.settings.rules[self.test.rule]

    @property
    def place(self) -> str:
        """The marketplace column of the subject."""
        return EVERY_MARKETPLACE if self.rule.subject == "store" else self.test.marketplace

    @property
    def subject(self) -> str:
        """The subject's name."""
        own = {"store": self.store_id, "marketplace": self.test.marketplace}
        return own.get(self.rule.subject) or self.test.subject or SUBJECT


def run_tests(settings: Settings, tests: tuple[RuleTest, ...]) -> list[Difference]:
    """Return where the rules say something else than the tests expect; an empty list is what one hopes for.

    Nothing is sent, and the configured warehouse is not touched.

    Raises:
        ConfigError: a test names a rule or metric that is not configured.
    """
    check_tests(settings, tests)
    with TemporaryDirectory(prefix="sellerwatch-rules-") as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'tests.sqlite'}")
        METADATA.create_all(engine)
        try:
            return [
                difference
                for number, test in enumerate(tests)
                for difference in _differences(_trial(settings, engine, test, f"test_{number}"))
            ]
        finally:
            engine.dispose()


def check_tests(settings: Settings, tests: tuple[RuleTest, ...]) -> None:
    """Refuse a test of what is not configured.

    Raises:
        ConfigError: a rule, a metric or a marketplace is not known.
    """
    for test in tests:
        where = f"rule_tests.yaml, {test.name}"
        if test.rule not in settings.rules:
            raise unknown_name(test.rule, settings.rules, what="rule", where=where, listed="docs/shipped-rules.md lists all")
        for text in test.series:
            if (name := _key(settings.rules[test.rule], text).metric) not in settings.metrics:
                raise unknown_name(name, settings.metrics, what="metric", where=where, listed="docs/metrics.md lists all")
        marketplace(test.marketplace, where=where)


def _trial(settings: Settings, engine: Engine, test: RuleTest, store_id: str) -> _Trial:
    rules = {name: rule for name, rule in settings.rules.items() if name == test.rule or rule.metric == "feed_age_hours"}
    store = next(iter(settings.stores.values())).model_copy(
        update={"title": test.name, "marketplaces": (test.marketplace,), "reports": (), "without": (), "ads": None}
    )
    names = settings.routing.channels
    channels = {name: _NO_CHANNEL for group in (names.alerts, names.ops, names.fallback) for name in group}
    own = replace(settings, rules=rules, stores={store_id: store}, environment=Environment(channels))
    return _Trial(own, engine, test, store_id)


def _differences(trial: _Trial) -> Iterator[Difference]:
    series = {_key(trial.rule, key): list(points(text)) for key, text in trial.test.series.items()}
    count = max(map(len, series.values()))
    expected = {item.night: item for item in trial.test.expect}
    _prepare(trial)
    for number, night in enumerate(_nights(trial, count)):
        now = {key: own[number] if number < len(own) else Point(is_missing=True) for key, own in series.items()}
        with writing(trial.engine) as connection:
            _measure(trial, connection, night, now)
        if number < trial.test.judged_from:
            continue
        moment = start_of_day(night, marketplace(trial.test.marketplace).zone) + MORNING
        with writing(trial.engine) as connection:
            nights.begin(connection, trial.store_id, night, moment)
        raw = RawStore(trial.settings.raw_folder)
        judge_night(Workspace(trial.settings, trial.engine, raw, _StandingClock(moment)), trial.store_id, night)
        if number in expected:
            yield from _compared(trial, night, expected[number], is_late=any(point.is_stale for point in now.values()))


def _key(rule: Rule, text: str) -> Key:
    """Read ``metric``, ``metric(d30)`` or ``metric.denominator``."""
    name, _, period = text.partition("(")
    metric, part = floored(name.strip())
    named: Any = period.rstrip(")").strip()
    if named:
        return Key(metric, part, named)
    own = next((clause.period for clause in rule.clauses if clause.metric == metric and clause.period), None)
    return Key(metric, part, own or rule.period)


def _nights(trial: _Trial, count: int) -> list[date]:
    """Return the nights: every day, or the morning after each week or month that the rule judges."""
    first = trial.test.starts_on or FIRST_NIGHT
    if trial.rule.period == "week":
        return [first + timedelta(weeks=number) for number in range(count)]
    if trial.rule.period == "month":
        found = [first.replace(day=5)]
        while len(found) < count:
            found.append((found[-1].replace(day=1) + timedelta(days=32)).replace(day=5))
        return found
    return [first + timedelta(days=number) for number in range(count)]


def _prepare(trial: _Trial) -> None:
    """Enter the stage and the target that the subject has all the time."""
    begun = (trial.test.starts_on or FIRST_NIGHT) - BEFORE
    with writing(trial.engine) as connection:
        if trial.test.stage:
            _enter_stage(trial, connection, begun)
        if trial.test.target is not None:
            _enter_target(trial, connection, begun)


def _enter_stage(trial: _Trial, connection: Connection, begun: date) -> None:
    connection.execute(
        insert(SKU_STAGE).values(
            store_id=trial.store_id,
            marketplace=trial.place,
            sku=trial.subject,
            since_on=begun,
            stage=trial.test.stage,
            source="rule",
            said="",
            reason="age",
            detail={},
            decided_for=begun,
        )
    )


def _enter_target(trial: _Trial, connection: Connection, begun: date) -> None:
    number = len(connection.execute(select(FILE_IMPORT.c.number)).all()) + 1
    then = datetime(begun.year, begun.month, begun.day, tzinfo=UTC)
    connection.execute(
        insert(FILE_IMPORT).values(
            number=number,
            kind="user_tables",
            file_name="rule_tests.yaml",
            sha256="",
            outcome={},
            manifest_number=number,
            imported_at=then,
            imported_by="rules test",
        )
    )
    connection.execute(
        insert(USER["target"]).values(
            store=trial.store_id,
            marketplace=trial.test.marketplace,
            kpi=trial.rule.metric,
            subject="*",
            period="month",
            valid_from=begun,
            target_value=trial.test.target,
            import_number=number,
            line=1,
            imported_at=then,
        )
    )


def _measure(trial: _Trial, connection: Connection, night: date, now: Mapping[Key, Point]) -> None:
    """Write what the night measures of the subject, and how old the feeds are."""
    is_late = any(point.is_stale for point in now.values())
    feeds = feeds_of(trial.settings, trial.rule)
    for feed in feeds:  # the others say nothing that the rule listens to
        age = STALE_HOURS if is_late else FRESH_HOURS
        row = _row(trial, Key("feed_age_hours", "", "day"), night, night)
        of_feed = {"subject_kind": "feed", "marketplace": trial.test.marketplace, "subject": feed, "value": age}
        put_values(connection, [row | of_feed])
    wanted = {(key.metric, key.period) for key, point in now.items() if not point.is_missing}
    for metric, period in sorted(wanted):
        row = _row(trial, Key(metric, "", period), night, _ends(trial, metric, period, night))
        put_values(connection, _with_whole(trial, row | _cells(trial, metric, period, now)))


def _cells(trial: _Trial, metric: str, period: Period, now: Mapping[Key, Point]) -> dict[str, Any]:
    """Return value and parts; a denominator makes a numerator that fits the value."""
    own = now.get(Key(metric, "", period), Point(value=1.0))
    bottom = now.get(Key(metric, "denominator", period), Point(value=1_000.0)).value
    scale = trial.settings.metrics[metric].scale
    top = None if own.value is None or bottom is None else own.value * bottom / scale
    status = "unknown" if own.value is None else "ok"
    reason = (own.reason or "no_data") if own.value is None else None
    return {"value": own.value, "numerator": top, "denominator": bottom, "status": status, "reason": reason}


def _with_whole(trial: _Trial, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the row, and its marketplace's, which says that the period is measured."""
    yield row
    if trial.rule.subject not in {"store", "marketplace", "feed", "check"}:
        yield row | {"subject_kind": "marketplace", "subject": trial.test.marketplace}


def _row(trial: _Trial, key: Key, night: date, ends: date) -> dict[str, Any]:
    return {
        "store_id": trial.store_id,
        "marketplace": trial.place,
        "metric": key.metric,
        "subject_kind": trial.rule.subject,
        "subject": trial.subject,
        "period": key.period,
        "period_on": ends,
        "status": "ok",
        "is_final": True,
        "data_through": start_of_day(night, marketplace(trial.test.marketplace).zone),
        "definition_version": trial.settings.metrics[key.metric].version,
        "measured_for": night,
    }


def _ends(trial: _Trial, metric: str, period: Period, night: date) -> date:
    """Return the last day of the period that a night is the first to measure."""
    if period == "week":
        return weeks_before(night, 1)[0].last
    if period == "month":
        return months_before(night, 1)[0].last
    is_of_days = trial.settings.metrics[metric].status == "computed" or metric in WINDOWED
    return night - timedelta(days=1) if is_of_days else night


def _compared(trial: _Trial, night: date, expected: Expected, *, is_late: bool) -> Iterator[Difference]:
    with reading(trial.engine) as connection:
        tier, events = _standing(trial, connection, night)
        outcome = "no_data" if is_late else _outcome(trial, connection, night)
    found = {"tier": tier, "outcome": outcome, "events": " ".join(events) or "none"}
    wanted = {
        "tier": expected.tier,
        "outcome": expected.outcome,
        "events": None if expected.events is None else " ".join(expected.events) or "none",
    }
    for what, said in wanted.items():
        if said is not None and said != found[what]:
            yield Difference(trial.test.name, expected.night, what, said, found[what])


def _standing(trial: _Trial, connection: Connection, night: date) -> tuple[str, list[str]]:
    ours = (ALERT.c.store_id == trial.store_id, ALERT.c.rule == trial.test.rule, ALERT.c.subject == trial.subject)
    alert = connection.execute(select(ALERT.c.fingerprint, ALERT.c.tier).where(*ours)).first()
    if alert is None:
        return "none", []
    events = select(ALERT_EVENT.c.kind).where(ALERT_EVENT.c.fingerprint == alert.fingerprint, ALERT_EVENT.c.as_of == night)
    return alert.tier or "none", list(connection.execute(events.order_by(ALERT_EVENT.c.number)).scalars())


def _outcome(trial: _Trial, connection: Connection, night: date) -> str:
    frame = tonight.read(connection, trial.settings, trial.rule, trial.store_id, night).frame
    own = frame[(frame["marketplace"] == trial.place) & (frame["id"] == trial.subject)]
    return "absent" if own.empty else str(own["outcome"].iloc[0])
