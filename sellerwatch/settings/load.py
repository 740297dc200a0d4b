"""Reading the configuration files into one checked `Settings`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.core.marketplaces import Marketplace, marketplace
from sellerwatch.messages.blocks import Language
from sellerwatch.settings.catalogue import (
    FactReading,
    Metric,
    MetricsFile,
    PartByGrain,
    expressions_of,
    first_cycle,
    names_in,
    report_of,
)
from sellerwatch.settings.comparing import CategoriesFile, Event, EventsFile, check_categories, check_events
from sellerwatch.settings.complaints import complaint
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.exemptions import Exemption, ExemptionsFile, check_exemptions
from sellerwatch.settings.expressions import Expression
from sellerwatch.settings.models import (
    SLACK_ID,
    ChecksFile,
    LifecycleFile,
    Limit,
    LimitsFile,
    Quota,
    RangePeriod,
    ReportPull,
    ReportsFile,
    Store,
    StoresFile,
)
from sellerwatch.settings.routing import DEPUTY, OWNER, Routing, RoutingFile
from sellerwatch.settings.rule_checks import playbook_findings, rule_findings
from sellerwatch.settings.rules import Playbook, PlaybooksFile, Rule, RulesFile
from sellerwatch.settings.scorecards import Scorecard, ScorecardsFile, check_scorecards
from sellerwatch.settings.telling import Route, check_telling
from sellerwatch.settings.unusual import Unusual, check_unusual
from sellerwatch.settings.yamlfile import YamlFile, read_yaml

FileModel = TypeVar("FileModel", bound=BaseModel)
DEFAULT_CONFIG = "config"
DEFAULT_DATA = "var"
FILES: Mapping[type[BaseModel], str] = {
    StoresFile: "stores.yaml",
    ReportsFile: "reports.yaml",
    LimitsFile: "limits.yaml",
    ChecksFile: "checks.yaml",
    LifecycleFile: "lifecycle.yaml",
    MetricsFile: "metrics.yaml",
    RulesFile: "alert_rules.yaml",
    PlaybooksFile: "playbooks.yaml",
    RoutingFile: "routing.yaml",
    EventsFile: "events.yaml",
    CategoriesFile: "categories.yaml",
    ScorecardsFile: "scorecards.yaml",
    ExemptionsFile: "exemptions.yaml",
}
"""Every configuration file, by the model that checks it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything configured, checked against each other."""

    config_folder: Path
    data_folder: Path
    warehouse_url: str = field(repr=False)
    """May hold a password; show `warehouse_place` instead."""
    stores: Mapping[str, Store]
    reports: Mapping[str, ReportPull]
    limits: Mapping[str, Limit]
    quotas: Mapping[str, tuple[Quota, ...]]
    """The further limits of a report, by Amazon's name of its type."""
    margin_seconds: float
    """How much closer together calls may arrive than they were sent."""
    checks: ChecksFile
    lifecycle: LifecycleFile
    facts: Mapping[str, FactReading]
    """How the fact tables are read that catalogued metrics are made of."""
    parts: Mapping[str, Expression | PartByGrain]
    """The named expressions that catalogued metrics are made of."""
    metrics: Mapping[str, Metric]
    rules: Mapping[str, Rule]
    playbooks: Mapping[str, Playbook]
    routing: Routing
    events: tuple[Event, ...]
    """Days that are unlike others."""
    categories: CategoriesFile
    """What is usual in a category, where the user's table does not say."""
    scorecards: Mapping[str, Scorecard]
    environment: Environment
    exemptions: tuple[Exemption, ...] = ()
    """Times in which metrics are not judged."""
    unusual: Unusual = field(default_factory=Unusual)
    """Core numbers that no limit watches."""

    @property
    def raw_folder(self) -> Path:
        """Where the bytes are kept."""
        return self.data_folder / "raw"

    @property
    def warehouse_place(self) -> str:
        """The warehouse's address without what opens it: no user, no password, no options."""
        return self.warehouse_url.split("?", 1)[0].rsplit("@", 1)[-1]

    def store(self, store_id: str) -> Store:
        """Return the store.

        Raises:
            ConfigError: no store has the id; the message lists all ids.
        """
        if store_id not in self.stores:
            raise unknown_value(store_id, self.stores, what="store", where=str(self.config_folder / "stores.yaml"))
        return self.stores[store_id]

    def marketplaces(self, store_id: str) -> tuple[Marketplace, ...]:
        """Return the store's marketplaces."""
        return tuple(marketplace(code) for code in self.store(store_id).marketplaces)

    def channel(self, audience: Literal["alerts", "ops", "fallback"]) -> str:
        """Return the id of the channel that an audience listens to.

        Raises:
            ConfigError: none of the environment variables that may name it is set.
        """
        names: tuple[str, ...] = getattr(self.routing.channels, audience)
        return self.environment.first(names, purpose=f"the Slack channel for {audience}")

    def channel_of(self, route: Route) -> str:
        """Return the id of the channel that a route leads to.

        Raises:
            ConfigError: none of the environment variables that may name it is set.
        """
        return self.environment.first(route.channels, purpose="the Slack channel of a route")

    def language(self, store_id: str, *readers: str) -> Language:
        """Return the language of what is said about a store: that of the first reader who has one of their own, or the store's.

        Args:
            store_id: the store.
            readers: whom it is said to: roles, or Slack ids; a role without a language has that of its contact.

        Raises:
            ConfigError: no store has the id.
        """
        own, contacts = self.routing.languages, self.routing.contacts
        names = (name for reader in readers for name in (reader, contacts.get(reader, "")))
        return next((own[name] for name in names if name in own), self.store(store_id).language)

    def reports_of(self, store_id: str) -> tuple[str, ...]:
        """Return the names of the reports pulled for the store: its own list, or all, less those it goes without."""
        store = self.store(store_id)
        return tuple(name for name in store.reports or self.reports if name not in store.without)


