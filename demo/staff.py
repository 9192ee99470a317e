"""The invented members of the demonstration, their second factors, and the keys of their desks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nacl.public import PrivateKey

from demo.sign_ins import DemoSignIn, new_password
from portal.accounts.desk_keys import admit, desk_of_kind, set_up_desk
from portal.accounts.people import NewSecrets, accept, invite
from portal.accounts.roles import Role
from portal.accounts.second_factor import code_of, make_recovery_codes, new_totp_secret, set_up_app
from portal.accounts.sign_in_rules import STEP_SECONDS, steps_to_try
from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.crypto import Stretched, new_private_key, new_recovery_phrase, phrase_words, recovery_key, stretch


def code_at(totp_secret: str, at: datetime) -> str:
    """Return the code that the authenticator app shows at a moment."""
    return code_of(totp_secret, int(at.timestamp()) // STEP_SECONDS)


def next_good(totp_secret: str, at: datetime, last_step: int | None) -> str | None:
    """Return the first unused code from now on; None for up to half a minute if the next two were used."""
    present = int(at.timestamp()) // STEP_SECONDS
    good = [step for step in steps_to_try(at, last_step) if step >= present]
    return code_of(totp_secret, good[0]) if good else None


DOMAIN = "alderfalls.example"
NEWCOMER, SEASON = "alma", timedelta(days=90)
"""Everybody but one joined a season ago: she is welcomed on her first page."""
DESKS = {
    "triage": ("ana", "ben"),
    "oversight": ("odessa",),
    "team": ("ruth", "marta"),
    "police": ("karen",),
    "outreach": ("joel",),
    "property": ("lena",),
}


@dataclass(frozen=True)
class Staff:
    """All members by key, and the secrets that exist in clear only now."""

    members: Mapping[str, Member]
    password: str
    sign_ins: tuple[DemoSignIn, ...]
    phrases: Mapping[str, str]
    privates: Mapping[str, PrivateKey]


def load_staff(people: Iterable[Mapping[str, Any]]) -> Staff:
    """Invite all members, accept for them, and open the desks."""
    password = new_password(phrase_words("en"))
    # Once for all, since it takes most of a second.
    stretched = stretch(password)
    joined = {one["key"]: _join(one, stretched) for one in people}
    members = {key: member for key, (member, _private, _sign_in) in joined.items()}
    privates = {key: private for key, (_member, private, _sign_in) in joined.items()}
    phrases = {kind: new_recovery_phrase("en") for kind in DESKS}
    for kind, (first, *others) in DESKS.items():
        desk = desk_of_kind(kind)
        set_up_desk(desk, members[first], recovery_key(phrases[kind]).public_key)
        for other in others:
            admit(desk, members[other], members[first], privates[first])
    return Staff(members, password, tuple(sign_in for _member, _private, sign_in in joined.values()), phrases, privates)


def _join(one: Mapping[str, Any], password: Stretched) -> tuple[Member, PrivateKey, DemoSignIn]:
    email = f"{one['key']}@{DOMAIN}"
    language = one.get("language", "en")
    new = NewSecrets(password, new_private_key())
    invited = invite(email, one["name"], language, [Role(role) for role in one["roles"]], None)
    member = accept(invited.token, one["name"], language, new)
    secret = new_totp_secret()
    # The previous code, so that the current one can still be used for signing in.
    set_up_app(member, secret, code_at(secret, now() - timedelta(seconds=STEP_SECONDS)))
    make_recovery_codes(member)
    if one["key"] != NEWCOMER:
        member.created_at -= SEASON
    return member, new.private_key, DemoSignIn(one["name"], " ".join(one["roles"]), email, secret)
