"""Flyers as everybody gets them, and what the team prints and copies."""

from io import BytesIO

from pypdf import PdfReader

from portal.config import SmsSender
from portal.core.web import Portal
from portal.meetings.agenda import AgendaPoint
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import MeetingState
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_member, make_room
from tests.page import Reader, reader_of
from tests.pdfs import accessible, text_of


def test_a_flyer_says_it_all_in_its_language(page: Reader, work: Work) -> None:
    with work() as session:
        base = f"/es/meetings/{make_meeting(session, title=both('Evening', 'Tarde')).slug}/flyer"
    told = ("Tarde", "Biblioteca, sala 2", "Cuidado de niños: Ya preguntamos", "Transporte: No", "in English too")
    file, picture = (page.client.get(f"{base}{end}") for end in ("-letter.pdf", ".png"))
    assert (file.mimetype, picture.mimetype) == ("application/pdf", "image/png")
    text = text_of(file.data)
    assert "localhost/es/meetings/evening" in text
    assert [words for words in told if words not in text] == []
    assert picture.data[:4] == b"\x89PNG"


def test_a_flyer_says_the_code_that_answers_by_text(app: Portal, page: Reader, work: Work) -> None:
    app.settings.sms_sender, app.settings.sms_number = SmsSender.CONSOLE, "+12025550100"
    with work() as session:
        slugs = make_room(session, text_code="3690").slug, make_meeting(session).slug
    for lang, words in (("en", "text MEET 3690 to"), ("es", "mande REUNION 3690 por mensaje de texto al")):
        files = (page.client.get(f"/{lang}/meetings/{slug}/flyer-letter.pdf") for slug in slugs)
        said, unsaid = (text_of(file.data).replace("\xa0", " ") for file in files)
        assert f"{words} (202) 555-0100" in said
        assert "555-0100" not in unsaid


def test_it_is_announced_as_it_is_now(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session, title=both("Evening", "Tarde"))
    url, address = f"/es/team/meetings/{meeting.id}/paper/", f"/en/team/announce/{meeting.slug}/"
    for shown in (editor(url).text, editor(address).text):
        assert "you are invited: Evening." in shown and "Transporte: No" in shown
    with work() as session:
        found = session.get_one(Meeting, meeting.id)
        found.state, found.change_reason = MeetingState.CANCELLED, both("The hall is closed.", "El salón está cerrado.")
    called_off = editor(address).text
    assert "please say so from the front" in called_off and "you are invited" not in called_off
    # Words to read, in both languages: nobody has to find some in front of a congregation.
    assert called_off.count("will not take place. Reason: The hall is closed.") == 2
    assert called_off.count("ya no se va a hacer. Motivo: El salón está cerrado.") == 2


SHEETS = ("door", "evening", "phone-tree")
LONGEST = "¿Qué sigue? #panic() $x$ [y] \\ 🙂 " + "W" * 90


def test_sheet_and_its_file_ask_for_no_name(editor: Reader, work: Work) -> None:
    for kind, points in (("door", 0), ("evening", 60), ("phone-tree", 1)):
        with work() as session:
            empty = both("", "") if points else both("See **you**", "Nos vemos")
            meeting = make_meeting(session, title=both(LONGEST, LONGEST), purpose=empty, slug=kind, uid=kind)
            for number in range(points):
                what = both(f"Point {number}.", f"Punto {number}.")
                session.add(AgendaPoint(meeting_id=meeting.id, position=number, minutes=1, what=what))
        path = f"/es/team/meetings/{meeting.id}/paper/{kind}"
        sheets = editor(f"/es/team/meetings/{meeting.id}/paper/", quotes=(LONGEST, "See **you**"))
        assert sheets.has(f"a[href={path}.pdf]")
        answer = editor.client.get(f"{path}.pdf")
        assert answer.headers["Cache-Control"] == "no-store"
        found = accessible(answer.data, "es", PdfReader(BytesIO(answer.data)).metadata.title)
        assert [tag for tag, _element in found].count("/TH") >= 3
        text = text_of(answer.data)
        assert kind != "door" or "sin nombres" in text
        if kind == "evening":
            assert all(f"Punto {number}." in text for number in range(points))


def test_nothing_is_printed_of_a_draft(editor: Reader, work: Work) -> None:
    with work() as session:
        draft = make_meeting(session, published=False)
    for path in ("", *(f"{kind}.pdf" for kind in SHEETS)):
        editor(f"/en/team/meetings/{draft.id}/paper/{path}", 409)


def test_a_faith_partner_announces_public_meetings(app: Portal, work: Work) -> None:
    with work() as session:
        pastor = make_member(session, ("faith_partner",))
        meeting = make_meeting(session, title=both("Evening", "Tarde"))
        draft = make_meeting(session, title=both("Unsaid", "Callada"), published=False)
        veiled = make_market(session, "Veiled Street", released=False)
        let_in(session, veiled, pastor)
        hidden = make_meeting(session, title=both("Veiled", "Velada"), market_id=veiled.id)
    reader = reader_of(app, pastor)
    listed = reader("/es/team/announce/")
    assert "Tarde" in listed.text
    assert not [word for word in ("Unsaid", "Callada", "Veiled", "Velada") if word in listed.text]
    words = reader(f"/es/team/announce/{meeting.slug}/", quotes=("Evening", "Library", "Neighbors"))
    assert "Neighbors, you are invited: Evening." in words.text
    assert "Transporte: No" in words.text
    file = reader.client.get(f"/es/team/announce/{meeting.slug}/phone-tree.pdf")
    assert "Biblioteca" in text_of(file.data)
    for slug in (draft.slug, hidden.slug, "nothing"):
        reader(f"/es/team/announce/{slug}/", 404)
        assert reader.client.get(f"/es/team/announce/{slug}/phone-tree.pdf").status_code == 404
    for path in (f"meetings/{meeting.id}/coming", f"meetings/{meeting.id}/paper/", "meetings/"):
        reader(f"/es/team/{path}", 403)
