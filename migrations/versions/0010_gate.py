"""When a member got new keys by a link: whoever admitted them before must do so again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody's keys are known to be new."""
    with op.batch_alter_table("accounts_member") as batch:
        batch.add_column(sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("accounts_member") as batch:
        batch.drop_column("renewed_at")
