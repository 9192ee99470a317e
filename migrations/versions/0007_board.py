"""Whether somebody of the team checked what was noticed at a place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep beside each signal whether it was checked; so far none was."""
    with op.batch_alter_table("markets_signal") as batch:
        batch.add_column(sa.Column("checked", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("markets_signal") as batch:
        batch.alter_column("checked", server_default=None)


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("markets_signal") as batch:
        batch.drop_column("checked")
