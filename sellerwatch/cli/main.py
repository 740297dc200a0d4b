"""The ``sellerwatch`` command: the list of its commands, and how errors are shown."""

from __future__ import annotations

import io
import logging
import sys

import typer

from sellerwatch.amazon.quiet import quiet_client_logs
from sellerwatch.cli.alerts import alerts
from sellerwatch.cli.backfill import backfill
from sellerwatch.cli.backfills import backfills
from sellerwatch.cli.backtest import backtest
from sellerwatch.cli.calculate import calculate
from sellerwatch.cli.check import check
from sellerwatch.cli.demo import demo
from sellerwatch.cli.doctor import doctor
from sellerwatch.cli.evaluate import evaluate
from sellerwatch.cli.exit_codes import FAILED, INTERRUPTED, PERSON_HAS_TO_ACT
from sellerwatch.cli.explain import explain
from sellerwatch.cli.housekeeping import housekeeping
from sellerwatch.cli.import_file import import_file
from sellerwatch.cli.init import init
from sellerwatch.cli.intraday import intraday
from sellerwatch.cli.listen import listen
from sellerwatch.cli.metric import metric
from sellerwatch.cli.nightly import nightly
from sellerwatch.cli.plan import plan
from sellerwatch.cli.rebuild import rebuild
from sellerwatch.cli.rules import rules
from sellerwatch.cli.screen import say_error
from sellerwatch.cli.simulate import simulate
from sellerwatch.cli.status import status
from sellerwatch.cli.tick import tick
from sellerwatch.cli.verify import verify
from sellerwatch.cli.watchdog import watchdog
from sellerwatch.core.errors import ConfigError, SellerwatchError

COMMANDS = (
    demo,
    simulate,
    nightly,
    intraday,
    tick,
    listen,
    backfill,
    backfills,
    plan,
    status,
    alerts,
    backtest,
    rules,
    check,
    calculate,
    metric,
    explain,
    import_file,
    verify,
    rebuild,
    housekeeping,
    watchdog,
    evaluate,
    doctor,
    init,
)
"""Every command, in the order of the help page."""


def build_app() -> typer.Typer:
    """Return the command line application."""
    app = typer.Typer(
        name="sellerwatch",
        help="Pull an Amazon seller's own reports, measure them, and tell the right person in Slack what to do, once.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for command in COMMANDS:
        app.command()(command)
    return app


def run() -> None:
    """Run the command line; a person's mistake is one line, a bug a traceback."""
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    quiet_client_logs()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character is no reason to stop
    try:
        build_app()()
    except ConfigError as error:
        say_error(error)
        sys.exit(PERSON_HAS_TO_ACT)
    except SellerwatchError as error:
        say_error(error)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    run()
