"""The shape of every configuration file; an unknown key is an error, and nothing changes after loading."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from sellerwatch.messages.blocks import Language

Tier = Literal["yellow", "orange", "red"]
TIERS: tuple[Tier, ...] = ("yellow", "orange", "red")
"""Severity steps, mildest first."""

NAME: Final = r"^[a-z][a-z0-9_]*$"
VARIABLE_NAME: Final = r"^[A-Z][A-Z0-9_]*$"
TIME_OF_DAY: Final = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"
SLACK_ID: Final = r"^[UWS][A-Z0-9]{1,30}$"
WEB_ADDRESS: Final = r"^https?://[^\s<>|/?#@]+(/[^\s<>|]*)?$"


Item = TypeVar("Item")


def each_once(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Refuse a list that names something twice."""
    repeated = next((item for number, item in enumerate(items) if item in items[:number]), None)
    if repeated is not None:
        message = f"{repeated} is listed twice"
        raise ValueError(message)
    return items


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Name = Annotated[str, StringConstraints(pattern=NAME)]
VariableName = Annotated[str, StringConstraints(pattern=VARIABLE_NAME)]
SlackId = Annotated[str, StringConstraints(pattern=SLACK_ID)]
WebAddress = Annotated[str, StringConstraints(pattern=WEB_ADDRESS)]
Words = Annotated[str, StringConstraints(min_length=1)]
# Strict: "yes" would count as 1 and "7" as 7 otherwise, and a slip of the pen as a decision.
Positive = Annotated[int, Field(gt=0, strict=True)]
NotNegative = Annotated[int, Field(ge=0, strict=True)]
Day = Annotated[date, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Frozen(BaseModel):
    """A part of a file: nothing in it changes, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CredentialNames(Frozen):
    """The environment variables that hold one account's credentials."""

    lwa_app_id: VariableName
    lwa_client_secret: VariableName
    refresh_token: VariableName


class AdsAccount(Frozen):
    """The environment variables that open one advertiser's account, and those that hold its profile of each marketplace."""

    client_id: VariableName
    client_secret: VariableName
    refresh_token: VariableName
    profiles: Annotated[dict[str, VariableName], Field(min_length=1)]


class NightPlan(Frozen):
    """When a store's night begins by the clock of its first marketplace, and how late it may be before people are told."""

    at: Annotated[str, StringConstraints(pattern=TIME_OF_DAY)] = "05:30"
    starts_within_minutes: Positive = 60
    ends_within_minutes: Positive = 240
    is_paused: bool = False


class Store(Frozen):
    """One seller account of one region, and the marketplaces of it that we watch."""

    title: Words
    language: Language = "en"
    marketplaces: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(each_once)]
    credentials: CredentialNames
    ads: AdsAccount | None = None
    secret_rotated_on: Day | None = None
    reports: Annotated[tuple[Name, ...], AfterValidator(each_once)] = ()
    without: Annotated[tuple[Name, ...], AfterValidator(each_once)] = ()
    brand_terms: Annotated[tuple[Words, ...], AfterValidator(each_once)] = ()
    night: NightPlan = NightPlan()


class _Pulled(Frozen):
    """What every report says about being pulled."""

    freshness_hours: Positive
    cooldown_minutes: NotNegative
    deadline_minutes: Positive
    every_days: Positive = 1
    not_in: Annotated[tuple[str, ...], AfterValidator(each_once)] = ()
    options: dict[str, str] = Field(default_factory=dict)


class _OfDays(_Pulled):
    """What a report says that can be made of days gone by."""

    keeps_days: Positive | None = None


class RangePeriod(_OfDays):
    """One report over the last days; the first night reaches further back."""

    period: Literal["range", "daily"]
    history_days: Positive
    repull_days: Positive
    max_days: Positive
    sent_as: Literal["instants", "until_now", "days", "nothing"] = "instants"
    settled_after_days: NotNegative
    asins_per_report: NotNegative = 0
    history_from: Name | None = None
    history_max_days: Positive | None = None

    @model_validator(mode="after")
    def _fits_amazon(self) -> Self:
        if self.period == "daily" and self.max_days != 1:
            message = f"a daily report covers one day, so max_days is 1; found {self.max_days}"
            raise ValueError(message)
        if self.sent_as == "until_now" and self.history_days > self.max_days:
            message = (
                f"asked for until now, one report covers all {self.history_days} history_days, and max_days is {self.max_days}"
            )
            raise ValueError(message)
        if self.history_from and self.sent_as != "until_now" and not self.history_max_days:
            message = "a feed with a past of its own has a history_from only beside history_max_days, its own longest report"
            raise ValueError(message)
        return self


