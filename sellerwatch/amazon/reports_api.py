"""The Reports API as five calls that wait for the rate budget, check every answer and fail in our own terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import httpx

from sellerwatch.amazon.calls import Calls, Operation, sent, where_of
from sellerwatch.amazon.report_state import DocumentLink, ReportState, missing, read_link, read_report
from sellerwatch.core.errors import RetryableError

if TYPE_CHECKING:
    from sellerwatch.amazon.sp_client import ReportsClient

PAGE_SIZE: Final = 100
MAX_REPORT_TYPES: Final = 10
MAX_MARKETPLACES: Final = 25

CREATE = Operation("createReport", key="reportId", is_repeatable=False)
GET = Operation("getReport", key="processingStatus")
LIST = Operation("getReports", key="reports", kind=list)
DOCUMENT = Operation("getReportDocument", key="url")
CANCEL = Operation("cancelReport")


class AmazonReports:
    """The reports of one seller in one region. Several threads may use it; close it, or use it in a ``with``."""

    def __init__(self, client: ReportsClient, calls: Calls, *, http: httpx.Client) -> None:
        self._client = client
        self._calls = calls
        self.http = http
        self.clock = calls.clock

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
        self._calls.log_in()

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
        wish |= {name: sent(value) for name, value in (("dataStartTime", data_start), ("dataEndTime", data_end)) if value}
        wish |= {"reportOptions": dict(options)} if options else {}
        response = self._calls.call(
            CREATE, lambda: self._client.create_report(**wish), subject=report_type, report_type=report_type
        )
        return str(response.payload[CREATE.key])

    def get_report(self, report_id: str) -> ReportState:
        """Return the report's present state."""
        # Named explicitly, or the client adds the marketplace under four spellings.
        marketplaces = [self._client.marketplace_id]
        response = self._calls.call(
            GET, lambda: self._client.get_report(report_id, marketplaceIds=marketplaces), subject=report_id
        )
        return read_report(response.payload, where=where_of(GET, report_id))

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
            "createdSince": sent(created_since),
            "pageSize": PAGE_SIZE,
        }
        return self._pages(wish | ({"processingStatuses": list(statuses)} if statuses else {}))

    def get_document(self, document_id: str) -> DocumentLink:
        """Return a fresh link to a document; use it at once, it opens for five minutes."""
        response = self._calls.call(DOCUMENT, lambda: self._client.get_report_document(document_id), subject=document_id)
        return read_link(response.payload, where=where_of(DOCUMENT, document_id))

    def cancel_report(self, report_id: str) -> None:
        """Cancel a report that is still IN_QUEUE.

        Raises:
            PermanentError: it is not, or does not exist.
        """
        self._calls.call(CANCEL, lambda: self._client.cancel_report(report_id), subject=report_id)

    def _pages(self, wish: Mapping[str, object]) -> Iterator[ReportState]:
        where, seen = where_of(LIST), set()
        while True:
            response = self._calls.call(LIST, partial(self._client.get_reports, **wish))
            reports = response.payload["reports"]
            if not isinstance(reports, list) or not all(isinstance(item, dict) for item in reports):
                raise missing("reports", where=where)
            yield from (read_report(item, where=where) for item in reports)
            # The client takes nextToken out of the answer and keeps it beside it.
            token = response.next_token
            if not token:
                return
            if token in seen:
                raise RetryableError("Amazon sent the same nextToken twice", where=where, remedy="List a shorter time")
            seen.add(token)
            wish = {"nextToken": token}


def _marketplaces(marketplace_ids: Sequence[str]) -> list[str]:
    """Return the ids as a list; a bare string would be sent letter by letter."""
    if isinstance(marketplace_ids, str) or not 1 <= len(marketplace_ids) <= MAX_MARKETPLACES:
        message = f"a list of 1 to {MAX_MARKETPLACES} marketplace ids is needed, not {marketplace_ids!r}"
        raise ValueError(message)
    return list(marketplace_ids)
