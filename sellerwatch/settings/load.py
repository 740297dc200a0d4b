"""Reading the configuration files into one checked `Settings`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.core.marketplaces import Marketplace, marketplace
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.models import (
    Limit,
    LimitsFile,
    Metric,
    MetricsFile,
    Playbook,
    PlaybooksFile,
    ReportPull,
    ReportsFile,
    Routing,
    RoutingFile,
    Rule,
    RulesFile,
    Store,
    StoresFile,
)

FileModel = TypeVar("FileModel", bound=BaseModel)
DEFAULT_CONFIG = "config"
DEFAULT_DATA = "var"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything configured, checked against each other."""

    config_folder: Path
    data_folder: Path
    warehouse_url: str
    stores: Mapping[str, Store]
    reports: Mapping[str, ReportPull]
    limits: Mapping[str, Limit]
    metrics: Mapping[str, Metric]
    rules: Mapping[str, Rule]
    playbooks: Mapping[str, Playbook]
    routing: Routing
    environment: Environment

    @property
    def raw_folder(self) -> Path:
        """Where the bytes are kept."""
        return self.data_folder / "raw"

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

    def reports_of(self, store_id: str) -> tuple[str, ...]:
        """Return the names of the reports pulled for the store: its own list, or all."""
        return self.store(store_id).reports or tuple(self.reports)


def load_settings(values: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration folder and the environment.

    Args:
        values: the environment; the process's own when None.

    Raises:
        ConfigError: a file is missing or wrong, or two files contradict each other.
    """
    environment = Environment(dict(os.environ if values is None else values))
    folder = find_config_folder(environment)
    data = Path(environment.get("SELLERWATCH_DATA") or DEFAULT_DATA)
    settings = Settings(
        config_folder=folder,
        data_folder=data,
        warehouse_url=environment.get("SELLERWATCH_WAREHOUSE_URL") or f"sqlite:///{data / 'warehouse.sqlite'}",
        stores=_read(folder / "stores.yaml", StoresFile).stores,
        reports=_read(folder / "reports.yaml", ReportsFile).reports,
        limits=_read(folder / "limits.yaml", LimitsFile).operations,
        metrics=_read(folder / "metrics.yaml", MetricsFile).metrics,
        rules=_read(folder / "alert_rules.yaml", RulesFile).rules,
        playbooks=_read(folder / "playbooks.yaml", PlaybooksFile).playbooks,
        routing=_read(folder / "routing.yaml", RoutingFile),
        environment=environment,
    )
    _check_references(settings)
    return settings


def find_config_folder(environment: Environment) -> Path:
    """Return the folder named by ``SELLERWATCH_CONFIG``, or ``./config``.

    Raises:
        ConfigError: it does not exist.
    """
    folder = Path(environment.get("SELLERWATCH_CONFIG") or DEFAULT_CONFIG)
    if not folder.is_dir():
        raise ConfigError(
            "there is no configuration folder",
            where=str(folder),
            remedy="Run `sellerwatch init` here, or set SELLERWATCH_CONFIG to the folder",
        )
    return folder


def _read(path: Path, model: type[FileModel]) -> FileModel:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot read the configuration file: {error.strerror}",
            where=str(path),
            remedy="Run `sellerwatch init` to write the missing files",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError("the configuration file is not UTF-8", where=str(path), remedy="Save it as UTF-8") from error
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _bad_yaml(path, error) from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _invalid(path, error) from error


def _bad_yaml(path: Path, error: yaml.YAMLError) -> ConfigError:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
    what = getattr(error, "problem", None) or "it cannot be parsed"
    return ConfigError(f"not valid YAML: {what}", where=where, remedy="Correct the line; indent with spaces")


def _invalid(path: Path, error: ValidationError) -> ConfigError:
    """Say the first complaint in full and how many more there are: one line a person can act on."""
    first, *others = error.errors(include_url=False)
    place = ".".join(str(part) for part in first["loc"]) or "(top level)"
    more = f" (and {len(others)} more)" if others else ""
    if first["type"] == "extra_forbidden":
        return ConfigError(f"unknown key {place!r}{more}", where=str(path), remedy="Remove it or correct its spelling")
    if first["type"] == "missing":
        return ConfigError(f"the key {place!r} is missing{more}", where=str(path), remedy="Add it")
    return ConfigError(
        f"{place} is wrong: {first['msg']}; found {first['input']!r}{more}",
        where=str(path),
        remedy="Correct the value",
    )


def _check_references(settings: Settings) -> None:
    """Refuse names that one file uses and no other defines."""
    folder = settings.config_folder
    for store_id, store in settings.stores.items():
        where = f"{folder / 'stores.yaml'}, store {store_id}"
        regions = {marketplace(code, where=where).region for code in store.marketplaces}
        if len(regions) > 1:
            raise ConfigError(
                f"marketplaces {', '.join(store.marketplaces)} belong to different regions",
                where=where,
                remedy="Make one store per region: each has its own credentials and limits",
            )
        _known(store.reports, settings.reports, what="report", where=where)
    for metric_id, metric in settings.metrics.items():
        _known(metric.feeds, settings.reports, what="report", where=f"{folder / 'metrics.yaml'}, metric {metric_id}")
    for rule_id, rule in settings.rules.items():
        where = f"{folder / 'alert_rules.yaml'}, rule {rule_id}"
        _known((rule.metric,), settings.metrics, what="metric", where=where)
        _known((rule.playbook,), settings.playbooks, what="playbook", where=where)
        _known((rule.owner,), settings.routing.owners, what="owner", where=where)
        _known((rule.subject,), settings.metrics[rule.metric].subjects, what="subject", where=where)


def _known(used: tuple[str, ...], defined: Mapping[str, object] | tuple[str, ...], *, what: str, where: str) -> None:
    for name in used:
        if name not in defined:
            raise unknown_value(name, defined, what=what, where=where)
