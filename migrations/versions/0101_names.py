"""The names of messages and of the cache's version; a kind of search result needs no migration any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
POINTING = ("accounts_reminded", "meetings_told")
KINDS = "kind IN ('place', 'why_here', 'call_in', 'page', 'guide', 'meeting', 'came_of_it', 'post')"
HOME_SEARCH_GONE = """CREATE TRIGGER home_search_gone AFTER DELETE ON home_search
    BEGIN DELETE FROM home_search_words WHERE rowid = old.id; END"""


def upgrade() -> None:
    _move_version("core_edition", "core_cache_version")
    for table in POINTING:
        _rename_pointer(table, "parcel_id", "message_id")
    # A worker fills the index again. Copying the table on SQLite loses its trigger.
    op.execute("DELETE FROM home_search")
    with op.batch_alter_table("home_search") as batch:
        batch.drop_constraint(op.f("ck_home_search_kind"), type_="check")
        batch.alter_column("kind", existing_type=sa.String(length=10), type_=sa.String(length=40), existing_nullable=False)
    _bring_trigger_back()


def downgrade() -> None:
    op.execute("DELETE FROM home_search")
    with op.batch_alter_table("home_search") as batch:
        batch.alter_column("kind", existing_type=sa.String(length=40), type_=sa.String(length=10), existing_nullable=False)
        batch.create_check_constraint(op.f("ck_home_search_kind"), KINDS)
    _bring_trigger_back()
    for table in POINTING:
        _rename_pointer(table, "message_id", "parcel_id")
    _move_version("core_cache_version", "core_edition")


def _bring_trigger_back() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER IF EXISTS home_search_gone")
        op.execute(HOME_SEARCH_GONE)


def _move_version(old: str, new: str) -> None:
    op.create_table(
        new,
        sa.Column("id", ID, nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{new}")),
    )
    op.execute(f"INSERT INTO {new} (id, number) SELECT id, number FROM {old}")
    op.drop_table(old)


def _rename_pointer(table: str, old: str, new: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"fk_{table}_{old}"), type_="foreignkey")
        batch.drop_index(op.f(f"ix_{table}_{old}"))
        batch.alter_column(old, new_column_name=new, existing_type=ID)
    with op.batch_alter_table(table) as batch:
        batch.create_foreign_key(op.f(f"fk_{table}_{new}"), "core_outbox", [new], ["id"], ondelete="SET NULL")
        batch.create_index(op.f(f"ix_{table}_{new}"), [new])
