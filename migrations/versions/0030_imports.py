"""Files that are sent in, how they are read, what imports changed, and rings that workers draw."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
KINDS = "kind IN ('months', 'incidents')"
STATES = "state IN ('sent', 'asking', 'waiting', 'counted', 'failed')"
TABLES = ("upload_part", "upload", "import", "source")


def upgrade() -> None:
    op.create_table(
        "indicators_source",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("blocks", sa.LargeBinary(), nullable=True),
        sa.Column("block_count", ID, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_source")),
    )
    op.create_table(
        "indicators_import",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source_name", sa.String(length=80), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rows", ID, nullable=False),
        sa.Column("cells", ID, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("changes", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_indicators_import_kind")),
        sa.ForeignKeyConstraint(["member_id"], ["accounts_member.id"], name=op.f("fk_indicators_import_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_import")),
    )
    op.create_index(op.f("ix_indicators_import_member_id"), "indicators_import", ["member_id"])
    _create_uploads()
    with op.batch_alter_table("indicators_area") as batch:
        batch.add_column(sa.Column("ring_meters", ID, nullable=True))
    with op.batch_alter_table("indicators_figure") as batch:
        batch.add_column(sa.Column("import_id", ID, nullable=True))
        batch.create_foreign_key(
            op.f("fk_indicators_figure_import_id"), "indicators_import", ["import_id"], ["id"], ondelete="SET NULL"
        )
        batch.create_index(op.f("ix_indicators_figure_import_id"), ["import_id"])


def _create_uploads() -> None:
    op.create_table(
        "indicators_upload",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source_id", ID, nullable=True),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("progress", ID, nullable=False),
        sa.Column("taken_until", MOMENT, nullable=True),
        sa.Column("problem", sa.String(length=20), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("counted", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_indicators_upload_kind")),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_indicators_upload_progress")),
        sa.CheckConstraint(STATES, name=op.f("ck_indicators_upload_state")),
        sa.ForeignKeyConstraint(["member_id"], ["accounts_member.id"], name=op.f("fk_indicators_upload_member_id")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["indicators_source.id"], name=op.f("fk_indicators_upload_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_upload")),
    )
    op.create_index(op.f("ix_indicators_upload_member_id"), "indicators_upload", ["member_id"])
    op.create_index(op.f("ix_indicators_upload_sent_at"), "indicators_upload", ["sent_at"])
    op.create_table(
        "indicators_upload_part",
        sa.Column("upload_id", ID, nullable=False),
        sa.Column("part", ID, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["indicators_upload.id"],
            name=op.f("fk_indicators_upload_part_upload_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("upload_id", "part", name=op.f("pk_indicators_upload_part")),
    )


def downgrade() -> None:
    with op.batch_alter_table("indicators_figure") as batch:
        batch.drop_index(op.f("ix_indicators_figure_import_id"))
        batch.drop_constraint(op.f("fk_indicators_figure_import_id"), type_="foreignkey")
        batch.drop_column("import_id")
    with op.batch_alter_table("indicators_area") as batch:
        batch.drop_column("ring_meters")
    for table in TABLES:
        op.drop_table(f"indicators_{table}")
