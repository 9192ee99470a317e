"""A desk for property and cleanup, which reads what is passed on to it."""

from __future__ import annotations

from alembic import op

revision = "0144"
down_revision = "0142"
branch_labels = None
depends_on = None

KINDS = ("triage", "oversight", "team", "police", "outreach", "circle")
KINDS_NOW = ("triage", "oversight", "team", "police", "outreach", "property", "circle")
TARGETS = ("team", "police", "outreach")


def upgrade() -> None:
    _set_check("accounts_desk", "kind", f"kind IN {KINDS_NOW!r}")
    _set_check("reports_referral", "passed_to", f"passed_to IN {(*TARGETS, 'property')!r}")
    _set_check("reports_referral", "place", "passed_to IN ('outreach', 'property') OR market_id IS NOT NULL")
    with op.batch_alter_table("reports_referral") as batch:
        batch.create_check_constraint(
            op.f("ck_reports_referral_property"), "passed_to <> 'property' OR category = 'property'"
        )


def downgrade() -> None:
    """Go back to before there was such a desk. What was passed on to it is lost."""
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
