"""Keeping calendars of others: by hand, from a file, from an address, in both languages."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.core.clock import now, today
from portal.core.web import Portal
from portal.meetings.calendars.calendars import OutsideCalendar, OutsideEvent
from tests.conftest import Work
from tests.make import let_in, make_market, make_member, sign_in
from tests.meetings.calendars.ics import calendar, event
from tests.page import SAME_ORIGIN, Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
NAMES = {"name_en": "St. Anne’s", "name_es": "Santa Ana"}
QUOTED = tuple(NAMES.values())


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",))
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def fields_of(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


def upload(form: Form, content: bytes, status: int = 200, quotes: tuple[str, ...] = (), **values: str) -> Page:
    """Send the form with a file."""
    reader = form.page.reader
    data = {**form.values.to_dict(), **values, "upload": (io.BytesIO(content), "a.ics")}
    answer = reader.client.post(form.page.path, data=data, headers=SAME_ORIGIN)
    if answer.status_code == 302:
        return reader(answer.location, status, quotes=quotes)
    return reader.read(answer, status, quotes=quotes)


def one(work: Work) -> OutsideCalendar:
    with work() as session:
        return session.scalars(select(OutsideCalendar)).one()


def entries(work: Work) -> list[OutsideEvent]:
    with work() as session:
        return list(session.scalars(select(OutsideEvent).order_by(OutsideEvent.starts_at)))


def soon(title: str) -> bytes:
    return calendar(event(f"DTSTART:{now() + timedelta(days=9):%Y%m%d}T180000", f"SUMMARY:{title}"))


def test_hours_are_typed_and_changed(editor: Reader, work: Work) -> None:
    form = fields_of(editor("/es/team/calendars/new/hours"))
    kept = form.submit(hours="domingo 9–12, miércoles 18–20", quotes=QUOTED, **NAMES)
    assert "Domingo, 9:00" in kept.text.replace("\u202f", " ")
    assert one(work).hours == "2 18:00-20:00; 6 09:00-12:00"
    assert one(work).kind == "worship"
    english = editor(f"/en/team/calendars/{one(work).id}", quotes=QUOTED)
    assert fields_of(english).values["hours"].splitlines() == ["Wednesday 18:00–20:00", "Sunday 09:00–12:00"]
    fields_of(english).submit(hours="Sunday 10-12", name_en="St. Ann’s", quotes=("St. Ann’s",))
    assert (one(work).hours, one(work).name.en) == ("6 10:00-12:00", "St. Ann’s")
    assert "Domingo" in editor("/es/team/calendars/", quotes=QUOTED).text


@LANGUAGES
@pytest.mark.parametrize("typed", ["Wed 6-8", "sometime", ""])
def test_hours_that_are_not_understood_keep_all_that_was_typed(
    editor: Reader, work: Work, lang: str, typed: str
) -> None:
    form = fields_of(editor(f"/{lang}/team/calendars/new/hours"))
    again = form.submit(422, hours=typed, name_en="St. Anne’s", quotes=(*QUOTED, typed.lower() or "…"))
    assert again.has("p#hours-error") and again.has("p#name_es-error")
    assert (fields_of(again).values["hours"].strip(), fields_of(again).values["name_en"]) == (typed, "St. Anne’s")
    with work() as session:
        assert session.scalars(select(OutsideCalendar)).all() == []


@LANGUAGES
def test_days_without_school_come_and_go(editor: Reader, work: Work, lang: str) -> None:
    form = fields_of(editor(f"/{lang}/team/calendars/new/days"))
    with work():
        first = today() + timedelta(days=20)
    assert form.submit(422, quotes=QUOTED, **NAMES).has("p#first_on-error")
    days = {"first_on": first.isoformat(), "last_on": (first - timedelta(days=1)).isoformat()}
    assert form.submit(422, quotes=QUOTED, **NAMES, **days).has("p#last_on-error")
    kept = form.submit(**NAMES, first_on=first.isoformat(), quotes=QUOTED)
    fields_of(kept).submit(
        first_on=(first + timedelta(days=7)).isoformat(),
        last_on=(first + timedelta(days=11)).isoformat(),
        quotes=QUOTED,
    )
    assert [(one.ends_at - one.starts_at).days for one in entries(work)] == [1, 5]
    page = editor(f"/{lang}/team/calendars/{one(work).id}", quotes=QUOTED)
    page.form(f"/days/{entries(work)[0].id}/remove").submit(quotes=QUOTED)
    assert [(one.ends_at - one.starts_at).days for one in entries(work)] == [5]


@LANGUAGES
def test_a_file_is_uploaded(editor: Reader, work: Work, lang: str) -> None:
    form = fields_of(editor(f"/{lang}/team/calendars/new/file"))
    assert form.submit(422, quotes=QUOTED, **NAMES).has("p#upload-error")
    bad = upload(form, b"<html>", 422, quotes=QUOTED, **NAMES)
    assert "BEGIN:VCALENDAR" in bad.text
    assert fields_of(bad).values["name_es"] == "Santa Ana"
    kept = upload(form, soon("Health fair"), quotes=("Health fair", *QUOTED), **NAMES)
    assert "Health fair" in kept.text
    upload(fields_of(kept), soon("Supper"), quotes=("Supper", *QUOTED))
    assert [one.title for one in entries(work)] == ["Supper"]


@LANGUAGES
@pytest.mark.parametrize("address", ["http://example.org/a.ics", "https://10.0.0.1:99/", "here", ""])
def test_an_address_that_nobody_may_ask_is_refused_at_once(editor: Reader, work: Work, lang: str, address: str) -> None:
    again = fields_of(editor(f"/{lang}/team/calendars/new/address")).submit(
        422, address=address, quotes=(*QUOTED, address), **NAMES
    )
    assert again.has("p#address-error")


@LANGUAGES
def test_an_address_is_shown_to_nobody_again(editor: Reader, work: Work, lang: str) -> None:
    form = fields_of(editor(f"/{lang}/team/calendars/new/address"))
    kept = form.submit(address="webcal://calendar.example.org/private-sesame/a.ics", quotes=QUOTED, **NAMES)
    assert "calendar.example.org" in kept.text
    assert "sesame" not in kept.response.text
    with work() as session:
        found = session.scalars(select(OutsideCalendar)).one()
        found.problem, found.look_at = "not_there", None
    broken = editor(f"/{lang}/team/calendars/{one(work).id}", quotes=QUOTED)
    assert ("no calendar at this address" if lang == "en" else "no hay un calendario") in broken.text
    broken.form("/look").submit(quotes=QUOTED)
    assert one(work).look_at <= now()


def test_a_calendar_is_deleted_when_somebody_is_sure(editor: Reader, work: Work) -> None:
    form = fields_of(editor("/en/team/calendars/new/file"))
    upload(form, soon("Fair"), quotes=("Fair", *QUOTED), **NAMES)
    page = editor(f"/en/team/calendars/{one(work).id}", quotes=("Fair", *QUOTED))
    page.form("/delete").submit(quotes=("Fair", *QUOTED))
    assert len(entries(work)) == 1
    page.form("/delete").submit(sure="y")
    assert entries(work) == []


def test_two_who_change_one_calendar_see_each_other(editor: Reader, work: Work) -> None:
    fields_of(editor("/en/team/calendars/new/hours")).submit(hours="Sunday 9-12", quotes=QUOTED, **NAMES)
    forms = [fields_of(editor(f"/en/team/calendars/{one(work).id}", quotes=QUOTED)) for _each in range(2)]
    forms[0].submit(hours="Sunday 10-12", quotes=QUOTED)
    again = forms[1].submit(409, hours="Sunday 11-12", quotes=QUOTED)
    assert fields_of(again).values["hours"].strip() == "Sunday 11-12"
    fields_of(again).submit(quotes=QUOTED)
    assert one(work).hours == "6 11:00-12:00"


def test_a_name_does_not_tell_of_a_hidden_place(app: Portal, editor: Reader, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("organizer",))
        let_in(session, make_market(session, "Veiled Street", released=False), member)
    sign_in(editor.client, member)
    form = fields_of(editor("/en/team/calendars/new/hours"))
    names = {"name_en": "Church on Veiled Street", "name_es": "Iglesia"}
    again = form.submit(422, hours="Sunday 9-12", quotes=tuple(names.values()), **names)
    assert again.has("p#name_en-error")
