"""Canaries: names, words, slugs and ids that must not be found; and an invented hidden place and members to find it.

The members are signed in without a password and the place is no place, so the rehearsal discards them. Their rows are
created directly: actions would publish a new cache version, for which others might have to wait.
"""

from __future__ import annotations

import gzip
import html
import re
import secrets
import tarfile
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from nacl.public import PrivateKey
from sqlalchemy import not_, or_, select

from portal.accounts.roles import Role
from portal.accounts.sign_in import TOKEN, UNLOCK, Sessions, begin_sign_in, complete_sign_in, sign_in_hash
from portal.accounts.users import Desk, DeskMember, Member, RoleHeld, SignIn
from portal.commitments.promise_rules import PromiseStep
from portal.commitments.promises import Commitment, EvidenceFile, LedgerEntry
from portal.config import ROOT
from portal.core.audit import record
from portal.core.clock import now, today, week_of
from portal.core.crypto import new_private_key
from portal.core.db import added, db, one, random_id, session
from portal.core.files.uploads import CleanFile, UploadKind
from portal.core.i18n import NOTHING, Bilingual
from portal.core.portal import Portal
from portal.core.slugs import random_tail
from portal.leaks.crawl import Visitor
from portal.markets import places
from portal.markets.gate_rules import EvidenceItem, EvidenceState, GateKey, words
from portal.markets.map.sheets import MapFeature, SheetKind, city_sheet
from portal.markets.reviews import Cause, SignalKind
from portal.markets.status import PlaceSeat
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.readiness import NEEDS, TEXTS, MeetingState, OfferAnswer
from portal.news.posts import Post
from portal.organisations.organisations import Office

SHORTEST_WORD = 4
# Common words in names of places; none of them identifies one.
EVERYWHERE = frozenset(
    """
    street avenue road lane drive court boulevard alley block corner corners square park plaza place yard garden gardens
    field hill bridge river creek lake north south east west upper lower court courts school church station market
    houses homes apartments village center centre steps lots
    calle avenida camino callejon bulevar cuadra esquina esquinas plaza parque lugar patio jardin jardines campo cerro
    puente arroyo lago norte oeste este escuela iglesia estacion mercado casas apartamentos centro gradas lote barrio
    """.split()
)
TAG = re.compile(r"<[^<>]*>")
FOLDED_LINE = re.compile(r"\r?\n[ \t]")


Tied = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Canary:
    slug: str
    number: str
    names: frozenset[str]
    """Its names, as folded words with single spaces."""
    words: frozenset[str]
    """Words of its names that occur in no text that may be shown."""
    tied: Tied = field(default_factory=dict)
    """Id and slug of its records, by the word that precedes them in addresses."""

    def seen_in(self, text: str) -> list[str]:
        """Return which traces a text contains: address, number, name, or a word of its name."""
        unfolded, there, line = _searchable(text)
        is_named = any(f" {name} " in line for name in self.names)
        traces = (
            ("its address", self.slug in unfolded.lower()),
            ("its number", self.number in unfolded),
            ("its name", is_named),
            ("a word of its name", not is_named and self.words & there),
        )
        return [what for what, is_seen in traces if is_seen]

    def masked(self, text: str) -> str:
        """Return a text without any trace of the place: the drill's own output must not be a leak."""
        handles = {part for handles in self.tied.values() for handle in handles for part in handle}
        traces = {self.slug, self.number, *handles, *self.slug.split("-"), *self.words}
        for trace in sorted(traces, key=len, reverse=True):
            if len(trace) >= SHORTEST_WORD:
                text = re.sub(re.escape(trace), "…", text, flags=re.IGNORECASE)
        return text


@lru_cache(maxsize=1)
def _searchable(text: str) -> tuple[str, set[str], str]:
    """Return a text without entities and folded lines, its words, and all of them in a line: once for all canaries."""
    unfolded = html.unescape(FOLDED_LINE.sub("", text))
    there = words(unfolded)
    # Once as it is, for attributes and headers, and once without tags, which may split a name.
    return unfolded, set(there), f" {' '.join(there)} | {' '.join(words(TAG.sub(' ', unfolded)))} "


def canary(slug: str, number: int, names: Iterable[str], common: Collection[str], tied: Tied | None = None) -> Canary:
    """Return the canary of a place with these names; `common` are words that may appear anywhere."""
    plain = frozenset(" ".join(words(name)) for name in names if words(name))
    own = {word for name in plain for word in name.split() if len(word) >= SHORTEST_WORD}
    return Canary(slug, str(number), plain, frozenset(own - set(common) - EVERYWHERE), tied or {})


