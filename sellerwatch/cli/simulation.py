"""The environment that points sellerwatch at a running simulator."""

from __future__ import annotations

from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.simulator.server import Simulator

SLACK_TOKEN = "xoxb-sim-0001"  # noqa: S105 - the simulated Slack's, worth nothing elsewhere
ALERT_CHANNEL = "C0OPSALERTS"
OPS_CHANNEL = "C0SWOPS"


def environment_for(simulator: Simulator) -> dict[str, str]:
    """Return the variables under which the default configuration's stores are the simulated sellers."""
    variables = {
        "SELLERWATCH_SP_API_URL": simulator.base_url,
        "SELLERWATCH_SLACK_URL": f"{simulator.base_url}/slack/api/",
        "SLACK_BOT_TOKEN": SLACK_TOKEN,
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
    clock = simulator.time.clock
    return variables | ({CLOCK_VARIABLE: str(clock)} if isinstance(clock, ScaledClock) else {})
