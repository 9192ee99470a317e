"""What goes out is whole, stays whole, and returns under its old address: posts and guides."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.i18n import Bilingual
from portal.core.page_cache import CacheVersion
from portal.core.statuses import Refused
from portal.news import posts
from portal.news.posts import PostDraft, latest_posts
from tests.make import both

SAID, HALF = both("said", "dicho"), Bilingual(en="said", es="")


def edition(session: Session) -> int:
    return session.scalar(select(CacheVersion.number)) or 0


def test_only_what_is_whole_goes_out(session: Session, editor_id: int) -> None:
    post = posts.draft_post(PostDraft(SAID, SAID, HALF), editor_id)
    with pytest.raises(Refused, match="post_gaps"):
        posts.publish_post(post, editor_id)
    posts.edit_post(post, PostDraft(SAID, SAID, SAID), editor_id)
    assert edition(session) == 0
    posts.publish_post(post, editor_id)
    assert edition(session) == 1
    session.flush()
    assert list(latest_posts()) == [post]


def test_what_is_out_stays_whole(session: Session, editor_id: int) -> None:
    post = posts.draft_post(PostDraft(SAID, SAID, SAID), editor_id)
    posts.publish_post(post, editor_id)
    with pytest.raises(Refused, match="post_gaps"):
        posts.edit_post(post, PostDraft(HALF, SAID, SAID), editor_id)
    posts.edit_post(post, PostDraft(both("new", "nuevo"), SAID, SAID), editor_id)
    assert edition(session) == 2


def test_what_was_taken_back_returns_under_its_old_address(session: Session, editor_id: int) -> None:
    post = posts.draft_post(PostDraft(SAID, SAID, SAID), editor_id)
    posts.publish_post(post, editor_id)
    slug = post.slug
    posts.take_back_post(post, editor_id)
    session.flush()
    assert list(latest_posts()) == []
    posts.publish_post(post, editor_id)
    assert post.slug == slug
    assert edition(session) == 3
