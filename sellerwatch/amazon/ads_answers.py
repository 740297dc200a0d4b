"""What the Ads API's refusals mean and what to do about each; its errors have another shape than the Selling Partner API's."""

from __future__ import annotations

import json
import re
from typing import Final

from sellerwatch.amazon.answers import LOGIN_REMEDIES, TEXT_LIMIT, TRY_AGAIN, Answer, outcome_unknown
from sellerwatch.amazon.errors import AccessTokenExpired, Throttled
from sellerwatch.amazon.quiet import redact
from sellerwatch.core.errors import PermanentError, RetryableError, SellerwatchError

DUPLICATE_STATUS: Final = 425
_UNAUTHORIZED, _TOO_MANY, _BAD_REQUEST, _SERVER_ERROR = 401, 429, 400, 500
_TRY_AGAIN_STATUSES = frozenset({408, DUPLICATE_STATUS})
_DUPLICATE = re.compile(r"duplicate of\s*:?\s*([\w-]+)", re.IGNORECASE)

CONSENT_REMEDY: Final = (
    "Ask the seller to authorise the advertising app again and configure the new refresh token; it ends after 365 days"
)

ADS_LOGIN_REMEDIES: Final = LOGIN_REMEDIES | {
    "invalid_grant": CONSENT_REMEDY,
    "invalid_client": "Configure the advertising app's current client id and secret",
    "invalid_scope": "Check that the app may use the Amazon Ads API",
}
"""What to do about each error Login with Amazon documents, for the advertising app."""

ADS_REMEDIES: Final = {
    400: "Check the report type, its columns and grouping, and that the days are no more and no older than the type allows",
    403: "Check the profile id of the marketplace, and that the app may read that advertiser's reports",
    404: "Check the id and the profile it was asked for with",
    413: "Ask for less in one call",
    415: "Update sellerwatch: Amazon takes another media type now",
    422: "Check the report type, its columns and grouping",
}
"""What to check when the Ads API refuses a request, by status."""


def ads_error_for(answer: Answer, *, where: str, is_repeatable: bool = True) -> SellerwatchError:
    """Return the error an unusable answer of the Ads API stands for.

    Args:
        answer: what came back.
        where: operation and subject, for the message.
        is_repeatable: whether the same request may be sent again without a second effect.
    """
    where = f"{where}, request {answer.request_id}" if answer.request_id else where
    status = answer.status
    what = f"Amazon answered {status} {_text(answer.body) or '(no explanation)'}"
    if status == _TOO_MANY:
        return Throttled(what, where=where, remedy="The call is made again when the rate budget has refilled")
    if status == _UNAUTHORIZED:
        return AccessTokenExpired(what, where=where, remedy=f"Check the profile id of the marketplace. {CONSENT_REMEDY}")
    if status in _TRY_AGAIN_STATUSES:
        return RetryableError(what, where=where, remedy=TRY_AGAIN)
    if _BAD_REQUEST <= status < _SERVER_ERROR:
        return PermanentError(what, where=where, remedy=ADS_REMEDIES.get(status, "Amazon will refuse the same call again"))
    return RetryableError(what, where=where, remedy=TRY_AGAIN) if is_repeatable else outcome_unknown(what, where=where)


def duplicate_of(answer: Answer) -> str | None:
    """Return the id of the report that the refused request duplicates, or nothing when the answer is another one."""
    if answer.status != DUPLICATE_STATUS:
        return None
    found = _DUPLICATE.search(_text(answer.body))
    return found[1] if found else None


def _text(body: bytes) -> str:
    """Return one masked line of bounded length: Amazon's own words, whichever of its names they stand under."""
    content = _content(body)
    parts = (content.get(name) for name in ("detail", "details", "message", "errors"))
    return redact(" ".join(" ".join(str(part).split()) for part in parts if part))[:TEXT_LIMIT]


def _content(body: bytes) -> dict[str, object]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
