"""Reporting what came of a meeting: by the team, and as everybody reads it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commitments.promise_rules import PromiseActor
from portal.commitments.promise_steps import edit_draft, publish_commitment
from portal.commitments.promises import Commitment
from portal.core.audit import AuditEvent
from portal.core.clock import now, today
from portal.core.web import Portal
from portal.meetings import planning
from portal.meetings.door import MOST_DOORS, DoorCount, counted
from portal.meetings.meeting import Meeting, MeetingChange
from portal.meetings.report_back import Decision, HeadCount
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_member, make_office, make_report_back
from tests.page import SAME_ORIGIN, Reader, reader_of

SAID = {
    "minutes": ("We talked about the gate.", "Hablamos del portón."),
    "next_steps": ("A walk on Friday.", "Una caminata el viernes."),
    "decision1": ("Fix the gate.", "Arreglar el portón."),
    "decision1_who": ("Public works", "Obras públicas"),
    "answer1_said": ("It is dark.", "Está oscuro."),
    "answer1_done": ("Two lamps.", "Dos luces."),
}
TYPED = {f"{name}_{lang}": said[number] for name, said in SAID.items() for number, lang in enumerate(("en", "es"))}


def held(work: Work, days: int = 5, due_in: int = 9, **given: object) -> Meeting:
    """A meeting that was some days ago and whose report-back is due so many days from now."""
    with work() as session:
        starts = now() - timedelta(days=days)
        return make_meeting(session, starts_at=starts, report_back_on=today() + timedelta(days=due_in), **given)


def address(meeting: Meeting, lang: str = "en") -> str:
    return f"/{lang}/team/meetings/{meeting.id}/report-back/"


def test_what_is_reported_stands_in_both_languages(editor: Reader, page: Reader, work: Work) -> None:
    meeting = held(work)
    with work():
        due = today() + timedelta(days=4)
    editor(address(meeting)).wide.submit(press="publish", decision1_by=due.isoformat(), **TYPED)
    found = page(f"/es/meetings/{meeting.slug}").text
    assert {name for name, text in TYPED.items() if text in found} == {name for name in TYPED if name.endswith("es")}
    with work() as session:
        decision = session.scalars(select(Decision)).one()
        assert (decision.who.en, decision.by_on) == ("Public works", due)
    half = editor(address(meeting)).wide.submit(422, press="publish", minutes_en="The gate is mended.")
    assert [link.get("href") for link in half.find_all(".summary a")] == ["#minutes_es"]
    assert half.wide.values["minutes_en"] == "The gate is mended."
    assert "mended" not in page(f"/en/meetings/{meeting.slug}?1").text
    half.wide.submit(press="publish", same="y")
    assert "mended" in page(f"/en/meetings/{meeting.slug}?2").text
    both_ways = editor(address(meeting)).wide
    both_ways.submit(press="publish", decision1_en="Paint the gate.", decision1_es="Pintar el portón.")
    assert "Paint the gate." in page(f"/en/meetings/{meeting.slug}?3").text


def test_a_later_version_says_when(editor: Reader, page: Reader, work: Work) -> None:
    meeting = held(work, days=20)
    with work() as session:
        make_report_back(session, meeting, published_at=now() - timedelta(days=3))
    form = editor(address(meeting, "es"), quotes=("We talked about lamps.", "Fix the gate", "We meet again.")).wide
    form.submit(press="save", minutes_en="Of lamps and trash.", minutes_es="De luces y basura.")
    before = page(f"/es/meetings/{meeting.slug}").text
    assert "Hablamos de las luces." in before and "Corregido el" not in before
    editor(address(meeting, "es")).wide.submit(press="publish")
    after = page(f"/es/meetings/{meeting.slug}?later").text
    assert "De luces y basura." in after and "Corregido el" in after
    kept = editor(address(meeting, "es")).text
    assert "Marta" in kept and "Hablamos de las luces." in kept


def test_a_broken_promise_is_public_without_anybody_saying_so(editor: Reader, page: Reader, work: Work) -> None:
    meeting = held(work, due_in=-1)
    for path in (meeting.slug, "past/"):
        assert "Todavía no está aquí" in page(f"/es/meetings/{path}").text
    assert "Falta contar en qué quedó" in editor("/es/team/meetings/?show=earlier").text


def test_small_counts_are_not_shown(editor: Reader, page: Reader, work: Work) -> None:
    meeting = held(work)
    with work() as session:
        make_report_back(session, meeting)
    heads = {"residents": "31", "faith": "12", "youth": "3", "police": "0"}
    editor(f"{address(meeting, 'es')}heads").wide.submit(quotes=("lamps", "Fix the gate"), **heads)
    told = page(f"/es/meetings/{meeting.slug}").text
    wanted = ("Vecinos 31", "Jóvenes menos de 10", "policía 0", "En total por lo menos 43")
    assert [words for words in wanted if words.lower() not in told.lower()] == []
    with work() as session:
        assert {row.side: row.heads for row in session.query(HeadCount)} == {k: int(v) for k, v in heads.items()}


def test_there_is_nothing_to_tell_before_it_begins(editor: Reader, work: Work) -> None:
    with work() as session:
        ahead, draft = make_meeting(session), make_meeting(session, published=False)
        hidden = make_meeting(session, market_id=make_market(session, "Veiled Street", released=False).id)
    for meeting in (ahead, draft):
        assert "nada que contar" in editor(address(meeting, "es"), 409).text
    editor(address(hidden, "es"), 404)
    editor(f"{address(hidden, 'es')}heads", 404)


@pytest.mark.both_databases
def test_how_often_meetings_changed_late_is_public(page: Reader, work: Work) -> None:
    meetings = [held(work, days=days) for days in range(2, 11)]
    held(work, days=400)
    assert "9 reuniones en los últimos 12 meses" in page("/es/meetings/past/?0").text
    with work() as session:
        for number, kind, hours in ((0, "cancelled", 71), (1, "cancelled", 73), (2, "moved", 1), (2, "moved", 2)):
            late = MeetingChange(meeting_id=meetings[number].id, kind=kind, changed_at=now(), notice_hours=hours)
            session.add(late)
    assert "días de anticipación: 2." in page("/es/meetings/past/?1").text


def test_a_change_notes_how_late_it_was(session: Session) -> None:
    meeting = make_meeting(session, starts_at=(now() + timedelta(hours=50)).replace(microsecond=0))
    later = replace(meeting.plan, ends_at=meeting.plan.ends_at + timedelta(hours=1))
    planning.change_meeting(meeting, later, both("Longer", "Más larga"), meeting.author_id)
    same = replace(meeting.plan, title=both("New", "Nueva"))
    planning.change_meeting(meeting, same, both("", ""), meeting.author_id)
    planning.cancel_meeting(meeting, both("Rain", "Lluvia"), meeting.author_id)
    noted = [(change.kind, change.notice_hours) for change in session.scalars(select(MeetingChange))]
    assert sorted(noted) == [("cancelled", 49), ("moved", 49)]


def test_a_decision_goes_into_the_ledger_of_promises_once(editor: Reader, page: Reader, work: Work) -> None:
    meeting = held(work)
    with work() as session:
        office = make_office(session)
        due = today() + timedelta(days=4)
    editor(address(meeting, "es")).wide.submit(press="publish", decision1_by=due.isoformat(), **TYPED)
    for _time in range(2):
        taken = editor(address(meeting, "es")).form("/promise/0").submit()
        assert "Fix the gate." in taken.wide.values["what_en"]
    with work() as session:
        draft = session.scalars(select(Commitment)).unique().one()
        assert (draft.what.en, draft.due_on, draft.made_at) == ("Fix the gate.", due, meeting.title)
        assert not draft.is_published
        lead = PromiseActor(frozenset({"community_lead"}), id=draft.author_id)
        edit_draft(draft, {"office_id": office.id}, lead)
        publish_commitment(draft, lead)
    assert page(f"/es/meetings/{meeting.slug}?fresh").has(f"a[href=/es/promises/{draft.slug}]")


def test_names_are_asked_about_once_before_it_is_public(editor: Reader, page: Reader, work: Work) -> None:
    meeting = held(work)
    named = TYPED | {"decision1_en": "Call Rosa Gomez.", "decision1_es": "Llamar a Rosa Gómez al 336-555-0187."}
    quotes = tuple(named.values())
    draft = editor(address(meeting, "es")).wide.submit(press="save", quotes=quotes, **named)
    asked = draft.wide.submit(status=422, press="publish", quotes=quotes)
    found = " ".join(asked.find("#may_be_public-error").itertext())
    assert "Rosa Gómez" in found and "336-555-0187" in found
    assert asked.wide.values["decision1_es"] == named["decision1_es"]
    assert "Rosa" not in page(f"/es/meetings/{meeting.slug}").text
    asked.wide.submit(press="publish", quotes=quotes, may_be_public="y")
    # What is public already is not asked about again.
    again = editor(address(meeting, "es"), quotes=quotes).wide
    again.submit(press="publish", quotes=quotes, minutes_en="We talked.", minutes_es="Hablamos.")
    assert "Hablamos." in page(f"/es/meetings/{meeting.slug}?2", quotes=quotes).text


# --- What a door sends and what is typed: taken once, added up, and by nobody else ---

ONE, OTHER = "a" * 32, "b" * 32


def tonight(work: Work, hours: float = 0, **given: object) -> Meeting:
    with work() as session:
        return make_meeting(session, starts_at=now() + timedelta(hours=hours), **given)


def base(meeting: Meeting, lang: str = "en") -> str:
    return f"/{lang}/team/meetings/{meeting.id}/door/"


def send(editor: Reader, meeting: Meeting, door: str, turn: object, counts: object, status: int = 200) -> dict:
    token = editor.client.get(f"{base(meeting)}token", headers=SAME_ORIGIN).json["token"]
    data = {"door": door, "turn": turn, "counts": counts if isinstance(counts, str) else json.dumps(counts)}
    answer = editor.client.post(f"{base(meeting)}counts", data=data, headers=SAME_ORIGIN | {"X-CSRFToken": token})
    assert answer.status_code == status
    return answer.json or {}


def sums(work: Work, meeting: Meeting) -> dict[str, int]:
    with work():
        return counted(meeting.id)


@pytest.mark.both_databases
def test_doors_add_up_and_older_words_change_nothing(editor: Reader, work: Work) -> None:
    meeting = tonight(work)
    for _time in range(2):
        send(editor, meeting, ONE, 4, {"who.residents": 4})
    told = send(editor, meeting, OTHER, 2, {"who.residents": 1, "who.youth": 1})
    assert told == {"turn": 2, "doors": 2, "all": {"who.residents": 5, "who.youth": 1}}
    # An undone tap is a newer turn with a smaller count.
    for turn, taps, wanted in ((3, 99, 5), (5, 3, 4)):
        send(editor, meeting, ONE, turn, {"who.residents": taps})
        assert sums(work, meeting)["who.residents"] == wanted
    with work() as session:
        assert session.scalars(select(AuditEvent.action)).all().count("meeting.door_counted") == 2


def test_what_no_phone_of_ours_sends_is_refused_whole(editor: Reader, work: Work) -> None:
    meeting = tonight(work)
    counts = ({"who.dealers": 1}, *({"who.residents": wrong} for wrong in (-1, 1.5, True, 5_001)))
    for door, turn, told in (
        *(("x" * 32, 1, {}), ("../" * 11, 1, {}), (ONE, -1, {}), (ONE, "1e3", {}), (ONE, 10**12, {})),
        *((ONE, 1, wrong) for wrong in (*counts, ["who.residents"], "{", "[" * 5_000)),
    ):
        send(editor, meeting, door, turn, told, 400)
        assert sums(work, meeting) == {}


def test_counts_are_taken_around_the_evening_only(editor: Reader, work: Work) -> None:
    for hours, status in ((13, 409), (11, 200), (-2, 200), (-73, 200), (-75, 409)):
        meeting = tonight(work, hours)
        send(editor, meeting, ONE, 1, {"who.residents": 1}, status)
        assert sums(work, meeting) == ({"who.residents": 1} if status == 200 else {})


def test_too_many_doors_are_refused(editor: Reader, work: Work) -> None:
    meeting = tonight(work)
    with work() as session:
        for number in range(MOST_DOORS):
            door = DoorCount(meeting_id=meeting.id, door=f"{number:032x}", turn=1, counts={"who.faith": 1})
            session.add(door)
    send(editor, meeting, ONE, 1, {"who.faith": 1}, 409)
    send(editor, meeting, f"{0:032x}", 2, {"who.faith": 2})
    assert sums(work, meeting) == {"who.faith": MOST_DOORS + 1}


def test_a_hidden_meeting_has_no_door_for_others(app: Portal, editor: Reader, work: Work) -> None:
    with work() as session:
        market, admitted = make_market(session, "Veiled Street", released=False), make_member(session, ("organizer",))
        meeting = make_meeting(session, market_id=market.id, starts_at=now())
        let_in(session, market, admitted)
    for path in ("", "token", "typed"):
        editor(base(meeting) + path, 404)
    page = reader_of(app, admitted)(base(meeting)).response.text
    # Whoever finds the phone does not learn of the place.
    assert "Veiled" not in page and meeting.title.en not in page


def test_what_was_counted_on_paper_is_added(editor: Reader, work: Work) -> None:
    meeting = tonight(work, -1)
    with work() as session:
        session.add(HeadCount(meeting_id=meeting.id, side="police", heads=2))
    send(editor, meeting, ONE, 1, {"who.residents": 2})
    form = editor(f"{base(meeting, 'es')}typed", quotes=(meeting.title.es,)).wide
    form.submit(**{"who.residents": 10, "needs.ride_home": 3}, quotes=(meeting.title.es,))
    assert sums(work, meeting) == {"who.residents": 12, "needs.ride_home": 3}
    again = editor(f"{base(meeting, 'es')}typed").wide
    assert again.values["who.residents"] == "10"
    again.submit(**{"who.residents": 8})
    assert sums(work, meeting)["who.residents"] == 10
    again.submit(422, **{"who.residents": "many", "who.youth": 3})
    assert "who.youth" not in sums(work, meeting)
    heads = next(editor(f"{base(meeting)}typed").forms("take-over")).submit()
    assert heads.wide.values["residents"] == "10"
    with work() as session:
        found = {row.side: row.heads for row in session.scalars(select(HeadCount))}
    assert found == {"residents": 10, "police": 2}
