"""What only the desk writes and reads at a report: notes, translations, saved answers, and several reports as one."""

import pytest
from sqlalchemy import delete, select

from portal.core.audit import AuditEvent
from portal.core.clock import today
from portal.core.statuses import NotFound, Refused
from portal.core.web import Portal
from portal.reports import intake, notes, threads
from portal.reports.desk_texts import SavedAnswer
from portal.reports.notes import DeskNote, notes_of
from portal.reports.reports import Thread, opened_by_resident
from portal.reports.triage import Category, Disposition, TriageState
from portal.reports.words import ReportWords
from tests.conftest import Work
from tests.make import both, keys_of, make_desk, make_member, make_report
from tests.page import SAME_ORIGIN, Form, Page, Reader, reader_of
from tests.reports.conftest import Desks

NOTE = "Same corner as last week, I think."


def the(session, desks: Desks) -> Thread:
    return session.get_one(Thread, desks.thread_id)


def read_by(code: tuple[str, ...], thread: Thread) -> list[str]:
    """What a resident reads from the desk."""
    opened = opened_by_resident(thread, intake.key_of(code))
    return [said.words.what for said in opened if said.words and said.row.author == "desk"]


def posts(reader: Reader, address: str, **data: object) -> int:
    """The answer to a form that no page offers, with a token."""
    token = reader("/en/desk/").find("input[name=csrf_token]").get("value")
    return reader.client.post(address, data=data | {"csrf_token": token}, headers=SAME_ORIGIN).status_code


def edits(page: Page) -> Form:
    """The form in which a saved answer is written."""
    return page.form_with("answer_en")


def translated(page: Page, text: str) -> Page:
    """The page after a translation was sent."""
    form = page.form("/translate/")
    [name] = [one.get("name") for one in form.controls() if one.tag == "textarea" and "other" in one.get("name", "")]
    return form.submit(**{name: text})


def open_outreach(work: Work, desks: Desks) -> None:
    """The report may be passed on to services."""
    with work() as session:
        make_desk(session, [make_member(session, ("services",))], "outreach")
        the(session, desks).category = Category.SERVICES


# --- notes ---


def test_a_note_is_for_colleagues_and_no_draft(app: Portal, desks: Desks, work: Work) -> None:
    open_outreach(work, desks)
    page = reader_of(app, desks.ana)(desks.address, quotes=("Venden junto a la fuente.",))
    noted = page.form("/note").submit(note=NOTE, quotes=("Venden junto a la fuente.",))
    assert NOTE in noted.text and "Ana Ruiz" in noted.text
    assert NOTE in reader_of(app, desks.ben)(desks.address).text
    assert NOTE not in noted.form_with("what").values["readable"]
    with work() as session:
        thread = the(session, desks)
        assert (read_by(desks.code, thread), thread.length, thread.state) == ([], 1, TriageState.NEW)


def test_a_note_is_erased_by_its_desk_only(app: Portal, desks: Desks, work: Work) -> None:
    noted = reader_of(app, desks.ana)(desks.address).form("/note").submit(note=NOTE)
    erase = noted.form("/erase")
    with work() as session:
        [row] = session.scalars(select(DeskNote)).all()
        note_id = row.id
        other = make_report().thread
        with pytest.raises(NotFound):
            notes.erase_note(other, note_id, desks.ana.id)
    assert posts(reader_of(app, desks.olga), f"{desks.address}/note/{note_id}/erase") == 404
    assert NOTE in reader_of(app, desks.ben)(desks.address).text
    assert NOTE not in erase.submit().text


@pytest.mark.both_databases
def test_notes_go_to_oversight_and_theirs_stay_there(work: Work, desks: Desks) -> None:
    with work() as session:
        thread = the(session, desks)
        notes.add_note(thread, NOTE, desks.ana.id)
        session.flush()
        [row] = session.scalars(select(DeskNote)).all()
        assert NOTE.encode() not in row.box
        assert [one.text for one in notes_of(thread, keys_of(desks.ben))] == [NOTE]
        assert [one.text for one in notes_of(thread, keys_of(desks.olga))] == [None]
        assert "report.noted" in session.scalars(select(AuditEvent.action)).all()
        notes.translate(thread, thread.messages[0].id, "They sell by the fountain.", desks.ana.id)
        session.flush()
        threads.sort(thread, Category.CONDUCT, None, keys_of(desks.ana), desks.ana.id)
        session.flush()
        hers = keys_of(desks.olga)
        assert {one.text for one in notes_of(thread, hers)} == {NOTE, "They sell by the fountain."}
        assert {one.text for one in notes_of(thread, keys_of(desks.ana))} == {None}, "the first desk's copies are gone"
        notes.add_note(thread, "The officer is known to us.", desks.olga.id)
        session.flush()
        threads.sort(thread, Category.SELLING, None, hers, desks.olga.id, sure=True)
        session.flush()
        assert [one.text for one in notes_of(thread, keys_of(desks.ana))] == ["They sell by the fountain."]
        # With the report they are gone.
        session.execute(delete(Thread).where(Thread.id == desks.thread_id))
        assert session.scalars(select(DeskNote)).all() == []


