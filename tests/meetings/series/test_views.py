"""Series as organizers make them and as everybody reads them, in both languages."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import time_machine
import vobject
from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.web import Portal
from portal.meetings import planning
from portal.meetings.meeting import Meeting
from portal.meetings.series import Series, dates_of
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_member, make_series, sign_in
from tests.page import Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
NEW_YORK = ZoneInfo("America/New_York")
TUESDAY = datetime(2027, 1, 5, 18, 30, tzinfo=NEW_YORK)
REASON = both("The hall is closed.", "El salón está cerrado.")
TITLE = both("Porch evening", "Tarde en el porche")
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 12, 1, 12, tzinfo=NEW_YORK), tick=True):
        yield


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",))
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def wide(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


def errors_on(page: Page) -> set[str]:
    return {told.get("id", "").removesuffix("-error") for told in page.find_all("p.error")}


def dates(work: Work) -> list[Meeting]:
    with work() as session:
        series = session.query(Series).one()
        return [one.meeting for one in dates_of(series) if one.meeting]


@pytest.fixture
def slug(work: Work) -> str:
    """A public series of four dates."""
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY, title=TITLE, market_id=make_market(session).id)
        return str(make_series(session, meeting, slug="porch-series", times=4).slug)


@LANGUAGES
def test_a_series_is_made_in_two_steps_and_the_dates_are_seen_before(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY, title=TITLE)
    words = ("Repeat this meeting", "Every other Tuesday", "Martin Luther King")
    if lang == "es":
        words = ("Repetir esta reunión", "Un martes sí y otro no", "Martin Luther King")
    asked = editor(f"/{lang}/team/meetings/{meeting.id}").follow(words[0])
    assert words[1] in asked.text
    assert not asked.has("[name=hold]")
    shown = wide(asked).submit(press="show", rhythm="w2", skips_holidays="y")
    boxes = [box.get("value") for box in shown.find_all("input[name=hold]")]
    assert boxes[:2] == ["2027-01-19", "2027-02-02"]
    assert len(dates_made(work)) == 1
    listed = wide(shown).submit(press="save", hold=[day for day in boxes if day != "2027-01-19"])
    assert listed.path.startswith(f"/{lang}/team/meetings/series/")
    held = [one.starts_at.astimezone(NEW_YORK).date() for one in dates(work) if one.starts_at]
    assert held == [TUESDAY.date(), *(date.fromisoformat(day) for day in boxes[1:])]
    assert ("January 19" if lang == "en" else "19 de enero") in listed.text, "it says what is left out"
    assert [one.state for one in dates(work)] == ["published", *["draft"] * (len(held) - 1)]


def dates_made(work: Work) -> list[Meeting]:
    with work() as session:
        return session.query(Meeting).all()


def test_a_holiday_is_shown_by_name_and_left_out_unless_it_is_asked_for(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY - timedelta(days=1))
    asked = editor(f"/en/team/meetings/series/from/{meeting.id}")
    for extra, checked in (({}, False), ({"skips_holidays": []}, True)):
        shown = wide(asked).submit(press="show", rhythm="w1", **extra)
        assert "Martin Luther King Jr. Day" in shown.text
        box = shown.find("input[value=2027-01-18]")
        assert ("checked" in box.attrib) is checked


def test_what_was_not_shown_is_not_saved(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY)
    shown = wide(editor(f"/en/team/meetings/series/from/{meeting.id}")).submit(press="show", rhythm="w2")
    again = wide(shown).submit(press="save", rhythm="w1")
    assert [box.get("value") for box in again.find_all("input[name=hold]")][:2] == ["2027-01-12", "2027-01-19"]
    assert len(dates_made(work)) == 1


@LANGUAGES
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"ends": "until"}, "until_on"),
        ({"rhythm": "w1", "ends": "until", "until_on": "2027-01-01"}, "until_on"),
        ({"rhythm": "w1", "ends": "times"}, "times"),
        ({"rhythm": "w1", "ends": "times", "times": "1"}, "times"),
        ({"rhythm": "w1", "ends": "times", "times": "x"}, "times"),
        ({}, "rhythm"),
    ],
)
def test_what_is_missing_is_told_beside_the_field(editor: Reader, work: Work, lang: str, typed, field: str) -> None:
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY)
    again = wide(editor(f"/{lang}/team/meetings/series/from/{meeting.id}")).submit(422, press="show", **typed)
    assert field in errors_on(again)
    values = wide(again).values
    assert {name: values[name] for name in typed} == typed


@LANGUAGES
def test_an_edit_asks_which_dates_it_is_for(editor: Reader, work: Work, slug: str, lang: str) -> None:
    _first, second, third, last = dates(work)
    with work() as session:
        one = session.get_one(Meeting, third.id)
        one.title = both("Cookout", "Parrillada")
    form = wide(editor(f"/{lang}/team/meetings/{second.id}", quotes=(TITLE.en, "Cookout")))
    after = form.submit(scope="all", title_en="Evening", title_es="Noche", quotes=(TITLE.en, "Evening", "Cookout"))
    assert ("2 other dates were changed" if lang == "en" else "se cambiaron 2 fechas más") in after.text
    assert ("Kept what was changed" if lang == "en" else "Se conservó") in after.text
    assert [one.title.en for one in dates(work)] == ["Evening", "Evening", "Cookout", "Evening"]
    form = wide(editor(f"/{lang}/team/meetings/{last.id}", quotes=("Evening", "Cookout")))
    form.submit(scope="this", title_en="Night", title_es="Noche", quotes=("Night", "Evening"))
    assert [one.title.en for one in dates(work)] == ["Evening", "Evening", "Cookout", "Night"]


@LANGUAGES
def test_all_dates_move_to_another_hour_with_a_reason_but_not_to_one_day(
    editor: Reader, work: Work, slug: str, lang: str
) -> None:
    first = dates(work)[0]
    form = wide(editor(f"/{lang}/team/meetings/{first.id}", quotes=(TITLE.en,)))
    assert errors_on(form.submit(422, scope="all", held_on="2027-01-06", quotes=(TITLE.en,))) == {"held_on"}
    refused = form.submit(422, scope="all", starts="17:00", quotes=(TITLE.en,))
    assert errors_on(refused) == {"why"}
    assert wide(refused).values["scope"] == "all"
    reason = {"reason_en": REASON.en, "reason_es": REASON.es}
    wide(refused).submit(**reason, quotes=(TITLE.en, REASON.en))
    assert {one.starts_at.astimezone(NEW_YORK).time() for one in dates(work) if one.starts_at} == {time(17)}
    assert {(one.sequence, one.is_moved) for one in dates(work)} == {(1, True)}


@LANGUAGES
def test_another_rhythm_shows_what_moves_before_it_does(editor: Reader, work: Work, slug: str, lang: str) -> None:
    series_id = series_of(work)
    form = wide(editor(f"/{lang}/team/meetings/series/{series_id}/rhythm"))
    shown = form.submit(press="show", first_on="2027-01-21", ends="times", times="3")
    assert ("moves to Thursday, January 21" if lang == "en" else "pasa al jueves, 21 de enero") in shown.text
    refused = wide(shown).submit(422, press="save")
    assert errors_on(refused) == {"why"}
    wide(refused).submit(press="save", reason_en=REASON.en, reason_es=REASON.es, quotes=(REASON.en, TITLE.en))
    held = [one.starts_at.astimezone(NEW_YORK).date() for one in dates(work) if one.starts_at]
    assert held == [date(2027, 1, 5), date(2027, 1, 21), date(2027, 2, 4), date(2027, 2, 18)]


def series_of(work: Work) -> int:
    with work() as session:
        return session.query(Series).one().id


@LANGUAGES
def test_an_ended_series_says_why(editor: Reader, page: Reader, work: Work, slug: str, lang: str) -> None:
    url = f"/{lang}/team/meetings/series/{series_of(work)}"
    form = wide(editor(f"{url}/end"))
    assert errors_on(form.submit(422, reason_en="Over.")) == {"reason_es"}
    form.submit(reason_en=REASON.en, reason_es=REASON.es, quotes=(REASON.en, TITLE.en))
    assert {one.state for one in dates(work)} == {"cancelled"}
    assert page(f"/{lang}/meetings/series/{slug}/").text.count(REASON[lang]) == 4


@LANGUAGES
def test_everybody_sees_how_often_the_next_one_and_what_was_called_off(
    page: Reader, work: Work, slug: str, lang: str
) -> None:
    with work() as session:
        first = dates_of(session.query(Series).one())[0].meeting
        assert first
        planning.cancel_meeting(first, REASON, first.author_id)
        address = first.slug
    found = page(f"/{lang}/meetings/series/{slug}/")
    words = {
        "en": ("Every other Tuesday", "The next one Tuesday, January 19", "Canceled", REASON.en),
        "es": ("Un martes sí y otro no", "La próxima martes, 19 de enero", "Cancelada", REASON.es),
    }
    assert [one for one in words[lang] if one not in found.text] == []
    assert len(list(found.find_all("ul.rows li"))) == 4
    one = page(f"/{lang}/meetings/{address}")
    assert one.has(f"a[href=/{lang}/meetings/series/{slug}/]")
    upcoming = page(f"/{lang}/meetings/")
    cards = [card for card in upcoming.find_all("article") if TITLE[lang] in "".join(card.itertext())]
    assert len(cards) == 2, "the one that is called off and the next one"
    assert upcoming.has(f"a[href=/{lang}/meetings/series/{slug}/]")


@LANGUAGES
def test_of_a_series_at_a_hidden_place_there_is_nothing(
    app: Portal, client: FlaskClient, work: Work, lang: str
) -> None:
    with work() as session:
        hidden, member = make_market(session, "Veiled Street", released=False), make_member(session, ("organizer",))
        meeting = make_meeting(session, starts_at=TUESDAY, market_id=hidden.id)
        series = make_series(session, meeting, slug="veiled-series")
    for end in ("/", ".ics", ".atom"):
        there, never = (
            client.get(f"/{lang}/meetings/series/{name}{end}") for name in ("veiled-series", "veiled-nothing")
        )
        assert there.status_code == never.status_code == 404
        assert there.text.replace("veiled-series", "veiled-nothing") == never.text
    assert "veiled" not in client.get("/sitemap.xml").text
    colleague = app.test_client()
    sign_in(colleague, member)
    base = f"/{lang}/team/meetings/series"
    for path in (
        f"{base}/{series.id}",
        f"{base}/{series.id}/rhythm",
        f"{base}/{series.id}/end",
        f"{base}/from/{meeting.id}",
    ):
        assert colleague.get(path).status_code == 404
    assert str(series.id) not in colleague.get(f"{base}/").text
    with work() as session:
        let_in(session, hidden, member)
    assert str(series.id) in colleague.get(f"{base}/").text


@LANGUAGES
def test_the_calendar_of_a_series_has_an_event_for_each_date(
    client: FlaskClient, work: Work, slug: str, lang: str
) -> None:
    with work() as session:
        second, third = (one.meeting for one in dates_of(session.query(Series).one())[1:3])
        assert second and third
        planning.cancel_meeting(second, REASON, second.author_id)
    answer = client.get(f"/{lang}/meetings/series/{slug}.ics")
    calendar = vobject.readOne(answer.text, validate=True)
    assert calendar.contents["x-wr-calname"][0].value == TITLE[lang]
    events = calendar.vevent_list
    assert len({event.uid.value for event in events}) == len(events) == 4
    assert [event.status.value for event in events] == ["CONFIRMED", "CANCELLED", "CONFIRMED", "CONFIRMED"]
    assert [event.sequence.value for event in events] == ["0", "1", "0", "0"]
    assert not [event for event in events if {"rrule", "recurrence-id", "exdate"} & set(event.contents)]
    everything = vobject.readOne(client.get(f"/{lang}/meetings.ics").text, validate=True)
    assert {event.uid.value for event in events} == {event.uid.value for event in everything.vevent_list}


@LANGUAGES
def test_the_feed_of_a_series_brings_what_changed_to_the_top(
    client: FlaskClient, work: Work, slug: str, lang: str
) -> None:
    before = ET.fromstring(client.get(f"/{lang}/meetings/series/{slug}.atom").data)
    ids = {entry.findtext("a:id", "", ATOM) for entry in before.findall("a:entry", ATOM)}
    assert len(ids) == 4
    with time_machine.travel(now() + timedelta(days=1)), work() as session:
        last = dates_of(session.query(Series).one())[-1].meeting
        assert last
        planning.cancel_meeting(last, REASON, last.author_id)
        uid = last.uid
    feed = ET.fromstring(client.get(f"/{lang}/meetings/series/{slug}.atom?again").data)
    top = feed.find("a:entry", ATOM)
    assert top is not None
    assert top.findtext("a:id", "", ATOM).endswith(f":{lang}/meetings/{uid}")
    assert top.findtext("a:title", "", ATOM).startswith("Canceled:" if lang == "en" else "Cancelada:")
    assert {entry.findtext("a:id", "", ATOM) for entry in feed.findall("a:entry", ATOM)} == ids
    assert feed.findtext("a:updated", "", ATOM) > before.findtext("a:updated", "", ATOM)


@LANGUAGES
def test_drafts_of_a_series_are_seen_by_nobody_until_they_are_published_together(
    editor: Reader, client: FlaskClient, work: Work, lang: str
) -> None:
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY, published=False)
        series = make_series(session, meeting, times=3)
    listed = editor(f"/{lang}/team/meetings/series/{series.id}")
    assert ("3 dates are drafts" if lang == "en" else "3 fechas son borradores") in listed.text
    assert listed.form("/publish").submit().path == f"/{lang}/team/meetings/series/{series.id}"
    with work() as session:
        address = session.query(Series).one().slug
    assert client.get(f"/{lang}/meetings/series/{address}/").status_code == 200
    assert {one.state for one in dates(work)} == {"published"}


@LANGUAGES
def test_what_the_dates_of_a_series_lack_is_named_and_linked(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session, starts_at=TUESDAY, published=False, interpreter=None, childcare=None)
        series = make_series(session, meeting, times=3)
    page = editor(f"/{lang}/team/meetings/series/{series.id}")
    refused = page.form("/publish").submit(409)
    for shown in (page, refused):
        links = [one.get("href", "") for one in shown.find_all("a") if "check=1#" in one.get("href", "")]
        assert len(links) == 6 and {link.rpartition("#")[2] for link in links} == {"interpreter", "childcare"}
    there = editor(links[0].partition("#")[0], quotes=(TITLE.en,))
    assert errors_on(there) == {"interpreter", "childcare"}
    wide(there).submit(press="save", interpreter="yes", childcare="no", scope="this", quotes=(TITLE.en,))
    one_out = editor(f"/{lang}/team/meetings/series/{series.id}").form("/publish").submit()
    assert ("2 dates still lack" if lang == "en" else "2 fechas") in one_out.text


def test_the_list_of_the_team_shows_a_series_once(editor: Reader, work: Work, slug: str) -> None:
    listed = editor("/en/team/meetings/")
    assert len(list(listed.find_all("ul.rows li"))) == 1
    assert "Every other Tuesday" in listed.text


@LANGUAGES
def test_words_that_name_a_hidden_place_get_no_further(app: Portal, work: Work, lang: str) -> None:
    with work() as session:
        hidden, member = make_market(session, "Veiled Street", released=False), make_member(session, ("organizer",))
        let_in(session, hidden, member)
        said = both("We meet near Veiled Street.", "Nos vemos junto a la Calle Veiled.")
        meeting = make_meeting(session, starts_at=TUESDAY, published=False, purpose=said)
        series = make_series(session, meeting, times=3)
    client = app.test_client()
    sign_in(client, member)
    reader = Reader(client)
    form = reader(f"/{lang}/team/meetings/series/{series.id}").form("/publish")
    assert form.send().status_code == 409
    edit = wide(reader(f"/{lang}/team/meetings/{meeting.id}", quotes=(meeting.title.en, said.en)))
    again = edit.submit(422, scope="all", title_en="Near Veiled Street", quotes=("Near", said.en))
    assert "title_en" in errors_on(again)
    with work() as session:
        assert {one.state for one in session.query(Meeting)} == {"draft"}


@LANGUAGES
@pytest.mark.both_databases
def test_a_search_finds_the_next_date_and_not_half_a_year_of_them(
    page: Reader, work: Work, slug: str, lang: str
) -> None:
    with work() as session:
        first, _second, third, _last = (one.meeting for one in dates_of(session.query(Series).one()))
        assert first and third
        planning.cancel_meeting(third, REASON, third.author_id)
    found = page(f"/{lang}/search/?q={'porch' if lang == 'en' else 'porche'}")
    links = {link.get("href") for link in found.find_all("main a") if "/meetings/" in link.get("href", "")}
    assert links == {f"/{lang}/meetings/{one.slug}" for one in (first, third)}
