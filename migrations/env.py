"""Runs migrations on the connection or address it is given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from portal.app import FEATURES
from portal.config import read_settings
from portal.core.db import Base, Database, Moment
from portal.core.migrations import changing, has_a_model

# Importing the features has imported their tables.
assert FEATURES


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our column types as what they are in the database, so that migrations do not change when the code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def migrate(connection: Connection) -> None:
    """All migrations in one transaction; SQLite changes tables by copying them."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=render_item,
        include_name=has_a_model,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    database = Database()
    database.open(read_settings().database)
    with database.engine.connect() as opened, changing(opened):
        migrate(opened)
