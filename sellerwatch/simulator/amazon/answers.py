"""The shapes of Amazon's answers: JSON payloads, refusals, and the broken ones that gateways send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

DENIED = "Access to requested resource is denied."
EXPIRED_TOKEN = "The access token you provided has expired."  # noqa: S105  a sentence, not a secret
MISSING_TOKEN = "Access token is missing in the request header."  # noqa: S105  a sentence, not a secret
UNKNOWN_TOKEN = "The access token you provided is revoked, malformed or invalid."  # noqa: S105  a sentence, not a secret
EXPIRED_SECRET = "The LWA secret token you provided has expired."  # noqa: S105  a sentence, not a secret
PAGE_OF_A_GATEWAY = (
    "<html><head><title>500 Internal Server Error</title></head><body><h1>Internal Server Error</h1></body></html>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers, before it becomes HTTP; no payload means an empty body."""

    status: int
    payload: Mapping[str, object] | list[Mapping[str, object]] | None = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """The request ends here with this answer."""

    def __init__(self, answer: Answer) -> None:
        """Carry the answer to the edge, where it becomes HTTP."""
        self.answer = answer
        super().__init__(answer.status)


def error_answer(status: int, code: str, message: str, details: str = "") -> Answer:
    """Return an answer in the shape of Amazon's ErrorList."""
    return Answer(status, {"errors": [{"code": code, "message": message, "details": details}]})


def refuse_input(message: str, details: str = "") -> RefusedError:
    """Return the refusal of a request whose content is wrong."""
    return RefusedError(error_answer(400, "InvalidInput", message, details))


def refuse_access(details: str = "") -> RefusedError:
    """Return the refusal of a caller without the right to do this."""
    return RefusedError(error_answer(403, "Unauthorized", DENIED, details))


def refuse_missing(what: str) -> RefusedError:
    """Return the refusal of something that does not exist for this seller."""
    return RefusedError(error_answer(404, "NotFound", f"{what} was not found."))


def quota_exceeded() -> Answer:
    """Return the answer to a request over the limit."""
    return error_answer(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def xml_error(status: int, code: str, message: str) -> Response:
    """Return an error of the document store, which speaks XML."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(body, status, {"content-type": "application/xml"})


class CutResponse(Response):
    """Promises a body, sends its first byte, and ends: the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the start of a response and never its end."""
        del scope, receive
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _json(answer: Answer) -> Response:
    return JSONResponse(answer.payload, answer.status)


BROKEN: Mapping[str, Callable[[], Response]] = {
    "html_500": lambda: Response(PAGE_OF_A_GATEWAY, 500, {"content-type": "text/html"}),
    "empty_503": lambda: Response(b"", 503),
    "message_401": lambda: JSONResponse({"message": "Unauthorized"}, 401),
    "throttle": lambda: _json(quota_exceeded()),
    "expired_token": lambda: _json(refuse_access(EXPIRED_TOKEN).answer),
    "drop_connection": CutResponse,
}
"""The answer that each interrupting fault gives in place of the real one."""


def instant_text(instant: datetime) -> str:
    """Write an instant as the Reports API does: seconds, with offset, in UTC."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def parse_instant(text: object, name: str) -> datetime:
    """Read an ISO-8601 instant that carries its zone.

    Raises:
        RefusedError: it is not text, not ISO-8601, or has no zone.
    """
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise refuse_input(f"{name} must be an ISO 8601 date and time with a time zone, not {text!r}.")
    return instant.astimezone(UTC)
