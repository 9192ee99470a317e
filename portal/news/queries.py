"""Which posts there are. The public sees those that `public_posts` lets through, and tags that one of them has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true

from portal.core.addresses import is_slug
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.i18n import language
from portal.core.lists import Leaf, Order, leaf
from portal.markets.audited import about_shown
from portal.markets.queries import may_be_known, may_be_shown
from portal.news.models import Post, PostTag
from portal.news.rules import State, alphabetical
from portal.news.tags import GuideTag, Tag

PAGE = 10
EDITOR_PAGE = 30
FEED = 20
LATEST = 3


def is_public() -> ColumnElement[bool]:
    """The condition for a post that the public may know of: its hour has come, and so has that of its place."""
    return and_(Post.published_at.is_not(None), Post.published_at <= now(), may_be_shown(Post.market_id))


def public_posts(*conditions: ColumnElement[bool]) -> Select[Post]:
    """The one way to posts that the public may know of."""
    return select(Post).where(is_public(), *conditions).order_by(Post.published_at.desc(), Post.id)


def latest_posts(most: int = LATEST, tag: Tag | None = None) -> Sequence[Post]:
    """The newest posts, all or those with a tag."""
    return _all(public_posts(_has(tag)).limit(most))


def posts_at(market_id: int) -> Sequence[Post]:
    """The newest posts about one place."""
    return _all(public_posts(Post.market_id == market_id).limit(PAGE))


def posts_after(slug: str | None = None, tag: Tag | None = None) -> Leaf[Post]:
    """The posts that are older than one, or the newest. Raises `NotFound` for one that the public may not know of."""
    shown = and_(is_public(), _has(tag))
    return leaf(Post, shown, Order(Post.published_at, Post.id, Post.slug), PAGE, slug)


def public_post(slug: str) -> Post:
    """One post, or `NotFound`."""
    if not is_slug(slug):
        raise NotFound
    return _one(public_posts(Post.slug == slug))


def public_tags() -> list[Tag]:
    """The tags of posts that the public may know of: one that only others have would tell what is being prepared."""
    # Asked tag by tag: there are few, and with each one post is enough.
    on_a_post = select(PostTag).join(Post, Post.id == PostTag.post_id).where(PostTag.tag_id == Tag.id, is_public())
    return _by_name(session.scalars(select(Tag).where(on_a_post.exists())).all())


def public_tag(slug: str) -> Tag:
    """One of these, or `NotFound`: the same for a tag that only hidden posts have and for one that never was."""
    found = select(Tag).where(Tag.slug == slug, _is_on(is_public())) if is_slug(slug) else None
    tag = session.scalars(found).one_or_none() if found is not None else None
    if tag is None:
        raise NotFound
    return tag


def team_tags(member_id: int) -> list[Tag]:
    """The tags that an editor may choose; not those that only posts about places hidden from them have."""
    on_a_guide = Tag.id.in_(select(GuideTag.tag_id))
    on_any_post = Tag.id.in_(select(PostTag.tag_id))
    return _by_name(
        session.scalars(
            select(Tag).where(or_(on_a_guide, ~on_any_post, _is_on(may_be_known(Post.market_id, member_id))))
        ).all()
    )


class Shelf(NamedTuple):
    """A page of the editors' list: these posts, whether there are more, and how many of each state there are."""

    posts: Sequence[Post]
    more: bool
    counts: dict[str, int]


def editable_posts(member_id: int, state: State | None = None, page: int = 1) -> Shelf:
    """Drafts and all others for the team; about hidden places only for who is admitted there.

    What waits for somebody comes first: drafts, then what will go out, then what is out.
    """
    mine = may_be_known(Post.market_id, member_id)
    rank = case((Post.published_at.is_(None), 0), (Post.published_at > now(), 1), else_=2)
    found = _all(
        select(Post)
        .where(mine, _is(state))
        .order_by(rank, func.coalesce(Post.published_at, Post.updated_at).desc(), Post.id)
        .offset((page - 1) * EDITOR_PAGE)
        .limit(EDITOR_PAGE + 1)
    )
    counts = {one.value: session.scalar(select(func.count(Post.id)).where(mine, _is(one))) or 0 for one in State}
    return Shelf(found[:EDITOR_PAGE], len(found) > EDITOR_PAGE, counts)


def editable_post(post_id: int, member_id: int, *, to_change: bool = False) -> Post:
    """One post for the team, or `NotFound`; `to_change` makes a second editor wait for the first."""
    found = select(Post).where(Post.id == post_id, may_be_known(Post.market_id, member_id))
    return _one(found.with_for_update(of=Post) if to_change else found)


def _is(state: State | None) -> ColumnElement[bool]:
    conditions = {
        None: true(),
        State.DRAFT: Post.published_at.is_(None),
        State.SCHEDULED: Post.published_at > now(),
        State.PUBLISHED: Post.published_at <= now(),
    }
    return conditions[state]


def _has(tag: Tag | None) -> ColumnElement[bool]:
    return true() if tag is None else Post.id.in_(select(PostTag.post_id).where(PostTag.tag_id == tag.id))


def _is_on(posts: ColumnElement[bool]) -> ColumnElement[bool]:
    return Tag.id.in_(select(PostTag.tag_id).join(Post, Post.id == PostTag.post_id).where(posts))


def _by_name(tags: Sequence[Tag]) -> list[Tag]:
    return sorted(tags, key=lambda tag: alphabetical(tag.name[language()]))


def about_shown_posts() -> ColumnElement[bool]:
    """The condition for an event of the audit log that tells of no post about a hidden place."""
    return about_shown("post", Post.id, Post.market_id)


def _all(found: Select[Post]) -> Sequence[Post]:
    return session.scalars(found).all()


def _one(found: Select[Post]) -> Post:
    post = session.scalars(found).one_or_none()
    if post is None:
        raise NotFound
    return post
