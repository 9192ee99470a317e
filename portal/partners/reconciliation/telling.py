"""Actions after a session: themes for the other side, quotes with consent, acknowledgements and promises of offices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from portal.commitments.promise_states import KEEPERS, SPEAKERS, may_write
from portal.commitments.promise_steps import draft_commitment
from portal.commitments.promises import Commitment, promise_actor
from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.feature import SitemapPage
from portal.core.i18n import NOTHING, Bilingual
from portal.core.page_cache import renew_cache_version
from portal.core.slugs import random_tail
from portal.core.statuses import NotAllowed, Refused
from portal.organisations.organisations import Office, open_offices
from portal.partners.circles import Words, require_open
from portal.partners.reconciliation import sessions
from portal.partners.reconciliation.planning import note_for_audit, require_over
from portal.partners.reconciliation.rules import QuoteScope, ThemeSource, ThemeState, may_expire_on
from portal.partners.reconciliation.sessions import Acknowledgement, Participation, Quote, Theme
from portal.partners.reconciliation.texts import OCCASIONS


def write_theme(part: Participation, source: ThemeSource, words: Words) -> Theme:
    """Write a theme; it is a draft until the community approves it. Raises NotAllowed, Refused."""
    _require(part, part.facilitates)
    theme = Theme(id=random_id(), session_id=part.circle_session.id, source=source, state=ThemeState.DRAFTED)
    theme.store(part.seat.circle, words)
    return theme


def change_theme(part: Participation, theme: Theme, words: Words) -> None:
    """Change a theme; an approved one becomes a draft again, as its text differs. Raises NotAllowed, Refused."""
    _require(part, part.facilitates)
    if theme.state == ThemeState.SHARED:
        raise Refused("theme_shared")
    theme.state = ThemeState.DRAFTED
    theme.store(part.seat.circle, words)


def approve_theme(part: Participation, theme: Theme, version: int) -> None:
    """Approve a theme for the community, in the version that was shown. Raises NotAllowed, Refused."""
    _require(part, part.of_community)
    if theme.version != version or theme.state != ThemeState.DRAFTED:
        raise Refused("theme_changed")
    theme.state = ThemeState.APPROVED
    session.flush()
    note_for_audit("theme_approved", part)


def share_theme(part: Participation, theme: Theme) -> None:
    """Share a theme with the other side. Raises NotAllowed, Refused("theme_unapproved")."""
    _require(part, part.facilitates)
    if theme.state != ThemeState.APPROVED:
        raise Refused("theme_unapproved")
    theme.state = ThemeState.SHARED
    session.flush()
    note_for_audit("theme_shared", part)


def delete_theme(part: Participation, theme: Theme) -> None:
    """Delete a theme; public suggestions assigned to it are kept without a theme."""
    _require(part, part.facilitates)
    session.delete(theme)
    session.flush()


def keep_line(
    part: Participation, scope: QuoteScope, words: Bilingual, by: Bilingual, consent_on: date, expires_on: date
) -> None:
    """Store a quote with its speaker's consent. Raises NotAllowed, Refused."""
    _require(part, part.plans)
    require_over(part.circle_session)
    if not may_expire_on(expires_on, today()) or consent_on > today():
        raise Refused("line_days")
    line = Quote(id=random_id(), session_id=part.circle_session.id, scope=scope)
    line.consent_on, line.expires_on = consent_on, expires_on
    is_public = scope is QuoteScope.PUBLIC
    line.shown, line.shown_by = (words, by) if is_public else (NOTHING, NOTHING)
    sealed = {"words_en": words.en, "words_es": words.es, "by_en": by.en, "by_es": by.es}
    line.store(part.seat.circle, sealed)
    if is_public:
        renew_cache_version()
    note_for_audit("line_kept", part)


def withdraw_line(part: Participation, line: Quote) -> None:
    """Delete a quote whose speaker withdrew consent: no other copy exists, and cached pages become invalid."""
    _require(part, part.plans)
    session.delete(line)
    session.flush()
    if line.scope == QuoteScope.PUBLIC:
        renew_cache_version()
    note_for_audit("line_withdrawn", part)


def draft_acknowledgement(
    part: Participation, values: Mapping[str, Any], draft: Acknowledgement | None = None
) -> Acknowledgement:
    """Create an acknowledgement, or change one that is not public yet. Raises NotAllowed, Refused."""
    _require(part, part.plans)
    require_over(part.circle_session)
    if values["spoken_on"] > today():
        raise Refused("acknowledgement_day")
    draft = draft or Acknowledgement(
        id=random_id(), session_id=part.circle_session.id, answer=NOTHING, answered_by=NOTHING
    )
    if draft.published_on is not None:
        raise Refused("acknowledgement_public")
    for name, value in values.items():
        setattr(draft, name, value)
    session.add(draft)
    session.flush()
    return draft


def publish_acknowledgement(part: Participation, draft: Acknowledgement) -> None:
    """Publish an acknowledgement permanently. Raises NotAllowed, Refused."""
    _require(part, part.plans)
    if not (draft.harm.is_whole and draft.words.is_whole):
        raise Refused("acknowledgement_one_language")
    if draft.published_on is None:
        draft.slug = random_tail()
        draft.published_on = today()
        session.flush()
        renew_cache_version()
        note_for_audit("acknowledged", part)


def answer_acknowledgement(part: Participation, draft: Acknowledgement, answer: Bilingual, by: Bilingual) -> None:
    """Add the community's answer, dated today. Only members of the community may. Raises NotAllowed, Refused."""
    _require(part, part.of_community)
    if draft.published_on is None or not (answer.is_whole and by.is_whole):
        raise Refused("acknowledgement_one_language")
    draft.answer, draft.answered_by, draft.answered_on = answer, by, today()
    session.flush()
    renew_cache_version()
    note_for_audit("answered", part)


def _require(part: Participation, may: bool) -> None:
    require_open(part.seat.circle)
    if not may:
        raise NotAllowed


def offices_of(part: Participation) -> list[Office]:
    me = promise_actor(part.seat.member)
    if me.roles.isdisjoint(KEEPERS | SPEAKERS):
        return []
    return [office for house, office in open_offices() if may_write(me, house.id)]


def enter_promise(part: Participation, what: Bilingual, office_id: int, due_on: date) -> Commitment:
    """Draft a commitment with the day and occasion of the session. Raises NotAllowed, Refused."""
    require_over(part.circle_session)
    circle_session = part.circle_session
    values = {"what": what, "office_id": office_id, "due_on": due_on, "made_on": circle_session.held_on}
    values["made_at"] = OCCASIONS[circle_session.component]
    origin = sessions.origin_of(circle_session) + random_tail()
    commitment = draft_commitment(values, promise_actor(part.seat.member), origin)
    session.flush()
    return commitment


def listed_pages() -> Iterator[SitemapPage]:
    """Yield the pages of acknowledgements and notices for the sitemap.

    Open notices have no day: the day of publication would tell when a session was planned.
    """
    yield from (SitemapPage("acknowledgements.index"), SitemapPage("listening.index"))
    for notice in sessions.open_notices():
        yield SitemapPage("listening.ask", values={"slug": notice.slug})
    for said in sessions.public_acknowledgements():
        yield SitemapPage("acknowledgements.show", said.answered_on or said.published_on, {"slug": said.slug})
