"""Makes the rows that a test needs. Plain functions with defaults; call them in `with work() as session:`.

Keys are real. The private key of a member or a desk follows from the id, so that a test can open what was sealed.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from nacl.public import PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import users
from portal.accounts.sign_in import TOKEN, UNLOCK, begin_sign_in, complete_sign_in, sign_in_hash, store_password
from portal.accounts.users import CIRCLE, Desk, DeskKey, DeskKeyCopy, DeskMember, Member, RoleHeld, SignIn
from portal.app import FEATURES
from portal.commitments.promise_rules import PromiseActor
from portal.commitments.promise_steps import add_evidence, draft_commitment, publish_commitment
from portal.commitments.promises import Commitment, EvidenceFile, files_of
from portal.config import Settings
from portal.core.clock import now, today, zone
from portal.core.crypto import private_key_from_seed, seal_key, stretch
from portal.core.db import db, random_id
from portal.core.files.uploads import clean
from portal.core.i18n import Bilingual
from portal.core.jobs import delivery, outbox
from portal.core.jobs.engine import each_row
from portal.core.page_cache import renew_cache_version
from portal.home.operator import state_operator
from portal.markets.gate_rules import GateKey
from portal.markets.places import Admission, CallIn, KeyTurned, Market, StatusDecision
from portal.meetings.busy import WeeklyHours
from portal.meetings.meeting import Meeting
from portal.meetings.planning import begin_series, publish_series
from portal.meetings.report_back import Decision, ReportBack, SaidAndDone
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp
from portal.meetings.series import Series, Wanted
from portal.meetings.series_rules import rhythm_named
from portal.news.library import Guide
from portal.news.posts import Post, Tag
from portal.organisations.organisations import Office, Organisation
from portal.partners.circle_rules import CircleKind, CircleRole
from portal.partners.circles import Circle, Membership, Statement
from portal.reports.intake import Filed, NewReport, file_report
from portal.reports.triage import Category, Channel
from portal.reports.words import ReportWords

SCHEDULE = tuple(rule for feature in FEATURES for rule in feature.retention)
"""Everything that is erased, as the features declare it."""
PASSWORD = "quiet river under the old bridge"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = count(1)


def city_day() -> date:
    """Today in the city, also where there is no portal yet."""
    return now().astimezone(ZoneInfo(Settings.model_fields["timezone"].default)).date()


def private_key_of(row: Member | DeskKey | Desk) -> PrivateKey:
    """The private key of a member, of a desk's key, or of a desk's recovery phrase."""
    return private_key_from_seed(blake2b(f"{row.__tablename__} {row.id}".encode(), digest_size=32).digest())


def keys_of(member: Member) -> dict[int, PrivateKey]:
    """All keys of desks that a member opens."""
    return users.desk_private_keys(member.id, private_key_of(member))


def make_member(session: Session, roles: Iterable[str] = ("triage",), **given: Any) -> Member:
    """Somebody with a password (`PASSWORD`) and an authenticator app (`TOTP_SECRET`)."""
    number = next(_numbers)
    member = Member(
        id=given.get("id", random_id()),
        email=given.get("email", f"member{number}@portal.test"),
        name=given.get("name", f"Ana Member {number}"),
        language=given.get("language", "en"),
        totp_secret=TOTP_SECRET,
        public_key=b"",
        created_at=given.get("created_at", now()),
        passkey_offered_on=given.get("passkey_offered_on", now().date()),
        left_at=given.get("left_at"),
        role_rows=[RoleHeld(role=role) for role in roles],
    )
    private = private_key_of(member)
    member.public_key = bytes(private.public_key)
    member.vouch()
    store_password(member, stretch(PASSWORD), private)
    session.add(member)
    session.flush()
    return member


def make_desk(session: Session, members: Iterable[Member] = (), kind: str = "triage") -> Desk:
    """A desk with an active key, at which `members` sit and can open what comes in."""
    desk = Desk(id=random_id(), kind=kind, name=both(f"The {kind} desk", f"El equipo {kind}"))
    desk.recovery_public_key = bytes(private_key_of(desk).public_key)
    key = DeskKey(id=random_id(), desk_id=desk.id, public_key=b"", recovery_copy=b"", created_at=now())
    key.public_key = bytes(private_key_of(key).public_key)
    desk.vouch()
    key.vouch()
    key.recovery_copy = seal_key(private_key_of(key), private_key_of(desk).public_key)
    session.add(desk)
    session.flush()
    session.add(key)
    session.flush()
    for member in members:
        seat(session, desk, member)
    return desk


def seat(session: Session, desk: Desk, member: Member) -> None:
    """Give a member a seat at a desk, with copies of all its keys."""
    session.add(DeskMember(desk_id=desk.id, member_id=member.id, since=now()))
    for key in session.scalars(select(DeskKey).where(DeskKey.desk_id == desk.id)):
        sealed = seal_key(private_key_of(key), private_key_of(member).public_key)
        copy = DeskKeyCopy(id=random_id(), desk_key_id=key.id, member_id=member.id, sealed_private_key=sealed)
        copy.vouch()
        session.add(copy)
    session.flush()


def sign_in(client: FlaskClient, member: Member, *, halfway: bool = False, key: PrivateKey | None = None) -> None:
    """Sign a member in at a browser, past the door. `halfway`: the second factor is still to come.

    `key`: of somebody who was not made here.
    """
    with client.application.app_context(), db.work() as session:
        tokens = begin_sign_in(member.id, key or private_key_of(member))
        if not halfway:
            row = session.scalars(select(SignIn).where(SignIn.token_hash == sign_in_hash(tokens.sign_in))).one()
            complete_sign_in(row)
    with client.session_transaction() as cookie:
        cookie[TOKEN], cookie[UNLOCK] = tokens.sign_in, tokens.unlock


def make_circle(
    session: Session,
    lead: Member,
    *others: Member,
    role: CircleRole = CircleRole.MEMBER,
    name: str = "Elm circle",
    **given: Any,
) -> Circle:
    """A circle with keys, in which `others` sit as `role`, have accepted its promise and hold the key."""
    desk = make_desk(session, kind=CIRCLE)
    circle = Circle(
        id=given.pop("id", random_id()),
        desk_id=desk.id,
        kind=CircleKind(given.pop("kind", CircleKind.MORAL_VOICE)),
        name=both(name, f"Círculo {name.removesuffix(' circle')}"),
        purpose=both("We prepare voices.", "Preparamos voces."),
        with_police=given.pop("with_police", False),
        founded_on=today(),
        statements=[Statement(edition=1, words=both("What is said stays.", "Lo dicho queda aquí."), made_on=today())],
        **given,
    )
    session.add(circle)
    session.flush()
    for member in (lead, *others):
        sit_in(session, circle, member, CircleRole.LEAD if member is lead else role)
    return circle


def sit_in(session: Session, circle: Circle, member: Member, role: CircleRole, *, with_key: bool = True) -> Membership:
    """Let a member sit in a circle; `with_key` is false for somebody who joined and was not let in yet."""
    row = Membership(circle_id=circle.id, member_id=member.id, role=role, invited_on=today(), joined_on=today())
    row.agreed_to_id = circle.statement.id
    session.add(row)
    if with_key:
        seat(session, session.get_one(Desk, circle.desk_id), member)
    else:
        session.add(DeskMember(desk_id=circle.desk_id, member_id=member.id, since=now()))
    session.flush()
    return row


def make_market(
    session: Session, name: str = "Elm Street", *, released: bool = True, status: str | None = "holding"
) -> Market:
    """A place, public unless it is said to be hidden."""
    market = Market(
        slug=slug_of(name),
        name=both(name, f"Calle {name.removesuffix(' Street')}"),
        about=both("What neighbors do now.", "Lo que hacen ahora los vecinos."),
        released_at=now() - timedelta(days=30) if released else None,
    )
    if status is not None:
        market.decisions.append(make_decision(status))
    return _published(session, market)


def let_in(session: Session, market: Market, *members: Member) -> None:
    """Admit members to a place by name."""
    for member in members:
        session.add(Admission(market_id=market.id, member_id=member.id, admitted_at=now()))
    session.flush()


def make_decision(status: str = "holding", since_on: date | None = None) -> StatusDecision:
    """How a place stands; add it to the `decisions` of a market."""
    return StatusDecision(
        status=status,
        since_on=since_on or today() - timedelta(days=20),
        review_on=today() + timedelta(days=10),
        decided_by=both("The neighborhood council", "El consejo de vecinos"),
        evidence=both("Two quiet months.", "Dos meses tranquilos."),
    )


def make_call_in(session: Session, market: Market, ended_at: datetime | None = None, keys: int = 2) -> CallIn:
    """The call-in of a place that ended, by default an hour ago, with so many of the two keys turned."""
    for key in tuple(GateKey)[:keys]:
        holder = make_member(session, (key,))
        let_in(session, market, holder)
        session.add(KeyTurned(market_id=market.id, member_id=holder.id, key=key, reason="Yes.", turned_at=now()))
    call_in = CallIn(
        market_id=market.id,
        message=both("You matter. The dealing stops.", "Usted vale. La venta se acaba."),
        services=both("Rosa helps with work.", "Rosa ayuda con trabajo."),
        tonight=both("Greet each other.", "Salúdense."),
        ended_at=ended_at or now() - timedelta(hours=1),
    )
    return _published(session, call_in)


def make_meeting(session: Session, author: Member | None = None, *, published: bool = True, **given: Any) -> Meeting:
    """A public meeting a week from now, or its draft."""
    title = given.pop("title", both(f"Evening on the porch {next(_numbers)}", "Tarde en el portal"))
    starts_at: datetime = given.pop("starts_at", (now() + timedelta(days=7)).replace(second=0, microsecond=0))
    values: dict[str, Any] = {
        "slug": slug_of(title.en),
        "uid": f"{slug_of(title.en)}@portal.test",
        "title": title,
        "purpose": both("We plan the summer.", "Planeamos el verano."),
        "place": both("Library, room 2", "Biblioteca, sala 2"),
        "access": both("Door on Oak Avenue, no steps.", "Puerta por la avenida Oak, sin escalones."),
        "online_url": "",
        "mode": "hybrid" if given.get("online_url") else "in_person",
        "host": both("Neighbors of Elm", "Vecinos de Elm"),
        "interpreter": "yes",
        "childcare": "asked",
        "food": "yes",
        "ride": "no",
        "report_back_by": both("The council", "El consejo"),
        "report_back_on": starts_at.date() + timedelta(days=14),
        "author_id": (author or make_member(session, ("organizer",))).id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "state": "published" if published else "draft",
        "sequence": 0,
        "change_reason": both("", ""),
        "created_at": now(),
        "updated_at": now(),
        "published_at": now() if published else None,
    }
    return _published(session, Meeting(**(values | given)))


def make_room(session: Session, capacity: int | None = None, text_code: str | None = None, **given: Any) -> Meeting:
    """A public meeting that counts its seats; `text_code`: the figures that answer it by text."""
    meeting = make_meeting(session, **given)
    session.add(MeetingSeats(meeting_id=meeting.id, capacity=capacity, close_hours=0, text_code=text_code))
    session.flush()
    return meeting


def make_series(session: Session, meeting: Meeting, key: str = "w2", **given: Any) -> Series:
    """A series that begins with a meeting: every two weeks, unless another rhythm is named."""
    first_on = meeting.starts_at.astimezone(zone()).date() if meeting.starts_at else today()
    rhythm = rhythm_named(key, first_on)
    assert rhythm
    slug = given.pop("slug", None)
    series = begin_series(meeting, Wanted(rhythm, first_on, **given), meeting.author_id)
    if not meeting.is_draft:
        publish_series(series, meeting.author_id)
    series.slug = slug or series.slug
    return _published(session, series)


def make_report_back(session: Session, meeting: Meeting, *, published: bool = True, **given: Any) -> ReportBack:
    """What came of a meeting, or its draft."""
    decision = Decision(position=0, what=both("Fix the gate", "Arreglar el portón"), who=both("The city", "La ciudad"))
    answer = SaidAndDone(position=0, said=both("It is dark", "Está oscuro"), done=both("Lamps", "Luces"))
    values: dict[str, Any] = {
        "next_steps": both("We meet again.", "Nos reunimos otra vez."),
        "minutes": both("We talked about lamps.", "Hablamos de las luces."),
        "author_id": meeting.author_id,
        "written_at": now(),
        "published_at": now() if published else None,
        "decisions": [decision],
        "answers": [answer],
    }
    return _published(session, ReportBack(meeting_id=meeting.id, **(values | given)))


def make_post(
    session: Session, author: Member | None = None, tag: str | None = None, *, published: bool = True, **given: Any
) -> Post:
    """A news post, or its draft; `tag` is a tag of that name, new if there is none."""
    title = given.pop("title", both(f"The lamps are back {next(_numbers)}", "Volvieron las luces"))
    values: dict[str, Any] = {
        "slug": slug_of(title.en),
        "title": title,
        "summary": both("All lamps on Elm work.", "Todas las luces de Elm funcionan."),
        "body": both("They were *mended* on Monday.", "Las *arreglaron* el lunes."),
        "author_id": (author or make_member(session, ("organizer",))).id,
        "created_at": now(),
        "updated_at": now(),
        "published_at": now() if published else None,
        "tags": [make_tag(session, tag)] if tag else [],
    }
    return _published(session, Post(**(values | given)))


def make_tag(session: Session, name: str) -> Tag:
    """The tag of that name, new if there is none."""
    found = session.scalars(select(Tag).where(Tag.slug == name)).one_or_none()
    return found or Tag(slug=name, name=both(f"About {name}", f"Sobre {name}"))


def make_guide(
    session: Session,
    tag: str | None = None,
    *,
    published: bool = True,
    files: dict[str, bytes] | None = None,
    **given: Any,
) -> Guide:
    """A page of the library to read and print, or its draft; `files` by language, made clean as an upload is."""
    values: dict[str, Any] = {
        "slug": f"guide{next(_numbers)}",
        "title": both("A porch list", "Una lista para el portal"),
        "about": both("What to bring.", "Qué traer."),
        "body": both("Bring *chairs*.", "Traiga *sillas*."),
        "url": "",
        "source": "",
        "written_in": "both",
        "tags": [make_tag(session, tag)] if tag else [],
        "created_at": now(),
        "updated_at": now(),
        "published_at": now() if published else None,
    }
    guide = Guide(**(values | given))
    guide.put_files({lang: clean(content) for lang, content in (files or {}).items()})
    return _published(session, guide)


def make_report(
    what: str = "Two people sell by the bus stop.", *, nonce: bytes | None = None, language: str = "en", **given: Any
) -> Filed:
    """A report, filed as the form files it; needs a desk with a key. `.code` has the resident's words."""
    report = NewReport(
        words=ReportWords(what, where=given.pop("where", ""), when=given.pop("when", ""), looks=given.pop("looks", "")),
        category=given.pop("category", Category.UNSORTED),
        channel=given.pop("channel", Channel.WEB),
        language=language,
        **given,
    )
    filed = file_report(report, nonce or blake2b(str(random_id()).encode(), digest_size=32).digest())
    db.session().flush()
    return filed


