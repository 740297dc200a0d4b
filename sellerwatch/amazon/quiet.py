"""Keeps tokens, secrets and presigned links out of the logs of the HTTP and SP-API clients, and out of our own texts."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Final

MASK = "[hidden]"

LOGGER_LEVELS: Final = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpcore.connection": logging.WARNING,
    "httpcore.http11": logging.WARNING,
    "httpcore.proxy": logging.WARNING,
    "sp_api": logging.INFO,
    "sp_api.base.client": logging.INFO,
    "sp_api.auth.access_token_client": logging.INFO,
}
"""Lowest level per client logger: httpx prints whole presigned links at INFO, sp_api the access token at DEBUG."""

_NAMES_OF_HIDDEN = (
    "client_secret|lwa_client_secret|refresh_token|access_token|x-amz-access-token|authorization"
    "|x-amz-signature|x-amz-credential|x-amz-security-token"
)
_RULES: Final = (
    (
        re.compile(
            r"(https?://[^\s?'\"<>]+\?)[^\s'\"<>]*X-Amz-(?:Signature|Credential|Security-Token)=[^\s'\"<>]*", re.IGNORECASE
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(rf"((?:{_NAMES_OF_HIDDEN})['\"]?\s*[=:]\s*(?:b?['\"])?(?:Bearer\s+)?)[^\s'\"&,;}})<>]+", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    (re.compile(r"(https://hooks\.slack\.com/)[^\s'\"<>]+"), rf"\1{MASK}"),
    (re.compile(r"(Atz[a-z](?:\||%7C))[^\s'\"&,;<>]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"(amzn1\.oa2-cs\.)[\w.-]+"), rf"\1{MASK}"),
    (re.compile(r"(xox[a-z]-|xapp-)[\w-]+"), rf"\1{MASK}"),
)
"""What a secret looks like, and what stays of it: enough to see which secret it was."""


def redact(text: str) -> str:
    """Return the text with every token, secret and presigned query replaced by ``[hidden]``."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


class Redaction(logging.Filter):
    """Masks secrets in a record's message, exception and stack; lets every record through."""

    _plain = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place, so that every handler after this one sees the masked text."""
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = self._plain.formatException(record.exc_info)
        record.exc_text = redact(record.exc_text) if record.exc_text else record.exc_text
        record.stack_info = redact(record.stack_info) if record.stack_info else record.stack_info
        return True


def quiet_client_logs(handlers: Iterable[logging.Handler] = ()) -> None:
    """Lower the clients' loggers and mask what they and the given handlers still print; safe to call again.

    A filter on a logger sees only what is logged on that very logger, so the root's handlers and the given ones are
    filtered too. Call this after logging has been set up.
    """
    for name, level in LOGGER_LEVELS.items():
        logging.getLogger(name).setLevel(level)
    targets = (*map(logging.getLogger, LOGGER_LEVELS), *logging.getLogger().handlers, *handlers)
    for target in targets:
        if not any(isinstance(item, Redaction) for item in target.filters):
            target.addFilter(Redaction())
