"""A Slack in memory behind the calls delivery makes, with faults on demand, and a clock that only moves when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from sellerwatch.delivery.outbox import Entry, Kind, enqueue
from sellerwatch.delivery.outcomes import (
    Failure,
    FileSeen,
    Found,
    LookOutcome,
    Outcome,
    OwnMessage,
    Sent,
    Tag,
    TargetGone,
    Upload,
    Uploaded,
)
from sellerwatch.messages.blocks import Message, Text, Tone
from sellerwatch.messages.slack import SlackPayload
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.outbox import OUTBOX

START = datetime(2025, 11, 13, 6, tzinfo=UTC)
OPS, SUPPLY, FALLBACK = "C0OPS", "C0SUPPLY", "C0FALLBACK"


class Crash(BaseException):
    """The process is killed here: nothing after it runs."""


@dataclass
class HandClock:
    """Moves only by sleeping."""

    at: datetime = START
    slept: float = 0.0

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=max(0.0, seconds))
        self.slept += max(0.0, seconds)


@dataclass
class Shown:
    """One message in a channel."""

    channel: str
    ts: str
    tag: Tag
    payload: SlackPayload
    thread_ts: str | None
    is_broadcast: bool
    visible_at: datetime
    deleted: bool = False

    @property
    def title(self) -> str:
        return self.payload.text.removeprefix("🔴 ")


@dataclass(frozen=True)
class Call:
    method: str
    channel: str
    key: str | None
    at: datetime
    text: str = ""
    is_reply: bool = False
    is_broadcast: bool = False


@dataclass
class Fault:
    """What a call does instead: it is carried out or not, then fails, crashes or runs other code."""

    method: str
    outcome: Failure | None = None
    accept: bool = False
    accept_after: float = 0.0
    crash: bool = False
    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None
    channel: str | None = None
    skip: int = 0
    times: int = 1


@dataclass
class FakeSlack:
    clock: HandClock
    shown: list[Shown] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    files: list[Upload] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fail(self, method: str, outcome: Failure | None = None, **more: object) -> None:
        self.faults.append(Fault(method, outcome, **more))

    def post(self, channel, payload, *, tag, thread_ts=None, is_broadcast=False) -> Outcome:
        def act(visible_at: datetime) -> Outcome:
            if thread_ts and not self._standing(channel, thread_ts):
                return TargetGone("thread_not_found")
            ts = f"{START.timestamp() + len(self.shown):.6f}"
            self.shown.append(Shown(channel, ts, tag, payload, thread_ts, is_broadcast, visible_at))
            return Sent(ts)

        heard = {"text": payload.text, "is_reply": bool(thread_ts), "is_broadcast": is_broadcast}
        return self._call("post", channel, tag.key, act, **heard)

    def update(self, channel, ts, payload, *, tag) -> Outcome:
        def act(_: datetime) -> Outcome:
            for message in self._standing(channel, ts):
                message.payload, message.tag = payload, tag
                return Sent(ts)
            return TargetGone("message_not_found")

        return self._call("update", channel, tag.key, act, text=payload.text)

    def delete(self, channel, ts) -> Outcome:
        def act(_: datetime) -> Outcome:
            for message in self._standing(channel, ts):
                message.deleted = True
            return Sent(ts)

        return self._call("delete", channel, None, act)

    def find(self, channel, *, oldest, thread_ts=None, key=None) -> LookOutcome:
        def act(_: datetime) -> Outcome:
            if thread_ts and not self._standing(channel, thread_ts):
                return TargetGone("thread_not_found")
            seen = [message for message in self.visible(channel) if message.thread_ts == thread_ts]
            return Found(tuple(OwnMessage(m.tag.key, m.ts) for m in seen if key in {None, m.tag.key}))

        return self._call("find", channel, key, act)

    def upload(self, upload) -> Uploaded | Failure:
        def act(_: datetime) -> Outcome:
            self.files.append(upload)
            return Uploaded(f"F{len(self.files)}")

        return self._call("upload", "", None, act, text=upload.name)

    def look_at_file(self, file_id) -> FileSeen | Failure:
        name = self.files[int(file_id[1:]) - 1].name
        return FileSeen(file_id, is_ready=True, permalink=f"https://example.slack.com/files/{file_id}/{name}")

    def permalink(self, channel, ts) -> str | None:
        return f"https://example.slack.com/archives/{channel}/p{ts.replace('.', '')}"

    def visible(self, channel: str | None = None) -> list[Shown]:
        return [
            message
            for message in self.shown
            if not message.deleted and message.visible_at <= self.clock.now() and channel in {None, message.channel}
        ]

    def titles(self, channel: str | None = None) -> list[str]:
        return [message.title for message in self.visible(channel)]

    def counts(self) -> dict[str, int]:
        methods = [call.method for call in self.calls]
        return {method: methods.count(method) for method in sorted(set(methods))}

    def _standing(self, channel: str, ts: str) -> list[Shown]:
        return [message for message in self.shown if (message.channel, message.ts) == (channel, ts) and not message.deleted]

    def _call(self, method: str, channel: str, key: str | None, act: Callable[[datetime], Outcome], **heard: object) -> Outcome:
        self.calls.append(Call(method, channel, key, self.clock.now(), **heard))
        fault = self._fault(method, channel)
        if fault is None:
            return act(self.clock.now())
        if fault.before:
            fault.before()
        answer = act(self.clock.now() + timedelta(seconds=fault.accept_after)) if fault.accept else None
        if fault.crash:
            raise Crash
        if fault.after:
            fault.after()
        outcome = fault.outcome or answer
        assert outcome is not None
        return outcome

    def _fault(self, method: str, channel: str) -> Fault | None:
        for fault in self.faults:
            if fault.method != method or fault.channel not in {None, channel} or fault.times == 0:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
        return None


def message(title: str, *, is_broadcast: bool = False) -> Message:
    return Message(title, Tone.RED, (Text(("body of ", title)),), is_broadcast=is_broadcast)


def entry(key: str, kind: Kind = "root", *, thread: str = "t1", rev: int = 1, channel: str = OPS, **more: object) -> Entry:
    given = {"message": message(key), "not_before": START, "created_at": START, **more}
    return Entry(key=key, kind=kind, channel=channel, thread_key=thread, rev=rev, **given)


def put(engine: Engine, *entries: Entry) -> list[bool]:
    with writing(engine) as connection:
        return [enqueue(connection, item) for item in entries]


def states(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        return {row.key: row.state for row in connection.execute(select(OUTBOX.c.key, OUTBOX.c.state))}


def row(engine: Engine, key: str):
    with reading(engine) as connection:
        return connection.execute(select(OUTBOX).where(OUTBOX.c.key == key)).one()
