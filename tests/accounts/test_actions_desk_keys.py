"""The keys of a desk: who can open what, after each change of who sits there."""

import pytest
from sqlalchemy import delete, select

from portal.accounts import desk_keys, users
from portal.accounts.people import accept, give_roles, invite_again, make_secrets, remove_member
from portal.accounts.roles import Role
from portal.accounts.users import active_key
from portal.core.audit import AuditEvent
from portal.core.crypto import WrongPhrase, new_recovery_phrase, recovery_key
from portal.core.db import db
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.reports.reports import opened_by_desk
from tests.make import make_member, make_report, private_key_of

PHRASE = new_recovery_phrase("es")


def new_desk(session, *members, kind="triage"):
    """A desk set up by the first of `members`, where the others wait."""
    desk = desk_keys.desk_of_kind(kind)
    for member in members:
        desk_keys.give_seat(desk, member.id, None)
    desk_keys.set_up_desk(desk, members[0], recovery_key(PHRASE).public_key)
    return desk


def two_at_desk(session, role="triage", kind="triage"):
    """A desk, and two who open it."""
    ana, bea = make_member(session, (role,)), make_member(session, (role,))
    desk = new_desk(session, ana, bea, kind=kind)
    desk_keys.admit(desk, bea, ana, private_key_of(ana))
    return desk, ana, bea


def reads(filed, keys):
    """What a report says to whoever holds these keys."""
    words = opened_by_desk(filed.thread, keys)[0].words
    return words and words.what


def keys_of(member):
    return users.desk_private_keys(member.id, private_key_of(member))


def can_open_new(member):
    key = active_key("triage")
    return key is not None and key.id in keys_of(member)


def test_admitted_colleague_opens_old_reports_one_waiting_opens_nothing(session):
    desk, ana, cleo = two_at_desk(session)
    filed, bea = make_report("From before."), make_member(session)
    desk_keys.take_seat(desk, cleo.id, None)
    desk_keys.give_seat(desk, bea.id, None)
    assert reads(filed, keys_of(bea)) is None
    desk_keys.admit(desk, bea, ana, private_key_of(ana))
    assert reads(filed, keys_of(bea)) == "From before."
    assert can_open_new(bea)


def test_whoever_leaves_keeps_no_copy_and_opens_nothing_new(session):
    desk, ana, bea = two_at_desk(session)
    old, stolen = active_key("triage"), keys_of(bea)
    desk_keys.take_seat(desk, bea.id, ana.id)
    new = active_key("triage")
    assert new.id != old.id
    assert new.public_key != old.public_key
    assert keys_of(bea) == {}
    assert can_open_new(ana)
    sealed = make_report("After.")
    assert (reads(sealed, stolen), reads(sealed, keys_of(ana))) == (None, "After.")


def test_last_one_leaves_only_knowingly_and_phrase_opens_all(session):
    ana, bea = make_member(session), make_member(session)
    desk = new_desk(session, ana)
    filed = make_report("From before.")
    with pytest.raises(Refused, match="last_at_desk"):
        desk_keys.take_seat(desk, ana.id, None)
    assert can_open_new(ana)
    desk_keys.take_seat(desk, ana.id, None, even_last=True)
    assert active_key("triage") is None
    assert users.desks_of(ana.id) == []
    desk_keys.give_seat(desk, bea.id, None)
    desk_keys.open_with_phrase(desk, bea, PHRASE.upper())
    assert reads(filed, keys_of(bea)) == "From before."
    assert can_open_new(bea)


def test_a_new_phrase_makes_the_old_paper_useless(session):
    ana, bea, administrator = make_member(session), make_member(session), make_member(session, ("administrator",))
    desk = new_desk(session, ana, bea)
    other = new_recovery_phrase("en")
    desk_keys.replace_recovery(desk, ana, private_key_of(ana), recovery_key(other).public_key)
    with pytest.raises(WrongPhrase):
        desk_keys.open_with_phrase(desk, bea, PHRASE)
    with pytest.raises(NotAllowed):
        desk_keys.open_with_phrase(desk, administrator, other)
    desk_keys.open_with_phrase(desk, bea, other)
    assert can_open_new(bea)


def test_who_opens_only_retired_keys_makes_no_phrase(session):
    desk, ana, bea = two_at_desk(session)
    desk_keys.change_key(desk, [ana], None)
    with pytest.raises(NotAllowed):
        desk_keys.replace_recovery(desk, bea, private_key_of(bea), recovery_key(PHRASE).public_key)


