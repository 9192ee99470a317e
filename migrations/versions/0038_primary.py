"""The measure that was chosen to judge by after a plan was locked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("indicators_deviation", sa.Column("judged_by", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("indicators_deviation") as batch:
        batch.drop_column("judged_by")
