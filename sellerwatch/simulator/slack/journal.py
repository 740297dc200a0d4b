"""Everything that was asked of the simulated Slack, what became of it, and which calls could never be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from sellerwatch.core.errors import ConfigError, unknown_value

Kind = Literal["post", "reply", "update", "delete", "upload", "read", "whisper", "press", "other"]

COUNTERS: Mapping[Kind, str] = {
    "post": "posts",
    "reply": "replies",
    "update": "updates",
    "delete": "deletes",
    "upload": "uploads",
    "read": "reads",
    "whisper": "whispers",
}
"""Kinds of call that the summary counts, once Slack has carried them out. An upload counts when it is completed; a whisper is what one person alone sees."""

UNEXPECTED: Mapping[str, str] = {
    "unknown_method": "Slack has no such method, or this simulation does not know it",
    "bad_token": "the token is missing or was never issued",
    "unknown_channel": "there is no such channel",
    "no_such_message": "there never was a message with this ts",
    "nothing_changed": "the update left the message as it was",
    "duplicate_key": "a message with this metadata key is already there",
    "control_sequence": "the text would notify a whole channel",
    "unknown_mention": "the text mentions a user who does not exist",
    "no_fallback_text": "blocks were sent without text, so notifications show nothing",
    "reply_to_reply": "thread_ts names a reply instead of the root",
    "during_retry_after": "the call came before Retry-After had passed",
    "not_declared": "more calls of this kind than the test declared",
    "upload_length": "the bytes are not as long as was announced",
    "not_acknowledged": "nobody acknowledged the press within three seconds",
    "malformed_call": "the body is not of a kind that Slack takes",
}
"""Why a call can be unexpected, by reason."""

_WHERE = "simulated Slack, expectations"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a call is unexpected."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        """Return the reason in words."""
        return f"{self.reason}: {UNEXPECTED[self.reason]}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One call. ``http`` is None when the connection was dropped; ``accepted`` when Slack carried the call out."""

    at: datetime
    method: str
    channel: str | None
    kind: Kind
    arguments: Mapping[str, object]
    ok: bool
    error: str | None
    http: int | None
    accepted: bool
    ts: str | None = None
    fault: str | None = None
    unexpected: tuple[Finding, ...] = ()
    seq: int = 0

    def __str__(self) -> str:
        """Return the call in one line."""
        outcome = "accepted" if self.accepted else "refused"
        answer = "no answer" if self.http is None else f"http {self.http}" + (f" {self.error}" if self.error else "")
        text = str(self.arguments.get("text", ""))[:60]
        fault = f" fault={self.fault}" if self.fault else ""
        return f"#{self.seq} {self.method} {self.channel or '-'} ts={self.ts or '-'} {outcome}, {answer}{fault} {text!r}"

    def as_json(self) -> dict[str, object]:
        """Return the call as the control endpoint shows it."""
        return {
            "seq": self.seq,
            "at": self.at.isoformat(),
            "method": self.method,
            "channel": self.channel,
            "kind": self.kind,
            "arguments": dict(self.arguments),
            "ok": self.ok,
            "error": self.error,
            "http": self.http,
            "accepted": self.accepted,
            "ts": self.ts,
            "fault": self.fault,
            "unexpected": [{"reason": finding.reason, "detail": finding.detail} for finding in self.unexpected],
        }


