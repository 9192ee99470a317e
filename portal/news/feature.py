"""Everything that the feature news brings to the portal, what a search finds of it, and its pages for the sitemap."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from flask import url_for
from flask_babel import format_date, lazy_gettext as _l
from sqlalchemy.orm import load_only

from portal.accounts import navigation
from portal.accounts.users import AUDIT_CONDITIONS
from portal.core import feature
from portal.core.db import session
from portal.core.feature import Feature, Findable, FixedPage, FoundItem, NavigationItem, Reader, SitemapPage
from portal.core.i18n import Bilingual
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import MINUTE
from portal.following.notices import NEWS_SOURCES
from portal.markets.gate import about_shown
from portal.news import library, library_pages, posts, posts_pages
from portal.news.library import Guide, GuideFile, shown_guides
from portal.news.posts import Post, public_posts

GUIDES = Findable(
    kind=feature.ResultKind("guide", 4, _l("Tools and guides")),
    model=Guide,
    key=Guide.id,
    public=shown_guides,
    title=lambda guide: guide.title,
    texts=lambda guide: (guide.about, guide.body, Bilingual(guide.source, guide.source)),
    at=lambda guide: guide.published_at,
    show=lambda guide: FoundItem(
        str(guide.title),
        url_for("guides.guide", slug=guide.slug) if guide.has_page else url_for("guides.index", _anchor=guide.slug),
    ),
    besides=lambda guide: [
        *(tag.name for tag in guide.tags),
        *(Bilingual(**{"en": "", "es": "", file.lang: file.words or ""}) for file in guide.files),
    ],
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
    show=lambda post: FoundItem(
        str(post.title), url_for("news.post", slug=post.slug), format_date(post.public_since, "long")
    ),
    besides=lambda post: [tag.name for tag in post.tags],
    place=Post.market_id,
)


def listed_pages() -> Iterator[SitemapPage]:
    yield from (SitemapPage("news.posts"), SitemapPage("guides.index"))
    wanted = load_only(Post.slug, Post.updated_at, Post.published_at)
    for post in session.scalars(public_posts().limit(feature.MOST_LISTED).options(wanted)):
        yield SitemapPage("news.post", feature.changed_on(post.updated_at, post.public_since), {"slug": post.slug})
    for guide in session.scalars(shown_guides()):
        if guide.has_page:
            changed = feature.changed_on(guide.updated_at, guide.published_at)
            yield SitemapPage("guides.guide", changed, {"slug": guide.slug})


FEATURE = Feature(
    blueprints=(
        posts_pages.public_blueprint,
        posts_pages.editor_blueprint,
        library_pages.public_blueprint,
        library_pages.editor_blueprint,
    ),
    timetable=(
        Timed("scheduled news", MINUTE, posts.announce),
        Timed("files of the library", MINUTE, library.read_files),
    ),
    refusals=(posts.REFUSALS, library.REFUSALS),
    audited=(posts.AUDITED,),
    navigation=(
        NavigationItem(120, "news_editor.index", _l("News"), navigation.EDITORS, navigation.TELL_PEOPLE),
        NavigationItem(130, "guides_editor.index", _l("Guides"), navigation.EDITORS, navigation.TELL_PEOPLE),
    ),
    findable=(GUIDES, POSTS),
    pages=(
        FixedPage(100, "news.posts", _l("News"), _l("What happened and what comes next.")),
        FixedPage(110, "guides.index", _l("Tools and guides"), readers=Reader.SEARCHING | Reader.NEEDING_HELP),
    ),
    sitemap=listed_pages,
    hooks=(
        AUDIT_CONDITIONS.plug(partial(about_shown, "post", Post.id, Post.market_id)),
        NEWS_SOURCES.plug(posts.news_of_places),
    ),
    commands=(library.guides,),
)
