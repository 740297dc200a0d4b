"""From the outcome of a call to the record of it: one way for each outcome, each in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from sellerwatch.delivery import claims
from sellerwatch.delivery.claims import Claim
from sellerwatch.delivery.notes import readable, refused_elsewhere, replacing
from sellerwatch.delivery.outbox import FALLBACK_SUFFIX, ROOT_SUFFIX, Entry, enqueue, newest_content
from sellerwatch.delivery.outcomes import NotSent, Outcome, PayloadRefused, Refused, Sent, TargetGone, Unknown
from sellerwatch.delivery.session import Session
from sellerwatch.delivery.slack_errors import was_tried_once_more
from sellerwatch.messages.blocks import Message
from sellerwatch.warehouse.engine import writing

COUNTED_AS: Final = {"root": "posts", "update": "updates", "reply": "replies"}
"""The report's name for each kind of entry."""

SHORTEST_WAIT_SECONDS: Final = 1.0
"""Even when Slack asks for none: a refusal must cost time, or a run that is always refused would never end."""


def settle(session: Session, held: Claim, outcome: Outcome) -> None:
    """Record what a call came to, and what follows from it."""
    match outcome:
        case Sent(ts):
            record_sent(session, held, ts)
        case NotSent(error, after_seconds):
            _try_later(session, held, error, after_seconds)
        case Unknown(error):
            _look_later(session, held, error)
        case TargetGone(error):
            start_anew(session, held, error)
        case Refused(error) | PayloadRefused(error):
            give_up(session, held, error)


def record_sent(session: Session, held: Claim, ts: str) -> None:
    """Record the visible message; where another sender recorded one first, ours is the extra and goes."""
    with writing(session.engine) as connection:
        recorded = claims.mark_sent(connection, held, ts=ts, now=session.clock.now())
    if recorded != ts and held.kind != "update":
        remove_extra(session, held, ts)
        return
    session.counts[COUNTED_AS[held.kind]] += 1


def remove_extra(session: Session, held: Claim, ts: str) -> None:
    """Delete a second message with the same key."""
    outcome = session.slack.delete(held.place, ts)
    if not isinstance(outcome, Sent):
        session.report_problem(f"{held.key}: a second message ({ts}) could not be deleted: {outcome.error}; the sweep will try")


def start_anew(session: Session, held: Claim, error: str) -> None:
    """Give the conversation a new root, once, because its root is gone: an update becomes it, a reply waits for it."""
    home = held.home
    earlier = session.slack.permalink(home.channel, home.ts) if home and home.ts else None
    with writing(session.engine) as connection:
        can_start = held.kind != "root" and not claims.is_known(connection, held.key + ROOT_SUFFIX)
        if can_start and _close_or_release(connection, session, held, error):
            content = replacing(_root_content(connection, held), earlier=earlier)
            enqueue(connection, _new_root(session, held, ROOT_SUFFIX, content))
    if not can_start:
        give_up(session, held, error)


def give_up(session: Session, held: Claim, error: str) -> None:
    """Bury the entry, say so, and move its conversation to the fallback channel, where its content is posted once."""
    channel = held.place
    with writing(session.engine) as connection:
        if not claims.bury(connection, held, error=error):
            return
        if session.fallback_channel and channel != session.fallback_channel:
            content = refused_elsewhere(readable(held.stored, key=held.key), channel=channel, error=error)
            enqueue(connection, _new_root(session, held, FALLBACK_SUFFIX, content))
    if was_tried_once_more(error, held.error):
        return  # that was told when it was given up
    session.counts["dead"] += 1
    session.report_problem(f"{held.key}: not delivered to {channel}: {error}")


def give_back(session: Session, held: Claim, *, not_before: datetime, error: str) -> None:
    """Return the entry to the waiting ones: it surely is not visible, or may be sent twice without harm."""
    with writing(session.engine) as connection:
        claims.release(connection, held, not_before=not_before, error=error)


def look_again(session: Session, held: Claim, *, seconds: float, missed_lookups: int, error: str) -> None:
    """Keep the entry out of reach until another look can tell more."""
    with writing(session.engine) as connection:
        claims.await_outcome(connection, held, until=session.after(seconds), missed_lookups=missed_lookups, error=error)


def _try_later(session: Session, held: Claim, error: str, after_seconds: float | None) -> None:
    wait = session.policy.backoff_seconds(held.attempts) if after_seconds is None else max(after_seconds, SHORTEST_WAIT_SECONDS)
    until = session.after(wait)
    # The whole channel waits: a later entry that overtook this one would break the order, and be refused as well.
    session.pace.hold_channel(held.place, until)
    if held.kind == "update":
        session.pace.hold_calls(until)
    give_back(session, held, not_before=until, error=error)


def _look_later(session: Session, held: Claim, error: str) -> None:
    look_again(session, held, seconds=session.policy.quiet_period_seconds, missed_lookups=0, error=error)


def _close_or_release(connection: Connection, session: Session, held: Claim, error: str) -> bool:
    if held.kind == "update":
        return claims.supersede(connection, held, error=error)
    return claims.release(connection, held, not_before=session.clock.now(), error=error)


def _root_content(connection: Connection, held: Claim) -> Message:
    if held.kind == "update":
        return readable(held.stored, key=held.key)
    content = newest_content(connection, held.thread_key)
    return readable(content.message if content else held.stored, key=held.key)


def _new_root(session: Session, held: Claim, suffix: str, content: Message) -> Entry:
    now = session.clock.now()
    channel = session.fallback_channel if suffix == FALLBACK_SUFFIX else None
    return Entry(
        key=held.key + suffix,
        kind="root",
        channel=channel or held.place,
        thread_key=held.thread_key,
        rev=held.rev,
        message=content,
        not_before=now,
        created_at=now,
    )
