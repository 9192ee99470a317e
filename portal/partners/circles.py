"""Circles, their members and invitations, the columns of their sealed texts, and what their pages share.

A circle's keys are those of its desk (`accounts.users.Desk`). A member with a seat at that desk is in the circle;
`Membership` holds their role. Texts that members write to each other are sealed; names and purposes are encrypted with
the server's cipher, and statements are in clear. The scheme is that of the reports: see `core.crypto`.

A page of a circle belongs to a `circle_blueprint`, and calls `enter` first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

import sqlalchemy as sa
from flask import abort, redirect, request, url_for
from flask_babel import LazyString, lazy_gettext as _l
from nacl.public import PrivateKey, PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field
from wtforms.validators import DataRequired

from portal.accounts import users
from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user
from portal.accounts.users import DeskMember, Member
from portal.core import audit, db
from portal.core.clock import today
from portal.core.crypto import About, CannotOpen, Sealed, seal, unseal
from portal.core.db import Base, Versioned, added, once_per_page, random_id, session
from portal.core.editing import done, is_sure
from portal.core.forms import DateField, FormFrame, IntegerField, ProtectedForm, TimeField
from portal.core.i18n import Bilingual, bilingual
from portal.core.statuses import NotAllowed, NotFound, Refused, existing
from portal.core.web import SAFE_METHODS, SIGNED_IN, AudienceBlueprint
from portal.partners.circle_rules import Act, CircleKind, CircleRole, acts, may_sit

Keys = Mapping[int, PrivateKey]
Words = Mapping[str, str]
Row = TypeVar("Row", bound=Base)
Choice = TypeVar("Choice", bound=StrEnum)
NOT_SURE = _l("Please check the box first.")


def seal_words(about: About, words: Words, readers: Sequence[PublicKey]) -> Sealed:
    return seal(about, json.dumps(dict(words), ensure_ascii=False).encode(), readers)


def unseal_words(row: Any, sealed_key: bytes, key: PrivateKey) -> Words | None:
    """Return what is in the `box` of a row, which says what it is `about`; None if this key does not open it."""
    try:
        words: Words = json.loads(unseal(row.about, row.box, sealed_key, key))
    except CannotOpen:
        return None
    return words


class SealedText:
    """Mixin with the columns of a sealed text, which only its circle can open. Padded: its length reveals nothing."""

    box: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    desk_key_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_desk_key.id"))
    """The generation of the circle's keys that opens it."""
    BINDS: ClassVar[tuple[str, ...]] = ("id",)
    """What its text is bound to, beside its table."""
    __tablename__: str
    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)

    @property
    def about(self) -> About:
        """What the text is about: sealed with it, so that it opens in this row alone."""
        return (self.__tablename__, *(getattr(self, name) for name in self.BINDS))

    def store(self, circle: Circle, words: Words) -> None:
        """Seal `words` to the circle's current key in place of what was there, and save the row, new or changed.

        It is one change: the row's version counts it once. Raises Refused("circle_locked").
        """
        with session.no_autoflush:
            key = users.active_key_of(circle.desk_id)
        if key is None:
            raise Refused("circle_locked")
        self.id = self.id or random_id()
        sealed = seal_words(self.about, words, [PublicKey(key.public_key)])
        self.box, self.sealed_key, self.desk_key_id = sealed.box, sealed.keys[0], key.id
        added(self)


@db.once_per_page
def my_keys() -> Keys:
    """Return the private keys of all circles that the signed-in member can open, by key id, for this request only."""
    return users.desk_private_keys(current_user.id, current_user.private_key())


def open_text(row: SealedText, keys: Keys) -> Words | None:
    """Return the decrypted content; None if none of these keys opens it."""
    key = keys.get(row.desk_key_id)
    return unseal_words(row, row.sealed_key, key) if key else None


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


class Circle(Versioned, Base):
    """A group that works together in confidence. `with_police` is set at the founding and never changes."""

    __tablename__ = "partners_circle"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts_desk.id"), unique=True)
    kind: Mapped[CircleKind]
    name: Mapped[Bilingual] = bilingual("name", encrypted=True)
    purpose: Mapped[Bilingual] = bilingual("purpose", encrypted=True)
    with_police: Mapped[bool]
    founded_on: Mapped[date]
    closed_on: Mapped[date | None]
    """Set when the circle becomes read-only; it is erased 30 days later."""

    desk: Mapped[users.Desk] = relationship()
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

    @classmethod
    def after(cls, earlier: Self | None, words: Bilingual) -> Self:
        made = cls()
        made.id, made.edition = random_id(), earlier.edition + 1 if earlier else 1
        made.words, made.made_on = words, today()
        return made


class Statement(AgreedText, Base):
    __tablename__ = "partners_statement"
    __table_args__ = (sa.UniqueConstraint("circle_id", "edition"),)

    circle_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CIRCLE, ondelete="CASCADE"))


