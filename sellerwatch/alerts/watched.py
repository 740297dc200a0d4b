"""What the configuration no longer watches: alerts about it are closed, which is not to say that all is well."""

from __future__ import annotations

from sellerwatch.alerts.store import Alert
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.checks.catalogue import CHECKS


def why_unwatched(settings: Settings, alert: Alert) -> str | None:
    """Return why nothing can be said about the alert's subject any more, or None while it is watched."""
    rule, subject = settings.rules.get(alert.rule), alert.subject
    if rule is None:
        return f"the rule {alert.rule} is no longer configured"
    if rule.subject != subject.kind:
        return f"the rule {alert.rule} no longer watches a {subject.kind}"
    if subject.marketplace not in {EVERY_MARKETPLACE, *settings.store(alert.store_id).marketplaces}:
        return f"the marketplace {subject.marketplace} is no longer watched"
    if subject.kind == "feed" and subject.id not in settings.reports_of(alert.store_id):
        return f"the report {subject.id} is no longer pulled"
    if subject.kind == "check" and subject.id not in CHECKS:
        return f"the data check {subject.id} no longer exists"
    return None
