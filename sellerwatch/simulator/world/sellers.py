"""The two seller accounts of the demo world, with credentials that are made up and look it."""

from __future__ import annotations

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.simulator.ports import Seller

CASCADE = Seller(
    seller_id="A1SIMCASCADE00",
    name="cascade",
    client_id="amzn1.application-oa2-client.cascade-demo",
    client_secret="amzn1.oa2-cs.v1.sim-cascade-demo",  # noqa: S106  opens the simulator only
    refresh_token="Atzr|sim-cascade-demo-refresh-token",  # noqa: S106  opens the simulator only
    marketplace_ids=(BY_CODE["US"].id,),
)
ALPINE = Seller(
    seller_id="A1SIMALPINE000",
    name="alpine",
    client_id="amzn1.application-oa2-client.alpine-demo",
    client_secret="amzn1.oa2-cs.v1.sim-alpine-demo",  # noqa: S106  opens the simulator only
    refresh_token="Atzr|sim-alpine-demo-refresh-token",  # noqa: S106  opens the simulator only
    marketplace_ids=(BY_CODE["DE"].id, BY_CODE["UK"].id),
)
SELLERS = (CASCADE, ALPINE)
"""Every account of the demo world."""
