"""Files that show how a promise goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BEFORE = ("made", "moved", "reworded", "planned", "reached", "evidence", "claimed", "kept", "broken", "reopened")
AFTER = (*BEFORE, "withdrawn")


def whole(name: str) -> sa.Column[int]:
    """A column for numbers and ids."""
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def allow(steps: tuple[str, ...]) -> None:
    """Say which steps an entry may be."""
    with op.batch_alter_table("commitments_entry") as batch:
        batch.drop_constraint(op.f("ck_commitments_entry_step"), type_="check")
        batch.create_check_constraint(op.f("ck_commitments_entry_step"), f"step IN {steps!r}")


def upgrade() -> None:
    """Nothing is moved: evidence had no files."""
    allow(AFTER)
    op.create_table(
        "commitments_file",
        whole("id"),
        whole("entry_id"),
        sa.Column("kind", sa.String(length=4), nullable=False),
        whole("size"),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("taken_out_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('pdf', 'png', 'jpg', 'txt')", name=op.f("ck_commitments_file_kind")),
        sa.CheckConstraint("(content IS NULL) = (taken_out_on IS NOT NULL)", name=op.f("ck_commitments_file_taken_out")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["commitments_entry.id"], name=op.f("fk_commitments_file_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments_file")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_commitments_file_entry_id")),
    )


def downgrade() -> None:
    """Forget them, and that one was taken out."""
    op.drop_table("commitments_file")
    op.execute("DELETE FROM commitments_entry WHERE step = 'withdrawn'")
    allow(BEFORE)
