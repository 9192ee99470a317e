"""Migrations leave the version before them working, or say that both must stand still."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.config import ROOT
from portal.core import migrations

ADDING = {"create_table", "create_index", "add_column", "create_foreign_key", "create_check_constraint", "f"}
"""What the version before does not notice. A check that is made anew allows more than the one before."""
STANDING_STILL = {"0200"}
"""Migrations with which two versions cannot run side by side; docs/several-machines.md and CHANGELOG.md name them."""


@pytest.mark.parametrize("path", sorted(migrations.VERSIONS.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_migration_only_adds_or_says_it_needs_standing_still(path: Path) -> None:
    upgrade = path.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
    done = set(re.findall(r"\b(?:op|batch)\.(\w+)\(", upgrade)) - {"batch_alter_table", "get_bind"}
    required = [
        line
        for line in re.findall(r"add_column\(.*", upgrade)
        if "nullable=False" in line and "server_default" not in line
    ]
    only_adds = done <= ADDING and not required
    assert only_adds or path.stem[:4] in STANDING_STILL, done - ADDING
    for name in STANDING_STILL - {"0200"}:
        for document in ("docs/several-machines.md", "CHANGELOG.md"):
            assert name in (ROOT / document).read_text(), document
