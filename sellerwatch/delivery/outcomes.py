"""What a call to Slack can come to, and the few calls that delivery needs; nothing here knows Slack's client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from sellerwatch.messages.slack import SlackPayload


@dataclass(frozen=True, slots=True)
class Tag:
    """What a message carries unseen, so that it can be recognised as ours and as this one."""

    key: str
    thread_key: str
    rev: int


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A message of ours that is visible in Slack."""

    key: str
    ts: str


@dataclass(frozen=True, slots=True)
class Sent:
    """Slack did it; ``ts`` is its id of the message."""

    ts: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a look into the channel or thread showed, oldest first."""

    messages: tuple[OwnMessage, ...]


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing reached Slack, or it asked to wait: the same call may succeed after ``after_seconds``, where it said so."""

    error: str
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Slack will refuse the same call for ever: no such channel, no access, no valid token."""

    error: str


@dataclass(frozen=True, slots=True)
class PayloadRefused:
    """Slack refused the content; other content under the same key may pass."""

    error: str


@dataclass(frozen=True, slots=True)
class TargetGone:
    """The message to update or reply to is no longer there, or can no longer be changed."""

    error: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The call may or may not have taken effect; only a look can tell."""

    error: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture or file that a message shows; ``alt_text`` is what is read out where it cannot be seen."""

    name: str
    body: bytes
    title: str
    alt_text: str = ""
    is_picture: bool = True


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Slack has the file; nobody sees it yet."""

    file_id: str


@dataclass(frozen=True, slots=True)
class FileSeen:
    """What Slack says of a file. Until it is ready no message may show it."""

    file_id: str
    is_ready: bool
    permalink: str | None = None


Failure: TypeAlias = NotSent | Refused | PayloadRefused | TargetGone | Unknown
Outcome: TypeAlias = Sent | Failure
LookOutcome: TypeAlias = Found | Failure


class SlackApi(Protocol):
    """The calls delivery makes. None raises for what Slack or the network does: every outcome is a value."""

    def post(
        self, channel: str, payload: SlackPayload, *, tag: Tag, thread_ts: str | None = None, is_broadcast: bool = False
    ) -> Outcome:
        """Post a message, or a reply when ``thread_ts`` is given."""
        ...

    def update(self, channel: str, ts: str, payload: SlackPayload, *, tag: Tag) -> Outcome:
        """Replace a message's whole content."""
        ...

    def find(self, channel: str, *, oldest: datetime, thread_ts: str | None = None, key: str | None = None) -> LookOutcome:
        """Return our own messages since ``oldest`` in the channel, or in a thread; all of them, or those with one key."""
        ...

    def delete(self, channel: str, ts: str) -> Outcome:
        """Remove a message of ours; one that is already gone counts as removed."""
        ...

    def upload(self, upload: Upload) -> Uploaded | Failure:
        """Give Slack a file that belongs to no channel; doing it twice leaves one that nobody ever sees."""
        ...

    def look_at_file(self, file_id: str) -> FileSeen | Failure:
        """Return whether the file may be shown."""
        ...

    def permalink(self, channel: str, ts: str) -> str | None:
        """Return the address of a message, where the workspace's address is known."""
        ...
