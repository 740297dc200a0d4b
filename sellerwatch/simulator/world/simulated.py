"""The world object that renders the reports of its sellers from their books, and lets mischief at them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.simulator.documents.rendering import fatal, render
from sellerwatch.simulator.documents.shapes import Books
from sellerwatch.simulator.hostile.mischief import Mischief
from sellerwatch.simulator.ports import Rendered, ReportRequest, Seller

REFRESH_HOURS: Final = 3


class SimulatedWorld:
    """Implements `ports.World`; may be used by several threads. With ``mischief`` its documents and its API misbehave."""

    def __init__(self, sellers: tuple[Seller, ...], books: Books, mischief: Mischief | None = None) -> None:
        """Keep the accounts and the books they share."""
        self.mischief = mischief
        self._sellers = {seller.seller_id: seller for seller in sellers}
        self._books = books
        self._lock = Lock()

    @property
    def sellers(self) -> tuple[Seller, ...]:
        """Every seller account of the world."""
        return tuple(self._sellers.values())

    def render(self, request: ReportRequest) -> Rendered:
        """Return the report as Amazon would have made it at ``request.now``.

        Amazon's reports show what its own stores were last refreshed with. Here that is every three hours of the local day,
        so that reports asked for one after the other in a night tell of the same moment.
        """
        seller = self._sellers.get(request.seller_id)
        if seller is None:
            return fatal(f"{request.report_type}: there is no seller {request.seller_id} in this world.")
        with self._lock:
            rendered = self._render(request)
            return self.mischief.spoil(request, rendered, self._render) if self.mischief else rendered

    def _render(self, request: ReportRequest) -> Rendered:
        return render(self._books, self._sellers[request.seller_id], replace(request, now=last_refresh(request)))


def last_refresh(request: ReportRequest) -> datetime:
    """Return the start of the three-hour block of the marketplace's local day in which the report is made."""
    place = BY_ID.get(request.marketplace_ids[0]) if request.marketplace_ids else None
    local = request.now.astimezone(place.zone if place else UTC)
    return local.replace(hour=local.hour - local.hour % REFRESH_HOURS, minute=0, second=0, microsecond=0).astimezone(UTC)
