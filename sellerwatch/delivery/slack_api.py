"""The real Slack behind the calls delivery makes: slack-sdk's client without its retries, which would post twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

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
    Unknown,
    Upload,
    Uploaded,
)
from sellerwatch.delivery.slack_errors import outcome_of_answer, outcome_of_exception
from sellerwatch.messages.slack import SlackPayload

EVENT_TYPE: Final = "sellerwatch_message"
PAGE_SIZE: Final = 200
ALT_TEXT_LIMIT: Final = 1_000
"""Of a file; a block's may be twice as long."""
DEFAULT_TIMEOUT_SECONDS: Final = 30.0


class WebSlack:
    """`SlackApi` over HTTP. Every outcome is a value; no text in it contains the token."""

    def __init__(self, token: str, *, base_url: str | None = None, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        """Prepare the client; nothing is called yet."""
        options: dict[str, Any] = {"base_url": base_url} if base_url else {}
        self._client = WebClient(token=token, timeout=timeout_seconds, retry_handlers=[], **options)  # type: ignore[arg-type] # urllib takes fractions of a second, the client's annotation does not
        self._identity: SlackResponse | None = None

    def post(
        self, channel: str, payload: SlackPayload, *, tag: Tag, thread_ts: str | None = None, is_broadcast: bool = False
    ) -> Outcome:
        """Post a message, or a reply when ``thread_ts`` is given."""
        thread = {"thread_ts": thread_ts, "reply_broadcast": is_broadcast} if thread_ts else {}
        return _sent(
            self._client.chat_postMessage,
            channel=channel,
            **_content(payload, tag),
            unfurl_links=False,
            unfurl_media=False,
            **thread,
        )

    def update(self, channel: str, ts: str, payload: SlackPayload, *, tag: Tag) -> Outcome:
        """Replace a message's whole content; without ``parse`` and ``link_names`` Slack would guess at links in data."""
        content = _content(payload, tag)
        return _sent(self._client.chat_update, channel=channel, ts=ts, **content, parse="none", link_names=False)

    def delete(self, channel: str, ts: str) -> Outcome:
        """Remove a message of ours; one that is already gone counts as removed."""
        outcome = _sent(self._client.chat_delete, channel=channel, ts=ts)
        return Sent(ts) if isinstance(outcome, TargetGone) else outcome

    def find(self, channel: str, *, oldest: datetime, thread_ts: str | None = None, key: str | None = None) -> LookOutcome:
        """Return our own messages since ``oldest``, from the channel's history or, with ``thread_ts``, from a thread."""
        identity = self._who_we_are()
        if not isinstance(identity, SlackResponse):
            return identity
        place: dict[str, Any] = {"channel": channel, "oldest": f"{oldest.timestamp():.6f}"}
        if thread_ts:
            place["ts"] = thread_ts
        found = _all_pages(self._client.conversations_replies if thread_ts else self._client.conversations_history, place)
        if not isinstance(found, list):
            return found
        mine = [OwnMessage(_key(message), str(message["ts"])) for message in found if _is_ours(message, identity)]
        chosen = [message for message in mine if key is None or message.key == key]
        return Found(tuple(sorted(chosen, key=lambda message: message.ts)))

    def upload(self, upload: Upload) -> Uploaded | Failure:
        """Give Slack a file that belongs to no channel: an address, the bytes, and the word that they are complete."""
        answer = _call(
            self._client.files_upload_v2,
            filename=upload.name,
            content=upload.body,
            title=upload.title,
            alt_txt=upload.alt_text[:ALT_TEXT_LIMIT] or None,
        )
        if not isinstance(answer, SlackResponse):
            return answer
        file_id = (answer.get("file") or {}).get("id")
        return Uploaded(file_id) if isinstance(file_id, str) and file_id else Unknown("HTTP 200 without the file's id")

    def look_at_file(self, file_id: str) -> FileSeen | Failure:
        """Return whether Slack has processed the file: until then it does not know what kind of file it is."""
        answer = _call(self._client.files_info, file=file_id)
        if not isinstance(answer, SlackResponse):
            return answer
        file = answer.get("file") or {}
        return FileSeen(file_id, bool(file.get("mimetype")), file.get("permalink"))

    def permalink(self, channel: str, ts: str) -> str | None:
        """Return the address of a message, or None when the workspace does not answer."""
        identity = self._who_we_are()
        address = identity.get("url") if isinstance(identity, SlackResponse) else None
        return f"{address}archives/{channel}/p{ts.replace('.', '')}" if isinstance(address, str) else None

    def _who_we_are(self) -> SlackResponse | Failure:
        if self._identity is not None:
            return self._identity
        answer = _call(self._client.auth_test)
        if isinstance(answer, SlackResponse):
            self._identity = answer
        return answer


def _content(payload: SlackPayload, tag: Tag) -> dict[str, Any]:
    carried = {"key": tag.key, "thread_key": tag.thread_key, "rev": tag.rev}
    return {
        "text": payload.text,
        "blocks": list(payload.blocks) or None,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": carried},
    }


def _call(method: Callable[..., SlackResponse], **arguments: object) -> SlackResponse | Failure:
    try:
        answer = method(**arguments)
    except SlackApiError as error:
        refusal = error.response
        return outcome_of_answer(refusal.status_code, refusal.data, refusal.headers)
    except Exception as error:  # noqa: BLE001 - whatever broke, the call may have arrived, and only the tables may judge that
        return outcome_of_exception(error)
    return answer if isinstance(answer.data, dict) else Unknown("HTTP 200 with a body that is not Slack's")


def _sent(method: Callable[..., SlackResponse], **arguments: object) -> Outcome:
    answer = _call(method, **arguments)
    if not isinstance(answer, SlackResponse):
        return answer
    ts = answer.get("ts")
    return Sent(ts) if isinstance(ts, str) and ts else Unknown("HTTP 200 without the message's ts")


def _all_pages(method: Callable[..., SlackResponse], place: dict[str, Any]) -> list[dict[str, Any]] | Failure:
    messages: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = _call(method, **place, include_all_metadata=True, limit=PAGE_SIZE, **cursor)
        if not isinstance(answer, SlackResponse):
            return answer
        page = answer.get("messages")
        if not isinstance(page, list):
            return Unknown("HTTP 200 without messages")
        messages += page
        next_cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not next_cursor:
            return messages
        cursor = {"cursor": next_cursor}


def _is_ours(message: dict[str, Any], identity: SlackResponse) -> bool:
    if (message.get("metadata") or {}).get("event_type") != EVENT_TYPE:
        return False
    # A bot's messages carry its bot id; an app that posts as a user has none.
    who = "bot_id" if identity.get("bot_id") else "user"
    return bool(message.get(who) == identity.get("bot_id" if who == "bot_id" else "user_id"))


def _key(message: dict[str, Any]) -> str:
    return str((message["metadata"].get("event_payload") or {}).get("key"))
