"""The Reports API as five calls that wait for the rate budget, check every answer and fail in our own terms."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

import httpx

from sellerwatch.amazon.answers import Undelivered, Unusable, error_for, outcome_unknown, rate_from, undelivered_error
from sellerwatch.amazon.budget import RateBudget, acquire
from sellerwatch.amazon.errors import AccessTokenExpired, OutcomeUnknown, Throttled
from sellerwatch.amazon.report_state import DocumentLink, ReportState, missing, read_link, read_report
from sellerwatch.amazon.retries import Retries
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import RetryableError
from sellerwatch.core.periods import utc_text

if TYPE_CHECKING:
    from sp_api.base import ApiResponse

    from sellerwatch.amazon.sp_client import ReportsClient, TokenSource

Value = TypeVar("Value")

PAGE_SIZE: Final = 100
MAX_REPORT_TYPES: Final = 10
MAX_MARKETPLACES: Final = 25

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API; a ``kind`` under ``key`` must be in its answer, and a repeatable one may be sent twice."""

    name: str
    key: str = ""
    kind: type = str
    is_repeatable: bool = True


CREATE = Operation("createReport", key="reportId", is_repeatable=False)
GET = Operation("getReport", key="processingStatus")
LIST = Operation("getReports", key="reports", kind=list)
DOCUMENT = Operation("getReportDocument", key="url")
CANCEL = Operation("cancelReport")


