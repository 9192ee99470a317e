"""What a report is passed on as, and desks of those who receive it, with a seat for everybody whose role has one."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = "kind IN ('triage', 'oversight', 'circle')"
AFTER = "kind IN ('triage', 'oversight', 'team', 'police', 'outreach', 'circle')"
PASSED_BEFORE = "passed_to IS NULL OR passed_to IN ('team', 'property', 'outreach', 'oversight')"
PASSED_AFTER = "passed_to IS NULL OR passed_to IN ('team', 'police', 'property', 'outreach', 'oversight')"
CATEGORIES = "category IN ('selling', 'property', 'services', 'conduct', 'other', 'unsorted')"
DESKS = (
    ("team", "The team at the places", "El equipo de los lugares", ("organizer", "community_lead")),
    ("police", "Police liaison", "Enlace de la policía", ("police_liaison",)),
    ("outreach", "Outreach and services", "Apoyo en la calle y servicios", ("services",)),
)
RECEIVING = "kind IN ('team', 'police', 'outreach')"
DESK = sa.table("accounts_desk", *(sa.column(name) for name in ("id", "kind", "name_en", "name_es")))
SEAT = sa.table(
    "accounts_desk_member", sa.column("desk_id"), sa.column("member_id"), sa.column("since", sa.DateTime(timezone=True))
)
MEMBER = sa.table("accounts_member", sa.column("id"), sa.column("left_at"))
ROLE = sa.table("accounts_role_held", sa.column("member_id"), sa.column("role"))


def upgrade() -> None:
    """Nobody can open the new desks before one who sits there sets them up."""
    _allow(AFTER, PASSED_AFTER)
    for kind, en, es, roles in DESKS:
        _seat(kind, en, es, roles)
    _make_table()


def downgrade() -> None:
    """Passed to the police is what the earlier portal cannot say: it was passed to the team then."""
    op.drop_table("reports_referral")
    desks = f"SELECT id FROM accounts_desk WHERE {RECEIVING}"
    keys = f"SELECT id FROM accounts_desk_key WHERE desk_id IN ({desks})"
    op.execute(f"DELETE FROM accounts_desk_key_copy WHERE desk_key_id IN ({keys})")
    op.execute(f"DELETE FROM accounts_desk_key WHERE desk_id IN ({desks})")
    op.execute(f"DELETE FROM accounts_desk_member WHERE desk_id IN ({desks})")
    op.execute(f"DELETE FROM accounts_desk WHERE {RECEIVING}")
    op.execute("UPDATE reports_thread SET passed_to = 'team' WHERE passed_to = 'police'")
    _allow(BEFORE, PASSED_BEFORE)


def _allow(kinds: str, passed_to: str) -> None:
    with op.batch_alter_table("accounts_desk") as batch:
        batch.drop_constraint(op.f("ck_accounts_desk_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_accounts_desk_kind"), kinds)
    with op.batch_alter_table("reports_thread") as batch:
        batch.drop_constraint(op.f("ck_reports_thread_passed_to"), type_="check")
        batch.create_check_constraint(op.f("ck_reports_thread_passed_to"), passed_to)


def _seat(kind: str, en: str, es: str, roles: tuple[str, ...]) -> None:
    here = op.get_bind()
    held = sa.select(ROLE.c.member_id).join(MEMBER, MEMBER.c.id == ROLE.c.member_id)
    people = here.scalars(held.where(ROLE.c.role.in_(roles), MEMBER.c.left_at.is_(None)).distinct()).all()
    if not people:
        return
    desk_id, since = secrets.randbits(62) or 1, datetime.now(UTC)
    here.execute(sa.insert(DESK).values(id=desk_id, kind=kind, name_en=en, name_es=es))
    here.execute(sa.insert(SEAT), [{"desk_id": desk_id, "member_id": one, "since": since} for one in people])


def _make_table() -> None:
    op.create_table(
        "reports_referral",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("thread_id", NUMBER, nullable=False),
        sa.Column("passed_to", sa.String(length=20), nullable=False),
        sa.Column("desk_id", NUMBER, nullable=False),
        sa.Column("market_id", NUMBER, nullable=True),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("passed_on", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("acknowledged_by_id", NUMBER, nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("desk_key_id", NUMBER, nullable=False),
        sa.Column("key_for_desk", sa.LargeBinary(), nullable=False),
        sa.Column("receiver_key_id", NUMBER, nullable=False),
        sa.Column("key_for_receiver", sa.LargeBinary(), nullable=True),
        sa.Column("answer_box", sa.LargeBinary(), nullable=True),
        sa.Column("answer_desk_key_id", NUMBER, nullable=True),
        sa.Column("answer_key_for_desk", sa.LargeBinary(), nullable=True),
        sa.Column("answer_receiver_key_id", NUMBER, nullable=True),
        sa.Column("answer_key_for_receiver", sa.LargeBinary(), nullable=True),
        sa.Column("version", NUMBER, nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_reports_referral_{name}"))
            for name, condition in (
                ("passed_to", "passed_to IN ('team', 'police', 'outreach')"),
                ("category", f"{CATEGORIES} AND category <> 'conduct'"),
                ("place", "passed_to = 'outreach' OR market_id IS NOT NULL"),
                ("services", "passed_to <> 'outreach' OR category = 'services'"),
                ("acknowledged", "acknowledged_by_id IS NULL OR acknowledged_on IS NOT NULL"),
                ("answered", "(answered_on IS NULL) = (answer_box IS NULL)"),
                (
                    "over",
                    "(withdrawn_on IS NULL AND closed_on IS NULL)"
                    " OR (key_for_receiver IS NULL AND answer_key_for_receiver IS NULL)",
                ),
            )
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_reports_referral_{column}"))
            for column, target in (
                ("acknowledged_by_id", "accounts_member.id"),
                ("answer_desk_key_id", "accounts_desk_key.id"),
                ("answer_receiver_key_id", "accounts_desk_key.id"),
                ("desk_id", "accounts_desk.id"),
                ("desk_key_id", "accounts_desk_key.id"),
                ("market_id", "markets_market.id"),
                ("receiver_key_id", "accounts_desk_key.id"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["reports_thread.id"], name=op.f("fk_reports_referral_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports_referral")),
    )
    op.create_index(op.f("ix_reports_referral_thread_id"), "reports_referral", ["thread_id"])
    op.create_index(op.f("ix_reports_referral_desk_id"), "reports_referral", ["desk_id", "market_id"])
