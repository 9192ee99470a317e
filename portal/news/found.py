"""What a search finds of news and guides, and their pages for the sitemap."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import format_date, lazy_gettext as _l
from sqlalchemy.orm import load_only

from portal.core import feature
from portal.core.db import session
from portal.core.feature import Findable, FixedPage, FoundItem, Reader, SitemapPage
from portal.core.i18n import LANGUAGES, Bilingual
from portal.news.library import Guide, GuideFile, shown_guides
from portal.news.posts import Post, public_posts

FIXED = (
    FixedPage(100, "news.posts", _l("News"), _l("What happened and what comes next.")),
    FixedPage(110, "guides.index", _l("Tools and guides"), readers=Reader.SEARCHING | Reader.NEEDING_HELP),
)


def _words_of_files(guide: Guide) -> Iterator[Bilingual]:
    """Yield the text of a guide's files, each in its own language."""
    for file in guide.files:
        yield Bilingual(**{lang: file.words or "" if lang == file.lang else "" for lang in LANGUAGES})


def _guide(guide: Guide) -> FoundItem:
    page = url_for("guides.guide", slug=guide.slug) if guide.has_page else f"{url_for('guides.index')}#{guide.slug}"
    return FoundItem(str(guide.title), page)


def _post(post: Post) -> FoundItem:
    return FoundItem(str(post.title), url_for("news.post", slug=post.slug), format_date(post.public_since, "long"))


GUIDES = Findable(
    kind=feature.ResultKind("guide", 4, _l("Tools and guides")),
    model=Guide,
    key=Guide.id,
    public=shown_guides,
    title=lambda guide: guide.title,
    texts=lambda guide: (guide.about, guide.body, Bilingual(guide.source, guide.source)),
    at=lambda guide: guide.published_at,
    show=_guide,
    besides=lambda guide: (*(tag.name for tag in guide.tags), *_words_of_files(guide)),
    parts={GuideFile: "guide_id"},
    is_help=True,
)
POSTS = Findable(
    kind=feature.ResultKind("post", 7, _l("News")),
    model=Post,
    key=Post.id,
    public=public_posts,
    title=lambda post: post.title,
    texts=lambda post: (post.summary, post.body),
    at=lambda post: post.published_at,
    show=_post,
    besides=lambda post: [tag.name for tag in post.tags],
    place=Post.market_id,
)
FOUND = (GUIDES, POSTS)


def listed_pages() -> Iterator[SitemapPage]:
    yield from (SitemapPage("news.posts"), SitemapPage("guides.index"))
    wanted = load_only(Post.slug, Post.updated_at, Post.published_at)
    for post in session.scalars(public_posts().limit(feature.MOST_LISTED).options(wanted)):
        yield SitemapPage("news.post", feature.changed_on(post.updated_at, post.public_since), {"slug": post.slug})
    for guide in session.scalars(shown_guides()):
        if guide.has_page:
            changed = feature.changed_on(guide.updated_at, guide.published_at)
            yield SitemapPage("guides.guide", changed, {"slug": guide.slug})
