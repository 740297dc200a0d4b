"""The shape of routing.yaml: which channel hears what, and who is named and called."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sellerwatch.settings.models import Frozen, Name, SlackId, Tier, VariableName


class Channels(Frozen):
    """For each purpose, the environment variables that may name the channel; the first one set wins."""

    alerts: Annotated[tuple[VariableName, ...], Field(min_length=1)]
    ops: Annotated[tuple[VariableName, ...], Field(min_length=1)]
    fallback: Annotated[tuple[VariableName, ...], Field(min_length=1)]


class Routing(Frozen):
    """Which channel hears what, and who is named."""

    channels: Channels
    owners: dict[Name, str]
    contacts: dict[Name, SlackId] = Field(default_factory=dict)
    mention_from: Tier
    mirrors: dict[VariableName, tuple[VariableName, ...]] = Field(default_factory=dict)


class RoutingFile(Routing):
    """routing.yaml."""