class Membership(Base):
    """An invitation to a circle or, from `joined_on` on, a membership, as long as the member has a seat at its desk."""

    __tablename__ = "partners_membership"
    __table_args__ = (
        sa.UniqueConstraint("circle_id", "member_id"),
        sa.UniqueConstraint("circle_id", "invitation_id"),
        sa.CheckConstraint("member_id IS NOT NULL OR invitation_id IS NOT NULL", name="somebody"),
        sa.CheckConstraint("joined_on IS NULL OR (member_id IS NOT NULL AND agreed_to_id IS NOT NULL)", name="joined"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER, ondelete="CASCADE"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts_invitation.id", ondelete="CASCADE"))
    """The link that was created for a person without an account."""
    role: Mapped[CircleRole]
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))
    invited_on: Mapped[date]
    joined_on: Mapped[date | None]
    agreed_to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("partners_statement.id"))
    """The last version of the statement that they accepted."""
    offered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))
    """The lead who offers them the lead."""
    names_lead_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))
    """The member they name as lead, while the circle has none."""


SITS = sa.exists().where(
    DeskMember.desk_id == Circle.desk_id,
    DeskMember.member_id == Membership.member_id,
    Membership.joined_on.is_not(None),
)
"""Joined, and still has the seat at the desk."""

SEATED = (
    select(Circle, Membership, Member)
    .join(Membership, Membership.circle_id == Circle.id)
    .join(Member, Member.id == Membership.member_id)
    .where(SITS, Member.left_at.is_(None))
)
HAS_LOST_SEAT = sa.and_(
    Membership.joined_on.is_not(None),
    sa.not_(
        sa.exists().where(
            Circle.id == Membership.circle_id,
            DeskMember.desk_id == Circle.desk_id,
            DeskMember.member_id == Membership.member_id,
        )
    ),
    sa.not_(sa.exists().where(users.Removal.member_id == Membership.member_id)),
)
"""Joined, but has no seat any more: it was taken, the account was removed for good, or its roles changed.

Not while a removed account can still be restored (`Removal`).
"""


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
        return self.membership.role

    @property
    def is_police(self) -> bool:
        return Role.POLICE_LIAISON in self.member.roles

    def may(self, act: Act) -> bool:
        return act in acts(self.role, self.member.roles)

    def require(self, act: Act) -> None:
        """Raise NotAllowed without this permission, Refused("circle_closed") if the circle is closed to writing."""
        if not self.may(act):
            raise NotAllowed
        require_open(self.circle)

    def record(self, event: str, about_id: int | None = None) -> None:
        """Record an audit event of a member, and never the circle: no administrator learns which one plans what."""
        audit.record(event, "member", about_id or self.member.id, self.member.id)

    @property
    def agrees(self) -> bool:
        return self.membership.agreed_to_id == self.circle.statement.id


def my_seat(circle_id: int, member: Member, *, to_change: bool = False) -> CircleSeat:
    """Return the member's seat in a circle. Raises `NotFound` without one. `to_change` locks the circle."""
    rows = SEATED.where(Circle.id == circle_id, Membership.member_id == member.id)
    if to_change:
        rows = rows.with_for_update(of=Circle).execution_options(populate_existing=True)
    circle, membership, _member = existing(session.execute(rows).first())
    if not may_sit(member.roles, with_police=circle.with_police):
        raise NotFound
    return CircleSeat(circle, membership, member, member.id in _admitted(circle))


@once_per_page
def my_circles(member: Member) -> list[CircleSeat]:
    """Return the member's seats, those in open circles first."""
    own = [
        CircleSeat(circle, membership, member, member.id in _admitted(circle))
        for circle, membership, _member in session.execute(SEATED.where(Membership.member_id == member.id))
        if may_sit(member.roles, with_police=circle.with_police)
    ]
    return sorted(own, key=lambda seat: (seat.circle.closed_on is not None, str(seat.circle.name).casefold()))


@db.once_per_page
def seats(circle: Circle) -> list[CircleSeat]:
    """Return all seats of a circle, sorted by name. Only for callers that may see names."""
    admitted = _admitted(circle)
    rows = session.execute(SEATED.where(Circle.id == circle.id).order_by(Member.name, Member.id))
    return [CircleSeat(circle, membership, member, member.id in admitted) for _circle, membership, member in rows]


def seat_of(circle: Circle, member_id: int) -> CircleSeat:
    """Return a member's seat, for callers that may see names. Raises `NotFound`."""
    return existing(next((seat for seat in seats(circle) if seat.member.id == member_id), None))


def leads(circle: Circle) -> list[int]:
    return [seat.member.id for seat in seats(circle) if seat.role is CircleRole.LEAD]


def is_offered(seat: CircleSeat) -> bool:
    return seat.membership.offered_by_id is not None and seat.membership.offered_by_id in leads(seat.circle)


def is_of(member_id: int) -> sa.ColumnElement[bool]:
    """Return the condition for a member's memberships and invitations, also by the link that made their account."""
    links = select(users.Invitation.id).where(
        users.Invitation.member_id == member_id, users.Invitation.used_at.is_not(None)
    )
    return sa.or_(Membership.member_id == member_id, Membership.invitation_id.in_(links))


