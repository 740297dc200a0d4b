"""What every API that makes documents offers the pull: ask, look, find again, fetch; the pull needs to know nothing else.

The Reports API, Data Kiosk and the Ads API make a document on request and take their time; the FBA Inventory API answers
at once, page by page. Each is a source: a report id, its state, and in the end one file of bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from sellerwatch.amazon.download import Download
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.core.errors import PermanentError
from sellerwatch.core.marketplaces import Marketplace


@dataclass(frozen=True, slots=True)
class Wish:
    """One report as it is asked for; each source reads the parts that its API knows.

    Attributes:
        report_type: Amazon's name of it: a report type, a Data Kiosk dataset and query, a reportTypeId of the Ads API.
        marketplace: the one it is about.
        start: the first instant it covers, aware; None where the API takes none, or the present is meant.
        end: the end of what it covers, aware; None for now.
        first_day: the first local day, for APIs that take days.
        last_day: the last local day, included.
        options: the type's own options, in Amazon's words.
        query: the text of a Data Kiosk query; empty elsewhere.
        columns: the columns an Ads report is to have; empty elsewhere.
    """

    report_type: str
    marketplace: Marketplace
    start: datetime | None
    end: datetime | None
    first_day: date
    last_day: date
    options: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """The limited operation that each step calls first, as the rate budget names it; empty for a step that calls none.

    Who pays in advance pays ``ask`` for the wish's report type, and the others for none. Whatever else a step may call, such as the further
    pages of a query, waits for the budget by itself.
    """

    ask: str
    look: str
    fetch: str


def document_id_of(state: ReportState) -> str:
    """Return the id of the report's document.

    Raises:
        PermanentError: it has none.
    """
    if state.document_id is None:
        raise PermanentError(
            f"a report that is {state.status} has no document",
            where=f"report {state.report_id} {state.report_type}".rstrip(),
            remedy="Nothing can be fetched; look at its state first",
        )
    return state.document_id


class DocumentSource(Protocol):
    """One API of one seller account."""

    @property
    def steps(self) -> Steps:
        """What its steps call."""
        ...

    def log_in(self) -> None:
        """Fetch the access token now, so that wrong credentials show before any work is begun."""
        ...

    def ask(self, wish: Wish) -> str:
        """Ask for a report; return its id, to be stored before it is looked at.

        Raises:
            OutcomeUnknown: it may or may not have been asked for; `find` tells, a little later.
        """
        ...

    def state(self, report_id: str) -> ReportState:
        """Return the report's present state."""
        ...

    def find(self, wish: Wish, *, since: datetime) -> Iterable[ReportState]:
        """Return the reports made for exactly this wish since then, newest first; none where the API keeps no list."""
        ...

    def fetch(self, state: ReportState, into: Path) -> Download:
        """Download the document of a finished report into the folder.

        Raises:
            ReportStillRunning: a part of it is not made yet; called again later it goes on where it was.
            RetryableError: no download came through.
            PermanentError: the document is gone, refused or too large, or the disk is full.
        """
        ...

    def close(self) -> None:
        """Close every socket."""
        ...
