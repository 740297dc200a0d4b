"""The one metadata all tables hang on, and the mark for columns that tell how a row came about rather than what it says."""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    },
)

CIRCUMSTANCE: Final = {"circumstance": True}
"""Column info for report ids, attempt counts and wall-clock instants: two runs that reach the same content may differ here."""
