"""The workspace: team, bot, tokens, people, channels with their messages, and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sellerwatch.core.clock import Clock
from sellerwatch.simulator.slack.calls import RefusedError
from sellerwatch.simulator.slack.connections import Sockets
from sellerwatch.simulator.slack.faults import FaultBox
from sellerwatch.simulator.slack.journal import Journal
from sellerwatch.simulator.slack.limits import Limiter

DEFAULT_TOKEN = "xoxb-sim-0001"  # noqa: S105 - opens nothing but this simulation
REVOKED_TOKEN = "xoxb-sim-revoked"  # noqa: S105 - opens nothing at all
DEFAULT_APP_TOKEN = "xapp-1-sim-0001"  # noqa: S105 - opens nothing but this simulation
TEAM_ID = "T0SIMTEAM1"
BOT_USER_ID = "U0SIMBOT01"
BOT_ID = "B0SIMBOT01"
TOMBSTONE_USER_ID = "USLACKBOT"
TOMBSTONE_TEXT = "This message was deleted."
SCOPES = (
    "chat:write",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
    "files:write",
    "files:read",
    "users:read",
    "users:read.email",
)


@dataclass(frozen=True, slots=True)
class User:
    """A member of the workspace; people here are roles."""

    user_id: str
    name: str
    real_name: str
    email: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands now. ``blocks`` and ``metadata`` are as they were sent."""

    ts: str
    user_id: str
    text: str
    bot_id: str | None = None
    thread_ts: str | None = None
    blocks: tuple[Mapping[str, object], ...] = ()
    attachments: tuple[Mapping[str, object], ...] = ()
    metadata: Mapping[str, object] | None = None
    file_ids: tuple[str, ...] = ()
    is_broadcast: bool = False
    is_tombstone: bool = False
    edited_ts: str | None = None
    revision: int = 0
    is_unsure: bool = False
    """The caller never learnt whether the last update was carried out, so that it may rightly send it again."""

    @property
    def is_reply(self) -> bool:
        """Return whether the message stands in a thread below another one."""
        return self.thread_ts is not None

    @property
    def key(self) -> str | None:
        """Return the sender's own key out of the metadata."""
        payload = (self.metadata or {}).get("event_payload")
        key = payload.get("key") if isinstance(payload, Mapping) else None
        return None if key is None else str(key)


@dataclass(frozen=True, slots=True)
class Whispered:
    """What one person alone was shown in a channel."""

    ts: str
    channel_id: str
    user_id: str
    text: str
    blocks: tuple[Mapping[str, object], ...] = ()
    thread_ts: str | None = None


