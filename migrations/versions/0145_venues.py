"""Saved venues, and the day on which somebody who comes asked the host a question."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0145"
down_revision = "0144"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = ("place", "access", "host")


def upgrade() -> None:
    op.create_table(
        "meetings_venue",
        sa.Column("id", ID, nullable=False),
        *(sa.Column(f"{name}_{lang}", sa.Text(), nullable=False) for name in TEXTS for lang in ("en", "es")),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", ID, nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations_organisation.id"],
            name=op.f("fk_meetings_venue_organisation_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_venue")),
    )
    op.create_index(op.f("ix_meetings_venue_organisation_id"), "meetings_venue", ["organisation_id"])
    op.add_column("meetings_rsvp", sa.Column("asked_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("meetings_rsvp", "asked_on")
    op.drop_table("meetings_venue")
