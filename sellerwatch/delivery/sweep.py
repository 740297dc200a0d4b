"""Looking for messages that became visible twice after all, and deleting the extra ones."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from sellerwatch.core.clock import Clock
from sellerwatch.delivery.looking import LOOK_BACK
from sellerwatch.delivery.outcomes import Found, Sent, SlackApi
from sellerwatch.delivery.policy import DEFAULT_POLICY, DeliveryPolicy
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.outbox import OUTBOX


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What one sweep saw and removed."""

    messages: int
    deleted: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    channel: str
    thread_ts: str | None
    oldest: datetime


def sweep(
    engine: Engine, slack: SlackApi, *, clock: Clock, since: datetime, policy: DeliveryPolicy = DEFAULT_POLICY
) -> SweepReport:
    """Look through every channel and thread delivered to since then; of two messages with one key the later goes.

    The one on record stays where both are seen: replies hang on it.
    """
    recorded, places = _read_outbox(engine, since)
    seen: dict[str, dict[str, str]] = defaultdict(dict)
    problems: list[str] = []
    for place in places:
        clock.sleep(policy.call_interval_seconds)
        outcome = slack.find(place.channel, thread_ts=place.thread_ts, oldest=place.oldest)
        if isinstance(outcome, Found):
            for message in outcome.messages:
                seen[message.key][message.ts] = place.channel
        else:
            problems.append(f"{place.channel}: cannot look for messages delivered twice: {outcome.error}")
    extras = [(key, ts, seen[key][ts]) for key in seen for ts in _extras(sorted(seen[key]), recorded.get(key))]
    failures = [problem for key, ts, channel in extras if (problem := _delete(slack, clock, policy, (key, ts, channel)))]
    return SweepReport(sum(map(len, seen.values())), len(extras) - len(failures), (*problems, *failures))


def _delete(slack: SlackApi, clock: Clock, policy: DeliveryPolicy, extra: tuple[str, str, str]) -> str | None:
    key, ts, channel = extra
    clock.sleep(policy.call_interval_seconds)
    outcome = slack.delete(channel, ts)
    return None if isinstance(outcome, Sent) else f"{key}: a second message ({ts}) could not be deleted: {outcome.error}"


def _extras(visible: list[str], recorded: str | None) -> list[str]:
    kept = recorded if recorded in visible else visible[0]
    return [ts for ts in visible if ts != kept]


def _read_outbox(engine: Engine, since: datetime) -> tuple[dict[str, str], list[_Place]]:
    columns = (OUTBOX.c.key, OUTBOX.c.kind, OUTBOX.c.channel, OUTBOX.c.thread_key, OUTBOX.c.sent_ts, OUTBOX.c.first_attempt_at)
    recent = (OUTBOX.c.state == "sent", OUTBOX.c.kind != "update", OUTBOX.c.sent_at >= since)
    with reading(engine) as connection:
        rows = connection.execute(select(*columns).where(*recent)).all()
        answered = OUTBOX.alias()
        with_replies = select(answered.c.thread_key).where(
            answered.c.kind == "reply", answered.c.state == "sent", answered.c.sent_at >= since
        )
        roots = connection.execute(
            select(*columns).where(OUTBOX.c.kind == "root", OUTBOX.c.state == "sent", OUTBOX.c.thread_key.in_(with_replies))
        ).all()
    oldest = min((row.first_attempt_at for row in rows), default=since) - LOOK_BACK
    channels = sorted({row.channel for row in rows if row.kind == "root"})
    places = [_Place(channel, None, oldest) for channel in channels]
    places += [_Place(root.channel, root.sent_ts, oldest) for root in roots]
    return {row.key: row.sent_ts for row in rows}, places
