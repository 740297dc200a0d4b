"""The form of a backfill on Prefect's page: what a person sees and fills in. What the answers mean is decided in the library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from sellerwatch.briefs.backfill_report import MODE_WORDS
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.models import SnapshotPeriod
from sellerwatch.warehouse.backfills.order import EVERY_FEED, EVERY_STORE, MODES, Wording


def store_choices(settings: Settings) -> list[str]:
    """Return what may be chosen as a store: all of them, or one with its title and marketplaces."""
    stores = settings.stores.items()
    return [EVERY_STORE, *(f"{name}: {store.title} ({', '.join(store.marketplaces)})" for name, store in stores)]


def feed_choices(settings: Settings) -> list[str]:
    """Return what may be chosen as a feed: all of them, or one with its title."""
    return [EVERY_FEED, *(f"{name}: {_title(name, settings)}" for name in sorted(settings.reports))]


def _title(name: str, settings: Settings) -> str:
    title = REPORTS[name].title if name in REPORTS else name
    is_snapshot = isinstance(settings.reports[name], SnapshotPeriod)
    return f"{title} (of the present: can only be read again)" if is_snapshot else title


def mode_choices() -> list[str]:
    """Return what may be chosen as a mode, in plain words."""
    return [f"{mode}: {MODE_WORDS[mode]}" for mode in MODES]


def _several(position: int, choices: Iterable[str]) -> dict[str, Any]:
    # Prefect orders the fields of a form by `position`; PostgreSQL does not keep the order in which they are defined.
    return {"position": position, "items": {"type": "string", "enum": list(choices)}, "uniqueItems": True}


_SETTINGS: Final = load_settings()
"""Read when the flow is deployed, and its choices with it: deploy again after a store or a feed was added."""


class BackfillForm(BaseModel):
    """Nothing is asked of Amazon before all of it fits."""

    # All of it is text here, so that whatever is wrong is said at once, in words, and in one place.
    model_config = ConfigDict(title="Which history, and why", extra="allow")

    stores: list[str] = Field(
        title="1. Stores",
        description="Choose one or more, or 'every store'.",
        json_schema_extra=_several(0, store_choices(_SETTINGS)),
    )
    feeds: list[str] = Field(
        title="2. Feeds",
        description="Which reports of Amazon's. Choose one or more, or 'every feed'.",
        json_schema_extra=_several(1, feed_choices(_SETTINGS)),
    )
    first_day: str = Field(
        title="3. First day",
        description="The first day of the history. Days are the marketplace's own.",
        json_schema_extra={"position": 2, "format": "date"},
    )
    last_day: str = Field(
        title="4. Last day",
        description="The last day, included. It has to be over: yesterday at the latest. At most two years after the first.",
        json_schema_extra={"position": 3, "format": "date"},
    )
    mode: str = Field(
        default=mode_choices()[0],
        title="5. Mode",
        description=(
            "'gaps' is nearly always right. 'again' is for days that Amazon has corrected since. "
            "'reparse' is for when sellerwatch has learned to read a report better."
        ),
        json_schema_extra={"position": 4, "enum": [*mode_choices()]},
    )
    reason: str = Field(
        title="6. Reason",
        description="What the history is needed for. It is kept with the result.",
        json_schema_extra={"position": 5},
    )
    asked_by: str = Field(
        title="7. Your name",
        description="Who asks. It is kept with the result.",
        json_schema_extra={"position": 6},
    )


def wording_of(form: BackfillForm | Mapping[str, object]) -> Wording:
    """Return the words of a filled-in form; Prefect hands it over as a mapping where it does not check it."""
    return Wording.of(form.model_dump() if isinstance(form, BackfillForm) else form)
