"""Canaries: names, words, slugs and ids that must not be found; reading of packed files; and the drill's members.

The drill's members are signed in without a password, so they must never be stored: the rehearsal discards them.
"""

from __future__ import annotations

import gzip
import html
import re
import tarfile
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask.sessions import SecureCookieSessionInterface
from nacl.public import PrivateKey
from sqlalchemy import not_, or_, select

from portal.accounts.roles import Role
from portal.accounts.sign_in import TOKEN, UNLOCK, Tokens, begin_sign_in, complete_sign_in, sign_in_hash
from portal.accounts.users import Desk, DeskMember, Member, RoleHeld, SignIn
from portal.commitments.promises import Commitment, EvidenceFile, LedgerEntry
from portal.config import ROOT
from portal.core.clock import now
from portal.core.crypto import new_private_key
from portal.core.db import db, random_id, session
from portal.core.portal import Portal
from portal.leaks.crawl import Visitor
from portal.markets.names import words
from portal.markets.places import Market, public_markets, released
from portal.meetings.meeting import Meeting
from portal.news.posts import Post

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
    """Everything that would reveal one hidden place."""

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
        found = []
        if self.slug in unfolded.lower():
            found.append("its address")
        if self.number in unfolded:
            found.append("its number")
        if any(f" {name} " in line for name in self.names):
            found.append("its name")
        elif self.words & there:
            found.append("a word of its name")
        return found

    @property
    def _handles(self) -> set[str]:
        return {part for handles in self.tied.values() for handle in handles for part in handle}

    def masked(self, text: str) -> str:
        """Return a text without any trace of the place: the drill's own output must not be a leak."""
        for secret in sorted(
            {self.slug, self.number, *self._handles, *self.slug.split("-"), *self.words}, key=len, reverse=True
        ):
            if len(secret) >= SHORTEST_WORD:
                text = re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)
        return text


@lru_cache(maxsize=1)
def _searchable(text: str) -> tuple[str, set[str], str]:
    """Return a text without entities and folded lines, its words, and all of them in a line: once for all canaries."""
    unfolded = html.unescape(FOLDED_LINE.sub("", text))
    there = words(unfolded)
    # Once as it is, for attributes and headers, and once without tags, which may split a name.
    return unfolded, set(there), f" {' '.join(there)} | {' '.join(words(TAG.sub(' ', unfolded)))} "


def canary(slug: str, number: int, names: Iterable[str], said: Collection[str], tied: Tied | None = None) -> Canary:
    """Return the canary of a place with these names; `said` are words that may appear anywhere."""
    plain = frozenset(" ".join(words(name)) for name in names if words(name))
    own = {word for name in plain for word in name.split() if len(word) >= SHORTEST_WORD}
    return Canary(slug, str(number), plain, frozenset(own - set(said) - EVERYWHERE), tied or {})


# Texts that ship with the program and are the same in every city.
CATALOGUE = ROOT / "translations" / "es" / "LC_MESSAGES" / "messages.po"
MOST_TIED = 3
"""Of the promises, meetings and news of a place so many each are asked for by hand: all are found in the same way."""
SHIPPED = (ROOT / "portal" / "home" / "figures.py", ROOT / "portal" / "news" / "literature.toml")


def hidden_canaries() -> list[Canary]:
    """Return a canary for each hidden place."""
    said = set(shipped_words())
    for market in public_markets():
        for text in (market.name, market.own_name):
            said |= {*words(text.en), *words(text.es)}
    hidden = session.scalars(select(Market).where(or_(Market.released_at.is_(None), not_(released())))).all()
    return [canary(one.slug, one.id, _names(one), said, _tied(one.id)) for one in hidden]


def _names(market: Market) -> tuple[str, ...]:
    return market.name.en, market.name.es, market.own_name.en, market.own_name.es


def _tied(market_id: int) -> dict[str, list[tuple[str, str]]]:
    """Return ids and slugs of the place's promises with their files, meetings and news."""
    # The longer path first: a file of a promise is requested by its own id.
    files = select(EvidenceFile.id, Commitment.slug).select_from(EvidenceFile).join(LedgerEntry).join(Commitment)
    return {
        kind: [(str(number), slug or str(number)) for number, slug in session.execute(asked.limit(MOST_TIED))]
        for kind, asked in (
            ("files", files.where(Commitment.market_id == market_id)),
            ("promises", select(Commitment.id, Commitment.slug).where(Commitment.market_id == market_id)),
            ("meetings", select(Meeting.id, Meeting.slug).where(Meeting.market_id == market_id)),
            ("news", select(Post.id, Post.slug).where(Post.market_id == market_id)),
        )
    }


@cache
def shipped_words() -> frozenset[str]:
    """Return every word of the texts that ship with the program."""
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
        return Visitor(app, name=role.value, roles=frozenset({role.value}), cookie=_cookie(app, role))


def add_insider() -> int:
    """Add a community lead who knows of an invented place; no visitor acts as this member."""
    with db.work():
        return _member(Role.COMMUNITY_LEAD, new_private_key())


def _cookie(app: Portal, role: Role) -> str:
    private_key = new_private_key()
    tokens = _signed_in(_member(role, private_key), private_key)
    interface = app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    serializer = interface.get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps({TOKEN: tokens.sign_in, UNLOCK: tokens.unlock}))


def _member(role: Role, private_key: PrivateKey) -> int:
    member = Member(id=random_id(), email=f"drill-{random_id()}", name=role.value, password_hash="", language="en")
    member.public_key = bytes(private_key.public_key)
    member.vouch()
    member.created_at = now()
    member.role_rows = [RoleHeld(role=role.value)]
    session.add(member)
    session.flush()
    # A seat without a copy of the desk's key: its pages open, but no report can be decrypted.
    for desk_id in _desks(role):
        session.add(DeskMember(desk_id=desk_id, member_id=member.id, since=now()))
    return member.id


def _desks(role: Role) -> Iterator[int]:
    yield from session.scalars(select(Desk.id).where(Desk.kind == role.value))


def _signed_in(member_id: int, private_key: PrivateKey) -> Tokens:
    tokens = begin_sign_in(member_id, private_key)
    complete_sign_in(session.scalars(select(SignIn).where(SignIn.token_hash == sign_in_hash(tokens.sign_in))).one())
    return tokens
