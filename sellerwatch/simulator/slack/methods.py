"""The methods this Slack knows, and the one way every call takes: reviewed, metered, carried out, written down, answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from sellerwatch.simulator.slack import chat, reading, sockets, uploads
from sellerwatch.simulator.slack.calls import Call, Done, RefusedError, Reply
from sellerwatch.simulator.slack.faults import Fault
from sellerwatch.simulator.slack.journal import Entry, Finding, Kind
from sellerwatch.simulator.slack.limits import scope_of
from sellerwatch.simulator.slack.state import SlackState


@dataclass(frozen=True, slots=True)
class Method:
    """What carries a method out, the scopes it needs, and how the journal counts it."""

    run: Callable[[SlackState, Call], Done]
    scopes: tuple[str, ...] = ()
    kind: Kind = "other"
    takes: Literal["bot", "app"] = "bot"
    """Which of the tokens it is called with."""


METHODS: Mapping[str, Method] = {
    "auth.test": Method(reading.auth_test),
    "chat.postMessage": Method(chat.post_message, ("chat:write",), "post"),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",), "whisper"),
    "chat.update": Method(chat.update_message, ("chat:write",), "update"),
    "chat.delete": Method(chat.delete_message, ("chat:write",), "delete"),
    # History asks for its scope itself: it depends on whether the channel is private.
    "conversations.history": Method(reading.history, (), "read"),
    "conversations.replies": Method(reading.replies, (), "read"),
    "conversations.info": Method(reading.info, ("channels:read",)),
    "conversations.list": Method(reading.list_channels, ("channels:read",)),
    "users.lookupByEmail": Method(reading.lookup_by_email, ("users:read.email",)),
    "files.getUploadURLExternal": Method(uploads.get_upload_url, ("files:write",)),
    "files.completeUploadExternal": Method(uploads.complete_upload, ("files:write",), "upload"),
    "files.info": Method(uploads.file_info, ("files:read",)),
    "apps.connections.open": Method(sockets.open_connection, takes="app"),
}
"""Every method by name."""

FAULTY_METHODS = frozenset({*METHODS, uploads.UPLOAD})
"""What a fault may be aimed at."""

_WRITES_CONTENT = {"post", "update", "whisper"}
_NEEDS_CHANNEL = {"post", "update", "delete", "read", "whisper"}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a call before a fault touches the answer."""

    body: Mapping[str, object]
    accepted: bool = False
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    ts: str | None = None
    findings: tuple[Finding, ...] = ()


def answer(slack: SlackState, call: Call, *, fault: Fault | None = None) -> Reply:
    """Take one Web API call all the way, write it into the journal, and return what goes over the wire."""
    now = slack.clock.now()
    findings = tuple(_review(slack, call, now))
    outcome = _outcome(slack, call, now, fault)
    outcome = replace(outcome, findings=(*findings, *outcome.findings))
    return _finish(slack, call, outcome, fault)


def answer_upload(slack: SlackState, file_id: str, body: bytes, *, fault: Fault | None = None) -> Reply:
    """Take the bytes of an upload; the address itself is the permission, so there is no token."""
    call = Call(uploads.UPLOAD, {"file": file_id, "length": len(body)})
    if fault is not None and not fault.accepts:
        outcome = _injected(slack, call, slack.clock.now(), fault)
    else:
        outcome = _upload_outcome(slack, file_id, body)
    return _finish(slack, call, outcome, fault)


def answer_malformed(slack: SlackState, method: str, refusal: RefusedError) -> Reply:
    """Answer a call whose body could not be read, and write it down as what no client of ours may send."""
    finding = Finding("malformed_call", refusal.error)
    return _finish(slack, Call(method, {}), _Outcome(refusal.body(), findings=(finding,)), None)


def channel_id_of(slack: SlackState, call: Call) -> str:
    """Return the id of the channel a call speaks of; what it says itself when there is no such channel."""
    text = call.text("channel") or call.text("channel_id")
    channel = slack.channel_named(text) if text else None
    return text if channel is None else channel.channel_id


def _review(slack: SlackState, call: Call, now: datetime) -> list[Finding]:
    method = METHODS.get(call.method)
    findings = []
    if method is None:
        findings.append(Finding("unknown_method", call.method))
    if call.token is None or call.token not in {*slack.tokens, *slack.app_tokens}:
        findings.append(Finding("bad_token"))
    if slack.limiter.pause_left(scope_of(call.method, channel_id_of(slack, call)), now):
        findings.append(Finding("during_retry_after"))
    if method is not None and method.kind in _NEEDS_CHANNEL and not _channel_exists(slack, call):
        findings.append(Finding("unknown_channel", call.text("channel")))
    if method is not None and method.kind in _WRITES_CONTENT:
        findings += chat.review_content(slack, call)
    return findings


def _channel_exists(slack: SlackState, call: Call) -> bool:
    return channel_id_of(slack, call) in slack.channels


