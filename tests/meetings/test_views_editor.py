"""Planning meetings as an organizer does it, at a keyboard or on a phone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.i18n import NOTHING
from portal.core.slugs import token_of
from portal.core.web import Portal
from portal.following.notices import in_both
from portal.markets.places import Market
from portal.meetings.agenda import AgendaPoint, gaps, points_of, too_long_by
from portal.meetings.evenings import holiday_on
from portal.meetings.forms import REASONS, joined
from portal.meetings.meeting import Meeting, MeetingPlan, about_shown_meetings
from portal.meetings.planning import copy_meeting, delete_draft, draft_meeting
from portal.meetings.readiness import TEXTS, LinkFor
from portal.meetings.rsvp.answering import Wish, cancel_rsvp, file_rsvp
from portal.meetings.rsvp.outgoing import MINE
from portal.meetings.rsvp.rsvp import Rsvp
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting
from tests.page import SAME_ORIGIN, Reader

NEW = "/en/team/meetings/new"


def answers() -> dict[str, str]:
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
    when = {"held_on": day.isoformat(), "starts": "18:30", "ends": "20:00"}
    needs = {"interpreter": "yes", "childcare": "asked", "food": "no", "ride": "no"}
    told = {f"{name}_{lang}": f"{text} {lang}" for name, text in texts.items() for lang in ("en", "es")}
    return told | when | needs | {"mode": "in_person", "report_back_on": (day + timedelta(days=7)).isoformat()}


QUOTED = tuple(answers().values())


def stored(work: Work) -> Meeting:
    with work() as session:
        return session.query(Meeting).one()


def test_a_watch_night_is_published_at_once(editor: Reader, page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session)
    typed = answers() | {"market": "elm-street", "starts": "22:00", "ends": "00:30"}
    listed = editor("/es/team/meetings/new").wide.submit(press="publish", **typed)
    assert listed.path == "/es/team/meetings/"
    meeting = stored(work)
    assert (meeting.state, meeting.market is not None) == ("published", True)
    assert meeting.ends_at - meeting.starts_at == timedelta(hours=2, minutes=30)
    public = page(f"/es/meetings/{meeting.slug}", quotes=QUOTED).text
    assert "Park es" in public and "12:30" in public
    editor(f"/es/team/meetings/{meeting.id}", quotes=QUOTED).wide.submit(quotes=QUOTED)
    assert stored(work).ends_at == meeting.ends_at, "saved once more, it is the same evening"


def test_a_draft_with_gaps_is_kept(editor: Reader, work: Work) -> None:
    form = editor("/es/team/meetings/new").wide
    again = form.submit(press="publish", title_en="Evening", purpose_es="Para hablar", quotes=("Evening",))
    assert stored(work).is_draft
    assert stored(work).title == both("Evening", "")
    wanted = {"title_es", "purpose_en", "held_on", "interpreter", "childcare", "food", "ride"}
    assert wanted <= again.errors
    assert {"title_en", "report_back_on", "place_en"}.isdisjoint(again.errors)
    assert {link.get("href") for link in again.find_all(".summary a")} == {f"#{name}" for name in again.errors}
    assert not again.has(".summary li"), "what is only missing stands in one sentence"
    assert again.wide.values["purpose_es"] == "Para hablar"


def test_a_draft_is_deleted_when_somebody_is_sure(editor: Reader, work: Work) -> None:
    with work() as session:
        draft, out = make_meeting(session, published=False), make_meeting(session)
    form = editor(f"/es/team/meetings/{draft.id}").form("/delete")
    assert "Primero marque la casilla" in form.submit().text
    assert form.submit(sure="y").path == "/es/team/meetings/"
    assert not list(editor(f"/es/team/meetings/{out.id}").forms("/delete"))
    data = form.values | {"sure": "y"}
    refused = editor.client.post(f"/es/team/meetings/{out.id}/delete", data=data, headers=SAME_ORIGIN)
    assert refused.status_code == 409
    with work() as session:
        assert [meeting.id for meeting in session.query(Meeting)] == [out.id]
        assert session.query(AuditEvent).filter_by(action="meeting.deleted", object_id=str(draft.id)).count() == 1


def test_the_log_is_silent_on_hidden_drafts(work: Work, member: Member) -> None:
    with work() as session:
        place = make_market(session, "Hidden Street", released=False)
        plans = (MeetingPlan(**dict.fromkeys(TEXTS, NOTHING), market_id=at) for at in (place.id, None))
        secret, plain = (draft_meeting(plan, member.id) for plan in plans)
        session.flush()
        for meeting in (secret, plain):
            delete_draft(meeting, member.id)
        session.flush()
        assert set(session.scalars(select(AuditEvent.object_id).where(about_shown_meetings()))) == {str(plain.id)}


def test_what_cannot_be_is_told_beside_the_field(editor: Reader, work: Work) -> None:
    spring = {"held_on": "2027-03-14", "report_back_on": "2027-03-20"}
    for changes, fields in (
        ({"ends": "", "online_url": "data:text,x", "title_en": "x" * 121}, {"ends", "online_url", "title_en"}),
        ({"held_on": "", "online_url": "https://"}, {"held_on", "online_url"}),
        ({"ends": "18:00"}, {"ends"}),
        (spring | {"starts": "02:30", "ends": "04:00"}, {"starts"}),
        (spring | {"starts": "01:00", "ends": "02:30"}, {"ends"}),
        ({"held_on": "14.3.2027"}, {"held_on"}),
    ):
        typed = answers() | changes
        again = editor(NEW).wide.submit(422, press="save", **typed)
        assert again.errors == fields
        values = again.wide.values.to_dict()
        assert values == values | {name: said for name, said in typed.items() if name in values}
    with work() as session:
        assert session.query(Meeting).count() == 0


def test_a_hidden_place_cannot_be_chosen(editor: Reader, work: Work) -> None:
    with work() as session:
        make_market(session, "Hidden Street", released=False)
    shown = editor(NEW)
    assert "Hidden Street" not in shown.text
    data = shown.wide.values.to_dict() | {"market": "hidden-street", "then": "save"}
    assert editor.client.post(NEW, data=data, headers=SAME_ORIGIN).status_code == 422


def test_a_deadline_that_nobody_chose_follows_the_meeting(editor: Reader, work: Work) -> None:
    typed = answers()
    held_on, later = (date.fromisoformat(typed["held_on"]) + timedelta(days=days) for days in (0, 28))
    kept = editor(NEW).wide.submit(press="publish", **typed | {"held_on": "2025-01-05", "report_back_on": ""})
    assert kept.errors == {"held_on"} and stored(work).is_draft
    kept.wide.submit(press="publish", held_on=held_on)
    assert not stored(work).is_draft
    assert stored(work).report_back_on == held_on + timedelta(days=14)
    form = editor(f"/en/team/meetings/{stored(work).id}").wide
    form.submit(held_on=later, reason_en="The hall is closed.", reason_es="El salón está cerrado.")
    assert stored(work).report_back_on == later + timedelta(days=14)


def test_what_a_moved_day_needs_is_asked_at_once(editor: Reader, work: Work) -> None:
    editor(NEW).wide.submit(press="publish", **answers())
    earlier = date.fromisoformat(answers()["held_on"]) - timedelta(days=1)
    page = editor(f"/es/team/meetings/{stored(work).id}")
    assert page.has("input[name=why]") and not page.has("details details input[name=why]")
    asked = page.wide.submit(422, held_on=earlier.isoformat())
    assert asked.errors == {"report_back_on", "why"}
    asked.wide.submit(why="holiday")
    assert stored(work).change_reason == both("That day is a holiday.", "Ese día es feriado.")


def test_one_language_may_run_ahead(editor: Reader, page: Reader, work: Work) -> None:
    with work() as session:
        starts = (now() + timedelta(days=7)).replace(second=0, microsecond=0)
        meeting = make_meeting(session, slug="porch", starts_at=starts)
    again = editor(f"/en/team/meetings/{meeting.id}").wide.submit(purpose_en="We plan the winter.")
    assert again.has("#purpose_es-mark")
    assert stored(work).stale_fields == {"purpose_es"}
    assert "El texto en español es más antiguo" in page("/es/meetings/porch").text
    assert "older" not in page("/en/meetings/porch").text
    again.wide.submit(purpose_es="Planeamos el invierno.", translation="machine")
    assert stored(work).stale_fields == frozenset()
    assert "Ninguna persona lo ha revisado todavía." in page("/es/meetings/porch?1").text


def test_the_list_shows_what_clashes(editor: Reader, work: Work) -> None:
    with work() as session:
        zone = ZoneInfo("America/New_York")
        today_here = now().astimezone(zone).date()
        # Two weeks: on a Sunday afternoon the next service is within seven days.
        service = datetime.combine(today_here + timedelta(days=6 - today_here.weekday() + 14), time(10), zone)
        make_meeting(session, starts_at=service)
        make_meeting(session, starts_at=service + timedelta(hours=1))
        make_meeting(session, starts_at=now() + timedelta(days=2, hours=1))
        hidden = make_market(session, "Veiled Street", released=False)
        make_meeting(session, starts_at=now() + timedelta(days=2), market_id=hidden.id)
    text = editor("/es/team/meetings/").text
    assert "está en la iglesia" in text
    # The one at a place that is hidden from the organizer clashes with none.
    assert text.count("Otra reunión: ") == 2


def test_what_waits_for_its_place_says_so(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        place = make_market(session, "Hidden Street", released=False)
        let_in(session, place, member)
        meeting = make_meeting(session, market_id=place.id, title=both("Evening", "Tarde"))
    address, waits, public = f"/es/team/meetings/{meeting.id}", "Espera a su lugar", f"/es/meetings/{meeting.slug}"
    assert waits in editor(address).text
    assert waits in editor("/es/team/meetings/").text
    assert not any(editor(path).has(f"a[href={public}]") for path in (address, f"{address}/paper/"))
    with work() as session:
        session.get_one(Market, place.id).released_at = now() - timedelta(minutes=1)
    shown = editor(address)
    assert waits not in shown.text
    assert shown.has(f"a[href={public}]")


def test_a_door_is_asked_for_where_there_is_one(editor: Reader) -> None:
    for mode, wanted in (
        ("in_person", {"place_en", "access_es"}),
        ("online", {"online_url"}),
        ("hybrid", {"place_en", "access_es", "online_url"}),
    ):
        typed = answers() | {"mode": mode, "place_en": "", "access_es": "", "online_url": ""}
        again = editor("/es/team/meetings/new").wide.submit(press="publish", **typed, quotes=QUOTED)
        assert again.errors == wanted


def test_a_meeting_online_has_no_door(editor: Reader, page: Reader, work: Work) -> None:
    link = "https://meet.example/elm?secret"
    typed = answers() | {"mode": "online", "online_url": link, "link_for": "coming"}
    editor("/es/team/meetings/new").wide.submit(press="publish", **typed, quotes=QUOTED)
    meeting = stored(work)
    assert (meeting.place.en, meeting.access.es) == ("", ""), "what is no door must not stand on a flyer"
    public = page(f"/es/meetings/{meeting.slug}", quotes=QUOTED)
    assert not public.has(f"a[href={link}]")
    assert "Quienes digan que van a ir" in public.text
    assert "Cómo entrar" not in public.text
    for path in (f"meetings/{meeting.slug}.ics", "meetings.ics"):
        calendar = page.client.get(f"/es/{path}").text
        assert "secret" not in calendar
        assert "LOCATION;LANGUAGE=es:En línea" in calendar
    with work() as session:
        session.get_one(Meeting, meeting.id).link_for = LinkFor.EVERYBODY
    assert page(f"/es/meetings/{meeting.slug}?again", quotes=QUOTED).has(f"a[href={link}]")


def test_whoever_comes_gets_the_address(page: Reader, work: Work) -> None:
    link = "https://meet.example/elm"
    with work() as session:
        meeting = make_meeting(session, online_url=link, link_for="coming")
        rsvp = file_rsvp(meeting, Wish(2), "es", bytes(32))
        mine = f"/es/meetings/mine/{token_of(MINE, rsvp.id)}"
    assert page(mine).has(f"a[href={link}]")
    with work() as session:
        cancel_rsvp(session.get_one(Meeting, meeting.id), session.get_one(Rsvp, rsvp.id))
    assert not page(mine).has(f"a[href={link}]")


# --- Reasons to choose from: both languages at once, own words after them, and nothing in one language alone ---


ROOM = both("The room is not free.", "El salón está ocupado.")


def test_own_words_follow_what_was_chosen(app: Portal) -> None:
    for chosen, own, said in (
        (None, NOTHING, NOTHING),
        (None, both("Flood.", "Agua."), both("Flood.", "Agua.")),
        (ROOM, NOTHING, ROOM),
        (ROOM, both("Soon more.", "Pronto más."), both(f"{ROOM.en} Soon more.", f"{ROOM.es} Pronto más.")),
        (ROOM, both("Soon more.", ""), both(f"{ROOM.en} Soon more.", "")),
    ):
        assert joined(chosen, own) == said
    with app.test_request_context("/en/"):
        reasons = [in_both(reason.__str__) for reason in REASONS.values()]
    assert all(reason.is_whole and reason.en != reason.es for reason in reasons)


def test_a_meeting_is_canceled_with_one_tap(editor: Reader, page: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    form = editor(f"/es/team/meetings/{meeting.id}", quotes=(meeting.title.en,)).follow("Cancelar esta reunión").wide
    for typed, error in (
        ({}, "why"),
        ({"reason_en": "Flood."}, "reason_es"),
        ({"why": "room", "reason_es": "Agua."}, "reason_en"),
    ):
        refused = form.submit(422, quotes=("Flood.",), **typed)
        assert refused.errors == {error}
        assert {name: refused.wide.values[name] for name in typed} == typed
        assert ("Agregó palabras suyas" in refused.text) == ("why" in typed)
    form.submit(why="room")
    for lang in ("en", "es"):
        assert ROOM[lang] in page(f"/{lang}/meetings/{meeting.slug}").text
    assert "Cancelada" in page("/es/meetings/").text


# --- The agenda: lengths become times, both languages or nothing, and it moves with its meeting ---

START = datetime(2026, 12, 3, 23, 30, tzinfo=UTC)
WELCOME = AgendaPoint(what=both("Welcome", "Bienvenida"), minutes=10)
TALK = AgendaPoint(what=both("Talk", "Plática"), minutes=35)
TYPED = {"point1_en": "Welcome", "point1_es": "Bienvenida", "point1_minutes": 10}
TYPED |= {"point2_en": "Talk", "point2_es": "Plática", "point2_minutes": 30}


def test_points_are_whole_and_follow_each_other() -> None:
    for what, minutes, missing in (
        (both("", ""), None, ()),
        (both("a", ""), 5, ("point1_es",)),
        (both("a", "b"), None, ("point1_minutes",)),
        (both("", " "), 5, ("point1_en", "point1_es")),
    ):
        assert gaps([AgendaPoint(what=what, minutes=minutes)]) == missing
    for minutes, beyond in ((40, 5), (45, 0)):
        assert too_long_by([WELCOME, TALK], START, START + timedelta(minutes=minutes)) == beyond
    assert too_long_by([WELCOME], None, None) == 0


def test_what_is_saved_stands_there_with_its_times(editor: Reader, page: Reader, work: Work) -> None:
    with work() as session:
        starts = (now() + timedelta(days=7)).replace(hour=23, minute=30, second=0, microsecond=0)
        meeting = make_meeting(session, starts_at=starts)
    address = f"/es/team/meetings/{meeting.id}/agenda/"
    again = editor(address).wide.submit(422, **TYPED | {"point1_es": "", "point2_minutes": "soon"})
    assert {"point1_es", "point2_minutes"} <= again.errors
    assert again.wide.values["point1_en"] == "Welcome"
    with work():
        assert not points_of(meeting.id)
    saved = editor(address).wide.submit(**TYPED)
    assert saved.wide.values["point2_minutes"] == "30"
    found = page(f"/es/meetings/{meeting.slug}").text
    assert found.index("Bienvenida") < found.index(":40") < found.index("Plática")
    with work() as session:
        row = session.get_one(Meeting, meeting.id)
        row.starts_at, row.ends_at = starts + timedelta(hours=1, minutes=5), starts + timedelta(hours=3)
    assert ":45" in page(f"/es/meetings/{meeting.slug}?later").text
    saved.wide.submit(point1_en="", point1_es="", point1_minutes="")
    with work() as session:
        row = session.get_one(Meeting, meeting.id)
        twin = copy_meeting(row, row.author_id)
        assert [(point.what.en, point.minutes) for point in points_of(twin.id)] == [("Talk", 30)]
