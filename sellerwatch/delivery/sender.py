"""Draining the outbox: claim, call Slack outside any transaction, record; unknown outcomes are looked up, never guessed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import PermanentError
from sellerwatch.delivery import claims
from sellerwatch.delivery.claims import Claim, Head
from sellerwatch.delivery.looking import resolve
from sellerwatch.delivery.notes import moved
from sellerwatch.delivery.outbox import FALLBACK_SUFFIX
from sellerwatch.delivery.outcomes import Outcome, PayloadRefused, SlackApi
from sellerwatch.delivery.pacing import Pace
from sellerwatch.delivery.picturing import NOTHING, Brought, bring, linked
from sellerwatch.delivery.policy import DEFAULT_POLICY, DeliveryPolicy
from sellerwatch.delivery.referring import referring
from sellerwatch.delivery.schedule import Done, Look, Send, Wait, heed, next_step
from sellerwatch.delivery.session import Session, tag_of
from sellerwatch.delivery.settling import give_back, give_up, settle, start_anew
from sellerwatch.delivery.showing import WORDS_ALONE, Showing
from sellerwatch.messages.addresses import NO_CONTACTS, Contacts
from sellerwatch.messages.blocks import Message
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.slack import SlackPayload, render_slack_short
from sellerwatch.warehouse.engine import reading, writing


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one run delivered, gave up, and left."""

    posts: int
    updates: int
    replies: int
    dead: int
    pending: int
    """Due and not delivered; the next run goes on with them."""
    problems: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    """What readers go without although every message was delivered, such as a picture."""
    mirrored: int = 0
    """Messages that addresses beside Slack took."""

    @property
    def is_complete(self) -> bool:
        """Whether everything due was delivered as decided; when not, the run must not be shown as a success."""
        return not (self.dead or self.pending or self.problems)

    def followed_by(self, later: DeliveryReport) -> DeliveryReport:
        """Return what both runs came to; what is left is what the later one left."""
        counts = {name: getattr(self, name) + getattr(later, name) for name in ("posts", "updates", "replies", "dead")}
        problems, remarks = (*self.problems, *later.problems), (*self.remarks, *later.remarks)
        return replace(later, **counts, problems=problems, remarks=remarks)


def deliver(  # noqa: PLR0913 - one run, and everything it may use
    engine: Engine,
    slack: SlackApi,
    *,
    clock: Clock,
    policy: DeliveryPolicy = DEFAULT_POLICY,
    fallback_channel: str | None = None,
    contacts: Contacts = NO_CONTACTS,
    showing: Showing = WORDS_ALONE,
) -> DeliveryReport:
    """Send everything that is due; several senders may run at once, and any may be killed at any point.

    Args:
        engine: The warehouse.
        slack: The calls to make.
        clock: Tells the time and waits.
        policy: Intervals and periods.
        fallback_channel: Where messages go that their own channel refuses for good.
        contacts: Slack ids by role; read when sent, so that a change of duty needs no new decision.
        showing: How messages become blocks, and which pictures they have.
    """
    session = Session(engine, slack, clock, policy, Pace(policy), fallback_channel, contacts, showing)
    while _advance(session):
        pass
    with reading(engine) as connection:
        pending = claims.count_left(connection, now=clock.now())
    counts = session.counts
    return DeliveryReport(
        posts=counts["posts"],
        updates=counts["updates"],
        replies=counts["replies"],
        dead=counts["dead"],
        pending=pending,
        problems=tuple(session.problems),
        remarks=tuple(session.remarks),
    )


def _advance(session: Session) -> bool:
    now = session.clock.now()
    with reading(session.engine) as connection:
        heads = claims.open_heads(connection, now=now)
    heed(heads, session.pace, now)
    step = next_step(heads, session.pace, now)
    match step:
        case Send(head):
            _send(session, head)
        case Look(head):
            _look(session, head)
        case Wait():
            return _wait(session, step)
        case Done():
            return False
    return session.waited_seconds <= session.policy.max_wait_seconds


