"""What files of the library say; the search knows what came of meetings. Workers index everything anew afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BEFORE = ("place", "why_here", "call_in", "page", "guide", "meeting", "post")
KINDS = ("place", "why_here", "call_in", "page", "guide", "meeting", "came_of_it", "post")


def upgrade() -> None:
    """Files are read, and entries made, by the next worker."""
    with op.batch_alter_table("news_guide_file") as batch:
        batch.add_column(sa.Column("words", sa.Text(), nullable=True))
    _know(KINDS)


def downgrade() -> None:
    """Forget what files say; `flask search rebuild` fills the index."""
    _know(BEFORE)
    with op.batch_alter_table("news_guide_file") as batch:
        batch.drop_column("words")


def _know(kinds: tuple[str, ...]) -> None:
    """Let there be entries of these kinds, and none for now: their keys are made in another way."""
    op.execute("DELETE FROM home_search")
    with op.batch_alter_table("home_search") as batch:
        batch.drop_constraint(op.f("ck_home_search_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_home_search_kind"), f"kind IN {kinds!r}")
    if op.get_bind().dialect.name == "sqlite":
        # The table was made anew, without its trigger.
        op.execute(
            "CREATE TRIGGER home_search_gone AFTER DELETE ON home_search "
            "BEGIN DELETE FROM home_search_words WHERE rowid = old.id; END"
        )
