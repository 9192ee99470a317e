"""Features declare what is searched and what the sitemap lists; nothing else names their kinds and pages."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.app import FEATURES
from portal.core.feature import Feature
from portal.core.findable import Findable, FixedPage, FoundItem, Reader, ResultKind, SitemapPage
from portal.core.portal import Portal
from portal.home.search import FIXED
from portal.news.posts import Tag
from tests.conftest import Work
from tests.home.test_search import found
from tests.make import both, make_post, make_tag
from tests.page import Reader as PageReader

TAGS = Findable(
    kind=ResultKind("tag", 15, _l("News")),
    model=Tag,
    key=Tag.id,
    public=lambda *conditions: select(Tag).where(*conditions),
    title=lambda tag: tag.name,
    texts=lambda tag: (tag.name,),
    at=lambda _tag: None,
    show=lambda tag: FoundItem(f"Tag: {tag.name}", "/en/news/"),
)


def undeclare(app: Portal) -> None:
    """Leave the portal as if no feature had declared anything to find."""
    app.findable.clear()
    app.fixed_pages.clear()
    app.sitemap.clear()


def test_kinds_of_results_are_told_apart_and_fit() -> None:
    kinds = [FIXED, *(one.kind for feature in FEATURES for one in feature.findable)]
    assert len({kind.name for kind in kinds}) == len({kind.order for kind in kinds}) == len(kinds)
    assert max(len(kind.name) for kind in kinds) <= 40


def test_fixed_pages_are_in_one_order() -> None:
    orders = [page.order for feature in FEATURES for page in feature.pages]
    assert len(orders) == len(set(orders))


def test_what_a_feature_declares_is_found_from_then_on(app: Portal, page: PageReader, work: Work) -> None:
    undeclare(app)
    Feature(findable=(TAGS,)).join(app)
    with work() as session:
        session.add(make_tag(session, "heron"))
        make_post(session, title=both("Heron", "Garza"))
    assert found(page, "heron") == ["Tag: About heron"]
    with work() as session:
        session.delete(session.scalars(select(Tag)).one())
    assert found(page, "heron") == []


def test_fixed_pages_are_shown_to_whom_they_are_for(app: Portal, page: PageReader) -> None:
    undeclare(app)
    write = FixedPage(2, "reports.intake", _l("Write to us"), readers=Reader.REPORTING | Reader.NEEDING_HELP)
    Feature(pages=(write, FixedPage(1, "guides.index", _l("Tools and guides"), readers=Reader.NEEDING_HELP))).join(app)
    Feature(pages=(FixedPage(3, "news.posts", _l("News")),)).join(app)

    def offered(words: str) -> list[str]:
        answer = page("/en/search/", query_string={"q": words}, quotes=(words,))
        return ["".join(link.itertext()) for link in answer.find_all("section.measure a")]

    assert found(page, "news") == ["News"]
    assert found(page, "guides") == []
    assert offered("complaint") == ["Write to us"]
    assert offered("help") == ["Tools and guides", "Write to us"]


def test_the_sitemap_has_what_features_list_and_no_more(app: Portal, page: PageReader) -> None:
    undeclare(app)
    Feature(sitemap=lambda: [SitemapPage("news.posts"), SitemapPage("news.post", values={"slug": "lamps"})]).join(app)
    listed = re.findall("<loc>http://localhost(.*?)</loc>", page.client.get("/sitemap.xml").text)
    assert listed == ["/en/news/", "/es/news/", "/en/news/lamps", "/es/news/lamps"]
