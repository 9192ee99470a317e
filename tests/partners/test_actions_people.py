"""How people come into a circle, get its key and go: on both databases."""

from datetime import date, timedelta

import pytest

from portal.accounts import desk_keys, people as accounts
from portal.accounts.roles import Role
from portal.accounts.users import Invitation, holders
from portal.core.audit import AuditEvent
from portal.core.clock import today
from portal.core.crypto import new_recovery_phrase, recovery_key
from portal.core.db import db
from portal.core.i18n import Bilingual
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.partners import circles, members, notes
from portal.partners.circle_rules import CircleKind, CircleRole
from portal.partners.circles import my_invitation, my_seat, open_text, seats, waiting
from portal.partners.members import close_circle
from portal.partners.notes import Note
from tests.make import both, keys_of, make_circle, make_member, private_key_of, sit_in

DAY = date.today() + timedelta(days=90)


def write(circle, author, text="Who speaks first?"):
    return notes.write(my_seat(circle.id, author), Note(expires_on=DAY), {"title": "Voices", "body": text})


def reads(note, member):
    words = open_text(note, keys_of(member))
    return words["body"] if words else None


def found(founder, **given):
    values: dict[str, object] = {"name": both("Elm circle", "Círculo Elm"), "purpose": both("Voices.", "Voces.")}
    values |= {"kind": CircleKind.MORAL_VOICE, "with_police": False, **given}
    return members.found_circle(values, both("Stays here.", "Queda aquí."), founder)


def test_who_founds_writes_nothing_before_the_phrase(session, lead) -> None:
    with pytest.raises(NotAllowed):
        found(make_member(session, [Role.ORGANIZER]))
    circle = found(lead)
    assert my_seat(circle.id, lead).role is CircleRole.LEAD
    with pytest.raises(Refused, match="circle_locked"):
        write(circle, lead)
    desk_keys.set_up_desk(circle.desk, lead, recovery_key(new_recovery_phrase("es")).public_key)
    assert reads(write(circle, lead), lead) == "Who speaks first?"


def test_invited_joined_let_in(session, lead, elder) -> None:
    circle = make_circle(session, lead)
    note = write(circle, lead)
    assert members.invite(my_seat(circle.id, lead), elder.email.upper(), "", "es", CircleRole.MEMBER) is None
    with pytest.raises(NotFound):
        my_seat(circle.id, elder)
    assert circles.is_drawn_in(elder.id)
    with pytest.raises(Refused, match="statement_changed"):
        members.join(*my_invitation(circle.id, elder), elder, circle.statement.id + 1)
    members.join(*my_invitation(circle.id, elder), elder, circle.statement.id)
    seat = my_seat(circle.id, elder)
    assert not seat.is_admitted
    assert reads(note, elder) is None
    desk_keys.admit(circle.desk, elder, lead, private_key_of(lead))
    assert my_seat(circle.id, elder).is_admitted
    assert reads(note, elder) == "Who speaks first?"
    assert not circles.is_drawn_in(make_member(session, []).id)


def test_somebody_without_an_account_comes_by_the_link(session, lead) -> None:
    circle = make_circle(session, lead)
    made = members.invite(my_seat(circle.id, lead), "new@portal.test", "Nora", "es", CircleRole.INTERPRETER)
    assert [(one.name, one.has_account) for one in waiting(circle)] == [("Nora", False)]
    newcomer = accounts.accept(made.token, "Nora New", "es", accounts.make_secrets("nine green porch lamps"))
    assert newcomer.roles == frozenset()
    assert [(one.name, one.has_account) for one in waiting(circle)] == [("Nora New", True)]
    members.join(*my_invitation(circle.id, newcomer), newcomer, circle.statement.id)
    assert my_seat(circle.id, newcomer).role is CircleRole.INTERPRETER
    # The link is erased in its time, and the seat stays.
    session.delete(session.get_one(Invitation, made.invitation.id))
    session.flush()
    session.expire_all()
    assert my_seat(circle.id, newcomer)


