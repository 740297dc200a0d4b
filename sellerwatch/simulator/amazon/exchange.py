"""One HTTP request under way: faults that strike it, the count of it, and the id of its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from sellerwatch.core.ids import stable_uuid
from sellerwatch.simulator.amazon.answers import BROKEN
from sellerwatch.simulator.amazon.faults import Subject
from sellerwatch.simulator.amazon.login import UNKNOWN_SELLER
from sellerwatch.simulator.amazon.state import AmazonState

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request to one operation, from the seller it seems to come from; ``broken`` is how the API fails when it is made to."""

    state: AmazonState
    operation: str
    seller_id: str
    broken: Mapping[str, Callable[[], Response]] = field(default_factory=lambda: BROKEN)

    @property
    def subject(self) -> Subject:
        """What faults are matched against."""
        return Subject(operation=self.operation, seller_id="" if self.seller_id == UNKNOWN_SELLER else self.seller_id)

    async def interruption(self) -> Response | None:
        """Wait if a fault makes this call slow; return the broken answer if one comes instead of the real one."""
        faults = self.state.faults
        slow = faults.take(("slow",), self.subject)
        if slow is not None:
            await asyncio.sleep(slow.seconds)
        fault = faults.take(self.broken, self.subject)
        return self.broken[fault.fault]() if fault is not None else None

    def finish(self, response: Response) -> Response:
        """Count the call and give its answer an id."""
        self.state.count(self.seller_id, self.operation, response.status_code)
        said = (self.state.clock.now().isoformat(), str(self.state.total_calls))
        response.headers["x-amzn-RequestId"] = stable_uuid("request", *said)
        return response
