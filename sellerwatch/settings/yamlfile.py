"""One YAML file as data that knows on which line each key stands; a key that is written twice is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sellerwatch.core.errors import ConfigError

Keys: TypeAlias = tuple[str, ...]
_MERGE_TAG = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class YamlFile:
    """What a file says, and where it says it."""

    path: Path
    data: object
    lines: Mapping[Keys, int]

    def where(self, *keys: str | int) -> str:
        """Return file, line and key; the line is that of the innermost of the keys that the file has."""
        names = tuple(str(key) for key in keys)
        line = next((self.lines[names[:end]] for end in range(len(names), 0, -1) if names[:end] in self.lines), None)
        place = f"{self.path}:{line}" if line else str(self.path)
        return f"{place}, {'.'.join(names)}" if names else place


def read_yaml(path: Path) -> YamlFile:
    """Read a file.

    Raises:
        ConfigError: it cannot be read, is not UTF-8, not YAML, empty, or names a key twice.
    """
    text = _text(path)
    try:
        data, lines = _parsed(text, _FASTEST)
    except yaml.YAMLError as error:
        raise _bad_yaml(path, error) from error
    except ConfigError as error:
        raise ConfigError(error.what, where=f"{path}{error.where}", remedy=error.remedy) from error.__cause__
    return YamlFile(path, data, lines)


_REWRITE = "Write its content, or delete the file and run `sellerwatch init` to get the default one"

_SLOWEST: Final = "SafeLoader"
_FASTEST: Final = "CSafeLoader" if hasattr(yaml, "CSafeLoader") else _SLOWEST
"""That of libyaml where PyYAML was built with it: every command reads the configuration, and it is ten times as fast."""

_Content: TypeAlias = tuple[object, Mapping[Keys, int]]
"""What a text says, and the line of each key."""


@lru_cache(maxsize=64)  # a process asks for its configuration again and again, and mostly it says what it said before
def _parsed(text: str, fastest: str) -> _Content:
    """Return what the text says. Nobody may change it: whoever reads the same text gets the same."""
    try:
        return _parsed_by(fastest, text)
    except yaml.YAMLError:  # what it refuses is refused in PyYAML's own words, which are plainer and the same everywhere
        return _parsed_by(_SLOWEST, text)


def _parsed_by(loader_name: str, text: str) -> _Content:
    """Parse the text; a ConfigError says where in it, the file's name is put in front by whoever knows it."""
    loader: yaml.SafeLoader | yaml.CSafeLoader = getattr(yaml, loader_name)(text)
    try:
        root = loader.get_single_node()
        lines = dict(_lines(root, (), set())) if root is not None else {}
        data = loader.construct_document(root) if root is not None else None
    except (ValueError, RecursionError) as error:  # a date such as 2026-13-01, or a list that contains itself
        raise ConfigError(f"not a configuration: {error}", remedy="Correct or quote the value") from error
    finally:
        loader.dispose()
    if data is None:
        raise ConfigError("the configuration file is empty", remedy=_REWRITE)
    return data, lines


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            "the configuration file is missing", where=str(path), remedy="Run `sellerwatch init` to write the missing files"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"cannot read the configuration file: {error.strerror}",
            where=str(path),
            remedy="Make it a file that the user sellerwatch runs as can read",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError("the configuration file is not UTF-8", where=str(path), remedy="Save it as UTF-8") from error


def _lines(node: Node, keys: Keys, seen: set[int]) -> Iterator[tuple[Keys, int]]:
    """Yield each key with its line; what an alias repeats is visited once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    for name, line, child in _children(node, keys):
        yield (*keys, name), line
        yield from _lines(child, (*keys, name), seen)


def _children(node: Node, keys: Keys) -> Iterator[tuple[str, int, Node]]:
    if isinstance(node, SequenceNode):
        yield from ((str(index), item.start_mark.line + 1, item) for index, item in enumerate(node.value))
    if isinstance(node, MappingNode):
        _refuse_duplicates(node, keys)
        named = ((key, value) for key, value in node.value if isinstance(key, ScalarNode))
        yield from ((str(key.value), key.start_mark.line + 1, value) for key, value in named)


def _refuse_duplicates(node: MappingNode, keys: Keys) -> None:
    """YAML forbids a key that is written twice; PyYAML would silently take the last one."""
    first: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, ScalarNode) or key.tag == _MERGE_TAG:
            continue
        line = key.start_mark.line + 1
        if key.value in first:
            raise ConfigError(
                f"the key {key.value!r} is written twice",
                where=f":{line}, {'.'.join((*keys, key.value))}",
                remedy=f"Keep one of lines {first[key.value]} and {line}",
            )
        first[key.value] = line


def _bad_yaml(path: Path, error: yaml.YAMLError) -> ConfigError:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
    return ConfigError(f"not valid YAML: {what}", where=where, remedy="Correct the line; indent with spaces")
