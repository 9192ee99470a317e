"""A bad night at the desk: what is no report, several at once, the way back, words sent twice, and the next shift."""

import pytest
from sqlalchemy import select

from portal.core.clock import today
from portal.core.reading.train import examples
from portal.core.web import Portal
from portal.reports import threads
from portal.reports.desk_texts import OURS
from portal.reports.notes import DeskNote, for_next_shift
from portal.reports.reports import Thread
from portal.reports.triage import Disposition, Referral, TriageState
from portal.reports.words import ReportWords, likeness
from tests.conftest import Work
from tests.make import keys_of, make_report
from tests.page import SAME_ORIGIN, Page, Reader, reader_of
from tests.reports.conftest import Desks

LEFT = "The lamp is with the city."


def the(work: Work, thread_id: int) -> Thread:
    with work() as session:
        thread = session.get_one(Thread, thread_id)
        session.refresh(thread)
        return thread


def chosen(page: Page) -> list[str]:
    return [box.get("value") or "" for box in page.find_all(".pick")]


def test_what_is_no_report_ends_in_silence(
    app: Portal, desks: Desks, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[int, str]] = []
    monkeypatch.setattr(threads.ANSWER_POSTED, "plugged", lambda: (lambda *answer: said.append(answer),))
    with work() as session:
        session.get_one(Thread, desks.thread_id).urgent = True
    before = vars(the(work, desks.thread_id)) | {}
    ana = reader_of(app, desks.ana)
    begun = ana(desks.address).form("/not-a-report").submit(409, what="Thank")
    assert "nobody is told anything" in begun.text and begun.form_with("what").values["what"] == "Thank"
    ended = ana(desks.address).form("/not-a-report").submit()
    ended_row = the(work, desks.thread_id)
    assert (ended_row.disposition, ended_row.length, said) == (Disposition.NOT_REPORT, 1, [])
    assert "Nothing here. Good." in ended.text and ended.has("h1[autofocus]")
    resident = Reader(app.test_client())("/en/report/follow").form("/follow").submit(code=" ".join(desks.code))
    assert "It is closed." in resident.text and "not a report" not in resident.text
    assert "Undo: open again" in ana(desks.address).text, "also later"
    back = ended.form("/reopen").submit()
    assert "1 report is open again." in back.text and back.has("h1[autofocus]")
    changed = {name for name, value in vars(the(work, desks.thread_id)).items() if value != before[name]}
    assert changed <= {"_sa_instance_state", "version"} and said == []
    with work() as session:
        thread = session.get_one(Thread, desks.thread_id)
        threads.close(thread, Disposition.NOT_REPORT, "", desks.ana.id)
        threads.add_words(thread, ReportWords("It is one."))
        assert (thread.state, thread.closed_on) == (TriageState.NEW, None), "nobody has read it"
        threads.mark_read(thread, desks.ana.id)
        thread.state, thread.passed_to, thread.passed_on = TriageState.PASSED, Referral.PROPERTY, today()
        threads.close(thread, Disposition.NOT_REPORT, "", desks.ana.id)
        threads.reopen(thread, desks.ana.id)
        session.refresh(thread)
        assert thread.state is TriageState.READ
        assert thread.passed_to is None, "nobody else can open it any more"


def test_several_end_at_once_and_come_back_at_once(app: Portal, desks: Desks, work: Work) -> None:
    with work():
        newer = make_report("By the gate").thread_id
        for number in range(3):
            make_report(f"Buy now {number}")
    ana = reader_of(app, desks.ana)
    page = ana("/en/desk/")
    assert "Choose at least one" in page.form("/end").submit().text
    reader_of(app, desks.ben)(f"/en/desk/{newer}").form("/read").submit()
    ended = page.form("/end").submit(chosen=chosen(page))
    assert "4 reports are closed." in ended.text and "Some stay open" in ended.text
    assert the(work, newer).state == TriageState.READ, "a colleague was there meanwhile"
    assert "4 reports are open again." in ended.form("/reopen").submit().text
    assert len(chosen(ana("/en/desk/"))) == 5
    told = ana("/en/desk/")
    told.form("/end").submit(chosen=chosen(told)[:2], how="not_seen")
    with work() as session:
        closed = select(Thread.disposition).where(Thread.closed_on.is_not(None))
        assert session.scalars(closed).all() == [Disposition.NOT_SEEN] * 2


