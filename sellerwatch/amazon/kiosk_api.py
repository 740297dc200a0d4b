"""Data Kiosk as five calls that wait for the rate budget, check every answer and fail in our own terms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx

from sellerwatch.amazon.calls import Calls, Operation, next_page_token, sent, where_of
from sellerwatch.amazon.report_state import (
    STATUSES,
    DocumentLink,
    ReportState,
    missing,
    optional_instant,
    read_instant,
    require_known,
    require_text,
    text_of,
)
from sellerwatch.core.errors import RetryableError

if TYPE_CHECKING:
    from sellerwatch.amazon.sp_client import KioskClient

PAGE_SIZE: Final = 100

CREATE = Operation("createQuery", key="queryId", is_repeatable=False)
GET = Operation("getQuery", key="processingStatus")
LIST = Operation("getQueries", key="queries", kind=list)
CANCEL = Operation("cancelQuery")
DOCUMENT = Operation("getKioskDocument", key="documentUrl")
"""Amazon calls it getDocument; in the rate budget the name says whose."""

_LEXEME = re.compile(r'"""(?:\\"""|[^"]|"(?!""))*"""|"(?:\\.|[^"\\\n])*"|[\w.-]+|[^\s,\w]')
_DATASET = re.compile(r"\{\s*(\w+)\s*\{\s*(\w+)")


@dataclass(frozen=True, slots=True)
class KioskQuery:
    """A query as Amazon last described it: its state as of a report, its text, and the token of the page after it."""

    state: ReportState
    text: str
    next_page: str | None = None


class KioskApi:
    """The queries of one seller in one region. Several threads may use it."""

    def __init__(self, client: KioskClient, calls: Calls, *, http: httpx.Client) -> None:
        self._client = client
        self._calls = calls
        self.http = http
        self.clock = calls.clock

    def log_in(self) -> None:
        """Fetch the access token now, so that wrong credentials show before any work is fanned out."""
        self._calls.log_in()

    def create_query(self, text: str, *, page: str | None = None) -> str:
        """Ask Amazon to run a query.

        Args:
            text: the query.
            page: the token of a further page of the same query.

        Returns:
            The query id; store it before polling.

        Raises:
            OutcomeUnknown: it may or may not have been asked for; list the queries before asking again.
        """
        name = name_of(text)
        response = self._calls.call(
            CREATE, lambda: self._client.create_query(text, pagination_token=page), subject=name, report_type=name
        )
        return str(response.payload[CREATE.key])

    def get_query(self, query_id: str) -> KioskQuery:
        """Return the query as it is at present."""
        response = self._calls.call(GET, lambda: self._client.get_query(query_id), subject=query_id)
        # The client takes pagination out of the answer and keeps it beside it.
        return read_query({**response.payload, "pagination": response.pagination}, where=where_of(GET, query_id))

    def get_report(self, report_id: str) -> ReportState:
        """Return the query's present state, in the words all reports share."""
        return self.get_query(report_id).state

    def list_queries(self, *, created_since: datetime) -> Iterator[KioskQuery]:
        """Yield the seller's queries, page by page.

        Args:
            created_since: aware.
        """
        where, seen = where_of(LIST), set()
        # Amazon wants every further page asked for with the parameters of the first one.
        wish: dict[str, object] = {"createdSince": sent(created_since), "pageSize": PAGE_SIZE}
        while True:
            response = self._calls.call(LIST, partial(self._client.get_queries, **wish))
            queries = response.payload["queries"]
            if not all(isinstance(item, dict) for item in queries):
                raise missing("queries", where=where)
            yield from (read_query(item, where=where) for item in queries)
            token = next_page_token(response.pagination, where=where)
            if token is None:
                return
            if token in seen:
                raise RetryableError("Amazon sent the same nextToken twice", where=where, remedy="List a shorter time")
            seen.add(token)
            wish["paginationToken"] = token

    def cancel_query(self, query_id: str) -> None:
        """Cancel a query that Amazon has not finished; one that is cancelled already stays so.

        Raises:
            PermanentError: it is finished, or does not exist.
        """
        self._calls.call(CANCEL, lambda: self._client.cancel_query(query_id), subject=query_id)

    def get_document(self, document_id: str) -> DocumentLink:
        """Return a fresh link to a document; use it at once, it opens for five minutes."""
        response = self._calls.call(DOCUMENT, lambda: self._client.get_document(document_id), subject=document_id)
        where = where_of(DOCUMENT, document_id)
        # Its Content-Encoding, and nothing in this answer, tells whether it is compressed.
        return DocumentLink(
            document_id=require_text(response.payload, "documentId", where=where),
            url=require_text(response.payload, "documentUrl", where=where),
            compression=None,
        )

    def close(self) -> None:
        """Close every socket; the connection cannot be used afterwards."""
        self._client.close()


def read_query(content: Mapping[str, object], *, where: str) -> KioskQuery:
    """Read one query of getQuery or getQueries.

    Raises:
        RetryableError: a required part is missing or is no instant.
        PermanentError: the status is none that Amazon documents.
    """
    text = require_text(content, "query", where=where)
    status = require_known(
        require_text(content, "processingStatus", where=where), STATUSES, what="processingStatus", where=where
    )
    data, error = text_of(content, "dataDocumentId"), text_of(content, "errorDocumentId")
    if status == "DONE" and data is None and error is not None:
        # Done with neither means that there is no data. An error and no data does not.
        status = "FATAL"
    state = ReportState(
        report_id=require_text(content, "queryId", where=where),
        report_type=name_of(text),
        status=status,
        created_at=read_instant(require_text(content, "createdTime", where=where), where=where),
        document_id=error if status == "FATAL" else data,
        processing_start_at=optional_instant(content, "processingStartTime", where=where),
        processing_end_at=optional_instant(content, "processingEndTime", where=where),
    )
    return KioskQuery(state, text, next_page_token(content.get("pagination"), where=where))


def name_of(text: str) -> str:
    """Return the dataset and the query in it, with a point between, as far as the text tells."""
    found = _DATASET.search(text)
    return f"{found[1]}.{found[2]}" if found else ""


def is_same_query(one: str, other: str) -> bool:
    """Tell whether two texts are one query; Amazon may hand it back without the white space and commas that GraphQL ignores."""
    return _LEXEME.findall(one) == _LEXEME.findall(other)