@dataclass(slots=True)
class Channel:
    """A channel and everything that stands in it, oldest first."""

    channel_id: str
    name: str
    is_archived: bool = False
    is_member: bool = True
    is_private: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    last_micros: int = 0

    def next_ts(self, now: datetime) -> str:
        """Return a ts that no message of this channel has had; later ones are greater whatever the clock does."""
        self.last_micros = max(to_micros(now), self.last_micros + 1)
        return f"{self.last_micros // 1_000_000}.{self.last_micros % 1_000_000:06d}"

    def replies_to(self, root_ts: str) -> list[Message]:
        """Return the replies below a root, oldest first."""
        return [message for message in self.messages.values() if message.thread_ts == root_ts]

    def remove(self, ts: str) -> None:
        """Take a message away; a root with replies leaves a tombstone, as in Slack."""
        message = self.messages.pop(ts)
        self.removed.add(ts)
        if self.replies_to(ts):
            self.messages[ts] = Message(ts=ts, user_id=TOMBSTONE_USER_ID, text=TOMBSTONE_TEXT, is_tombstone=True)
            self.messages = dict(sorted(self.messages.items()))
        elif message.thread_ts in self.removed and not self.replies_to(str(message.thread_ts)):
            self.messages.pop(str(message.thread_ts), None)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file from the request for an upload URL on; ``body`` comes with the bytes, ``completed_at`` with the last step."""

    file_id: str
    name: str
    length: int
    created_at: datetime
    title: str = ""
    alt_text: str = ""
    body: bytes | None = None
    completed_at: datetime | None = None


def default_channels() -> dict[str, Channel]:
    """Return the channels of a fresh workspace."""
    channels = (
        Channel("C0OPSALERTS", "ops-alerts"),
        Channel("C0SWOPS", "sellerwatch-ops"),
        Channel("C0ADSALERTS", "ads-alerts"),
        Channel("C0BRIEFS", "daily-brief"),
        Channel("C0PRIVATE", "finance-private", is_private=True),
        Channel("C0ARCHIVED", "old-alerts", is_archived=True),
        Channel("C0NOTMEMBER", "not-invited", is_member=False),
    )
    return {channel.channel_id: channel for channel in channels}


def default_users() -> dict[str, User]:
    """Return the members of a fresh workspace."""
    users = (
        User(BOT_USER_ID, "sellerwatch", "sellerwatch", "", is_bot=True),
        User("U0OPS00001", "operations", "Operations", "ops@example.com"),
        User("U0OPS00002", "operations-backup", "Operations Backup", "ops-backup@example.com"),
        User("U0SUPPLY01", "supply-chain", "Supply Chain", "supply@example.com"),
        User("U0ADS00001", "advertising", "Advertising", "ads@example.com"),
        User("U0SERVICE1", "customer-service", "Customer Service", "service@example.com"),
        User("U0FINANCE1", "finance", "Finance", "finance@example.com"),
        User("U0LEAD0001", "team-lead", "Team Lead", "lead@example.com"),
        User("U0ONCALL01", "data-on-call", "Data On-Call", "oncall@example.com"),
    )
    return {user.user_id: user for user in users}


@dataclass(slots=True)
class SlackState:
    """One workspace. Everything is a plain attribute that a test may replace; ``clock`` too."""

    clock: Clock
    team_name: str = "Sellerwatch Simulation"
    tokens: dict[str, bool] = field(default_factory=lambda: {DEFAULT_TOKEN: True, REVOKED_TOKEN: False})
    """Every token that was ever issued; False once it is revoked."""
    app_tokens: dict[str, bool] = field(default_factory=lambda: {DEFAULT_APP_TOKEN: True})
    """The same for the tokens that open web sockets, and nothing else."""
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    users: dict[str, User] = field(default_factory=default_users)
    channels: dict[str, Channel] = field(default_factory=default_channels)
    files: dict[str, StoredFile] = field(default_factory=dict)
    file_seconds: float = 0.0
    """How long a completed file is still being processed, in seconds of the clock."""
    is_edit_window_closed: bool = False
    posted_keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    journal: Journal = field(default_factory=Journal)
    faults: FaultBox = field(default_factory=FaultBox)
    limiter: Limiter = field(default_factory=Limiter)
    sockets: Sockets = field(default_factory=Sockets)
    whispers: list[Whispered] = field(default_factory=list)
    """What was said to single persons, oldest first; nobody else sees it."""

    def channel_named(self, text: str) -> Channel | None:
        """Return the channel with this id, or with this name with or without ``#``."""
        by_id = self.channels.get(text)
        if by_id is not None:
            return by_id
        name = text.removeprefix("#")
        return next((channel for channel in self.channels.values() if channel.name == name), None)

    def require(self, *scopes: str) -> None:
        """Refuse the call unless the token carries the scopes.

        Raises:
            RefusedError: ``missing_scope``, with what is needed and what is there.
        """
        missing = [scope for scope in scopes if scope not in self.scopes]
        if missing:
            raise RefusedError("missing_scope", extra={"needed": ",".join(missing), "provided": ",".join(sorted(self.scopes))})

    def twin_of(self, key: str) -> tuple[str, str] | None:
        """Return channel and ts of a message that still stands and was posted with this key."""
        place = self.posted_keys.get(key)
        if place is None or place[1] in self.channels[place[0]].removed:
            return None
        return place

    def store(self, channel: Channel, message: Message) -> None:
        """Put a new message in place, or the new version of an old one."""
        channel.messages[message.ts] = message
        if message.key is not None and self.twin_of(message.key) is None:
            self.posted_keys[message.key] = (channel.channel_id, message.ts)

    def mark_unsure(self, channel_id: str, ts: str) -> None:
        """Remember that the caller never learnt that this message was updated."""
        channel = self.channels[channel_id]
        channel.messages[ts] = replace(channel.messages[ts], is_unsure=True)

    def say(self, channel_id: str, user_id: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Let a person write a message, as they do between the bot's."""
        channel = self.channels[channel_id]
        message = Message(ts=channel.next_ts(self.clock.now()), user_id=user_id, text=text, thread_ts=thread_ts)
        self.store(channel, message)
        return message

    def file_is_ready(self, file: StoredFile) -> bool:
        """Return whether the file is complete and processed, so that a message may show it."""
        if file.completed_at is None:
            return False
        return self.clock.now() >= file.completed_at + timedelta(seconds=self.file_seconds)


def to_micros(instant: datetime) -> int:
    """Return the instant in whole microseconds since 1970."""
    seconds = int(instant.timestamp() // 1)
    return seconds * 1_000_000 + instant.microsecond
