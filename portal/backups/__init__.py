"""Backups that are encrypted while they are made, restoring them, and moving to another database.

What a backup holds is what the database's own program copies, encrypted to age keys whose secret halves are elsewhere
(`archive`). A restore applies the ledger of erasures (`restoring`).
"""

from __future__ import annotations

from portal.backups.cli import apply_erasures, backup, copy_database, restore
from portal.core.portal import Portal


def start(app: Portal) -> None:
    """Add the commands."""
    for command in (backup, restore, apply_erasures, copy_database):
        app.cli.add_command(command)