def load_settings(values: Mapping[str, str] | None = None, *, rules_from: Path | None = None) -> Settings:
    """Read the configuration folder and the environment.

    Args:
        values: the environment; the process's own when None.
        rules_from: a file that is read in place of the folder's alert_rules.yaml, to try other rules out.

    Raises:
        ConfigError: a file is missing or wrong, or two files contradict each other.
    """
    environment = Environment(dict(os.environ if values is None else values))
    folder = find_config_folder(environment)
    data = Path(environment.get("SELLERWATCH_DATA") or DEFAULT_DATA)
    stores, stores_file = _read(folder, StoresFile)
    reports, reports_file = _read(folder, ReportsFile)
    limits, limits_file = _read(folder, LimitsFile)
    _check_limits(limits, limits_file)
    checks, _ = _read(folder, ChecksFile)
    lifecycle, _ = _read(folder, LifecycleFile)
    metrics, metrics_file = _read(folder, MetricsFile)
    rules, rules_file = _read(folder, RulesFile, rules_from)
    playbooks, playbooks_file = _read(folder, PlaybooksFile)
    routing, routing_file = _read(folder, RoutingFile)
    settings = Settings(
        config_folder=folder,
        data_folder=data,
        warehouse_url=environment.get("SELLERWATCH_WAREHOUSE_URL") or f"sqlite:///{data / 'warehouse.sqlite'}",
        stores=stores.stores,
        reports=reports.reports,
        limits=limits.operations,
        margin_seconds=limits.margin_seconds,
        quotas={name: tuple(limits.quotas[quota] for quota in quotas) for name, quotas in limits.report_types.items()},
        checks=checks,
        lifecycle=lifecycle,
        facts=metrics.facts,
        parts=metrics.parts,
        metrics=metrics.metrics,
        rules=rules.rules,
        playbooks=playbooks.playbooks,
        routing=routing,
        events=_events(folder),
        categories=_categories(folder, metrics),
        scorecards=_scorecards(folder, metrics),
        environment=environment,
        exemptions=_exemptions(folder, stores, metrics, routing),
        unusual=rules.unusual,
    )
    # Names that one file uses and no other defines.
    _check_stores(settings, stores_file)
    _check_reports(settings, reports_file)
    _check_metrics(settings, metrics_file)
    _check_rules(settings, rules_file)
    _check_playbooks(settings, playbooks_file)
    _check_routing(settings, routing_file)
    return settings


