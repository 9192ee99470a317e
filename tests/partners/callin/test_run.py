"""The run of an evening: its order, rooms and minutes in one form, and two people who change it at once."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.test import TestResponse

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.partners.callin.call_in import CallInItem, CallInPlan, lines
from portal.partners.callin.evening_rules import EveningState, Place, merged, written
from portal.partners.circle_rules import CircleRole
from tests.conftest import Work
from tests.make import make_circle, make_member, sign_in, sit_in
from tests.page import Form, Page, Reader
from tests.partners.callin.evenings import plan


@dataclass
class Evening:
    """A call-in with the usual run: welcome, five voices, services, law, close, meal."""

    reader: Reader
    work: Work
    lead: Member
    call_in: int
    address: str

    def page(self, lang: str = "en") -> Page:
        return self.reader(self.address.replace("/en/", f"/{lang}/"))

    def stored(self) -> list[Place]:
        with self.work() as session:
            rows = lines(CallInItem, session.get_one(CallInPlan, self.call_in))
            return [Place(row.id, row.room, row.minutes) for row in rows]


def prepare_evening(page: Reader, work: Work) -> Evening:
    with work() as session:
        lead = make_member(session, [Role.COMMUNITY_LEAD])
        circle = make_circle(session, lead)
        call_in = plan(circle, lead).id
        for role, who in (("member", []), ("facilitator", [Role.FACILITATOR])):
            sit_in(session, circle, make_member(session, who, name=f"A {role}"), CircleRole(role))
    sign_in(page.client, lead)
    return Evening(page, work, lead, call_in, f"/en/circles/{circle.id}/call-ins/{call_in}/run/")


def form_of(found: Page) -> Form:
    return found.form("/run/save")


def send(form: Form, order: list[int], **values: str) -> TestResponse:
    return form.send(item=[str(one) for one in order], **values)


def test_an_order_is_kept_with_what_is_still_there() -> None:
    assert merged([3, 1, 2], [1, 2, 3]) == [3, 1, 2]
    assert merged([3, 9, 1, 3], [1, 3]) == [3, 1]
    assert merged([3, 1, 2], [1, 2, 7, 3]) == [3, 1, 2, 7]
    assert merged([2, 1], [7, 1, 8, 2]) == [7, 2, 1, 8]
    assert merged([], [1, 2]) == [1, 2]
    assert written([Place(4, 1, 8), Place(5, 2, 3)]) == "4.1.8-5.2.3"


def test_order_rooms_and_minutes_are_saved_in_one_request(page: Reader, work: Work) -> None:
    evening = prepare_evening(page, work)
    before = evening.stored()
    ids = [place.item for place in before]
    order = [ids[-1], *ids[:-1]]
    values = {f"minutes_{ids[0]}": "25", f"room_{ids[1]}": "2"}
    assert send(form_of(evening.page()), order, **values).status_code == 302
    after = evening.stored()
    assert [place.item for place in after] == order
    assert after[1] == Place(ids[0], 1, 25)
    assert after[2] == Place(ids[1], 2, 3)
    assert after[3:] == before[2:-1]
    shown = evening.page().text
    assert "80 minutes without the meal" in shown
    assert "longer than 75 minutes" in shown


def test_minutes_that_cannot_be_are_told(page: Reader, work: Work) -> None:
    evening = prepare_evening(page, work)
    for wrong in ("", "0", "121", "three", "9" * 40):
        before = evening.stored()
        ids = [place.item for place in before]
        answer = send(form_of(evening.page("es")), ids[::-1], **{f"minutes_{ids[3]}": wrong})
        found = evening.reader.read(answer, 422)
        assert form_of(found).values.getlist("item") == [str(one) for one in ids[::-1]]
        assert form_of(found).values[f"minutes_{ids[3]}"] == wrong
        assert evening.stored() == before
        assert send(form_of(found), ids[::-1], **{f"minutes_{ids[3]}": "2"}).status_code == 302
        assert [place.item for place in evening.stored()] == ids[::-1]


def test_whoever_is_slower_sees_both_runs_and_decides(page: Reader, work: Work) -> None:
    evening = prepare_evening(page, work)
    ids = [place.item for place in evening.stored()]
    mine, theirs = form_of(evening.page("es")), form_of(evening.page())
    assert send(theirs, [ids[1], ids[0], *ids[2:]], **{f"minutes_{ids[7]}": "21"}).status_code == 302
    saved = evening.stored()
    found = evening.reader.read(send(mine, [*ids[:8], ids[9], ids[8]], **{f"minutes_{ids[0]}": "5"}), 409)
    assert evening.stored() == saved
    assert "21 minutos" in " ".join(found.find("[role=alert]").itertext())
    again = form_of(found)
    assert again.values.getlist("item") == [str(one) for one in [*ids[:8], ids[9], ids[8]]]
    assert again.values[f"minutes_{ids[0]}"] == "5"
    assert again.send().status_code == 302
    assert [place.item for place in evening.stored()] == [*ids[:8], ids[9], ids[8]]


def test_members_see_the_run_and_no_form(work: Work, page: Reader) -> None:
    evening = prepare_evening(page, work)
    form = form_of(evening.page())
    with work() as session:
        session.get_one(CallInPlan, evening.call_in).state = EveningState.OFF
    assert form.send().status_code == 409
    assert not evening.page().has("input[name=item]")
