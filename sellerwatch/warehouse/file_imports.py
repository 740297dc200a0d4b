"""The list of imports: who brought which file, when, and what it did."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any

from sqlalchemy import Connection, func, insert, select

from sellerwatch.rawstore.manifest import Entry
from sellerwatch.warehouse.tables.user import FILE_IMPORT

LOCK = "file-import"
"""What an import holds against every other one; no store is called so."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file that a person brings.

    Attributes:
        name: its name, without its folder.
        data: its bytes.
        by: the account that runs the command.
        at: when.
    """

    name: str
    data: bytes
    by: str
    at: datetime

    @property
    def sha256(self) -> str:
        """The hash under which the raw store keeps the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    def content_type(self, kind: str, **more: str) -> str:
        """Return a Content-Type that also keeps the file's name and who brought it, for whoever reads the raw store alone."""
        message = Message()
        message.add_header(
            "Content-Type", kind, **{name: ("utf-8", "", value) for name, value in self._parameters(more) if value}
        )
        return str(message["Content-Type"])

    def _parameters(self, more: Mapping[str, str]) -> list[tuple[str, str]]:
        return [("name", self.name), ("by", self.by), *more.items()]


def parameter(content_type: str, name: str) -> str:
    """Return what `ImportedFile.content_type` keeps under a name; nothing where it keeps nothing."""
    message = Message()
    message["Content-Type"] = content_type
    return collapse_rfc2231_value(message.get_param(name, ""))


def next_number(connection: Connection) -> int:
    """Return the number that the next import has."""
    return int(connection.execute(select(func.coalesce(func.max(FILE_IMPORT.c.number), 0))).scalar_one()) + 1


def note(
    connection: Connection,
    file: ImportedFile,
    *,
    number: int,
    entry: Entry,
    outcome: Mapping[str, Any],
    document_id: str | None = None,
) -> None:
    """Note an import in the transaction that does what it says."""
    connection.execute(
        insert(FILE_IMPORT).values(
            number=number,
            kind="report" if document_id else "user_tables",
            file_name=file.name,
            sha256=entry.sha256,
            outcome=dict(outcome),
            document_id=document_id,
            manifest_number=entry.number,
            imported_at=file.at,
            imported_by=file.by,
        ),
    )