@dataclass(slots=True)
class Journal:
    """The calls in order. It judges each one as it is written down."""

    entries: list[Entry] = field(default_factory=list)
    declared: dict[str, int] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    _declared_at: int = 0

    def record(self, entry: Entry) -> Entry:
        """Write a call down, numbered and with the findings that are not allowed."""
        findings = [*entry.unexpected, *self._beyond_declared(entry)]
        kept = tuple(finding for finding in findings if finding.reason not in self.allowed)
        numbered = replace(entry, seq=len(self.entries) + 1, unexpected=kept)
        self.entries.append(numbered)
        return numbered

    def clear(self) -> None:
        """Forget all calls, declarations and allowances."""
        self.entries.clear()
        self.declared = {}
        self.allowed = frozenset()
        self._declared_at = 0

    def expect(self, limits: Mapping[str, int], *, allow: Iterable[str] = ()) -> None:
        """Declare how many calls of each kind may be accepted from now on, and which reasons are fine for once.

        Raises:
            ConfigError: a kind or a reason that does not exist, or a number below zero.
        """
        for name, limit in limits.items():
            if name not in COUNTERS.values():
                raise unknown_value(name, COUNTERS.values(), what="kind of call", where=_WHERE)
            if limit < 0:
                raise ConfigError(f"{name} is {limit}", where=_WHERE, remedy="Give zero or more")
        reasons = frozenset(allow)
        for reason in sorted(reasons - UNEXPECTED.keys()):
            raise unknown_value(reason, UNEXPECTED, what="reason", where=_WHERE)
        self.declared = dict(limits)
        self.allowed = reasons
        self._declared_at = len(self.entries)

    def counts(self, *, channel: str | None = None) -> dict[str, int]:
        """Return how many calls of each kind Slack carried out, in all or in one channel."""
        return _counts(entry for entry in self.entries if channel in {None, entry.channel})

    def unexpected(self) -> list[str]:
        """Return every unexpected call in words, with its reasons."""
        return [f"{entry} <- {finding}" for entry in self.entries for finding in entry.unexpected]

    def assert_only(  # noqa: PLR0913 - one for each kind of call that counts
        self,
        *,
        posts: int = 0,
        updates: int = 0,
        replies: int = 0,
        deletes: int = 0,
        reads: int | None = None,
        uploads: int | None = None,
        whispers: int = 0,
    ) -> None:
        """Check that exactly these calls were accepted and that nothing was unexpected; None is not looked at.

        Raises:
            AssertionError: the numbers differ or a call was unexpected; the text shows the difference and every call.
        """
        wanted = {
            "posts": posts,
            "updates": updates,
            "replies": replies,
            "deletes": deletes,
            "reads": reads,
            "uploads": uploads,
            "whispers": whispers,
        }
        got = self.counts()
        problems = [
            f"{name}: wanted {number}, got {got[name]}"
            for name, number in wanted.items()
            if number is not None and got[name] != number
        ]
        problems += self.unexpected()
        if problems:
            raise AssertionError("\n".join(["Slack saw something else:", *problems, "All calls:", *map(str, self.entries)]))

    def as_json(self) -> dict[str, object]:
        """Return the journal as the control endpoint shows it."""
        channels = sorted({entry.channel for entry in self.entries if entry.channel})
        return {
            "calls": [entry.as_json() for entry in self.entries],
            "summary": {
                **self.counts(),
                "calls": len(self.entries),
                "unexpected": sum(bool(entry.unexpected) for entry in self.entries),
                "by_channel": {channel: self.counts(channel=channel) for channel in channels},
            },
            "unexpected": [
                {"seq": entry.seq, "method": entry.method, "reason": finding.reason, "detail": finding.detail}
                for entry in self.entries
                for finding in entry.unexpected
            ],
            "declared": dict(self.declared),
            "allowed": sorted(self.allowed),
        }

    def _beyond_declared(self, entry: Entry) -> list[Finding]:
        counter = COUNTERS.get(entry.kind)
        if counter is None or counter not in self.declared or not entry.accepted:
            return []
        seen = _counts(self.entries[self._declared_at :])[counter] + 1
        limit = self.declared[counter]
        return [Finding("not_declared", f"{counter}: {seen} of {limit}")] if seen > limit else []


def _counts(entries: Iterable[Entry]) -> dict[str, int]:
    counts = dict.fromkeys(COUNTERS.values(), 0)
    for entry in entries:
        counter = COUNTERS.get(entry.kind)
        if counter is not None and entry.accepted:
            counts[counter] += 1
    return counts
