"""How a task calls the library: with the workspace opened for the step, and closed when the step is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.workspace import Workspace, open_workspace

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def call(
    step: Callable[Concatenate[Workspace, Arguments], Result],
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Result:
    """Run one step in the workspace that the worker's environment describes; no connection outlives it."""
    workspace = open_workspace(load_settings())
    try:
        return step(workspace, *args, **kwargs)
    finally:
        workspace.engine.dispose()