def find_config_folder(environment: Environment) -> Path:
    """Return the folder named by ``SELLERWATCH_CONFIG``, or ``./config``.

    Raises:
        ConfigError: it does not exist.
    """
    folder = Path(environment.get("SELLERWATCH_CONFIG") or DEFAULT_CONFIG)
    if not _is_folder(folder):
        raise ConfigError(
            "there is no configuration folder",
            where=str(folder),
            remedy="Run `sellerwatch init` here, or set SELLERWATCH_CONFIG to the folder",
        )
    return folder


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, or a parent that may not be entered
        return False


def _read(folder: Path, model: type[FileModel], instead: Path | None = None) -> tuple[FileModel, YamlFile]:
    file = read_yaml(instead or folder / FILES[model])
    try:
        return model.model_validate(file.data), file
    except ValidationError as error:
        # Without its cause: pydantic's own text would bring a secret into a traceback that a person wrote in a wrong place.
        raise complaint(file, model, error) from None


def _events(folder: Path) -> tuple[Event, ...]:
    events, file = _read(folder, EventsFile)
    check_events(events, file)
    return events.events


def _categories(folder: Path, metrics: MetricsFile) -> CategoriesFile:
    categories, file = _read(folder, CategoriesFile)
    check_categories(categories, metrics.metrics, file)
    return categories


def _scorecards(folder: Path, metrics: MetricsFile) -> Mapping[str, Scorecard]:
    cards, file = _read(folder, ScorecardsFile)
    check_scorecards(cards, metrics.metrics, file)
    return cards.scorecards


def _exemptions(folder: Path, stores: StoresFile, metrics: MetricsFile, routing: Routing) -> tuple[Exemption, ...]:
    found, file = _read(folder, ExemptionsFile)
    check_exemptions(found, file, metrics=metrics.metrics, stores=stores.stores, owners=routing.owners)
    return found.exemptions


def _check_limits(limits: LimitsFile, file: YamlFile) -> None:
    for name, quota in limits.quotas.items():
        where = file.where("quotas", name, "operation")
        _known((quota.operation,), limits.operations, what="operation", where=where)
    for report_type, names in limits.report_types.items():
        where = file.where("report_types", report_type)
        _known(names, limits.quotas, what="quota", where=where)
        _require_buckets_of_their_own(limits, names, where)


def _require_buckets_of_their_own(limits: LimitsFile, names: tuple[str, ...], where: str) -> None:
    """Two quotas of one report type would fill one bucket when the same callers share them."""
    seen: dict[tuple[str, str], str] = {}
    for name in names:
        quota = limits.quotas[name]
        other = seen.setdefault((quota.operation, quota.shared_by), name)
        if other != name:
            raise ConfigError(
                f"{other} and {name} are both shared by {quota.shared_by}",
                where=where,
                remedy="Keep the one that Amazon holds you to, usually the slower one",
            )


def _check_stores(settings: Settings, file: YamlFile) -> None:
    for store_id, store in settings.stores.items():
        where = file.where("stores", store_id, "marketplaces")
        regions = {marketplace(code, where=where).region for code in store.marketplaces}
        if len(regions) > 1:
            raise ConfigError(
                f"marketplaces {', '.join(store.marketplaces)} belong to different regions",
                where=where,
                remedy="Make one store per region: each has its own credentials and limits",
            )
        for key, names in (("reports", store.reports), ("without", store.without)):
            _known(names, settings.reports, what="report", where=file.where("stores", store_id, key))
        profiles = tuple(store.ads.profiles) if store.ads else ()
        _known(profiles, store.marketplaces, what="marketplace", where=file.where("stores", store_id, "ads", "profiles"))


