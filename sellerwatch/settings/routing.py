"""The shape of routing.yaml: which channel hears what, in which language, who is called when, and what happens when nobody answers."""

from __future__ import annotations

import itertools
from typing import Annotated, Final, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from sellerwatch.messages.blocks import Language
from sellerwatch.settings.models import (
    TIERS,
    TIME_OF_DAY,
    Frozen,
    Name,
    Positive,
    SlackId,
    Tier,
    Titles,
    VariableName,
    WebAddress,
    each_once,
)
from sellerwatch.settings.rules import Step
from sellerwatch.settings.telling import Telling

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
"""As `date.weekday` counts them."""

OWNER: Final = "rule_owner"
DEPUTY: Final = "rule_deputy"
"""Roles of a chain that stand for the rule's own owner and for who stands in for them."""

DAY_MINUTES: Final = 24 * 60
HIGHEST_SNOOZE_DAYS: Final = 30


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"no time zone is called {name!r}; write one such as Europe/Berlin, Asia/Shanghai or UTC"
        raise ValueError(message) from None
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]
TimeOfDay = Annotated[str, StringConstraints(pattern=TIME_OF_DAY)]
"""Local time, in quotes: 09:00 without them is a number in YAML."""


def minutes(time_of_day: str) -> int:
    """Return the minutes since midnight of a time such as 09:30."""
    hours, rest = time_of_day.split(":")
    return int(hours) * 60 + int(rest)


class Span(Frozen):
    """From one time of the day to another."""

    start: TimeOfDay
    end: TimeOfDay


class WorkingTime(Span):
    """When people work: the hours in which an acknowledgement runs out."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if minutes(self.start) >= minutes(self.end):
            message = f"working time starts at {self.start} and ends at {self.end}; write the earlier one as start"
            raise ValueError(message)
        return self


class QuietHours(Span):
    """When people are left alone by all but red alerts; it may reach over midnight."""

    @model_validator(mode="after")
    def _is_part_of_the_day(self) -> Self:
        if minutes(self.start) % DAY_MINUTES == minutes(self.end) % DAY_MINUTES:
            message = f"quiet hours from {self.start} to {self.end} would never end; write two different times"
            raise ValueError(message)
        return self


class Hours(Frozen):
    """One owner's clock; what is left out is as for everybody."""

    time_zone: ZoneName | None = None
    working_time: WorkingTime | None = None
    quiet_hours: QuietHours | None = None


Escalation = tuple[Step, ...]


def steps_climb(steps: Escalation) -> Escalation:
    """Refuse a chain whose steps do not come one after the other."""
    for earlier, later in itertools.pairwise(steps):
        if later.after_hours <= earlier.after_hours:
            message = f"each step must come later than the one before; {later.after_hours:g} follows {earlier.after_hours:g}"
            raise ValueError(message)
    return steps


class Response(Frozen):
    """What people's answers are worth, and for how long."""

    acknowledged_hours: dict[Tier, Positive]
    confirm_hours: Positive
    snooze_days: Annotated[
        tuple[Annotated[int, Field(gt=0, le=HIGHEST_SNOOZE_DAYS, strict=True)], ...],
        Field(min_length=1),
        AfterValidator(each_once),
    ]
    escalation: Annotated[Escalation, Field(min_length=1), AfterValidator(steps_climb)]
    deputies: dict[Name, Name] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_tier_runs_out(self) -> Self:
        missing = [tier for tier in TIERS if tier not in self.acknowledged_hours]
        if missing:
            message = f"acknowledged_hours says nothing about {', '.join(missing)}"
            raise ValueError(message)
        return self


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
    time_zone: ZoneName
    working_time: WorkingTime
    quiet_hours: QuietHours | None = None
    hours: dict[Name, Hours] = Field(default_factory=dict)
    response: Response
    telling: Telling = Telling()
    mirrors: dict[VariableName, tuple[VariableName, ...]] = Field(default_factory=dict)

    def hours_of(self, owner: str) -> tuple[str, WorkingTime, QuietHours | None]:
        """Return an owner's time zone, working time and quiet hours."""
        own = self.hours.get(owner) or Hours()
        return (
            own.time_zone or self.time_zone,
            own.working_time or self.working_time,
            own.quiet_hours or self.quiet_hours,
        )


class RoutingFile(Routing):
    """routing.yaml."""
