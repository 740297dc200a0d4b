"""Which failures a task tries again: those whose type says that the same call may succeed later."""

from __future__ import annotations

from typing import Any

from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from sellerwatch.core.errors import RetryableError

RETRIES = 2
RETRY_DELAY_SECONDS = 30.0


def is_retryable(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Ask the exception's type, and nothing else."""
    return isinstance(state.result(raise_on_failure=False), RetryableError)
