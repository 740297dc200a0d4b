"""Running the data checks of a night, between loading and measuring."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from sellerwatch.settings.models import CheckLimits
from sellerwatch.warehouse.checks.catalogue import CHECKS, check_named, limits_of
from sellerwatch.warehouse.checks.check import COLUMNS, COMPARED, SCOPE, Check, Scope
from sellerwatch.warehouse.checks.coverage import LISTINGS
from sellerwatch.warehouse.checks.evidence import with_documents
from sellerwatch.warehouse.checks.judge import judged
from sellerwatch.warehouse.checks.known import failed_before, read_known
from sellerwatch.warehouse.checks.plan import Planning, plan
from sellerwatch.warehouse.checks.results import Result, Verdict, counted, replace_results, verdicts
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.workspace import Workspace

TOLD_ELSEWHERE: Final = "said_by_coverage"
"""Why a list is not judged by its size."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What checking found, in checks x marketplaces."""

    passed: int
    failed: int
    skipped: int


def check_night(workspace: Workspace, store_id: str, as_of: date) -> CheckReport:
    """Check what the night loaded and what failed in the night before, and store the results.

    Facts are never changed, and a failed check stops nothing: it is an alert of its own.

    Raises:
        ConfigError: checks.yaml and the checks do not fit.
    """
    results = find(workspace, store_id, as_of)
    with writing(workspace.engine) as connection:
        replace_results(connection, store_id, as_of, results)
    counts = counted(verdicts(results))
    return CheckReport(counts["pass"], counts["fail"], counts["skipped"])


def check_everything(workspace: Workspace, store_id: str, as_of: date, *, only: Collection[str] = ()) -> list[Verdict]:
    """Check all that the warehouse holds up to the night; nothing is stored, and nobody is told.

    Raises:
        ConfigError: ``only`` names a check that does not exist.
    """
    return verdicts(find(workspace, store_id, as_of, is_full=True, only=only))


def find(
    workspace: Workspace,
    store_id: str,
    as_of: date,
    *,
    is_full: bool = False,
    only: Collection[str] = (),
) -> list[Result]:
    """Return the results of the named checks, or of every one, without storing them.

    Temporary tables need no write lock, so nobody waits for the checks.
    """
    settings = workspace.settings
    limits = limits_of(settings)
    chosen = [check_named(name) for name in only] if only else list(CHECKS.values())
    with reading(workspace.engine) as connection:
        known = read_known(connection, settings, store_id, as_of, is_full=is_full)
        failed = failed_before(connection, store_id, as_of, settings.checks)
        planning = Planning(settings, store_id, as_of, known, failed)
        SCOPE.create(connection)
        COMPARED.create(connection)
        found = [result for check in chosen for result in _run(connection, planning, check, limits[check.name])]
    return list(_said_once(found))


def _said_once(found: Sequence[Result]) -> Iterator[Result]:
    """Yield the results; a list of which things are missing is a short one too, and people need hear of that once."""
    missing = {
        (f"{item.table}_volume", result.marketplace, result.day)
        for item in LISTINGS
        for result in found
        if result.check_name == f"{item.table}_coverage" and result.status == "fail"
    }
    for item in found:
        is_short = item.status == "fail" and item.difference is not None and item.difference < 0
        if is_short and (item.check_name, item.marketplace, item.day) in missing:
            yield _unjudged(item)
        else:
            yield item


def _unjudged(item: Result) -> Result:
    detail = {"days": 1, "first": item.day.isoformat()}
    severity, remedy = item.severity, item.remedy
    place = (item.check_name, item.marketplace, item.day, item.measure)
    return Result(*place, "skipped", severity, remedy, reason=TOLD_ELSEWHERE, detail=detail)


def _run(connection: Connection, planning: Planning, check: Check, limits: CheckLimits) -> Iterator[Result]:
    places = planning.settings.marketplaces(planning.store_id)
    plans = [plan(planning, check, place) for place in places]
    scope = [row for item in plans if item.judged for row in item.rows()]
    connection.execute(delete(SCOPE))
    connection.execute(delete(COMPARED))
    if scope:
        connection.execute(insert(SCOPE), scope)
        build = check.build(Scope(planning.store_id, limits, tuple(place.code for place in places))).subquery()
        connection.execute(insert(COMPARED).from_select(list(COLUMNS), select(*(build.c[name] for name in COLUMNS))))
    for result in judged(connection, check, limits, plans):
        yield with_documents(result, check, planning.known, limits.wait_days)
