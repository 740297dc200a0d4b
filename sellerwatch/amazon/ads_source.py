"""The Ads API as a source of documents: one report type, profile and range of days is a report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from sellerwatch.amazon.ads_api import CREATE, GET, AdsApi
from sellerwatch.amazon.download import Download
from sellerwatch.amazon.lifecycle import fetch_report_document
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.amazon.source import Steps, Wish, document_id_of
from sellerwatch.core.errors import ConfigError, unknown_value

TIME_UNIT: Final = "DAILY"
FORMAT: Final = "GZIP_JSON"


class AdsSource:
    """The advertising reports of one seller in one region; each wish names its marketplace, whose profile is asked."""

    steps: Final = Steps(ask=CREATE.name, look=GET.name, fetch=GET.name)

    def __init__(self, api: AdsApi, profiles: Mapping[str, str]) -> None:
        self.api = api
        self._profiles = profiles

    def log_in(self) -> None:
        """Fetch the access token now."""
        self.api.log_in()

    def ask(self, wish: Wish) -> str:
        """Ask for a report; return its id. One that was asked for already is given its id once more.

        Raises:
            ConfigError: the marketplace has no profile, or the wish lacks what Amazon wants to know.
        """
        code = wish.marketplace.code
        if code not in self._profiles:
            raise unknown_value(code, self._profiles, what="marketplace of the Ads profiles", where=wish.report_type)
        return self.api.create_report(
            self._profiles[code], _request(wish), subject=f"{wish.report_type} {code}", report_type=wish.report_type
        )

    def state(self, report_id: str) -> ReportState:
        """Return the report's present state; why Amazon could not make one is its reason."""
        return self.api.get_report(report_id)

    def find(self, wish: Wish, *, since: datetime) -> tuple[ReportState, ...]:
        """Return nothing: Amazon keeps no list. Asking again is safe, it names the report that was asked for already."""
        del wish, since
        return ()

    def fetch(self, state: ReportState, into: Path) -> Download:
        """Download the report's document into the folder.

        Raises:
            RetryableError: no download came through.
            PermanentError: the document is gone, refused or too large, or the disk is full.
        """
        return fetch_report_document(self.api, document_id_of(state), into)

    def close(self) -> None:
        """Close every socket."""
        self.api.close()


def _request(wish: Wish) -> Mapping[str, object]:
    """Return the body of createAsyncReport; equal wishes make equal bodies, by which Amazon knows a duplicate."""
    first, last = wish.first_day.isoformat(), wish.last_day.isoformat()
    if not wish.columns:
        raise ConfigError("an Ads report needs columns", where=wish.report_type, remedy="Name at least one")
    return {
        "name": f"sellerwatch {wish.report_type} {wish.marketplace.code} {first}..{last}",
        "startDate": first,
        "endDate": last,
        "configuration": {
            "adProduct": _option(wish, "adProduct"),
            "groupBy": [part.strip() for part in _option(wish, "groupBy").split(",")],
            "columns": list(wish.columns),
            "reportTypeId": wish.report_type,
            "timeUnit": TIME_UNIT,
            "format": FORMAT,
        },
    }


def _option(wish: Wish, name: str) -> str:
    value = wish.options.get(name, "").strip()
    if not value:
        raise ConfigError(f"an Ads report needs the option {name}", where=wish.report_type, remedy=f"Set {name}")
    return value
