"""How far a flow run has come, on Prefect's page while it runs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact

PROGRESS_KEY = "backfill-progress"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class ShownProgress:
    """A progress bar on the run's page, moved when there is something new to see."""

    artifact_id: UUID
    shown: str = ""

    def __call__(self, done: int, total: int, text: str) -> None:
        """Show that so many of so many are finished; a server that is away for a moment stops nothing."""
        if text == self.shown:
            return
        self.shown = text
        words = f"{done:,} of {total:,} reports are finished ({text})" if total else text
        try:
            update_progress_artifact(self.artifact_id, progress=100.0 * done / total if total else 100.0, description=words)
        except httpx.HTTPError as error:
            _log.warning("the progress cannot be shown: %s", error)


def shown_progress() -> ShownProgress:
    """Open a progress bar in the flow run at hand."""
    opened = create_progress_artifact(progress=0.0, key=PROGRESS_KEY, description="asking Amazon")
    return ShownProgress(cast("UUID", opened))  # typed as if it might be awaited; called from a plain function it never is
