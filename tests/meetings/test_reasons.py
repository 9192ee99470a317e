"""Reasons to choose from: both languages at once, own words after them, and nothing in one language alone."""

import pytest

from portal.core.i18n import NOTHING
from portal.core.web import Portal
from portal.meetings.forms import REASON_TEXTS, ReadyReason, in_both_languages, joined
from tests.conftest import Work
from tests.make import both, make_meeting, make_member, sign_in
from tests.page import SAME_ORIGIN, Form, Page, Reader

ROOM = both("The room is not free.", "El salón está ocupado.")


@pytest.mark.parametrize(
    ("chosen", "own", "said"),
    [
        (None, NOTHING, NOTHING),
        (None, both("Flood.", "Agua."), both("Flood.", "Agua.")),
        (ROOM, NOTHING, ROOM),
        (ROOM, both("Soon more.", "Pronto más."), both(f"{ROOM.en} Soon more.", f"{ROOM.es} Pronto más.")),
        (ROOM, both("Soon more.", ""), both(f"{ROOM.en} Soon more.", "")),
    ],
)
def test_own_words_follow_what_was_chosen(chosen, own, said) -> None:
    assert joined(chosen, own) == said


def test_every_reason_is_said_in_each_language(app: Portal) -> None:
    with app.test_request_context("/en/"):
        for reason in ReadyReason:
            found = in_both_languages(reason)
            assert found.is_whole and found.en != found.es
    assert set(REASON_TEXTS) == set(ReadyReason)


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",))
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def wide(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_meeting_is_canceled_with_one_tap(editor: Reader, page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session)
    wide(editor(f"/{lang}/team/meetings/{meeting.id}/cancel")).submit(why="room")
    assert ROOM.en in page(f"/en/meetings/{meeting.slug}").text
    assert ROOM.es in page(f"/es/meetings/{meeting.slug}").text


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(
    ("typed", "error"),
    [({}, "why"), ({"reason_en": "Flood."}, "reason_es"), ({"why": "room", "reason_es": "Agua."}, "reason_en")],
)
def test_what_is_missing_is_asked_once(
    editor: Reader, work: Work, lang: str, typed: dict[str, str], error: str
) -> None:
    with work() as session:
        meeting = make_meeting(session)
    form = wide(editor(f"/{lang}/team/meetings/{meeting.id}/cancel"))
    refused = form.submit(422, quotes=("Flood.",), **typed)
    assert [one.get("id") for one in refused.find_all("p.error")] == [f"{error}-error"]
    assert {name: wide(refused).values[name] for name in typed} == typed
    half = "You added own words" if lang == "en" else "Agregó palabras suyas"
    assert (half in refused.text) == ("why" in typed)


def test_a_meeting_is_moved_with_a_chosen_reason(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    wide(editor(f"/en/team/meetings/{meeting.id}")).submit(starts="00:10", ends="01:10", why="weather")
    with work() as session:
        moved = session.get_one(type(meeting), meeting.id)
        assert moved.change_reason == both("The weather is dangerous.", "El tiempo está peligroso.")


@pytest.mark.parametrize("why", ["bogus", "ROOM", "\x00", "1"])
def test_a_reason_that_is_not_on_the_list_is_refused(editor: Reader, work: Work, why: str) -> None:
    with work() as session:
        meeting = make_meeting(session)
    address = f"/en/team/meetings/{meeting.id}/cancel"
    data = wide(editor(address)).values.to_dict() | {"why": why}
    refused = editor.read(editor.client.post(address, data=data, headers=SAME_ORIGIN), 422)
    assert [one.get("id") for one in refused.find_all("p.error")] == ["why-error"]
