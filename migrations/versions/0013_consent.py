"""When and how a phone agreed to get answers, and in which words it was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UNKNOWN = "before 0013"


def upgrade() -> None:
    """Of phones so far it is known that they texted first, and not in which version of our words they were told."""
    op.create_table(
        "sms_wording",
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=4), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_sms_wording")),
    )
    op.execute(
        "INSERT INTO sms_wording (version, language, words) "
        f"SELECT '{UNKNOWN}', 'both', '' WHERE EXISTS (SELECT 1 FROM sms_route)"
    )
    with op.batch_alter_table("sms_route") as batch:
        batch.add_column(sa.Column("agreed_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("agreed_how", sa.String(length=12), nullable=True))
        batch.add_column(sa.Column("wording", sa.String(length=16), nullable=True))
        batch.create_foreign_key(op.f("fk_sms_route_wording"), "sms_wording", ["wording"], ["version"])
    # The way back lasts sixty days from the day of the text.
    began = "date(expires_on, '-60 days')" if op.get_bind().dialect.name == "sqlite" else "expires_on - 60"
    op.execute(f"UPDATE sms_route SET agreed_on = {began}, agreed_how = 'first_text', wording = '{UNKNOWN}'")
    with op.batch_alter_table("sms_route") as batch:
        batch.alter_column("agreed_on", existing_type=sa.Date(), nullable=False)
        batch.alter_column("agreed_how", existing_type=sa.String(length=12), nullable=False)
        batch.alter_column("wording", existing_type=sa.String(length=16), nullable=False)
        batch.create_check_constraint(
            op.f("ck_sms_route_agreed_how"), "agreed_how IN ('first_text', 'code_words', 'keyword')"
        )


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("sms_route") as batch:
        batch.drop_constraint(op.f("ck_sms_route_agreed_how"), type_="check")
        batch.drop_constraint(op.f("fk_sms_route_wording"), type_="foreignkey")
        for name in ("agreed_on", "agreed_how", "wording"):
            batch.drop_column(name)
    op.drop_table("sms_wording")
