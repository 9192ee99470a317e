"""Circles, their members and invitations, and the columns of their sealed texts.

A circle's keys are those of its desk (`accounts.users.Desk`). A member with a seat at that desk is in the circle;
`Membership` holds their role. Texts that members write to each other are sealed; names and purposes are encrypted with
the server's cipher, and statements are in clear.

A table gets sealed columns from `SealedText`; `store` fills them and `open_text` reads them:

    class Roster(SealedText, Base): ...
    roster.store(seat.circle, {"names": form.names.data})
    words = open_text(roster, my_keys())        # {"names": "…"} or None

The scheme is that of the reports: see `core.crypto` and `accounts.desk_keys`.

A page of a circle belongs to a blueprint for signed-in members and calls `enter` first:

    blueprint = AudienceBlueprint(
        "polls", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/polls"
    )

    @blueprint.get("/")
    def index(circle_id: int) -> str:
        seat = enter(circle_id, Act.READ)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Self

from flask import abort, redirect, request, url_for
from nacl.public import PrivateKey, PublicKey
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    Select,
    String,
    UniqueConstraint,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user
from portal.accounts.users import (
    Desk,
    DeskMember,
    Invitation,
    Member,
    Removal,
    active_key_of,
    desk_private_keys,
    holders,
)
from portal.core.clock import today
from portal.core.crypto import About, CannotOpen, seal, unseal
from portal.core.db import Base, Versioned, random_id, session
from portal.core.forms import FormFrame
from portal.core.i18n import Bilingual, bilingual
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.core.web import SAFE_METHODS
from portal.partners.circle_rules import Act, CircleKind, CircleRole, acts, may_name_lead, may_sit

Keys = Mapping[int, PrivateKey]
Words = Mapping[str, str]


class SealedText:
    """Mixin with the columns of a sealed text, which only its circle can open. Padded: its length reveals nothing."""

    box: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    desk_key_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk_key.id"))
    """The generation of the circle's keys that opens it."""
    BINDS: ClassVar[tuple[str, ...]] = ("id",)
    """What its text is bound to, beside its table."""
    __tablename__: str
    id: Mapped[int]

    @property
    def about(self) -> About:
        """What the text is about: sealed with it, so that it opens in this row alone."""
        return (self.__tablename__, *(getattr(self, name) for name in self.BINDS))

    def close(self, desk_id: int, words: Words) -> None:
        """Seal `words` to the circle's current key, replacing the previous content. Raises Refused("circle_locked")."""
        key = active_key_of(desk_id)
        if key is None:
            raise Refused("circle_locked")
        self.id = self.id or random_id()
        text = json.dumps(dict(words), ensure_ascii=False).encode()
        sealed = seal(self.about, text, [PublicKey(key.public_key)])
        self.box, self.sealed_key, self.desk_key_id = sealed.box, sealed.keys[0], key.id

    def store(self, circle: Circle, words: Words) -> None:
        """Seal `words` as `close` does, and save the row, new or changed, as one change: its version counts it once."""
        with session.no_autoflush:
            self.close(circle.desk_id, words)
        session.add(self)
        session.flush()


def my_keys() -> Keys:
    """Return the private keys of all circles that the signed-in member can open, by key id, for this request only."""
    return desk_private_keys(current_user.id, current_user.private_key())


def open_text(row: SealedText, keys: Keys) -> Words | None:
    """Return the decrypted content; None if none of these keys opens it."""
    if row.desk_key_id not in keys:
        return None
    try:
        words: Words = json.loads(unseal(row.about, row.box, row.sealed_key, keys[row.desk_key_id]))
    except CannotOpen:
        return None
    return words


def open_to_change(row: SealedText) -> Words:
    """Return the decrypted content. Raises NotAllowed if it cannot be opened: unreadable text must not be replaced."""
    return need(open_text(row, my_keys()))


def need(words: Words | None) -> Words:
    """Return `words`, or raise NotAllowed if they could not be decrypted."""
    if words is None:
        raise NotAllowed
    return words


