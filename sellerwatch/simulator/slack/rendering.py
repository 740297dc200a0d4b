"""Messages, files, channels and people as Slack's answers show them, and the overview for a person or a test."""

from __future__ import annotations

import mimetypes
import struct
from collections.abc import Mapping

from sellerwatch.simulator.slack.content import as_lines
from sellerwatch.simulator.slack.state import TEAM_ID, Channel, Message, SlackState, StoredFile, User

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE_END = 24
"""Width and height are the eight bytes before this place of a PNG file."""


def message_json(channel: Channel, message: Message, *, with_metadata: bool = False) -> dict[str, object]:
    """Return one message; metadata only where it was asked for."""
    body: dict[str, object] = {
        "type": "message",
        "user": message.user_id,
        "ts": message.ts,
        "team": TEAM_ID,
        "text": message.text,
    }
    optional: dict[str, object] = {
        "bot_id": message.bot_id,
        "blocks": _with_ids(message) or None,
        "attachments": [dict(attachment) for attachment in message.attachments] or None,
        "files": [{"id": file_id} for file_id in message.file_ids] or None,
        "metadata": message.metadata if with_metadata else None,
        "edited": {"user": message.user_id, "ts": message.edited_ts} if message.edited_ts else None,
        "subtype": _subtype(message),
        **_thread_fields(channel, message),
    }
    return body | {name: value for name, value in optional.items() if value is not None}


def _with_ids(message: Message) -> list[dict[str, object]]:
    # Slack gives every block an id that came without one.
    return [{"block_id": f"b{index}", **block} for index, block in enumerate(message.blocks)]


def _subtype(message: Message) -> str | None:
    if message.is_tombstone:
        return "tombstone"
    return "thread_broadcast" if message.is_broadcast else None


def _thread_fields(channel: Channel, message: Message) -> dict[str, object]:
    if message.is_reply:
        return {"thread_ts": message.thread_ts}
    replies = channel.replies_to(message.ts)
    if not replies:
        return {}
    return {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}


def channel_json(channel: Channel) -> dict[str, object]:
    """Return one channel."""
    return {
        "id": channel.channel_id,
        "name": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_member": channel.is_member,
        "context_team_id": TEAM_ID,
    }


def user_json(user: User) -> dict[str, object]:
    """Return one member."""
    profile = {"email": user.email, "real_name": user.real_name, "display_name": user.name, "team": TEAM_ID}
    return {
        "id": user.user_id,
        "team_id": TEAM_ID,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "is_bot": user.is_bot,
        "profile": profile,
    }


def file_json(file: StoredFile, *, is_ready: bool, owner_id: str) -> dict[str, object]:
    """Return one file. While Slack still processes it, its kind and its pictures are not known."""
    mimetype = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    created = int(file.created_at.timestamp())
    body: dict[str, object] = {
        "id": file.file_id,
        "name": file.name,
        "title": file.title or file.name,
        "created": created,
        "timestamp": created,
        "user": owner_id,
        "size": file.length,
        "mode": "hosted",
        "mimetype": mimetype if is_ready else "",
        "filetype": file.name.rpartition(".")[2] if is_ready else "",
        "alt_txt": file.alt_text,
        "url_private": private_url(file),
        "permalink": permalink(file, owner_id),
    }
    return body | (_picture_fields(file) if is_ready else {})


def permalink(file: StoredFile, owner_id: str) -> str:
    """Return the address of the file's page, by which people are led to it."""
    return f"https://sellerwatch-simulation.slack.com/files/{owner_id}/{file.file_id}/{file.name}"


def private_url(file: StoredFile) -> str:
    """Return the address by which a message may name the file as well."""
    return f"https://files.slack.com/files-pri/{TEAM_ID}-{file.file_id}/{file.name}"


def _picture_fields(file: StoredFile) -> dict[str, object]:
    body = file.body or b""
    if not body.startswith(_PNG) or len(body) < _PNG_SIZE_END:
        return {}
    width, height = struct.unpack(">II", body[_PNG_SIZE_END - 8 : _PNG_SIZE_END])
    return {"original_w": width, "original_h": height, "thumb_360": private_url(file)}


def overview(slack: SlackState) -> dict[str, object]:
    """Return what stands in every channel now: roots in order, each with its replies, as sent and as read; and what single persons saw."""
    return {
        "channels": {channel.channel_id: _channel_overview(channel) for channel in slack.channels.values()},
        "whispers": [
            {
                "channel": item.channel_id,
                "user": item.user_id,
                "text": item.text,
                "blocks": list(item.blocks),
                "thread_ts": item.thread_ts,
            }
            for item in slack.whispers
        ],
    }


def _channel_overview(channel: Channel) -> Mapping[str, object]:
    roots = [message for message in channel.messages.values() if not message.is_reply]
    return {
        "name": channel.name,
        "is_archived": channel.is_archived,
        "messages": [_root_overview(channel, root) for root in roots],
    }


def _root_overview(channel: Channel, root: Message) -> dict[str, object]:
    return _message_overview(root) | {"replies": [_message_overview(reply) for reply in channel.replies_to(root.ts)]}


def _message_overview(message: Message) -> dict[str, object]:
    return {
        "ts": message.ts,
        "thread_ts": message.thread_ts,
        "user": message.user_id,
        "bot_id": message.bot_id,
        "text": message.text,
        "blocks": list(message.blocks),
        "attachments": list(message.attachments),
        "metadata": message.metadata,
        "files": list(message.file_ids),
        "is_broadcast": message.is_broadcast,
        "is_deleted": message.is_tombstone,
        "is_edited": message.edited_ts is not None,
        "revision": message.revision,
        "rendered": as_lines(message.text, message.blocks),
    }