def test_two_circles_wait_for_one_newcomer(session, lead) -> None:
    administrator = make_member(session, [Role.ADMINISTRATOR])
    link = accounts.invite("new@portal.test", "Nora", "es", [Role.FACILITATOR], administrator.id)
    for name in ("Elm circle", "Oak circle"):
        circle = make_circle(session, lead, name=name)
        assert members.invite(my_seat(circle.id, lead), "new@portal.test", "N", "es", CircleRole.MEMBER) is None
    with pytest.raises(Refused, match="sits_already"):
        members.invite(my_seat(circle.id, lead), "new@portal.test", "N", "es", CircleRole.MEMBER)
    members.withdraw(my_seat(circle.id, lead), waiting(circle)[0].membership)
    newcomer = accounts.accept(link.token, "Nora", "es", accounts.make_secrets("nine green porch lamps"))
    assert newcomer.roles == {Role.FACILITATOR}
    assert len(circles.my_invitations(newcomer)) == 1
    # A link of the circle's own makes no account once it was withdrawn.
    made = members.invite(my_seat(circle.id, lead), "other@portal.test", "Olga", "es", CircleRole.MEMBER)
    members.withdraw(my_seat(circle.id, lead), waiting(circle)[-1].membership)
    with pytest.raises(NotFound):
        accounts.accept(made.token, "Olga", "es", accounts.make_secrets("nine green porch lamps"))


def test_police_come_where_they_sit_openly_and_lead_nothing(session, lead) -> None:
    closed, circle = make_circle(session, lead), make_circle(session, lead, name="Oak circle", with_police=True)
    for role in (Role.ADMINISTRATOR, Role.POLICE_LIAISON):
        with pytest.raises(Refused, match="cannot_sit"):
            members.invite(my_seat(closed.id, lead), make_member(session, [role]).email, "", "en", CircleRole.MEMBER)
    officer = make_member(session, [Role.POLICE_LIAISON])
    above = CircleRole.LEAD, CircleRole.FACILITATOR, CircleRole.INTERPRETER
    for seat in above:
        with pytest.raises(Refused, match="cannot_sit"):
            members.invite(my_seat(circle.id, lead), officer.email, "", "en", seat)
    members.invite(my_seat(circle.id, lead), officer.email, "", "en", CircleRole.OBSERVER)
    members.join(*my_invitation(circle.id, officer), officer, circle.statement.id)
    for seat in above:
        with pytest.raises(Refused, match="cannot_sit"):
            members.give_role(my_seat(circle.id, lead), my_seat(circle.id, officer), seat)


def test_who_left_opens_nothing_new_and_who_stays_everything(session, lead, elder) -> None:
    administrator = make_member(session, [Role.ADMINISTRATOR])
    for goes in (
        members.leave,
        lambda seat: members.remove(my_seat(seat.circle.id, lead), seat),
        lambda seat: accounts.remove_member(seat.member, administrator.id),
    ):
        circle = make_circle(session, lead, elder)
        old = write(circle, elder, "before")
        stolen = keys_of(elder)
        goes(my_seat(circle.id, elder))
        new = write(circle, lead, "after")
        assert new.desk_key_id != old.desk_key_id
        assert open_text(new, stolen) is None
        assert keys_of(elder) == {}
        assert (reads(old, lead), reads(new, lead)) == ("before", "after")
        assert [one.member for one in seats(circle)] == [lead]
        with pytest.raises(NotFound):
            my_seat(circle.id, elder)


def test_the_last_lead_and_key_do_not_just_go(session, lead, elder) -> None:
    circle = make_circle(session, lead, elder)
    with pytest.raises(Refused, match="last_lead"):
        members.leave(my_seat(circle.id, lead))
    with pytest.raises(Refused, match="last_lead"):
        members.give_role(my_seat(circle.id, lead), my_seat(circle.id, lead), CircleRole.MEMBER)
    locked = make_circle(session, lead, name="Oak circle")
    sit_in(session, locked, elder, CircleRole.LEAD, with_key=False)
    with pytest.raises(Refused, match="last_key"):
        members.leave(my_seat(locked.id, lead))
    close_circle(my_seat(circle.id, lead))
    members.leave(my_seat(circle.id, lead))
    assert [one.member for one in seats(circle)] == [elder]


