"""Bring a database to the present form, and say whether it has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.config import ROOT
from portal.core.db import db

if TYPE_CHECKING:
    from alembic.config import Config


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def upgrade(to: str = "head") -> None:
    """Run the migrations up to `to`."""
    from alembic import command

    with db.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()


def downgrade(to: str) -> None:
    """Undo the migrations down to `to`; "base" undoes all."""
    from alembic import command

    with db.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, to)
        connection.commit()


def is_current() -> bool:
    """Whether the database has run every migration that this code knows."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with db.engine.execution_options(portal_writes=False).connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    return set(heads) == set(ScriptDirectory.from_config(_config()).get_heads())
