"""Following by text message: what the conversation calls when a phone asks for news, agrees, or wants no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from sqlalchemy import select

from portal.core.clock import now
from portal.core.db import session
from portal.core.i18n import speaking
from portal.core.limits import DAY, may_try
from portal.following import following, texts
from portal.following.follow_words import FollowRequest, agrees, followed_in, read_follow
from portal.following.following import Follower, Subscription
from portal.following.notices import leave, stop_one
from portal.markets.places import public_names

MOST_BY_TEXT = 20
"""Requests a day that one phone gets an answer to."""


class FollowAnswer(NamedTuple):
    """The answer to a text about following, with its language, and whether it asks something."""

    words: str
    language: str
    asks: bool = False


def answer_follow(
    number: str, folded: str, fold: Callable[[str], str], language: str, *, leaves: bool = False
) -> FollowAnswer:
    """Return the answer to a text about following, without our name; empty if there were too many today.

    `fold` is how the text was `folded`; `leaves`: it wants no more of something. The caller has checked for an opt-out.
    """
    places = partial(places_by_name, fold)
    request = read_follow(folded, places)
    if not may_try("follow text", following.hash_of(number), MOST_BY_TEXT, DAY):
        return FollowAnswer("", language)
    if request is None and agrees(folded) and (begun := confirm_by_text(number)):
        return begun
    request = request or replace(followed_in(folded, places), leaves=leaves, is_unknown=leaves)
    if request.leaves:
        return FollowAnswer(leave_by_text(number, request), request.language)
    is_news = request.asked is None and not request.is_unknown
    if is_news and (begun := confirm_by_text(number, request.language)):
        return begun
    words = ask_by_text(number, request)
    return FollowAnswer(words, request.language, request.asked is None or pending_of(number) is not None)


def places_by_name(fold: Callable[[str], str]) -> Mapping[str, int]:
    """Return the ids of the places that the public may know of by their folded names in both languages."""
    return {fold(name): place.id for place in public_names() for name in (place.name.en, place.name.es)}


def ask_by_text(number: str, request: FollowRequest) -> str:
    """Return the answer to a request. What was asked before is closed, so that a yes answers the last question."""
    close_questions(number)
    with speaking(request.language):
        if request.asked is None:
            names = [str(place.name) for place in public_names()]
            return texts.choices_text(names, unknown=request.is_unknown)
        names, how = [following.name_of(request.asked)], following.FollowConsent.TEXT
        question = texts.question_text(names)
        _follower, [row] = following.keep_request(number, [request.asked], request.language, how, question)
        return question if row.confirmed_on is None else texts.fitting(texts.FOLLOWED, names)


def leave_by_text(number: str, request: FollowRequest) -> str:
    """End the news that a phone wants no more, or with a lone UNFOLLOW all; return the answer, which may ask which."""
    follower = following.follower_at(number)
    rows = following.subscriptions_of(follower.id) if follower else ()
    with speaking(request.language):
        if request.asked is None and request.is_unknown and len(rows) > 1:
            return texts.fitting(texts.WHICH, following.names_of(rows))
        if request.asked is None:
            stop_by_text(number)
            return str(texts.LEFT_ALL)
        for row in rows:
            if row.about == request.asked.about:
                stop_one(row)
        return texts.fitting(texts.LEFT, [following.name_of(request.asked)])


def confirm_by_text(number: str, language: str | None = None) -> FollowAnswer | None:
    """Begin to send what this phone was asked about last, from now on in this language; None if nothing was."""
    row = pending_of(number)
    if row is None:
        return None
    following.confirm(row)
    follower = session.get_one(Follower, row.follower_id)
    follower.language = language or follower.language
    with speaking(follower.language):
        words = texts.fitting(texts.FOLLOWED, following.names_of(following.asked_with(row)))
    return FollowAnswer(words, follower.language)


def pending_of(number: str) -> Subscription | None:
    """Return the newest subscription that this phone was asked to confirm."""
    since, phone = now() - following.CONFIRM_WITHIN, following.hash_of(number)
    is_open = Subscription.confirmed_on.is_(None), Subscription.asked_at > since, following.is_speakable()
    rows = select(Subscription).join(Follower, Follower.id == Subscription.follower_id).where(*is_open)
    newest = rows.where(Follower.contact_hash == phone).order_by(Subscription.asked_at.desc()).limit(1)
    return session.scalars(newest).first()


def close_questions(number: str) -> None:
    """Forget what this phone was asked and has not agreed to."""
    while row := pending_of(number):
        stop_one(row)


def stop_by_text(number: str) -> None:
    follower = following.follower_at(number)
    if follower is not None:
        leave(follower.id)
