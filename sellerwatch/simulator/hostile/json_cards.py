"""What can happen to any JSON document, and to sales and traffic: keys new, figures late, lists empty."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sellerwatch.simulator.hostile.kinds import Paper, Spoil
from sellerwatch.simulator.ports import Rendered

JSON_TYPE = "application/json"
NEW_KEY = "announcedOnNoPage"
LATE_FIGURES = ("sessions", "Sessions", "pageViews", "PageViews")
"""Endings of the names of the figures that come as zero first."""


def with_mark(paper: Paper) -> Rendered:
    """Put a byte order mark before it."""
    rendered = paper.rendered
    return replace(rendered, body=b"\xef\xbb\xbf" + rendered.body) if is_json(rendered) else rendered


def without_label(paper: Paper) -> Rendered:
    """Serve it without a word on its character set."""
    rendered = paper.rendered
    return replace(rendered, content_type=JSON_TYPE) if is_json(rendered) else rendered


def is_json(rendered: Rendered) -> bool:
    """Tell whether it is a finished JSON document; JSON Lines are rows that no document holds yet."""
    return rendered.status == "DONE" and bool(rendered.body) and rendered.content_type.partition(";")[0] == JSON_TYPE


def on_json(change: Callable[[Any], Any], *, indent: int | None = None, is_ascii: bool = False) -> Spoil:
    """Make mischief out of a change of values, or of how they are written."""

    def spoil(paper: Paper) -> Rendered:
        if not is_json(paper.rendered):
            return paper.rendered
        changed = change(json.loads(paper.rendered.body))
        body = json.dumps(changed, ensure_ascii=is_ascii, indent=indent, separators=(",", ": ") if indent else (",", ":"))
        return replace(paper.rendered, body=body.encode())

    return spoil


def as_it_is(value: Any) -> Any:  # noqa: ANN401 - JSON values of any shape
    """Change nothing but the writing."""
    return value


def with_new_key(value: Any) -> Any:  # noqa: ANN401 - JSON values of any shape
    """Add a key that nobody has heard of to every record of every list."""
    if isinstance(value, dict):
        return {name: with_new_key(item) for name, item in value.items()}
    if isinstance(value, list):
        return [{**with_new_key(item), NEW_KEY: "new"} if isinstance(item, dict) else item for item in value]
    return value


def with_keys_backwards(value: Any) -> Any:  # noqa: ANN401 - JSON values of any shape
    """Turn the order of the keys round; it means nothing in JSON."""
    if isinstance(value, dict):
        return {name: with_keys_backwards(item) for name, item in reversed(value.items())}
    return [with_keys_backwards(item) for item in value] if isinstance(value, list) else value


def without_key(value: Any, key: str) -> Any:  # noqa: ANN401 - JSON values of any shape
    """Take a key out wherever it stands."""
    if isinstance(value, dict):
        return {name: without_key(item, key) for name, item in value.items() if name != key}
    return [without_key(item, key) for item in value] if isinstance(value, list) else value


def without_products(document: Any) -> Any:  # noqa: ANN401 - JSON values of any shape
    """Empty the list by product of a sales and traffic document, beside days with sales."""
    return {**document, "salesAndTrafficByAsin": []}


def with_late_traffic(value: Any) -> Any:  # noqa: ANN401 - JSON values of any shape
    """Write zero for every figure of visits."""
    if isinstance(value, dict):
        return {name: 0 if name.endswith(LATE_FIGURES) else with_late_traffic(item) for name, item in value.items()}
    return [with_late_traffic(item) for item in value] if isinstance(value, list) else value


def with_half_the_units(value: Any) -> Any:  # noqa: ANN401 - JSON values of any shape
    """Count half the units of every day and product: the rest is added when the day is restated."""
    if isinstance(value, dict):
        return {name: item // 2 if name == "unitsOrdered" else with_half_the_units(item) for name, item in value.items()}
    return [with_half_the_units(item) for item in value] if isinstance(value, list) else value