# --- translations ---


def test_a_translation_stands_beside_the_original_with_a_name(app: Portal, desks: Desks, work: Work) -> None:
    open_outreach(work, desks)
    page = reader_of(app, desks.ana)(desks.address)
    done = translated(page, "They sell by the fountain. Call 336-555-0123.")
    assert "Venden junto a la fuente." in done.text and "They sell by the fountain." in done.text
    assert "Translated by Ana Ruiz" in done.text
    draft = reader_of(app, desks.ben)(desks.address).form_with("what").values["readable"]
    assert draft.startswith("They sell by the fountain."), "whoever gets it reads one language"
    assert "Venden" not in draft
    assert "555-0123" not in draft, "it is masked as the words are"
    better = translated(reader_of(app, desks.ben)(desks.address), "They deal next to the fountain.")
    assert "Translated by Ben" in better.text and "They sell by the fountain." not in better.text
    with work() as session:
        assert len(session.scalars(select(DeskNote)).all()) == 1
        assert read_by(desks.code, the(session, desks)) == []


# --- saved answers ---


def save(work: Work, desks: Desks, answer_es: str = "Gracias. La ciudad arregla la farola.") -> int:
    texts = {"title": both("Lamp", "Farola"), "answer": both("Thanks. The city mends it.", answer_es)}
    with work() as session:
        made = SavedAnswer(desk_id=desks.triage_id, changed_by_id=desks.ana.id, changed_on=today(), **texts)
        session.add(made)
        session.flush()
        return made.id


def test_saved_answer_begins_one_in_language_of_person(app: Portal, desks: Desks, work: Work) -> None:
    save(work, desks)
    page = reader_of(app, desks.ana)(desks.address)
    assert "Thanks. The city mends it." in page.text, "both languages stand there"
    form = page.form_with("what")
    button = next(one for one in form.buttons() if "/begin/" in one.get("formaction", ""))
    values = dict(form.values.items()) | {"what": "Buenas noches.", "then": "close acted"}
    begun = page.reader.read(page.reader.client.post(button.get("formaction"), data=values, headers=SAME_ORIGIN))
    again = begun.form_with("what")
    assert again.values["what"] == "Buenas noches.\n\nGracias. La ciudad arregla la farola."
    assert again.values["then"] == "close acted", "what was chosen stays"
    with work() as session:
        assert read_by(desks.code, the(session, desks)) == [], "nothing is sent yet"
    again.submit()
    with work() as session:
        assert read_by(desks.code, the(session, desks))[0].startswith("Buenas noches.")


def test_saved_answers_are_bilingual_and_look_for_names(app: Portal, desks: Desks, work: Work) -> None:
    page = reader_of(app, desks.ana)("/en/desk/answers/new")
    texts = {"title_en": "Lamp", "title_es": "Farola", "answer_en": "Thanks.", "answer_es": ""}
    again = page.form("/answers/new").submit(422, **texts)
    assert "in both languages" in again.text
    asked = again.form("/answers/new").submit(422, answer_es="Llame a Juan Pérez, 336-555-0123.")
    assert "One more look" in asked.text and "a phone number" in asked.text
    done = asked.form("/answers/new").submit(answer_es="Gracias.")
    assert "Lamp" in done.text
    with work() as session:
        assert session.scalars(select(SavedAnswer)).one().answer == both("Thanks.", "Gracias.")
    changed = edits(done.follow("Lamp")).submit(answer_en="Thank you.")
    assert "Thank you." in changed.text
    assert "Nothing here." in changed.follow("Lamp").form("/erase").submit().text


def test_a_desk_does_not_reach_another_ones_saved_answers(app: Portal, desks: Desks, work: Work) -> None:
    answer_id, olga = save(work, desks), reader_of(app, desks.olga)
    assert "Lamp" not in olga("/en/desk/answers/").text
    olga(f"/en/desk/answers/{answer_id}", 404)
    texts = dict.fromkeys(("title_en", "title_es", "answer_en", "answer_es"), "a")
    assert posts(olga, "/en/desk/answers/new", desk=str(desks.triage_id), version="0", **texts) == 422
    for address in (f"/en/desk/answers/{answer_id}/erase", f"{desks.address}/begin/{answer_id}"):
        assert posts(olga, address) == 404
    with work() as session:
        assert [row.id for row in session.scalars(select(SavedAnswer))] == [answer_id]


# --- several reports of one matter ---


def two_more(work: Work, desks: Desks) -> list[tuple[int, tuple[str, ...]]]:
    """Two more reports of the same, one in English, and their code words."""
    with work():
        one = make_report("They sell at the fountain", market_id=desks.market_id)
        two = make_report("Otra vez en la fuente", language="es", market_id=desks.market_id)
        make_report("At another place")
        return [(filed.thread_id, filed.code) for filed in (one, two)]


