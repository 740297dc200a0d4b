"""One authenticated request to the SP-API, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sellerwatch.simulator.ports import Seller


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks through which application, the id in the path, the query and the JSON body."""

    seller: Seller
    client_id: str
    path_id: str = ""
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: object = None