@once_per_page
def is_drawn_in(member_id: int) -> bool:
    rows = select(Membership.id).join(Circle).where(is_of(member_id), sa.or_(SITS, Membership.joined_on.is_(None)))
    return session.scalar(rows.limit(1)) is not None


class Waiting(NamedTuple):
    """An unanswered invitation. The name is the member's as soon as there is an account."""

    membership: Membership
    name: str
    has_account: bool


def my_invitations(member: Member) -> list[tuple[Circle, Membership]]:
    rows = (
        select(Circle, Membership)
        .join(Membership, Membership.circle_id == Circle.id)
        .where(is_of(member.id), Circle.closed_on.is_(None), Membership.joined_on.is_(None))
        .order_by(Membership.invited_on, Circle.id)
    )
    invitations = session.execute(rows)
    return [(circle, row) for circle, row in invitations if may_sit(member.roles, with_police=circle.with_police)]


def my_invitation(circle_id: int, member: Member) -> tuple[Circle, Membership]:
    """Return the member's invitation to this circle. Raises `NotFound`."""
    return existing(next((pair for pair in my_invitations(member) if pair[0].id == circle_id), None))


def waiting(circle: Circle) -> list[Waiting]:
    rows = session.execute(
        select(Membership, Member, users.Invitation)
        .outerjoin(users.Invitation, users.Invitation.id == Membership.invitation_id)
        .outerjoin(Member, Member.id == sa.func.coalesce(Membership.member_id, users.Invitation.member_id))
        .where(Membership.circle_id == circle.id, Membership.joined_on.is_(None))
        .order_by(Membership.invited_on, Membership.id)
    )
    return [Waiting(row, member.name if member else link.name, member is not None) for row, member, link in rows]


@db.once_per_page
def _admitted(circle: Circle) -> list[int]:
    return [member.id for member in users.holders(circle.desk_id)]


def chosen(kind: type[Choice], value: str) -> Choice:
    """Return the member of an enum that an address names. Raises `NotFound`."""
    return existing(next((member for member in kind if member == value), None))


def in_circle(kind: type[Row], circle: Circle, row_id: int, *, to_change: bool = False) -> Row:
    """Return a row of this circle, locked `to_change` it. Raises `NotFound`."""
    columns: Any = kind
    rows = select(kind).where(columns.id == row_id, columns.circle_id == circle.id)
    return db.one(rows.execution_options(populate_existing=to_change), to_change=to_change)


def circle_blueprint(name: str, module: str, below: str) -> AudienceBlueprint:
    prefix = f"/<lang:lang>/circles/<int:circle_id>/{below}"
    return AudienceBlueprint(name, module, audience=SIGNED_IN, url_prefix=prefix, pages_read=True)


class Upcoming(NamedTuple):
    on: date
    what: LazyString | str
    url: str


class SealedWords:
    """Mixin for a form whose fields (or texts in two languages) in `SEALED` are the words of a sealed text."""

    SEALED: ClassVar[tuple[str, ...]]
    READ: ClassVar[Mapping[type[Field], Callable[[str], Any]]] = {
        DateField: date.fromisoformat,
        TimeField: time.fromisoformat,
        IntegerField: int,
    }

    @property
    def words(self: Any) -> dict[str, str]:
        typed = {field.name: field.data for field in self._sealed()}
        typed |= {name: at.strftime("%H:%M") for name, at in typed.items() if isinstance(at, time)}
        return {name: "" if value is None else str(value) for name, value in typed.items()}

    def opened(self: Any, words: Words) -> dict[str, Any]:
        opened: dict[str, Any] = {}
        for field in self._sealed():
            text, read = words.get(field.name, ""), self.READ.get(type(field))
            opened[field.name] = (read(text) if text else None) if read else text
        return opened

    def _sealed(self: Any) -> Iterator[Field]:
        for name in self.SEALED:
            yield from (self[half] for half in (name, f"{name}_en", f"{name}_es") if half in self)


class SureForm(ProtectedForm):
    sure = BooleanField(_l("I am sure"), validators=[DataRequired(NOT_SURE)])


def once_sure(erase: Callable[[], object], message: str, address: str) -> Response:
    """Erase for good what the page asked about, if its box was checked, and go on to another page."""
    if is_sure():
        erase()
        return done(address, message)
    return redirect(address)


def inside(seat: CircleSeat) -> FormFrame:
    return FormFrame("partners/frame.html", {"seat": seat})


def enter(circle_id: int, act: Act, kind: CircleKind | None = None) -> CircleSeat:
    """Return the seat of the signed-in member. Raises NotFound without one in a circle of this `kind`, NotAllowed.

    A member who has not accepted the current promise is redirected to it. A form submission still goes through: they
    accepted an earlier version, and must not lose their text.
    """
    is_form = request.method not in SAFE_METHODS
    seat = my_seat(circle_id, current_user.member, to_change=is_form)
    if not seat.may(act):
        raise NotAllowed
    if not seat.agrees and not is_form:
        abort(redirect(url_for("circles.promise", circle_id=circle_id)))
    if kind not in (None, seat.circle.kind):
        raise NotFound
    return seat
