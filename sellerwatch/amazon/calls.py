"""One call of an API, made well: it waits for the rate budget, is judged, is repeated where that is safe, and fails in our terms."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final, Protocol, TypeVar

from sellerwatch.amazon.answers import Answer, Undelivered, Unusable, error_for, outcome_unknown, rate_from, undelivered_error
from sellerwatch.amazon.buckets import CLOCK_SKEW
from sellerwatch.amazon.budget import PATIENCE_SECONDS, RateBudget, acquire
from sellerwatch.amazon.errors import AccessTokenExpired, OutcomeUnknown, Throttled
from sellerwatch.amazon.report_state import missing
from sellerwatch.amazon.retries import DEFAULT_RETRIES, Retries
from sellerwatch.amazon.tokens import Tokens
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import RetryableError, SellerwatchError
from sellerwatch.core.periods import utc_text

LONGEST_RETRY_AFTER: Final = CLOCK_SKEW - timedelta(minutes=1)
"""A budget that is told of a time further ahead would take it for a clock that was set back."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an API; a ``kind`` under ``key`` must be in its answer, and a repeatable one may be sent twice."""

    name: str
    key: str = ""
    kind: type = str
    is_repeatable: bool = True


class Response(Protocol):
    """What a client makes of a success."""

    @property
    def payload(self) -> object:
        """What the answer says; the client hands on whatever JSON it found under that name."""
        ...

    @property
    def rate_limit(self) -> str | None:
        """The rate Amazon named, if any."""
        ...


class Judge(Protocol):
    """Says which of our errors an unusable answer is."""

    def __call__(self, answer: Answer, *, where: str, is_repeatable: bool) -> SellerwatchError:
        """Return the error."""
        ...


Value = TypeVar("Value")
Answered = TypeVar("Answered", bound=Response)


