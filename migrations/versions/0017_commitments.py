"""Promises, what happened to them, and residents' answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The ledger, and the counts of slips."""
    op.create_table(
        "commitments_hearing",
        sa.Column("id", KEY, nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_es", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("author_id", KEY, nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_commitments_hearing_order")),
        sa.ForeignKeyConstraint(["author_id"], ["accounts_member.id"], name=op.f("fk_commitments_hearing_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments_hearing")),
    )
    op.create_table(
        "commitments_commitment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=True),
        sa.Column("office_id", KEY, nullable=True),
        sa.Column("market_id", KEY, nullable=True),
        sa.Column("what_en", sa.Text(), nullable=False),
        sa.Column("what_es", sa.Text(), nullable=False),
        sa.Column("made_at_en", sa.Text(), nullable=False),
        sa.Column("made_at_es", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("first_due_on", sa.Date(), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=True),
        sa.Column("judged_on", sa.Date(), nullable=True),
        sa.Column("origin", sa.String(length=60), nullable=True),
        sa.Column("author_id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", KEY, nullable=False),
        sa.Column("stale", sa.Text(), nullable=False),
        sa.Column("original", sa.String(length=2), nullable=False),
        sa.Column("translation", sa.String(length=10), nullable=False),
        sa.Column("translated_by", sa.String(length=80), nullable=False),
        sa.Column("reviewed_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("original IN ('en', 'es')", name=op.f("ck_commitments_commitment_original")),
        sa.CheckConstraint(
            "translation IN ('person', 'checked', 'machine')", name=op.f("ck_commitments_commitment_translation")
        ),
        sa.CheckConstraint("verdict IN ('kept', 'broken')", name=op.f("ck_commitments_commitment_verdict")),
        sa.CheckConstraint("(verdict IS NULL) = (judged_on IS NULL)", name=op.f("ck_commitments_commitment_judged")),
        sa.CheckConstraint(
            "published_at IS NULL OR (slug IS NOT NULL AND due_on IS NOT NULL)",
            name=op.f("ck_commitments_commitment_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts_member.id"], name=op.f("fk_commitments_commitment_author_id")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets_market.id"], name=op.f("fk_commitments_commitment_market_id")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["organisations_office.id"], name=op.f("fk_commitments_commitment_office_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments_commitment")),
        sa.UniqueConstraint("origin", name=op.f("uq_commitments_commitment_origin")),
        sa.UniqueConstraint("slug", name=op.f("uq_commitments_commitment_slug")),
    )
    op.create_index(op.f("ix_commitments_commitment_due_on"), "commitments_commitment", ["due_on", "id"], unique=False)
    op.create_index(op.f("ix_commitments_commitment_market_id"), "commitments_commitment", ["market_id"], unique=False)
    op.create_index(op.f("ix_commitments_commitment_office_id"), "commitments_commitment", ["office_id"], unique=False)
    op.create_index(
        op.f("ix_commitments_commitment_published_at"), "commitments_commitment", ["published_at"], unique=False
    )
    op.create_table(
        "commitments_slip",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("hearing_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["hearing_id"], ["commitments_hearing.id"], name=op.f("fk_commitments_slip_hearing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_commitments_slip")),
    )
    op.create_index(op.f("ix_commitments_slip_hearing_id"), "commitments_slip", ["hearing_id"], unique=False)
    op.create_table(
        "commitments_entry",
        sa.Column("id", KEY, nullable=False),
        sa.Column("commitment_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_es", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("due_before", sa.Date(), nullable=True),
        sa.Column("due_after", sa.Date(), nullable=True),
        sa.Column("by_id", KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('made', 'moved', 'reworded', 'planned', 'reached', 'evidence', 'claimed', 'kept', 'broken', 'reopened')",
            name=op.f("ck_commitments_entry_step"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["accounts_member.id"], name=op.f("fk_commitments_entry_by_id")),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitments_commitment.id"],
            name=op.f("fk_commitments_entry_commitment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments_entry")),
        sa.UniqueConstraint("commitment_id", "position", name=op.f("uq_commitments_entry_commitment_id_position")),
    )
    op.create_table(
        "commitments_item",
        sa.Column("hearing_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("commitment_id", KEY, nullable=False),
        sa.Column("kept", KEY, nullable=False),
        sa.Column("partly", KEY, nullable=False),
        sa.Column("broken", KEY, nullable=False),
        sa.Column("unsure", KEY, nullable=False),
        sa.CheckConstraint("broken >= 0", name=op.f("ck_commitments_item_broken")),
        sa.CheckConstraint("kept >= 0", name=op.f("ck_commitments_item_kept")),
        sa.CheckConstraint("partly >= 0", name=op.f("ck_commitments_item_partly")),
        sa.CheckConstraint("unsure >= 0", name=op.f("ck_commitments_item_unsure")),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitments_commitment.id"],
            name=op.f("fk_commitments_item_commitment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["hearing_id"], ["commitments_hearing.id"], name=op.f("fk_commitments_item_hearing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hearing_id", "position", name=op.f("pk_commitments_item")),
        sa.UniqueConstraint("hearing_id", "commitment_id", name=op.f("uq_commitments_item_hearing_id_commitment_id")),
    )
    op.create_index(op.f("ix_commitments_item_commitment_id"), "commitments_item", ["commitment_id"], unique=False)
    op.create_table(
        "commitments_milestone",
        sa.Column("id", KEY, nullable=False),
        sa.Column("commitment_id", KEY, nullable=False),
        sa.Column("what_en", sa.Text(), nullable=False),
        sa.Column("what_es", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitments_commitment.id"],
            name=op.f("fk_commitments_milestone_commitment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments_milestone")),
    )
    op.create_index(
        op.f("ix_commitments_milestone_commitment_id"), "commitments_milestone", ["commitment_id"], unique=False
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_index(op.f("ix_commitments_milestone_commitment_id"), table_name="commitments_milestone")
    op.drop_table("commitments_milestone")
    op.drop_index(op.f("ix_commitments_item_commitment_id"), table_name="commitments_item")
    op.drop_table("commitments_item")
    op.drop_table("commitments_entry")
    op.drop_index(op.f("ix_commitments_slip_hearing_id"), table_name="commitments_slip")
    op.drop_table("commitments_slip")
    op.drop_index(op.f("ix_commitments_commitment_published_at"), table_name="commitments_commitment")
    op.drop_index(op.f("ix_commitments_commitment_office_id"), table_name="commitments_commitment")
    op.drop_index(op.f("ix_commitments_commitment_market_id"), table_name="commitments_commitment")
    op.drop_index(op.f("ix_commitments_commitment_due_on"), table_name="commitments_commitment")
    op.drop_table("commitments_commitment")
    op.drop_table("commitments_hearing")
