"""Who runs the site: one text of notices instead of eight facts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0162"
down_revision = "0161"
branch_labels = None
depends_on = None

GONE = (
    "press_phone press_email complaints_en complaints_es limits_en limits_es checked_on license security_email source_url"
).split()


def upgrade() -> None:
    with op.batch_alter_table("home_operator") as batch:
        batch.drop_constraint(op.f("ck_home_operator_license"), type_="check")
        for name in GONE:
            batch.drop_column(name)
        for name in ("notices_en", "notices_es"):
            batch.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("home_operator") as batch:
        batch.drop_column("notices_en")
        batch.drop_column("notices_es")
        batch.add_column(sa.Column("checked_on", sa.Date()))
        for name in GONE:
            if name != "checked_on":
                default = "CC-BY-4.0" if name == "license" else ""
                batch.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=default))
        batch.create_check_constraint(op.f("ck_home_operator_license"), "license IN ('CC-BY-4.0', 'CC0-1.0')")
