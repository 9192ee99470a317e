"""A desk for property and cleanup; legal holds on reports; demands for records and the files made for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0144"
down_revision = "0143"
branch_labels = None
depends_on = None

KINDS = ("triage", "oversight", "team", "police", "outreach", "circle")
KINDS_NOW = ("triage", "oversight", "team", "police", "outreach", "property", "circle")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TARGETS = ("team", "police", "outreach")


def upgrade() -> None:
    _set_check("accounts_desk", "kind", f"kind IN {KINDS_NOW!r}")
    _set_check("reports_referral", "passed_to", f"passed_to IN {(*TARGETS, 'property')!r}")
    _set_check("reports_referral", "place", "passed_to IN ('outreach', 'property') OR market_id IS NOT NULL")
    with op.batch_alter_table("reports_referral") as batch:
        batch.create_check_constraint(
            op.f("ck_reports_referral_property"), "passed_to <> 'property' OR category = 'property'"
        )
    _add_holds()
    _add_demands()


def _add_holds() -> None:
    op.create_table(
        "reports_hold",
        sa.Column("id", ID, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("market_id", ID, nullable=True),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("may_be_told", sa.Boolean(), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_reports_hold_days")),
        sa.ForeignKeyConstraint(["market_id"], ["markets_market.id"], name=op.f("fk_reports_hold_market_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports_hold")),
    )


def _add_demands() -> None:
    op.create_table(
        "home_demand",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("came_on", sa.Date(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("may_be_told", sa.Boolean(), nullable=False),
        sa.Column("ended_with", sa.String(12), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("handed", sa.JSON(), nullable=False),
        sa.Column("hold_id", ID, nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.CheckConstraint("kind IN ('court', 'agency', 'public')", name=op.f("ck_home_demand_kind")),
        sa.CheckConstraint(
            "ended_with IS NULL OR ended_with IN ('handed', 'partly', 'nothing', 'refused', 'withdrawn')",
            name=op.f("ck_home_demand_ended_with"),
        ),
        sa.CheckConstraint("(ended_with IS NULL) = (ended_on IS NULL)", name=op.f("ck_home_demand_ended_on")),
        sa.ForeignKeyConstraint(["hold_id"], ["reports_hold.id"], name=op.f("fk_home_demand_hold_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_demand")),
    )
    op.create_index(op.f("ix_home_demand_came_on"), "home_demand", ["came_on"])
    op.create_table(
        "home_demand_ledger",
        sa.Column("id", ID, nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_home_demand_ledger_only")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_demand_ledger")),
    )
    op.create_table(
        "home_handout",
        sa.Column("id", ID, nullable=False),
        sa.Column("demand_id", ID, nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by_id", ID, nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("lines", ID, nullable=False),
        sa.Column("left_out", ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["demand_id"], ["home_demand.id"], name=op.f("fk_home_handout_demand_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["accounts_member.id"], name=op.f("fk_home_handout_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_handout")),
    )
    op.create_index(op.f("ix_home_handout_demand_id"), "home_handout", ["demand_id"])


def downgrade() -> None:
    """Go back to before there was such a desk. What was passed on to it is lost, and so is every demand."""
    for table in ("home_handout", "home_demand_ledger", "home_demand", "reports_hold"):
        op.drop_table(table)
    op.execute("DELETE FROM reports_referral WHERE passed_to = 'property'")
    desks = "SELECT id FROM accounts_desk WHERE kind = 'property'"
    keys = f"SELECT id FROM accounts_desk_key WHERE desk_id IN ({desks})"
    op.execute(f"DELETE FROM accounts_desk_key_copy WHERE desk_key_id IN ({keys})")
    for table in ("accounts_desk_key", "accounts_desk_member", "accounts_begin_anew"):
        op.execute(f"DELETE FROM {table} WHERE desk_id IN ({desks})")
    op.execute("DELETE FROM accounts_desk WHERE kind = 'property'")
    with op.batch_alter_table("reports_referral") as batch:
        batch.drop_constraint(op.f("ck_reports_referral_property"), type_="check")
    _set_check("reports_referral", "place", "passed_to = 'outreach' OR market_id IS NOT NULL")
    _set_check("reports_referral", "passed_to", f"passed_to IN {TARGETS!r}")
    _set_check("accounts_desk", "kind", f"kind IN {KINDS!r}")


def _set_check(table: str, name: str, check: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), check)
