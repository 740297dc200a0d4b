"""``sellerwatch import``: a table that people fill in, or a report that somebody downloaded, into the warehouse."""

from __future__ import annotations

import getpass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sellerwatch.cli.exit_codes import FAILED
from sellerwatch.cli.screen import say, say_json, say_table
from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.reports.contract import Report
from sellerwatch.reports.recognition import Recognised, recognise_report, refuse_comma_separated
from sellerwatch.reports.registry import BY_AMAZON_TYPE, REPORTS
from sellerwatch.reports.user.file import is_workbook
from sellerwatch.reports.user.recognise import NoTableError, named_table
from sellerwatch.reports.user.sheet import Finding
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.file_imports import ImportedFile
from sellerwatch.warehouse.report_import import ReportImport, Stated, import_report_file, refuse_unborn
from sellerwatch.warehouse.user_import import UserImport, import_user_file
from sellerwatch.warehouse.workspace import Workspace, open_workspace

DAY = "%Y-%m-%d"
_SHOWN = 20
"""Records set aside that are shown; the table skipped_record has all of them."""


def import_file(  # noqa: PLR0913 - each is an option of the command
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, .xlsx, or a report from Seller Central.", show_default=False)
    ],
    *,
    table: Annotated[str | None, typer.Option(help="The table it fills; told by its header when left out.")] = None,
    report: Annotated[str | None, typer.Option(help="The report it is; told by its header when left out.")] = None,
    store: Annotated[str | None, typer.Option(help="The store of a report.")] = None,
    marketplace: Annotated[str | None, typer.Option(help="The marketplace of a report, such as US.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=[DAY], help="First day the report was asked for.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=[DAY], help="Last day the report was asked for.")] = None,
    observed_at: Annotated[
        str | None, typer.Option(help="When Amazon made the report; the file's own time when left out.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the file and say what would be done; write nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Import a table that you filled in, or a report file from Seller Central: all of it or nothing, and twice is once."""
    if table and report:
        raise ConfigError("--table and --report exclude each other", where=path.name, remedy="Leave one of them out")
    workspace = open_workspace(load_settings())
    file = _read(path, workspace)
    found = None if table else _recognised(file, report)
    if found is None:
        _import_table(workspace, file, table, is_dry_run=dry_run, as_json=as_json)
        return
    stated = Stated(store, marketplace, _day(first), _day(last), _made_at(path, observed_at, workspace.clock.now()))
    _import_report(workspace, file, found, stated, is_dry_run=dry_run, as_json=as_json)


import_file.__name__ = "import"  # the command's name is a word that Python keeps to itself


def _read(path: Path, workspace: Workspace) -> ImportedFile:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"the file cannot be read: {error.strerror}", where=str(path), remedy="Check its name and rights"
        ) from error
    return ImportedFile(path.name, data, _account(), workspace.clock.now())


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "unknown"


def _recognised(file: ImportedFile, report: str | None) -> Recognised | None:
    """Return what the file says of itself as a report; None where it is to be read as a table."""
    named = _named_report(report) if report else None
    if is_workbook(file.data):
        if named:
            raise ConfigError("a report is no workbook", where=file.name, remedy="Download it as .txt or .json")
        return None
    return recognise_report(file.data, named, where=file.name)


def _named_report(name: str) -> Report:
    found = REPORTS.get(name) or BY_AMAZON_TYPE.get(name)
    if found is None:
        raise unknown_value(name, REPORTS, what="report", where="--report")
    return found


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _made_at(path: Path, text: str | None, now: datetime) -> datetime:
    """Return when the report was made: as the person says, or when the file was written, which is not after now."""
    if text is None:
        return min(datetime.fromtimestamp(int(path.stat().st_mtime), UTC), now)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigError(f"--observed-at {text!r} is no instant", remedy="Write it with its offset: 2026-11-20T08:30:00+01:00")
    refuse_unborn(moment, now, where=path.name)
    return moment.astimezone(UTC)


# Tables


def _import_table(workspace: Workspace, file: ImportedFile, table: str | None, *, is_dry_run: bool, as_json: bool) -> None:
    try:
        done = import_user_file(workspace, file, table=named_table(table) if table else None, is_dry_run=is_dry_run)
    except NoTableError:
        refuse_comma_separated(file.data, where=file.name)
        raise
    if as_json:
        say_json(_table_json(file, done, is_dry_run=is_dry_run))
    else:
        _say_table(file, done, is_dry_run=is_dry_run)
    if done.file.findings:
        raise typer.Exit(FAILED)


def _table_json(file: ImportedFile, done: UserImport, *, is_dry_run: bool) -> dict[str, Any]:
    return {
        "file": file.name,
        "kind": "user_tables",
        "import": done.number,
        "dry_run": is_dry_run,
        "tables": {change.table.name: change.counts for change in done.changes},
        "findings": [_finding_json(finding) for finding in done.file.findings],
        "notes": [*done.file.notes, *done.remarks],
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    names = ("sheet", "line", "column", "value", "expected")
    return {name: getattr(finding, name) for name in names}


def _say_table(file: ImportedFile, done: UserImport, *, is_dry_run: bool) -> None:
    for note in done.file.notes:
        say(note)
    if done.file.findings:
        _say_findings(file, done.file.findings)
        return
    for change in done.changes:
        counts = ", ".join(f"{count} {name}" for name, count in change.counts.items() if count)
        say(f"{change.table.name}: {counts or 'no row'}")
    for remark in done.remarks:
        say(remark, style="yellow")
    if done.number is not None:
        say(f"import {done.number}: {file.name} is in the warehouse", style="bold")
    else:
        say("dry run: nothing was written" if is_dry_run else "nothing was changed: the warehouse says all of it already")


def _say_findings(file: ImportedFile, findings: tuple[Finding, ...]) -> None:
    sheets = {finding.sheet for finding in findings}
    headers = ("sheet", "line", "column", "value", "expected")
    kept = headers if sheets != {""} else headers[1:]
    say_table(f"{file.name}: wrong", kept, [[str(getattr(finding, name)) for name in kept] for finding in findings])
    say(f"Nothing was imported: {len(findings)} to correct in {file.name}", style="red")


# Reports


def _import_report(
    workspace: Workspace, file: ImportedFile, found: Recognised, stated: Stated, *, is_dry_run: bool, as_json: bool
) -> None:
    done = import_report_file(workspace, file, found, stated, is_dry_run=is_dry_run)
    if as_json:
        say_json(_report_json(file, done, stated, is_dry_run=is_dry_run))
    else:
        _say_report(file, done, is_dry_run=is_dry_run)
    if done.skipped and not done.is_known:
        raise typer.Exit(FAILED)


def _report_json(file: ImportedFile, done: ReportImport, stated: Stated, *, is_dry_run: bool) -> dict[str, Any]:
    window = done.window
    return {
        "file": file.name,
        "kind": "report",
        "report": done.report.name,
        "store": window.store_id,
        "marketplace": window.marketplace,
        "first_day": window.days.first.isoformat(),
        "last_day": window.days.last.isoformat(),
        "observed_at": stated.made_at.isoformat(),
        "dry_run": is_dry_run,
        "document": done.document_id,
        "is_known": done.is_known,
        "records": dict(done.records),
        "set_aside": [{"line": item.line, "column": item.column, "expected": item.reason} for item in done.skipped],
        "notes": list(done.notes),
    }


def _say_report(file: ImportedFile, done: ReportImport, *, is_dry_run: bool) -> None:
    for note in done.notes:
        say(note)
    window = done.window
    say(f"{file.name}: {done.report.name} of {window.store_id} / {window.marketplace}, {window.days}", style="bold")
    for name, count in done.records.items():
        say(f"{name}: {count:,} records")
    if done.skipped:
        rows = [[str(item.line), item.column, item.reason] for item in done.skipped[:_SHOWN]]
        say_table("set aside", ("line", "column", "expected"), rows)
        say(f"{len(done.skipped)} record{'s' * (len(done.skipped) > 1)} set aside; the rest is used", style="red")
    if done.is_known:
        say("nothing was changed: this file has been imported before")
    else:
        say("dry run: nothing was written" if is_dry_run else f"document {done.document_id} is in the warehouse")
