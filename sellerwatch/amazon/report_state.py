"""What Amazon says about a report and about its document, read from its answers and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sellerwatch.core.errors import PermanentError, RetryableError

STATUSES: Final = ("IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED", "FATAL")
FINAL_STATUSES: Final = frozenset({"DONE", "CANCELLED", "FATAL"})


@dataclass(frozen=True, slots=True)
class ReportState:
    """A report as Amazon last described it, whichever API makes it; the statuses are the Reports API's.

    CANCELLED and FATAL reports may carry a document too. ``reason`` is what Amazon says beside the status; no document tells it.
    """

    report_id: str
    report_type: str
    status: str
    created_at: datetime
    marketplace_ids: tuple[str, ...] = ()
    document_id: str | None = None
    data_start: datetime | None = None
    data_end: datetime | None = None
    processing_start_at: datetime | None = None
    processing_end_at: datetime | None = None
    schedule_id: str | None = None
    reason: str = ""

    @property
    def is_final(self) -> bool:
        """Whether Amazon will not work on the report any more."""
        return self.status in FINAL_STATUSES


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """Where a document's bytes are for the next five minutes. The link opens the document to anybody: it is a secret."""

    document_id: str
    url: str = field(repr=False)
    compression: str | None


def read_report(content: Mapping[str, object], *, where: str) -> ReportState:
    """Read one report of getReport or getReports.

    Raises:
        RetryableError: a required part is missing or is no instant.
        PermanentError: the status is none that Amazon documents.
    """
    marketplaces = content.get("marketplaceIds")
    return ReportState(
        report_id=require_text(content, "reportId", where=where),
        report_type=require_text(content, "reportType", where=where),
        status=require_known(
            require_text(content, "processingStatus", where=where), STATUSES, what="processingStatus", where=where
        ),
        created_at=read_instant(require_text(content, "createdTime", where=where), where=where),
        marketplace_ids=tuple(str(item) for item in marketplaces) if isinstance(marketplaces, list) else (),
        document_id=text_of(content, "reportDocumentId"),
        data_start=optional_instant(content, "dataStartTime", where=where),
        data_end=optional_instant(content, "dataEndTime", where=where),
        processing_start_at=optional_instant(content, "processingStartTime", where=where),
        processing_end_at=optional_instant(content, "processingEndTime", where=where),
        schedule_id=text_of(content, "reportScheduleId"),
    )


def read_link(content: Mapping[str, object], *, where: str) -> DocumentLink:
    """Read the answer of getReportDocument.

    Raises:
        RetryableError: id or address is missing.
        PermanentError: the compression is one we cannot undo.
    """
    compression = text_of(content, "compressionAlgorithm")
    if compression is not None:
        require_known(compression, ("GZIP",), what="compressionAlgorithm", where=where)
    return DocumentLink(
        document_id=require_text(content, "reportDocumentId", where=where),
        url=require_text(content, "url", where=where),
        compression=compression,
    )


def require_text(content: Mapping[str, object], key: str, *, where: str) -> str:
    """Return the text under the key.

    Raises:
        RetryableError: there is none; Amazon always sends it.
    """
    value = text_of(content, key)
    if value is None:
        raise missing(key, where=where)
    return value


def missing(key: str, *, where: str) -> RetryableError:
    """Return the error for an answer without a part Amazon always sends."""
    return RetryableError(f"Amazon's answer has no usable {key}", where=where, remedy="Check the host if it keeps happening")


def text_of(content: Mapping[str, object], key: str) -> str | None:
    """Return the text under the key, or nothing."""
    value = content.get(key)
    return value if isinstance(value, str) and value else None


def require_known(value: str, known: Iterable[str], *, what: str, where: str) -> str:
    """Return the value when it is one that Amazon documents.

    Raises:
        PermanentError: it is not; the message lists those that are.
    """
    if value not in known:
        raise PermanentError(
            f"Amazon sent {what} {value!r}; known are {', '.join(known)}", where=where, remedy="Update sellerwatch"
        )
    return value


def optional_instant(content: Mapping[str, object], key: str, *, where: str) -> datetime | None:
    """Return the instant under the key, or nothing."""
    value = text_of(content, key)
    return None if value is None else read_instant(value, where=where)


def read_instant(text: str, *, where: str) -> datetime:
    """Return the instant in UTC.

    Raises:
        RetryableError: the text is no instant, or has no offset.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise RetryableError(f"Amazon sent {text[:40]!r} where an instant with an offset belongs", where=where)
    return instant.astimezone(UTC)
