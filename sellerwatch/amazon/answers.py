"""Judges what Amazon answered, by status and body: usable, or which of our errors it is and what to do about it.

The SP-API client raises only when the body has ``errors``; an HTML 500, an empty 503 and a ``{"message": ...}`` come back
from it as success. So every answer is judged here, before the client reads it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sellerwatch.amazon.buckets import MAX_RATE_PER_SECOND
from sellerwatch.amazon.errors import AccessTokenExpired, OutcomeUnknown, Throttled
from sellerwatch.amazon.quiet import redact
from sellerwatch.core.errors import PermanentError, RetryableError, SellerwatchError

TEXT_LIMIT = 400
_OK, _MULTIPLE, _BAD_REQUEST, _SERVER_ERROR = 200, 300, 400, 500
_UNAVAILABLE, _TOO_MANY = 503, 429
_DENIED = frozenset({401, 403})
_TRY_AGAIN_STATUSES = frozenset({408, 425})
_TRY_AGAIN_CODES = frozenset({"InternalFailure", "InternalError", "ServiceUnavailable"})
_QUOTA_CODES = frozenset({"QuotaExceeded", "TooManyRequests"})

DENIED_REMEDIES: Final = (
    (("lwa secret",), "Rotate the client secret in Seller Central (it dies every 180 days) and configure the new one"),
    (("token", "missing"), "Check that nothing between here and Amazon removes the x-amz-access-token header"),
    (("revoked",), "Ask the seller to authorise the app again and configure the new refresh token"),
    (
        (),
        "Check that the app has the report's role, that the seller still authorises it, and that the refresh token is of this region",
    ),
)
"""What to check when Amazon denies access, by words in its text; the first row all of whose words occur is used."""

REFUSED_REMEDIES: Final = {
    400: "Check the report type, its options, the marketplace and the time window",
    404: "Check the id; Amazon keeps reports for 90 days, and results of Data Kiosk for 30 days",
    409: "Look at the report's present status first",
    413: "Ask for less in one call",
}
"""What to check when Amazon refuses a request, by status."""

LOGIN_REMEDIES: Final = {
    "invalid_grant": "Ask the seller to authorise the app again in Seller Central and configure the new refresh token",
    "invalid_client": "Configure the app's current client id and secret; rotate the secret in Seller Central if it is over 180 days old",
    "unauthorized_client": "Check that client id, secret and refresh token belong to the same app",
    "unsupported_grant_type": "Check that the configured host is Login with Amazon",
    "invalid_request": "Check that client id, secret and refresh token are all set and complete",
    "invalid_scope": "Check that the app may use the Selling Partner API",
}
"""What to do about each error Login with Amazon documents."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, before anybody reads meaning into it."""

    status: int
    body: bytes = field(repr=False)
    rate_limit: str = ""
    request_id: str = ""
    retry_after: str = ""


class Unusable(Exception):  # noqa: N818  # never leaves this package: it carries an answer to whoever knows the operation
    """An answer that is no success."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer out of the exception's text."""
        super().__init__(answer.status)
        self.answer = answer


class Undelivered(Exception):  # noqa: N818  # never leaves this package, as above
    """No answer came back; ``is_sent`` tells whether Amazon may have received the request."""

    def __init__(self, reason: str, *, is_sent: bool) -> None:
        """Keep the name of the fault, not its text, which may quote an address."""
        super().__init__(reason)
        self.reason = reason
        self.is_sent = is_sent


def is_usable(answer: Answer, *, needs_body: bool = True) -> bool:
    """Tell whether the answer is a success with a JSON object in it, or with nothing where nothing is needed."""
    if not _OK <= answer.status < _MULTIPLE:
        return False
    if not needs_body and not answer.body.strip():
        return True
    content = _json_object(answer.body)
    return content is not None and not content.get("errors")


def rate_from(answer_header: str | None) -> float | None:
    """Return the rate of ``x-amzn-RateLimit-Limit``, or nothing when it is absent or no sensible rate."""
    try:
        rate = float(answer_header or "")
    except ValueError:
        return None
    return rate if math.isfinite(rate) and 0 < rate <= MAX_RATE_PER_SECOND else None


