"""How members are reminded of days, and that they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    """A column for numbers and ids."""
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def to(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    """A foreign key with the name that it must have."""
    more = {"ondelete": ondelete} if ondelete else {}
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), **more)


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    """A condition with the name that it must have."""
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    """Nothing is moved: until somebody chooses, it is mail."""
    op.create_table(
        "accounts_wording",
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_accounts_wording")),
    )
    op.create_table(
        "accounts_reach",
        whole("member_id"),
        sa.Column("way", sa.String(length=4), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("contact_hash", sa.String(length=64), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("wording", sa.String(length=16), nullable=True),
        sa.Column("proved_on", sa.Date(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        check("accounts_reach", "way", "way IN ('mail', 'text', 'none')"),
        check("accounts_reach", "contact", "(contact IS NULL) = (contact_hash IS NULL)"),
        check("accounts_reach", "agreed", "(contact IS NULL) = (agreed_on IS NULL)"),
        check("accounts_reach", "wording", "(agreed_on IS NULL) = (wording IS NULL)"),
        check("accounts_reach", "proved", "way <> 'text' OR proved_on IS NOT NULL"),
        check("accounts_reach", "whose", "proved_on IS NULL OR contact IS NOT NULL"),
        to("accounts_reach", "member_id", "accounts_member.id", "CASCADE"),
        to("accounts_reach", "wording", "accounts_wording.version"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_accounts_reach")),
    )
    op.create_index(op.f("ix_accounts_reach_contact_hash"), "accounts_reach", ["contact_hash"])
    op.create_table(
        "accounts_reminded",
        whole("id"),
        whole("member_id"),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("nearness", sa.String(length=4), nullable=False),
        whole("parcel_id", nullable=True),
        check("accounts_reminded", "nearness", "nearness IN ('week', 'eve', 'late')"),
        to("accounts_reminded", "member_id", "accounts_member.id", "CASCADE"),
        to("accounts_reminded", "parcel_id", "core_outbox.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_reminded")),
        sa.UniqueConstraint(
            "member_id",
            "about",
            "due_on",
            "nearness",
            name=op.f("uq_accounts_reminded_member_id_about_due_on_nearness"),
        ),
    )
    for column in ("about", "due_on", "parcel_id"):
        op.create_index(op.f(f"ix_accounts_reminded_{column}"), "accounts_reminded", [column])


def downgrade() -> None:
    """Forget them."""
    for name in ("reminded", "reach", "wording"):
        op.drop_table(f"accounts_{name}")
