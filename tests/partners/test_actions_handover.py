"""How a circle gets another lead, and what keeps somebody from leaving."""

import pytest

from portal.accounts import people as accounts
from portal.accounts.roles import Role
from portal.core.statuses import NotFound, Refused
from portal.partners import members
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import leads, my_seat
from portal.partners.members import LEFT_OPEN, Open
from tests.make import make_circle, make_member


def make_elders(session):
    return [make_member(session, []) for _ in range(3)]


def test_whoever_says_yes_leads_and_the_other_may_go(session, lead) -> None:
    elders = make_elders(session)
    circle = make_circle(session, lead, *elders)
    members.offer_lead(my_seat(circle.id, lead), my_seat(circle.id, elders[0]))
    members.answer_offer(my_seat(circle.id, elders[0]), yes=True)
    assert set(leads(circle)) == {lead.id, elders[0].id}
    members.leave(my_seat(circle.id, lead))
    assert leads(circle) == [elders[0].id]


def test_nobody_leads_who_was_not_asked_or_said_no(session, lead) -> None:
    elders = make_elders(session)
    circle = make_circle(session, lead, *elders)
    with pytest.raises(NotFound):
        members.answer_offer(my_seat(circle.id, elders[0]), yes=True)
    members.offer_lead(my_seat(circle.id, lead), my_seat(circle.id, elders[0]))
    members.answer_offer(my_seat(circle.id, elders[0]), yes=False)
    with pytest.raises(NotFound):
        members.answer_offer(my_seat(circle.id, elders[0]), yes=True)
    members.offer_lead(my_seat(circle.id, lead), my_seat(circle.id, elders[1]))
    members.take_offer_back(my_seat(circle.id, lead), my_seat(circle.id, elders[1]))
    with pytest.raises(NotFound):
        members.answer_offer(my_seat(circle.id, elders[1]), yes=True)
    with pytest.raises(Refused, match="lead_by_consent"):
        members.give_role(my_seat(circle.id, lead), my_seat(circle.id, elders[0]), CircleRole.LEAD)
    assert leads(circle) == [lead.id]


def test_two_of_the_others_give_an_orphan_a_lead(session, lead) -> None:
    elders = make_elders(session)
    circle = make_circle(session, lead, *elders)
    with pytest.raises(Refused, match="has_lead"):
        members.name_lead(my_seat(circle.id, elders[0]), elders[0].id)
    accounts.remove_member(lead, None)
    assert leads(circle) == []
    assert not members.name_lead(my_seat(circle.id, elders[0]), elders[0].id)
    assert not members.name_lead(my_seat(circle.id, elders[1]), elders[1].id)
    assert leads(circle) == []
    assert members.name_lead(my_seat(circle.id, elders[2]), elders[0].id)
    assert leads(circle) == [elders[0].id]


def test_a_community_lead_who_sits_there_does_it_alone(session, lead) -> None:
    elders = make_elders(session)
    circle = make_circle(session, lead, *elders)
    accounts.give_roles(elders[0], [Role.COMMUNITY_LEAD], None)
    outsider = make_member(session, [Role.COMMUNITY_LEAD])
    accounts.remove_member(lead, None)
    with pytest.raises(NotFound):
        my_seat(circle.id, outsider)
    with pytest.raises(NotFound):
        members.name_lead(my_seat(circle.id, elders[0]), outsider.id)
    assert members.name_lead(my_seat(circle.id, elders[0]), elders[1].id)
    assert leads(circle) == [elders[1].id]


def test_an_administrator_with_made_up_accounts_gets_no_lead(session, lead) -> None:
    elders = make_elders(session)
    circle = make_circle(session, lead, elders[0])
    administrator = make_member(session, [Role.ADMINISTRATOR])
    straw = make_member(session, [Role.COMMUNITY_LEAD])
    accounts.remove_member(lead, administrator.id)
    with pytest.raises(NotFound):
        my_seat(circle.id, straw)
    # The only one who is left decides.
    assert members.name_lead(my_seat(circle.id, elders[0]), elders[0].id)


def test_what_other_features_leave_open_keeps_somebody_from_leaving(app, session, lead) -> None:
    elders = make_elders(session)
    circle = make_circle(session, lead, *elders)
    must = True
    app.plugs[LEFT_OPEN] = [lambda seat: [Open("A promise", must=must)]]
    with pytest.raises(Refused, match="handover_open"):
        members.leave(my_seat(circle.id, elders[0]))
    must = False
    members.leave(my_seat(circle.id, elders[0]))
