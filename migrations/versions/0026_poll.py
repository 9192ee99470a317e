"""Polls for a day in circles, their answers, and the dates of circles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = ("date", "poll_answer", "poll_guest", "poll_essential", "poll_slot", "poll")


def whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    """A column for numbers and ids."""
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def to(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    """A foreign key with the name that it must have."""
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), **({"ondelete": ondelete} if ondelete else {})
    )


def sealed() -> list[sa.Column[bytes] | sa.Column[int]]:
    """The columns of a sealed text."""
    return [
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        whole("desk_key_id"),
    ]


def moment(name: str) -> sa.Column[object]:
    """A moment."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    """Nothing is moved: circles had no polls."""
    op.create_table(
        "partners_poll",
        whole("id"),
        whole("circle_id"),
        whole("author_id"),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        whole("community_needed"),
        whole("agencies_needed"),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        whole("version"),
        *sealed(),
        sa.CheckConstraint("asked_on <= closes_on", name=op.f("ck_partners_poll_order")),
        sa.CheckConstraint("community_needed >= 0 AND agencies_needed >= 0", name=op.f("ck_partners_poll_needed")),
        to("partners_poll", "circle_id", "partners_circle", "CASCADE"),
        to("partners_poll", "author_id", "accounts_member"),
        to("partners_poll", "desk_key_id", "accounts_desk_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_poll")),
    )
    op.create_index(op.f("ix_partners_poll_circle_id"), "partners_poll", ["circle_id"])
    op.create_table(
        "partners_poll_slot",
        whole("id"),
        whole("poll_id"),
        whole("place"),
        moment("starts_at"),
        moment("ends_at"),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_partners_poll_slot_order")),
        to("partners_poll_slot", "poll_id", "partners_poll", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_poll_slot")),
        sa.UniqueConstraint("poll_id", "place", name=op.f("uq_partners_poll_slot_poll_id_place")),
    )
    op.create_table(
        "partners_poll_essential",
        whole("poll_id"),
        whole("member_id"),
        to("partners_poll_essential", "poll_id", "partners_poll", "CASCADE"),
        to("partners_poll_essential", "member_id", "accounts_member", "CASCADE"),
        sa.PrimaryKeyConstraint("poll_id", "member_id", name=op.f("pk_partners_poll_essential")),
    )
    op.create_table(
        "partners_poll_guest",
        whole("id"),
        whole("poll_id"),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("essential", sa.Boolean(), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("slip_hash", sa.String(length=64), nullable=False),
        *sealed(),
        sa.CheckConstraint("side IN ('agencies', 'community')", name=op.f("ck_partners_poll_guest_side")),
        to("partners_poll_guest", "poll_id", "partners_poll", "CASCADE"),
        to("partners_poll_guest", "desk_key_id", "accounts_desk_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_poll_guest")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_partners_poll_guest_link_hash")),
        sa.UniqueConstraint("slip_hash", name=op.f("uq_partners_poll_guest_slip_hash")),
    )
    op.create_index(op.f("ix_partners_poll_guest_poll_id"), "partners_poll_guest", ["poll_id"])
    op.create_table(
        "partners_poll_answer",
        whole("id"),
        whole("slot_id"),
        whole("member_id", nullable=True),
        whole("guest_id", nullable=True),
        sa.Column("choice", sa.String(length=5), nullable=False),
        sa.CheckConstraint("(member_id IS NULL) <> (guest_id IS NULL)", name=op.f("ck_partners_poll_answer_whose")),
        sa.CheckConstraint("choice IN ('yes', 'maybe', 'no')", name=op.f("ck_partners_poll_answer_choice")),
        to("partners_poll_answer", "slot_id", "partners_poll_slot", "CASCADE"),
        to("partners_poll_answer", "member_id", "accounts_member", "CASCADE"),
        to("partners_poll_answer", "guest_id", "partners_poll_guest", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_poll_answer")),
        sa.UniqueConstraint("slot_id", "member_id", name=op.f("uq_partners_poll_answer_slot_id_member_id")),
        sa.UniqueConstraint("slot_id", "guest_id", name=op.f("uq_partners_poll_answer_slot_id_guest_id")),
    )
    op.create_table(
        "partners_date",
        whole("id"),
        whole("circle_id"),
        whole("poll_id", nullable=True),
        moment("starts_at"),
        moment("ends_at"),
        sa.Column("uid", sa.String(length=120), nullable=False),
        whole("sequence"),
        sa.Column("called_off_on", sa.Date(), nullable=True),
        whole("version"),
        *sealed(),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_partners_date_order")),
        to("partners_date", "circle_id", "partners_circle", "CASCADE"),
        to("partners_date", "poll_id", "partners_poll", "SET NULL"),
        to("partners_date", "desk_key_id", "accounts_desk_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_date")),
        sa.UniqueConstraint("poll_id", name=op.f("uq_partners_date_poll_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_partners_date_uid")),
    )
    op.create_index(op.f("ix_partners_date_circle_id"), "partners_date", ["circle_id"])
    op.create_index(op.f("ix_partners_date_starts_at"), "partners_date", ["starts_at"])


def downgrade() -> None:
    """Forget them."""
    for name in TABLES:
        op.drop_table(f"partners_{name}")