def test_a_closed_circle_takes_nothing_more(session, lead, elder) -> None:
    circle = make_circle(session, lead)
    note = write(circle, lead)
    members.invite(my_seat(circle.id, lead), elder.email, "", "en", CircleRole.MEMBER)
    close_circle(my_seat(circle.id, lead))
    assert circles.my_invitations(elder) == []
    assert reads(note, lead) == "Who speaks first?"
    with pytest.raises(Refused, match="circle_closed"):
        write(circle, lead)
    with pytest.raises(Refused, match="circle_closed"):
        members.invite(my_seat(circle.id, lead), elder.email, "", "en", CircleRole.MEMBER)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.POLICE_LIAISON])
def test_whoever_becomes_police_or_administrator_is_out(session, lead, elder, role) -> None:
    circle = make_circle(session, lead, elder, with_police=True)
    accounts.give_roles(elder, [role], None)
    with pytest.raises(NotFound):
        my_seat(circle.id, elder)
    assert holders(circle.desk_id) == [lead]
    assert keys_of(elder) == {}
    if role is Role.POLICE_LIAISON:
        members.invite(my_seat(circle.id, lead), elder.email, "", "en", CircleRole.MEMBER)
        members.join(*my_invitation(circle.id, elder), elder, circle.statement.id)
        assert my_seat(circle.id, elder).is_police


def test_a_password_by_link_opens_nothing(session, lead, elder) -> None:
    circle = make_circle(session, lead, elder)
    note = write(circle, lead)
    again = accounts.invite_again(elder, None)
    accounts.accept(again.token, "", "en", accounts.make_secrets("nine green porch lamps"))
    assert not my_seat(circle.id, elder).is_admitted
    assert session.get_one(notes.Note, note.id).desk_key_id == note.desk_key_id


def test_the_log_says_who_and_never_where(session, lead, elder) -> None:
    circle = make_circle(session, lead, elder)
    other = make_member(session, [])
    members.invite(my_seat(circle.id, lead), other.email, "", "en", CircleRole.MEMBER)
    members.join(*my_invitation(circle.id, other), other, circle.statement.id)
    members.give_role(my_seat(circle.id, lead), my_seat(circle.id, other), CircleRole.FACILITATOR)
    members.remove(my_seat(circle.id, lead), my_seat(circle.id, other))
    members.leave(my_seat(circle.id, elder))
    db.commit()
    logged = session.query(AuditEvent).where(AuditEvent.action.like("circle.%")).all()
    acts = [(one.action, one.object_type) for one in logged]
    assert acts == [(f"circle.{act}", "member") for act in ("invited", "joined", "role_given", "removed", "left")]
    assert str(circle.id) not in {one.object_id for one in logged}
    assert session.query(circles.Membership).where(circles.Membership.circle_id == circle.id).count() == 1


# --- How a circle gets another lead, and what keeps somebody from leaving ---


def with_elders(session, lead, number=3):
    elders = [make_member(session, []) for _ in range(number)]
    return make_circle(session, lead, *elders), elders


def test_only_who_is_asked_and_says_yes_leads(session, lead) -> None:
    circle, (one, other, *_rest) = with_elders(session, lead)
    hers, ones, others = (my_seat(circle.id, member) for member in (lead, one, other))
    with pytest.raises(NotFound):
        members.answer_offer(ones, yes=True)
    members.offer_lead(hers, ones)
    members.answer_offer(ones, yes=False)
    members.offer_lead(hers, others)
    members.take_offer_back(hers, others)
    for seat in (ones, others):
        with pytest.raises(NotFound):
            members.answer_offer(seat, yes=True)
    with pytest.raises(Refused, match="lead_by_consent"):
        members.give_role(hers, ones, CircleRole.LEAD)
    assert circles.leads(circle) == [lead.id]
    members.offer_lead(hers, ones)
    members.answer_offer(ones, yes=True)
    assert set(circles.leads(circle)) == {lead.id, one.id}
    members.leave(hers)
    assert circles.leads(circle) == [one.id]


