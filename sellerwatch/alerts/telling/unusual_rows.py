"""The grey lines of a digest: numbers without an alert that are unlike themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from sellerwatch.alerts.showing.values import figure
from sellerwatch.alerts.telling.digest import DigestRow
from sellerwatch.alerts.telling.place import digest_key
from sellerwatch.alerts.telling.scene import Scene
from sellerwatch.alerts.telling.words import say
from sellerwatch.alerts.unusual.score import Finding
from sellerwatch.core.ids import fingerprint
from sellerwatch.messages.figures import percent
from sellerwatch.messages.wording import day_words
from sellerwatch.settings.languages import in_language
from sellerwatch.warehouse.tables.telling import DIGEST, DIGEST_ROW

RULE: Final = "unusual"
"""What stands in the place of a rule's name; there is no alert behind such a row."""


def list_unusual(scene: Scene) -> None:
    """Put what is unusual into the night's digest, unless people read of it a few nights ago."""
    channel = scene.router.audiences.get("alerts")
    if channel is None or not scene.run.unusual:
        return
    key = digest_key(channel, scene.run.store_id, scene.run.as_of.isoformat())
    rows = [_row(scene, finding, key) for finding in scene.run.unusual]
    told = _told(scene, [row.fingerprint for row in rows])
    scene.listed.extend((channel, row) for row in rows if row.fingerprint not in told)


def _told(scene: Scene, names: Collection[str]) -> set[str]:
    """Return those of which a digest of this night, or of one not long before, has a row."""
    since = scene.run.as_of - timedelta(days=scene.settings.unusual.silent_days)
    joined = DIGEST_ROW.join(DIGEST, DIGEST.c.thread_key == DIGEST_ROW.c.thread_key)
    listed = select(DIGEST_ROW.c.fingerprint).select_from(joined).where(DIGEST_ROW.c.fingerprint.in_(names))
    lately = (DIGEST.c.store_id == scene.run.store_id, (DIGEST.c.as_of > since) | (DIGEST.c.as_of == scene.run.as_of))
    return set(scene.connection.scalars(listed.where(*lately)))


def _row(scene: Scene, finding: Finding, thread_key: str) -> DigestRow:
    return DigestRow(
        thread_key=thread_key,
        fingerprint=fingerprint(RULE, scene.run.store_id, finding.marketplace, finding.metric),
        episode=finding.day.toordinal(),
        rule=RULE,
        marketplace=finding.marketplace,
        subject=finding.marketplace,
        tier=None,
        words=_words(scene, finding),
    )


def _words(scene: Scene, finding: Finding) -> str:
    settings, language = scene.settings, scene.settings.language(scene.run.store_id)

    def shown(value: float) -> str:
        return figure(settings, finding.metric, value, language, currency=finding.currency)

    return say(
        "unusual_above" if finding.change_pct > 0 else "unusual_below",
        language,
        title=in_language(settings.metrics[finding.metric].title, language),
        value=shown(finding.value),
        day=day_words(finding.day, language, near=scene.run.as_of),
        typical=shown(finding.typical),
        change=percent(abs(finding.change_pct), language),
        days=settings.unusual.days,
    )
