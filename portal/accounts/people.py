"""Actions on members (invitations, roles, removal and its undo, passwords, notices to desks), retention, commands."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import gettext as _
from nacl.public import PrivateKey
from sqlalchemy import ColumnElement, case, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from portal.accounts import desk_keys, users
from portal.accounts.reminders import ReminderWay, reach_of, reminder_text, way_of
from portal.accounts.roles import SHORT_STAY, Role, conflict, ends_circles, kinds_of_desks
from portal.accounts.second_factor import forget_second_factors
from portal.accounts.sign_in import TOKEN_BYTES, end_sign_ins, key_for, opened_by, store_password
from portal.accounts.sign_in_rules import LONG_STAY, STAY, normal_email
from portal.accounts.texts import desks_mail, invitation_mail
from portal.accounts.users import DeskKeyCopy, Invitation, Member, Removal, RoleHeld, SignIn
from portal.core.audit import record
from portal.core.clock import now
from portal.core.contact import read_mail
from portal.core.crypto import Stretched, fingerprint, keyed_hash, new_private_key, stretch
from portal.core.db import db, one, random_id, session
from portal.core.i18n import LANGUAGES, speaking
from portal.core.jobs.outbox import Letter, MessageKind, OutboundMessage, put
from portal.core.jobs.retries import UNSETTLED
from portal.core.limits import remember, remembered
from portal.core.portal import current_portal
from portal.core.purge import RetentionRule
from portal.core.slugs import public_address
from portal.core.statuses import NotFound, Refused, existing
from portal.core.vouched import vouch_anew, was_true
from portal.core.web import refusal

UNDONE_WITHIN = timedelta(days=1)


def give_roles(member: Member, roles: Iterable[Role], by_id: int | None, *, even_last: bool = False) -> None:
    """Set exact roles, and their seats. Raises Refused("roles_conflict", "last_administrator" or "last_at_desk")."""
    wanted = set(roles)
    if conflict(wanted):
        raise Refused("roles_conflict")
    if Role.ADMINISTRATOR not in wanted:
        _keep_an_administrator_beside(member)
    if wanted == set(member.given_roles):
        return
    walled_off = ends_circles(member.roles, wanted)
    member.role_rows = [row for row in member.role_rows if row.role in wanted]
    member.role_rows += [RoleHeld(role=role.value) for role in sorted(wanted - set(member.given_roles))]
    session.flush()
    record("member.roles_given", "member", member.id, by_id)
    _match_seats(member, wanted, by_id, even_last=even_last)
    if walled_off:
        _leave_circles(member, by_id)
    users.standing_changed.send(member.id)


def remove_member(member: Member, by_id: int | None, *, even_last: bool = False) -> None:
    """End an account, for `UNDONE_WITHIN` restorably. Raises Refused("last_administrator" or "last_at_desk")."""
    _keep_an_administrator_beside(member)
    removal = Removal(member_id=member.id, removed_at=now(), roles=" ".join(sorted(member.given_roles)), copies={})
    removal.circles = [desk.id for desk in users.desks_of(member.id, [users.CIRCLE])]
    for copy in session.scalars(select(DeskKeyCopy).where(DeskKeyCopy.member_id == member.id)):
        removal.copies[str(copy.desk_key_id)] = b64encode(copy.sealed_private_key).decode()
    session.add(removal)
    session.flush()
    _match_seats(member, set(), by_id, even_last=even_last)
    _leave_circles(member, by_id)
    # Name and id stay: what was done keeps its author.
    member.role_rows = []
    member.left_at = removal.removed_at
    session.execute(delete(Invitation).where(Invitation.member_id == member.id, Invitation.used_at.is_(None)))
    end_sign_ins(member.id, by_id)
    session.flush()
    record("member.removed", "member", member.id, by_id)
    users.standing_changed.send(member.id)


def undo_removal(member_id: int, by_id: int) -> Member:
    """Restore an account with its password, second factors, desks and circles. Raises NotFound when it is too late."""
    # It lets nobody else in: no link is made, and no browser is signed in. Duties that were handed over stay so.
    removal = one(select(Removal).where(Removal.member_id == member_id, Removal.removed_at > now() - UNDONE_WITHIN))
    member = session.get_one(Member, member_id)
    member.left_at = None
    member.role_rows = [RoleHeld(role=role) for role in removal.roles.split()]
    session.flush()
    _match_seats(member, {Role(role) for role in member.roles}, by_id, even_last=True)
    for desk in session.scalars(select(users.Desk).where(users.Desk.id.in_(removal.circles))):
        desk_keys.give_seat(desk, member.id, by_id)
    desk_keys.give_back_copies(member.id, removal.copies)
    session.delete(removal)
    record("member.restored", "member", member.id, by_id)
    users.standing_changed.send(member.id)
    return member


def finish_removals(member_ids: Sequence[int]) -> None:
    """Erase what ended accounts kept, but for the `Removal` rows; change keys that they open in that day's backup."""
    set_aside: list[int] = []
    for removal in session.scalars(select(Removal).where(Removal.member_id.in_(member_ids))):
        set_aside += map(int, removal.copies)
        removal.copies = {}
    session.flush()
    active = select(users.DeskKey.desk_id).where(users.DeskKey.id.in_(set_aside), users.DeskKey.retired_at.is_(None))
    for desk in session.scalars(select(users.Desk).where(users.Desk.id.in_(active)).with_for_update()).all():
        if staying := users.holders(desk.id):
            desk_keys.change_key(desk, staying, None)
    for member in session.scalars(select(Member).where(Member.id.in_(member_ids))):
        # The address becomes free for a new invitation.
        member.email = f"left-{member.id}"
        member.password_hash = ""
        member.wrapped_private_key = None
        forget_second_factors(member)
    session.flush()