def _wait(session: Session, wait: Wait) -> bool:
    seconds = (wait.until - session.clock.now()).total_seconds()
    if not wait.is_pacing:
        if session.waited_seconds + seconds > session.policy.max_wait_seconds:
            return False
        seconds = min(seconds, session.policy.poll_seconds)
        session.waited_seconds += max(seconds, 0.0)
    session.clock.sleep(seconds)
    return True


def _look(session: Session, head: Head) -> None:
    now = session.clock.now()
    with writing(session.engine) as connection:
        held = claims.take_over(connection, head.key, now=now, lease_until=_lease_end(session))
    if held is not None:
        resolve(session, held)


def _send(session: Session, head: Head) -> None:
    now = session.clock.now()
    with writing(session.engine) as connection:
        held = claims.claim(connection, head.key, now=now, lease_until=_lease_end(session))
    if held is None:
        return
    if held.kind != "root" and held.home is None:
        _send_homeless(session, held)
    elif held.home and held.home.ts is None:
        # Another sender has just given the conversation a new root, which goes first.
        _return_uncalled(session, held, "waits for its new root")
    elif _is_too_late_to_call(session, held):
        _return_uncalled(session, held, "the lease ran out before the call")
    else:
        _call_and_settle(session, held)


def _return_uncalled(session: Session, held: Claim, why: str) -> None:
    # No call was made, so another try is safe; it counts as waiting, so that a run cannot go on like this for ever.
    session.waited_seconds += session.policy.call_timeout_seconds
    give_back(session, held, not_before=session.clock.now(), error=why)


def _send_homeless(session: Session, held: Claim) -> None:
    if held.kind == "update":
        start_anew(session, held, "its root was never delivered")
    else:
        give_up(session, held, "its root was never delivered")


def _call_and_settle(session: Session, held: Claim) -> None:
    try:
        message = referring(session, from_dict(held.stored))
    except PermanentError as error:
        give_up(session, held, error.what)
        return
    if held.kind == "update" and held.home and held.home.key.endswith(FALLBACK_SUFFIX):
        message = moved(message, channel=held.channel)
    uploads = session.showing.uploads_of(message)
    renewed, brought = bring(session, held, uploads) if uploads else (held, NOTHING)
    if renewed is not None:
        settle(session, renewed, _call_until_taken(session, renewed, message, brought))


def _call_until_taken(session: Session, held: Claim, message: Message, brought: Brought) -> Outcome:
    """Send the message as well as Slack takes it: whole, without its pictures, as short text. A refusal is no message."""
    whole = linked(session.render(message, brought.images), brought)
    outcome = _call(session, held, whole, message)
    if isinstance(outcome, PayloadRefused) and brought:
        session.remark(f"{held.key}: sent without its pictures: Slack refused them ({outcome.error})")
        outcome = _call(session, held, session.render(message, {}), message)
    if isinstance(outcome, PayloadRefused):
        session.report_problem(f"{held.key}: Slack refused its blocks ({outcome.error}); sent as short text")
        outcome = _call(session, held, render_slack_short(message, contacts=session.contacts), message)
    return outcome


def _call(session: Session, held: Claim, payload: SlackPayload, message: Message) -> Outcome:
    slack, tag, home = session.slack, tag_of(held), held.home
    if held.kind == "update" and home and home.ts:
        outcome = slack.update(home.channel, home.ts, payload, tag=tag)
        session.pace.called(session.clock.now())
        return outcome
    is_broadcast = message.is_broadcast and held.kind == "reply"
    outcome = slack.post(held.place, payload, tag=tag, thread_ts=home.ts if home else None, is_broadcast=is_broadcast)
    session.pace.posted(held.place, session.clock.now())
    return outcome


def _lease_end(session: Session) -> datetime:
    return session.after(session.policy.lease_seconds)


def _is_too_late_to_call(session: Session, held: Claim) -> bool:
    margin = timedelta(seconds=session.policy.settled_after_seconds)
    return session.clock.now() + margin > held.lease_until
