"""Looking the rules over while the configuration may still be wrong: everything that is wrong at once, not the first thing alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.catalogue import Metric, MetricsFile
from sellerwatch.settings.complaints import complaint, complaints
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import FILES, find_config_folder, load_settings
from sellerwatch.settings.routing import Routing, RoutingFile
from sellerwatch.settings.rule_checks import playbook_findings, rule_findings
from sellerwatch.settings.rules import Playbook, PlaybooksFile, Rule, RulesFile
from sellerwatch.settings.yamlfile import read_yaml

FileModel = TypeVar("FileModel", bound=BaseModel)


def read_file(path: Path, model: type[FileModel]) -> FileModel:
    """Read one file of a given shape.

    Raises:
        ConfigError: it is missing or wrong.
    """
    file = read_yaml(path)
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        raise complaint(file, model, error) from None


@dataclass(frozen=True, slots=True)
class _RuleFiles:
    """What rules are held against, while the whole configuration may still be wrong."""

    rules: Mapping[str, Rule]
    metrics: Mapping[str, Metric]
    playbooks: Mapping[str, Playbook]
    routing: Routing


def lint_rules(values: Mapping[str, str] | None = None) -> list[ConfigError]:
    """Return everything that is wrong with the rules and what they name; where that is nothing, the first thing wrong elsewhere.

    Args:
        values: the environment; the process's own when None.

    Raises:
        ConfigError: there is no configuration folder.
    """
    environment = Environment(dict(os.environ if values is None else values))
    folder = find_config_folder(environment)
    found: list[ConfigError] = []
    read = {model: _tried(folder, model, found) for model in (RulesFile, MetricsFile, PlaybooksFile, RoutingFile)}
    rules, metrics, playbooks, routing = read.values()
    if not found and isinstance(rules, RulesFile) and isinstance(metrics, MetricsFile):
        assert isinstance(playbooks, PlaybooksFile)  # noqa: S101 - each was read, or found holds why not
        assert isinstance(routing, RoutingFile)  # noqa: S101 - the same
        files = _RuleFiles(rules.rules, metrics.metrics, playbooks.playbooks, routing)
        found += rule_findings(files, read_yaml(folder / FILES[RulesFile]))
        found += playbook_findings(files, read_yaml(folder / FILES[PlaybooksFile]))
    if not found:
        found += _first_of_all(environment)
    return found


def _tried(folder: Path, model: type[BaseModel], found: list[ConfigError]) -> BaseModel | None:
    try:
        file = read_yaml(folder / FILES[model])
        return model.model_validate(file.data)
    except ValidationError as error:
        found += complaints(file, model, error)
    except ConfigError as error:
        found.append(error)
    return None


def _first_of_all(environment: Environment) -> list[ConfigError]:
    try:
        load_settings(environment.values)
    except ConfigError as error:
        return [error]
    return []
