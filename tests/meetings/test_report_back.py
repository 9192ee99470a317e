"""Reporting what came of a meeting: by the team, and as everybody reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.commitments.promise_states import PromiseActor
from portal.commitments.promise_steps import edit_draft, publish_commitment
from portal.commitments.promises import Commitment, Pledge
from portal.core.clock import now, today
from portal.core.web import Portal
from portal.meetings import planning
from portal.meetings.meeting import Meeting, MeetingChange
from portal.meetings.report_back import Decision, HeadCount, ReportBack
from portal.meetings.report_back_pages import MOST_LINES
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_member, make_office, make_report_back, sign_in
from tests.page import Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
TYPED = {
    "minutes_en": "We talked about the gate.",
    "minutes_es": "Hablamos del portón.",
    "next_steps_en": "A walk on Friday.",
    "next_steps_es": "Una caminata el viernes.",
    "decision1_en": "Fix the gate.",
    "decision1_es": "Arreglar el portón.",
    "decision1_who_en": "Public works",
    "decision1_who_es": "Obras públicas",
    "answer1_said_en": "It is dark.",
    "answer1_said_es": "Está oscuro.",
    "answer1_done_en": "Two lamps.",
    "answer1_done_es": "Dos luces.",
}
QUOTES = tuple(TYPED.values())


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",), name="Marta")
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def held(work: Work, days: int = 5, due_in: int = 9, **given: object) -> Meeting:
    """A meeting that was some days ago and whose report-back is due so many days from now."""
    with work() as session:
        starts = now() - timedelta(days=days)
        return make_meeting(session, starts_at=starts, report_back_on=today() + timedelta(days=due_in), **given)


def form_of(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


def address(meeting: Meeting, lang: str = "en") -> str:
    return f"/{lang}/team/meetings/{meeting.id}/report-back/"


@LANGUAGES
@pytest.mark.both_databases
def test_what_is_reported_stands_on_the_page_in_both_languages(
    editor: Reader, page: Reader, work: Work, lang: str
) -> None:
    meeting = held(work)
    with work():
        due = today() + timedelta(days=4)
    form_of(editor(address(meeting, lang))).submit(press="publish", decision1_by=due.isoformat(), **TYPED)
    found = page(f"/{lang}/meetings/{meeting.slug}")
    other = "es" if lang == "en" else "en"
    assert [text for name, text in TYPED.items() if name.endswith(lang) and text not in found.text] == []
    assert [text for name, text in TYPED.items() if name.endswith(other) and text in found.text] == []
    with work() as session:
        decision = session.scalars(select(Decision)).one()
        assert (decision.who.en, decision.by_on) == ("Public works", due)


def test_one_language_is_kept_as_a_draft_and_nobody_sees_it(editor: Reader, page: Reader, work: Work) -> None:
    meeting = held(work)
    again = form_of(editor(address(meeting))).submit(press="publish", **TYPED | {"decision1_who_es": ""})
    assert [link.get("href") for link in again.find_all(".summary a")] == ["#decision1_who_es"]
    assert form_of(again).values["minutes_es"] == TYPED["minutes_es"]
    assert "gate" not in page(f"/en/meetings/{meeting.slug}").text
    form_of(again).submit(press="publish", decision1_who_es="Obras públicas")
    assert "gate" in page(f"/en/meetings/{meeting.slug}?later").text


@LANGUAGES
def test_it_begins_with_one_empty_line_and_another_is_added_with_a_button(
    editor: Reader, work: Work, lang: str
) -> None:
    meeting = held(work)
    first = form_of(editor(address(meeting, lang)))
    assert "decision1_en" in first.values and "decision2_en" not in first.values
    assert "answer1_said_en" in first.values and "answer2_said_en" not in first.values
    typed = {"minutes_en": "Talk", "decision1_en": "First", "decision1_who_es": "Eva", "answer1_said_es": "Oscuro"}
    again = form_of(first.submit(press="more:decision", quotes=tuple(typed.values()), **typed))
    assert {name: again.values[name] for name in typed} == typed
    assert again.values["decision2_en"] == "" and "decision3_en" not in again.values
    more = form_of(again.submit(press="more:answer", quotes=tuple(typed.values())))
    assert more.values["answer2_done_es"] == "" and more.values["minutes_en"] == "Talk"
    with work() as session:
        assert session.query(ReportBack).count() == 0, "a new line saves nothing"


def test_emptied_lines_are_gone_when_it_is_saved(editor: Reader, work: Work) -> None:
    meeting = held(work)
    first = form_of(form_of(editor(address(meeting))).submit(press="more:decision"))
    again = form_of(first.submit(press="save", decision2_en="Second", decision2_es="Segunda"))
    assert again.values["decision1_en"] == "Second"
    assert "decision2_en" not in again.values


def test_of_lines_there_is_an_end(editor: Reader, work: Work) -> None:
    meeting = held(work)
    page = editor(address(meeting))
    for _line in range(MOST_LINES - 1):
        page = form_of(page).submit(press="more:decision")
    assert not [one for one in page.find_all("button") if one.get("value") == "more:decision"]


@LANGUAGES
def test_one_language_is_written_first_and_the_other_marked_as_due(editor: Reader, work: Work, lang: str) -> None:
    meeting = held(work)
    said = {"minutes_es": "Hablamos.", "next_steps_es": "Seguimos."}
    form = form_of(editor(address(meeting, lang)))
    again = form.submit(press="save", quotes=tuple(said.values()), **said)
    due = "In English: 2 texts are still due" if lang == "en" else "En inglés: faltan 2 textos"
    assert due in again.text
    asked = form_of(again).submit(press="publish", quotes=tuple(said.values()))
    assert [link.get("href") for link in asked.find_all(".summary a")] == ["#minutes_en", "#next_steps_en"]
    assert "open" in asked.find("details#second").attrib


@LANGUAGES
def test_a_later_version_says_when_and_the_earlier_one_stays(
    editor: Reader, page: Reader, work: Work, lang: str
) -> None:
    meeting = held(work, days=20)
    with work() as session:
        make_report_back(session, meeting, published_at=now() - timedelta(days=3))
    form = form_of(editor(address(meeting, lang), quotes=("We talked about lamps.", "Fix the gate", "We meet again.")))
    form.submit(press="save", minutes_en="Of lamps and trash.", minutes_es="De luces y basura.")
    before = page(f"/{lang}/meetings/{meeting.slug}").text
    assert ("We talked about lamps." if lang == "en" else "Hablamos de las luces.") in before
    revised = "Revised on" if lang == "en" else "Corregido el"
    assert revised not in before
    form_of(editor(address(meeting, lang))).submit(press="publish")
    after = page(f"/{lang}/meetings/{meeting.slug}?later").text
    assert revised in after
    assert ("Of lamps and trash." if lang == "en" else "De luces y basura.") in after
    kept = editor(address(meeting, lang)).text
    assert "Marta" in kept
    assert ("We talked about lamps." if lang == "en" else "Hablamos de las luces.") in kept
    with work() as session:
        assert session.query(ReportBack).count() == 2


def test_a_revision_changes_both_languages_or_says_that_they_say_the_same(
    editor: Reader, page: Reader, work: Work
) -> None:
    meeting = held(work)
    form_of(editor(address(meeting))).submit(press="publish", **TYPED)
    half = form_of(editor(address(meeting))).submit(422, press="publish", minutes_en="The gate is mended.")
    assert [link.get("href") for link in half.find_all(".summary a")] == ["#minutes_es"]
    assert form_of(half).values["minutes_en"] == "The gate is mended."
    assert "mended" not in page(f"/en/meetings/{meeting.slug}?1").text
    form_of(half).submit(press="publish", same="y")
    assert "mended" in page(f"/en/meetings/{meeting.slug}?2").text
    both_ways = form_of(editor(address(meeting)))
    both_ways.submit(press="publish", decision1_en="Paint the gate.", decision1_es="Pintar el portón.")
    assert "Paint the gate." in page(f"/en/meetings/{meeting.slug}?3").text


@pytest.mark.parametrize(("due_in", "overdue"), [(-1, True), (0, False)])
def test_a_broken_promise_stands_on_the_page_of_its_place(page: Reader, work: Work, due_in: int, overdue: bool) -> None:
    with work() as session:
        market = make_market(session, "Elm Street")
    held(work, due_in=due_in, market_id=market.id)
    assert ("What came of it is overdue" in page("/en/places/elm-street/").text) == overdue


@LANGUAGES
@pytest.mark.parametrize(("due_in", "overdue"), [(-1, True), (0, False)])
def test_a_broken_promise_is_public_without_anybody_saying_so(
    editor: Reader, page: Reader, work: Work, lang: str, due_in: int, overdue: bool
) -> None:
    meeting = held(work, due_in=due_in)
    missed = "not here yet" if lang == "en" else "Todavía no está aquí"
    assert (missed in page(f"/{lang}/meetings/{meeting.slug}").text) == overdue
    assert (missed in page(f"/{lang}/meetings/past/").text) == overdue
    word = "What came of it is overdue" if lang == "en" else "Falta contar en qué quedó"
    assert (word in editor(f"/{lang}/team/meetings/?show=earlier").text) == overdue


def test_nothing_is_owed_for_what_was_cancelled_or_is_to_come(page: Reader, work: Work) -> None:
    off = held(work, due_in=-1, state="cancelled", change_reason=both("Rain", "Lluvia"))
    with work() as session:
        ahead = make_meeting(session)
    for meeting in (off, ahead):
        assert "What came of it" not in page(f"/en/meetings/{meeting.slug}").text
    assert "not here yet" not in page("/en/meetings/past/").text


@LANGUAGES
def test_small_counts_are_not_shown(editor: Reader, page: Reader, work: Work, lang: str) -> None:
    meeting = held(work)
    with work() as session:
        make_report_back(session, meeting)
    heads = {"residents": "31", "faith": "12", "youth": "3", "police": "0"}
    form_of(editor(f"{address(meeting, lang)}heads")).submit(quotes=("lamps", "Fix the gate"), **heads)
    told = page(f"/{lang}/meetings/{meeting.slug}").text
    wanted = {
        "en": ("Residents 31", "Young people fewer than 10", "Police 0", "Altogether at least 43"),
        "es": ("Residentes 31", "Jóvenes menos de 10", "policía 0", "En total por lo menos 43"),
    }
    assert [words for words in wanted[lang] if words.lower() not in told.lower()] == []
    with work() as session:
        assert {row.side: row.heads for row in session.query(HeadCount)} == {k: int(v) for k, v in heads.items()}


@pytest.mark.parametrize("typed", ["x", "-1", "5001", "1.5"])
def test_what_is_no_count_is_told_beside_the_field(editor: Reader, work: Work, typed: str) -> None:
    meeting = held(work)
    again = form_of(editor(f"{address(meeting)}heads")).submit(422, residents=typed, police="2")
    assert {link.get("href") for link in again.find_all(".summary a")} == {"#residents"}
    assert (form_of(again).values["residents"], form_of(again).values["police"]) == (typed, "2")


def test_a_count_can_be_corrected_and_taken_back(editor: Reader, work: Work) -> None:
    meeting = held(work)
    form_of(editor(f"{address(meeting)}heads")).submit(residents="20", faith="11")
    form_of(editor(f"{address(meeting)}heads")).submit(residents="21", faith="")
    with work() as session:
        assert [(row.side, row.heads) for row in session.query(HeadCount)] == [("residents", 21)]


@LANGUAGES
def test_two_who_write_at_once_lose_nothing(editor: Reader, work: Work, lang: str) -> None:
    meeting = held(work)
    one, other = (form_of(editor(address(meeting, lang))) for _ in range(2))
    one.submit(press="save", minutes_en="Theirs", quotes=("Theirs",))
    conflict = other.submit(409, press="save", minutes_en="Mine", quotes=("Theirs", "Mine"))
    assert "Theirs" in conflict.text
    assert form_of(conflict).values["minutes_en"] == "Mine"
    form_of(conflict).submit(press="save")
    assert form_of(editor(address(meeting, lang))).values["minutes_en"] == "Mine"


@LANGUAGES
def test_there_is_nothing_to_tell_before_it_begins(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        ahead, draft = make_meeting(session), make_meeting(session, published=False)
        hidden = make_meeting(session, market_id=make_market(session, "Veiled Street", released=False).id)
    for meeting in (ahead, draft):
        refused = editor(address(meeting, lang), 409)
        assert ("nothing to tell yet" if lang == "en" else "nada que contar") in refused.text
    editor(address(hidden, lang), 404)
    editor(f"{address(hidden, lang)}heads", 404)


def call_off(work: Work, meeting: Meeting, notice: timedelta) -> None:
    """Cancel it so long before its start."""
    with work() as session:
        row = session.get_one(Meeting, meeting.id)
        told = row.starts_at or now()
        row.starts_at, row.ends_at = now() + notice, now() + notice + timedelta(hours=2)
        planning.cancel_meeting(row, both("Rain", "Lluvia"), row.author_id)
        row.starts_at, row.ends_at = told, told + timedelta(hours=2)


@LANGUAGES
@pytest.mark.both_databases
def test_how_often_meetings_changed_late_is_public(page: Reader, work: Work, lang: str) -> None:
    meetings = [held(work, days=days) for days in range(2, 11)]
    held(work, days=400)
    none = {"en": "Of the 9 meetings in the last 12 months, none was", "es": "De las 9 reuniones"}
    assert none[lang] in page(f"/{lang}/meetings/past/?0").text
    call_off(work, meetings[0], timedelta(hours=71))
    call_off(work, meetings[1], timedelta(hours=73))
    with work() as session:
        session.add(MeetingChange(meeting_id=meetings[2].id, kind="moved", changed_at=now(), notice_hours=1))
        session.add(MeetingChange(meeting_id=meetings[2].id, kind="moved", changed_at=now(), notice_hours=2))
    few = {"en": "2 of 9 meetings were", "es": "2 de 9 reuniones"}
    assert few[lang] in page(f"/{lang}/meetings/past/?1").text
    for days in range(11, 22):
        held(work, days=days)
    many = {"en": "10% of 20 meetings were", "es": "el 10% de 20 reuniones"}
    assert many[lang] in page(f"/{lang}/meetings/past/?2").text


def test_moving_a_meeting_leaves_word_of_how_late_it_was(session) -> None:
    meeting = make_meeting(session, starts_at=(now() + timedelta(hours=50)).replace(microsecond=0))
    plan = meeting.plan
    later = type(plan)(**{**vars(plan), "ends_at": plan.ends_at + timedelta(hours=1)})
    planning.change_meeting(meeting, later, both("Longer", "Más larga"), meeting.author_id)
    same = type(plan)(**{**vars(meeting.plan), "title": both("New", "Nueva")})
    planning.change_meeting(meeting, same, both("", ""), meeting.author_id)
    assert [(change.kind, change.notice_hours) for change in session.scalars(select(MeetingChange))] == [("moved", 49)]


@LANGUAGES
def test_a_decision_goes_into_the_ledger_of_promises_once(
    app: Portal, editor: Reader, page: Reader, work: Work, lang: str
) -> None:
    meeting = held(work)
    with work() as session:
        office = make_office(session)
        due = today() + timedelta(days=4)
    form_of(editor(address(meeting, lang))).submit(press="publish", decision1_by=due.isoformat(), **TYPED)
    taken = editor(address(meeting, lang)).form("/promise/0").submit()
    with work() as session:
        draft = session.scalars(select(Commitment)).unique().one()
        assert (draft.what.en, draft.due_on, draft.made_at) == ("Fix the gate.", due, meeting.title)
        assert not draft.is_published
    assert "Fix the gate." in form_of(taken).values["what_en"]
    editor(address(meeting, lang)).form("/promise/0").submit()
    with work() as session:
        draft = session.scalars(select(Commitment)).unique().one()
        lead = PromiseActor(frozenset({"community_lead"}))
        edit_draft(draft, replace(pledge_of(draft), office_id=office.id), draft.author_id, lead)
        publish_commitment(draft, draft.author_id, lead)
    assert page(f"/{lang}/meetings/{meeting.slug}?fresh").has(f"a[href=/{lang}/promises/{draft.slug}]")


def pledge_of(draft: Commitment) -> Pledge:
    return Pledge(
        draft.what, draft.made_at, draft.made_on, draft.due_on, draft.office_id, draft.market_id, draft.credit
    )


@LANGUAGES
def test_names_are_asked_about_once_before_it_is_public(editor: Reader, page: Reader, work: Work, lang: str) -> None:
    meeting = held(work)
    named = TYPED | {"decision1_en": "Call Rosa Gomez.", "decision1_es": "Llamar a Rosa Gómez al 336-555-0187."}
    quotes = tuple(named.values())
    draft = form_of(editor(address(meeting, lang))).submit(press="save", quotes=quotes, **named)
    asked = form_of(draft).submit(status=422, press="publish", quotes=quotes)
    found = " ".join(asked.find("#may_be_public-error").itertext())
    assert "Rosa Gómez" in found and "336-555-0187" in found
    assert form_of(asked).values["decision1_es"] == named["decision1_es"]
    assert "Rosa" not in page(f"/{lang}/meetings/{meeting.slug}").text
    form_of(asked).submit(press="publish", quotes=quotes, may_be_public="y")
    # What is public already is not asked about again.
    again = form_of(editor(address(meeting, lang), quotes=quotes))
    again.submit(press="publish", quotes=quotes, minutes_en="We talked.", minutes_es="Hablamos.")
    assert {"en": "We talked.", "es": "Hablamos."}[lang] in page(
        f"/{lang}/meetings/{meeting.slug}?2", quotes=quotes
    ).text


def test_nothing_is_due_before_the_meeting(editor: Reader, work: Work) -> None:
    meeting = held(work)
    sent = form_of(editor(address(meeting))).submit(status=422, press="save", decision1_by="2020-01-01", **TYPED)
    assert sent.has("#decision1_by-error")
    assert form_of(sent).values["minutes_en"] == TYPED["minutes_en"]
