"""What Slack's answers and a broken connection mean for a message: tables, and nothing that is not in them is guessed.

Errors of a call: https://docs.slack.dev/reference/methods/chat.postMessage and chat.update.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.error import URLError

from sellerwatch.delivery.outcomes import Failure, NotSent, PayloadRefused, Refused, TargetGone, Unknown

WAIT: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
"""Not done; the same call may pass later."""

Shown = Literal["token", "channel", "post"]
"""What shows that a person has removed the cause: Slack knows the token, lets the channel be read, or takes a message again."""

REFUSED: Final[Mapping[str, Shown | None]] = {
    **dict.fromkeys(("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"), "token"),
    **dict.fromkeys(("channel_not_found", "not_in_channel"), "channel"),
    # An archived channel can be read, and what an app may do is asked of no call: only a message that is taken shows it.
    **dict.fromkeys(("is_archived", "missing_scope", "no_permission", "access_denied", "not_allowed_token_type"), "post"),
    **dict.fromkeys(("restricted_action", "restricted_action_read_only_channel"), "post"),
    **dict.fromkeys(("ekm_access_denied", "team_access_not_granted", "org_login_required"), "post"),
    **dict.fromkeys(("two_factor_setup_required", "accesslimited", "messages_tab_disabled"), "post"),
    # What lies in the message or the program: the same message is refused whatever anybody does.
    **dict.fromkeys(("no_text", "invalid_arguments", "invalid_metadata_format", "channel_type_not_supported")),
    **dict.fromkeys(("restricted_action_thread_only_channel", "restricted_action_non_threadable_channel")),
    **dict.fromkeys(("duplicate_message_not_found", "method_deprecated", "deprecated_endpoint")),
}
"""Causes for which Slack refuses the same call for ever: what shows that people have mended it, or None where they cannot.

What is in no table is refused too, and mended by nobody: Slack has read the call and said no.
"""


def mended_as_shown_by(shown: Shown) -> frozenset[str]:
    """Return the causes that people can remove, by what shows that they have."""
    return frozenset(error for error, by in REFUSED.items() if by == shown)


TOKEN_REFUSED: Final = mended_as_shown_by("token")
"""The token's fault, not the message's: what was given up for one of these is sent once the token is good again."""

NOT_THERE: Final = mended_as_shown_by("channel")
"""The app is not in the channel: what was given up for one of these is sent once somebody has invited it."""

NOT_ALLOWED: Final = mended_as_shown_by("post")
"""The channel or the app's rights: of what was given up for one of these one message is tried, and the others follow it."""


def was_tried_once_more(error: str, before: str | None) -> bool:
    """Tell whether what was given up for a cause that people can remove was tried again, and the cause is still there."""
    return error == before and any(cause in error for cause in TOKEN_REFUSED | NOT_THERE | NOT_ALLOWED)


PAYLOAD: Final = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "metadata_too_large"}
)
"""The content is refused, not the call."""

TARGET_GONE: Final = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found", "cannot_reply_to_message"}
)
"""The message to change or answer is not there. The last two are what threads say."""

MAYBE_DONE: Final = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
"""Slack's documents say that part of the operation may have succeeded."""

NEVER_CONNECTED: Final = (socket.gaierror, ConnectionRefusedError)
"""No name, or nobody listening: the call cannot have arrived. Every other broken connection may have carried it."""

OUTCOMES: Final[dict[str, type[Failure]]] = {
    **dict.fromkeys(WAIT, NotSent),
    **dict.fromkeys(REFUSED, Refused),
    **dict.fromkeys(PAYLOAD, PayloadRefused),
    **dict.fromkeys(TARGET_GONE, TargetGone),
    **dict.fromkeys(MAYBE_DONE, Unknown),
}
"""The class of each error."""

TOO_MANY_REQUESTS: Final = 429
SERVER_ERRORS: Final = range(500, 600)
_ERROR_NAME: Final = re.compile(r"[a-z0-9_\-.]{1,80}")
_SCOPES: Final = re.compile(r"[a-z.]+:[a-z.:]+(, ?[a-z.]+:[a-z.:]+)*")


def outcome_of_answer(status: int, body: object, headers: Mapping[str, Any]) -> Failure:
    """Classify an answer that is not a success."""
    if status == TOO_MANY_REQUESTS:
        return NotSent("ratelimited", _retry_after(headers))
    error = body.get("error") if isinstance(body, dict) else None
    if status in SERVER_ERRORS:
        return Unknown(f"HTTP {status}")
    if not isinstance(error, str) or not _ERROR_NAME.fullmatch(error):
        return Unknown(f"HTTP {status} with a body that is not Slack's")
    if error in WAIT:
        return NotSent(error, _retry_after(headers))
    kind = OUTCOMES.get(error, Refused)
    return kind(error + _needed_scope(body))


def outcome_of_exception(error: BaseException) -> Failure:
    """Classify a call that ended without an answer. Only the error's class is named: its text may quote the request."""
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, BaseException) else error
    name = type(cause).__name__
    return NotSent(name) if isinstance(cause, NEVER_CONNECTED) else Unknown(name)


def _retry_after(headers: Mapping[str, Any]) -> float | None:
    for name, value in headers.items():
        if name.lower() == "retry-after":
            text = value[0] if isinstance(value, list) else value
            return float(text) if str(text).isdigit() else None
    return None


def _needed_scope(body: object) -> str:
    needed = body.get("needed") if isinstance(body, dict) else None
    return f" (needed: {needed})" if isinstance(needed, str) and _SCOPES.fullmatch(needed) else ""
