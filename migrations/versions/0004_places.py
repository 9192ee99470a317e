"""Who looks after a place, the two keys of its gate, its call-in, evidence, signals and reviews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TEXTS = tuple(f"{name}_{lang}" for name in ("own_name", "services", "why_here") for lang in ("en", "es"))
BASELINE = {"usual_signals": "0.2", "slipping_signals": "1.2", "alarm_at": "2.5"}
EVIDENCE_ITEMS = (
    *(f"step_{number}" for number in range(1, 10)),
    *("sponsor", "community_lead", "training", "coordinator", "analyst"),
)


def upgrade() -> None:
    """What a place has besides, and the tables around it."""
    _change_places()
    _change_decisions()
    _add_gate()
    _add_call_in()
    _add_evidence()
    _add_watch()


def _change_places() -> None:
    with op.batch_alter_table("markets_market") as batch:
        for name in TEXTS:
            batch.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        for name, usual in BASELINE.items():
            batch.add_column(sa.Column(name, sa.Double(), nullable=False, server_default=usual))
        for name in ("owner_id", "deputy_id"):
            batch.add_column(sa.Column(name, KEY, nullable=True))
            batch.create_foreign_key(op.f(f"fk_markets_market_{name}"), "accounts_member", [name], ["id"])
        batch.add_column(sa.Column("version", KEY, nullable=False, server_default="1"))
        batch.create_check_constraint(
            op.f("ck_markets_market_two_people"), "owner_id IS NULL OR deputy_id IS NULL OR owner_id <> deputy_id"
        )
        batch.create_check_constraint(
            op.f("ck_markets_market_baseline"),
            "usual_signals > 0 AND slipping_signals > usual_signals AND alarm_at > 0",
        )
    with op.batch_alter_table("markets_market") as batch:
        for name in (*TEXTS, *BASELINE, "version"):
            batch.alter_column(name, server_default=None)


def _change_decisions() -> None:
    with op.batch_alter_table("markets_status_decision") as batch:
        batch.add_column(sa.Column("member_id", KEY, nullable=True))
        batch.create_foreign_key(
            op.f("fk_markets_status_decision_member_id"), "accounts_member", ["member_id"], ["id"]
        )
        batch.add_column(sa.Column("decided_at", MOMENT, nullable=True))
    # The day is all that is known of decisions so far.
    midnight = "since_on || ' 00:00:00.000000'" if op.get_bind().dialect.name == "sqlite" else "since_on"
    op.execute(f"UPDATE markets_status_decision SET decided_at = {midnight}")  # noqa: S608 - our own words
    with op.batch_alter_table("markets_status_decision") as batch:
        batch.alter_column("decided_at", existing_type=MOMENT, nullable=False)


def _add_gate() -> None:
    op.create_table(
        "markets_admission",
        sa.Column("market_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("by_id", KEY, nullable=True),
        sa.Column("admitted_at", MOMENT, nullable=False),
        _of_a_market("markets_admission"),
        _by_a_member("markets_admission", "member_id", ondelete="CASCADE"),
        _by_a_member("markets_admission", "by_id"),
        sa.PrimaryKeyConstraint("market_id", "member_id", name=op.f("pk_markets_admission")),
    )
    op.create_table(
        "markets_key_turned",
        sa.Column("id", KEY, nullable=False),
        sa.Column("market_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("turned_at", MOMENT, nullable=False),
        sa.CheckConstraint("key IN ('community_lead', 'police_liaison')", name=op.f("ck_markets_key_turned_key")),
        _of_a_market("markets_key_turned"),
        _by_a_member("markets_key_turned", "member_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markets_key_turned")),
        sa.UniqueConstraint("market_id", "key", name=op.f("uq_markets_key_turned_market_id_key")),
        sa.UniqueConstraint("market_id", "member_id", name=op.f("uq_markets_key_turned_market_id_member_id")),
    )


def _add_call_in() -> None:
    op.create_table(
        "markets_call_in",
        sa.Column("market_id", KEY, nullable=False),
        *(
            sa.Column(f"{name}_{lang}", sa.Text(), nullable=False)
            for name in ("message", "services", "tonight")
            for lang in ("en", "es")
        ),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", KEY, nullable=True),
        sa.Column("version", KEY, nullable=False),
        _of_a_market("markets_call_in"),
        _by_a_member("markets_call_in", "ended_by_id"),
        sa.PrimaryKeyConstraint("market_id", name=op.f("pk_markets_call_in")),
    )


def _add_evidence() -> None:
    op.create_table(
        "markets_evidence",
        sa.Column("id", KEY, nullable=False),
        sa.Column("market_id", KEY, nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.Column("version", KEY, nullable=False),
        sa.CheckConstraint(f"item IN {EVIDENCE_ITEMS!r}", name=op.f("ck_markets_evidence_item")),
        sa.CheckConstraint("state IN ('open', 'going', 'done')", name=op.f("ck_markets_evidence_state")),
        _of_a_market("markets_evidence"),
        _by_a_member("markets_evidence", "member_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markets_evidence")),
        sa.UniqueConstraint("market_id", "item", name=op.f("uq_markets_evidence_market_id_item")),
    )


def _add_watch() -> None:
    op.create_table(
        "markets_signal",
        sa.Column("id", KEY, nullable=False),
        sa.Column("market_id", KEY, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("corroborated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('report', 'team')", name=op.f("ck_markets_signal_kind")),
        _of_a_market("markets_signal"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markets_signal")),
        sa.UniqueConstraint(
            "market_id", "source", "week_on", name=op.f("uq_markets_signal_market_id_source_week_on")
        ),
    )
    op.create_table(
        "markets_outreach_week",
        sa.Column("market_id", KEY, nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        _of_a_market("markets_outreach_week"),
        sa.PrimaryKeyConstraint("market_id", "week_on", name=op.f("pk_markets_outreach_week")),
    )
    op.create_table(
        "markets_review",
        sa.Column("id", KEY, nullable=False),
        sa.Column("market_id", KEY, nullable=False),
        sa.Column("cause", sa.String(length=15), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_by_id", KEY, nullable=True),
        sa.CheckConstraint("cause IN ('weekly', 'cusum', 'two_sources')", name=op.f("ck_markets_review_cause")),
        sa.CheckConstraint("(signed_on IS NULL) = (signed_by_id IS NULL)", name=op.f("ck_markets_review_signed")),
        _of_a_market("markets_review"),
        _by_a_member("markets_review", "signed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markets_review")),
        sa.UniqueConstraint("market_id", "due_on", "cause", name=op.f("uq_markets_review_market_id_due_on_cause")),
    )


def _of_a_market(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["market_id"], ["markets_market.id"], name=op.f(f"fk_{table}_market_id"), ondelete="CASCADE"
    )


def _by_a_member(table: str, column: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["accounts_member.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete
    )


def downgrade() -> None:
    """Take the tables away, then what a place had besides."""
    for table in ("review", "outreach_week", "signal", "evidence", "call_in", "key_turned", "admission"):
        op.drop_table(f"markets_{table}")
    with op.batch_alter_table("markets_status_decision") as batch:
        batch.drop_constraint(op.f("fk_markets_status_decision_member_id"), type_="foreignkey")
        batch.drop_column("decided_at")
        batch.drop_column("member_id")
    with op.batch_alter_table("markets_market") as batch:
        batch.drop_constraint(op.f("ck_markets_market_two_people"), type_="check")
        batch.drop_constraint(op.f("ck_markets_market_baseline"), type_="check")
        for name in ("owner_id", "deputy_id"):
            batch.drop_constraint(op.f(f"fk_markets_market_{name}"), type_="foreignkey")
        for name in (*TEXTS, *BASELINE, "owner_id", "deputy_id", "version"):
            batch.drop_column(name)
