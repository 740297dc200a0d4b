"""One store whose measured numbers are written by hand, night by night, and what judging them left behind."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select, update

from sellerwatch.alerts.judging.night import JudgeReport, judge_night
from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.messages.blocks import Message
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.plain import render_plain
from sellerwatch.metrics.checks import check_failures
from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.settings.routing import QuietHours
from sellerwatch.settings.rules import Band
from sellerwatch.settings.telling import DigestLimits, MassChange
from sellerwatch.warehouse.checks.run import check_night
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT, EVALUATION
from sellerwatch.warehouse.tables.ledger import DOCUMENT
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.tables.telling import ALERT_TELLING
from sellerwatch.warehouse.values import put_values
from tests.spec.small_world import NIGHT, NOW, World, day

FRESH_HOURS = 5.0


class Sent(NamedTuple):
    """An outbox row as far as a reader of the channel would notice it."""

    kind: str
    tone: str
    is_broadcast: bool
    title: str


BASIC_RULES = frozenset({"stockout_tiers", "stale_feed", "pipeline_problems", "failed_check", "missing_night"})

KEY = ("store_id", "marketplace", "metric", "subject_kind", "subject", "period_on", "period")
"""What names one measured number."""

OF_THE_NIGHT = frozenset({"stockout_rate", "stockout_loss", "in_stock_rate"})
"""Metrics of products and marketplaces that are known for the night itself."""


@dataclass
class JudgedStore(World):
    """Every feed is fresh and every night is without problems unless said otherwise; four rules judge, or all that ship."""

    every_rule: bool = False

    def __repr__(self) -> str:
        """Say only whose it is: Hypothesis shows what a failing example was given, and all settings are too much of it."""
        return f"{type(self).__name__}({self.store_id!r})"

    def __post_init__(self) -> None:
        """Leave out the rules that nothing here is about: to judge them takes most of a night."""
        self.rules_that_ship = self.shipped.rules
        if not self.every_rule:
            rules = {name: rule for name, rule in self.shipped.rules.items() if name in BASIC_RULES}
            self.shipped = replace(self.shipped, rules=rules)

    def at(self, night: date) -> None:
        """Set the clock to the morning of a night."""
        self.clock.moment = NOW + (night - NIGHT)

    def put(self, metric: str, kind: str, subject: str, value: float | None, **more: Any) -> None:
        """Write one measured number in the place of what was there; `_measured` says what more can be said of it."""
        self._write(self._measured(metric, kind, subject, value, **more))

    def _measured(
        self,
        metric: str,
        kind: str,
        subject: str,
        value: float | None,
        *,
        on: date = NIGHT,
        place: str = "US",
        reason: str | None = None,
        currency: str | None = None,
        **cells: Any,
    ) -> list[dict[str, Any]]:
        """Return the rows of one measured number."""
        rows = []
        if kind == "sku" and "marketplace" in self.shipped.metrics[metric].subjects and metric not in OF_THE_NIGHT:
            # That the marketplace has the number says that its products may be judged by theirs.
            rows = self._measured(metric, "marketplace", place, value, on=on, place=place, reason=reason)
        status = "unknown" if value is None else "provisional" if reason in {"short_history", "never_delivered"} else "ok"
        row = {
            "store_id": self.store_id,
            "marketplace": place,
            "metric": metric,
            "subject_kind": kind,
            "subject": subject,
            "period_on": on,
            "period": "day",
            "value": value,
            "numerator": None if value is None or not math.isfinite(value) else Decimal(str(value)),
            "denominator": None,
            "currency": currency,
            "status": status,
            "reason": reason,
            "is_final": True,
            "data_through": self.clock.now() - timedelta(hours=5),
            "definition_version": self.settings.metrics[metric].version if metric in self.settings.metrics else 1,
            "measured_for": on,
        }
        return [*rows, row | cells]

    def _write(self, rows: list[dict[str, Any]]) -> None:
        """Write rows in the place of what was there, all at once; of several for the same number the last counts."""
        newest = {tuple(row[name] for name in KEY): row for row in rows}
        with writing(self.engine) as connection:
            put_values(connection, newest.values())

    def stormed(self, count: int, value: float, *, on: date = NIGHT) -> list[str]:
        """Give so many SKUs one cover, and say who they are."""
        skus = [f"SKU-{number:04}" for number in range(count)]
        self.cover(dict.fromkeys(skus, value), on=on)
        return skus

    def cover(
        self, values: dict[str, Any], *, on: date = NIGHT, place: str = "US", pace: float = 5.0, units: float = 100.0
    ) -> None:
        """Cover by SKU; a text in the place of a value is the reason why there is none."""
        rows: list[dict[str, Any]] = []
        for sku, said in values.items():
            value, reason = (None, said) if isinstance(said, str) else (said, None)
            rows += self._measured("days_of_cover", "sku", sku, value, on=on, place=place, reason=reason)
            rows += self._measured("velocity", "sku", sku, pace, on=on, place=place)
            rows += self._measured("units", "sku", sku, units, on=on - timedelta(days=1), place=place)
        if rows:
            self._write(rows)

    def feeds(self, *, on: date = NIGHT, place: str = "US", **ages: float) -> None:
        reports = self.settings.reports_of(self.store_id)
        known = {report: ages.get(report, FRESH_HOURS) for report in reports}
        self._write(
            [
                row
                for report, age in known.items()
                for row in self._measured("feed_age_hours", "feed", report, age, on=on, place=place)
            ]
        )

    def problems(self, *what: str, on: date = NIGHT) -> None:
        self.had_problems(*what, night=on)
        self.put("night_problems", "store", self.store_id, float(len(what)), on=on, place="*")

    def judge(self, night: date = NIGHT) -> JudgeReport:
        self.at(night)
        self.began(night)
        return judge_night(self.workspace, self.store_id, night)

    def listed(self, rows: int, *, on: date, report: str = "fba_inventory") -> None:
        """A list of what there is, with so many rows."""
        document = self.pulled(on, on, report=report, wanted_for=on, entered_on=on)
        self._execute(update(DOCUMENT).where(DOCUMENT.c.id == document).values(row_count=rows))

    def checked(self, night: date) -> None:
        """Run the data checks over the facts as they are, and measure what they found, as a night does after loading."""
        self.at(night)
        check_night(self.workspace, self.store_id, night)
        self.measured_checks(night)

    def measured_checks(self, night: date) -> None:
        """Measure what the night's data checks found."""
        with reading(self.engine) as connection:
            measuring = Measuring(self.store_id, night, self.clock.now(), self.settings.marketplaces(self.store_id))
            found = list(check_failures(connection, measuring))
        for row in found:
            value = None if row["numerator"] is None else row["numerator"] / MICROS_PER_UNIT
            self.put("check_failure", "check", row["subject"], value, on=night, reason=row["reason"])

    def judge_late(self, night: date) -> JudgeReport:
        """Judge a night of the past at the moment that the clock shows."""
        self.began(night)
        return judge_night(self.workspace, self.store_id, night)

    def night(self, offset: int, values: dict[str, Any] | None = None, *, place: str = "US", **ages: float) -> list[Sent]:
        """Run one whole night of judging; return what it put into the outbox."""
        before = {row.key for row in self.outbox()}
        self.at(day(offset))
        self.feeds(on=day(offset), place=place, **ages)
        self.problems(on=day(offset))
        self.cover(values or {}, on=day(offset), place=place)
        self.judge(day(offset))
        return self.sent(since=before)

    def again(self, offset: int) -> list[Sent]:
        """Judge a night once more; return what that added to the outbox."""
        before = {row.key for row in self.outbox()}
        self.judge(day(offset))
        return self.sent(since=before)

    def rows(self, table: Any, *order: Any) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(table).order_by(*order or table.primary_key.columns)).all())

    def outbox(self) -> list[Any]:
        return self.rows(OUTBOX, OUTBOX.c.created_at, OUTBOX.c.thread_key, OUTBOX.c.rev, OUTBOX.c.key.desc())

    def sent(self, *, since: set[str] | None = None) -> list[Sent]:
        return [_sent(row) for row in self.outbox() if row.key not in (since or set())]

    def alert(self, subject: str, place: str = "US") -> Any:
        return next(row for row in self.rows(ALERT) if (row.subject, row.marketplace) == (subject, place))

    def events(self, subject: str) -> list[str]:
        name = self.alert(subject).fingerprint
        return [row.kind for row in self.rows(ALERT_EVENT) if row.fingerprint == name]

    def evaluations(self, subject: str) -> list[tuple[date, int, str, float | None]]:
        name = self.alert(subject).fingerprint
        return [(row.as_of, row.version, row.outcome, row.value) for row in self.rows(EVALUATION) if row.fingerprint == name]

    def message(self, subject: str, place: str = "US") -> Message:
        """Return the subject's root message as it looks now."""
        name = self.alert(subject, place).fingerprint[:24]
        shown = [row for row in self.outbox() if row.thread_key.startswith(name) and row.kind != "reply"]
        return from_dict(max(shown, key=lambda row: row.rev).message)

    def text(self, subject: str, place: str = "US") -> str:
        return render_plain(self.message(subject, place))

    def last_reply(self) -> str:
        return render_plain(from_dict([row for row in self.outbox() if row.kind == "reply"][-1].message))

    def telling(self, quiet: QuietHours | None = None, **changes: Any) -> None:
        """Change how news is told from here on."""
        routing = self.shipped.routing
        told = routing.telling.model_copy(update=changes)
        self.configured(routing=routing.model_copy(update={"telling": told, "quiet_hours": quiet or routing.quiet_hours}))

    def each_alone(self) -> None:
        """Give every alert a message of its own from here on: no digest, no doubt."""
        self.telling(digest=DigestLimits(tiers=(), new_roots=10_000), mass_change=MassChange(share_pct=100.0))

    def with_everybodys_chain(self) -> None:
        """Let the stock-out rule call whom everybody's chain calls, not whom its own does."""
        rule = self.shipped.rules["stockout_tiers"].model_copy(update={"escalation": ()})
        self.configured(rules=dict(self.shipped.rules) | {"stockout_tiers": rule})

    def unguarded(self) -> None:
        """Believe every night from here on, whatever changes in it."""
        self.telling(mass_change=MassChange(share_pct=100.0))

    def also_watching(self, *metrics: str, subject: str = "sku", **changes: Any) -> None:
        """Add a rule for each metric: the fewer the worse, yellow at 50, orange at 30, red at 10."""
        base = self.shipped.rules["stockout_tiers"]
        tiers = {tier: Band(enter=limit, exit=limit * 1.2) for tier, limit in (("yellow", 50), ("orange", 30), ("red", 10))}
        own = {"subject": subject, "tiers": tiers, "minimum": {}, "lifecycle": {}, "only_in_stock": False, **changes}
        added = {f"low_{name}": base.model_copy(update={"metric": name, **own}) for name in metrics}
        self.configured(rules=dict(self.shipped.rules) | added)

    def judging_by(self, *rules: str) -> None:
        """Judge by these rules too, as they ship."""
        self.configured(rules=dict(self.shipped.rules) | {name: self.rules_that_ship[name] for name in rules})

    def alert_of(self, rule: str, subject: str) -> Any:
        return next(row for row in self.rows(ALERT) if (row.rule, row.subject) == (rule, subject))

    def how(self, subject: str, rule: str = "stockout_tiers") -> str:
        """Return how the alert's newest episode is told."""
        name = self.alert_of(rule, subject).fingerprint
        found = [row for row in self.rows(ALERT_TELLING) if row.fingerprint == name]
        return max(found, key=lambda row: row.episode).how if found else ""

    def conversation(self, prefix: str) -> list[Message]:
        """Return the newest root content and the replies of the only conversation whose name begins like this."""
        rows = [row for row in self.outbox() if row.thread_key.startswith(prefix)]
        assert len({row.thread_key for row in rows}) == 1
        root = max((row for row in rows if row.kind != "reply"), key=lambda row: (row.rev, row.created_at))
        return [from_dict(row.message) for row in (root, *(row for row in rows if row.kind == "reply"))]

    def speaking(self, language: str) -> None:
        """Give the store a language, from here on."""
        store = self.settings.store(self.store_id).model_copy(update={"language": language})
        self.configured(stores=dict(self.shipped.stores) | {self.store_id: store})

    def configured(self, **changes: Any) -> None:
        """Change the configuration from here on."""
        self.shipped = replace(self.shipped, **changes)


def _sent(row: Any) -> Sent:
    message = from_dict(row.message)
    return Sent(row.kind, str(message.tone), message.is_broadcast, message.title)