class Calls:
    """Makes the calls of one connection. Several threads may use it, unless its budget is a purse, which serves one."""

    def __init__(
        self,
        tokens: Tokens,
        *,
        budget: RateBudget,
        clock: Clock,
        retries: Retries,
        judge: Judge = error_for,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.tokens = tokens
        self.clock = clock
        self._budget = budget
        self._retries = retries
        self._patience_seconds = patience_seconds
        self._judge = judge
        self._rates: dict[str, float] = {}

    def log_in(self) -> None:
        """Fetch the access token now, so that wrong credentials show before any work is fanned out.

        Raises:
            PermanentError: Amazon refuses the credentials.
            RetryableError: Login with Amazon gave no usable answer.
        """
        self._again_and_again(self.tokens.current, where="login", retries=DEFAULT_RETRIES)

    def call(self, operation: Operation, send: Callable[[], Answered], *, subject: str = "", report_type: str = "") -> Answered:
        """Make a call, and again after a failure that may pass.

        Args:
            operation: what is called.
            send: sends it once; may raise `Unusable` and `Undelivered`.
            subject: what it is about, for messages.
            report_type: Amazon's name of the report that the call asks for; it may have limits of its own.

        Raises:
            OutcomeUnknown: it may not be sent twice, and nobody knows whether it was taken.
            SellerwatchError: it failed for good, or too often.
        """
        where = where_of(operation, subject)
        return self._again_and_again(
            lambda: self._attempt(operation, send, where=where, report_type=report_type), where=where, retries=self._retries
        )

    def _again_and_again(self, call: Callable[[], Value], *, where: str, retries: Retries) -> Value:
        """Try as often as is said; a throttle is waited out by the budget alone."""
        for attempt in count(1):
            try:
                return call()
            except OutcomeUnknown:
                raise
            except RetryableError as error:
                if attempt >= retries.attempts:
                    raise
                pause = 0.0 if isinstance(error, Throttled) else retries.delay_seconds(attempt, where)
                _log.warning("%s (attempt %d of %d)", error, attempt, retries.attempts)
                self.clock.sleep(pause)
        raise AssertionError  # pragma: no cover  # count never ends

    def _attempt(self, operation: Operation, send: Callable[[], Answered], *, where: str, report_type: str) -> Answered:
        """Make the call once; once more with a new token when Amazon calls the present one expired."""
        try:
            return self._send(operation, send, where=where, report_type=report_type)
        except AccessTokenExpired:
            _log.info("the access token expired early [%s]", where)
        return self._send(operation, send, where=where, report_type=report_type)

    def _send(self, operation: Operation, send: Callable[[], Answered], *, where: str, report_type: str) -> Answered:
        self.tokens.current()  # a failing login must not cost a token of the budget
        acquire(self._budget, operation.name, self.clock, report_type=report_type, patience_seconds=self._patience_seconds)
        token = self.tokens.current()
        retry_after = ""
        try:
            response = send()
        except Unusable as refusal:
            self._learn(operation, refusal.answer.rate_limit)
            retry_after = refusal.answer.retry_after
            error = self._judge(refusal.answer, where=where, is_repeatable=operation.is_repeatable)
        except Undelivered as fault:
            error = undelivered_error(fault, where=where, is_repeatable=operation.is_repeatable)
        else:
            self._learn(operation, response.rate_limit)
            _require_key(response, operation, where=where)
            return response
        finally:
            self._tell(lambda: self._budget.answered(operation.name, self.clock.now(), report_type=report_type))
        if isinstance(error, Throttled):
            # Emptied as of the time Amazon named: until then nothing drips in, in any process that shares the budget.
            self._budget.exhausted(operation.name, self.clock.now() + pause_of(retry_after), report_type=report_type)
        if isinstance(error, AccessTokenExpired):
            self.tokens.forget(token)
        raise error

    def _learn(self, operation: Operation, header: str | None) -> None:
        """Tell the budget a rate it has not heard from this connection."""
        rate = rate_from(header)
        if rate is not None and self._rates.get(operation.name) != rate:
            self._tell(lambda: self._budget.learn(operation.name, rate, self.clock.now()))
            self._rates[operation.name] = rate

    @staticmethod
    def _tell(budget: Callable[[], None]) -> None:
        """Tell the budget something of a call that has been made.

        Where it cannot be told, its count is off by a token at most, and a refusal puts it right; but the answer is here, and
        an error in its place would have the call made again: a report paid for twice.
        """
        try:
            budget()
        except SellerwatchError as error:
            _log.warning("the rate budget could not be told: %s", error)


def where_of(operation: Operation, subject: str = "") -> str:
    """Return the operation and what it is about, for messages."""
    return f"{operation.name} {subject}".rstrip()


def sent(instant: datetime) -> str:
    """Return the instant as Amazon reads it, in UTC with a Z.

    Raises:
        ValueError: it carries no offset; Amazon would guess one.
    """
    if instant.tzinfo is None:
        message = f"an instant without an offset cannot be sent: {instant.isoformat()}"
        raise ValueError(message)
    return utc_text(instant)


def pause_of(retry_after: str) -> timedelta:
    """Return the pause a Retry-After header names in seconds, no longer than the budget can be told; none where it names none."""
    try:
        seconds = float(retry_after)
    except ValueError:
        return timedelta(0)
    if not math.isfinite(seconds) or seconds <= 0:
        return timedelta(0)
    return timedelta(seconds=min(seconds, LONGEST_RETRY_AFTER.total_seconds()))


def next_page_token(pagination: object, *, where: str) -> str | None:
    """Return the token of the next page; anything unreadable is an error, or the rest would be lost without a word."""
    if pagination is None:
        return None
    if not isinstance(pagination, Mapping):
        raise missing("pagination", where=where)
    token = pagination.get("nextToken")
    if token is not None and not isinstance(token, str):
        raise missing("pagination", where=where)
    return token or None


def _require_key(response: Response, operation: Operation, *, where: str) -> None:
    content = response.payload
    value = content.get(operation.key) if isinstance(content, Mapping) else None
    if not operation.key or (isinstance(value, operation.kind) and value != ""):
        return
    if operation.is_repeatable:
        raise missing(operation.key, where=where)
    raise outcome_unknown(f"Amazon's answer has no usable {operation.key}", where=where)
