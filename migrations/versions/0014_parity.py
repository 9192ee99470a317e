"""Which language of a place is older, and who translated it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = {
    "stale": (sa.Text(), ""),
    "original": (sa.String(length=2), "en"),
    "translation": (sa.String(length=10), "person"),
    "translated_by": (sa.String(length=80), ""),
    "reviewed_by": (sa.String(length=80), ""),
}
CHECKS = {"original": "original IN ('en', 'es')", "translation": "translation IN ('person', 'checked', 'machine')"}


def upgrade() -> None:
    """So far nothing is older, and English was first."""
    with op.batch_alter_table("markets_market") as batch:
        for name, (kind, value) in COLUMNS.items():
            batch.add_column(sa.Column(name, kind, nullable=False, server_default=value))
        for name, rule in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_markets_market_{name}"), rule)
    with op.batch_alter_table("markets_market") as batch:
        for name in COLUMNS:
            batch.alter_column(name, server_default=None)


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("markets_market") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_markets_market_{name}"), type_="check")
        for name in COLUMNS:
            batch.drop_column(name)