def test_two_of_the_others_give_an_orphan_a_lead(session, lead) -> None:
    circle, elders = with_elders(session, lead)
    with pytest.raises(Refused, match="has_lead"):
        members.name_lead(my_seat(circle.id, elders[0]), elders[0].id)
    accounts.remove_member(lead, None)
    assert circles.leads(circle) == []
    assert not members.name_lead(my_seat(circle.id, elders[0]), elders[0].id)
    assert not members.name_lead(my_seat(circle.id, elders[1]), elders[1].id)
    assert circles.leads(circle) == []
    assert members.name_lead(my_seat(circle.id, elders[2]), elders[0].id)
    assert circles.leads(circle) == [elders[0].id]


def test_a_community_lead_who_sits_there_does_it_alone(session, lead) -> None:
    circle, (one, other, *_rest) = with_elders(session, lead)
    accounts.give_roles(one, [Role.COMMUNITY_LEAD], None)
    outsider = make_member(session, [Role.COMMUNITY_LEAD])
    accounts.remove_member(lead, None)
    with pytest.raises(NotFound):
        members.name_lead(my_seat(circle.id, one), outsider.id)
    assert members.name_lead(my_seat(circle.id, one), other.id)
    assert circles.leads(circle) == [other.id]


def test_an_administrator_with_made_up_accounts_gets_no_lead(session, lead) -> None:
    circle, (elder, *_others) = with_elders(session, lead, 1)
    administrator = make_member(session, [Role.ADMINISTRATOR])
    straw = make_member(session, [Role.COMMUNITY_LEAD])
    accounts.remove_member(lead, administrator.id)
    with pytest.raises(NotFound):
        my_seat(circle.id, straw)
    # The only one who is left decides.
    assert members.name_lead(my_seat(circle.id, elder), elder.id)


# --- What is written in a notebook ---


def begin(circle, author, title="T", body="B", days=30):
    note = Note(expires_on=today() + timedelta(days=days))
    return notes.write(my_seat(circle.id, author), note, {"title": title, "body": body})


def test_a_topic_past_its_day_is_gone(session, lead) -> None:
    circle, other = make_circle(session, lead), make_circle(session, lead, name="Oak circle")
    last, over = begin(circle, lead, days=0), begin(circle, lead, days=-1)
    assert [topic.id for topic, _answers in notes.topics(circle, 1)[0]] == [last.id]
    reply = notes.write(my_seat(circle.id, lead), Note(topic_id=last.id), {"body": "A"})
    for where, which in ((circle, over), (circle, reply), (other, last)):
        with pytest.raises(NotFound):
            notes.topic_of(where, which.id)


def test_only_the_author_changes_a_note(session, lead, elder) -> None:
    facilitator, observer = make_member(session, []), make_member(session, [])
    circle = make_circle(session, lead, elder)
    sit_in(session, circle, facilitator, CircleRole.FACILITATOR)
    sit_in(session, circle, observer, CircleRole.OBSERVER)
    topic = begin(circle, lead)
    for refused in (
        lambda: notes.change(my_seat(circle.id, elder), topic, {"title": "T", "body": "X"}),
        lambda: notes.erase(my_seat(circle.id, elder), topic),
        lambda: begin(circle, observer),
        lambda: notes.write(my_seat(circle.id, observer), Note(topic_id=topic.id), {"body": "A"}),
    ):
        with pytest.raises(NotAllowed):
            refused()
    before, version = topic.box, topic.version
    notes.change(my_seat(circle.id, lead), topic, {"title": "T", "body": "New"})
    assert topic.box != before
    assert (topic.version, topic.changed_on) == (version + 1, today())
    assert reads(topic, elder) == "New"
    for author, who in ((elder, elder), (lead, facilitator), (facilitator, lead)):
        note = begin(circle, author)
        notes.erase(my_seat(circle.id, who), note)
        with pytest.raises(NotFound):
            notes.topic_of(circle, note.id)


def test_a_new_promise_must_be_accepted(session, lead, elder) -> None:
    circle = make_circle(session, lead, elder)
    first = circle.statement
    members.restate(my_seat(circle.id, lead), Bilingual(en="New", es="Nueva"))
    session.expire_all()
    assert [one.edition for one in circle.statements] == [2, 1]
    assert first.words.en == "What is said stays."
    assert my_seat(circle.id, lead).agrees and not my_seat(circle.id, elder).agrees
    members.agree(my_seat(circle.id, elder), circle.statement.id)
    assert my_seat(circle.id, elder).agrees
