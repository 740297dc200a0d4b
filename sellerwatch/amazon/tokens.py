"""The access token of one connection: fetched when it is needed, renewed before it ends, dropped when Amazon refuses it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from sellerwatch.amazon.answers import LOGIN_REMEDIES, Undelivered, Unusable, login_error_for, undelivered_error
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import RetryableError

TOKEN_SECONDS: Final = 3600
TOKEN_MARGIN: Final = timedelta(seconds=60)
_LOGIN = "Login with Amazon"


class Tokens(Protocol):
    """Gives out the access token."""

    def current(self) -> str:
        """Return a token that is good for a minute at least."""
        ...

    def forget(self, token: str) -> None:
        """Drop the token, unless another one has taken its place already."""
        ...


class AccessTokens:
    """One token for everybody who asks, and one thread that fetches it."""

    def __init__(
        self, login: Callable[[], Mapping[str, object]], clock: Clock, *, remedies: Mapping[str, str] = LOGIN_REMEDIES
    ) -> None:
        """Log in with ``login``, which may raise `Unusable` and `Undelivered`."""
        self._login = login
        self._clock = clock
        self._remedies = remedies
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at: datetime | None = None

    def current(self) -> str:
        """Return the access token, fetched anew shortly before it expires.

        Raises:
            PermanentError: Amazon refuses the credentials; the message says what to renew.
            RetryableError: Login with Amazon did not answer, or not with a token.
        """
        with self._lock:
            if self._renew_at is None or self._clock.now() >= self._renew_at:
                self._fetch()
            return self._token

    def forget(self, token: str) -> None:
        """Drop the token, unless another thread has replaced it already."""
        with self._lock:
            if self._token == token:
                self._renew_at = None

    def _fetch(self) -> None:
        asked_at = self._clock.now()
        content = self._answer()
        token = content.get("access_token")
        if not isinstance(token, str) or not token:
            raise RetryableError("Login with Amazon answered without an access token", where=_LOGIN)
        self._token = token
        self._renew_at = asked_at + _lifetime(content.get("expires_in")) - TOKEN_MARGIN

    def _answer(self) -> Mapping[str, object]:
        try:
            return self._login()
        except Unusable as refusal:
            error = login_error_for(refusal.answer, where=_LOGIN, remedies=self._remedies)
        except Undelivered as fault:
            error = undelivered_error(fault, where=_LOGIN)
        raise error


def _lifetime(expires_in: object) -> timedelta:
    """Return how long the token lives; an hour, as documented, when Amazon does not say it in whole seconds."""
    return timedelta(seconds=expires_in if isinstance(expires_in, int) and expires_in > 0 else TOKEN_SECONDS)