def _check_reports(settings: Settings, file: YamlFile) -> None:
    """A feed's history may come from another one, which then has to bring its own."""
    own = tuple(name for name, pull in settings.reports.items() if isinstance(pull, RangePeriod) and not pull.history_from)
    for name, pull in settings.reports.items():
        if isinstance(pull, RangePeriod) and pull.history_from:
            where = file.where("reports", name, "history_from")
            _known((pull.history_from,), own, what="report with a history of its own", where=where)


def _check_metrics(settings: Settings, file: YamlFile) -> None:
    for metric_id, metric in settings.metrics.items():
        named = (*names_in(metric.numerator), *names_in(metric.denominator))
        references: tuple[tuple[str, tuple[str, ...], Mapping[str, object], str], ...] = (
            ("feeds", metric.feeds, settings.reports, "report"),
            ("owner", (metric.owner,), settings.routing.owners, "owner"),
            ("drivers", metric.drivers, settings.metrics, "metric"),
            ("numerator", named, settings.parts, "part"),
            ("unknown", tuple(metric.unknown.values()), settings.parts, "part"),
            ("provisional", tuple(metric.provisional.values()), settings.parts, "part"),
        )
        for key, names, defined, what in references:
            _known(names, defined, what=what, where=file.where("metrics", metric_id, key))
    _refuse_cycle({name: metric.drivers for name, metric in settings.metrics.items()}, "metrics", file)
    _check_parts(settings, file)


def _check_parts(settings: Settings, file: YamlFile) -> None:
    for table, reading in settings.facts.items():
        _known((report_of(reading.feed),), settings.reports, what="report", where=file.where("facts", table, "feed"))
    edges = {name: tuple(sum(map(names_in, expressions_of(part)), ())) for name, part in settings.parts.items()}
    for name, named in edges.items():
        _known(named, settings.parts, what="part", where=file.where("parts", name))
    _refuse_cycle(edges, "parts", file)


def _refuse_cycle(edges: Mapping[str, tuple[str, ...]], section: str, file: YamlFile) -> None:
    if cycle := first_cycle(edges):
        raise ConfigError(
            f"{cycle[0]} leads back to itself: {' > '.join(cycle)}",
            where=file.where(section, cycle[0]),
            remedy="Take one of these steps out",
        )


def _check_rules(settings: Settings, file: YamlFile) -> None:
    for finding in rule_findings(settings, file):
        raise finding
    check_unusual(settings.unusual, settings.metrics, file)


def _check_playbooks(settings: Settings, file: YamlFile) -> None:
    for finding in playbook_findings(settings, file):
        raise finding


def _check_routing(settings: Settings, file: YamlFile) -> None:
    routing = settings.routing
    _known(tuple(routing.contacts), routing.owners, what="owner", where=file.where("contacts"))
    _known(tuple(routing.hours), routing.owners, what="owner", where=file.where("hours"))
    _known(tuple(routing.response.deputies), routing.owners, what="owner", where=file.where("response", "deputies"))
    for owner, deputy in routing.response.deputies.items():
        _known((deputy,), routing.owners, what="owner", where=file.where("response", "deputies", owner))
    names = tuple(name for name in routing.languages if not re.fullmatch(SLACK_ID, name))
    _known(names, routing.owners, what="owner", where=file.where("languages"))
    roles = tuple(step.role for step in routing.response.escalation)
    _known(roles, (*routing.owners, OWNER, DEPUTY), what="role", where=file.where("response", "escalation"))
    known = {"metrics": settings.metrics, "stores": settings.stores, "owners": settings.routing.owners}
    check_telling(settings.routing.telling, file, **known)


def _known(used: tuple[str, ...], defined: Mapping[str, object] | tuple[str, ...], *, what: str, where: str) -> None:
    for name in used:
        if name not in defined:
            raise unknown_value(name, defined, what=what, where=where)
