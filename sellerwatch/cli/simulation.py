"""The environment that points sellerwatch at a running simulator."""

from __future__ import annotations

from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.simulator.ports import AdsAccess
from sellerwatch.simulator.server import Simulator

SLACK_TOKEN = "xoxb-sim-0001"  # noqa: S105 - the simulated Slack's, worth nothing elsewhere
SLACK_APP_TOKEN = "xapp-1-sim-0001"  # noqa: S105 - the same
ALERT_CHANNEL = "C0OPSALERTS"
OPS_CHANNEL = "C0SWOPS"


def environment_for(simulator: Simulator) -> dict[str, str]:
    """Return the variables under which the default configuration's stores are the simulated sellers."""
    variables = {
        "SELLERWATCH_SP_API_URL": simulator.base_url,
        "SELLERWATCH_ADS_URL": simulator.base_url,
        "SELLERWATCH_SLACK_URL": f"{simulator.base_url}/slack/api/",
        "SLACK_BOT_TOKEN": SLACK_TOKEN,
        "SLACK_APP_TOKEN": SLACK_APP_TOKEN,
        "SLACK_CHANNEL": ALERT_CHANNEL,
        "SLACK_OPS_CHANNEL": OPS_CHANNEL,
    }
    for seller in simulator.world.sellers:
        prefix = seller.name.upper()
        variables |= {
            f"{prefix}_LWA_APP_ID": seller.client_id,
            f"{prefix}_LWA_CLIENT_SECRET": seller.client_secret,
            f"{prefix}_REFRESH_TOKEN": seller.refresh_token,
        }
        if seller.ads is not None:
            variables |= _ads_variables(prefix, seller.ads)
    clock = simulator.time.clock
    return variables | ({CLOCK_VARIABLE: str(clock)} if isinstance(clock, ScaledClock) else {})


def _ads_variables(prefix: str, ads: AdsAccess) -> dict[str, str]:
    return {
        f"{prefix}_ADS_CLIENT_ID": ads.client_id,
        f"{prefix}_ADS_CLIENT_SECRET": ads.client_secret,
        f"{prefix}_ADS_REFRESH_TOKEN": ads.refresh_token,
        **{f"{prefix}_ADS_PROFILE_{BY_ID[item].code}": profile for item, profile in ads.profiles.items()},
    }
