"""Passkeys that count as both factors, the member's key wrapped by a passkey, and the passkey of a sign-in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0146"
down_revision = "0145"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("accounts_member", sa.Column("passkey_offered_on", sa.Date(), nullable=True))
    with op.batch_alter_table("accounts_passkey") as batch:
        batch.add_column(sa.Column("signs_in", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("wrapped_private_key", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("accounts_sign_in") as batch:
        batch.add_column(sa.Column("passkey_id", ID, nullable=True))
        batch.add_column(sa.Column("without_password", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_foreign_key(
            op.f("fk_accounts_sign_in_passkey_id"), "accounts_passkey", ["passkey_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index(op.f("ix_accounts_sign_in_passkey_id"), ["passkey_id"])


def downgrade() -> None:
    # Whoever entered without a password would be taken for somebody who gave it.
    op.execute("DELETE FROM accounts_sign_in")
    with op.batch_alter_table("accounts_sign_in") as batch:
        batch.drop_index(op.f("ix_accounts_sign_in_passkey_id"))
        batch.drop_constraint(op.f("fk_accounts_sign_in_passkey_id"), type_="foreignkey")
        batch.drop_column("without_password")
        batch.drop_column("passkey_id")
    with op.batch_alter_table("accounts_passkey") as batch:
        batch.drop_column("wrapped_private_key")
        batch.drop_column("signs_in")
    with op.batch_alter_table("accounts_member") as batch:
        batch.drop_column("passkey_offered_on")
