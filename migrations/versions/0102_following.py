"""Followers, what they are told, and announcements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "following_follower",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=False),
        sa.Column("contact_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.CheckConstraint("channel IN ('text', 'mail')", name=op.f("ck_following_follower_channel")),
        sa.CheckConstraint("language IN ('en', 'es')", name=op.f("ck_following_follower_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_following_follower")),
        sa.UniqueConstraint("contact_hash", name=op.f("uq_following_follower_contact_hash")),
    )
    op.create_table(
        "following_wording",
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_following_wording")),
    )
    op.create_table(
        "following_notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("market_id", ID, nullable=True),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("words_es", sa.Text(), nullable=False),
        sa.Column("link_en", sa.Text(), nullable=False),
        sa.Column("link_es", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("send_before", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "audience IN ('place', 'meeting', 'meetings', 'safety')", name=op.f("ck_following_notice_audience")
        ),
        sa.CheckConstraint(
            "state IN ('sending', 'done', 'paused', 'recalled')", name=op.f("ck_following_notice_state")
        ),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets_market.id"], name=op.f("fk_following_notice_market_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_following_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_following_notice_key")),
    )
    op.create_index(op.f("ix_following_notice_created_at"), "following_notice", ["created_at"])
    op.create_index(op.f("ix_following_notice_market_id"), "following_notice", ["market_id"])
    op.create_index(op.f("ix_following_notice_state"), "following_notice", ["state"])
    op.create_table(
        "following_subscription",
        sa.Column("id", ID, nullable=False),
        sa.Column("follower_id", ID, nullable=False),
        sa.Column("about", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("market_id", ID, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("asked_how", sa.String(length=4), nullable=False),
        sa.Column("wording", sa.String(length=16), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(subject = 'place') = (market_id IS NOT NULL)", name=op.f("ck_following_subscription_place")
        ),
        sa.CheckConstraint("asked_how IN ('web', 'text')", name=op.f("ck_following_subscription_asked_how")),
        sa.CheckConstraint(
            "subject IN ('place', 'meetings', 'safety')", name=op.f("ck_following_subscription_subject")
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"],
            ["following_follower.id"],
            name=op.f("fk_following_subscription_follower_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets_market.id"], name=op.f("fk_following_subscription_market_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["wording"], ["following_wording.version"], name=op.f("fk_following_subscription_wording")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_following_subscription")),
        sa.UniqueConstraint("follower_id", "about", name=op.f("uq_following_subscription_follower_id_about")),
    )
    op.create_index(op.f("ix_following_subscription_asked_at"), "following_subscription", ["asked_at"])
    op.create_index(op.f("ix_following_subscription_market_id"), "following_subscription", ["market_id"])
    op.create_index(op.f("ix_following_subscription_subject"), "following_subscription", ["subject"])
    op.create_table(
        "following_announcement",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("market_id", ID, nullable=True),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("words_es", sa.Text(), nullable=False),
        sa.Column("send_before", MOMENT, nullable=False),
        sa.Column("wrote_id", ID, nullable=False),
        sa.Column("submitted_id", ID, nullable=True),
        sa.Column("approved_id", ID, nullable=True),
        sa.Column("notice_id", ID, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.CheckConstraint(
            "(subject = 'place') = (market_id IS NOT NULL)", name=op.f("ck_following_announcement_place")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'sending', 'paused', 'recalled')",
            name=op.f("ck_following_announcement_state"),
        ),
        sa.CheckConstraint(
            "subject IN ('place', 'meetings', 'safety')", name=op.f("ck_following_announcement_subject")
        ),
        sa.ForeignKeyConstraint(
            ["approved_id"], ["accounts_member.id"], name=op.f("fk_following_announcement_approved_id")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets_market.id"], name=op.f("fk_following_announcement_market_id")),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["following_notice.id"],
            name=op.f("fk_following_announcement_notice_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["submitted_id"], ["accounts_member.id"], name=op.f("fk_following_announcement_submitted_id")
        ),
        sa.ForeignKeyConstraint(["wrote_id"], ["accounts_member.id"], name=op.f("fk_following_announcement_wrote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_following_announcement")),
    )
    op.create_index(op.f("ix_following_announcement_market_id"), "following_announcement", ["market_id"])
    op.create_index(op.f("ix_following_announcement_updated_at"), "following_announcement", ["updated_at"])
    op.create_table(
        "following_delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("follower_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("attempts", ID, nullable=False),
        sa.Column("queued_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["follower_id"],
            ["following_follower.id"],
            name=op.f("fk_following_delivery_follower_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["core_outbox.id"], name=op.f("fk_following_delivery_message_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["following_notice.id"], name=op.f("fk_following_delivery_notice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_following_delivery")),
        sa.UniqueConstraint("notice_id", "follower_id", name=op.f("uq_following_delivery_notice_id_follower_id")),
    )
    op.create_index(op.f("ix_following_delivery_follower_id"), "following_delivery", ["follower_id"])
    op.create_index(op.f("ix_following_delivery_message_id"), "following_delivery", ["message_id"])


def downgrade() -> None:
    op.drop_table("following_delivery")
    op.drop_table("following_announcement")
    op.drop_table("following_subscription")
    op.drop_table("following_notice")
    op.drop_table("following_wording")
    op.drop_table("following_follower")