def _match_seats(member: Member, roles: set[Role], by_id: int | None, *, even_last: bool) -> None:
    wanted = kinds_of_desks(roles)
    for desk in users.desks_of(member.id):
        if desk.kind not in wanted:
            desk_keys.take_seat(desk, member.id, by_id, even_last=even_last)
    for kind in sorted(wanted):
        desk_keys.give_seat(desk_keys.desk_of_kind(kind.value), member.id, by_id)


def _leave_circles(member: Member, by_id: int | None) -> None:
    # Even the last member: a refusal would tell an administrator who is in which circle.
    for desk in users.desks_of(member.id, [users.CIRCLE]):
        desk_keys.take_seat(desk, member.id, by_id, even_last=True)


def _keep_an_administrator_beside(member: Member) -> None:
    present = select(RoleHeld.member_id).join(Member, Member.id == RoleHeld.member_id).where(Member.left_at.is_(None))
    others = present.where(RoleHeld.role == Role.ADMINISTRATOR, Member.id != member.id)
    if Role.ADMINISTRATOR in member.roles and session.scalars(others).first() is None:
        raise Refused("last_administrator")


LASTS = timedelta(hours=72)


class NewSecrets(NamedTuple):
    """A new password and a new key, made before the transaction because stretching takes long."""

    password: Stretched
    private_key: PrivateKey


class Invited(NamedTuple):
    """An invitation and the token of its link, which is stored nowhere."""

    invitation: Invitation
    token: str

    @property
    def link(self) -> str:
        return public_address("sign_in.accept", lang=self.invitation.language, token=self.token)


def make_secrets(password: str) -> NewSecrets:
    """Stretch a password and make a private key to go with it. Raises HashingBusy."""
    return NewSecrets(stretch(password), new_private_key())


def invite(email: str, name: str, language: str, roles: Iterable[Role], by_id: int | None) -> Invited:
    """Invite a person; an earlier link to them stops working. Raises Refused("roles_conflict" or "already_member")."""
    wanted = sorted(set(roles))
    if conflict(wanted):
        raise Refused("roles_conflict")
    if users.member_by_email(normal_email(email)):
        raise Refused("already_member")
    return _invitation(normal_email(email), name, language, wanted, by_id)


def invite_again(member: Member, by_id: int | None, *, lost_all: bool = False, even_last: bool = False) -> Invited:
    """Make a link to choose a new password, and tell all desks. Raises Refused("last_with_key") unless `even_last`."""
    # The new one opens no desk.
    if not even_last and any(
        member in users.holders(desk.id) and not users.others_who_open(desk.id, member.id)
        for desk in users.desks_of(member.id)
    ):
        raise Refused("last_with_key")
    record("member.reset", "member", member.id, by_id)
    if lost_all:
        forget_second_factors(member)
        # The second factor is gone too: whoever knows the password could otherwise set up one of their own first.
        member.password_hash = ""
        end_sign_ins(member.id, by_id)
        record("member.second_factor_cleared", "member", member.id, by_id)
    if users.desks_of(member.id):
        users.desks_touched.send(None)
    return _invitation(member.email, member.name, member.language, (), by_id, member.id)


def withdraw(invitation_id: int, by_id: int) -> None:
    session.execute(delete(Invitation).where(Invitation.id == invitation_id, Invitation.used_at.is_(None)))
    record("invitation.withdrawn", "invitation", invitation_id, by_id)


