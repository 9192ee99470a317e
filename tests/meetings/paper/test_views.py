"""Flyers as everybody gets them, and what the team prints and copies."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from pypdf import PdfReader

from portal.config import SmsSender
from portal.core.clock import now
from portal.core.web import Portal
from portal.meetings.agenda import AgendaPoint
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.rsvp import MeetingSeats
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_member, sign_in
from tests.page import SAME_ORIGIN, Form, Page, Reader
from tests.pdfs import accessible, text_of

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
PAPER = ("", "phone-tree", "door", "evening")


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",))
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


@LANGUAGES
def test_a_flyer_says_it_all_in_its_language(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session, title=both("Evening", "Tarde"))
    answer = page.client.get(f"/{lang}/meetings/{meeting.slug}/flyer-letter.pdf")
    assert answer.mimetype == "application/pdf"
    told = {
        "en": ("Evening", "Library, room 2", "Childcare: We have asked", "Ride: No", "también está en español"),
        "es": ("Tarde", "Biblioteca, sala 2", "Cuidado de niños: Ya preguntamos", "Transporte: No", "in English too"),
    }
    text = text_of(answer.data)
    assert [words for words in told[lang] if words not in text] == []
    assert f"localhost/{lang}/meetings/evening" in text
    drawn = page.client.get(f"/{lang}/meetings/{meeting.slug}/flyer-a4.svg")
    assert drawn.mimetype == "image/svg+xml"
    drawing = ET.fromstring(drawn.text)
    # Its letters are drawings, and it says beside them what they say.
    lines = drawing.find("{*}desc").text
    assert [words for words in told[lang] if words not in lines] == []
    picture = page.client.get(f"/{lang}/meetings/{meeting.slug}/flyer.png")
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")


@pytest.mark.parametrize(("lang", "words"), [("en", "text MEET 3690 to"), ("es", "mensaje REUNION 3690 al")])
def test_a_flyer_says_the_code_that_makes_a_text_an_answer_and_no_number_without_it(
    app: Portal, page: Reader, work: Work, lang: str, words: str
) -> None:
    settings = app.settings
    settings.sms_sender, settings.sms_number = SmsSender.CONSOLE, "+12025550100"
    with work() as session:
        coded, bare = make_meeting(session), make_meeting(session)
        session.flush()
        session.add(MeetingSeats(meeting_id=coded.id, text_code="3690"))

    def said(meeting: Meeting) -> str:
        return text_of(page.client.get(f"/{lang}/meetings/{meeting.slug}/flyer-letter.pdf").data).replace("\xa0", " ")

    assert f"{words} (202) 555-0100" in said(coded)
    assert "555-0100" not in said(bare)


@LANGUAGES
def test_the_page_of_a_meeting_leads_to_its_flyers(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        slug = make_meeting(session).slug
        over = make_meeting(session, starts_at=now() - timedelta(days=3)).slug
    found = page(f"/{lang}/meetings/{slug}")
    for name in ("flyer-letter.pdf", "flyer-a4.pdf", "flyer.png"):
        assert found.has(f"a[href=/{lang}/meetings/{slug}/{name}]")
        assert not page(f"/{lang}/meetings/{over}").has(f"a[href=/{lang}/meetings/{over}/{name}]")
        assert page.client.get(f"/{lang}/meetings/{over}/{name}").status_code == 404


def test_a_flyer_of_what_was_called_off_says_that_first(page: Reader, work: Work) -> None:
    with work() as session:
        reason = both("The hall is closed.", "El salón está cerrado.")
        slug = make_meeting(session, state="cancelled", change_reason=reason).slug
    text = text_of(page.client.get(f"/es/meetings/{slug}/flyer-a4.pdf").data)
    assert "Cancelada Motivo: El salón está cerrado." in text
    assert "Intérprete" not in text


def test_a_change_is_on_the_next_flyer(page: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    url = f"/en/meetings/{meeting.slug}/flyer-a4.pdf"
    before = page.client.get(f"{url}?1").data
    with work() as session:
        session.get_one(Meeting, meeting.id).place = both("The park", "El parque")
    after = page.client.get(f"{url}?2").data
    assert ("Library" in text_of(before), "The park" in text_of(after)) == (True, True)


@LANGUAGES
def test_announcements_are_there_in_both_languages_to_change_and_copy(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session, title=both("Evening", "Tarde"))
    found = editor(f"/{lang}/team/meetings/{meeting.id}").follow(
        "Flyers and sheets" if lang == "en" else "Volantes y hojas"
    )
    texts = {area.get("id"): "".join(area.itertext()) for area in found.find_all("textarea")}
    assert set(texts) == {f"{name}_{code}" for name in ("bulletin", "announcement") for code in ("en", "es")}
    assert "Ride: No" in texts["bulletin_en"]
    assert "Transporte: No" in texts["announcement_es"]
    assert "/es/meetings/evening" in texts["bulletin_es"]
    assert "localhost" not in texts["announcement_en"]


def words_form(page: Page, kind: str = "bulletin") -> Form:
    return Form(page, next(form for form in page.find_all("form") if form.get("action", "").endswith(f"/words/{kind}")))


@LANGUAGES
@pytest.mark.both_databases
def test_words_that_were_changed_are_kept_and_say_when_the_meeting_has_changed(
    editor: Reader, work: Work, lang: str
) -> None:
    with work() as session:
        meeting = make_meeting(session, title=both("Evening", "Tarde"))
    url = f"/{lang}/team/meetings/{meeting.id}/paper/"
    changed = "The meeting has changed" if lang == "en" else "La reunión cambió"
    saved = words_form(editor(url)).submit(
        bulletin_en="Come, all.", bulletin_es="Vengan todos.", quotes=("Come, all.",)
    )
    assert words_form(saved).values["bulletin_en"] == "Come, all."
    assert "Ride: No" in words_form(saved, "announcement").values["announcement_en"]
    assert changed not in saved.text
    with work() as session:
        session.get_one(Meeting, meeting.id).place = both("The park", "El parque")
    outdated = editor(url, quotes=("Come, all.",))
    assert changed in outdated.text
    assert ("The park" if lang == "en" else "El parque") in outdated.text
    assert words_form(outdated).values["bulletin_es"] == "Vengan todos."
    again = words_form(outdated).submit(press="again")
    assert changed not in again.text
    assert "The park" in words_form(again).values["bulletin_en"]


def test_words_in_one_language_are_refused_and_an_older_side_is_marked(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    url = f"/en/team/meetings/{meeting.id}/paper/"
    refused = words_form(editor(url)).submit(422, bulletin_es="", bulletin_en="Come.")
    assert (words_form(refused).values["bulletin_en"], words_form(refused).values["bulletin_es"]) == ("Come.", "")
    words_form(editor(url)).submit(bulletin_en="Come.", bulletin_es="Vengan.")
    older = words_form(editor(url)).submit(bulletin_en="Come at six.")
    assert "Older than the English text" in older.text
    assert "Older than" not in words_form(older).submit(bulletin_es="Vengan a las seis.").text


def test_two_who_change_the_words_at_once_lose_nothing(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    url = f"/en/team/meetings/{meeting.id}/paper/"
    one, other = words_form(editor(url)), words_form(editor(url))
    one.submit(bulletin_en="Theirs", bulletin_es="Suyo")
    conflict = other.submit(409, bulletin_en="Mine", bulletin_es="Mío")
    assert "Theirs" in conflict.text
    assert words_form(words_form(conflict).submit()).values["bulletin_en"] == "Mine"


def test_words_of_no_kind_are_nowhere(app: Portal, editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    form = words_form(editor(f"/en/team/meetings/{meeting.id}/paper/"))
    form.element.set("action", f"/en/team/meetings/{meeting.id}/paper/words/nothing")
    form.submit(404)


@LANGUAGES
def test_sheets_for_the_evening_ask_for_no_name(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session)
    for path in PAPER[1:]:
        sheet = editor(f"/{lang}/team/meetings/{meeting.id}/paper/{path}")
        assert sheet.has("button[data-print]")
        assert not [field for form in sheet.find_all("main form") for field in form.iter("input")]
    door = editor(f"/{lang}/team/meetings/{meeting.id}/paper/door").text
    assert ("no names" if lang == "en" else "sin nombres") in door


SHEETS = ("door", "evening", "phone-tree")
LONGEST = "¿Qué sigue? #panic() $x$ [y] \\ 🙂 " + "W" * 90


@LANGUAGES
@pytest.mark.parametrize("kind", SHEETS)
@pytest.mark.parametrize("points", [0, 1, 60])
def test_a_sheet_as_a_file_says_what_its_page_says(
    editor: Reader, work: Work, lang: str, kind: str, points: int
) -> None:
    with work() as session:
        empty = both("", "") if points else both("See **you**", "Nos vemos")
        meeting = make_meeting(session, title=both(LONGEST, LONGEST), purpose=empty)
        session.flush()
        for number in range(points):
            what = both(f"Point {number}.", f"Punto {number}.")
            session.add(AgendaPoint(meeting_id=meeting.id, position=number, minutes=1, what=what))
    path = f"/{lang}/team/meetings/{meeting.id}/paper/{kind}"
    page = editor(path, quotes=(LONGEST, "See **you**"))
    assert page.has(f"a[href={path}.pdf]")
    answer = editor.client.get(f"{path}.pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    found = accessible(answer.data, lang, PdfReader(BytesIO(answer.data)).metadata.title)
    kinds = [tag for tag, _element in found]
    cells = [" ".join(" ".join(cell.itertext()).split()) for cell in page.find_all("main th")]
    assert kinds.count("/TH") >= len(page.find("main thead").findall(".//th"))
    text = text_of(answer.data)
    assert [words for words in cells if words not in text] == []
    if kind == "evening":
        assert all((f"Point {number}." if lang == "en" else f"Punto {number}.") in text for number in range(points))


def test_nothing_is_printed_of_a_draft(editor: Reader, work: Work) -> None:
    with work() as session:
        draft = make_meeting(session, published=False)
    for path in (*PAPER, *(f"{kind}.pdf" for kind in SHEETS)):
        editor(f"/en/team/meetings/{draft.id}/paper/{path}", 409)


@LANGUAGES
def test_whoever_is_refused_stays_among_the_rooms_and_finds_the_way_back(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        draft = make_meeting(session, published=False)
    here, refused = f"/{lang}/team/meetings/{draft.id}", f"/{lang}/team/meetings/{draft.id}/paper/"
    ways = {
        f"http://localhost{here}": here,
        f"http://localhost{refused}": f"/{lang}/team/today/",
        f"https://elsewhere.example{here}": f"/{lang}/team/today/",
        "http://localhost//elsewhere.example/": f"/{lang}/team/today/",
        "": f"/{lang}/team/today/",
    }
    for came, back in ways.items():
        page = editor(refused, 409, headers={**SAME_ORIGIN, "Referer": came})
        assert page.find("[data-error] a").get("href") == back
        assert page.has("form.sign-out")
        assert not page.has("a.exit")


@LANGUAGES
def test_what_comes_in_half_a_year_lies_folded_below_this_month(app: Portal, work: Work, lang: str) -> None:
    with work() as session:
        near = make_meeting(session, title=both("Soup", "Sopa"))
        far = make_meeting(session, title=both("Spring", "Primavera"), starts_at=now() + timedelta(days=150))
        pastor = make_member(session, ("faith_partner",))
    client = app.test_client()
    sign_in(client, pastor)
    listed = Reader(client)(f"/{lang}/team/announce/")
    folded = "".join(listed.find("main details").itertext())
    assert (near.title[lang] in folded, far.title[lang] in folded) == (False, True)
    assert near.title[lang] in listed.text


@LANGUAGES
def test_a_faith_partner_announces_public_meetings_and_sees_no_answer(app: Portal, work: Work, lang: str) -> None:
    with work() as session:
        pastor = make_member(session, ("faith_partner",))
        meeting = make_meeting(session, title=both("Evening", "Tarde"))
        draft = make_meeting(session, title=both("Unsaid", "Callada"), published=False)
        veiled = make_market(session, "Veiled Street", released=False)
        session.flush()
        let_in(session, veiled, pastor)
        hidden = make_meeting(session, title=both("Veiled", "Velada"), market_id=veiled.id)
    client = app.test_client()
    sign_in(client, pastor)
    reader = Reader(client)
    listed = reader(f"/{lang}/team/announce/")
    assert ("Evening" if lang == "en" else "Tarde") in listed.text
    assert not [word for word in ("Unsaid", "Callada", "Veiled", "Velada") if word in listed.text]
    words = reader(f"/{lang}/team/announce/{meeting.slug}/", quotes=("Evening", "Library", "Neighbors"))
    assert "Neighbors, you are invited: Evening." in words.text
    assert "Transporte: No" in words.text
    sheet = reader(f"/{lang}/team/announce/{meeting.slug}/phone-tree")
    assert len(list(sheet.find_all("tbody tr"))) == 14
    file = client.get(f"/{lang}/team/announce/{meeting.slug}/phone-tree.pdf")
    assert "Library" in text_of(file.data) if lang == "en" else "Biblioteca" in text_of(file.data)
    for slug in (draft.slug, hidden.slug, "nothing"):
        reader(f"/{lang}/team/announce/{slug}/", 404)
        reader(f"/{lang}/team/announce/{slug}/phone-tree", 404)
        assert client.get(f"/{lang}/team/announce/{slug}/phone-tree.pdf").status_code == 404
    for path in (f"meetings/{meeting.id}/coming", f"meetings/{meeting.id}/paper/", "meetings/"):
        reader(f"/{lang}/team/{path}", 403)


def test_words_that_a_change_outran_are_not_announced(app: Portal, editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    words_form(editor(f"/en/team/meetings/{meeting.id}/paper/")).submit(bulletin_en="Come.", bulletin_es="Vengan.")
    address = f"/en/team/announce/{meeting.slug}/"
    assert "Vengan." in editor(address, quotes=("Vengan.",)).text
    with work() as session:
        session.get_one(Meeting, meeting.id).place = both("The park", "El parque")
    assert "Vengan." not in editor(address).text
    with work() as session:
        found = session.get_one(Meeting, meeting.id)
        found.state, found.change_reason = "cancelled", both("The hall is closed.", "El salón está cerrado.")
    called_off = editor(address)
    assert "please say so from the front" in called_off.text
    assert "you are invited" not in called_off.text
    # Words to read, in both languages: nobody has to find some in front of a congregation.
    assert called_off.text.count("will not take place. Reason: The hall is closed.") == 2
    assert called_off.text.count("no se va a realizar. Motivo: El salón está cerrado.") == 2


@LANGUAGES
def test_words_about_a_moved_meeting_begin_with_the_change(app: Portal, work: Work, lang: str) -> None:
    with work() as session:
        reason = both("The hall opens later.", "El salón abre más tarde.")
        slug = make_meeting(session, title=both("Evening", "Tarde"), change_reason=reason).slug
        member = make_member(session, ("faith_partner",))
    client = app.test_client()
    sign_in(client, member)
    page = Reader(client)(f"/{lang}/team/announce/{slug}/", quotes=("Evening",))
    said = {"en": [], "es": []}
    for words in page.find_all("p.lines"):
        said[words.get("lang", "")].append("".join(words.itertext()))
    begin = {
        "en": "Please note a change. What we announced before no longer holds.",
        "es": "Hay un cambio. Lo que anunciamos antes ya no vale.",
    }
    for code, texts in said.items():
        assert len(texts) == 2
        for text in texts:
            assert text.startswith(begin[code])
            assert {"en": "Reason: ", "es": "Motivo: "}[code] + reason[code] in text
    flyer = text_of(client.get(f"/{lang}/meetings/{slug}/flyer-a4.pdf").data)
    assert {"en": "has changed. Reason:", "es": "Motivo:"}[lang] in " ".join(flyer.split())
