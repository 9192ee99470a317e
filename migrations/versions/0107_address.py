"""The street address of a meeting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None

TABLES = ("meetings_meeting", "meetings_series", "meetings_template")


def upgrade() -> None:
    # The default stays: without it SQLite would have to copy the table, which others refer to with ON DELETE CASCADE.
    for table in TABLES:
        op.add_column(table, sa.Column("address", sa.String(length=200), nullable=False, server_default=""))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "address")