TRY_AGAIN: Final = "Run it again later; the trouble is on Amazon's side"


def error_for(answer: Answer, *, where: str, is_repeatable: bool = True) -> SellerwatchError:
    """Return the error an unusable answer of the API stands for.

    Args:
        answer: what came back.
        where: operation and subject, for the message.
        is_repeatable: whether the same request may be sent again without a second effect.
    """
    where = f"{where}, request {answer.request_id}" if answer.request_id else where
    codes, text = _amazon_errors(answer.body)
    what = f"Amazon answered {answer.status} {text or '(no explanation)'}"
    if answer.status == _TOO_MANY or codes & _QUOTA_CODES:
        return Throttled(what, where=where, remedy="The call is made again when the rate budget has refilled")
    if answer.status in _DENIED:
        return _denied(what, where=where)
    if answer.status in _TRY_AGAIN_STATUSES or codes & _TRY_AGAIN_CODES:
        return RetryableError(what, where=where, remedy=TRY_AGAIN)
    if codes or _BAD_REQUEST <= answer.status < _SERVER_ERROR:
        return _refused(answer.status, what, where=where)
    if not is_repeatable and answer.status != _UNAVAILABLE:
        return outcome_unknown(what, where=where)
    return RetryableError(what, where=where, remedy=TRY_AGAIN)


def login_error_for(answer: Answer, *, where: str, remedies: Mapping[str, str] = LOGIN_REMEDIES) -> SellerwatchError:
    """Return the error an unusable answer of Login with Amazon stands for."""
    content = _json_object(answer.body) or {}
    code = str(content.get("error", ""))
    what = f"Login with Amazon answered {answer.status} {_clean(code, content.get('error_description')) or '(no explanation)'}"
    if code in remedies:
        return PermanentError(what, where=where, remedy=remedies[code])
    if answer.status in _DENIED:
        return PermanentError(what, where=where, remedy=remedies["invalid_client"])
    return RetryableError(what, where=where, remedy=TRY_AGAIN)


def undelivered_error(fault: Undelivered, *, where: str, is_repeatable: bool = True) -> SellerwatchError:
    """Return the error for a request that brought no answer."""
    what = f"no answer from Amazon ({fault.reason})"
    if fault.is_sent and not is_repeatable:
        return outcome_unknown(what, where=where)
    return RetryableError(what, where=where, remedy="Check the network if it keeps happening")


def outcome_unknown(what: str, *, where: str) -> OutcomeUnknown:
    """Return the error for a request that may have been accepted."""
    return OutcomeUnknown(what, where=where, remedy="List the recent reports of this type before asking again; it may exist")


def _denied(what: str, *, where: str) -> SellerwatchError:
    lowered = what.lower()
    if "access token" in lowered and "expired" in lowered:
        return AccessTokenExpired(what, where=where, remedy="A new token was refused too: check this machine's clock")
    remedy = next(remedy for words, remedy in DENIED_REMEDIES if all(word in lowered for word in words))
    return PermanentError(what, where=where, remedy=remedy)


def _refused(status: int, what: str, *, where: str) -> PermanentError:
    return PermanentError(what, where=where, remedy=REFUSED_REMEDIES.get(status, "Amazon will refuse the same call again"))


def _json_object(body: bytes) -> dict[str, object] | None:
    try:
        content = json.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _amazon_errors(body: bytes) -> tuple[frozenset[str], str]:
    """Return the codes of Amazon's own error list, and one line of text from it or from a gateway's ``message``."""
    content = _json_object(body) or {}
    errors = content.get("errors")
    listed = [item for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []
    if not listed:
        return frozenset(), _clean(content.get("message") or content.get("Message"))
    parts = [part for item in listed for part in (item.get("code"), item.get("message"), item.get("details"))]
    return frozenset(str(item.get("code", "")) for item in listed), _clean(*parts)


def _clean(*parts: object) -> str:
    """Return the parts as one masked line of bounded length."""
    line = " ".join(" ".join(str(part).split()) for part in parts if part)
    return redact(line)[:TEXT_LIMIT]
