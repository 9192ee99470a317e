"""Series as organizers make them and as everybody reads them, in both languages."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.web import Portal
from portal.meetings.lists import meetings_ahead
from portal.meetings.meeting import Meeting
from portal.meetings.planning import cancel_meeting, change_meeting
from portal.meetings.series import Series, dates_of
from portal.meetings.series_rules import DateView, Stand, stands
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_series
from tests.page import Reader, reader_of

NEW_YORK = ZoneInfo("America/New_York")
TUESDAY = datetime(2027, 1, 5, 18, 30, tzinfo=NEW_YORK)
REASON = both("The hall is closed.", "El salón está cerrado.")
TITLE = both("Porch evening", "Tarde en el porche")
ATOM = {"a": "http://www.w3.org/2005/Atom"}
pytestmark = pytest.mark.time_machine(datetime(2026, 12, 1, 12, tzinfo=NEW_YORK), tick=True)


def dates(work: Work) -> list[Meeting]:
    with work() as session:
        return list(session.scalars(select(Meeting).order_by(Meeting.starts_at)))


def public_series(work: Work) -> str:
    """A public series of four dates."""
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY, title=TITLE, market_id=make_market(session).id)
        return str(make_series(session, meeting, slug="porch-series", times=4).slug)


def test_a_series_is_made_in_two_steps(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY, title=TITLE)
    asked = editor(f"/es/team/meetings/{meeting.id}").follow("Repetir esta reunión")
    assert "Un martes sí y otro no" in asked.text
    assert not asked.has("[name=hold]")
    shown = asked.wide.submit(press="show", rhythm="w2", skips_holidays="y")
    boxes = [box.get("value") for box in shown.find_all("input[name=hold]")]
    assert boxes[:2] == ["2027-01-19", "2027-02-02"]
    assert len(dates(work)) == 1
    listed = shown.wide.submit(press="save", hold=[day for day in boxes if day != "2027-01-19"])
    assert listed.path.startswith("/es/team/meetings/series/")
    held = [one.starts_at.astimezone(NEW_YORK).date() for one in dates(work) if one.starts_at]
    assert held == [TUESDAY.date(), *(date.fromisoformat(day) for day in boxes[1:])]
    assert "19 de enero" in listed.text, "it says what is left out"
    assert [one.state for one in dates(work)] == ["published", *["draft"] * (len(held) - 1)]


def test_an_edit_asks_which_dates_it_is_for(editor: Reader, work: Work) -> None:
    public_series(work)
    _first, second, third, last = dates(work)
    with work() as session:
        one = session.get_one(Meeting, third.id)
        one.title = both("Cookout", "Parrillada")
    form = editor(f"/es/team/meetings/{second.id}", quotes=(TITLE.en, "Cookout")).wide
    after = form.submit(scope="all", title_en="Evening", title_es="Noche", quotes=(TITLE.en, "Evening", "Cookout"))
    assert "se cambiaron 2 fechas más" in after.text
    assert "Se conservó" in after.text
    assert [one.title.en for one in dates(work)] == ["Evening", "Evening", "Cookout", "Evening"]
    form = editor(f"/es/team/meetings/{last.id}", quotes=("Evening", "Cookout")).wide
    form.submit(scope="this", title_en="Night", title_es="Noche", quotes=("Night", "Evening"))
    assert [one.title.en for one in dates(work)] == ["Evening", "Evening", "Cookout", "Night"]


def test_everybody_sees_how_often_the_next_one(page: Reader, work: Work) -> None:
    slug = public_series(work)
    with work() as session:
        first, _second, third, _last = session.scalars(select(Meeting).order_by(Meeting.starts_at))
        for meeting in (first, third):
            cancel_meeting(meeting, REASON, first.author_id)
    found = page(f"/es/meetings/series/{slug}/")
    words = ("Un martes sí y otro no", "martes, 19 de enero", "Cancelada")
    assert [one for one in words if one not in found.text] == []
    assert len(list(found.find_all("ul.rows li"))) == 4
    upcoming = page("/es/meetings/")
    called_off = found.follow("martes, 5 de enero")
    assert REASON.es in called_off.text and called_off.has(f"a[href=/es/meetings/series/{slug}/]")
    cards = [card for card in upcoming.find_all("article") if TITLE.es in "".join(card.itertext())]
    assert (len(cards), len(list(upcoming.find_all("p.gone")))) == (1, 1), "the next one, and that one is called off"
    assert "No habrá reunión: 2 de febrero." in " ".join(cards[0].itertext()), "a later one takes no line of its own"


def test_of_a_hidden_series_there_is_nothing(app: Portal, client: FlaskClient, work: Work, member: Member) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        meeting = make_meeting(session, starts_at=TUESDAY, market_id=hidden.id)
        series = make_series(session, meeting, slug="veiled-series")
    for end in ("/", ".ics"):
        there, never = (client.get(f"/es/meetings/series/{name}{end}") for name in ("veiled-series", "veiled-nothing"))
        assert there.status_code == never.status_code == 404
        assert there.text.replace("veiled-series", "veiled-nothing") == never.text
    assert "veiled" not in client.get("/sitemap.xml").text
    colleague, base = reader_of(app, member), "/es/team/meetings/series"
    for path in (f"{series.id}", f"{series.id}/rhythm", f"{series.id}/end", f"from/{meeting.id}"):
        colleague(f"{base}/{path}", 404)
    assert str(series.id) not in colleague(f"{base}/").response.text
    with work() as session:
        let_in(session, hidden, member)
    assert str(series.id) in colleague.client.get(f"{base}/").text


def test_the_feed_brings_what_changed_to_the_top(client: FlaskClient, work: Work) -> None:
    public_series(work)
    address = "/es/meetings.atom"

    def entries(tree: ET.Element) -> list[str]:
        return [entry.findtext("a:id", "", ATOM) for entry in tree.findall("a:entry", ATOM)]

    before = ET.fromstring(client.get(address).data)
    with time_machine.travel(now() + timedelta(days=1)), work() as session:
        *_others, last = session.scalars(select(Meeting).order_by(Meeting.starts_at))
        cancel_meeting(last, REASON, last.author_id)
    feed = ET.fromstring(client.get(f"{address}?again").data)
    assert entries(feed)[0].endswith(f":es/meetings/{last.uid}")
    assert feed.find("a:entry", ATOM).findtext("a:title", "", ATOM).startswith("Cancelada:")
    assert set(entries(feed)) == set(entries(before)) and len(entries(feed)) == 4
    assert feed.findtext("a:updated", "", ATOM) > before.findtext("a:updated", "", ATOM)


def test_what_the_dates_of_a_series_lack_is_named(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY, published=False, interpreter=None, childcare=None)
        series = make_series(session, meeting, times=3)
    page = editor(f"/es/team/meetings/series/{series.id}")
    refused = page.form("/publish").submit(409)
    for shown in (page, refused):
        links = [one.get("href", "") for one in shown.find_all("a") if "check=1#" in one.get("href", "")]
        assert len(links) == 6 and {link.rpartition("#")[2] for link in links} == {"interpreter", "childcare"}
    there = editor(links[0].partition("#")[0], quotes=(TITLE.en,))
    assert there.errors == {"interpreter", "childcare"}
    there.wide.submit(press="save", interpreter="yes", childcare="no", scope="this", quotes=(TITLE.en,))
    one_out = editor(f"/es/team/meetings/series/{series.id}").form("/publish").submit()
    assert "2 fechas" in one_out.text


def test_words_that_name_a_hidden_place_get_no_further(editor: Reader, work: Work, member: Member) -> None:
    said = both("We meet near Veiled Street.", "Nos vemos junto a la Calle Veiled.")
    with work() as session:
        let_in(session, make_market(session, "Veiled Street", released=False), member)
        meeting = make_meeting(session, starts_at=TUESDAY, published=False, purpose=said)
        series = make_series(session, meeting, times=3)
    assert editor(f"/es/team/meetings/series/{series.id}").form("/publish").send().status_code == 409
    edit = editor(f"/es/team/meetings/{meeting.id}", quotes=(meeting.title.en, said.en)).wide
    again = edit.submit(422, scope="all", title_en="Near Veiled Street", quotes=("Near", said.en))
    assert "title_en" in again.errors
    assert {one.state for one in dates(work)} == {"draft"}


@pytest.mark.both_databases
def test_a_search_finds_the_next_date(page: Reader, work: Work) -> None:
    public_series(work)
    with work() as session:
        first, _second, third, _last = session.scalars(select(Meeting).order_by(Meeting.starts_at))
        cancel_meeting(third, REASON, third.author_id)
    found = page("/es/search/?q=porche")
    links = {link.get("href") for link in found.find_all("main a") if "/meetings/" in link.get("href", "")}
    assert links == {f"/es/meetings/{one.slug}" for one in (first, third)}


# --- Lists with series in them: short, and nobody comes on the wrong evening, or at the wrong hour ---

THURSDAY = datetime(2026, 12, 3, 19, tzinfo=NEW_YORK)
LATER = both("The hall opens later.", "El salón abre más tarde.")
HOUR = timedelta(hours=1)
NEXT, ANEW, APART = Stand


def old(moved: bool = False) -> DateView:
    return DateView(("7 p.m.",), is_regular=False, is_moved=moved)


def new(moved: bool = True) -> DateView:
    return DateView(("8 p.m.",), is_regular=True, is_moved=moved)


OFF = DateView(("8 p.m.",), is_regular=True, is_off=True)


def test_what_a_list_shows_of_a_series() -> None:
    for dates, wanted in (
        ([new(False)] * 3, [NEXT, None, None]),
        # The rest moves: the first of it says so, and once it is over only the next one does.
        ([old(), old(), new(), new(), new(False)], [NEXT, None, ANEW, None, None]),
        ([new(), new(), new(False)], [NEXT, None, None]),
        # One alone is elsewhere: those after it are as the first.
        ([new(False), old(moved=True), new(False)], [NEXT, APART, None]),
        # It is the next one: the first as usual is listed too.
        ([old(moved=True), new(False), new(False)], [NEXT, ANEW, None]),
        # Moved and moved back: whoever heard of the other hour must read that.
        ([new(False), new(), new(False)], [NEXT, ANEW, None]),
        ([OFF, new(False), OFF, new(False)], [APART, NEXT, APART, None]),
    ):
        assert stands(dates) == wanted


def change(meeting: Meeting, **said: object) -> None:
    """Change one date by hand."""
    change_meeting(meeting, replace(meeting.plan, **said), LATER, meeting.author_id)


def later(meeting: Meeting, by: timedelta) -> dict[str, object]:
    return {"starts_at": meeting.starts_at + by, "ends_at": meeting.ends_at + by}


def weekly(session: Session, **given: object) -> Series:
    meeting = make_meeting(session, starts_at=THURSDAY, title=both("Porch evening", "Tarde"), **given)
    return make_series(session, meeting, "w1", slug="porch-series")


def days() -> list[tuple[int, int, Stand | None]]:
    found = [(one.meeting.starts_at.astimezone(NEW_YORK), one.stand) for one in meetings_ahead().rows]
    return [(at.day, at.hour, stand) for at, stand in found]


def test_a_rest_that_moved_is_listed_once_with_dates(page: Reader, work: Work) -> None:
    with work() as session:
        series = weekly(session, market_id=make_market(session, "Elm Street").id)
        for one in dates_of(series)[:2]:
            change(one.meeting, **later(one.meeting, HOUR))
        assert days() == [(3, 20, NEXT), (17, 19, ANEW)]
    for path in ("meetings/", "places/elm-street/"):
        shown = page(f"/es/{path}", quotes=("Porch evening",))
        cards = [card for card in shown.find_all("article.card") if "Tarde" in "".join(card.itertext())]
        for card in cards:
            assert len(list(card.iter("a"))) == 1, "its page leads to the series"
        _next_one, rest = (" ".join(" ".join(card.itertext()).split()) for card in cards)
        assert "Desde esta fecha: Cada semana, el jueves" in rest
    whole = page("/es/meetings/series/porch-series/", quotes=("Porch evening",))
    assert whole.text.count(LATER.es) == 1
    with work(), time_machine.travel(datetime(2027, 1, 1, tzinfo=NEW_YORK)):
        # Half a year later there are dates that nobody ever heard otherwise of; the list is as short.
        assert days() == [(7, 19, NEXT)]


def test_what_differs_alone_is_listed_alone(work: Work) -> None:
    with work() as session:
        found = [one.meeting for one in dates_of(weekly(session)) if one.meeting]
        change(found[1], **later(found[1], timedelta(days=1)))
        change(found[2], place=both("Church", "Iglesia"))
        cancel_meeting(found[4], LATER, found[4].author_id)
        assert days() == [(3, 19, NEXT), (11, 19, APART), (17, 19, APART), (31, 19, APART)]


def test_a_series_that_is_not_public_is_not_named(work: Work) -> None:
    with work() as session:
        series = weekly(session)
        series.published_at = None
        assert {one.public_series for one in meetings_ahead().rows} == {None}
        series.published_at = now()
        assert meetings_ahead().rows[0].public_series is series