def test_the_same_words_are_asked_about_once(app: Portal, desks: Desks, work: Work) -> None:
    ana = reader_of(app, desks.ana)
    ana(desks.address).form_with("what").submit(what="We look at it.", then="answer")
    asked = ana(desks.address).form_with("what").submit(422, what=" We look  at it. ", then="answer")
    assert "You sent these words already" in asked.text and the(work, desks.thread_id).length == 2
    asked.form_with("what").submit(again="y")
    assert the(work, desks.thread_id).length == 3


@pytest.mark.both_databases
def test_a_word_for_the_next_shift_is_sealed(app: Portal, desks: Desks, work: Work) -> None:
    ana, ben, olga = (reader_of(app, member) for member in (desks.ana, desks.ben, desks.olga))
    note, address = f"shift-{desks.triage_id}-note", f"/en/desk/shift/{desks.triage_id}"
    for words in ("Not this one.", LEFT):
        ana("/en/desk/").form_with(note).submit(**{note: words})
    shown = ben("/en/desk/")
    assert LEFT in shown.text and "Ana Ruiz" in shown.text and "Not this one" not in shown.text
    assert LEFT not in olga("/en/desk/").text
    with work() as session:
        [row] = session.scalars(select(DeskNote))
        assert LEFT.encode() not in row.box and row.thread_id is None
        assert for_next_shift([desks.triage_id], keys_of(desks.olga))[desks.triage_id].text is None
    assert "a" * 501 in shown.form_with(note).submit(422, **{note: "a" * 501}).response.text
    token = olga("/en/desk/").find("input[name=csrf_token]").get("value")
    assert olga.client.post(address, data={"csrf_token": token}, headers=SAME_ORIGIN).status_code == 404
    [away] = (form for form in shown.forms("/shift/") if note not in form.values)
    assert LEFT not in away.submit().text
    with work() as session:
        assert session.scalars(select(DeskNote)).all() == []


def test_there_are_answers_to_begin_with(app: Portal, desks: Desks, work: Work) -> None:
    page = reader_of(app, desks.ana)(desks.address)
    assert len(OURS) == 10 and all(one.title.is_whole and one.answer.is_whole for one in OURS)
    form = page.form_with("what")
    button = next(one for one in form.buttons() if one.get("data-key") == "3")
    begun = page.reader.read(page.reader.client.post(button.get("formaction"), data=form.values))
    again = begun.form_with("what")
    assert (
        (again.values["what"], again.values["then"]) == (OURS[2].answer.es, "ask") == (button.get("data-words"), "ask")
    )
    assert the(work, desks.thread_id).length == 1, "nothing is sent"


SAME = """\
A man in a blue cart sells little bags in front of the school on Maple every afternoon.
El señor del carrito azul vende bolsitas frente a la escuela de la Maple todas las tardes
Three men sit in a grey van behind the old Rialto and people come up to the window with money.
grey van behind rialto ppl walk up w cash 3 dudes inside
La luz de la esquina de Quitman y Stopford no sirve desde hace un mes y ahi venden en lo oscuro
light out quitman n stopford a month now they be selling in the dark
""".splitlines()


def test_those_that_tell_of_the_same_stand_first() -> None:
    """Four of five at least are among the first twenty of four hundred."""
    others = [one.text for one in examples() if one.meaning == "report" and len(one.text.split()) > 5][:394]
    right = 0
    for at, text in enumerate(SAME):
        alike = likeness(text, [*SAME, *others])
        first = sorted(range(len(alike)), key=lambda number: -alike[number])[:20]
        right += at ^ 1 in first
    assert right >= 0.8 * len(SAME), right
    assert likeness("", ["", "a"]) == [0, 0]
