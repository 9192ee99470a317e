"""What a door sends and what is typed: taken once, added up, and by nobody else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.web import Portal
from portal.meetings.door import MOST_DOORS, DoorCount, counted
from portal.meetings.meeting import Meeting
from portal.meetings.report_back import HeadCount
from tests.conftest import Work
from tests.make import let_in, make_market, make_meeting, make_member, sign_in
from tests.page import SAME_ORIGIN, Form, Reader

ONE, OTHER = "a" * 32, "b" * 32


def tonight(work: Work, hours: float = 0, **given: object) -> Meeting:
    with work() as session:
        return make_meeting(session, starts_at=now() + timedelta(hours=hours), **given)


def base(meeting: Meeting, lang: str = "en") -> str:
    return f"/{lang}/team/meetings/{meeting.id}/door/"


def send(editor: Reader, meeting: Meeting, door: str, turn: object, counts: object, status: int = 200) -> dict:
    client = editor.client
    token = client.get(f"{base(meeting)}token", headers=SAME_ORIGIN).json["token"]
    told = counts if isinstance(counts, str) else json.dumps(counts)
    data = {"door": door, "turn": turn, "counts": told}
    answer = client.post(f"{base(meeting)}counts", data=data, headers=SAME_ORIGIN | {"X-CSRFToken": token})
    assert answer.status_code == status
    return answer.json or {}


def sums(work: Work, meeting: Meeting) -> dict[str, int]:
    with work():
        return counted(meeting.id)


@pytest.mark.both_databases
def test_doors_add_up_and_older_words_change_nothing(editor: Reader, work: Work) -> None:
    meeting = tonight(work)
    send(editor, meeting, ONE, 4, {"who.residents": 4})
    send(editor, meeting, ONE, 4, {"who.residents": 4})
    told = send(editor, meeting, OTHER, 2, {"who.residents": 1, "who.youth": 1})
    assert told == {"turn": 2, "doors": 2, "all": {"who.residents": 5, "who.youth": 1}}
    send(editor, meeting, ONE, 3, {"who.residents": 99})
    assert sums(work, meeting)["who.residents"] == 5
    # An undone tap is a newer turn with a smaller count.
    send(editor, meeting, ONE, 5, {"who.residents": 3})
    assert sums(work, meeting)["who.residents"] == 4
    with work() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "meeting.door_counted")).all()
        assert len(events) == 2


def test_what_no_phone_of_ours_sends_is_refused_whole(editor, work, subtests: pytest.Subtests) -> None:
    for door, turn, counts in (
        ("x" * 32, 1, {}),
        ("../" * 11, 1, {}),
        (ONE, -1, {}),
        (ONE, "1e3", {}),
        (ONE, 10**12, {}),
        (ONE, 1, {"who.dealers": 1}),
        (ONE, 1, {"who.residents": -1}),
        (ONE, 1, {"who.residents": 1.5}),
        (ONE, 1, {"who.residents": True}),
        (ONE, 1, {"who.residents": 5_001}),
        (ONE, 1, ["who.residents"]),
        (ONE, 1, "{"),
        (ONE, 1, "[" * 5_000),
    ):
        with subtests.test(f"{door} {turn}"):
            meeting = tonight(work)
            send(editor, meeting, door, turn, counts, 400)
            assert sums(work, meeting) == {}


def test_counts_are_taken_around_the_evening_only(editor: Reader, work: Work, subtests: pytest.Subtests) -> None:
    for hours, status in ((13, 409), (11, 200), (-2, 200), (-73, 200), (-75, 409)):
        with subtests.test(f"{hours} {status}"):
            meeting = tonight(work, hours)
            send(editor, meeting, ONE, 1, {"who.residents": 1}, status)
            assert sums(work, meeting) == ({"who.residents": 1} if status == 200 else {})


def test_too_many_doors_are_refused(editor: Reader, work: Work) -> None:
    meeting = tonight(work)
    with work() as session:
        session.add_all(
            DoorCount(meeting_id=meeting.id, door=f"{number:032x}", turn=1, counts={"who.faith": 1})
            for number in range(MOST_DOORS)
        )
    send(editor, meeting, ONE, 1, {"who.faith": 1}, 409)
    send(editor, meeting, f"{0:032x}", 2, {"who.faith": 2})
    assert sums(work, meeting) == {"who.faith": MOST_DOORS + 1}


def test_a_hidden_meeting_has_no_door_for_others(app: Portal, editor: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Veiled Street", released=False)
        meeting = make_meeting(session, market_id=market.id, starts_at=now())
        admitted = make_member(session, ("organizer",))
        let_in(session, market, admitted)
    for path in ("", "token", "typed"):
        assert editor.client.get(base(meeting) + path, headers=SAME_ORIGIN).status_code == 404
    client = app.test_client()
    sign_in(client, admitted)
    page = client.get(base(meeting), headers=SAME_ORIGIN).text
    # Whoever finds the phone does not learn of the place.
    assert "Veiled" not in page
    assert meeting.title.en not in page


def test_what_was_counted_on_paper_is_added(editor: Reader, work: Work) -> None:
    meeting = tonight(work, -1)
    send(editor, meeting, ONE, 1, {"who.residents": 2})
    form = editor(f"{base(meeting, 'es')}typed", quotes=(meeting.title.es,)).wide
    form.submit(**{"who-residents": 10, "needs-ride_home": 3}, quotes=(meeting.title.es,))
    assert sums(work, meeting) == {"who.residents": 12, "needs.ride_home": 3}
    again = editor(f"{base(meeting, 'es')}typed").wide
    assert again.values["who-residents"] == "10"
    again.submit(**{"who-residents": 8})
    assert sums(work, meeting)["who.residents"] == 10
    again.submit(422, **{"who-residents": "many", "who-youth": 3})
    assert "who.youth" not in sums(work, meeting)


def test_roles_are_taken_over(editor: Reader, work: Work) -> None:
    meeting = tonight(work, -1)
    with work() as session:
        session.add(HeadCount(meeting_id=meeting.id, side="police", heads=2))
    send(editor, meeting, ONE, 1, {"who.residents": 11, "needs.childcare": 4})
    page = editor(f"{base(meeting)}typed")
    form = next(one for one in page.find_all("form") if one.get("action", "").endswith("take-over"))
    heads = Form(page, form).submit()
    assert Form(heads, heads.find("form.wide")).values["residents"] == "11"
    with work() as session:
        found = {row.side: row.heads for row in session.scalars(select(HeadCount))}
    assert found == {"residents": 11, "police": 2}
