"""``sellerwatch calculate``: a KPI by hand, from numbers of your own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from sellerwatch.cli.screen import say, say_json, say_table
from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.worksheets import Value, sheets_of
from sellerwatch.metrics.worksheets import calculate as worked_out
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import DEFAULT_CONFIG, Settings, load_settings


def calculate(
    kpi: Annotated[
        str,
        typer.Argument(metavar="KPI", help="The KPI's name, such as acos; docs/worksheets.md lists all.", show_default=False),
    ],
    inputs: Annotated[
        str | None, typer.Option(metavar="FILE_OR_JSON", help="Its inputs: a JSON object, or a file with one.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a KPI would be with these numbers; without any, say what it takes. The warehouse is neither read nor changed."""
    settings = _settings()
    if inputs is None:
        _say_what_it_takes(kpi, settings, as_json=as_json)
        return
    values = worked_out(kpi, _read(inputs), settings=settings)
    if as_json:
        say_json({"kpi": kpi, "values": values})
    else:
        say_table(kpi, ("output", "value"), [(name, _shown(value)) for name, value in values.items()])


def _settings() -> Settings | None:
    """Return the configuration that is here; where there is none, that which sellerwatch comes with counts."""
    folder = Path(Environment(dict(os.environ)).get("SELLERWATCH_CONFIG") or DEFAULT_CONFIG)
    return load_settings() if folder.exists() else None


def _read(inputs: str) -> dict[str, Any]:
    is_text = inputs.lstrip().startswith(("{", "["))
    text = inputs if is_text else _text_of(Path(inputs))
    where = "--inputs" if is_text else inputs
    try:
        found = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except ValueError as error:
        raise ConfigError(
            f"this is no JSON: {error}", where=where, remedy='Write it as {"cost": 80, "ad_sales": 320}'
        ) from error
    if not isinstance(found, dict):
        raise ConfigError("this is no JSON object", where=where, remedy='Write it as {"cost": 80, "ad_sales": 320}')
    return found


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "the file cannot be read", where=str(path), remedy="Check its name and that it is UTF-8, or write the JSON itself"
        ) from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object; a name that stands there twice would lose one of its values without a word."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            message = f"{name!r} stands there twice"
            raise ValueError(message)
    return dict(pairs)


def _no_number(text: str) -> None:
    message = f"{text} is no number; null is what is not known"
    raise ValueError(message)


def _shown(value: Value) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, float):
        return f"{value:.10g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _say_what_it_takes(kpi: str, settings: Settings | None, *, as_json: bool) -> None:
    sheets = sheets_of(kpi, settings)
    if as_json:
        say_json({"kpi": kpi, "worksheets": [_facts(sheet) for sheet in sheets]})
        return
    for sheet in sheets:
        say(sheet.question, style="bold")
        say_table(sheet.question, ("input", "unit"), [(item.name, item.unit) for item in sheet.takes])
        say_table("", ("output", "unit"), list(dict.fromkeys((item.name, item.unit) for item in sheet.gives if item.is_shown)))


def _facts(sheet: Any) -> dict[str, Any]:  # noqa: ANN401 - a worksheet
    return {
        "question": sheet.question,
        "inputs": {item.name: item.unit for item in sheet.takes},
        "outputs": {item.name: item.unit for item in sheet.gives if item.is_shown},
    }
