"""The desk: two volunteers and the oversight contact at work."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from portal.accounts.users import Desk, DeskKey, DeskKeyCopy, Member
from portal.core.audit import AuditEvent
from portal.core.web import Portal
from portal.reports import intake, threads
from portal.reports.reports import Thread, ThreadMessage, opened_by_resident
from portal.reports.triage import Category, Disposition, TriageState
from portal.reports.urgency import ReportWords
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_report, sign_in
from tests.page import SAME_ORIGIN, Form, Page, Reader

WORDS = "They sell by the fountain every evening."


@dataclass(frozen=True)
class Desks:
    """Who sits where, and one report."""

    ana: Member
    ben: Member
    olga: Member
    thread_id: int
    code: tuple[str, ...]

    @property
    def address(self) -> str:
        return f"/en/desk/{self.thread_id}"


@pytest.fixture
def desks(work: Work) -> Desks:
    with work() as session:
        ana, ben = make_member(session, name="Ana"), make_member(session, name="Ben")
        olga = make_member(session, ("oversight",))
        make_desk(session, [ana, ben])
        make_desk(session, [olga], "oversight")
        market = make_market(session)
        filed = make_report(WORDS, market_id=market.id)
        session.flush()
        return Desks(ana, ben, olga, filed.thread.id, filed.code)


@pytest.fixture
def at(app: Portal, desks: Desks):
    """`at(member)` is a browser with somebody signed in."""

    def open_browser(member: Member) -> Reader:
        client = app.test_client()
        sign_in(client, member)
        return Reader(client)

    return open_browser


def state_of(work: Work, desks: Desks) -> Thread:
    with work() as session:
        return session.scalars(select(Thread).where(Thread.id == desks.thread_id)).one()


def heard(work: Work, desks: Desks) -> list[str]:
    """What the resident reads from the desk."""
    with work() as session:
        thread = session.scalars(select(Thread).where(Thread.id == desks.thread_id)).one()
        opened = opened_by_resident(thread, intake.key_of(desks.code))
        return [said.words.what for said in opened if said.words and said.author == "desk"]


def test_the_desk_sees_that_reports_were_turned_away_and_not_from_where(app: Portal, at, desks: Desks) -> None:
    assert "turned away" not in at(desks.ana)("/en/desk/").text
    app.settings.reports_per_address = 1
    resident = Reader(app.test_client())
    report = {"what": "They sell by the bus stop.", "category": "selling"}
    resident("/en/report/").form("/report/").submit(**report)
    for _ in range(2):
        resident("/en/report/").form("/report/").submit(429, **report)
    assert "2 tries to send a report were turned away" in at(desks.ana)("/en/desk/").text
    assert "2 intentos" in at(desks.ana)("/es/desk/", quotes=(WORDS, report["what"])).text


def test_both_kinds_of_reports_stand_in_one_desk_opened(at, desks: Desks, work: Work) -> None:
    with work():
        make_report("Por mensaje de texto", language="es", channel="text")
    inbox = at(desks.ana)("/en/desk/")
    assert WORDS in inbox.text
    assert "Por mensaje de texto" in inbox.text
    assert "Website" in inbox.text
    assert "Text message" in inbox.text


def test_words_of_danger_come_first(at, desks: Desks, work: Work) -> None:
    with work():
        make_report("a gun", urgent=True)
    rows = list(at(desks.ana)("/en/desk/").find_all("ul.rows a"))
    assert "a gun" in "".join(rows[0].itertext())


def test_read_answer_and_close(at, desks: Desks, work: Work) -> None:
    thread = at(desks.ana)(desks.address)
    assert WORDS in thread.text
    read = thread.form("/read").submit()
    assert state_of(work, desks).state == TriageState.READ
    reply_form(read).submit(what="We are on it.", then="answer")
    reply_form(at(desks.ana)(desks.address)).submit(what="The gate is mended.", then="close acted")
    thread_row = state_of(work, desks)
    assert (thread_row.state, thread_row.disposition) == (TriageState.CLOSED, Disposition.ACTED)
    assert heard(work, desks) == ["We are on it.", "The gate is mended."]


def reply_form(page: Page):
    """The form for an answer."""
    forms = [form for form in page.tree.iter("form") if form.find(".//textarea[@name='what']") is not None]
    assert len(forms) == 1
    return Form(page, forms[0])


def test_a_reason_is_asked_for_where_one_is_owed_and_nothing_typed_is_lost(at, desks: Desks, work: Work) -> None:
    page = at(desks.ana)(desks.address)
    again = reply_form(page).submit(409, then="close cannot")
    assert "write the reason" in again.text
    assert reply_form(again).values["then"] == "close cannot"
    assert state_of(work, desks).state == TriageState.NEW


def test_an_empty_answer_is_refused(at, desks: Desks) -> None:
    again = reply_form(at(desks.ana)(desks.address)).submit(422, then="ask")
    assert "write something first" in again.text


def test_two_volunteers_at_once_lose_nothing(at, desks: Desks, work: Work) -> None:
    hers, his = reply_form(at(desks.ana)(desks.address)), reply_form(at(desks.ben)(desks.address))
    hers.submit(what="Ana was first.", then="answer")
    told = his.submit(409, what="Ben has a long answer.", then="close acted")
    assert "Somebody was here before you" in told.text
    assert "Ana was first." in told.text
    form = reply_form(told)
    assert (form.values["what"], form.values["then"]) == ("Ben has a long answer.", "close acted")
    assert heard(work, desks) == ["Ana was first."]
    form.submit()
    assert heard(work, desks) == ["Ana was first.", "Ben has a long answer."]


def test_who_is_asked_something_is_told_too_that_a_colleague_was_faster(at, desks: Desks, work: Work) -> None:
    with work() as session:
        make_desk(session, [make_member(session, ("property",))], "property")
        session.scalars(select(Thread)).one().category = Category.PROPERTY
    hers, his = reply_form(at(desks.ana)(desks.address)), reply_form(at(desks.ben)(desks.address))
    hers.submit(what="Ana was first.", then="answer")
    told = his.submit(422, what="It goes to the city.", then="pass property", readable="Call 336-555-0142.")
    assert "Somebody was here before you" in told.text
    assert "Ana was first." in told.text
    assert len([one for one in told.find_all("div") if one.get("role") == "alert"]) == 1
    assert "Done." in reply_form(told).submit(sure="y").text


def test_the_residents_new_words_count_as_a_change_too(at, desks: Desks, work: Work) -> None:
    form = reply_form(at(desks.ana)(desks.address))
    with work() as session:
        threads.add_words(session.scalars(select(Thread)).one(), ReportWords("Wait, it is worse."))
    assert "Wait, it is worse." in form.submit(409, what="All good then.", then="close acted").text


def test_police_conduct_leaves_the_triage_desk_and_only_oversight_opens_it(at, desks: Desks, work: Work) -> None:
    ana, olga = at(desks.ana), at(desks.olga)
    olga(desks.address, 404)
    ana(desks.address).form("/sort").submit(category="conduct")
    ana(desks.address, 404)
    assert WORDS in olga(desks.address).text
    assert state_of(work, desks).category == Category.CONDUCT


def at_oversight(at, desks: Desks) -> Page:
    """The report, handed to the oversight contact."""
    at(desks.ana)(desks.address).form("/sort").submit(category="conduct")
    page: Page = at(desks.olga)(desks.address)
    return page


def test_what_is_not_about_the_police_goes_back_to_the_desk_only_when_oversight_is_sure(
    at, desks: Desks, work: Work
) -> None:
    form = at_oversight(at, desks).form("/sort")
    again = form.submit(409, category="selling")
    assert "say that you are sure" in again.text
    assert again.form("/sort").values["category"] == "selling"
    thread = state_of(work, desks)
    assert thread.category == Category.CONDUCT
    at(desks.ana)(desks.address, 404)
    again.form("/sort").submit(may_read_all="y")
    assert WORDS in at(desks.ana)(desks.address).text
    at(desks.olga)(desks.address, 404)
    assert state_of(work, desks).category == Category.SELLING
    with work() as session:
        acts = session.scalars(select(AuditEvent).where(AuditEvent.object_id == str(desks.thread_id))).all()
        handed = [(act.action, act.actor_id) for act in acts if act.action.startswith("report.handed")]
        assert handed == [
            ("report.handed_to_oversight", desks.ana.id),
            ("report.handed_to_triage", desks.olga.id),
        ]
    at(desks.olga)(f"/es/desk/{desks.thread_id}", 404)


def test_the_question_whether_they_are_sure_is_put_to_oversight_only(at, desks: Desks) -> None:
    assert not at(desks.ana)(desks.address).has("input[name=may_read_all]")
    assert at_oversight(at, desks).has("input[name=may_read_all]")
    at(desks.olga)(f"/es/desk/{desks.thread_id}", quotes=(WORDS,))


def test_a_complaint_stays_sealed_when_the_desk_has_no_key(at, desks: Desks, work: Work) -> None:
    form = at_oversight(at, desks).form("/sort")
    with work() as session:
        for key in session.scalars(select(DeskKey).join(Desk, Desk.id == DeskKey.desk_id).where(Desk.kind == "triage")):
            key.retired_at = key.created_at
    assert "Nobody is at the desk" in form.submit(409, category="selling", may_read_all="y").text
    assert state_of(work, desks).category == Category.CONDUCT


def test_two_who_sort_at_once_are_told_and_keep_what_they_chose(at, desks: Desks, work: Work) -> None:
    hers, his = at(desks.ana)(desks.address).form("/sort"), at(desks.ben)(desks.address).form("/sort")
    hers.submit(category="property")
    told = his.submit(409, category="services", market="")
    assert "Somebody was here before you" in told.text
    assert state_of(work, desks).category == Category.PROPERTY
    kept = told.form("/sort")
    assert (kept.values["category"], kept.values["market"]) == ("services", "")
    kept.submit()
    assert state_of(work, desks).category == Category.SERVICES


def test_a_doubt_is_settled_once(at, desks: Desks, work: Work) -> None:
    with work() as session:
        threads.raise_doubt(session.get_one(Thread, desks.thread_id))
    hers, his = at(desks.ana)(desks.address).form("/doubt"), at(desks.ben)(desks.address).form("/doubt")
    assert "Answers go to the phone again" in hers.submit(press="no").text
    his.submit(409, press="yes")


def test_another_desks_report_answers_like_one_that_never_was(at, desks: Desks) -> None:
    olga = at(desks.olga)
    other = olga(desks.address, 404).response
    never = olga("/en/desk/123456789", 404).response
    assert other.data == never.data
    assert dict(other.headers) == dict(never.headers)


def test_a_police_liaison_and_an_administrator_get_nowhere_near(app: Portal, work: Work, desks: Desks) -> None:
    for role in ("police_liaison", "administrator", "organizer", "evaluator"):
        client = app.test_client()
        with work() as session:
            member = make_member(session, (role,))
        sign_in(client, member)
        for address in ("/en/desk/", desks.address):
            answer = client.get(address)
            assert answer.status_code == 403
            assert WORDS not in answer.text


def test_a_member_who_was_not_let_in_yet_sees_no_word(at, work: Work, desks: Desks) -> None:
    with work() as session:
        for copy in session.scalars(select(DeskKeyCopy).where(DeskKeyCopy.member_id == desks.ben.id)):
            session.delete(copy)
    inbox = at(desks.ben)("/en/desk/")
    assert WORDS not in inbox.text
    assert "You cannot open this desk yet" in inbox.text
    # Not even where it is, what it is about and when it came: only that somebody waits, and whom to ask.
    assert "Reports that wait there: 1." in inbox.text
    assert not inbox.has("ul.rows") and "Elm Street" not in inbox.text
    assert inbox.has('main a[href="/en/colleagues/"]')
    ben = at(desks.ben)
    ben(desks.address, 404)
    token = ben("/en/account/").find("input[name=csrf_token]").get("value")
    sent = ben.client.post(f"{desks.address}/read", data={"csrf_token": token}, headers=SAME_ORIGIN)
    assert sent.status_code == 404
    assert state_of(work, desks).state == TriageState.NEW
    at(desks.ben)("/es/desk/")


def test_what_was_written_is_shown_as_text_and_never_as_markup(at, work: Work, desks: Desks) -> None:
    with work() as session:
        filed = make_report("<img src=x onerror=alert(1)><b>bold</b> \u202eturned\u202c")
        session.flush()
        address = f"/en/desk/{filed.thread.id}"
    page = at(desks.ana)(address)
    assert "<img src=x" in page.text
    assert page.has("p.said bdi")


def test_the_desk_is_paged_and_never_counts(at, work: Work, desks: Desks) -> None:
    with work():
        for number in range(30):
            make_report(f"report number {number}")
    ana = at(desks.ana)
    first, second = ana("/en/desk/"), ana("/en/desk/?page=2")
    assert len(list(first.find_all("ul.rows li"))) == 25
    assert len(list(second.find_all("ul.rows li"))) == 6


@pytest.mark.parametrize("query", ["?page=-4", "?page=x", "?view=nonsense", "?page=999999"])
def test_odd_addresses_of_the_desk_do_no_harm(at, desks: Desks, query: str) -> None:
    at(desks.ana)(f"/en/desk/{query}")


def test_a_picture_is_shown_to_the_desk_only(at, work: Work, desks: Desks) -> None:
    with work() as session:
        threads.add_picture(session.scalars(select(Thread)).one(), b"\xff\xd8\xff jpeg")
    with work() as session:
        picture = session.scalars(select(ThreadMessage.id).where(ThreadMessage.kind == "picture")).one()
    page = at(desks.ana)(desks.address)
    assert page.has(f'a[href="{desks.address}/picture/{picture}"]')
    shown = page.reader.client.get(f"{desks.address}/picture/{picture}")
    assert (shown.status_code, shown.mimetype, shown.headers["Cache-Control"]) == (200, "image/jpeg", "no-store")
    assert at(desks.olga).client.get(f"{desks.address}/picture/{picture}").status_code == 404


def test_the_desk_in_spanish_is_all_spanish(at, desks: Desks) -> None:
    at(desks.ana)(f"/es/desk/{desks.thread_id}", quotes=(WORDS,))
    at(desks.ana)("/es/desk/", quotes=(WORDS,))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_signed_out_while_writing_nothing_written_is_lost(at, desks: Desks, lang: str, work: Work) -> None:
    ana = at(desks.ana)
    form = reply_form(ana(f"/{lang}/desk/{desks.thread_id}", quotes=(WORDS,)))
    with ana.client.session_transaction() as cookie:
        cookie.clear()
    shown = ana.read(form.send(what="A long answer to you.", then="answer"), 403, quotes=("A long answer to you.",))
    assert "A long answer to you." in shown.text
    assert heard(work, desks) == []


def test_a_form_that_failed_links_to_a_page_that_exists_in_the_other_language(at, desks: Desks) -> None:
    ana = at(desks.ana)
    sorting = ana(desks.address).form("/sort")
    failed = ana.read(
        ana.client.post(f"{desks.address}/sort", data={**sorting.values, "category": "x"}, headers=SAME_ORIGIN), 422
    )
    there = reply_form(failed).in_other_language(what="Gracias.", quotes=(WORDS,))
    assert there.path == f"/es/desk/{desks.thread_id}"
    assert reply_form(there).values["what"] == "Gracias."


@pytest.mark.parametrize(
    ("button", "typed"),
    [("/take", {}), ("/read", {}), ("/note", {"note": "Ask Ben."}), ("/sort", {"category": "property", "market": ""})],
)
def test_an_answer_that_was_begun_stays_when_another_button_is_pressed(
    at, desks: Desks, work: Work, button, typed
) -> None:
    begun = {"what": "We look at it,\nand write again.", "then": "close acted"}
    done = at(desks.ana)(desks.address).form(button).submit(**begun, **typed)
    form = reply_form(done)
    assert {name: form.values[name].replace("\r", "") for name in begun} == begun
    assert done.has("#typed [data-stay][data-once]"), "who leaves by a link is asked first"
    assert heard(work, desks) == [], "nothing is sent yet"
    assert "Somebody was here before you" not in done.text
    assert "Done." in form.submit(what=begun["what"], then="answer").text


def test_a_note_that_was_begun_stays_when_the_answer_is_sent(at, desks: Desks, work: Work) -> None:
    sent = reply_form(at(desks.ana)(desks.address)).submit(what="Thanks.", then="close acted", note="Ask Ben.")
    assert len(heard(work, desks)) == 1
    assert reply_form(sent).values["note"] == "Ask Ben."
    assert "Noted." in sent.form("/note").submit().text


def test_a_report_is_not_handed_on_while_an_answer_is_not_sent(at, desks: Desks, work: Work) -> None:
    stays = at(desks.ana)(desks.address).form("/sort").submit(409, category="conduct", what="Thanks.")
    assert "was not sent or saved yet" in stays.text
    assert reply_form(stays).values["what"] == "Thanks."
    assert state_of(work, desks).category == Category.UNSORTED
    stays.form("/sort").submit(what="")
    assert state_of(work, desks).category == Category.CONDUCT


def test_a_colleague_who_was_faster_is_told_of_although_another_button_was_pressed(at, desks: Desks) -> None:
    early = at(desks.ben)(desks.address).form("/take")
    reply_form(at(desks.ana)(desks.address)).submit(what="Ana was first.", then="answer")
    assert "Somebody was here before you" in early.submit(what="Ben too.").text


def test_marks_that_turn_the_direction_are_shown_and_not_obeyed(at, work: Work, desks: Desks) -> None:
    with work():
        filed = make_report("call \u202e2410-555\u202c or \u2066ABC\u2069")
        address = f"/en/desk/{filed.thread.id}"
    for shown in (at(desks.ana)(address), at(desks.ana)("/en/desk/")):
        assert not any(mark in shown.response.text for mark in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_the_tabs_speak_of_several_reports(at, desks: Desks) -> None:
    assert "Todos los abiertos (1) Cerrados" in at(desks.ana)("/es/desk/", quotes=(WORDS,)).text


@pytest.mark.parametrize(("lang", "said"), [("en", "English"), ("es", "inglés")])
def test_the_language_of_a_report_is_named_in_the_readers(at, desks: Desks, lang: str, said: str) -> None:
    page = at(desks.ana)(f"/{lang}/desk/{desks.thread_id}", quotes=(WORDS,))
    hint = "".join(page.find("#what-hint").itertext())
    assert hint.endswith(f": {said}.")
    assert said.capitalize() in at(desks.ana)(f"/{lang}/desk/", quotes=(WORDS,)).text
