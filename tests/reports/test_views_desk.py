"""The desk: two volunteers and the oversight contact at work."""

from sqlalchemy import select

from portal.accounts.users import DeskKeyCopy
from portal.core.audit import AuditEvent
from portal.core.web import Portal
from portal.reports import intake
from portal.reports.reports import Thread, opened_by_resident
from portal.reports.triage import Category, Disposition, TriageState
from tests.conftest import Work
from tests.make import make_report
from tests.page import SAME_ORIGIN, Page, Reader, reader_of
from tests.reports.conftest import WORDS, Desks


def state_of(work: Work, desks: Desks) -> Thread:
    with work() as session:
        return session.scalars(select(Thread).where(Thread.id == desks.thread_id)).one()


def heard(work: Work, desks: Desks) -> list[str]:
    """What the resident reads from the desk."""
    with work() as session:
        thread = session.scalars(select(Thread).where(Thread.id == desks.thread_id)).one()
        opened = opened_by_resident(thread, intake.key_of(desks.code))
        return [said.words.what for said in opened if said.words and said.row.author == "desk"]


def test_desk_sees_that_reports_were_turned_away(app: Portal, desks: Desks) -> None:
    assert "turned away" not in reader_of(app, desks.ana)("/en/desk/").text
    app.settings.reports_per_address = 1
    resident = Reader(app.test_client())
    report = {"what": "They sell by the bus stop.", "category": "selling"}
    resident("/en/report/").form("/report/").submit(**report)
    for _ in range(2):
        resident("/en/report/").form("/report/").submit(429, **report)
    assert "2 tries to send a report were turned away" in reader_of(app, desks.ana)("/en/desk/").text
    assert "2 intentos" in reader_of(app, desks.ana)("/es/desk/", quotes=(WORDS, report["what"])).text


def test_read_answer_and_close(app: Portal, desks: Desks, work: Work) -> None:
    ana = reader_of(app, desks.ana)
    thread = ana(desks.address)
    assert WORDS in thread.text
    again = thread.form_with("what").submit(409, then="close cannot")
    assert "write the reason" in again.text and again.form_with("what").values["then"] == "close cannot"
    assert state_of(work, desks).state == TriageState.NEW
    read = ana(desks.address).form("/read").submit()
    assert state_of(work, desks).state == TriageState.READ
    read.form_with("what").submit(what="We are on it.", then="answer")
    ana(desks.address).form_with("what").submit(what="The gate is mended.", then="close acted")
    thread_row = state_of(work, desks)
    assert (thread_row.state, thread_row.disposition) == (TriageState.CLOSED, Disposition.ACTED)
    assert heard(work, desks) == ["We are on it.", "The gate is mended."]


def test_two_volunteers_at_once_lose_nothing(app: Portal, desks: Desks, work: Work) -> None:
    hers, his = (reader_of(app, one)(desks.address).form_with("what") for one in (desks.ana, desks.ben))
    hers.submit(what="Ana was first.", then="answer")
    told = his.submit(409, what="Ben has a long answer.", then="close acted")
    assert "Somebody was here before you" in told.text and "Ana was first." in told.text
    form = told.form_with("what")
    assert (form.values["what"], form.values["then"]) == ("Ben has a long answer.", "close acted")
    assert heard(work, desks) == ["Ana was first."]
    form.submit()
    assert heard(work, desks) == ["Ana was first.", "Ben has a long answer."]


def at_oversight(app: Portal, desks: Desks) -> Page:
    """The report, handed to the oversight contact."""
    reader_of(app, desks.ana)(desks.address).form("/sort").submit(category="conduct")
    page: Page = reader_of(app, desks.olga)(desks.address)
    return page


def test_what_is_no_complaint_goes_back_when_sure(app: Portal, desks: Desks, work: Work) -> None:
    again = at_oversight(app, desks).form("/sort").submit(409, category="selling")
    assert "say that you are sure" in again.text
    assert again.form("/sort").values["category"] == "selling"
    assert state_of(work, desks).category == Category.CONDUCT
    reader_of(app, desks.ana)(desks.address, 404)
    again.form("/sort").submit(may_read_all="y")
    assert WORDS in reader_of(app, desks.ana)(desks.address).text
    reader_of(app, desks.olga)(desks.address, 404)
    assert state_of(work, desks).category == Category.SELLING
    with work() as session:
        acts = session.scalars(select(AuditEvent).where(AuditEvent.object_id == str(desks.thread_id))).all()
        handed = [(act.action, act.actor_id) for act in acts if act.action.startswith("report.handed")]
        assert handed == [("report.handed_to_oversight", desks.ana.id), ("report.handed_to_triage", desks.olga.id)]
    reader_of(app, desks.olga)(f"/es/desk/{desks.thread_id}", 404)


def test_another_desks_report_answers_like_one_that_never_was(app: Portal, desks: Desks) -> None:
    olga = reader_of(app, desks.olga)
    other = olga(desks.address, 404).response
    never = olga("/en/desk/123456789", 404).response
    assert other.data == never.data
    assert dict(other.headers) == dict(never.headers)


def test_member_not_let_in_yet_sees_no_word(app: Portal, work: Work, desks: Desks) -> None:
    with work() as session:
        for copy in session.scalars(select(DeskKeyCopy).where(DeskKeyCopy.member_id == desks.ben.id)):
            session.delete(copy)
    inbox = reader_of(app, desks.ben)("/en/desk/")
    assert WORDS not in inbox.text and "You cannot open this desk yet" in inbox.text
    # Not even where it is, what it is about and when it came: only that somebody waits, and whom to ask.
    assert "Reports that wait there: 1." in inbox.text
    assert not inbox.has("ul.rows") and "Elm Street" not in inbox.text
    assert inbox.has('main a[href="/en/colleagues/"]')
    ben = reader_of(app, desks.ben)
    ben(desks.address, 404)
    token = ben("/en/account/").find("input[name=csrf_token]").get("value")
    sent = ben.client.post(f"{desks.address}/read", data={"csrf_token": token}, headers=SAME_ORIGIN)
    assert sent.status_code == 404
    assert state_of(work, desks).state == TriageState.NEW
    reader_of(app, desks.ben)("/es/desk/")


def test_what_was_written_is_text_and_never_markup(app: Portal, work: Work, desks: Desks) -> None:
    with work():
        filed = make_report("<img src=x onerror=alert(1)><b>bold</b> \u202eturned\u202c")
        address = f"/en/desk/{filed.thread.id}"
    page = reader_of(app, desks.ana)(address)
    assert "<img src=x" in page.text
    assert page.has("p.said bdi")


def test_begun_answer_stays_when_another_button_is_pressed(app: Portal, desks: Desks, work: Work) -> None:
    begun = {"what": "We look at it,\nand write again.", "then": "close acted"}
    buttons = {"/read": {}, "/note": {"note": "Ask Ben."}, "/sort": {"category": "property", "market": ""}, "/take": {}}
    for button, typed in buttons.items():
        done = reader_of(app, desks.ana)(desks.address).form(button).submit(**begun, **typed)
        form = done.form_with("what")
        assert {name: form.values[name].replace("\r", "") for name in begun} == begun, button
        assert done.has("#typed [data-stay][data-once]"), "who leaves by a link is asked first"
        assert heard(work, desks) == [], "nothing is sent yet"
        assert "Somebody was here before you" not in done.text
    assert "Done." in form.submit(what=begun["what"], then="answer").text
