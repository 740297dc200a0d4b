"""Running a command of the program inside a test's process."""

import gc
import warnings

from typer.testing import CliRunner

from sellerwatch.cli.main import build_app


def ran(variables, *arguments):
    """Run a command in this environment, and return what came of it; its connections end with it, as with its process elsewhere."""
    result = CliRunner().invoke(build_app(), [*arguments], env=variables)
    with warnings.catch_warnings():
        # PostgreSQL's driver complains of connections that are left to the garbage collector, whichever test runs by then.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result
