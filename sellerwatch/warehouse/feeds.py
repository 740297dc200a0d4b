"""How each report of a store is pulled, marketplace by marketplace: what is configured, less what the store has no account for."""

from __future__ import annotations

from sellerwatch.core.errors import unknown_value
from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import ReportPull


def pulls_of(settings: Settings, store_id: str) -> dict[str, ReportPull]:
    """Return how each report of the store is pulled; those of advertising only where it has a profile for the marketplace.

    Raises:
        ConfigError: the store is not configured, or one of its reports is unknown.
    """
    missing = without_profile(settings, store_id)
    pulls: dict[str, ReportPull] = {}
    for name in settings.reports_of(store_id):
        if name not in REPORTS:
            raise unknown_value(name, REPORTS, what="report", where=str(settings.config_folder / "reports.yaml"))
        pull = settings.reports[name]
        is_ads = REPORTS[name].source is Source.ADS
        pulls[name] = pull.model_copy(update={"not_in": (*pull.not_in, *missing)}) if is_ads else pull
    return pulls


def without_profile(settings: Settings, store_id: str) -> tuple[str, ...]:
    """Return the store's marketplaces that it has no advertising profile for."""
    store = settings.store(store_id)
    return tuple(code for code in store.marketplaces if not store.ads or code not in store.ads.profiles)
