"""Sessions of reconciliation: plans, ground rules, suggestions, themes, lines, acknowledgements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a session is, and what is kept of it."""
    op.create_table(
        "partners_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("circle_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("component", sa.String(length=10), nullable=False),
        sa.Column("purpose_en", sa.Text(), nullable=False),
        sa.Column("purpose_es", sa.Text(), nullable=False),
        sa.Column("community_on", sa.Date(), nullable=False),
        sa.Column("agencies_on", sa.Date(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("report_on", sa.Date(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("facilitator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("desk_key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "component IN ('harm', 'listening', 'facts', 'change')", name=op.f("ck_partners_session_component")
        ),
        sa.CheckConstraint(
            "community_on < held_on AND agencies_on < held_on AND held_on < report_on",
            name=op.f("ck_partners_session_days"),
        ),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["partners_circle.id"], name=op.f("fk_partners_session_circle_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["desk_key_id"], ["accounts_desk_key.id"], name=op.f("fk_partners_session_desk_key_id")
        ),
        sa.ForeignKeyConstraint(
            ["facilitator_id"], ["accounts_member.id"], name=op.f("fk_partners_session_facilitator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_session")),
    )
    with op.batch_alter_table("partners_session") as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_session_circle_id"), ["circle_id"], unique=False)

    op.create_table(
        "partners_acknowledgement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("slug", sa.String(length=80), nullable=True),
        sa.Column("office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("harm_en", sa.Text(), nullable=False),
        sa.Column("harm_es", sa.Text(), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("words_es", sa.Text(), nullable=False),
        sa.Column("spoken_on", sa.Date(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("answer_en", sa.Text(), nullable=False),
        sa.Column("answer_es", sa.Text(), nullable=False),
        sa.Column("answered_by_en", sa.Text(), nullable=False),
        sa.Column("answered_by_es", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(answered_on IS NULL) = (answer_en = '' AND answer_es = '')",
            name=op.f("ck_partners_acknowledgement_answer"),
        ),
        sa.CheckConstraint("published_on IS NULL OR slug IS NOT NULL", name=op.f("ck_partners_acknowledgement_whole")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["organisations_office.id"], name=op.f("fk_partners_acknowledgement_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["partners_session.id"],
            name=op.f("fk_partners_acknowledgement_session_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_acknowledgement")),
        sa.UniqueConstraint("slug", name=op.f("uq_partners_acknowledgement_slug")),
    )
    with op.batch_alter_table("partners_acknowledgement") as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_acknowledgement_session_id"), ["session_id"], unique=False)

    op.create_table(
        "partners_ground_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("edition", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("words_es", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["partners_session.id"],
            name=op.f("fk_partners_ground_rules_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_ground_rules")),
        sa.UniqueConstraint("session_id", "edition", name=op.f("uq_partners_ground_rules_session_id_edition")),
    )
    op.create_table(
        "partners_head_count",
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("present", sa.String(length=15), nullable=False),
        sa.Column("heads", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "present IN ('residents', 'faith', 'organizers', 'services', 'police', 'city', 'interpreters')",
            name=op.f("ck_partners_head_count_present"),
        ),
        sa.CheckConstraint("heads >= 0", name=op.f("ck_partners_head_count_heads")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["partners_session.id"], name=op.f("fk_partners_head_count_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "present", name=op.f("pk_partners_head_count")),
    )
    op.create_table(
        "partners_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("shown_en", sa.Text(), nullable=False),
        sa.Column("shown_es", sa.Text(), nullable=False),
        sa.Column("shown_by_en", sa.Text(), nullable=False),
        sa.Column("shown_by_es", sa.Text(), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("desk_key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "scope = 'public' OR (shown_en = '' AND shown_es = '')", name=op.f("ck_partners_line_shown")
        ),
        sa.CheckConstraint("scope IN ('circle', 'sides', 'public')", name=op.f("ck_partners_line_scope")),
        sa.ForeignKeyConstraint(["desk_key_id"], ["accounts_desk_key.id"], name=op.f("fk_partners_line_desk_key_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["partners_session.id"], name=op.f("fk_partners_line_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_line")),
    )
    with op.batch_alter_table("partners_line") as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_line_session_id"), ["session_id"], unique=False)

    op.create_table(
        "partners_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_es", sa.Text(), nullable=False),
        sa.Column("about_en", sa.Text(), nullable=False),
        sa.Column("about_es", sa.Text(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["partners_session.id"], name=op.f("fk_partners_notice_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_notice")),
        sa.UniqueConstraint("session_id", name=op.f("uq_partners_notice_session_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_partners_notice_slug")),
    )
    op.create_table(
        "partners_theme",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("desk_key_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("source IN ('asked', 'told')", name=op.f("ck_partners_theme_source")),
        sa.CheckConstraint("state IN ('drafted', 'approved', 'shared')", name=op.f("ck_partners_theme_state")),
        sa.ForeignKeyConstraint(["desk_key_id"], ["accounts_desk_key.id"], name=op.f("fk_partners_theme_desk_key_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["partners_session.id"], name=op.f("fk_partners_theme_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_theme")),
    )
    with op.batch_alter_table("partners_theme") as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_theme_session_id"), ["session_id"], unique=False)

    op.create_table(
        "partners_acceptance",
        sa.Column("rules_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts_member.id"], name=op.f("fk_partners_acceptance_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rules_id"], ["partners_ground_rules.id"], name=op.f("fk_partners_acceptance_rules_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rules_id", "member_id", name=op.f("pk_partners_acceptance")),
    )
    op.create_table(
        "partners_locked",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("theme_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("(kind = 'suggestion') = (week_on IS NOT NULL)", name=op.f("ck_partners_locked_week_on")),
        sa.CheckConstraint("kind IN ('suggestion', 'note', 'names')", name=op.f("ck_partners_locked_kind")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["partners_session.id"], name=op.f("fk_partners_locked_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["partners_theme.id"], name=op.f("fk_partners_locked_theme_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_locked")),
    )
    with op.batch_alter_table("partners_locked") as batch_op:
        batch_op.create_index(batch_op.f("ix_partners_locked_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_partners_locked_theme_id"), ["theme_id"], unique=False)

    op.create_table(
        "partners_locked_key",
        sa.Column("locked_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["locked_id"], ["partners_locked.id"], name=op.f("fk_partners_locked_key_locked_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts_member.id"], name=op.f("fk_partners_locked_key_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("locked_id", "member_id", name=op.f("pk_partners_locked_key")),
    )


def downgrade() -> None:
    """Forget sessions, and what was acknowledged with them."""
    op.drop_table("partners_locked_key")
    op.drop_table("partners_locked")
    op.drop_table("partners_acceptance")
    op.drop_table("partners_theme")
    op.drop_table("partners_notice")
    op.drop_table("partners_line")
    op.drop_table("partners_head_count")
    op.drop_table("partners_ground_rules")
    op.drop_table("partners_acknowledgement")
    op.drop_table("partners_session")