def test_an_administrator_can_neither_admit_nor_be_admitted(session):
    ana, bea = make_member(session), make_member(session)
    administrator = make_member(session, ("administrator",))
    desk = new_desk(session, ana, bea)
    with pytest.raises(NotAllowed):
        desk_keys.admit(desk, bea, administrator, private_key_of(administrator))
    with pytest.raises(NotFound):
        desk_keys.admit(desk, administrator, ana, private_key_of(ana))
    with pytest.raises(Refused, match="roles_conflict"):
        give_roles(administrator, [Role.ADMINISTRATOR, Role.TRIAGE], administrator.id)


def test_who_waits_cannot_admit(session):
    ana, bea, cleo = make_member(session), make_member(session), make_member(session)
    desk = new_desk(session, ana, bea, cleo)
    with pytest.raises(NotAllowed):
        desk_keys.admit(desk, cleo, bea, private_key_of(bea))
    with pytest.raises(NotAllowed):
        desk_keys.replace_recovery(desk, bea, private_key_of(bea), recovery_key(PHRASE).public_key)
    # Nor does a copy without a seat admit anybody.
    session.execute(delete(users.DeskMember).where(users.DeskMember.member_id == ana.id))
    with pytest.raises(NotAllowed):
        desk_keys.admit(desk, cleo, ana, private_key_of(ana))


def test_a_circle_that_nobody_opens_gets_no_other_key(session):
    ana = make_member(session)
    desk = desk_keys.new_desk(users.CIRCLE)
    desk_keys.give_seat(desk, ana.id, None)
    desk_keys.set_up_desk(desk, ana, recovery_key(PHRASE).public_key)
    session.execute(delete(users.DeskKeyCopy))
    with pytest.raises(Refused, match="circle_is_locked"):
        desk_keys.set_up_desk(desk, ana, recovery_key(PHRASE).public_key)


def test_a_lost_password_takes_the_copies(session):
    desk, ana, bea = two_at_desk(session)
    before = active_key("triage")
    accept(invite_again(bea, None).token, "", "en", make_secrets("seven quiet herons over the mill"))
    assert active_key("triage") == before
    assert not can_open_new(bea)
    assert [one.member.id for one in users.seats(desk.id) if one.is_admitted] == [ana.id]


def test_the_last_administrator_stays(session):
    one = make_member(session, ("administrator",))
    with pytest.raises(Refused, match="last_administrator"):
        remove_member(one, one.id)
    with pytest.raises(Refused, match="last_administrator"):
        give_roles(one, [Role.EVALUATOR], one.id)
    two = make_member(session, ("administrator",))
    remove_member(one, two.id)
    assert one.left_at is not None


@pytest.mark.both_databases
def test_one_key_is_active_and_every_act_noted(session):
    desk, ana, bea = two_at_desk(session)
    desk_keys.take_seat(desk, bea.id, ana.id)
    db.commit()
    active = session.scalars(select(users.DeskKey).where(users.DeskKey.retired_at.is_(None))).all()
    assert len(active) == 1
    assert session.scalars(select(users.DeskMember.member_id)).all() == [ana.id]
    acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    done = ("seat_given", "seat_given", "set_up", "member_admitted", "seat_taken", "key_changed")
    assert acts == [f"desk.{act}" for act in done]
    # The new key is sealed to the paper, too.
    session.execute(delete(users.DeskKeyCopy).where(users.DeskKeyCopy.member_id == ana.id))
    desk_keys.open_with_phrase(desk, ana, PHRASE)
    assert can_open_new(ana)


def test_roles_sharing_a_desk_are_one_seat_until_last(session):
    ana = make_member(session, ())
    give_roles(ana, [Role.ORGANIZER, Role.COMMUNITY_LEAD, Role.SERVICES], None)
    assert [desk.kind for desk in users.desks_of(ana.id)] == ["outreach", "team"]
    give_roles(ana, [Role.COMMUNITY_LEAD], None)
    assert [desk.kind for desk in users.desks_of(ana.id)] == ["team"]
    give_roles(ana, [Role.POLICE_LIAISON], None)
    assert [desk.kind for desk in users.desks_of(ana.id)] == ["police"]
    give_roles(ana, [Role.EVALUATOR], None)
    assert users.desks_of(ana.id) == []


def test_who_changes_sides_opens_nothing_of_the_desk_left(session):
    _desk, _ana, bea = two_at_desk(session, "organizer", "team")
    before = active_key("team")
    give_roles(bea, [Role.POLICE_LIAISON], None)
    assert keys_of(bea) == {}
    assert before and active_key("team") != before
