"""Names for a session can be those of one contact's own guests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("partners_locked") as batch:
        batch.add_column(sa.Column("guests_of_id", ID, nullable=True))
        batch.create_foreign_key(
            op.f("fk_partners_locked_guests_of_id"), "accounts_member", ["guests_of_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_check_constraint("guests", "guests_of_id IS NULL OR kind = 'names'")
        batch.create_index(op.f("ix_partners_locked_guests_of_id"), ["guests_of_id"])


def downgrade() -> None:
    # Without the column they would stand in the list of those who arrange the evening, which the next one replaces.
    guests = "SELECT id FROM partners_locked WHERE guests_of_id IS NOT NULL"
    op.execute(f"DELETE FROM partners_locked_key WHERE locked_id IN ({guests})")
    op.execute("DELETE FROM partners_locked WHERE guests_of_id IS NOT NULL")
    with op.batch_alter_table("partners_locked") as batch:
        batch.drop_index(op.f("ix_partners_locked_guests_of_id"))
        batch.drop_constraint(op.f("ck_partners_locked_guests"), type_="check")
        batch.drop_constraint(op.f("fk_partners_locked_guests_of_id"), type_="foreignkey")
        batch.drop_column("guests_of_id")
