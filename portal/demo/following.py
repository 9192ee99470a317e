"""Followers in Alder Falls, and announcements: one that waits for a second person, and a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from portal.core.clock import now
from portal.core.i18n import speaking
from portal.demo.texts import pair
from portal.demo.writing import NUMBERS
from portal.following.announcements import AnnouncementDraft, draft_announcement, submit
from portal.following.following import (
    FollowChannel,
    FollowConsent,
    FollowContact,
    Followed,
    confirm,
    keep_request,
)
from portal.following.texts import CONSENT, Subject
from portal.markets.places import Market

LASTS = timedelta(days=3)


def load_following(told: Mapping[str, Any], ids: Mapping[str, int], markets: Mapping[str, Market]) -> None:
    """Load followers who have agreed, and announcements."""
    for one in told["followers"]:
        market = markets.get(one.get("place", ""))
        followed = Followed(Subject.PLACE, market.id) if market else Followed(Subject(one["subject"]))
        for contact, language in _contacts(one, followed.about):
            with speaking(language):
                words = str(CONSENT)
            _follower, row = keep_request(contact, followed, language, FollowConsent.WEB, words)
            confirm(row)
    for one in told["announcements"]:
        draft = AnnouncementDraft(Subject(one["subject"]), pair(one["words"]), now() + LASTS)
        announced = draft_announcement(draft, ids[one["author"]])
        if one["submitted"]:
            submit(announced, ids[one["author"]])


def _contacts(one: Mapping[str, Any], about: str) -> Iterator[tuple[FollowContact, str]]:
    for language, count in one["mail"].items():
        for number in range(count):
            name = f"{about.split(maxsplit=1)[0]}-{language}-{number}@example.org"
            yield FollowContact(FollowChannel.MAIL, name), language
    for phone in one["phones"]:
        yield FollowContact(FollowChannel.TEXT, NUMBERS[phone["phone"]]), phone["language"]
