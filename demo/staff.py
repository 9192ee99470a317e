"""The invented members of the demonstration, their second factors, and the keys of their desks."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nacl.public import PrivateKey

from portal.accounts.desk_keys import admit, desk_of_kind, set_up_desk
from portal.accounts.people import NewSecrets, accept, invite
from portal.accounts.roles import Role
from portal.accounts.second_factor import code_of, make_recovery_codes, new_totp_secret, set_up_app
from portal.accounts.sign_in_rules import STEP_SECONDS, steps_to_try
from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.crypto import new_private_key, new_recovery_phrase, phrase_words, recovery_key, stretch


def next_good(totp_secret: str, at: datetime, last_step: int | None) -> str | None:
    """Return the first unused code from now on; None for up to half a minute if the next two were used."""
    present = int(at.timestamp()) // STEP_SECONDS
    good = [step for step in steps_to_try(at, last_step) if step >= present]
    return code_of(totp_secret, good[0]) if good else None


WORDS = 5
"""Words of the password that all share."""
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
    sign_ins: Sequence[str]
    phrases: Mapping[str, str]
    privates: Mapping[str, PrivateKey]


def load_staff(people: Iterable[Mapping[str, Any]]) -> Staff:
    words = phrase_words("en")
    password = "-".join(secrets.choice(words) for _word in range(WORDS))
    # Once for all, since it takes most of a second.
    stretched = stretch(password)
    members, privates, sign_ins = {}, {}, []
    for person in people:
        key, name, language = person["key"], person["name"], person.get("language", "en")
        new = NewSecrets(stretched, new_private_key())
        invited = invite(f"{key}@{DOMAIN}", name, language, [Role(role) for role in person["roles"]], None)
        member = accept(invited.token, name, language, new)
        secret = new_totp_secret()
        # The previous code, so that the current one can still be used for signing in.
        set_up_app(member, secret, code_of(secret, int(now().timestamp()) // STEP_SECONDS - 1))
        make_recovery_codes(member)
        if key != NEWCOMER:
            member.created_at -= SEASON
        members[key], privates[key] = member, new.private_key
        roles = " ".join(person["roles"]) or "in a circle"
        sign_ins.append(f"{member.email:<30}{roles:<17}{secret}")
    phrases = {kind: new_recovery_phrase("en") for kind in DESKS}
    for kind, (first, *others) in DESKS.items():
        desk = desk_of_kind(kind)
        set_up_desk(desk, members[first], recovery_key(phrases[kind]).public_key)
        for other in others:
            admit(desk, members[other], members[first], privates[first])
    return Staff(members, password, sign_ins, phrases, privates)
