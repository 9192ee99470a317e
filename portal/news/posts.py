"""News posts and tags: publication rules, tables, queries, actions, the job for scheduled posts, and texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import Base, Leaf, added, db, leaf, numbered_page, one, random_id, session
from portal.core.i18n import Bilingual, bilingual, language
from portal.core.statuses import Refused
from portal.following.notices import NEWS_LASTS, SECOND_THOUGHTS, NewsAudience, NewsItem, in_both, link_to
from portal.markets.place_actions import publish_about
from portal.markets.places import Market, may_be_known, may_be_shown, new_slug
from portal.markets.publishing import PublicationAtPlace
from portal.markets.status import missing


class PostState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"


def alphabetical(name: str) -> tuple[str, str]:
    """Return a sort key for names in dictionary order: «¿Funciona?» stands under F and «Útil» under U."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in plain if sign.isalnum() or sign == " ").strip(), name


class Tag(Base):
    __tablename__ = "news_tag"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[Bilingual] = bilingual("name")


class GuideTag(Base):
    __tablename__ = "news_guide_tag"

    guide_id: Mapped[int] = mapped_column(sa.ForeignKey("news_guide.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("news_tag.id", ondelete="CASCADE"), primary_key=True, index=True)


class PostTag(Base):
    __tablename__ = "news_post_tag"

    post_id: Mapped[int] = mapped_column(sa.ForeignKey("news_post.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("news_tag.id", ondelete="CASCADE"), primary_key=True, index=True)


class Post(PublicationAtPlace, Base):
    """A post, public from `published_at` on, which may lie in the future. `body` is Markdown without HTML."""

    __tablename__ = "news_post"
    __table_args__ = (
        # A covering index: the lists need only the publication time and the market.
        sa.Index("ix_news_post_published_at_market_id", "published_at", "market_id"),
    )
    PARITY = ("title", "summary", "body")

    slug: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    """The slug, assigned at the first publication and kept afterwards."""
    title: Mapped[Bilingual] = bilingual("title", encrypted=True)
    summary: Mapped[Bilingual] = bilingual("summary", encrypted=True)
    body: Mapped[Bilingual] = bilingual("body", encrypted=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_member.id"))
    awaited: Mapped[bool] = mapped_column(default=False)
    """Whether publication is scheduled and the page cache not yet invalidated for it. Not used for visibility."""

    tags: Mapped[list[Tag]] = relationship(secondary="news_post_tag", lazy="selectin")

    @property
    def state(self) -> PostState:
        """Its state now; it is published from the exact moment that was set."""
        if self.published_at is None:
            return PostState.DRAFT
        return PostState.SCHEDULED if self.is_scheduled else PostState.PUBLISHED

    @property
    def team_look(self) -> str:
        """The state as displayed to the team, which also sees posts that are not public yet."""
        return "waiting" if self.waits_for_place else self.state.value

    def tags_by_name(self) -> list[Tag]:
        return by_name(self.tags)

    def tag_names(self) -> list[str]:
        return [str(tag.name) for tag in self.tags_by_name()]


PAGE = 10
EDITOR_PAGE = 30
FEED = 20
LATEST = 3


def is_public() -> sa.ColumnElement[bool]:
    """Return the condition for public posts: published, and about no place or a released one."""
    return sa.and_(Post.published_at.is_not(None), Post.published_at <= now(), may_be_shown(Post.market_id))


def public_posts(*conditions: sa.ColumnElement[bool]) -> sa.Select[Post]:
    """Return the SELECT of public posts, newest first. Public queries start from it, or filter by `is_public`."""
    return sa.select(Post).where(is_public(), *conditions).order_by(Post.published_at.desc(), Post.id)


def latest_posts(most: int = LATEST) -> Sequence[Post]:
    return session.scalars(public_posts().limit(most)).all()


def posts_at(market_id: int) -> Sequence[Post]:
    return session.scalars(public_posts(Post.market_id == market_id).limit(PAGE)).all()


def posts_after(slug: str | None = None, tag: Tag | None = None) -> Leaf[Post]:
    """Return the page of public posts older than `slug`, or the newest. Raises `NotFound` if `slug` is not public."""
    tagged = [Post.tags.any(id=tag.id)] if tag else []
    return leaf(public_posts(*tagged), Post.slug, PAGE, slug)


def public_post(slug: str) -> Post:
    """Return a public post by its slug, or by the random end of it that is in short links. Raises `NotFound`."""
    return one(public_posts(sa.or_(Post.slug == slug, Post.slug.endswith(f"-{slug}", autoescape=True))))


def public_tags() -> list[Tag]:
    """Return the tags of public posts. A tag that only other posts have would reveal a subject in preparation."""
    return by_name(session.scalars(sa.select(Tag).where(_is_on(is_public()))))


def team_tags(member_id: int) -> list[Tag]:
    """Return the tags that an editor may choose, without those that only posts about places hidden from them have."""
    on_a_guide = Tag.id.in_(sa.select(GuideTag.tag_id))
    on_no_post = Tag.id.not_in(sa.select(PostTag.tag_id))
    tags = sa.select(Tag).where(sa.or_(on_a_guide, on_no_post, _is_on(may_be_known(Post.market_id, member_id))))
    return by_name(session.scalars(tags))


def editable_posts(member_id: int, page: int = 1) -> tuple[Sequence[Post], bool]:
    """Return a page of the posts that an editor may know of, and whether there are more; those that need work first."""
    seen = may_be_known(Post.market_id, member_id)
    rank = sa.case((Post.published_at.is_(None), 0), (Post.published_at > now(), 1), else_=2)
    newest = sa.func.coalesce(Post.published_at, Post.updated_at).desc()
    listed = sa.select(Post).where(seen).order_by(rank, newest, Post.id)
    return numbered_page(listed, page, EDITOR_PAGE)


def editable_post(post_id: int, member_id: int, *, to_change: bool = False) -> Post:
    return one(sa.select(Post).where(Post.id == post_id, may_be_known(Post.market_id, member_id)), to_change=to_change)


def _is_on(posts: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return the condition for tags that one of these posts has: one EXISTS per tag, since there are few tags."""
    return sa.exists().where(PostTag.tag_id == Tag.id, PostTag.post_id == Post.id, posts)


def by_name(tags: Iterable[Tag]) -> list[Tag]:
    return sorted(tags, key=lambda tag: alphabetical(tag.name[language()]))


def draft_post(values: Mapping[str, Any], author_id: int) -> Post:
    """Create an unpublished post; it may be incomplete, and only the team sees it."""
    post = added(Post(author_id=author_id, **values))
    record("post.drafted", "post", post.id, author_id)
    return post


def edit_post(post: Post, values: Mapping[str, Any], editor_id: int, *, same: bool = False) -> None:
    """Change a post. Raises `Refused` if a published or scheduled one would become incomplete in one language."""
    if post.is_published and missing({**post.texts, **values}, Post.PARITY):
        raise Refused("post_gaps")
    before = post.market_id
    post.take_values(values, same=same)
    post.updated_at = now()
    record("post.edited", "post", post.id, editor_id)
    if post.state is PostState.PUBLISHED:
        publish_about(before, post.market_id)


def publish_post(post: Post, editor_id: int) -> None:
    """Publish a post now. Raises `Refused` while a language is incomplete."""
    _set_hour(post, now())
    post.awaited = False
    record("post.published", "post", post.id, editor_id)
    publish_about(post.market_id)


def schedule_post(post: Post, moment: datetime, editor_id: int) -> None:
    """Schedule publication at `moment`, or reschedule it. Raises `Refused`."""
    if moment <= now() or post.state is PostState.PUBLISHED:
        raise Refused("post_hour")
    _set_hour(post, moment)
    post.awaited = True
    record("post.scheduled", "post", post.id, editor_id)


def _set_hour(post: Post, moment: datetime) -> None:
    if missing(post.texts, Post.PARITY):
        raise Refused("post_gaps")
    # Links saved before a withdrawal must work again.
    post.slug = post.slug or new_slug(post.title.en, post.market_id)
    post.published_at, post.updated_at = moment, now()


def take_back_post(post: Post, editor_id: int) -> None:
    """Withdraw a published or scheduled post: it becomes a draft again, and its page is gone."""
    was_out = post.state is PostState.PUBLISHED
    post.published_at = None
    post.awaited = False
    post.updated_at = now()
    record("post.taken_back", "post", post.id, editor_id)
    if was_out:
        publish_about(post.market_id)


def release_due_posts() -> None:
    """Renew the page cache at once when scheduled posts go out; what is visible, every query decides by itself."""
    due = sa.update(Post).where(Post.awaited, Post.published_at <= now()).values(awaited=False)
    rows = session.execute(due.returning(Post.id, Post.market_id).execution_options(synchronize_session=False)).all()
    for row in rows:
        record("post.went_out", "post", row.id, None)
    publish_about(*(row.market_id for row in rows))


def announce() -> None:
    with db.work():
        release_due_posts()


def news_of_places() -> Iterator[NewsItem]:
    """Yield the posts about places that became public lately, for followers; their titles stay out of texts."""
    first = now() - NEWS_LASTS
    released = sa.select(Market.id).where(Market.released_at > first)
    lately = sa.or_(Post.published_at > first, Post.market_id.in_(released))
    for post in session.scalars(public_posts(Post.market_id.is_not(None), lately)):
        since, market = post.public_since, post.market
        if since is None or market is None or not first < since <= now() - SECOND_THOUGHTS:
            continue
        words = in_both(partial(lambda place: str(_("There is news about %(place)s.", place=place)), market.name))
        # The whole slug is the English title in both languages.
        link = link_to("news.post", slug=(post.slug or "").rpartition("-")[2])
        yield NewsItem(f"post {post.id}", NewsAudience.PLACE, market.id, words, link, since + NEWS_LASTS)


NO_HOUR = _l("Please give the day and the time at which it goes out.")
HOUR_IS_PAST = _l("This time has passed already.")
NO_SUCH_HOUR = _l("The clocks change on that day: this hour does not exist.")
AUDITED = {
    "post.drafted": _l("drafted a post"),
    "post.edited": _l("changed a post"),
    "post.published": _l("published a post"),
    "post.scheduled": _l("set the hour of a post"),
    "post.went_out": _l("let a post go out at its hour"),
    "post.taken_back": _l("took a post back"),
    "post.deleted": _l("deleted the draft of a post"),
    "post.deleted_unseen": _l("deleted the draft of a post"),
    "guide.deleted": _l("deleted the draft of a guide"),
    "guide.drafted": _l("drafted a guide"),
    "guide.edited": _l("changed a guide"),
    "guide.published": _l("published a guide"),
    "guide.taken_back": _l("took a guide back"),
    "guide.file_put": _l("put a file into a guide"),
    "guide.file_erased": _l("erased a file of a guide"),
    "tag.added": _l("added a tag"),
    "post": _l("post"),
    "guide": _l("guide"),
    "tag": _l("tag"),
}
REFUSALS = {
    "post_gaps": _l("The post cannot be published yet: something is missing in one of the languages."),
    "post_hour": _l("The hour must lie ahead, and a post that is out already cannot be set for later."),
}
