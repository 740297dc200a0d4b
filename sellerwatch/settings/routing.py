"""The shape of routing.yaml: which channel hears what, who is named and called, in which language, and where links lead."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sellerwatch.messages.blocks import Language
from sellerwatch.settings.models import Frozen, Name, SlackId, Tier, Titles, VariableName, WebAddress


class Channels(Frozen):
    """For each purpose, the environment variables that may name the channel; the first one set wins."""

    alerts: Annotated[tuple[VariableName, ...], Field(min_length=1)]
    ops: Annotated[tuple[VariableName, ...], Field(min_length=1)]
    fallback: Annotated[tuple[VariableName, ...], Field(min_length=1)]


class Links(Frozen):
    """Where a reader of an alert can look further; what is left out is not offered."""

    prefect: WebAddress | None = None
    runbook: WebAddress | None = None


class Routing(Frozen):
    """Which channel hears what, and who is named."""

    channels: Channels
    owners: dict[Name, Titles]
    contacts: dict[Name, SlackId] = Field(default_factory=dict)
    languages: dict[str, Language] = Field(default_factory=dict)
    links: Links = Links()
    mention_from: Tier


class RoutingFile(Routing):
    """routing.yaml."""