def both(en: str, es: str) -> Bilingual:
    """A text in both languages."""
    return Bilingual(en=en, es=es)


def slug_of(title: str) -> str:
    """What stands for a title in an address."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _published(session: Session, row: Any) -> Any:
    """Store what public pages may show."""
    session.add(row)
    session.flush()
    renew_cache_version()
    return row


def make_operator(session: Session, **given: Any) -> None:
    """Who runs the site: an office with a phone and an e-mail address."""
    usual = {"name": both("City office", "Oficina municipal"), "phone": "336-555-0100", "email": "office@x.test"}
    state_operator(usual | given, make_member(session, ("administrator",)).id)


def make_office(session: Session, kind: str = "police", name: str = "Chief's office", **given: Any) -> Office:
    """An office of an organisation of its own."""
    house = Organisation(kind=kind, name=given.get("organisation", both("The police", "La policía")))
    office = Office(id=given.get("id", random_id()), name=both(name, "Oficina del jefe"), organisation=house)
    session.add_all([house, office])
    session.flush()
    return office


def make_hours(session: Session, name: Bilingual, weekday: int, starts: time = time(18), ends: time = time(20)) -> None:
    """Weekly hours of a congregation of this name."""
    house = Organisation(kind="congregation", name=name)
    session.add(house)
    session.flush()
    session.add(WeeklyHours(organisation_id=house.id, weekday=weekday, starts=starts, ends=ends))
    session.flush()


def make_commitment(session: Session, office: Office, due_on: date | None = None, **given: Any) -> Commitment:
    """A published promise, due in ten days unless it is said otherwise."""
    author = given.get("author") or make_member(session, ("facilitator",))
    values = {
        "what": given.get("what", both("A person answers the line by night.", "Una persona contesta de noche.")),
        "made_at": both("The listening session", "La sesión de escucha"),
        "made_on": today() - timedelta(days=20),
        "due_on": due_on or today() + timedelta(days=10),
        "office_id": office.id,
        "market_id": given.get("market_id"),
    }
    me = PromiseActor(author.roles, id=author.id)
    commitment = draft_commitment(values, me)
    if given.get("published", True):
        publish_commitment(commitment, me)
        commitment.slug = given.get("slug", commitment.slug)
    session.flush()
    return commitment


def add_file(session: Session, commitment: Commitment, content: bytes, **given: Any) -> EvidenceFile:
    """A file that shows how a promise goes, made clean as an upload is."""
    what = given.get("what", both("What was done by May.", "Lo hecho hasta mayo."))
    by = PromiseActor(frozenset({"facilitator"}), id=commitment.author_id)
    add_evidence(commitment, what, "", by, clean(content))
    session.flush()
    return files_of(commitment)[-1]


def reminds(answer: Rsvp) -> bool:
    """Return whether a reminder goes to who gave an answer: they agreed, and the contact is theirs."""
    return answer.contact is not None and answer.agreed_on is not None and answer.proved_on is not None


def deliver_ready() -> None:
    """Deliver all that is ready in this process, without a queue; what fails may be ready still."""
    while True:
        with db.work():
            ready = outbox.ready_ids(100)
        if not ready or each_row([message_id for message_id, _priority in ready], delivery.deliver):
            return
