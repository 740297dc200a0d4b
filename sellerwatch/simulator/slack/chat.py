"""Posting, updating and deleting messages: chat.postMessage, chat.postEphemeral, chat.update, chat.delete."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sellerwatch.simulator.slack.blocks import Problem, check_blocks
from sellerwatch.simulator.slack.calls import Call, Done, RefusedError
from sellerwatch.simulator.slack.content import live_texts, notice_mentions, total_length
from sellerwatch.simulator.slack.journal import Finding
from sellerwatch.simulator.slack.limits import (
    ATTACHMENTS_PER_MESSAGE,
    BLOCK_TEXT_SUM,
    MARKDOWN_TEXT,
    METADATA_CHARACTERS,
    TEXT_KEPT_ON_POST,
    TEXT_ON_UPDATE,
)
from sellerwatch.simulator.slack.rendering import message_json, private_url
from sellerwatch.simulator.slack.state import BOT_ID, BOT_USER_ID, Channel, Message, SlackState, Whispered

_Objects = tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class _Content:
    """What a call wants a message to say; ``metadata`` is None when the call does not speak of it, empty to remove it."""

    text: str
    blocks: _Objects
    attachments: _Objects
    metadata: Mapping[str, object] | None


def post_message(slack: SlackState, call: Call) -> Done:
    """Carry out chat.postMessage, for a root or a reply."""
    channel = _open_channel(slack, call, slack.channel_named(call.text("channel")))
    content = _read_content(slack, call)
    root_ts, findings = _thread_root(channel, call.text("thread_ts"))
    message = Message(
        ts=channel.next_ts(slack.clock.now()),
        user_id=BOT_USER_ID,
        bot_id=BOT_ID,
        text=content.text[:TEXT_KEPT_ON_POST],
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata or None,
        thread_ts=root_ts,
        is_broadcast=root_ts is not None and call.flag("reply_broadcast"),
    )
    findings += _twins(slack, message)
    slack.store(channel, message)
    return Done(_answer(channel, message), ts=message.ts, findings=findings)


def post_ephemeral(slack: SlackState, call: Call) -> Done:
    """Carry out chat.postEphemeral: one member of the channel sees it, and it is kept nowhere."""
    channel = _open_channel(slack, call, slack.channel_named(call.text("channel")))
    if call.text("user") not in slack.users:
        raise RefusedError("user_not_in_channel")
    content = _read_content(slack, call)
    root_ts, findings = _thread_root(channel, call.text("thread_ts"))
    ts = channel.next_ts(slack.clock.now())
    slack.whispers.append(Whispered(ts, channel.channel_id, call.text("user"), content.text, content.blocks, root_ts))
    return Done({"ok": True, "message_ts": ts}, ts=ts, findings=findings)


def update_message(slack: SlackState, call: Call) -> Done:
    """Carry out chat.update: everything the message says is replaced; metadata that is not mentioned stays."""
    channel, message = _own_message(slack, call, "cant_update_message")
    if channel.is_archived:
        raise RefusedError("is_inactive")
    if slack.is_edit_window_closed:
        raise RefusedError("edit_window_closed")
    content = _read_content(slack, call)
    if len(content.text) > TEXT_ON_UPDATE:
        raise RefusedError("msg_too_long")
    changed = replace(
        message,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=message.metadata if content.metadata is None else content.metadata or None,
    )
    findings = (Finding("nothing_changed", message.ts),) if changed == message and not message.is_unsure else ()
    # Slack shows the mark only where the message is made of text: https://docs.slack.dev/reference/methods/chat.update
    edited_ts = message.edited_ts if content.blocks else channel.next_ts(slack.clock.now())
    changed = replace(changed, edited_ts=edited_ts, revision=message.revision + 1, is_unsure=False)
    slack.store(channel, changed)
    return Done({**_answer(channel, changed), "text": changed.text}, ts=changed.ts, findings=findings)


def delete_message(slack: SlackState, call: Call) -> Done:
    """Carry out chat.delete."""
    channel, message = _own_message(slack, call, "cant_delete_message")
    channel.remove(message.ts)
    return Done({"ok": True, "channel": channel.channel_id, "ts": message.ts}, ts=message.ts)


def review_content(slack: SlackState, call: Call) -> list[Finding]:
    """Find what can never be right in a message, whether or not Slack takes it."""
    blocks = _decoded_or_none(call, "blocks")
    text = call.text("text") or call.text("markdown_text")
    texts = live_texts(text, blocks, _decoded_or_none(call, "attachments"))
    # An update that does not say how to parse is parsed by the client's rules, which link names.
    parse = call.text("parse") or ("client" if call.method == "chat.update" else "none")
    links_names = parse != "none" or call.flag("link_names")
    findings = [*notice_mentions(texts, blocks, users=slack.users, links_names=links_names)]
    if blocks and not call.text("text"):
        findings.append(Finding("no_fallback_text"))
    return findings


def open_channel_by_id(slack: SlackState, call: Call, channel_id: str) -> Channel:
    """Return the channel with this id if the bot may write there.

    Raises:
        RefusedError: there is no such channel, it is archived, or the bot is not in it.
    """
    return _open_channel(slack, call, slack.channels.get(channel_id))


def _open_channel(slack: SlackState, call: Call, channel: Channel | None) -> Channel:
    if channel is None or (channel.is_private and not channel.is_member):
        raise RefusedError("channel_not_found")
    if channel.is_archived:
        raise RefusedError("is_archived")
    is_public_writer = call.method == "chat.postMessage" and "chat:write.public" in slack.scopes
    if not channel.is_member and not is_public_writer:
        raise RefusedError("not_in_channel")
    return channel


def _own_message(slack: SlackState, call: Call, not_own: str) -> tuple[Channel, Message]:
    channel = slack.channels.get(call.text("channel"))
    if channel is None:
        raise RefusedError("channel_not_found")
    ts = call.text("ts")
    message = channel.messages.get(ts)
    if message is None or message.is_tombstone:
        findings = () if ts in channel.removed else (Finding("no_such_message", ts),)
        raise RefusedError("message_not_found", findings=findings)
    if message.bot_id != BOT_ID:
        raise RefusedError(not_own)
    return channel, message


def _thread_root(channel: Channel, thread_ts: str) -> tuple[str | None, tuple[Finding, ...]]:
    if not thread_ts:
        return None, ()
    message = channel.messages.get(thread_ts)
    if message is None:
        findings = () if thread_ts in channel.removed else (Finding("no_such_message", thread_ts),)
        raise RefusedError("thread_not_found", findings=findings)
    if message.thread_ts is not None:
        return message.thread_ts, (Finding("reply_to_reply", thread_ts),)
    return thread_ts, ()


def _twins(slack: SlackState, message: Message) -> tuple[Finding, ...]:
    twin = None if message.key is None else slack.twin_of(message.key)
    return () if twin is None else (Finding("duplicate_key", f"{message.key} stands in {twin[0]} at {twin[1]}"),)


def _answer(channel: Channel, message: Message) -> dict[str, object]:
    return {"ok": True, "channel": channel.channel_id, "ts": message.ts, "message": message_json(channel, message)}


def _read_content(slack: SlackState, call: Call) -> _Content:
    text, markdown = call.text("text"), call.text("markdown_text")
    blocks = _read_objects(call, "blocks", "invalid_blocks_format")
    attachments = _read_objects(call, "attachments", "invalid_attachments")
    if markdown and (text or blocks):
        raise RefusedError("markdown_text_conflict")
    if len(markdown) > MARKDOWN_TEXT:
        raise RefusedError("msg_too_long")
    if not (text or markdown or blocks or attachments):
        raise RefusedError("no_text")
    if len(attachments) > ATTACHMENTS_PER_MESSAGE:
        raise RefusedError("too_many_attachments")
    _check_all_blocks(slack, blocks, attachments)
    return _Content(text or markdown, blocks, attachments, _read_metadata(call))


def _check_all_blocks(slack: SlackState, blocks: _Objects, attachments: _Objects) -> None:
    _refuse("invalid_blocks", _problems(slack, blocks, "/blocks"))
    if total_length(blocks) > BLOCK_TEXT_SUM:
        raise RefusedError("msg_blocks_too_long")
    for index, attachment in enumerate(attachments):
        _refuse("invalid_attachments", _problems(slack, attachment.get("blocks", ()), f"/attachments/{index}/blocks"))


def _problems(slack: SlackState, blocks: object, pointer: str) -> tuple[Problem, ...]:
    return check_blocks(blocks, file_is_usable=lambda named: _file_is_usable(slack, named), pointer=pointer)


def _refuse(error: str, problems: Sequence[Problem]) -> None:
    if problems:
        raise RefusedError(error, messages=tuple(map(str, problems)))


def _file_is_usable(slack: SlackState, named: Mapping[str, object]) -> bool:
    return any(
        slack.file_is_ready(file)
        for file in slack.files.values()
        if named.get("id") == file.file_id or named.get("url") == private_url(file)
    )


def _decoded_or_none(call: Call, name: str) -> object:
    try:
        return call.decoded(name)
    except ValueError:
        return None


def _read_objects(call: Call, name: str, error: str) -> _Objects:
    try:
        value = call.decoded(name)
    except ValueError:
        raise RefusedError(error) from None
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RefusedError(error)
    if any(not isinstance(item, Mapping) for item in value):
        raise RefusedError(f"invalid_{name}", messages=(f"must provide an object [json-pointer:/{name}]",))
    return tuple(value)


def _read_metadata(call: Call) -> Mapping[str, object] | None:
    try:
        value = call.decoded("metadata")
    except ValueError:
        raise RefusedError("invalid_metadata_format") from None
    if value is None:
        return None
    if value == {}:
        return {}
    if not isinstance(value, Mapping) or not isinstance(value.get("event_payload"), Mapping):
        raise RefusedError("invalid_metadata_format")
    if not isinstance(value.get("event_type"), str) or not value["event_type"]:
        raise RefusedError("invalid_metadata_format")
    if len(json.dumps(value)) > METADATA_CHARACTERS:
        raise RefusedError("metadata_too_large")
    return value
