"""What pydantic finds wrong in a file, as one line a person can act on: what, where, the bad value and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.models import NAME, SLACK_ID, TIME_OF_DAY, VARIABLE_NAME, WEB_ADDRESS
from sellerwatch.settings.yamlfile import YamlFile

Location: TypeAlias = tuple[str | int, ...]
Found: TypeAlias = Mapping[str, Any]
"""One thing pydantic found: its type, place, text and the value."""

PATTERNS: Mapping[str, str] = {
    NAME: "small letters, digits and _, beginning with a letter",
    VARIABLE_NAME: "the name of an environment variable: capital letters, digits and _",
    TIME_OF_DAY: "a time of day such as 09:00, in quotes",
    SLACK_ID: "a Slack id of a user (U...) or a group (S...)",
    WEB_ADDRESS: "an address that begins with https:// or http://, without a user or password",
}
"""What each pattern of the models means. A test walks the models."""

KINDS: Mapping[str, str] = {
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "dict_type": "keys with values",
    "tuple_type": "a list",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number that is finite",
    "string_type": "text; quote it when it looks like a number or a date",
}
"""What is wanted where a value has the wrong kind, by pydantic's name of the error."""

CONFIDENTIAL = frozenset({"credentials", "channels"})
"""Sections that name variables; who mistakes that writes a secret there, which must not be repeated."""

_VALUE_LENGTH = 60
_KEY_MARK = "[key]"


def complaint(file: YamlFile, model: type[BaseModel], error: ValidationError) -> ConfigError:
    """Return the first complaint in full, and how many more there are."""
    # A misspelt key is both unknown and missing; only the first of the two shows the slip.
    first, *others = _found(error)
    return _said(file, model, first, f" (and {len(others)} more to correct)" if others else "")


def complaints(file: YamlFile, model: type[BaseModel], error: ValidationError) -> list[ConfigError]:
    """Return every complaint, for whoever wants to correct them all at once."""
    return [_said(file, model, item, "") for item in _found(error)]


def _found(error: ValidationError) -> list[Found]:
    found: list[Found] = [dict(item) for item in error.errors(include_url=False)]
    return sorted(found, key=lambda item: item["type"] != "extra_forbidden")


def _said(file: YamlFile, model: type[BaseModel], found: Found, more: str) -> ConfigError:
    keys = _keys(found["loc"], file.data)
    what, remedy = _SAID.get(found["type"], _wrong_value)(found, keys, model)
    return ConfigError(what + more, where=file.where(*keys), remedy=remedy)


def _keys(location: Location, data: object) -> Location:
    """Return the keys as the file has them: without the marks pydantic puts between them for its own use."""
    kept: list[str | int] = []
    here: Any = data
    for part in location:
        if part == _KEY_MARK or (isinstance(here, dict) and part not in here and here.get("period") == part):
            continue
        kept.append(part)
        here = _child(here, part)
    return tuple(kept)


def _child(here: Any, part: str | int) -> Any:  # noqa: ANN401 - whatever YAML holds
    if isinstance(here, dict):
        return here.get(part)
    return here[part] if isinstance(here, list) and isinstance(part, int) and part < len(here) else None


def _unknown_key(first: Found, keys: Location, model: type[BaseModel]) -> tuple[str, str]:
    known = f"Remove it or use one of: {', '.join(_allowed_keys(model, first['loc'][:-1]))}"
    if keys[0] == "unusual" and isinstance(first["input"], dict):
        # Written at the end of a file of before the sections changed places, a rule falls into the last one.
        known = "A rule belongs under `rules`: move the section `unusual` above `rules`, or the rule above `unusual`"
    return f"unknown key {str(keys[-1])!r}", known


def _missing_key(_: Found, keys: Location, __: type[BaseModel]) -> tuple[str, str]:
    return f"the key {str(keys[-1])!r} is missing", "Add it"


def _wrong_pattern(first: Found, keys: Location, _: type[BaseModel]) -> tuple[str, str]:
    pattern = first.get("ctx", {}).get("pattern", "")
    return f"{_shown(first, keys, is_secret=pattern == VARIABLE_NAME)} is not allowed", f"Write {PATTERNS[pattern]}"


def _wrong_word(first: Found, keys: Location, _: type[BaseModel]) -> tuple[str, str]:
    return f"{_shown(first, keys)} is not allowed", f"Use one of: {first['ctx']['expected']}"


def _wrong_tag(first: Found, _: Location, __: type[BaseModel]) -> tuple[str, str]:
    context = first["ctx"]
    return f"{context['tag']!r} is not allowed as {context['discriminator']}", f"Use one of: {context['expected_tags']}"


def _missing_tag(first: Found, _: Location, __: type[BaseModel]) -> tuple[str, str]:
    return f"the key {first['ctx']['discriminator']} is missing", "Add it"


def _contradiction(first: Found, _: Location, __: type[BaseModel]) -> tuple[str, str]:
    return first["msg"].removeprefix("Value error, "), "Correct the values"


def _wrong_value(first: Found, keys: Location, _: type[BaseModel]) -> tuple[str, str]:
    wanted = KINDS.get(first["type"])
    if wanted:
        return f"{_shown(first, keys)} is of the wrong kind", f"Write {wanted}"
    return f"{_shown(first, keys)} is not allowed", first["msg"]


_SAID: Mapping[str, Callable[[Found, Location, type[BaseModel]], tuple[str, str]]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing_key,
    "string_pattern_mismatch": _wrong_pattern,
    "literal_error": _wrong_word,
    "union_tag_invalid": _wrong_tag,
    "union_tag_not_found": _missing_tag,
    "value_error": _contradiction,
}


def _shown(first: Found, keys: Location, *, is_secret: bool = False) -> str:
    if is_secret or CONFIDENTIAL & {str(key) for key in keys}:
        return "the value (not repeated here, it may be a secret)"
    text = repr(first["input"])
    return text if len(text) <= _VALUE_LENGTH else f"{text[:_VALUE_LENGTH]}..."


def _allowed_keys(model: type[BaseModel], location: Location) -> list[str]:
    """Return the keys that may stand at a place, by walking the model's JSON schema to it."""
    schema = model.model_json_schema()
    here: dict[str, Any] = schema
    for part in location:
        here = _resolved(_below(here, str(part)), schema)
    return sorted(here.get("properties", {}))


def _below(here: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    if "discriminator" in here:
        return {"$ref": here["discriminator"]["mapping"][part]}
    named: Mapping[str, Any] = here.get("properties", {})
    others = [*here.get("patternProperties", {}).values(), here.get("additionalProperties"), here.get("items")]
    return named.get(part) or next(item for item in others if isinstance(item, dict))


def _resolved(here: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" not in here:
        return dict(here)
    definition: dict[str, Any] = schema["$defs"][here["$ref"].rsplit("/", 1)[-1]]
    return definition
