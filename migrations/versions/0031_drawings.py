"""Drawings of what is published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "indicators_drawing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("form", sa.String(length=6), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("form IN ('narrow', 'wide', 'paper')", name=op.f("ck_indicators_drawing_form")),
        sa.CheckConstraint("lang IN ('en', 'es')", name=op.f("ck_indicators_drawing_lang")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_drawing")),
        sa.UniqueConstraint(
            *("digest", "slug", "measure", "lang", "form"),
            name=op.f("uq_indicators_drawing_digest_slug_measure_lang_form"),
        ),
    )


def downgrade() -> None:
    op.drop_table("indicators_drawing")