def roles_of(invitation: Invitation) -> list[Role]:
    return [Role(role) for role in invitation.roles.split()]


def invitation_of(token: str, reading: Session = session) -> Invitation:
    """Return the invitation of a link; raise the same `NotFound` whether it expired, was used, or never existed."""
    works = Invitation.used_at.is_(None) & (Invitation.expires_at > now())
    invitation = reading.scalar(select(Invitation).where(Invitation.token_hash == _hash(token), works))
    # An invitation made before its roles were declared incompatible is no longer valid.
    if invitation is None or conflict(roles_of(invitation)):
        raise NotFound
    return invitation


def accept(token: str, name: str, language: str, new: NewSecrets) -> Member:
    """Create the account, or give it its new password and keys. Raises NotFound."""
    invitation = invitation_of(token)
    # One statement decides which request wins when a link is used twice at the same moment.
    use = update(Invitation).where(Invitation.id == invitation.id, Invitation.used_at.is_(None)).values(used_at=now())
    existing(session.execute(use.returning(Invitation.id)).first())
    if invitation.member_id is not None:
        member = users.member(invitation.member_id)
        _take_secrets(member, new)
        # An administrator made the link: it must not open texts that colleagues opened for a person they know. The
        # desks keep their keys, since nothing is left that could open the copies; a colleague admits the member again.
        member.renewed_at = now()
        session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.member_id == member.id))
        session.execute(delete(desk_keys.BeginAnew).where(desk_keys.BeginAnew.asked_by_id == member.id))
        end_sign_ins(member.id, member.id)
        record("member.password_renewed", "member", member.id, member.id)
        users.standing_changed.send(member.id)
        return member
    if users.member_by_email(invitation.email):
        raise NotFound
    # The account that had this address before is gone for good now.
    before = session.scalars(select(Member.id).where(Member.email == invitation.email)).all()
    finish_removals(before)
    session.execute(delete(Removal).where(Removal.member_id.in_(before)))
    member = Member(id=random_id(), email=invitation.email, name=name, language=language, created_at=now())
    _take_secrets(member, new)
    session.add(member)
    session.flush()
    invitation.member_id = member.id
    give_roles(member, roles_of(invitation), invitation.invited_by_id)
    record("invitation.accepted", "member", member.id, member.id)
    return member


def _take_secrets(member: Member, new: NewSecrets) -> None:
    store_password(member, new.password, new.private_key)
    member.public_key = bytes(new.private_key.public_key)
    member.vouch()
    # What a passkey opens is the key of before.
    session.execute(update(users.Passkey).where(users.Passkey.member_id == member.id).values(wrapped_private_key=None))


def _invitation(
    email: str, name: str, language: str, roles: Iterable[Role], by_id: int | None, member_id: int | None = None
) -> Invited:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(delete(Invitation).where(Invitation.email == email, Invitation.used_at.is_(None)))
    invitation = Invitation(id=random_id(), token_hash=_hash(token), email=email, name=name, language=language)
    invitation.roles, invitation.member_id, invitation.invited_by_id = " ".join(roles), member_id, by_id
    invitation.created_at, invitation.expires_at = now(), now() + LASTS
    session.add(invitation)
    session.flush()
    record("invitation.sent", "invitation", invitation.id, by_id)
    return Invited(invitation, token)


def _hash(token: str) -> str:
    return keyed_hash(key_for("invitation"), token)


def deliver(made: Invited) -> bool:
    """Send the link by mail if mail is set up; return False if the administrator must hand it over."""
    invitation = made.invitation
    if not current_portal.settings.smtp_url:
        return False
    words = invitation_mail(invitation, made.link)
    put(MessageKind.MAIL, invitation.email, words, send_before=invitation.expires_at)
    return True


def change_password(sign_in: SignIn, member: Member, new: str, old: Stretched) -> None:
    """Replace the right password, and what it opens, and sign out every other browser. Raises HashingBusy."""
    store_password(member, stretch(new), opened_by(member, old))
    end_sign_ins(member.id, member.id, but=sign_in.id)
    record("member.password_changed", "member", member.id, member.id)


ONCE_IN = timedelta(hours=1)


