"""Which posts there are. The public sees those that `public_posts` lets through, and no others."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select

from portal.core.addresses import is_slug
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import NotFound
from portal.markets.queries import may_be_shown
from portal.news.models import Post

PAGE = 10
FEED = 20
LATEST = 3


def public_posts(*conditions: ColumnElement[bool]) -> Select[Post]:
    """The one way to posts that the public may know of: published, about no place or about a released one."""
    return (
        select(Post)
        .where(Post.published_at.is_not(None), Post.published_at <= now(), may_be_shown(Post.market_id), *conditions)
        .order_by(Post.published_at.desc())
    )


def latest_posts(most: int = LATEST) -> Sequence[Post]:
    """The newest posts."""
    return _all(public_posts().limit(most))


def posts_at(market_id: int) -> Sequence[Post]:
    """The newest posts about one place."""
    return _all(public_posts(Post.market_id == market_id).limit(PAGE))


def posts_page(page: int) -> tuple[Sequence[Post], bool]:
    """A page of posts, the newest first, and whether there is more. Raises `NotFound` beyond the end."""
    # Only what the order needs is read of the posts before this page.
    these = public_posts().with_only_columns(Post.id).offset((page - 1) * PAGE).limit(PAGE + 1)
    found = _all(public_posts(Post.id.in_(session.scalars(these).all())))
    if page > 1 and not found:
        raise NotFound
    return found[:PAGE], len(found) > PAGE


def public_post(slug: str) -> Post:
    """One post, or `NotFound`."""
    if not is_slug(slug):
        raise NotFound
    return _one(public_posts(Post.slug == slug))


def editable_posts() -> Sequence[Post]:
    """Drafts and all others for the team, the latest first; none about hidden places, to which nobody is admitted."""
    return _all(select(Post).where(may_be_shown(Post.market_id)).order_by(Post.updated_at.desc()))


def editable_post(post_id: int, *, to_change: bool = False) -> Post:
    """One post for the team, or `NotFound`; `to_change` makes a second editor wait for the first."""
    found = select(Post).where(Post.id == post_id, may_be_shown(Post.market_id))
    return _one(found.with_for_update(of=Post) if to_change else found)


def _all(found: Select[Post]) -> Sequence[Post]:
    return session.scalars(found).all()


def _one(found: Select[Post]) -> Post:
    post = session.scalars(found).one_or_none()
    if post is None:
        raise NotFound
    return post
