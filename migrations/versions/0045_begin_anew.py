"""A desk that ever had a key is begun anew only on a request that waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "accounts_begin_anew"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("desk_id", ID, nullable=False),
        sa.Column("asked_by_id", ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["desk_id"], ["accounts_desk.id"], name=f"fk_{TABLE}_desk_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["accounts_member.id"], name=f"fk_{TABLE}_asked_by_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["agreed_by_id"], ["accounts_member.id"], name=f"fk_{TABLE}_agreed_by_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("desk_id", name=f"pk_{TABLE}"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
