"""``sellerwatch init``: the configuration files, empty tables to fill in, and an empty warehouse."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sellerwatch.cli.screen import say
from sellerwatch.core.errors import ConfigError
from sellerwatch.reports.user.templates import templates
from sellerwatch.settings.load import DEFAULT_CONFIG, load_settings
from sellerwatch.settings.shipped import shipped_config
from sellerwatch.warehouse.workspace import open_workspace

TEMPLATES = "templates"
"""The folder of the tables to fill in, beside that of the configuration."""


def init(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Where to write the configuration. SELLERWATCH_CONFIG or ./config when left out.", show_default=False
        ),
    ] = None,
) -> None:
    """Write the default configuration files and the templates that are missing, and create or upgrade the warehouse."""
    configured = Path(os.environ.get("SELLERWATCH_CONFIG") or DEFAULT_CONFIG)
    folder = folder or configured
    templates_folder = folder.parent / TEMPLATES
    written = [*write_missing(shipped_config(), folder), *write_templates(templates_folder)]
    for path in written:
        say(f"wrote {path}")
    if not written:
        say(f"{folder} is complete; nothing was changed")
    settings = load_settings(_environment(folder))
    open_workspace(settings)
    say(f"the warehouse is ready: {settings.warehouse_place}")
    if folder.absolute() != configured.absolute():
        say(f"Set SELLERWATCH_CONFIG={folder} for every command that shall use this configuration.")
    say(f"Tables to fill in are in {templates_folder}; bring them in with `sellerwatch import FILE`.")
    say("Next: name your stores in stores.yaml, set the variables of env.example, then run `sellerwatch doctor`.")


def write_missing(source: Path, folder: Path) -> list[Path]:
    """Copy every file that ``folder`` lacks; what a person changed is never overwritten.

    Raises:
        ConfigError: the folder cannot be written.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(item for item in source.iterdir() if item.is_file()):
            target = folder / path.name
            if not os.path.lexists(target):
                _write_whole(target, partial(shutil.copyfile, path))
                written.append(target)
    except OSError as error:
        raise ConfigError(
            f"cannot write the configuration: {error.strerror}",
            where=str(folder),
            remedy="Choose a folder you can write",
        ) from error
    return written


def write_templates(folder: Path) -> list[Path]:
    """Write every template that ``folder`` lacks; one that a person filled in is never overwritten.

    A folder that cannot be written is said and is no reason to stop: the templates are a convenience.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in templates().items():
            target = folder / name
            if not os.path.lexists(target):
                _write_whole(target, partial(_write_bytes, data))
                written.append(target)
    except OSError as error:
        say(f"the templates of tables to fill in could not be written to {folder}: {error.strerror}", style="yellow")
    return written


def _write_bytes(data: bytes, target: Path) -> None:
    target.write_bytes(data)


def _write_whole(target: Path, fill: Callable[[Path], object]) -> None:
    """Write a file so that it appears whole or not at all: half a file would never be completed by a later run."""
    part = target.with_name(f".{target.name}.part")
    try:
        fill(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _environment(folder: Path) -> dict[str, str]:
    return dict(os.environ) | {"SELLERWATCH_CONFIG": str(folder)}
