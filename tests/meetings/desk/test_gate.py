"""A meeting at a hidden place is on nobody's desk who was not admitted: not a byte, not a free evening less."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from tests.conftest import Work
from tests.make import both, let_in, make_hours, make_market, make_meeting, make_member, sign_in
from tests.page import SAME_ORIGIN, Form, Reader

CSRF = re.compile(r'<input[^>]*name="csrf_token"[^>]*>')
PAGES = ("meetings/week/", "meetings/around/", "meetings/", "meetings/new", "hours/")
CITY = ZoneInfo("America/New_York")
DAY = timedelta(days=9)
HIDDEN = both("Quokka evening", "Noche quokka")


def evening(hours: float = 18.5) -> datetime:
    """An hour on the day that all of these tests are about."""
    day = now().astimezone(CITY).date() + DAY
    return datetime.combine(day, time(int(hours), int(hours % 1 * 60)), CITY)


def own(work: Work) -> tuple[object, Meeting]:
    """An organizer with a draft for that very evening, and a congregation's hours."""
    with work() as session:
        member = make_member(session, ["organizer"])
        meeting = make_meeting(session, member, published=False, starts_at=evening())
        make_hours(session, both("Grace", "Gracia"), 6, time(9), time(12))
        return member, meeting


def hide(work: Work) -> object:
    """Meetings of somebody else at a hidden place: on that evening, and on all around it. Returns who is admitted."""
    with work() as session:
        other = make_member(session, ["organizer"])
        market = make_market(session, "Quokka Street", released=False)
        let_in(session, market, other)
        words = dict.fromkeys(("title", "purpose", "place", "host", "report_back_by"), HIDDEN)
        for days in range(-3, 5):
            begins = evening() + timedelta(days=days)
            named = {"slug": f"quokka-{days}", "uid": f"quokka-{days}"}
            make_meeting(
                session, other, published=days % 2 == 0, market_id=market.id, starts_at=begins, **words, **named
            )
        return other


def seen(client: FlaskClient, lang: str, meeting: Meeting) -> dict[str, tuple[int, str]]:
    """Every page of the desk, and what the editor answers to a look, to a copy and to the wish to publish."""
    found = {path: client.get(f"/{lang}/team/{path}", headers=SAME_ORIGIN) for path in PAGES}
    edit = f"/{lang}/team/meetings/{meeting.id}"
    found |= {
        "edit": client.get(edit),
        "check": client.get(f"{edit}?check=1"),
        "like": client.get(f"{edit}?like={meeting.id}"),
    }
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', found["edit"].text)[1]
    moment = {"held_on": f"{evening():%Y-%m-%d}", "starts": "18:30", "ends": "20:00", "title_en": "x"}
    for then in ("look", f"day:{evening():%Y-%m-%d}"):
        data = {**moment, "csrf_token": token, "version": str(meeting.version), "then": then}
        found[then] = client.post(edit, data=data, headers=SAME_ORIGIN)
        found[f"new {then}"] = client.post(f"/{lang}/team/meetings/new", data=data, headers=SAME_ORIGIN)
    return {name: (answer.status_code, CSRF.sub("", answer.text)) for name, answer in found.items()}


def signed_in(app: Portal, member: object) -> FlaskClient:
    client = app.test_client()
    sign_in(client, member)
    return client


def test_not_a_byte_and_not_an_evening_changes(app: Portal, work: Work) -> None:
    member, meeting = own(work)
    client = signed_in(app, member)
    before = seen(client, "es", meeting)
    assert {status for status, _text in before.values()} == {200}
    hide(work)
    after = seen(client, "es", meeting)
    assert after == before
    assert "uokka" not in str(after)


def test_whoever_is_admitted_sees_all_of_it(app: Portal, work: Work) -> None:
    _member, meeting = own(work)
    client = signed_in(app, hide(work))
    found = seen(client, "es", meeting)
    blind = {name for name, (_status, text) in found.items() if "uokka" not in text}
    assert blind == {"hours/"}
    free = found["look"][1].count('value="day:')
    assert free == 3
    assert f'value="day:{evening() + timedelta(days=1):%Y-%m-%d}"' not in found["look"][1]


def test_publishing_meets_no_hidden_meeting(app: Portal, work: Work) -> None:
    """The button that would stop at something known on that evening does not stop at something hidden."""
    member, meeting = own(work)
    hide(work)
    client = signed_in(app, member)
    edit = f"/en/team/meetings/{meeting.id}"
    page = Reader(client)(edit)
    data = Form(page, page.find("form.wide")).values
    data["then"] = "publish"
    answer = client.post(edit, data=data, headers=SAME_ORIGIN)
    assert answer.location == "/en/team/meetings/"
    with work() as session:
        assert session.get(Meeting, meeting.id).state == "published"