# Texts that ship with the program and are the same in every city.
CATALOGUE = ROOT / "translations" / "es" / "LC_MESSAGES" / "messages.po"
MOST_TIED = 3
"""Of the promises, meetings and news of a place so many each are asked for by hand: all are found in the same way."""
SHIPPED = (ROOT / "portal" / "home" / "progress_pages.py", ROOT / "portal" / "news" / "literature.toml")


def hidden_canaries() -> list[Canary]:
    common = set(shipped_words())
    of_places = [name for market in places.public_markets() for name in _names(market)]
    # The city's own map names streets and waters, and a hidden place is often called after one.
    of_map = session.scalars(select(MapFeature).where(MapFeature.market_id.is_(None)))
    for name in (*of_places, *(text for feature in of_map for text in (feature.name.en, feature.name.es))):
        common.update(words(name))
    hidden = select(places.Market).where(or_(places.Market.released_at.is_(None), not_(places.released())))
    markets = session.scalars(hidden).all()
    return [canary(market.slug, market.id, _names(market), common, _tied(market.id)) for market in markets]


def _names(market: places.Market) -> list[str]:
    return [market.name.en, market.name.es, market.own_name.en, market.own_name.es]


def _tied(market_id: int) -> dict[str, list[tuple[str, str]]]:
    """Return ids and slugs of the place's promises with their files, meetings and news."""
    # The longer path first: a file of a promise is requested by its own id.
    files = select(EvidenceFile.id, Commitment.slug).select_from(EvidenceFile).join(LedgerEntry).join(Commitment)
    return {
        kind: [(str(number), slug or str(number)) for number, slug in session.execute(handles.limit(MOST_TIED))]
        for kind, handles in (
            ("files", files.where(Commitment.market_id == market_id)),
            ("promises", select(Commitment.id, Commitment.slug).where(Commitment.market_id == market_id)),
            ("meetings", select(Meeting.id, Meeting.slug).where(Meeting.market_id == market_id)),
            ("news", select(Post.id, Post.slug).where(Post.market_id == market_id)),
        )
    }


@cache
def shipped_words() -> frozenset[str]:
    with CATALOGUE.open("rb") as file:
        texts = [str(text) for message in read_po(file) for text in (message.id, message.string)]
    shipped = [*texts, *(path.read_text("utf-8") for path in SHIPPED)]
    return frozenset(word for text in shipped for word in words(text))


MOST_BYTES = 2**30
"""No more than this is read of one packed file, which could be crafted to exhaust the memory."""


def texts_in(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and text of a file, or of each file packed in it."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                with packed.open(name) as file:
                    yield f"{path.name}: {name}", f"{name}\n{_text(file.read(MOST_BYTES))}"
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as packed:
            for member in packed:
                inner = packed.extractfile(member) if member.isfile() else None
                yield f"{path.name}: {member.name}", f"{member.name}\n{_text(inner.read(MOST_BYTES) if inner else b'')}"
    elif path.suffix == ".gz":
        with gzip.open(path) as unpacked:
            yield path.name, _text(unpacked.read(MOST_BYTES))
    else:
        yield path.name, _text(path.read_bytes())


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def colleague(app: Portal, role: Role) -> Visitor:
    """Add a member with this role, and return the visitor who acts as this member."""
    with db.work():
        private_key = new_private_key()
        tokens = begin_sign_in(_member(role, private_key), private_key)
        complete_sign_in(one(select(SignIn).where(SignIn.token_hash == sign_in_hash(tokens.sign_in))))
    serializer = Sessions().get_signing_serializer(app)
    assert serializer is not None
    cookie = str(serializer.dumps({TOKEN: tokens.sign_in, UNLOCK: tokens.unlock}))
    return Visitor(app, name=role.value, roles=frozenset({role.value}), cookie=cookie)


def add_insider() -> int:
    """Add a community lead who knows of an invented place; no visitor acts as this member."""
    with db.work():
        return _member(Role.COMMUNITY_LEAD, new_private_key())


def _member(role: Role, private_key: PrivateKey) -> int:
    member = Member(id=random_id(), email=f"drill-{random_id()}", name=role.value, password_hash="", language="en")
    member.public_key = bytes(private_key.public_key)
    member.vouch()
    member.created_at = now()
    member.role_rows = [RoleHeld(role=role.value)]
    added(member)
    # A seat without a copy of the desk's key: its pages open, but no report can be decrypted.
    for desk_id in session.scalars(select(Desk.id).where(Desk.kind == role.value)).all():
        session.add(DeskMember(desk_id=desk_id, member_id=member.id, since=now()))
    return member.id


SIDE = 0.002
SOON = timedelta(days=7)


def add_canary(insider_id: int) -> None:
    """Add an invented hidden place with every kind of record, known to one member. Only inside `db.rehearsal()`."""
    name = Bilingual(f"{odd_word()} {odd_word()}", f"{odd_word()} {odd_word()}")
    with db.work():
        market = _place(name, insider_id)
        about: dict[str, Any] = {"author_id": insider_id, "market_id": market.id}
        session.add(_meeting(name, **about))
        for published_at in (now(), None):
            texts = {"title": name, "summary": name, "body": name, "slug": random_tail()}
            session.add(Post(created_at=now(), updated_at=now(), published_at=published_at, **texts, **about))
        # A promise with a file as evidence, if there is an office to make one.
        if office_id := session.scalars(select(Office.id).limit(1)).first():
            promise = Commitment(slug=random_tail(), office_id=office_id, what=name, made_at=name, **about)
            promise.made_on, promise.due_on, promise.first_due_on = today(), today() + SOON, today() + SOON
            promise.created_at = promise.updated_at = promise.published_at = now()
            entry = LedgerEntry(position=1, step=PromiseStep.EVIDENCE, text=name, by_id=insider_id, at=now())
            entry.file = EvidenceFile.of(CleanFile(UploadKind.TEXT, f"{name.en} {name.es}".encode()))
            promise.entries.append(entry)
            added(promise)


def odd_word() -> str:
    """Return a word that no search takes for a misspelled one or for a call for help: long, and consonants alone."""
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(12))


