"""Which language of a call-in's texts is older, and who sat in which seat of a place since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = {
    "stale": (sa.Text(), ""),
    "original": (sa.String(length=2), "en"),
    "translation": (sa.String(length=10), "person"),
    "translated_by": (sa.String(length=80), ""),
    "reviewed_by": (sa.String(length=80), ""),
}
CHECKS = {"original": "original IN ('en', 'es')", "translation": "translation IN ('person', 'checked', 'machine')"}
SEATS = ("owner", "deputy", "sponsor", "community_lead")


def upgrade() -> None:
    """So far nothing is older; whoever has a seat has it since today, and what is noted since the day that is noted."""
    with op.batch_alter_table("markets_call_in") as batch:
        for name, (kind, value) in COLUMNS.items():
            batch.add_column(sa.Column(name, kind, nullable=False, server_default=value))
        for name, rule in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_markets_call_in_{name}"), rule)
    with op.batch_alter_table("markets_call_in") as batch:
        for name in COLUMNS:
            batch.alter_column(name, server_default=None)
    op.create_table(
        "markets_seat_taken",
        sa.Column("market_id", NUMBER, nullable=False),
        sa.Column("seat", sa.String(length=20), nullable=False),
        sa.Column("turn", NUMBER, nullable=False),
        sa.Column("member_id", NUMBER, nullable=True),
        sa.Column("is_filled", sa.Boolean(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.CheckConstraint(f"seat IN {SEATS!r}", name=op.f("ck_markets_seat_taken_seat")),
        sa.ForeignKeyConstraint(
            ["market_id"],
            ["markets_market.id"],
            name=op.f("fk_markets_seat_taken_market_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts_member.id"], name=op.f("fk_markets_seat_taken_member_id")
        ),
        sa.PrimaryKeyConstraint("market_id", "seat", "turn", name=op.f("pk_markets_seat_taken")),
    )
    for seat in ("owner", "deputy"):
        op.execute(
            "INSERT INTO markets_seat_taken (market_id, seat, turn, member_id, is_filled, since_on) "
            f"SELECT id, '{seat}', 1, {seat}_id, true, CURRENT_DATE FROM markets_market WHERE {seat}_id IS NOT NULL"
        )
    op.execute(
        "INSERT INTO markets_seat_taken (market_id, seat, turn, is_filled, since_on) "
        "SELECT market_id, item, 1, true, COALESCE(done_on, CURRENT_DATE) FROM markets_evidence "
        "WHERE state = 'done' AND item IN ('sponsor', 'community_lead')"
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_table("markets_seat_taken")
    with op.batch_alter_table("markets_call_in") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_markets_call_in_{name}"), type_="check")
        for name in COLUMNS:
            batch.drop_column(name)
