"""Writing, publishing and taking back."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.i18n import Bilingual
from portal.core.page_cache import Edition
from portal.core.statuses import Refused
from portal.news import posts as actions
from portal.news.posts import PostDraft as Draft
from portal.news.posts import latest_posts
from tests.make import both, make_member

SAID, HALF = both("said", "dicho"), Bilingual(en="said", es="")


@pytest.fixture
def editor(session: Session) -> int:
    return make_member(session, ("organizer",)).id


def edition(session: Session) -> int:
    return session.scalar(select(Edition.number)) or 0


def test_only_what_is_whole_goes_out(session: Session, editor: int) -> None:
    post = actions.draft_post(Draft(SAID, SAID, HALF), editor)
    with pytest.raises(Refused, match="post_gaps"):
        actions.publish_post(post, editor)
    actions.edit_post(post, Draft(SAID, SAID, SAID), editor)
    assert edition(session) == 0
    actions.publish_post(post, editor)
    assert edition(session) == 1
    session.flush()
    assert list(latest_posts()) == [post]


def test_what_is_out_stays_whole(session: Session, editor: int) -> None:
    post = actions.draft_post(Draft(SAID, SAID, SAID), editor)
    actions.publish_post(post, editor)
    with pytest.raises(Refused, match="post_gaps"):
        actions.edit_post(post, Draft(HALF, SAID, SAID), editor)
    actions.edit_post(post, Draft(both("new", "nuevo"), SAID, SAID), editor)
    assert edition(session) == 2


def test_what_was_taken_back_returns_under_its_old_address(session: Session, editor: int) -> None:
    post = actions.draft_post(Draft(SAID, SAID, SAID), editor)
    actions.publish_post(post, editor)
    slug = post.slug
    actions.take_back_post(post, editor)
    session.flush()
    assert list(latest_posts()) == []
    actions.publish_post(post, editor)
    assert post.slug == slug
    assert edition(session) == 3
