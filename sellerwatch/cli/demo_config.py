"""The demo's configuration: the default one, with the simulated sellers as stores and the simulated workspace's people."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from sellerwatch.cli.init import write_missing
from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.shipped import shipped_config
from sellerwatch.simulator.ports import Seller
from sellerwatch.simulator.server import Simulator

LOOKS_BACK = {
    "settlement": {"history_days": 14},
    "economics": {"history_days": 14, "repull_days": 4},
    "ledger_summary": {"history_days": 14, "repull_days": 4},
    "ledger_detail": {"history_days": 14, "repull_days": 4},
    "ads_sp_campaigns": {"repull_days": 4},
}
"""Fewer days of the feeds with most rows: more would tell three nights nothing. Settlements come every fortnight."""

LANGUAGES = {"alpine": "zh"}
"""Whose team does not read English."""

LEFT_OUT = (
    "coupon_performance",
    "fee_preview",
    "inventory_summaries",
    "promotion_performance",
    "reimbursements",
    "repeat_purchase",
    "search_catalog_performance",
    "search_query_performance",
    "seller_feedback",
    "storage_fees",
)
"""What no alert of three nights rests on. Inventory summaries would also have to be fetched within two hours of being asked for,
which a slow machine does not manage at this speed. What is hostile is left whole."""

PEOPLE = {
    "supply_chain": "U0SUPPLY01",
    "operations": "U0OPS00001",
    "lead": "U0LEAD0001",
    "data": "U0ONCALL01",
    "ads": "U0ADS00001",
    "service": "U0SERVICE1",
    "finance": "U0FINANCE1",
}
"""Who of the simulated workspace fills which role."""

REAL_SLACK = ("SLACK_BOT_TOKEN", "SLACK_CHANNEL")
OF_SLACK = ("SLACK_", "SELLERWATCH_SLACK")
OURS = ("SELLERWATCH_", "PREFECT_")
"""What the demo does not take over from outside: a server's address or key is somebody's real one."""


def demo_environment(
    folder: Path, simulator: Simulator, outside: Environment, *, left_out: Collection[str] = ()
) -> tuple[dict[str, str], bool]:
    """Return the demo's whole configuration, and whether Slack is real: the default one, with the simulated sellers as stores.

    Reports that are left out no store asks for. A real Slack is one whose token and channel are both set; with one of them alone
    nothing of it is used.
    """
    config = folder.resolve() / "config"
    config.mkdir()
    _write_stores(config / "stores.yaml", simulator, left_out)
    write_missing(shipped_config(), config)
    look_back_less(config / "reports.yaml")
    is_real = all(outside.get(name) for name in REAL_SLACK)
    if not is_real:
        name_people(config / "routing.yaml")
    simulated = environment_for(simulator)
    if is_real:
        simulated = {name: value for name, value in simulated.items() if not name.startswith(OF_SLACK)}
    hidden = OURS if is_real else (*OURS, "SLACK_")
    inherited = {name: value for name, value in outside.values.items() if not name.startswith(hidden)}
    data = {"SELLERWATCH_CONFIG": str(config), "SELLERWATCH_DATA": str(folder.resolve())}
    return inherited | simulated | data, is_real


def look_back_less(path: Path) -> None:
    """Let the demo fetch fewer days of the feeds that have most rows."""
    text = path.read_text(encoding="utf-8")
    for feed, days in LOOKS_BACK.items():
        for name, count in days.items():
            text = re.sub(rf"(\n  {feed}:.*\n(?:    .*\n)*?    {name}: )\d+", rf"\g<1>{count}", text)
    path.write_text(text, encoding="utf-8")


def name_people(path: Path) -> None:
    """Name the members of the simulated Slack who own alerts, and when they live: a real workspace has others."""
    text = path.read_text(encoding="utf-8")
    named = text.replace("contacts: {}\n", f"contacts: {{{', '.join(f'{role}: {user}' for role, user in PEOPLE.items())}}}\n")
    at_home = named.replace("\ntime_zone: UTC\n", "\ntime_zone: America/Los_Angeles\n")
    path.write_text(at_home.replace("\nhours: {}\n", "\nhours: {owner: {time_zone: Europe/Berlin}}\n"), encoding="utf-8")


def _write_stores(path: Path, simulator: Simulator, left_out: Collection[str]) -> None:
    """Name the simulated sellers as the stores, whatever a person has made of the default configuration."""
    stores = {seller.name: _store(seller) | {"without": sorted(left_out)} for seller in simulator.world.sellers}
    path.write_text(yaml.safe_dump({"stores": stores}, sort_keys=False), encoding="utf-8")


def _store(seller: Seller) -> dict[str, Any]:
    """Return the seller as a block of stores.yaml, by the variables that `environment_for` sets."""
    prefix = seller.name.upper()
    block: dict[str, Any] = {
        "title": seller.name.capitalize(),
        "language": LANGUAGES.get(seller.name, "en"),
        "marketplaces": [BY_ID[item].code for item in seller.marketplace_ids],
        "credentials": {part: f"{prefix}_{part.upper()}" for part in ("lwa_app_id", "lwa_client_secret", "refresh_token")},
    }
    if seller.ads:
        codes = [BY_ID[item].code for item in seller.ads.profiles]
        block["ads"] = {
            **{part: f"{prefix}_ADS_{part.upper()}" for part in ("client_id", "client_secret", "refresh_token")},
            "profiles": {code: f"{prefix}_ADS_PROFILE_{code}" for code in codes},
        }
    return block