A_CIRCLE = "partners_circle.id"
A_MEMBER = "accounts_member.id"
CIRCLE_ROLES = tuple(role.value for role in CircleRole)
KINDS = tuple(kind.value for kind in CircleKind)


class Circle(Versioned, Base):
    """A group that works together in confidence. `with_police` is set at the founding and never changes."""

    __tablename__ = "partners_circle"
    __table_args__ = (CheckConstraint(f"kind IN {KINDS!r}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(15))
    name: Mapped[Bilingual] = bilingual("name", encrypted=True)
    purpose: Mapped[Bilingual] = bilingual("purpose", encrypted=True)
    with_police: Mapped[bool]
    founded_on: Mapped[date]
    closed_on: Mapped[date | None]
    """Set when the circle becomes read-only; it is erased 30 days later."""

    statements: Mapped[list[Statement]] = relationship(
        order_by="Statement.edition.desc()", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def statement(self) -> Statement:
        """The current version of the promise that members make to each other."""
        return self.statements[0]


class AgreedText:
    """Mixin for a version of a text that everybody has to accept; earlier versions are kept unchanged."""

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    edition: Mapped[int]
    made_on: Mapped[date]

    words: Mapped[Bilingual] = bilingual("words")
    """The text, in both languages."""

    @classmethod
    def after(cls, earlier: Self | None, words: Bilingual) -> Self:
        """Return the version that follows `earlier`, or the first one."""
        made = cls()
        made.id, made.edition = random_id(), earlier.edition + 1 if earlier else 1
        made.words, made.made_on = words, today()
        return made


class Statement(AgreedText, Base):
    """A version of a circle's promise of confidentiality."""

    __tablename__ = "partners_statement"
    __table_args__ = (UniqueConstraint("circle_id", "edition"),)

    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"))


class Membership(Base):
    """An invitation to a circle or, from `joined_on` on, a membership, as long as the member has a seat at its desk.

    For a person without an account, `invitation_id` points to the link that was created for them.
    """

    __tablename__ = "partners_membership"
    __table_args__ = (
        UniqueConstraint("circle_id", "member_id"),
        UniqueConstraint("circle_id", "invitation_id"),
        CheckConstraint(f"role IN {CIRCLE_ROLES!r}", name="role"),
        CheckConstraint("member_id IS NOT NULL OR invitation_id IS NOT NULL", name="somebody"),
        CheckConstraint("joined_on IS NULL OR (member_id IS NOT NULL AND agreed_to_id IS NOT NULL)", name="joined"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_invitation.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(15))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    invited_on: Mapped[date]
    joined_on: Mapped[date | None]
    agreed_to_id: Mapped[int | None] = mapped_column(ForeignKey("partners_statement.id"))
    """The last version of the statement that they accepted."""
    offered_by_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    """The lead who offers them the lead."""
    names_lead_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    """The member they name as lead, while the circle has none."""


class Note(SealedText, Versioned, Base):
    """A topic of the circle's notebook, or an answer to one. The day is stored, not the time."""

    __tablename__ = "partners_note"
    __table_args__ = (CheckConstraint("(topic_id IS NULL) = (expires_on IS NOT NULL)", name="expires_on"),)
    BINDS = ("id", "circle_id", "topic_id", "author_id")

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("partners_note.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    place: Mapped[int]
    """The position in the notebook: one more than the note written before it."""
    written_on: Mapped[date]
    changed_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    """The last day of a topic; it is erased with all answers."""


SITS = exists().where(
    DeskMember.desk_id == Circle.desk_id,
    DeskMember.member_id == Membership.member_id,
    Membership.joined_on.is_not(None),
)
"""Joined, and still has the seat at the desk."""

HAS_LOST_SEAT = and_(
    Membership.joined_on.is_not(None),
    not_(
        exists().where(
            Circle.id == Membership.circle_id,
            DeskMember.desk_id == Circle.desk_id,
            DeskMember.member_id == Membership.member_id,
        )
    ),
    not_(exists().where(Removal.member_id == Membership.member_id)),
)
"""Joined, but has no seat any more: it was taken, the account was removed for good, or its roles changed.

Not while a removed account can still be restored (`Removal`).
"""


def is_desk_of_closed_circle(by: date) -> ColumnElement[bool]:
    """Return the condition for a desk whose circle was closed on this day or before."""
    return exists().where(Circle.desk_id == Desk.id, Circle.closed_on <= by)


def require_open(circle: Circle) -> None:
    """Raise Refused("circle_closed") if the circle is closed to writing."""
    if circle.closed_on is not None:
        raise Refused("circle_closed")


@dataclass(frozen=True)
class CircleSeat:
    """A member's seat in a circle, with their role and whether they can open its texts yet."""

    circle: Circle
    membership: Membership
    member: Member
    is_admitted: bool

    @property
    def role(self) -> CircleRole:
        """Their role in the circle."""
        return CircleRole(self.membership.role)

    @property
    def is_police(self) -> bool:
        """Whether they are a police liaison."""
        return Role.POLICE_LIAISON in self.member.roles

    def may(self, act: Act) -> bool:
        """Return whether they have this permission."""
        return act in acts(self.role, self.member.roles)

    def require(self, act: Act) -> None:
        """Raise NotAllowed without this permission, Refused("circle_closed") if the circle is closed to writing."""
        if not self.may(act):
            raise NotAllowed
        require_open(self.circle)

    @property
    def agrees(self) -> bool:
        """Whether they accepted the current version of the statement."""
        return self.membership.agreed_to_id == self.circle.statement.id


def my_seat(circle_id: int, member: Member, *, to_change: bool = False) -> CircleSeat:
    """Return the member's seat in a circle. Raises `NotFound` without one. `to_change` locks the circle."""
    found = _seated().where(Circle.id == circle_id, Membership.member_id == member.id)
    if to_change:
        found = found.with_for_update(of=Circle).execution_options(populate_existing=True)
    row = session.execute(found).first()
    if row is None or not may_sit(member.roles, with_police=row[0].with_police):
        raise NotFound
    circle, membership, _member = row
    return CircleSeat(circle, membership, member, member.id in _admitted(circle))


def my_circles(member: Member) -> list[CircleSeat]:
    """Return the member's seats, those in open circles first."""
    rows = session.execute(_seated().where(Membership.member_id == member.id))
    mine = [
        CircleSeat(circle, membership, member, member.id in _admitted(circle))
        for circle, membership, _member in rows
        if may_sit(member.roles, with_police=circle.with_police)
    ]
    return sorted(mine, key=lambda seat: (seat.circle.closed_on is not None, str(seat.circle.name).casefold()))


def seats(circle: Circle) -> list[CircleSeat]:
    """Return all seats of a circle, sorted by name. Only for callers that may see names."""
    admitted = _admitted(circle)
    rows = session.execute(_seated().where(Circle.id == circle.id).order_by(Member.name, Member.id))
    return [CircleSeat(circle, membership, member, member.id in admitted) for _circle, membership, member in rows]


def seat_of(circle: Circle, member_id: int) -> CircleSeat:
    """Return a member's seat, for callers that may see names. Raises `NotFound`."""
    for seat in seats(circle):
        if seat.member.id == member_id:
            return seat
    raise NotFound


def leads(circle: Circle) -> list[int]:
    """Return the ids of the current leads of a circle."""
    return [seat.member.id for seat in seats(circle) if seat.role is CircleRole.LEAD]


def is_offered(seat: CircleSeat) -> bool:
    """Return whether a current lead has offered them the lead."""
    return seat.membership.offered_by_id is not None and seat.membership.offered_by_id in leads(seat.circle)


def voters(circle: Circle) -> list[CircleSeat]:
    """Return the members who name a new lead when there is none; all of them can open the circle's texts."""
    return [seat for seat in seats(circle) if seat.is_admitted and may_name_lead(seat.role, seat.member.roles)]


def is_drawn_in(member_id: int) -> bool:
    """Return whether a member sits in a circle or is invited to one."""
    mine = or_(Membership.member_id == member_id, _made_account_of(member_id))
    asked = select(Membership.id).join(Circle).where(mine, or_(SITS, Membership.joined_on.is_(None))).limit(1)
    return session.scalar(asked) is not None


@dataclass(frozen=True)
class Waiting:
    """An unanswered invitation. The name is the member's as soon as there is an account."""

    membership: Membership
    name: str
    has_account: bool


def my_invitations(member: Member) -> list[tuple[Circle, Membership]]:
    """Return the circles to which the member is invited and admissible, with the invitations."""
    rows = session.execute(_invited(member.id).order_by(Membership.invited_on, Circle.id))
    return [(circle, row) for circle, row in rows if may_sit(member.roles, with_police=circle.with_police)]


def my_invitation(circle_id: int, member: Member) -> tuple[Circle, Membership]:
    """Return the member's invitation to this circle. Raises `NotFound`."""
    for circle, row in my_invitations(member):
        if circle.id == circle_id:
            return circle, row
    raise NotFound


def waiting(circle: Circle) -> list[Waiting]:
    """Return the unanswered invitations to a circle."""
    rows = session.execute(
        select(Membership, Member, Invitation)
        .outerjoin(Invitation, Invitation.id == Membership.invitation_id)
        .outerjoin(Member, Member.id == func.coalesce(Membership.member_id, Invitation.member_id))
        .where(Membership.circle_id == circle.id, Membership.joined_on.is_(None))
        .order_by(Membership.invited_on, Membership.id)
    )
    return [Waiting(row, member.name if member else link.name, member is not None) for row, member, link in rows]


def invited(circle: Circle, membership_id: int) -> Membership:
    """Return an unanswered invitation to this circle. Raises `NotFound`."""
    row = session.get(Membership, membership_id)
    if row is None or row.circle_id != circle.id or row.joined_on is not None:
        raise NotFound
    return row


def membership_of(circle: Circle, member_id: int) -> Membership | None:
    """Return the row of a member who is invited, sits in the circle or sat there, or None."""
    mine = or_(Membership.member_id == member_id, _made_account_of(member_id))
    return session.scalars(select(Membership).where(Membership.circle_id == circle.id, mine)).first()


def _seated() -> Select[Circle, Membership, Member]:
    return (
        select(Circle, Membership, Member)
        .join(Membership, Membership.circle_id == Circle.id)
        .join(Member, Member.id == Membership.member_id)
        .where(SITS, Member.left_at.is_(None))
    )


def _invited(member_id: int) -> Select[Circle, Membership]:
    mine = or_(Membership.member_id == member_id, _made_account_of(member_id))
    open_here = Circle.closed_on.is_(None) & Membership.joined_on.is_(None)
    return select(Circle, Membership).join(Membership, Membership.circle_id == Circle.id).where(mine, open_here)


def _made_account_of(member_id: int) -> ColumnElement[bool]:
    made = select(Invitation.id).where(Invitation.member_id == member_id, Invitation.used_at.is_not(None))
    return Membership.invitation_id.in_(made)


def _admitted(circle: Circle) -> Sequence[int]:
    return [member.id for member in holders(circle.desk_id)]


def inside(seat: CircleSeat) -> FormFrame:
    """Return the frame of a form inside a circle."""
    return FormFrame("partners/frame.html", {"seat": seat})


def enter(circle_id: int, act: Act) -> CircleSeat:
    """Return the seat of the signed-in member. Raises NotFound without one, NotAllowed without the permission `act`.

    A member who has not accepted the current promise is redirected to it. A form submission still goes through: they
    accepted an earlier version, and must not lose their text.
    """
    is_form = request.method not in SAFE_METHODS
    seat = my_seat(circle_id, current_user.member, to_change=is_form)
    if not seat.may(act):
        raise NotAllowed
    if not seat.agrees and not is_form:
        abort(redirect(url_for("circles.promise", circle_id=circle_id)))
    return seat