def _outcome(slack: SlackState, call: Call, now: datetime, fault: Fault | None) -> _Outcome:
    if fault is not None and not fault.accepts:
        return _injected(slack, call, now, fault)
    try:
        done = _carry_out(slack, call, now, fault)
    except RefusedError as refusal:
        return _refused(slack, call, now, refusal)
    return _Outcome(done.body, accepted=True, ts=done.ts, findings=done.findings)


def _carry_out(slack: SlackState, call: Call, now: datetime, fault: Fault | None) -> Done:
    method = METHODS.get(call.method)
    if method is None:
        raise RefusedError("unknown_method", extra={"req_method": call.method})
    _check_token(slack, call, method)
    scope = scope_of(call.method, channel_id_of(slack, call))
    wait = max(slack.limiter.pause_left(scope, now), slack.limiter.wait(scope, now))
    if wait:
        raise RefusedError("ratelimited", extra={"retry_after": wait})
    if method.kind != "post":
        slack.limiter.take(scope, now)
    slack.require(*method.scopes)
    done = (uploads.unready if fault is not None and fault.name == "file_not_ready" else method.run)(slack, call)
    if method.kind == "post":
        # A refused post costs nothing: the text-only second try may follow at once.
        slack.limiter.take(scope, now)
    return done


def _check_token(slack: SlackState, call: Call, method: Method) -> None:
    if call.token is None:
        raise RefusedError("not_authed")
    right, wrong = (slack.app_tokens, slack.tokens) if method.takes == "app" else (slack.tokens, slack.app_tokens)
    if call.token in wrong:
        raise RefusedError("not_allowed_token_type")
    if call.token not in right:
        raise RefusedError("invalid_auth")
    if not right[call.token]:
        raise RefusedError("token_revoked")


def _refused(slack: SlackState, call: Call, now: datetime, refusal: RefusedError) -> _Outcome:
    wait = refusal.extra.pop("retry_after", None)
    if not isinstance(wait, int):
        return _Outcome(refusal.body(), findings=refusal.findings)
    return _told_to_wait(slack, call, now, wait)


def _told_to_wait(slack: SlackState, call: Call, now: datetime, seconds: int) -> _Outcome:
    slack.limiter.pause(scope_of(call.method, channel_id_of(slack, call)), now, seconds=seconds)
    body = {"ok": False, "error": "ratelimited"}
    return _Outcome(body, status=429, headers={"Retry-After": str(seconds)})


def _injected(slack: SlackState, call: Call, now: datetime, fault: Fault) -> _Outcome:
    if fault.kind.status == 429:  # noqa: PLR2004 - the status of Slack's own rate limit
        return _told_to_wait(slack, call, now, fault.retry_after)
    return _Outcome(RefusedError(fault.kind.error, messages=fault.kind.messages).body(), status=fault.kind.status)


def _upload_outcome(slack: SlackState, file_id: str, body: bytes) -> _Outcome:
    try:
        done = uploads.receive_bytes(slack, file_id, body)
    except RefusedError as refusal:
        status = 404 if refusal.error == "file_not_found" else 400
        return _Outcome(refusal.body(), status=status, findings=refusal.findings)
    return _Outcome(done.body, accepted=True)


def _finish(slack: SlackState, call: Call, outcome: _Outcome, fault: Fault | None) -> Reply:
    reply = _reply(outcome, fault)
    dropped = reply.ending in {"reset", "close"}
    is_readable = reply.ending == "json" and reply.body.get("ok") is True
    error = reply.body.get("error") if reply.ending == "json" else None
    slack.journal.record(
        Entry(
            at=slack.clock.now(),
            method=call.method,
            channel=channel_id_of(slack, call) or None,
            kind=_kind(call),
            arguments=_shown_arguments(call),
            ok=is_readable,
            error=None if error is None else str(error),
            http=None if dropped else reply.status,
            accepted=outcome.accepted,
            ts=outcome.ts,
            fault=None if fault is None else fault.name,
            unexpected=outcome.findings,
        )
    )
    if fault is not None and outcome.accepted and call.method == "chat.update" and outcome.ts is not None:
        slack.mark_unsure(channel_id_of(slack, call), outcome.ts)
    return reply


def _reply(outcome: _Outcome, fault: Fault | None) -> Reply:
    reply = Reply(outcome.body, status=outcome.status, headers=outcome.headers)
    if fault is None:
        return reply
    kind = fault.kind
    if kind.error and fault.accepts:
        reply = replace(reply, body=RefusedError(kind.error).body())
    delay = fault.seconds if kind.waits == "after" else 0.0
    status = kind.status if kind.status != 200 else reply.status  # noqa: PLR2004 - the status of an ordinary answer
    return replace(reply, status=status, ending=kind.ending, delay=delay)


def _kind(call: Call) -> Kind:
    method = METHODS.get(call.method)
    if method is None:
        return "other"
    return "reply" if method.kind == "post" and call.text("thread_ts") else method.kind


def _shown_arguments(call: Call) -> dict[str, object]:
    return {name: _parsed(value) if name in _JSON_ARGUMENTS else value for name, value in call.arguments.items()}


_JSON_ARGUMENTS = {"blocks", "attachments", "metadata", "files"}


def _parsed(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