class AmazonReports:
    """The reports of one seller in one region. Several threads may use it; close it, or use it in a ``with``."""

    def __init__(
        self,
        client: ReportsClient,
        tokens: TokenSource,
        *,
        http: httpx.Client,
        budget: RateBudget,
        clock: Clock,
        retries: Retries,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._budget = budget
        self._retries = retries
        self._rates: dict[str, float] = {}
        self.http = http
        self.clock = clock

    def __enter__(self) -> Self:
        """Return the connection itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close every socket; the connection cannot be used afterwards."""
        self._client.close()

    def log_in(self) -> None:
        """Fetch the access token now, so that wrong credentials show before any work is fanned out.

        Raises:
            PermanentError: Amazon refuses the credentials.
            RetryableError: Login with Amazon gave no usable answer.
        """
        self._again_and_again(self._log_in, where="login")

    def create_report(
        self,
        report_type: str,
        marketplace_ids: Sequence[str],
        *,
        data_start: datetime | None = None,
        data_end: datetime | None = None,
        options: Mapping[str, str] | None = None,
    ) -> str:
        """Ask Amazon to make a report.

        Args:
            report_type: Amazon's name of it.
            marketplace_ids: 1 to 25 marketplaces of the region.
            data_start: first instant the report covers, aware.
            data_end: end of what it covers, aware, not after now; Amazon takes now when it is left out.
            options: the type's own options.

        Returns:
            The report id; store it before polling.

        Raises:
            OutcomeUnknown: the report may or may not have been asked for; list the reports before asking again.
        """
        wish: dict[str, object] = {"reportType": report_type, "marketplaceIds": _marketplaces(marketplace_ids)}
        wish |= {name: _sent(value) for name, value in (("dataStartTime", data_start), ("dataEndTime", data_end)) if value}
        wish |= {"reportOptions": dict(options)} if options else {}
        content = self._call(CREATE, lambda: self._client.create_report(**wish), subject=report_type)
        return str(content[CREATE.key])

    def get_report(self, report_id: str) -> ReportState:
        """Return the report's present state."""
        # Named explicitly, or the client adds the marketplace under four spellings.
        marketplaces = [self._client.marketplace_id]
        content = self._call(GET, lambda: self._client.get_report(report_id, marketplaceIds=marketplaces), subject=report_id)
        return read_report(content, where=_where(GET, report_id))

    def list_reports(
        self,
        report_types: Sequence[str],
        *,
        created_since: datetime,
        marketplace_ids: Sequence[str],
        statuses: Sequence[str] = (),
    ) -> Iterator[ReportState]:
        """Yield the seller's reports, newest first, page by page.

        Args:
            report_types: 1 to 10 of Amazon's names.
            created_since: aware; no more than 90 days ago, which is how long Amazon keeps reports.
            marketplace_ids: reports that cover at least one of them.
            statuses: only reports in one of these; all when empty.
        """
        if not 1 <= len(report_types) <= MAX_REPORT_TYPES:
            message = f"getReports takes 1 to {MAX_REPORT_TYPES} report types, not {len(report_types)}"
            raise ValueError(message)
        wish: dict[str, object] = {
            "reportTypes": list(report_types),
            "marketplaceIds": _marketplaces(marketplace_ids),
            "createdSince": _sent(created_since),
            "pageSize": PAGE_SIZE,
        }
        return self._pages(wish | ({"processingStatuses": list(statuses)} if statuses else {}))

    def get_document(self, document_id: str) -> DocumentLink:
        """Return a fresh link to a document; use it at once, it opens for five minutes."""
        content = self._call(DOCUMENT, lambda: self._client.get_report_document(document_id), subject=document_id)
        return read_link(content, where=_where(DOCUMENT, document_id))

    def cancel_report(self, report_id: str) -> None:
        """Cancel a report that is still IN_QUEUE.

        Raises:
            PermanentError: it is not, or does not exist.
        """
        self._call(CANCEL, lambda: self._client.cancel_report(report_id), subject=report_id)

    def _pages(self, wish: Mapping[str, object]) -> Iterator[ReportState]:
        where, seen = _where(LIST, ""), set()
        while True:
            content = self._call(LIST, partial(self._client.get_reports, **wish))
            reports = content["reports"]
            if not isinstance(reports, list) or not all(isinstance(item, dict) for item in reports):
                raise missing("reports", where=where)
            yield from (read_report(item, where=where) for item in reports)
            token = content.get("nextToken")
            if not token:
                return
            if token in seen:
                raise RetryableError("Amazon sent the same nextToken twice", where=where, remedy="List a shorter time")
            seen.add(token)
            wish = {"nextToken": token}

    def _call(self, operation: Operation, send: Callable[[], ApiResponse], *, subject: str = "") -> Mapping[str, object]:
        """Make a call of the API, and again after a failure that may pass."""
        where = _where(operation, subject)
        return self._again_and_again(lambda: self._attempt(operation, send, where=where), where=where)

    def _log_in(self) -> None:
        self._tokens.current()

    def _again_and_again(self, call: Callable[[], Value], *, where: str) -> Value:
        """Try as often as configured; a throttle is waited out by the budget alone."""
        for attempt in count(1):
            try:
                return call()
            except OutcomeUnknown:
                raise
            except RetryableError as error:
                if attempt >= self._retries.attempts:
                    raise
                pause = 0.0 if isinstance(error, Throttled) else self._retries.delay_seconds(attempt, where)
                _log.warning("%s (attempt %d of %d)", error, attempt, self._retries.attempts)
                self.clock.sleep(pause)
        raise AssertionError  # pragma: no cover  # count never ends

    def _attempt(self, operation: Operation, send: Callable[[], ApiResponse], *, where: str) -> Mapping[str, object]:
        """Make the call once; once more with a new token when Amazon calls the present one expired."""
        try:
            return self._send(operation, send, where=where)
        except AccessTokenExpired:
            _log.info("the access token expired early [%s]", where)
        return self._send(operation, send, where=where)

    def _send(self, operation: Operation, send: Callable[[], ApiResponse], *, where: str) -> Mapping[str, object]:
        self._tokens.current()  # a failing login must not cost a token of the budget
        acquire(self._budget, operation.name, self.clock)
        token = self._tokens.current()
        try:
            response = send()
        except Unusable as refusal:
            self._learn(operation, refusal.answer.rate_limit)
            error = error_for(refusal.answer, where=where, is_repeatable=operation.is_repeatable)
        except Undelivered as fault:
            error = undelivered_error(fault, where=where, is_repeatable=operation.is_repeatable)
        else:
            self._learn(operation, response.rate_limit)
            # The client takes nextToken out of the answer and keeps it beside it.
            return _require_key({**response.payload, "nextToken": response.next_token}, operation, where=where)
        if isinstance(error, Throttled):
            self._budget.exhausted(operation.name, self.clock.now())
        if isinstance(error, AccessTokenExpired):
            self._tokens.forget(token)
        raise error

    def _learn(self, operation: Operation, header: str | None) -> None:
        """Tell the budget a rate it has not heard from this connection."""
        rate = rate_from(header)
        if rate is not None and self._rates.get(operation.name) != rate:
            self._budget.learn(operation.name, rate, self.clock.now())
            self._rates[operation.name] = rate


def _require_key(content: Mapping[str, object], operation: Operation, *, where: str) -> Mapping[str, object]:
    value = content.get(operation.key)
    if not operation.key or (isinstance(value, operation.kind) and value != ""):
        return content
    if operation.is_repeatable:
        raise missing(operation.key, where=where)
    raise outcome_unknown(f"Amazon's answer has no usable {operation.key}", where=where)


def _where(operation: Operation, subject: str) -> str:
    return f"{operation.name} {subject}".rstrip()


def _marketplaces(marketplace_ids: Sequence[str]) -> list[str]:
    """Return the ids as a list; a bare string would be sent letter by letter."""
    if isinstance(marketplace_ids, str) or not 1 <= len(marketplace_ids) <= MAX_MARKETPLACES:
        message = f"a list of 1 to {MAX_MARKETPLACES} marketplace ids is needed, not {marketplace_ids!r}"
        raise ValueError(message)
    return list(marketplace_ids)


def _sent(instant: datetime) -> str:
    """Return the instant as Amazon reads it, in UTC with a Z.

    Raises:
        ValueError: it carries no offset; Amazon would guess one.
    """
    if instant.tzinfo is None:
        message = f"an instant without an offset cannot be sent: {instant.isoformat()}"
        raise ValueError(message)
    return utc_text(instant)
