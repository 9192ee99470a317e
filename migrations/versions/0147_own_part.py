"""Private links of those who speak at a call-in, and what they took back themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0147"
down_revision = "0146"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "partners_call_in_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("card_id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["partners_call_in_card.id"],
            name=op.f("fk_partners_call_in_link_card_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_call_in_link")),
        sa.UniqueConstraint("card_id", name=op.f("uq_partners_call_in_link_card_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_partners_call_in_link_token_hash")),
    )
    op.create_table(
        "partners_call_in_taken",
        sa.Column("id", ID, nullable=False),
        sa.Column("card_id", ID, nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("desk_key_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["partners_call_in_card.id"],
            name=op.f("fk_partners_call_in_taken_card_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["desk_key_id"], ["accounts_desk_key.id"], name=op.f("fk_partners_call_in_taken_desk_key_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_call_in_taken")),
    )
    op.create_index(op.f("ix_partners_call_in_taken_card_id"), "partners_call_in_taken", ["card_id"])


def downgrade() -> None:
    op.drop_table("partners_call_in_taken")
    op.drop_table("partners_call_in_link")