class CalendarPeriod(_OfDays):
    """One report for each calendar week (Sunday to Saturday) or month that is over."""

    period: Literal["weeks", "months"]
    history_periods: Positive
    ready_after_days: NotNegative
    settled_after_days: NotNegative
    sent_as: Literal["instants", "days"] = "days"
    asins_per_report: NotNegative = 0


class SnapshotPeriod(_Pulled):
    """One report of the present state."""

    period: Literal["snapshot"]
    reach_back_hours: NotNegative = 0

    @property
    def settled_after_days(self) -> int:
        """A snapshot is final as it comes."""
        return 0


class ListedPeriod(_OfDays):
    """Reports that Amazon makes by itself, when it sees fit: they are looked for, never asked for."""

    period: Literal["listed"]
    history_days: Annotated[int, Field(gt=0, lt=90, strict=True)]

    @property
    def settled_after_days(self) -> int:
        """What Amazon settles is final as it comes."""
        return 0


ReportPull = Annotated[RangePeriod | CalendarPeriod | SnapshotPeriod | ListedPeriod, Field(discriminator="period")]


class Limit(Frozen):
    """A token bucket: calls per second, and how many may come at once."""

    rate: Annotated[Number, Field(gt=0)]
    burst: Positive


class Quota(Limit):
    """A token bucket for one operation and one type of report; it is no bigger for more sellers, or applications, that share it."""

    operation: str
    shared_by: Literal["application", "account", "both"]


class Titles(Frozen):
    """A name in both languages."""

    en: Words
    zh: Words


class CheckLimits(Frozen):
    """What a data check lets pass, and how serious it is where it fails; what a check does not look at is left out."""

    severity: Tier
    absolute: Annotated[Number, Field(ge=0)] = 0.0
    relative: Annotated[Number, Field(ge=0)] = 0.0
    share: Annotated[Number, Field(ge=0, le=1)] = 0.0
    minimum_rows: NotNegative = 0
    wait_days: NotNegative = 0
    spread: Annotated[Number, Field(ge=0)] = 0.0
    minimum_history: NotNegative = 0


class StoresFile(Frozen):
    """stores.yaml."""

    stores: Annotated[dict[Name, Store], Field(min_length=1)]


class ReportsFile(Frozen):
    """reports.yaml."""

    reports: Annotated[dict[Name, ReportPull], Field(min_length=1)]


class LimitsFile(Frozen):
    """limits.yaml."""

    margin_seconds: Annotated[Number, Field(ge=0, le=60)] = 3.0
    operations: Annotated[dict[str, Limit], Field(min_length=1)]
    quotas: dict[Name, Quota] = Field(default_factory=dict)
    report_types: dict[str, Annotated[tuple[Name, ...], BeforeValidator(_listed), AfterValidator(each_once)]] = Field(
        default_factory=dict
    )


class ChecksFile(Frozen):
    """checks.yaml."""

    recheck_days: Positive
    limits: Annotated[dict[Name, CheckLimits], Field(min_length=1)]


Stage = Literal["new", "mature", "clearance"]
"""Where a SKU stands in its life, as rules and targets tell it apart."""


class SaidStages(Frozen):
    """Which stage each word of the table lifecycle_stage means."""

    new: Stage
    growth: Stage
    mature: Stage
    decline: Stage
    clearance: Stage
    ended: Stage


class LifecycleFile(Frozen):
    """lifecycle.yaml."""

    new_days: Positive
    unseen_days: NotNegative
    trend_days: Positive
    fall_pct: Annotated[Number, Field(gt=0, le=100)]
    aged_share_pct: Annotated[Number, Field(gt=0, le=100)]
    stocked_share_pct: Annotated[Number, Field(gt=0, le=100)]
    stay_days: NotNegative
    said: SaidStages
