"""What the simulated Amazon needs from a world: the sellers that exist and the documents they can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class AdsAccess:
    """What opens the Ads API for a seller: an application and consent of its own, and a profile for each marketplace id."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    profiles: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Application:
    """A further application that the seller has authorized, with its credentials."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seller:
    """One seller account of one region, with the credentials that open it; without ``ads`` it does not advertise by API."""

    seller_id: str
    name: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    marketplace_ids: tuple[str, ...]
    ads: AdsAccess | None = None
    further_applications: tuple[Application, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What was asked for; ``now`` is the simulated time at which it is processed.

    ``report_type`` is a type of the Reports API, ``dataset.query`` of Data Kiosk, a reportTypeId of the Ads API, or
    ``getInventorySummaries``; ``options`` are the words of that API for what else was said, as text. Where an API takes
    days, they are the dates of ``data_start`` and ``data_end``, both included. Data Kiosk names the wanted ``fields`` of a row
    as paths such as ``sales.unitsOrdered``; a world may give rows that have more.
    """

    seller_id: str
    report_type: str
    marketplace_ids: tuple[str, ...]
    data_start: datetime | None
    data_end: datetime | None
    options: Mapping[str, str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Rendered:
    """The outcome of a report: its final status and, where there is one, the document before compression.

    ``is_selected`` says that its rows are written as the answer to a query: with the wanted ``fields`` alone, in their order.
    """

    status: Literal["DONE", "CANCELLED", "FATAL"]
    body: bytes = b""
    content_type: str = "text/plain;charset=UTF-8"
    is_selected: bool = False


class World(Protocol):
    """A seeded, consistent seller world, seen through its reports."""

    @property
    def sellers(self) -> tuple[Seller, ...]:
        """Every seller account of the world."""
        ...

    def render(self, request: ReportRequest) -> Rendered:
        """Return the report as Amazon would have made it at ``request.now``."""
        ...
