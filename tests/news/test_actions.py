"""What goes out is whole, stays whole, and returns under its old address: posts and guides."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.audit import AuditEvent
from portal.core.i18n import Bilingual
from portal.core.page_cache import CacheVersion
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.news import library, posts
from portal.news.library import Guide, GuideDraft, is_address, literature, missing, public_guides
from portal.news.posts import PostDraft, Tag, latest_posts
from tests.conftest import Work
from tests.make import both, make_member

SAID, HALF = both("said", "dicho"), Bilingual(en="said", es="")


def edition(session: Session) -> int:
    return session.scalar(select(CacheVersion.number)) or 0


def test_only_what_is_whole_goes_out(session: Session) -> None:
    editor_id = make_member(session, ("organizer",)).id
    post = posts.draft_post(PostDraft(SAID, SAID, HALF), editor_id)
    with pytest.raises(Refused, match="post_gaps"):
        posts.publish_post(post, editor_id)
    posts.edit_post(post, PostDraft(SAID, SAID, SAID), editor_id)
    assert edition(session) == 0
    posts.publish_post(post, editor_id)
    assert edition(session) == 1
    session.flush()
    assert list(latest_posts()) == [post]


def test_what_is_out_stays_whole(session: Session) -> None:
    editor_id = make_member(session, ("organizer",)).id
    post = posts.draft_post(PostDraft(SAID, SAID, SAID), editor_id)
    posts.publish_post(post, editor_id)
    with pytest.raises(Refused, match="post_gaps"):
        posts.edit_post(post, PostDraft(HALF, SAID, SAID), editor_id)
    posts.edit_post(post, PostDraft(both("new", "nuevo"), SAID, SAID), editor_id)
    assert edition(session) == 2


def test_what_was_taken_back_returns_under_its_old_address(session: Session) -> None:
    editor_id = make_member(session, ("organizer",)).id
    post = posts.draft_post(PostDraft(SAID, SAID, SAID), editor_id)
    posts.publish_post(post, editor_id)
    slug = post.slug
    posts.take_back_post(post, editor_id)
    session.flush()
    assert list(latest_posts()) == []
    posts.publish_post(post, editor_id)
    assert post.slug == slug
    assert edition(session) == 3


WHOLE = GuideDraft(SAID, SAID, SAID, "", "", None, "both", ())
GAPS = GuideDraft(SAID, HALF, SAID, "", "", None, "both", ())


def test_only_a_whole_guide_goes_out(session: Session) -> None:
    editor_id = make_member(session, ("organizer",)).id
    guide = library.draft_guide(GAPS, editor_id)
    with pytest.raises(Refused, match="guide_gaps"):
        library.publish_guide(guide, editor_id)
    assert (public_guides(), edition(session)) == ([], 0)
    library.edit_guide(guide, WHOLE, editor_id)
    library.publish_guide(guide, editor_id)
    assert (public_guides(), edition(session)) == ([guide], 1)
    with pytest.raises(Refused, match="guide_gaps"):
        library.edit_guide(guide, GAPS, editor_id)
    library.edit_guide(guide, WHOLE, editor_id)
    library.take_back_guide(guide, editor_id)
    session.flush()
    assert (public_guides(), edition(session)) == ([], 3)
    acts = [event.action for event in session.scalars(select(AuditEvent)) if event.object_type == "guide"]
    assert sorted(acts) == ["guide.drafted", "guide.edited", "guide.edited", "guide.published", "guide.taken_back"]


def test_an_address_tells_nothing_about_what_was_read(session: Session) -> None:
    editor_id = make_member(session, ("organizer",)).id
    guide = library.draft_guide(WHOLE, editor_id)
    assert len(guide.slug) == 6
    assert "said" not in guide.slug


def test_every_guide_of_the_list_is_whole() -> None:
    tags, entries = literature()
    drafts = [entry.draft([]) for entry in entries]
    assert [draft.title.en for draft in drafts if missing(draft)] == []
    assert [draft.url for draft in drafts if draft.url and not is_address(draft.url)] == []
    assert [draft.title.en for draft in drafts if draft.url and not (draft.source and draft.year)] == []
    assert all(len(draft.title.en) <= 200 and len(draft.source) <= 300 for draft in drafts)
    assert {name for entry in entries for name in entry.tags} == set(tags)
    assert len({key for entry in entries for key in entry.keys}) >= len(entries)


def test_the_list_is_loaded_once(app: Portal, work: Work) -> None:
    run = app.test_cli_runner().invoke
    count = len(literature()[1])
    assert run(args=["guides", "seed"]).output == f"New in the library: {count}.\n"
    with work() as session:
        session.delete(session.scalars(select(Guide).where(Guide.year == 2009)).first())
    assert run(args=["guides", "seed"]).output == "New in the library: 1.\n"
    assert run(args=["guides", "seed"]).output == "New in the library: 0.\n"
    with work() as session:
        assert len(session.scalars(select(Tag)).all()) == len(literature()[0])
        assert len(public_guides()) == count
