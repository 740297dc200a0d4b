"""The seller accounts of the worlds, with credentials that are made up and look it."""

from __future__ import annotations

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.simulator.ports import AdsAccess, Seller

CASCADE = Seller(
    seller_id="A1SIMCASCADE00",
    name="cascade",
    client_id="amzn1.application-oa2-client.cascade-demo",
    client_secret="amzn1.oa2-cs.v1.sim-cascade-demo",  # noqa: S106  opens the simulator only
    refresh_token="Atzr|sim-cascade-demo-refresh-token",  # noqa: S106  opens the simulator only
    marketplace_ids=(BY_CODE["US"].id,),
    ads=AdsAccess(
        client_id="amzn1.application-oa2-client.cascade-ads",
        client_secret="amzn1.oa2-cs.v1.sim-cascade-ads",  # noqa: S106  opens the simulator only
        refresh_token="Atzr|sim-cascade-ads-refresh-token",  # noqa: S106  opens the simulator only
        profiles={BY_CODE["US"].id: "3100000000001"},
    ),
)
ALPINE = Seller(
    seller_id="A1SIMALPINE000",
    name="alpine",
    client_id="amzn1.application-oa2-client.alpine-demo",
    client_secret="amzn1.oa2-cs.v1.sim-alpine-demo",  # noqa: S106  opens the simulator only
    refresh_token="Atzr|sim-alpine-demo-refresh-token",  # noqa: S106  opens the simulator only
    marketplace_ids=(BY_CODE["DE"].id, BY_CODE["UK"].id),
    ads=AdsAccess(
        client_id="amzn1.application-oa2-client.alpine-ads",
        client_secret="amzn1.oa2-cs.v1.sim-alpine-ads",  # noqa: S106  opens the simulator only
        refresh_token="Atzr|sim-alpine-ads-refresh-token",  # noqa: S106  opens the simulator only
        profiles={BY_CODE["DE"].id: "3100000000002", BY_CODE["UK"].id: "3100000000003"},
    ),
)
KUMO = Seller(
    seller_id="A1SIMKUMO00000",
    name="kumo",
    client_id="amzn1.application-oa2-client.kumo-demo",
    client_secret="amzn1.oa2-cs.v1.sim-kumo-demo",  # noqa: S106  opens the simulator only
    refresh_token="Atzr|sim-kumo-demo-refresh-token",  # noqa: S106  opens the simulator only
    marketplace_ids=(BY_CODE["JP"].id,),
    ads=AdsAccess(
        client_id="amzn1.application-oa2-client.kumo-ads",
        client_secret="amzn1.oa2-cs.v1.sim-kumo-ads",  # noqa: S106  opens the simulator only
        refresh_token="Atzr|sim-kumo-ads-refresh-token",  # noqa: S106  opens the simulator only
        profiles={BY_CODE["JP"].id: "3300000000001"},
    ),
)
SELLERS = (CASCADE, ALPINE)
"""Every account of the demo world."""

FURTHER_SELLERS = (*SELLERS, KUMO)
"""Every account of the clean and the hostile world: a Japanese one beside those of the demo."""
