"""Files at a provider of object storage, and the rows that name them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0150"
down_revision = "0149"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_stored_object",
        sa.Column("id", ID, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("held", sa.String(length=40), nullable=False),
        sa.Column("row_id", ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_stored_object")),
    )
    op.create_index(op.f("ix_core_stored_object_held"), "core_stored_object", ["held", "row_id"])


def downgrade() -> None:
    op.drop_table("core_stored_object")
