"""Files in three steps: ask for an address, send the bytes there, complete; and files.info."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sellerwatch.simulator.slack.calls import Call, Done, RefusedError
from sellerwatch.simulator.slack.chat import open_channel_by_id
from sellerwatch.simulator.slack.journal import Finding
from sellerwatch.simulator.slack.rendering import file_json
from sellerwatch.simulator.slack.state import BOT_ID, BOT_USER_ID, Message, SlackState, StoredFile

UPLOAD = "upload"
"""The name under which the journal and the faults know the step that sends the bytes."""
_ALT_TEXT = 1_000


def get_upload_url(slack: SlackState, call: Call) -> Done:
    """Carry out files.getUploadURLExternal."""
    name, length = call.text("filename"), call.text("length")
    if not name or not length.isdecimal() or int(length) == 0:
        raise RefusedError("missing_argument" if length in {"", "0"} else "invalid_arguments")
    if len(call.text("alt_txt")) > _ALT_TEXT:
        raise RefusedError("alt_txt_too_large")
    file_id = f"F0SIM{len(slack.files) + 1:05d}"
    slack.files[file_id] = StoredFile(
        file_id=file_id,
        name=name,
        length=int(length),
        created_at=slack.clock.now(),
        alt_text=call.text("alt_txt"),
    )
    return Done({"ok": True, "upload_url": f"{call.origin}/slack/upload/{file_id}", "file_id": file_id})


def receive_bytes(slack: SlackState, file_id: str, body: bytes) -> Done:
    """Take the bytes of a file that was announced.

    Raises:
        RefusedError: no such upload, or not as many bytes as announced.
    """
    file = slack.files.get(file_id)
    if file is None:
        raise RefusedError("file_not_found")
    if len(body) != file.length:
        detail = f"{len(body)} instead of {file.length}"
        raise RefusedError("length_mismatch", findings=(Finding("upload_length", detail),))
    slack.files[file_id] = replace(file, body=body)
    return Done({"ok": True, "size": len(body)})


def complete_upload(slack: SlackState, call: Call) -> Done:
    """Carry out files.completeUploadExternal, with or without showing the files in channels."""
    files = [_uploaded(slack, item) for item in _listed(call)]
    shares = [open_channel_by_id(slack, call, channel_id) for channel_id in _channel_ids(call)]
    now = slack.clock.now()
    for file in files:
        slack.files[file.file_id] = replace(file, completed_at=file.completed_at or now)
    ts = None
    for channel in shares:
        if call.text("thread_ts") and call.text("thread_ts") not in channel.messages:
            raise RefusedError("thread_not_found")
        ts = channel.next_ts(now)
        message = Message(
            ts=ts,
            user_id=BOT_USER_ID,
            bot_id=BOT_ID,
            text=call.text("initial_comment"),
            thread_ts=call.text("thread_ts") or None,
            file_ids=tuple(file.file_id for file in files),
        )
        slack.store(channel, message)
    return Done({"ok": True, "files": [{"id": file.file_id, "title": file.title or file.name} for file in files]}, ts=ts)


def file_info(slack: SlackState, call: Call) -> Done:
    """Carry out files.info."""
    file = slack.files.get(call.text("file"))
    if file is None or file.completed_at is None:
        raise RefusedError("file_not_found")
    return Done(_info_body(file, is_ready=slack.file_is_ready(file)))


def unready(slack: SlackState, call: Call) -> Done:
    """Answer files.info as while the file is still being processed, whatever its true state."""
    file = slack.files.get(call.text("file"))
    if file is None:
        raise RefusedError("file_not_found")
    return Done(_info_body(file, is_ready=False))


def _info_body(file: StoredFile, *, is_ready: bool) -> dict[str, object]:
    shown = file_json(file, is_ready=is_ready, owner_id=BOT_USER_ID)
    return {"ok": True, "file": shown, "comments": [], "response_metadata": {"next_cursor": ""}}


def _listed(call: Call) -> list[Mapping[str, object]]:
    try:
        listed = call.decoded("files")
    except ValueError:
        listed = None
    if not isinstance(listed, list) or not listed or any(not isinstance(item, Mapping) for item in listed):
        raise RefusedError("invalid_arguments", messages=("must provide an array [json-pointer:/files]",))
    return listed


def _uploaded(slack: SlackState, item: Mapping[str, object]) -> StoredFile:
    file = slack.files.get(str(item.get("id")))
    if file is None or file.body is None:
        raise RefusedError("file_not_found")
    return replace(file, title=str(item.get("title") or file.title or file.name))


def _channel_ids(call: Call) -> list[str]:
    text = call.text("channel_id") or call.text("channels")
    return [channel_id for channel_id in text.split(",") if channel_id]
