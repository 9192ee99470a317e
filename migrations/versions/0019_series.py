"""Series of meetings and templates, and whether people take part in person, online or both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ANSWERED = ("starts_at", "ends_at", "report_back_on")
NEEDS = ("interpreter", "childcare", "food", "ride")
TEXTS = ("title", "purpose", "place", "access", "host", "report_back_by")
MODES = "mode IN ('in_person', 'online', 'hybrid')"
LINKS = "link_for IN ('everybody', 'coming')"


def upgrade() -> None:
    """What has an address for joining is held in both ways; a draft without one has not said."""
    with op.batch_alter_table("meetings_meeting") as batch:
        batch.add_column(sa.Column("mode", sa.String(length=10), nullable=True))
        batch.add_column(sa.Column("link_for", sa.String(length=10), nullable=False, server_default="everybody"))
    op.execute("UPDATE meetings_meeting SET mode = 'hybrid' WHERE online_url <> ''")
    op.execute("UPDATE meetings_meeting SET mode = 'in_person' WHERE online_url = '' AND state <> 'draft'")
    with op.batch_alter_table("meetings_meeting") as batch:
        batch.alter_column("link_for", existing_type=sa.String(length=10), server_default=None)
        batch.create_check_constraint(op.f("ck_meetings_meeting_mode"), MODES)
        batch.create_check_constraint(op.f("ck_meetings_meeting_link_for"), LINKS)
        _whole(batch, (*ANSWERED, "mode", *NEEDS))
    op.create_table(
        "meetings_series",
        *_pattern("meetings_series"),
        sa.Column("slug", sa.String(length=80), nullable=True),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("times", KEY, nullable=True),
        sa.Column("skips_holidays", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("market_id", KEY, nullable=True),
        sa.CheckConstraint("times BETWEEN 1 AND 60", name=op.f("ck_meetings_series_times")),
        sa.ForeignKeyConstraint(["market_id"], ["markets_market.id"], name=op.f("fk_meetings_series_market_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_meetings_series_slug")),
    )
    op.create_index(op.f("ix_meetings_series_market_id"), "meetings_series", ["market_id"])
    op.create_table(
        "meetings_occurrence",
        sa.Column("series_id", KEY, nullable=False),
        sa.Column("slot_on", sa.Date(), nullable=False),
        sa.Column("meeting_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meetings_series.id"], name=op.f("fk_meetings_occurrence_series_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings_meeting.id"], name=op.f("fk_meetings_occurrence_meeting_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("series_id", "slot_on", name=op.f("pk_meetings_occurrence")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_meetings_occurrence_meeting_id")),
    )
    op.create_table(
        "meetings_template",
        *_pattern("meetings_template"),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Each date stays as a meeting of its own."""
    op.drop_table("meetings_template")
    op.drop_table("meetings_occurrence")
    op.drop_index(op.f("ix_meetings_series_market_id"), "meetings_series")
    op.drop_table("meetings_series")
    with op.batch_alter_table("meetings_meeting") as batch:
        _whole(batch, (*ANSWERED, *NEEDS))
        batch.drop_constraint(op.f("ck_meetings_meeting_mode"), type_="check")
        batch.drop_constraint(op.f("ck_meetings_meeting_link_for"), type_="check")
        batch.drop_column("mode")
        batch.drop_column("link_for")


def _whole(batch, names: tuple[str, ...]) -> None:
    batch.drop_constraint(op.f("ck_meetings_meeting_whole"), type_="check")
    whole = " AND ".join(f"{name} IS NOT NULL" for name in names)
    batch.create_check_constraint(op.f("ck_meetings_meeting_whole"), f"state = 'draft' OR ({whole})")


def _pattern(table: str) -> list:
    """What series and templates both say."""
    texts = [sa.Column(f"{name}_{lang}", sa.Text(), nullable=False) for name in TEXTS for lang in ("en", "es")]
    needs = [sa.Column(need, sa.String(length=10), nullable=True) for need in NEEDS]
    rules = {
        "mode": MODES,
        "link_for": LINKS,
        "minutes": "minutes > 0",
        "report_back_days": "report_back_days >= 0",
        **{need: f"{need} IN ('yes', 'asked', 'no')" for need in NEEDS},
        "original": "original IN ('en', 'es')",
        "translation": "translation IN ('person', 'checked', 'machine')",
    }
    return [
        sa.Column("id", KEY, nullable=False),
        *texts,
        sa.Column("mode", sa.String(length=10), nullable=True),
        sa.Column("online_url", sa.String(length=300), nullable=False),
        sa.Column("link_for", sa.String(length=10), nullable=False),
        *needs,
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("minutes", KEY, nullable=True),
        sa.Column("report_back_days", KEY, nullable=True),
        sa.Column("capacity", KEY, nullable=True),
        sa.Column("reserved", KEY, nullable=False),
        sa.Column("close_hours", KEY, nullable=False),
        sa.Column("author_id", KEY, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale", sa.Text(), nullable=False),
        sa.Column("original", sa.String(length=2), nullable=False),
        sa.Column("translation", sa.String(length=10), nullable=False),
        sa.Column("translated_by", sa.String(length=80), nullable=False),
        sa.Column("reviewed_by", sa.String(length=80), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()),
        sa.ForeignKeyConstraint(["author_id"], ["accounts_member.id"], name=op.f(f"fk_{table}_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
