"""Which waiting messages answer a person in danger and go before all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0158"
down_revision = "0156"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_outbox", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("core_outbox", "urgent")
