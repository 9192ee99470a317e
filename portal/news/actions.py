"""Writing posts, publishing them now or at an hour, and taking them back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from portal.core.addresses import random_tail, slug
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import Refused
from portal.markets.actions.places import publish_about
from portal.markets.audited import deleted_unseen
from portal.markets.queries import is_shown
from portal.news.models import Draft, Post
from portal.news.rules import State, is_ahead, missing


def draft_post(draft: Draft, author_id: int) -> Post:
    """Begin a post; it may have gaps and nobody outside the team sees it."""
    moment = now()
    post = Post(author_id=author_id, created_at=moment, updated_at=moment)
    post.take(draft)
    session.add(post)
    session.flush()
    record("post.drafted", "post", post.id, author_id)
    return post


def edit_post(post: Post, draft: Draft, editor_id: int, *, same: bool = False) -> None:
    """Change a post; one that is out or will go out by itself must stay whole in both languages. Raises `Refused`.

    `same`: the editor vouches that both languages say the same.
    """
    if post.is_published and missing(draft):
        raise Refused("post_gaps")
    before = post.market_id
    post.take(draft, same=same)
    post.updated_at = now()
    record("post.edited", "post", post.id, editor_id)
    if post.state is State.PUBLISHED:
        publish_about(before, post.market_id)


def delete_draft(post: Post, editor_id: int) -> None:
    """Erase what the public cannot read, for good. Raises `Refused` for anything else."""
    if post.is_published:
        raise Refused("post_not_draft")
    # With its row goes what hides its place; the log still has to.
    record("post.deleted" if is_shown(post.market_id) else deleted_unseen("post"), "post", post.id, editor_id)
    session.delete(post)
    session.flush()


def publish_post(post: Post, editor_id: int) -> None:
    """Show it to everybody. Raises `Refused` while a language is not whole."""
    _set_hour(post, now())
    post.awaited = False
    record("post.published", "post", post.id, editor_id)
    publish_about(post.market_id)


def schedule_post(post: Post, moment: datetime, editor_id: int) -> None:
    """Let it go out at `moment`, which may also move an hour that was set. Raises `Refused`."""
    if not is_ahead(moment, now()) or post.state is State.PUBLISHED:
        raise Refused("post_hour")
    _set_hour(post, moment)
    post.awaited = True
    record("post.scheduled", "post", post.id, editor_id)


def _set_hour(post: Post, moment: datetime) -> None:
    if missing(post):
        raise Refused("post_gaps")
    # Links that people kept from before it was taken back must work again.
    post.slug = post.slug or slug(post.title.en, random_tail())
    post.published_at, post.updated_at = moment, now()


def take_back_post(post: Post, editor_id: int) -> None:
    """Make it a draft again, out or not yet; if it had a page, that is gone."""
    was_out = post.state is State.PUBLISHED
    post.published_at = None
    post.awaited = False
    post.updated_at = now()
    record("post.taken_back", "post", post.id, editor_id)
    if was_out:
        publish_about(post.market_id)


def release_due_posts() -> int:
    """Empty the kept pages for posts whose hour has come; how many there were. Safe to run twice.

    Nobody waits for this: every query compares the hour itself. It only makes pages that were put together before
    the hour void at once instead of within a minute.
    """
    due = update(Post).where(Post.awaited, Post.published_at <= now()).values(awaited=False)
    rows = session.execute(due.returning(Post.id, Post.market_id).execution_options(synchronize_session=False)).all()
    for row in rows:
        record("post.went_out", "post", row.id, None)
    publish_about(*(row.market_id for row in rows))
    return len(rows)
