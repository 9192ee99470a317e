"""Call-ins of circles: day and state open, everything else sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LISTS = ("item", "card", "offer")


def upgrade() -> None:
    op.create_table(
        "partners_call_in",
        sa.Column("id", ID, nullable=False),
        sa.Column("circle_id", ID, nullable=False),
        sa.Column("market_id", ID, nullable=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", ID, nullable=False),
        *_sealed("partners_call_in"),
        sa.CheckConstraint("state IN ('preparing', 'ready', 'ended', 'off')", name=op.f("ck_partners_call_in_state")),
        sa.CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name=op.f("ck_partners_call_in_ended")),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["partners_circle.id"], name=op.f("fk_partners_call_in_circle_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets_market.id"], name=op.f("fk_partners_call_in_market_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners_call_in")),
    )
    op.create_index(op.f("ix_partners_call_in_circle_id"), "partners_call_in", ["circle_id"])
    op.create_index(op.f("ix_partners_call_in_market_id"), "partners_call_in", ["market_id"])
    _create_list(
        "item",
        sa.Column("turn", ID, nullable=False),
        sa.Column("room", ID, nullable=False),
        sa.Column("minutes", ID, nullable=False),
        sa.CheckConstraint("room IN (1, 2)", name=op.f("ck_partners_call_in_item_room")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_partners_call_in_item_minutes")),
    )
    _create_list("card", sa.Column("turn", ID, nullable=False), sa.Column("version", ID, nullable=False))
    _create_list("offer", sa.Column("turn", ID, nullable=False))
    _create_list(
        "step",
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.UniqueConstraint("call_in_id", "step", name=op.f("uq_partners_call_in_step_call_in_id_step")),
        sa.CheckConstraint(
            "step IN ('first', 'thanks', 'day_30', 'day_60', 'day_90')", name=op.f("ck_partners_call_in_step_step")
        ),
    )
    for name in LISTS:
        table = f"partners_call_in_{name}"
        op.create_index(op.f(f"ix_{table}_call_in_id"), table, ["call_in_id"])


def downgrade() -> None:
    for name in ("step", *LISTS):
        op.drop_table(f"partners_call_in_{name}")
    op.drop_table("partners_call_in")


def _create_list(name: str, *columns: sa.Column[object] | sa.Constraint) -> None:
    table = f"partners_call_in_{name}"
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        sa.Column("call_in_id", ID, nullable=False),
        *columns,
        *_sealed(table),
        sa.ForeignKeyConstraint(
            ["call_in_id"], ["partners_call_in.id"], name=op.f(f"fk_{table}_call_in_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _sealed(table: str) -> tuple[sa.Column[object] | sa.Constraint, ...]:
    return (
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("desk_key_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["desk_key_id"], ["accounts_desk_key.id"], name=op.f(f"fk_{table}_desk_key_id")),
    )