def _place(name: Bilingual, insider_id: int) -> places.Market:
    """Add the place, its boundary and call-in, and the team's records: admission, key, evidence, review and so on."""
    market = places.Market(slug=f"{random_tail()}-{random_tail()}", owner_id=insider_id)
    market.name = market.own_name = market.about = market.services = market.why_here = name
    decision = places.StatusDecision(status="holding", since_on=today(), review_on=today() + SOON)
    decision.decided_by = decision.evidence = name
    market.decisions = [decision]
    added(market)
    if sheet := city_sheet():
        east, north = sheet.west + SIDE, sheet.south + SIDE
        ring = f"[[{sheet.west},{sheet.south}],[{east},{sheet.south}],[{east},{north}],[{sheet.west},{sheet.south}]]"
        shape = f'{{"type": "Polygon", "coordinates": [{ring}]}}'
        session.add(MapFeature(kind=SheetKind.BOUNDARY, market_id=market.id, name=NOTHING, geometry=shape))
    monday, here = week_of(today()), {"market_id": market.id}
    seen_by = {**here, "member_id": insider_id}
    noted = {"item": EvidenceItem.STEP_1, "state": EvidenceState.DONE, "said": name.en, "link": "", "done_on": today()}
    session.add_all(
        (
            places.CallIn(**here, message=name, services=name, tonight=name, ended_at=now()),
            places.Admission(**seen_by, admitted_at=now()),
            places.KeyTurned(**seen_by, key=GateKey.COMMUNITY_LEAD, reason=name.en, turned_at=now()),
            places.SeatTaken(**seen_by, seat=PlaceSeat.OWNER, turn=1, is_filled=True, since_on=today()),
            places.Evidence(**seen_by, **noted, noted_at=now()),
            places.Signal(**here, source="drill", kind=SignalKind.TEAM, week_on=monday, seen_on=today()),
            places.OutreachWeek(**here, week_on=monday),
            places.Review(**here, cause=Cause.WEEKLY, opened_on=monday, due_on=monday),
        )
    )
    for act in ("market.begun", "market.key_turned", "market.evidence_noted"):
        record(act, "market", market.id, insider_id)
    return market


def _meeting(name: Bilingual, market_id: int, author_id: int) -> Meeting:
    starts_at = now() + SOON
    ends: dict[str, Any] = {"ends_at": starts_at + timedelta(hours=1), "report_back_on": starts_at.date() + SOON}
    texts: dict[str, Any] = {**dict.fromkeys(TEXTS, name), **dict.fromkeys(NEEDS, OfferAnswer.YES)}
    meeting = Meeting(uid=random_tail(), slug=random_tail(), sequence=0, author_id=author_id)
    meeting.state = MeetingState.PUBLISHED
    meeting.take_values(vars(MeetingPlan(**texts, **ends, starts_at=starts_at, market_id=market_id)))
    meeting.change_reason = NOTHING
    meeting.created_at = meeting.updated_at = meeting.published_at = now()
    return meeting