@users.desks_touched.connect
def tell_desks(besides_id: Any) -> None:
    """Notify every member with a seat, admitted or waiting, and the member `besides_id` who has just lost theirs."""
    seated = select(users.DeskMember.member_id).join(users.Desk).where(users.Desk.kind != users.CIRCLE)
    colleagues = Member.id.in_(seated) & Member.left_at.is_(None)
    for member in session.scalars(select(Member).where(colleagues | (Member.id == besides_id))):
        with speaking(member.language):
            # By mail whatever they chose, because it is no reminder; also by text to who gets reminders that way.
            notices: list[tuple[MessageKind, str, str | Letter]] = [(MessageKind.MAIL, member.email, desks_mail())]
            reach = reach_of(member.id)
            if reach is not None and way_of(reach) is ReminderWay.TEXT:
                words = reminder_text(_("Please sign in today and look at Colleagues."), "desks.index")
                notices.append((MessageKind.TEXT, reach.contact or "", words))
        for kind, address, notice in notices:
            key = f"desks told {member.id} {kind}"
            last = session.get(OutboundMessage, remembered(key))
            if last is not None and last.state in UNSETTLED:
                continue
            # What happens in the hour after one went out is told by one more, at the end of that hour.
            due_at = max(now(), last.due_at + ONCE_IN) if last is not None else now()
            notice_id = put(kind, address, notice, by_day=kind is MessageKind.TEXT, due_at=due_at)
            remember(key, notice_id, int((due_at + ONCE_IN - now()).total_seconds()))


def sign_ins_over(now: datetime) -> ColumnElement[bool]:
    """Return the condition for sign-ins that have ended by `now`, as `stay_of` decides for each member."""
    held = exists().where(RoleHeld.member_id == SignIn.member_id)
    is_long = held & ~held.where(RoleHeld.role.in_(SHORT_STAY))
    idle_since = case((is_long, now - LONG_STAY.idle), else_=now - STAY.idle)
    return or_(SignIn.created_at <= now - STAY.whole, SignIn.seen_at <= idle_since)


MONTH = timedelta(days=30)
ERASED_OF_ACCOUNTS = (
    RetentionRule(
        "accounts that were ended",
        "1 day, in which that can be undone",
        "the address, password and second factor, and the roles and copies of keys that were set aside",
        Removal,
        lambda now: Removal.removed_at <= now - UNDONE_WITHIN,
        hourly=True,
        before=finish_removals,
    ),
    RetentionRule(
        "sign-ins",
        "45 minutes after the last page, 12 hours in all; 4 hours after it for roles without keys of reports",
        "with the wrapped key",
        SignIn,
        sign_ins_over,
        hourly=True,
    ),
    RetentionRule(
        "invitations",
        "30 days after they expire",
        "name and address of who was invited",
        Invitation,
        lambda now: Invitation.expires_at <= now - MONTH,
    ),
    RetentionRule(
        "requests to begin a desk anew",
        "30 days after they were made",
        "who asked and who agreed; the audit events stay for their time",
        desk_keys.BeginAnew,
        lambda now: desk_keys.BeginAnew.asked_at <= now - MONTH,
    ),
)


user = AppGroup("user", help="People who sign in.")
desk = AppGroup("desk", help="Desks that read reports.")
COMMANDS = (user, desk)


@user.command("invite")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", default="", help="How colleagues see them; they can change it.")
@click.option("--language", default="en", type=click.Choice(LANGUAGES), help="Of the mail and of the page it leads to.")
def invite_user(email: str, roles: tuple[str, ...], name: str, language: str) -> None:
    """Print a link with which EMAIL makes an account, once, within 72 hours."""
    address = read_mail(email)
    if address is None:
        raise click.ClickException("That is not an e-mail address.")
    # `url_for` needs a request context.
    with current_app.test_request_context():
        try:
            with db.work():
                made = invite(address, name, language, [Role(role) for role in roles], None)
                link, mailed = made.link, deliver(made)
        except Refused as error:
            raise click.ClickException(refusal(error.key) or error.key) from None
    click.echo(link)
    click.echo("It was mailed too." if mailed else "Hand it over yourself: mail is not set up.", err=True)


@desk.command("vouch")
def vouch() -> None:
    """Vouch anew for keys and messages after PORTAL_SECRET changed; for those that were true under the one of before.

    It takes two: you, and whoever reads to you the six words on the paper of each desk. Circles go with them.
    """
    old = click.prompt("PORTAL_SECRET of before", hide_input=True)
    for paper in users.desks():
        if paper.recovery_public_key is None or not was_true(old, paper):
            continue
        typed = click.prompt(f"The six words on the paper of “{paper.name.en}”")
        marks = (fingerprint(paper.recovery_public_key, lang) for lang in LANGUAGES)
        first, *others = ([desk_keys.plain_word(word) for word in words.split()] for words in (typed, *marks))
        if first not in others:
            raise click.ClickException("They differ from the database. Nothing was changed: restore a good backup.")
    with db.work():
        left = vouch_anew(old)
    click.echo(f"Vouched for. {left} row(s) were not true before either, and stay as they are.")
