"""An account that was ended can be given back for a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

TABLE = "accounts_removal"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("roles", sa.String(length=300), nullable=False),
        sa.Column("circles", sa.JSON(), nullable=False),
        sa.Column("copies", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts_member.id"], name=f"fk_{TABLE}_member_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=f"pk_{TABLE}"),
    )


def downgrade() -> None:
    # Without the row nobody erases it any more, and the address would never be free.
    gone = f"SELECT member_id FROM {TABLE}"
    op.get_bind().execute(
        sa.text(
            "UPDATE accounts_member SET email = 'left-' || id, password_hash = '', wrapped_private_key = :nothing, "
            f"totp_cipher = NULL, totp_last_step = NULL WHERE id IN ({gone})"
        ),
        {"nothing": b""},
    )
    for table in ("accounts_passkey", "accounts_recovery_code"):
        op.execute(f"DELETE FROM {table} WHERE member_id IN ({gone})")
    op.drop_table(TABLE)
