"""The run of an evening: its order, rooms and minutes in one form, and two people who change it at once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
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


@pytest.fixture
def evening(page: Reader, work: Work) -> Evening:
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


def forms_of(found: Page) -> list[Form]:
    return [Form(found, one) for one in found.tree.iter("form") if one.get("method") == "post"]


def send(form: Form, order: list[int], **values: str) -> TestResponse:
    return form.send(item=[str(one) for one in order], **values)


def test_an_order_is_kept_with_what_is_still_there_and_what_others_added() -> None:
    assert merged([3, 1, 2], [1, 2, 3]) == [3, 1, 2]
    assert merged([3, 9, 1, 3], [1, 3]) == [3, 1]
    assert merged([3, 1, 2], [1, 2, 7, 3]) == [3, 1, 2, 7]
    assert merged([2, 1], [7, 1, 8, 2]) == [7, 2, 1, 8]
    assert merged([], [1, 2]) == [1, 2]
    assert written([Place(4, 1, 8), Place(5, 2, 3)]) == "4.1.8-5.2.3"


def test_order_rooms_and_minutes_are_saved_in_one_request_and_add_up(evening: Evening) -> None:
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


def test_an_arrow_moves_and_saves_what_else_was_typed(evening: Evening) -> None:
    ids = [place.item for place in evening.stored()]
    answer = form_of(evening.page()).send(press=f"up-{ids[2]}", **{f"minutes_{ids[0]}": "9"})
    assert answer.location.endswith(f"#item-{ids[2]}")
    assert [place.item for place in evening.stored()][:3] == [ids[0], ids[2], ids[1]]
    assert evening.stored()[0].minutes == 9
    assert form_of(evening.page()).send(press=f"up-{ids[0]}").status_code == 302
    assert evening.stored()[0].item == ids[0]


@pytest.mark.parametrize("wrong", ["", "0", "121", "three", "9" * 40])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_minutes_that_cannot_be_are_told_and_the_order_stays_on_the_page(evening: Evening, wrong, lang) -> None:
    before = evening.stored()
    ids = [place.item for place in before]
    answer = send(form_of(evening.page(lang)), ids[::-1], **{f"minutes_{ids[3]}": wrong})
    found = evening.reader.read(answer, 422)
    assert form_of(found).values.getlist("item") == [str(one) for one in ids[::-1]]
    assert form_of(found).values[f"minutes_{ids[3]}"] == wrong
    assert evening.stored() == before
    assert send(form_of(found), ids[::-1], **{f"minutes_{ids[3]}": "2"}).status_code == 302
    assert [place.item for place in evening.stored()] == ids[::-1]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_whoever_is_slower_sees_both_runs_and_decides(evening: Evening, lang: str) -> None:
    ids = [place.item for place in evening.stored()]
    mine, theirs = form_of(evening.page(lang)), form_of(evening.page())
    assert send(theirs, [ids[1], ids[0], *ids[2:]], **{f"minutes_{ids[7]}": "21"}).status_code == 302
    saved = evening.stored()
    found = evening.reader.read(send(mine, [*ids[:8], ids[9], ids[8]], **{f"minutes_{ids[0]}": "5"}), 409)
    assert evening.stored() == saved
    assert ("21 minutes" if lang == "en" else "21 minutos") in " ".join(found.find("[role=alert]").itertext())
    again = form_of(found)
    assert again.values.getlist("item") == [str(one) for one in [*ids[:8], ids[9], ids[8]]]
    assert again.values[f"minutes_{ids[0]}"] == "5"
    assert again.send().status_code == 302
    assert [place.item for place in evening.stored()] == [*ids[:8], ids[9], ids[8]]


def test_two_who_did_the_same_are_not_in_each_others_way(evening: Evening) -> None:
    ids = [place.item for place in evening.stored()]
    first, second = form_of(evening.page()), form_of(evening.page())
    assert send(first, ids[::-1]).status_code == send(second, ids[::-1]).status_code == 302


def test_what_somebody_added_or_took_out_meanwhile_is_not_lost_and_not_back(evening: Evening) -> None:
    ids = [place.item for place in evening.stored()]
    mine = form_of(evening.page())
    new = evening.reader(f"{evening.address}new").form("/run/new")
    assert new.send(part="other", about="A song", room="1", minutes="4").status_code == 302
    drop = evening.reader(f"{evening.address}{ids[1]}/").form("/drop")
    assert drop.send().status_code == 302
    assert [place.item for place in evening.stored()][:-1] == ids
    assert drop.send(sure="y").status_code == 302
    added = evening.stored()[-1].item
    found = evening.reader.read(send(mine, ids[::-1]), 409)
    assert form_of(found).send().status_code == 302
    order = [place.item for place in evening.stored()]
    assert order == [ids[9], added, *(one for one in ids[8::-1] if one != ids[1])]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_an_item_that_was_dragged_meanwhile_is_not_put_back_by_whoever_changes_it(evening: Evening, lang: str) -> None:
    ids = [place.item for place in evening.stored()]
    address = f"{evening.address.replace('/en/', f'/{lang}/')}{ids[0]}/"
    mine = next(one for one in forms_of(evening.reader(address)) if one.element.get("action") is None)
    assert send(form_of(evening.page()), ids, **{f"room_{ids[0]}": "2", f"minutes_{ids[0]}": "11"}).status_code == 302
    found = evening.reader.read(mine.send(minutes="9"), 409)
    told = " ".join(found.find("[role=alert]").itertext())
    assert "11" in told
    assert ("Room 2" if lang == "en" else "Sala 2") in told
    assert evening.stored()[0] == Place(ids[0], 2, 11)
    again = next(one for one in forms_of(found) if one.element.get("action") is None)
    assert again.send(room="2").status_code == 302
    assert evening.stored()[0] == Place(ids[0], 2, 9)


def test_nonsense_changes_nothing_and_breaks_nothing(evening: Evening) -> None:
    before = evening.stored()
    form = form_of(evening.page())
    for junk in (["x", "-1", "9" * 50, "77"], []):
        data = form.values
        data.setlist("item", junk)
        data["move"] = "up-77"
        assert evening.reader.client.post(f"{evening.address}save", data=data).status_code in (302, 403)
    assert evening.stored() == before


def test_members_see_the_run_and_no_form_and_one_that_is_over_stays(evening: Evening, work: Work) -> None:
    form = form_of(evening.page())
    with work() as session:
        session.get_one(CallInPlan, evening.call_in).state = EveningState.OFF
    assert form.send().status_code == 409
    assert not evening.page().has("input[name=item]")
