"""Bringing the warehouse's tables up to date, safely when several processes start at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.engine import place_of, reading, writing

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_NUMBER = 5_317_204
"""An arbitrary number that all our processes agree on, for PostgreSQL's advisory lock."""


def bring_up_to_date(engine: Engine) -> None:
    """Run the migrations that the warehouse has not seen; nothing is written when there are none.

    Raises:
        ConfigError: the warehouse was made by a newer version of sellerwatch.
    """
    script = _script()
    with reading(engine) as connection:
        if _is_current(connection, script, engine):
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
        if not _is_current(connection, script, engine):
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def require_current(engine: Engine) -> None:
    """Refuse a warehouse that is to be read as it is, where its tables are not those of this version.

    Raises:
        ConfigError: it was made by another version, or is none.
    """
    script = _script()
    with reading(engine) as connection:
        if not _is_current(connection, script, engine):
            raise ConfigError(
                "the warehouse is none, or one of an older sellerwatch",
                where=place_of(engine),
                remedy="Run `sellerwatch init` to create or upgrade it",
            )


def _is_current(connection: Connection, script: ScriptDirectory, engine: Engine) -> bool:
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {item.revision for item in script.walk_revisions()}
    if revision is not None and revision not in known:
        raise ConfigError(
            f"the warehouse was made by a newer sellerwatch (schema {revision})",
            where=place_of(engine),
            remedy="Install that version or a newer one",
        )
    return revision == script.get_current_head()


@cache
def _script() -> ScriptDirectory:
    """Return the migrations; reading them takes longer than asking whether a warehouse has seen them."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
