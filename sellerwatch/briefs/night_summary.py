"""What a night came to, read back from the warehouse, so that it is the same whoever ran it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from sellerwatch.alerts.conversations import count_messages, is_of_night
from sellerwatch.alerts.judging.counts import count_events, count_open
from sellerwatch.metrics.spans import first_end
from sellerwatch.settings.models import TIERS
from sellerwatch.warehouse.checks.results import counted, results_of, verdicts
from sellerwatch.warehouse.documents import newest_version
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.problems import Problem, problems_of
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT, WINDOW
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.outbox import OUTBOX
from sellerwatch.warehouse.workspace import Workspace


@dataclass(frozen=True, slots=True)
class NightSummary:
    """One store's night in numbers."""

    store_id: str
    as_of: date
    outcome: str
    documents: int
    rows: int
    quarantined: int
    metrics: int
    alerts: Mapping[str, int]
    """Open alerts by tier after the night, and how many were resolved in it."""
    slack: Mapping[str, int]
    """Messages of the night that Slack has: posts, updates, replies."""
    problems: tuple[tuple[str, Problem], ...]
    checks: Mapping[str, int] = field(default_factory=dict)
    """Data checks x marketplaces that passed, failed, or could not be judged (skipped)."""

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as JSON values."""
        return {
            "store": self.store_id,
            "as_of": self.as_of.isoformat(),
            "outcome": self.outcome,
            "documents": self.documents,
            "rows": self.rows,
            "quarantined": self.quarantined,
            "metrics": self.metrics,
            "checks": dict(self.checks),
            "alerts": dict(self.alerts),
            "slack": dict(self.slack),
            "problems": [
                {"step": step, "what": item.what, "where": item.place, "do": item.remedy} for step, item in self.problems
            ],
        }


def summarise_night(workspace: Workspace, store_id: str, as_of: date) -> NightSummary:
    """Read back what is known of a store's night."""
    with reading(workspace.engine) as connection:
        documents, rows, quarantined = _documents(connection, store_id, as_of)
        by_tier = count_open(connection, workspace.settings.rules, store_id)
        return NightSummary(
            store_id=store_id,
            as_of=as_of,
            outcome=_outcome(connection, store_id, as_of),
            documents=documents,
            rows=rows,
            quarantined=quarantined,
            metrics=_metrics(connection, store_id, as_of),
            alerts={tier: by_tier.get(tier, 0) for tier in TIERS}
            | {"resolved": count_events(connection, workspace.settings.rules, store_id, as_of, "resolved")},
            slack=_slack(connection, store_id, as_of),
            problems=tuple(problems_of(connection, store_id, as_of)),
            checks=counted(verdicts(results_of(connection, store_id, as_of))),
        )


def _outcome(connection: Connection, store_id: str, as_of: date) -> str:
    found = connection.execute(select(NIGHT.c.outcome).where(NIGHT.c.store_id == store_id, NIGHT.c.as_of == as_of))
    return found.scalar_one_or_none() or "not run"


def _documents(connection: Connection, store_id: str, as_of: date) -> tuple[int, int, int]:
    """Return the loaded documents of the night's windows, their rows, and how many documents are set aside."""
    loaded, quarantined = DOCUMENT.c.state == "loaded", DOCUMENT.c.state == "quarantined"
    row = connection.execute(
        select(
            func.count().filter(loaded),
            func.coalesce(func.sum(DOCUMENT.c.row_count).filter(loaded), 0),
            func.count().filter(quarantined),
        )
        .select_from(DOCUMENT.join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id))
        .where(WINDOW.c.store_id == store_id, WINDOW.c.wanted_for == as_of, DOCUMENT.c.version == newest_version()),
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def _metrics(connection: Connection, store_id: str, as_of: date) -> int:
    written = select(func.count()).where(
        METRIC_VALUE.c.store_id == store_id,
        METRIC_VALUE.c.measured_for == as_of,
        METRIC_VALUE.c.period_on >= first_end(as_of),  # years of older values need not be looked at
    )
    return int(connection.execute(written).scalar_one())


_KINDS = {"root": "posts", "update": "updates", "reply": "replies"}


def _slack(connection: Connection, store_id: str, as_of: date) -> dict[str, int]:
    counts = count_messages(connection, is_of_night(store_id, as_of), OUTBOX.c.state == "sent")
    return {name: counts.get(kind, 0) for kind, name in _KINDS.items()}
