"""Drawings are thrown away: a worker makes them again within minutes, in the way they are drawn now."""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM indicators_drawing")


def downgrade() -> None:
    op.execute("DELETE FROM indicators_drawing")