def test_several_are_closed_as_the_same_after_one_question(app: Portal, desks: Desks, work: Work) -> None:
    others = two_more(work, desks)
    page = reader_of(app, desks.ana)(desks.address).follow("Close others as the same as this one")
    assert "At another place" not in page.text
    assert "Choose at least one" in page.form("/same").submit().text
    asked = page.form("/same").submit(same=[str(thread_id) for thread_id, _code in others])
    assert "Close these as the same?" in asked.text
    with work() as session:
        assert len(session.scalars(select(Thread).where(Thread.state == "closed")).all()) == 0
    assert "2 reports are closed as the same as this one." in asked.form("/same").submit().text
    with work() as session:
        for thread_id, _code in others:
            assert session.get_one(Thread, thread_id).disposition == Disposition.DUPLICATE
        assert the(session, desks).state != TriageState.CLOSED
    for thread_id, _code in others:
        assert "closed as the same as another report" in reader_of(app, desks.ben)(f"/en/desk/{thread_id}").text


def test_each_reporter_reads_the_answer_in_their_language(
    work: Work, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = two_more(work, desks)
    said: list[tuple[int, str]] = []
    monkeypatch.setattr(threads.ANSWER_POSTED, "plugged", lambda: (lambda *answer: said.append(answer),))
    with work() as session:
        thread = the(session, desks)
        assert len(threads.close_as_same(thread, [thread_id for thread_id, _code in others], desks.ana.id)) == 2
        session.flush()
        assert threads.answer_alike(thread, {"es": "La ciudad viene.", "en": "The city comes."}, desks.ana.id) == 2
        threads.answer_alike(thread, {"es": "Listo."}, desks.ana.id, Disposition.ACTED)
        session.flush()
        (one, one_code), (two, two_code) = others
        assert read_by(one_code, session.get_one(Thread, one)) == ["The city comes.", "We checked and acted.\n\nListo."]
        assert read_by(two_code, session.get_one(Thread, two))[0] == "La ciudad viene."
        assert read_by(desks.code, thread) == []
        assert session.get_one(Thread, one).state == TriageState.CLOSED
        assert {thread_id for thread_id, _text in said} == {one, two}


def test_what_shows_who_somebody_is_is_asked_about_first(app: Portal, desks: Desks, work: Work) -> None:
    others = two_more(work, desks)
    one, one_code = others[0]
    with work() as session:
        threads.close_as_same(the(session, desks), [thread_id for thread_id, _code in others], desks.ana.id)
    asked = (
        reader_of(app, desks.ana)(desks.address)
        .form_with("what")
        .submit(422, what="Gracias, Rosa Pérez. 336-555-0142", what_alike="Thank you.", then="answer", alike="y")
    )
    assert "a phone number" in asked.text and "Rosa Pérez" in asked.text
    with work() as session:
        assert read_by(one_code, session.get_one(Thread, one)) == []
    asked.form_with("what").submit(sure="y", names_checked="y")
    with work() as session:
        assert len(read_by(one_code, session.get_one(Thread, one))) == 1


def test_who_writes_again_is_read_on_their_own(work: Work, desks: Desks) -> None:
    (one, one_code), (two, _code) = two_more(work, desks)
    with work() as session:
        first, second = session.get_one(Thread, one), the(session, desks)
        threads.close_as_same(second, [one], desks.ana.id)
        session.flush()
        threads.add_words(first, ReportWords("No, the other fountain!"))
        session.flush()
        assert threads.answer_alike(second, {"es": "Listo."}, desks.ana.id) == 0
        assert read_by(one_code, first) == []
        # The first of several is never closed as the same itself.
        threads.close_as_same(first, [two], desks.ana.id)
        session.flush()
        assert threads.close_as_same(second, [one, two], desks.ana.id) == []
        threads.close(second, Disposition.ACTED, "", desks.ana.id)
        with pytest.raises(Refused, match="already_there"):
            threads.close_as_same(second, [one], desks.ana.id)


def test_a_complaint_has_no_same_and_shares_no_answers(app: Portal, desks: Desks, work: Work) -> None:
    others = two_more(work, desks)
    with work() as session:
        thread, elsewhere = the(session, desks), make_report("At another place").thread_id
        at_oversight = make_report("An officer", category=Category.CONDUCT).thread_id
        # What is elsewhere is never closed by a guess.
        assert threads.close_as_same(thread, [elsewhere, at_oversight, desks.thread_id], desks.ana.id) == []
        threads.close_as_same(thread, [thread_id for thread_id, _code in others], desks.ana.id)
        session.flush()
        threads.sort(thread, Category.CONDUCT, None, keys_of(desks.ana), desks.ana.id)
        session.flush()
        assert threads.same_as(thread) == [], "the oversight contact does not learn of the desk's reports"
        assert threads.first_of(session.get_one(Thread, others[0][0])) is None, "nor the desk of theirs"
    assert "Close others" not in reader_of(app, desks.olga)(desks.address).text
    assert posts(reader_of(app, desks.olga), f"/en/desk/{others[0][0]}/same", same=[elsewhere], sure="y") == 404
    with work() as session:
        assert session.get_one(Thread, elsewhere).state == TriageState.NEW
