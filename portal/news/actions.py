"""Writing, publishing and taking back posts."""

from __future__ import annotations

from portal.core.addresses import random_tail, slug
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.edition import publish_edition
from portal.core.errors import Refused
from portal.news.models import Draft, Post
from portal.news.rules import missing


def draft_post(draft: Draft, author_id: int) -> Post:
    """Begin a post; it may have gaps and nobody outside the team sees it."""
    moment = now()
    post = Post(author_id=author_id, created_at=moment, updated_at=moment)
    post.take(draft)
    session.add(post)
    session.flush()
    record("post.drafted", "post", post.id, author_id)
    return post


def edit_post(post: Post, draft: Draft, editor_id: int) -> None:
    """Change a post; a published one must stay whole in both languages. Raises `Refused`."""
    if post.is_published and missing(draft):
        raise Refused("post_gaps")
    post.take(draft)
    post.updated_at = now()
    record("post.edited", "post", post.id, editor_id)
    if post.is_published:
        publish_edition()


def publish_post(post: Post, editor_id: int) -> None:
    """Show it to everybody. Raises `Refused` while a language is not whole."""
    if missing(post):
        raise Refused("post_gaps")
    # Links that people kept from before it was taken back must work again.
    post.slug = post.slug or slug(post.title.en, random_tail())
    post.published_at = post.updated_at = now()
    record("post.published", "post", post.id, editor_id)
    publish_edition()


def take_back_post(post: Post, editor_id: int) -> None:
    """Make it a draft again; its page is gone."""
    post.published_at = None
    post.updated_at = now()
    record("post.taken_back", "post", post.id, editor_id)
    publish_edition()
