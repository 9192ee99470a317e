"""What goes out is whole, stays whole, and returns under its old address: posts and guides."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.audit import AuditEvent
from portal.core.i18n import Bilingual
from portal.core.page_cache import CacheVersion, current_cache_version
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.news import library, posts
from portal.news.library import Guide, WrittenIn, is_address, literature, missing, public_guides
from portal.news.posts import Post, PostState, Tag, announce, latest_posts
from tests.conftest import Work
from tests.make import both, make_market, make_member, make_post
from tests.page import Reader, fields_of, reader_of

SAID, HALF = both("said", "dicho"), Bilingual(en="said", es="")


def words(title: Bilingual, summary: Bilingual, body: Bilingual) -> dict[str, Bilingual]:
    return {"title": title, "summary": summary, "body": body}


def edition(session: Session) -> int:
    return session.scalar(select(CacheVersion.number)) or 0


def test_only_what_is_whole_goes_out_and_stays_whole(session: Session) -> None:
    editor_id = make_member(session, ("organizer",)).id
    post = posts.draft_post(words(SAID, SAID, HALF), editor_id)
    with pytest.raises(Refused, match="post_gaps"):
        posts.publish_post(post, editor_id)
    posts.edit_post(post, words(SAID, SAID, SAID), editor_id)
    assert edition(session) == 0
    posts.publish_post(post, editor_id)
    session.flush()
    assert (edition(session), list(latest_posts())) == (1, [post])
    with pytest.raises(Refused, match="post_gaps"):
        posts.edit_post(post, words(HALF, SAID, SAID), editor_id)
    posts.edit_post(post, words(both("new", "nuevo"), SAID, SAID), editor_id)
    # What was taken back returns under its old address.
    slug = post.slug
    posts.take_back_post(post, editor_id)
    session.flush()
    assert (edition(session), list(latest_posts())) == (3, [])
    posts.publish_post(post, editor_id)
    assert (post.slug, edition(session)) == (slug, 4)


WHOLE = {"title": SAID, "about": SAID, "body": SAID, "url": "", "source": "", "written_in": WrittenIn.BOTH}
GAPS = WHOLE | {"about": HALF}


def test_only_a_whole_guide_goes_out(session: Session) -> None:
    editor_id = make_member(session, ("organizer",)).id
    guide = library.draft_guide(GAPS, editor_id)
    assert len(guide.slug) == 6 and "said" not in guide.slug, "an address tells nothing about what was read"
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


def test_the_list_is_whole_and_loaded_once(app: Portal, work: Work) -> None:
    tags, entries = literature()
    drafts = [Guide(**{**entry, "tags": []}) for entry in entries]
    assert [draft.title.en for draft in drafts if missing(draft)] == []
    assert [draft.url for draft in drafts if draft.url and not is_address(draft.url)] == []
    assert [draft.title.en for draft in drafts if draft.url and not (draft.source and draft.year)] == []
    assert all(len(draft.title.en) <= 200 and len(draft.source) <= 300 for draft in drafts)
    assert {name for entry in entries for name in entry["tags"]} == set(tags)
    assert len({key for draft in drafts for key in (draft.url, draft.title.en)}) >= len(entries)
    for new in (len(entries), 1, 0):
        assert app.test_cli_runner().invoke(args=["guides", "seed"]).output == f"New in the library: {new}.\n"
        if new > 1:
            with work() as session:
                session.delete(session.scalars(select(Guide).where(Guide.year == 2009)).first())
    with work() as session:
        assert len(session.scalars(select(Tag)).all()) == len(tags)
        assert len(public_guides()) == len(entries)


# Eight in the morning in the city, which keeps the time of New York.
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = NOON + timedelta(hours=4)
MINUTE = timedelta(minutes=1)
TYPED = {f"{name}_{lang}": f"The lamp {lang}" for name in ("title", "summary", "body") for lang in ("en", "es")}
AT_HOUR = {"publish_on": "2026-07-01", "publish_at": "12:00"}
OLDER = "news/tags/light/older-than/lamp-day/"
SURFACES = ("", "news/", "news.atom", "news/tags/light/", "places/elm-street/")


def stored(work: Work) -> Post:
    with work() as session:
        return session.query(Post).one()


def make_editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",))
    return reader_of(app, member)


@time_machine.travel(NOON, tick=False)
def test_only_what_is_out_waits_for_its_place(session: Session) -> None:
    hidden = make_market(session, "Birch Street", released=False).id
    shown = make_market(session, "Elm Street").id
    for place, published_at, look in (
        (hidden, None, "draft"),
        (hidden, HOUR, "scheduled"),
        (hidden, NOON, "waiting"),
        (shown, NOON, "published"),
        (None, NOON, "published"),
    ):
        post = make_post(session, market_id=place, published_at=published_at)
        session.refresh(post)
        assert post.team_look == look, (place, published_at)


@pytest.mark.both_databases
def test_nothing_shows_before_its_minute_and_all_after(app: Portal, work: Work) -> None:
    with time_machine.travel(NOON, tick=False), work() as session:
        market = make_market(session, "Elm Street")
        post = make_post(
            session, tag="light", title=both("Lamp day", "Día de luz"), market_id=market.id, published=False
        )
        post.slug = "lamp-day"
        posts.schedule_post(post, HOUR, post.author_id)
    client = app.test_client()
    with time_machine.travel(HOUR - timedelta(seconds=1), tick=False):
        seen = {path: client.get(f"/en/{path}") for path in (*SURFACES, "news/lamp-day", OLDER)}
        assert [path for path, answer in seen.items() if "Lamp day" in answer.text] == []
        gone = {path for path, answer in seen.items() if answer.status_code == 404}
        assert gone == {"news/tags/light/", "news/lamp-day", OLDER}
    with time_machine.travel(HOUR, tick=False):
        # No job has run. A question mark goes past the pages that are kept for a minute.
        later = {path: client.get(f"/en/{path}?now") for path in (*SURFACES, "news/lamp-day")}
    assert {path for path, answer in later.items() if "Lamp day" not in answer.text} == set()
    # The day and not the hour: it would tell when somebody works.
    assert "2026-07-01T00:00:00-04:00" in later["news.atom"].text


def test_the_job_empties_kept_pages_once(app: Portal, work: Work) -> None:
    with time_machine.travel(NOON, tick=False), work() as session:
        post = make_post(session, title=both("Lamp day", "Día de luz"), published=False)
        posts.schedule_post(post, HOUR, post.author_id)
    before, client = current_cache_version(), app.test_client()
    for moment, later in ((NOON, 0), (HOUR - MINUTE, 0), (HOUR, 1), (HOUR + MINUTE, 1)):
        with time_machine.travel(moment, tick=False):
            with app.app_context():
                announce()
                assert current_cache_version() == before + later, moment
            app.page_cache._looked_at = 0.0
            assert ("Lamp day" in client.get("/en/news/").text) == bool(later)
    with work() as session:
        acts = session.scalars(select(AuditEvent).where(AuditEvent.action == "post.went_out")).all()
        assert [(act.actor_id, act.object_id) for act in acts] == [(None, str(post.id))]
        assert session.query(Post).one().version == post.version


def test_rules_of_the_hour(session: Session) -> None:
    for at, hour, state in (
        (NOON, None, PostState.DRAFT),
        (HOUR - timedelta(microseconds=1), HOUR, PostState.SCHEDULED),
        (HOUR, HOUR, PostState.PUBLISHED),
    ):
        with time_machine.travel(at, tick=False):
            assert Post(published_at=hour).state == state
    editor = make_member(session, ("organizer",)).id
    with time_machine.travel(NOON, tick=False):
        half = posts.draft_post(words(SAID, SAID, both("said", "")), editor)
        with pytest.raises(Refused, match="post_gaps"):
            posts.schedule_post(half, HOUR, editor)
        post = posts.draft_post(words(SAID, SAID, SAID), editor)
        with pytest.raises(Refused, match="post_hour"):
            posts.schedule_post(post, NOON, editor)
        posts.schedule_post(post, HOUR, editor)
        slug = post.slug
        posts.schedule_post(post, HOUR + MINUTE, editor)
        assert (post.state, post.published_at, post.slug) == (PostState.SCHEDULED, HOUR + MINUTE, slug)
        with pytest.raises(Refused, match="post_gaps"):
            posts.edit_post(post, words(SAID, SAID, both("", "dicho")), editor)
        posts.take_back_post(post, editor)
        assert (post.state, post.awaited) == (PostState.DRAFT, False)
        posts.publish_post(post, editor)
        with pytest.raises(Refused, match="post_hour"):
            posts.schedule_post(post, HOUR, editor)
    assert (session.scalar(select(CacheVersion.number)) or 0) == 1


def test_an_editor_sets_moves_and_calls_off_an_hour(app: Portal, work: Work) -> None:
    with time_machine.travel(NOON, tick=True):
        editor = make_editor(app, work)
        listed = fields_of(editor("/en/team/news/new")).submit(press="schedule", **TYPED, **AT_HOUR)
        assert "Scheduled" in listed.text and "Jul 1, 12:00" in listed.text
        post = stored(work)
        assert (post.published_at, post.state, post.awaited) == (HOUR, PostState.SCHEDULED, True)
        url = f"/en/team/news/{post.id}"
        assert fields_of(editor(url)).values["publish_at"].startswith("12:00")
        fields_of(editor(url)).submit(press="save", publish_at="13:30", title_en="Moved")
        assert (stored(work).published_at, stored(work).title.en) == (HOUR + timedelta(minutes=90), "Moved")
        assert "Moved" in editor("/en/team/news/").text
        assert "Called off" in editor(url).form("/take-back").submit().text
        assert (stored(work).published_at, stored(work).awaited) == (None, False)


def test_a_wrong_hour_keeps_everything_typed(app: Portal, work: Work) -> None:
    with time_machine.travel(NOON, tick=True):
        editor = make_editor(app, work)
        form = fields_of(editor("/en/team/news/new"))
        for hour, field in (
            ({"publish_on": ""}, "publish_on"),
            ({"publish_at": ""}, "publish_at"),
            ({"publish_on": "2026-06-30"}, "publish_on"),
            ({"publish_at": "08:00"}, "publish_on"),
            ({"publish_on": "2027-03-14", "publish_at": "02:30"}, "publish_at"),
        ):
            again = form.submit(422, press="schedule", **TYPED, **AT_HOUR | hour)
            assert [link.get("href") for link in again.find_all(".summary a")] == [f"#{field}"], hour
            assert fields_of(again).values["body_es"] == TYPED["body_es"]
    with work() as session:
        assert session.query(Post).count() == 0
