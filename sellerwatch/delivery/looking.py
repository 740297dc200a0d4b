"""Finding out what became of an entry whose outcome nobody knows, before it is ever sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sellerwatch.delivery.claims import Claim
from sellerwatch.delivery.outcomes import (
    Found,
    LookOutcome,
    NotSent,
    OwnMessage,
    PayloadRefused,
    Refused,
    TargetGone,
    Unknown,
)
from sellerwatch.delivery.session import Session
from sellerwatch.delivery.settling import give_back, look_again, record_sent, remove_extra, start_anew

LOOK_BACK: Final = timedelta(seconds=300)
"""How far before the first attempt a look starts: the clocks of this machine and of Slack may differ."""


def resolve(session: Session, held: Claim) -> None:
    """Adopt the message if it is visible; give the entry back when it was not seen twice."""
    if held.kind == "update":
        # An update is the whole content, so sending it again does no harm.
        give_back(session, held, not_before=session.clock.now(), error="the outcome was unknown; sent again")
        return
    outcome = session.slack.find(
        held.place,
        key=held.key,
        thread_ts=held.home.ts if held.home else None,
        oldest=held.first_attempt_at - LOOK_BACK,
    )
    session.pace.called(session.clock.now())
    _conclude(session, held, outcome)


def _conclude(session: Session, held: Claim, outcome: LookOutcome) -> None:
    gap = session.policy.look_gap_seconds
    match outcome:
        case Found(messages):
            _adopt(session, held, messages)
        case NotSent(error, after_seconds):
            seconds = after_seconds or gap
            session.pace.hold_calls(session.after(seconds))
            look_again(session, held, seconds=seconds, missed_lookups=held.missed_lookups, error=error)
        case Unknown(error):
            look_again(session, held, seconds=gap, missed_lookups=held.missed_lookups, error=error)
        case TargetGone(error):
            start_anew(session, held, error)
        case Refused(error) | PayloadRefused(error):
            session.report_problem(
                f"{held.place}: cannot look whether {held.key} was delivered ({error}); "
                "sent again, so it may show twice. Give the app channels:history and groups:history, and invite it"
            )
            give_back(session, held, not_before=session.clock.now(), error=error)


def _adopt(session: Session, held: Claim, messages: tuple[OwnMessage, ...]) -> None:
    if messages:
        earliest, *extras = messages
        for extra in extras:
            remove_extra(session, held, extra.ts)
        record_sent(session, held, earliest.ts)
        return
    missed = held.missed_lookups + 1
    if missed >= session.policy.looks_before_resend:
        give_back(session, held, not_before=session.clock.now(), error="looked for and not found; sent again")
    else:
        look_again(session, held, seconds=session.policy.look_gap_seconds, missed_lookups=missed, error="not found yet")
