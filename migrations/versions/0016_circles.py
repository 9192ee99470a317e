"""Circles with keys of their own, and their sealed notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NOT_A_CIRCLE = sa.text("kind <> 'circle'")
TABLES = ("membership", "statement", "note", "circle")


def upgrade() -> None:
    """A desk may now belong to a circle, of which there are many; of every other kind there is still one."""
    with op.batch_alter_table("accounts_desk") as batch:
        batch.drop_constraint(op.f("uq_accounts_desk_kind"), type_="unique")
        batch.drop_constraint(op.f("ck_accounts_desk_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_accounts_desk_kind"), "kind IN ('triage', 'oversight', 'circle')")
    op.create_index(
        "uq_accounts_desk_kind",
        "accounts_desk",
        ["kind"],
        unique=True,
        sqlite_where=NOT_A_CIRCLE,
        postgresql_where=NOT_A_CIRCLE,
    )
    op.create_table(
        "partners_circle",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("desk_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=15), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("purpose_en", sa.Text(), nullable=False),
        sa.Column("purpose_es", sa.Text(), nullable=False),
        sa.Column("with_police", sa.Boolean(), nullable=False),
        sa.Column("founded_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kind IN ('moral_voice', 'reconciliation', 'work')", name=op.f("ck_partners_circle_kind")),
        sa.ForeignKeyConstraint(["desk_id"], ["accounts_desk.id"], name=op.f("fk_partners_circle_desk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_circle")),
        sa.UniqueConstraint("desk_id", name=op.f("uq_partners_circle_desk_id")),
    )
    op.create_table(
        "partners_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("circle_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("desk_key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("(topic_id IS NULL) = (expires_on IS NOT NULL)", name=op.f("ck_partners_note_expires_on")),
        sa.ForeignKeyConstraint(["author_id"], ["accounts_member.id"], name=op.f("fk_partners_note_author_id")),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["partners_circle.id"], name=op.f("fk_partners_note_circle_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["desk_key_id"], ["accounts_desk_key.id"], name=op.f("fk_partners_note_desk_key_id")),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["partners_note.id"], name=op.f("fk_partners_note_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_note")),
    )
    with op.batch_alter_table("partners_note") as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_note_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_partners_note_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "partners_statement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("circle_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("edition", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("words_es", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["partners_circle.id"], name=op.f("fk_partners_statement_circle_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_statement")),
        sa.UniqueConstraint("circle_id", "edition", name=op.f("uq_partners_statement_circle_id_edition")),
    )
    op.create_table(
        "partners_membership",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("circle_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("invitation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role", sa.String(length=15), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("invited_on", sa.Date(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("agreed_to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("offered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("names_lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "role IN ('lead', 'facilitator', 'member', 'interpreter', 'observer')",
            name=op.f("ck_partners_membership_role"),
        ),
        sa.CheckConstraint(
            "joined_on IS NULL OR (member_id IS NOT NULL AND agreed_to_id IS NOT NULL)",
            name=op.f("ck_partners_membership_joined"),
        ),
        sa.CheckConstraint(
            "member_id IS NOT NULL OR invitation_id IS NOT NULL", name=op.f("ck_partners_membership_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["agreed_to_id"], ["partners_statement.id"], name=op.f("fk_partners_membership_agreed_to_id")
        ),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["partners_circle.id"], name=op.f("fk_partners_membership_circle_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["accounts_invitation.id"],
            name=op.f("fk_partners_membership_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["accounts_member.id"], name=op.f("fk_partners_membership_invited_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts_member.id"], name=op.f("fk_partners_membership_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["names_lead_id"], ["accounts_member.id"], name=op.f("fk_partners_membership_names_lead_id")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"], ["accounts_member.id"], name=op.f("fk_partners_membership_offered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_membership")),
        sa.UniqueConstraint("circle_id", "invitation_id", name=op.f("uq_partners_membership_circle_id_invitation_id")),
        sa.UniqueConstraint("circle_id", "member_id", name=op.f("uq_partners_membership_circle_id_member_id")),
    )
    with op.batch_alter_table("partners_membership") as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_membership_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_partners_membership_member_id"), ["member_id"], unique=False)


def downgrade() -> None:
    """Forget circles, and with them the keys that open what they wrote."""
    for name in TABLES:
        op.drop_table(f"partners_{name}")
    circles = "SELECT id FROM accounts_desk WHERE kind = 'circle'"
    keys = f"SELECT id FROM accounts_desk_key WHERE desk_id IN ({circles})"
    op.execute(f"DELETE FROM accounts_desk_key_copy WHERE desk_key_id IN ({keys})")
    for table in ("accounts_desk_key", "accounts_desk_member"):
        op.execute(f"DELETE FROM {table} WHERE desk_id IN ({circles})")
    op.execute("DELETE FROM accounts_desk WHERE kind = 'circle'")
    op.drop_index("uq_accounts_desk_kind", table_name="accounts_desk")
    with op.batch_alter_table("accounts_desk") as batch:
        batch.drop_constraint(op.f("ck_accounts_desk_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_accounts_desk_kind"), "kind IN ('triage', 'oversight')")
        batch.create_unique_constraint(op.f("uq_accounts_desk_kind"), ["kind"])
