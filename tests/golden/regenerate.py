"""Golden documents: what each report's parser makes of a whole document, kept beside it and compared by a test.

A case is a folder ``<report>/<case>`` with ``input.tsv`` or ``input.json``, ``context.json``, ``note.md`` (why it exists) and
``expect.json``. Run ``python tests/golden/regenerate.py`` after a deliberate change, and review the difference.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent.parent))

from sellerwatch.core.marketplaces import marketplace  # noqa: E402  a script finds the package only after the line above
from sellerwatch.core.periods import Days  # noqa: E402  as above
from sellerwatch.reports.contract import FactTable  # noqa: E402  as above
from sellerwatch.reports.document import DocumentContext, DocumentError, Parsed  # noqa: E402  as above
from sellerwatch.reports.registry import REPORTS  # noqa: E402  as above


@dataclass(frozen=True, slots=True)
class Case:
    """One golden folder."""

    folder: Path

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def expectation(self) -> Path:
        return self.folder / "expect.json"

    def data(self) -> bytes:
        """Return the document's bytes."""
        (path,) = self.folder.glob("input.*")
        return path.read_bytes()

    def context(self) -> DocumentContext:
        """Return the document's context."""
        given = json.loads((self.folder / "context.json").read_text("utf-8"))
        first, last = given.get("first_day"), given.get("last_day")
        return DocumentContext(
            marketplace=marketplace(given["marketplace"]),
            content_type=given["content_type"],
            days=Days(date.fromisoformat(first), date.fromisoformat(last)) if first else None,
            observed_at=datetime.fromisoformat(given["observed_at"]),
        )

    def outcome(self) -> dict[str, Any]:
        """Return what the parser makes of the document, as plain JSON values."""
        report = REPORTS[self.folder.parent.name]
        try:
            parsed = report.parse(self.data(), self.context())
        except DocumentError as error:
            return {"refused": str(error)}
        return {
            "encoding": parsed.encoding,
            "replacement_count": parsed.replacement_count,
            "unknown_columns": list(parsed.unknown_columns),
            "row_count": parsed.row_count,
            "skipped": [asdict(record) for record in parsed.skipped],
            "notes": list(parsed.notes),
            "tables": {table.name: rows(table, parsed) for table in report.tables if table.name in parsed.frames},
        }


def rows(table: FactTable, parsed: Parsed) -> list[dict[str, Any]]:
    """Return the rows of a table without their nulls, which would drown what matters."""
    frame = parsed.frames[table.name]
    typed = zip(frame["line"].tolist(), table.rows(frame), strict=True)
    return [
        {"line": line, **{name: plain(value) for name, value in asdict(row).items() if value is not None}}
        for line, row in typed
    ]


def plain(value: object) -> object:
    """Return a value as JSON holds it; money and instants as text, so that nothing is rounded."""
    return value if isinstance(value, str | int | bool) else str(value)


def cases() -> Iterator[Case]:
    """Yield every golden case, in order of name."""
    for path in sorted(HERE.glob("*/*/context.json")):
        if path.parent.parent.name in REPORTS:
            yield Case(path.parent)


def main() -> None:
    """Write every expectation anew and say which ones changed."""
    for case in cases():
        text = json.dumps(case.outcome(), ensure_ascii=False, indent=1) + "\n"
        old = case.expectation.read_text("utf-8") if case.expectation.exists() else ""
        case.expectation.write_text(text, "utf-8")
        sys.stdout.write(f"{'same   ' if text == old else 'WRITTEN'} {case.name}\n")


if __name__ == "__main__":
    main()
