"""Planning meetings as an organizer does it, at a keyboard or on a phone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now, today
from portal.core.web import Portal
from portal.markets.places import Market
from portal.meetings.meeting import Meeting, MeetingPlan, about_shown_meetings
from portal.meetings.planning import delete_draft, draft_meeting
from portal.meetings.readiness import TEXTS
from portal.meetings.rsvp.answering import Wish, cancel_rsvp, file_rsvp
from portal.meetings.rsvp.outgoing import token_of
from portal.meetings.rsvp.rsvp import Rsvp
from portal.meetings.week import holiday_on
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_member, make_report_back, sign_in
from tests.page import SAME_ORIGIN, Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
NEW = "/en/team/meetings/new"


def answers() -> dict[str, object]:
    """Everything that an organizer types."""
    texts = {
        "title": "Tarde",
        "purpose": "Plan",
        "place": "Park",
        "access": "Gate",
        "host": "Ana",
        "report_back_by": "Eva",
    }
    ahead = (datetime.now(UTC).date() + timedelta(days=days) for days in range(30, 40))
    # On a holiday the editor would ask once more.
    day = next(day for day in ahead if day.weekday() < 5 and not holiday_on(day))
    return {
        **{f"{name}_{lang}": f"{text} {lang}" for name, text in texts.items() for lang in ("en", "es")},
        "mode": "in_person",
        "held_on": day.isoformat(),
        "starts": "18:30",
        "ends": "20:00",
        "interpreter": "yes",
        "childcare": "asked",
        "food": "no",
        "ride": "no",
        "report_back_on": (day + timedelta(days=7)).isoformat(),
        "market": "elm-street",
    }


@pytest.fixture(autouse=True)
def place(work: Work) -> None:
    with work() as session:
        make_market(session)
        make_market(session, "Hidden Street", released=False)


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    return Reader(signed_in(app, work))


def signed_in(app: Portal, work: Work) -> FlaskClient:
    with work() as session:
        member = make_member(session, ("organizer",))
    client = app.test_client()
    sign_in(client, member)
    return client


def plan(market_id: int | None) -> MeetingPlan:
    nothing = both("", "")
    return MeetingPlan(**dict.fromkeys(TEXTS, nothing), market_id=market_id)


def stored(work: Work) -> Meeting:
    with work() as session:
        return session.query(Meeting).one()


def fields_of(page: Page) -> Form:
    """The form with the fields; copying and signing out are forms of their own."""
    return Form(page, page.find("form.wide"))


def errors_on(page: Page) -> set[str]:
    """The fields at which an error stands."""
    return {f"#{told.get('id', '').removesuffix('-error')}" for told in page.find_all("p.error")}


@LANGUAGES
def test_a_whole_meeting_is_published_at_once(editor: Reader, page: Reader, work: Work, lang: str) -> None:
    typed = answers()
    listed = fields_of(editor(f"/{lang}/team/meetings/new")).submit(press="publish", **typed)
    assert listed.path == f"/{lang}/team/meetings/"
    meeting = stored(work)
    assert meeting.state == "published"
    assert meeting.market is not None
    public = page(f"/{lang}/meetings/{meeting.slug}", quotes=tuple(map(str, typed.values())))
    assert f"Park {lang}" in public.text
    assert ("6:30 PM" if lang == "en" else "6:30") in public.text.replace("\u202f", " ")


@LANGUAGES
def test_a_watch_night_ends_after_midnight(editor: Reader, page: Reader, work: Work, lang: str) -> None:
    typed = answers() | {"starts": "22:00", "ends": "00:30"}
    fields_of(editor(f"/{lang}/team/meetings/new")).submit(press="publish", **typed)
    meeting = stored(work)
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    assert meeting.ends_at - meeting.starts_at == timedelta(hours=2, minutes=30)
    assert "12:30" in page(f"/{lang}/meetings/{meeting.slug}", quotes=tuple(map(str, typed.values()))).text
    again = fields_of(editor(f"/{lang}/team/meetings/{meeting.id}", quotes=tuple(map(str, typed.values()))))
    again.submit(quotes=tuple(map(str, typed.values())))
    assert stored(work).ends_at == meeting.ends_at, "saved once more, it is the same evening"


@LANGUAGES
def test_enter_keeps_what_was_typed_and_lets_nothing_out(editor: Reader, work: Work, lang: str) -> None:
    typed = answers()
    fields_of(editor(f"/{lang}/team/meetings/new")).enter(**typed)
    with work() as session:
        kept = session.scalars(select(Meeting)).one()
        number, day = kept.id, kept.plan.starts_at
    assert kept.is_draft and day and day.astimezone(ZoneInfo("America/New_York")).date().isoformat() == typed["held_on"]
    later = (date.fromisoformat(str(typed["held_on"])) + timedelta(days=1)).isoformat()
    fields_of(editor(f"/{lang}/team/meetings/{number}")).enter(held_on=later)
    with work() as session:
        kept = session.get_one(Meeting, number)
    assert kept.is_draft and kept.starts_at
    assert kept.starts_at.astimezone(ZoneInfo("America/New_York")).date().isoformat() == later


@LANGUAGES
@pytest.mark.parametrize(("starts", "ends", "field"), [("02:30", "04:00", "#starts"), ("01:00", "02:30", "#ends")])
def test_an_hour_that_the_clocks_leave_out_is_told_where_it_was_typed(
    editor: Reader, lang: str, starts: str, ends: str, field: str
) -> None:
    typed = answers() | {"held_on": "2027-03-14", "starts": starts, "ends": ends, "report_back_on": "2027-03-20"}
    form = fields_of(editor(f"/{lang}/team/meetings/new"))
    assert errors_on(form.submit(422, press="save", quotes=tuple(map(str, typed.values())), **typed)) == {field}


@LANGUAGES
def test_from_six_to_five_is_a_slip(editor: Reader, lang: str) -> None:
    typed = answers() | {"starts": "18:00", "ends": "17:00"}
    form = fields_of(editor(f"/{lang}/team/meetings/new"))
    assert "#ends" in errors_on(form.submit(422, press="publish", quotes=tuple(map(str, typed.values())), **typed))


@LANGUAGES
def test_a_draft_with_gaps_is_kept_and_told_what_is_missing(editor: Reader, work: Work, lang: str) -> None:
    form = fields_of(editor(f"/{lang}/team/meetings/new"))
    again = form.submit(press="publish", title_en="Evening", purpose_es="Para hablar", quotes=("Evening",))
    assert stored(work).is_draft
    assert stored(work).title == both("Evening", "")
    wanted = {"#title_es", "#purpose_en", "#held_on", "#interpreter", "#childcare", "#food", "#ride"}
    assert wanted <= errors_on(again)
    assert {"#title_en", "#report_back_on", f"#place_{'es' if lang == 'en' else 'en'}"}.isdisjoint(errors_on(again))
    assert {link.get("href") for link in again.find_all(".summary a")} == errors_on(again)
    assert not again.has(".summary li"), "what is only missing stands in one sentence"
    assert fields_of(again).values["purpose_es"] == "Para hablar"


def test_saving_a_draft_asks_for_no_more_than_a_title_in_one_language(editor: Reader, work: Work) -> None:
    again = fields_of(editor(NEW)).submit(press="save", title_es="Tarde")
    assert not errors_on(again)
    assert stored(work).is_draft


@LANGUAGES
@pytest.mark.parametrize("press", ["save", "publish"])
def test_of_an_empty_form_nothing_is_kept(editor: Reader, work: Work, lang: str, press: str) -> None:
    again = fields_of(editor(f"/{lang}/team/meetings/new")).submit(422, press=press)
    first = {f"#title_{lang}"}
    rest = {f"#purpose_{lang}", "#held_on", f"#place_{lang}", "#interpreter", "#childcare", "#food", "#ride"}
    assert errors_on(again) == (first | rest if press == "publish" else first)
    assert len(list(again.find_all(".summary"))) == 1
    with work() as session:
        assert session.query(Meeting).count() == 0


@LANGUAGES
def test_a_draft_is_deleted_when_somebody_is_sure(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        draft, out = make_meeting(session, published=False), make_meeting(session)
    address = f"/{lang}/team/meetings/{draft.id}"
    form = editor(address).form("/delete")
    unsure = editor.read(editor.client.get(form.send().location, headers=SAME_ORIGIN))
    assert "Please check the box" in unsure.text or "Primero marque la casilla" in unsure.text
    listed = form.submit(sure="y")
    assert listed.path == f"/{lang}/team/meetings/"
    assert editor.client.get(address).status_code == 404
    offered = editor(f"/{lang}/team/meetings/{out.id}").find_all("form")
    assert not [one for one in offered if "/delete" in one.get("action", "")]
    refused = editor.client.post(
        f"/{lang}/team/meetings/{out.id}/delete", data=form.values | {"sure": "y"}, headers=SAME_ORIGIN
    )
    assert refused.status_code == 409
    with work() as session:
        assert [meeting.id for meeting in session.query(Meeting)] == [out.id]
        assert session.query(AuditEvent).filter_by(action="meeting.deleted", object_id=str(draft.id)).count() == 1


def test_of_a_draft_at_a_hidden_place_the_log_stays_silent_when_it_is_deleted(app: Portal, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("organizer",))
        place = session.query(Market).filter(Market.slug == "hidden-street").one()
        secret, plain = draft_meeting(plan(place.id), member.id), draft_meeting(plan(None), member.id)
        session.flush()
        for meeting in (secret, plain):
            delete_draft(meeting, member.id)
        session.flush()
        shown = session.scalars(select(AuditEvent.object_id).where(about_shown_meetings())).all()
        assert str(plain.id) in shown
        assert str(secret.id) not in shown


def test_the_list_is_in_the_order_in_which_it_is_needed(editor: Reader, work: Work) -> None:
    with work() as session:
        member = session.query(Member).first()
        for title, days in (("Long ago", -40), ("Next", 3), ("Just over", -2), ("In a month", 30)):
            make_meeting(session, member, title=both(title, title), starts_at=now() + timedelta(days=days))
        draft = make_meeting(session, member, title=both("Undated", "Sin fecha"), published=False)
        draft.starts_at = draft.ends_at = None
    lists = ("", "?show=draft", "?show=earlier")
    found = [editor(f"/en/team/meetings/{which}").find_all("ul.rows a") for which in lists]
    shown = [["".join(link.itertext()) for link in links] for links in found]
    assert shown == [["Next", "In a month"], ["Undated"], ["Just over", "Long ago"]]


def test_nobody_outside_the_team_finds_a_draft(editor: Reader, page: Reader, work: Work) -> None:
    fields_of(editor(NEW)).submit(press="save", **answers())
    assert "Tarde en" not in page("/en/meetings/").text + page("/en/").text + page("/en/places/elm-street/").text
    assert b"Tarde" not in page.client.get("/en/meetings.ics").data


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends": ""}, "#ends"),
        ({"held_on": ""}, "#held_on"),
        ({"ends": "18:00"}, "#ends"),
        ({"held_on": "2027-03-14", "starts": "02:30", "ends": "04:00"}, "#starts"),
        ({"held_on": "14.3.2027"}, "#held_on"),
        ({"online_url": "data:text,x"}, "#online_url"),
        ({"online_url": "https://"}, "#online_url"),
        ({"title_en": "x" * 121}, "#title_en"),
    ],
)
def test_what_cannot_be_is_told_beside_the_field_and_nothing_typed_is_lost(
    editor: Reader, work: Work, changes: dict[str, str], field: str
) -> None:
    typed = answers() | changes
    again = fields_of(editor(NEW)).submit(422, press="save", **typed)
    assert errors_on(again) == {field}
    values = fields_of(again).values
    assert {name: values[name] for name in typed if name in values} == {k: v for k, v in typed.items() if k in values}
    with work() as session:
        assert session.query(Meeting).count() == 0


def test_a_hidden_place_cannot_be_chosen(editor: Reader) -> None:
    form = fields_of(editor(NEW))
    assert "Hidden Street" not in editor(NEW).text
    data = dict(form.values) | {"market": "hidden-street", "then": "save"}
    answer = editor.client.post(NEW, data=data, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422


def test_to_move_a_published_meeting_takes_a_reason_in_both_languages(editor: Reader, work: Work) -> None:
    fields_of(editor(NEW)).submit(press="publish", **answers())
    url = f"/en/team/meetings/{stored(work).id}"
    refused = fields_of(editor(url)).submit(422, starts="17:00", reason_en="The hall closes early.")
    assert errors_on(refused) == {"#reason_es"}
    assert stored(work).sequence == 0
    reason = {"reason_en": "The hall closes early.", "reason_es": "El salón cierra temprano."}
    fields_of(editor(url)).submit(starts="17:00", **reason)
    assert (stored(work).sequence, stored(work).is_moved) == (1, True)


@LANGUAGES
def test_on_another_day_it_is_said_who_has_to_be_asked_again(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        # At an hour that is on the same day here and in UTC, by which the day of the report-back is made.
        meeting = make_meeting(session, starts_at=(now() + timedelta(days=7)).replace(hour=22, microsecond=0))
    day = (now() + timedelta(days=9)).date().isoformat()
    form = fields_of(editor(f"/{lang}/team/meetings/{meeting.id}"))
    told = form.submit(held_on=day, reason_en="The hall is closed.", reason_es="El salón está cerrado.")
    said = "ask again whether this still holds: Interpreter." if lang == "en" else "si esto sigue en pie: Intérprete."
    assert said in told.text


def test_a_deadline_that_nobody_chose_follows_the_meeting(editor: Reader, work: Work) -> None:
    typed = answers() | {"held_on": "2025-01-05", "report_back_on": ""}
    kept = fields_of(editor(NEW)).submit(press="publish", **typed)
    assert errors_on(kept) == {"#held_on"} and stored(work).is_draft
    fields_of(kept).submit(press="publish", held_on=answers()["held_on"])
    assert not stored(work).is_draft
    assert str(stored(work).report_back_on) == str(date.fromisoformat(str(answers()["held_on"])) + timedelta(days=14))
    later = date.fromisoformat(str(answers()["held_on"])) + timedelta(days=28)
    form = fields_of(editor(f"/en/team/meetings/{stored(work).id}"))
    form.submit(held_on=later.isoformat(), reason_en="The hall is closed.", reason_es="El salón está cerrado.")
    assert stored(work).report_back_on == later + timedelta(days=14)


@LANGUAGES
def test_a_deadline_that_somebody_chose_is_asked_about_when_the_meeting_moves(
    editor: Reader, work: Work, lang: str
) -> None:
    fields_of(editor(NEW)).submit(press="publish", **answers())
    promised, earlier = stored(work).report_back_on, date.fromisoformat(str(answers()["held_on"])) - timedelta(days=1)
    moved = {"held_on": earlier.isoformat(), "reason_en": "It is closed.", "reason_es": "Está cerrado."}
    asked = fields_of(editor(f"/{lang}/team/meetings/{stored(work).id}")).submit(422, **moved)
    assert errors_on(asked) == {"#report_back_on"}
    fields_of(asked).submit()
    assert (stored(work).is_moved, stored(work).report_back_on) == (True, promised)


@LANGUAGES
def test_what_a_moved_day_needs_is_asked_for_at_once_and_in_sight(editor: Reader, work: Work, lang: str) -> None:
    fields_of(editor(NEW)).submit(press="publish", **answers())
    earlier = date.fromisoformat(str(answers()["held_on"])) - timedelta(days=1)
    page = editor(f"/{lang}/team/meetings/{stored(work).id}")
    assert page.has("input[name=why]") and not page.has("details input[name=why]")
    asked = fields_of(page).submit(422, held_on=earlier.isoformat())
    assert errors_on(asked) == {"#report_back_on", "#why"}
    fields_of(asked).submit(why="holiday")
    assert stored(work).change_reason == both("That day is a holiday.", "Ese día es feriado.")


def test_what_is_free_is_a_day_by_name(editor: Reader, work: Work) -> None:
    """The field beside it may hold another day by now."""
    fields_of(editor(NEW)).submit(press="publish", **answers())
    page = editor(f"/en/team/meetings/{stored(work).id}")
    day = date.fromisoformat(str(answers()["held_on"]))
    assert f"{day:%a, %b} {day.day}: as far as we know, nothing else is on then." in page.text


@LANGUAGES
def test_what_is_published_cannot_promise_the_report_before_the_meeting(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session)
    promised, early = meeting.report_back_on, (now() + timedelta(days=1)).date().isoformat()
    form = fields_of(editor(f"/{lang}/team/meetings/{meeting.id}"))
    again = form.submit(422, report_back_on=early)
    assert errors_on(again) == {"#report_back_on"}
    assert fields_of(again).values["report_back_on"] == early
    assert stored(work).report_back_on == promised


def test_a_published_meeting_cannot_lose_a_language(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting_id = make_meeting(session).id
    url = f"/en/team/meetings/{meeting_id}"
    assert errors_on(fields_of(editor(url)).submit(422, purpose_es="")) == {"#purpose_es"}


def test_one_language_may_run_ahead_and_the_page_says_so(editor: Reader, page: Reader, work: Work) -> None:
    with work() as session:
        starts = (now() + timedelta(days=7)).replace(second=0, microsecond=0)
        meeting = make_meeting(session, slug="porch", starts_at=starts)
    url = f"/en/team/meetings/{meeting.id}"
    again = fields_of(editor(url)).submit(purpose_en="We plan the winter.")
    assert again.has("#purpose_es-mark")
    assert stored(work).stale_fields == {"purpose_es"}
    assert "El texto en español es más antiguo" in page("/es/meetings/porch").text
    assert "older" not in page("/en/meetings/porch").text
    names = {"purpose_es": "Planeamos el invierno.", "translation": "machine"}
    fields_of(again).submit(**names)
    assert stored(work).stale_fields == frozenset()
    assert "Ninguna persona lo ha revisado todavía." in page("/es/meetings/porch?1").text


@pytest.mark.parametrize(("name", "behind"), [("place_en", "#place_es"), ("access_es", "#access_en")])
def test_nobody_is_sent_to_the_old_door_in_one_language(editor: Reader, work: Work, name: str, behind: str) -> None:
    with work() as session:
        meeting = make_meeting(session)
    url = f"/en/team/meetings/{meeting.id}"
    reason = {"reason_en": "The hall closes early.", "reason_es": "El salón cierra temprano."}
    refused = fields_of(editor(url)).submit(422, **{name: "Elsewhere"}, **reason)
    assert errors_on(refused) == {behind}
    assert fields_of(refused).values[name] == "Elsewhere"
    fields_of(refused).submit(same="y")
    assert stored(work).stale_fields == frozenset()


@LANGUAGES
@pytest.mark.both_databases
def test_two_editors_lose_nothing(app: Portal, work: Work, lang: str) -> None:
    with work() as session:
        meeting_id = make_meeting(session, published=False, title=both("First", "Primera")).id
    url = f"/{lang}/team/meetings/{meeting_id}"
    one, other = (Reader(signed_in(app, work)) for _ in range(2))
    mine, theirs = fields_of(one(url)), fields_of(other(url))
    theirs.submit(press="save", title_en="Theirs", place_en="Their hall", quotes=("Theirs", "Their hall"))
    conflict = mine.submit(
        409, press="save", title_en="Mine", purpose_en="My purpose", quotes=("Theirs", "We plan the summer.")
    )
    assert "Theirs" in conflict.text
    assert "Their hall" in conflict.text
    again = fields_of(conflict)
    assert (again.values["title_en"], again.values["purpose_en"]) == ("Mine", "My purpose")
    assert stored(work).title.en == "Theirs"
    again.submit(press="save", place_en="Their hall")
    assert (stored(work).title.en, stored(work).place.en, stored(work).purpose.en) == (
        "Mine",
        "Their hall",
        "My purpose",
    )


@LANGUAGES
def test_cancelling_asks_why_and_says_so_everywhere(editor: Reader, page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session, title=both("Evening", "Tarde"))
    url = f"/{lang}/team/meetings/{meeting.id}"
    label = "Cancel this meeting" if lang == "en" else "Cancelar esta reunión"
    asked = editor(url, quotes=("Evening",)).follow(label)
    refused = fields_of(asked).submit(422, reason_en="Ill.")
    assert errors_on(refused) == {"#reason_es"}
    assert fields_of(refused).values["reason_en"] == "Ill."
    fields_of(refused).submit(reason_es="Enferma.")
    assert ("Ill." if lang == "en" else "Enferma.") in page(f"/{lang}/meetings/{meeting.slug}").text
    assert ("Canceled" if lang == "en" else "Cancelada") in page(f"/{lang}/meetings/").text


@LANGUAGES
def test_what_was_held_and_told_of_cannot_be_cancelled(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session, starts_at=now() - timedelta(days=5))
        url = f"/{lang}/team/meetings/{meeting.id}"
    form = fields_of(editor(f"{url}/cancel"))
    with work() as session:
        make_report_back(session, session.get_one(Meeting, meeting.id))
    assert not editor(url).has(f"a[href={url}/cancel]")
    form.submit(409, reason_en="Ill.", reason_es="Enferma.")
    assert stored(work).state == "published"


def test_an_earlier_meeting_is_copied_for_another_day(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    url = f"/en/team/meetings/{meeting.id}"
    copied = editor(url).form("/copy").submit()
    assert urlsplit(copied.path).path != url
    values = fields_of(copied).values
    assert values["place_en"] == "Library, room 2"
    # Who promised to come to the other one was not asked for this day.
    assert "interpreter" not in values
    assert "Nobody was asked for this day yet." in copied.text
    # A day is proposed in the form, and is nobody's promise until somebody saves it.
    assert date.fromisoformat(values["held_on"]) > meeting.starts_at.date()
    with work() as session:
        assert session.scalars(select(Meeting.starts_at).where(Meeting.id != meeting.id)).all() == [None]


def test_a_meeting_at_a_hidden_place_is_nothing_to_an_organizer_who_was_not_admitted(
    editor: Reader, work: Work
) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        meeting_id = make_meeting(session, market_id=hidden.id, title=both("Veiled", "Velada"), published=False).id
    assert "Veiled" not in editor("/en/team/meetings/").text
    editor(f"/en/team/meetings/{meeting_id}", 404)


@LANGUAGES
def test_the_list_shows_the_week_and_what_clashes(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        zone = ZoneInfo("America/New_York")
        sunday = now().astimezone(zone).date()
        # Two weeks: on a Sunday afternoon the next service is within seven days.
        sunday += timedelta(days=6 - sunday.weekday() + 14)
        service = datetime.combine(sunday, time(10), zone)
        make_meeting(session, starts_at=service)
        make_meeting(session, starts_at=service + timedelta(hours=1))
        make_meeting(session, starts_at=now() + timedelta(days=2, hours=1))
        make_meeting(session, starts_at=now() - timedelta(days=3), report_back_on=today() + timedelta(days=3))
        hidden = make_market(session, "Veiled Street", released=False)
        make_meeting(session, starts_at=now() + timedelta(days=2), market_id=hidden.id)
    text = editor(f"/{lang}/team/meetings/").text
    told = {
        "en": (
            "1 meeting in the next 7 days",
            "1 outcome to be told by then",
            "Drafts (0)",
            "when many people are at church",
        ),
        "es": (
            "1 reunión en los próximos 7 días",
            "1 resultado por contar",
            "Borradores (0)",
            "mucha gente está en la iglesia",
        ),
    }
    assert [words for words in told[lang] if words not in text] == []
    # The one at a place that is hidden from the organizer clashes with none.
    assert text.count("At the same time" if lang == "en" else "A la misma hora") == 2


@LANGUAGES
def test_what_waits_for_its_place_says_so_and_leads_to_no_page_that_is_not_there(
    app: Portal, work: Work, lang: str
) -> None:
    with work() as session:
        member = make_member(session, ("organizer",))
        place = session.query(Market).filter(Market.slug == "hidden-street").one()
        let_in(session, place, member)
        meeting = make_meeting(session, market_id=place.id, title=both("Evening", "Tarde"))
    client = app.test_client()
    sign_in(client, member)
    editor, waits = Reader(client), "Waits for its place" if lang == "en" else "Espera a su lugar"
    form = editor(f"/{lang}/team/meetings/{meeting.id}")
    paper = editor(f"/{lang}/team/meetings/{meeting.id}/paper/")
    assert waits in form.text
    assert waits in editor(f"/{lang}/team/meetings/").text
    links = [link.get("href", "") for page in (form, paper) for link in page.find_all("a")]
    assert [link for link in links if f"/meetings/{meeting.slug}" in link] == []
    with work() as session:
        session.get_one(Market, place.id).released_at = now() - timedelta(minutes=1)
    shown = editor(f"/{lang}/team/meetings/{meeting.id}")
    assert waits not in shown.text
    assert shown.has(f"a[href=/{lang}/meetings/{meeting.slug}]")


@LANGUAGES
@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("in_person", {"#place_en", "#access_es"}),
        ("online", {"#online_url"}),
        ("hybrid", {"#place_en", "#access_es", "#online_url"}),
    ],
)
def test_a_door_and_an_address_are_asked_for_only_where_there_is_one(
    editor: Reader, lang: str, mode: str, wanted: set[str]
) -> None:
    typed = answers() | {"mode": mode, "place_en": "", "access_es": "", "online_url": ""}
    again = fields_of(editor(f"/{lang}/team/meetings/new")).submit(press="publish", **typed, quotes=QUOTED)
    assert errors_on(again) == wanted


QUOTED = tuple(str(value) for value in answers().values())


@LANGUAGES
def test_how_people_take_part_is_an_answer_that_cannot_be_left_out(editor: Reader, lang: str) -> None:
    address = f"/{lang}/team/meetings/new"
    data = fields_of(editor(address)).values
    assert data["mode"] == "in_person", "it nearly always is"
    typed = data.to_dict() | answers() | {"then": "publish"}
    del typed["mode"]
    sent = editor.client.post(address, data=typed, headers=SAME_ORIGIN)
    assert errors_on(editor(sent.location, quotes=QUOTED)) == {"#mode"}


def test_an_address_for_joining_a_meeting_in_person_is_no_slip_that_we_hide(editor: Reader) -> None:
    typed = answers() | {"online_url": "https://meet.example/elm"}
    assert errors_on(fields_of(editor(NEW)).submit(422, press="publish", **typed)) == {"#online_url"}


@LANGUAGES
def test_a_meeting_online_has_no_door_and_its_address_is_shown_to_whom_it_may(
    editor: Reader, page: Reader, work: Work, lang: str
) -> None:
    link = "https://meet.example/elm?secret"
    typed = answers() | {"mode": "online", "online_url": link, "link_for": "coming"}
    fields_of(editor(f"/{lang}/team/meetings/new")).submit(press="publish", **typed, quotes=QUOTED)
    meeting = stored(work)
    assert (meeting.place.en, meeting.access.es) == ("", ""), "what is no door must not stand on a flyer"
    public = page(f"/{lang}/meetings/{meeting.slug}", quotes=QUOTED)
    assert not public.has(f"a[href={link}]")
    assert ("People who say that they come" if lang == "en" else "Quienes digan que van a ir") in public.text
    assert ("How to get in" if lang == "en" else "Cómo entrar") not in public.text
    for path in (f"meetings/{meeting.slug}.ics", "meetings.ics"):
        calendar = page.client.get(f"/{lang}/{path}").text
        assert "secret" not in calendar
        assert ("LOCATION;LANGUAGE=en:Online" if lang == "en" else "LOCATION;LANGUAGE=es:En línea") in calendar
    with work() as session:
        session.get_one(Meeting, meeting.id).link_for = "everybody"
    assert page(f"/{lang}/meetings/{meeting.slug}?again", quotes=QUOTED).has(f"a[href={link}]")


@LANGUAGES
def test_whoever_comes_gets_the_address(page: Reader, work: Work, lang: str) -> None:
    link = "https://meet.example/elm"
    with work() as session:
        meeting = make_meeting(session, online_url=link, link_for="coming")
        rsvp = file_rsvp(meeting, Wish(2), lang, bytes(32))
        token = token_of(rsvp.id)
    mine = page(f"/{lang}/meetings/mine/{token}", quotes=(meeting.title.en,))
    assert mine.has(f"a[href={link}]")
    with work() as session:
        again, mine_again = session.get_one(Meeting, meeting.id), session.get_one(Rsvp, rsvp.id)
        cancel_rsvp(again, mine_again)
    assert not page(f"/{lang}/meetings/mine/{token}", quotes=(meeting.title.en,)).has(f"a[href={link}]")
