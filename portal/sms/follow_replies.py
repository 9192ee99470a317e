"""Texts that ask for news, agree to get it, or name what to follow; no report, and kept apart from any."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.i18n import LANGUAGES
from portal.following.by_text import answer_follow, pending_of, places_by_name
from portal.sms.intake_effects import Incoming, OpenConversation
from portal.sms.keywords import KNOWN_LANGUAGES, fold, guess
from portal.sms.rsvp_replies import reply
from portal.sms.segments import clean


def follow_places() -> Mapping[str, int]:
    """Return the ids of the places that can be followed by their folded names."""
    return places_by_name(fold)


def is_asked_to_follow(number: str) -> bool:
    """Return whether a phone was asked whether it wants news and has not agreed yet."""
    return pending_of(number) is not None


def take_follow(text: Incoming, talking: OpenConversation) -> bool:
    """Answer a text about following, and return whether the answer asks something."""
    spoken = guess(text.body) or KNOWN_LANGUAGES.get(talking.language) or "en"
    answer = answer_follow(text.sender, fold(clean(text.body)), fold, spoken)
    talking.language = answer.language if answer.language in LANGUAGES else talking.language
    if answer.words:
        reply(text, talking, answer.words)
    return answer.asks
