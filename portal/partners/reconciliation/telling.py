"""Actions after a session: themes for the other side, quotes with consent, acknowledgements and promises of offices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.commitments.promise_states import KEEPERS, SPEAKERS, may_write
from portal.commitments.promise_steps import draft_commitment
from portal.commitments.promises import Commitment, promise_actor
from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.findable import SitemapPage
from portal.core.i18n import NOTHING, Bilingual
from portal.core.page_cache import renew_cache_version
from portal.core.slugs import random_tail
from portal.core.statuses import NotAllowed, Refused
from portal.organisations.organisations import Office, open_offices
from portal.partners.circles import Words, require_open
from portal.partners.reconciliation.planning import require_over
from portal.partners.reconciliation.rules import Component, QuoteScope, ThemeSource, ThemeState, may_expire_on
from portal.partners.reconciliation.sessions import (
    Acknowledgement,
    Participation,
    Quote,
    Theme,
    open_notices,
    origin_of,
    public_acknowledgements,
)
from portal.partners.reconciliation.texts import OCCASIONS


def write_theme(part: Participation, source: ThemeSource, words: Words) -> Theme:
    """Write a theme; it is a draft until the community approves it. Raises NotAllowed, Refused."""
    _require_facilitator(part)
    theme = Theme(
        id=random_id(), session_id=part.circle_session.id, source=source.value, state=ThemeState.DRAFTED.value
    )
    theme.store(part.seat.circle, words)
    return theme


def change_theme(part: Participation, theme: Theme, words: Words) -> None:
    """Change a theme; an approved one becomes a draft again, as its text differs. Raises NotAllowed, Refused."""
    _require_facilitator(part)
    if theme.state == ThemeState.SHARED:
        raise Refused("theme_shared")
    theme.state = ThemeState.DRAFTED.value
    theme.store(part.seat.circle, words)


def approve_theme(part: Participation, theme: Theme, version: int) -> None:
    """Approve a theme for the community, in the version that was shown. Raises NotAllowed, Refused."""
    require_open(part.seat.circle)
    if not part.of_community:
        raise NotAllowed
    if theme.version != version or theme.state != ThemeState.DRAFTED:
        raise Refused("theme_changed")
    theme.state = ThemeState.APPROVED.value
    session.flush()
    record("session.theme_approved", "member", part.seat.member.id, part.seat.member.id)


def share_theme(part: Participation, theme: Theme) -> None:
    """Share a theme with the other side. Raises NotAllowed, Refused("theme_unapproved")."""
    _require_facilitator(part)
    if theme.state != ThemeState.APPROVED:
        raise Refused("theme_unapproved")
    theme.state = ThemeState.SHARED.value
    session.flush()
    record("session.theme_shared", "member", part.seat.member.id, part.seat.member.id)


def delete_theme(part: Participation, theme: Theme) -> None:
    """Delete a theme; public suggestions assigned to it are kept without a theme."""
    _require_facilitator(part)
    session.delete(theme)
    session.flush()


def keep_line(
    part: Participation, scope: QuoteScope, words: Bilingual, by: Bilingual, consent_on: date, expires_on: date
) -> None:
    """Store a quote with its speaker's consent. Raises NotAllowed, Refused."""
    _require_planner(part)
    require_over(part.circle_session)
    if not may_expire_on(expires_on, today()) or consent_on > today():
        raise Refused("line_days")
    line = Quote(id=random_id(), session_id=part.circle_session.id, scope=scope.value)
    line.consent_on, line.expires_on = consent_on, expires_on
    is_public = scope is QuoteScope.PUBLIC
    line.shown, line.shown_by = (words, by) if is_public else (NOTHING, NOTHING)
    sealed = {"words_en": words.en, "words_es": words.es, "by_en": by.en, "by_es": by.es}
    line.store(part.seat.circle, sealed)
    if is_public:
        renew_cache_version()
    record("session.line_kept", "member", part.seat.member.id, part.seat.member.id)


def withdraw_line(part: Participation, line: Quote) -> None:
    """Delete a quote whose speaker withdrew consent: no other copy exists, and cached pages become invalid."""
    _require_planner(part)
    session.delete(line)
    session.flush()
    if line.scope == QuoteScope.PUBLIC:
        renew_cache_version()
    record("session.line_withdrawn", "member", part.seat.member.id, part.seat.member.id)


@dataclass(frozen=True)
class AcknowledgementText:
    """An office's acknowledgement of harm."""

    office_id: int
    harm: Bilingual
    words: Bilingual
    spoken_on: date


def draft_acknowledgement(
    part: Participation, said: AcknowledgementText, found: Acknowledgement | None = None
) -> Acknowledgement:
    """Create an acknowledgement, or change one that is not public yet. Raises NotAllowed, Refused."""
    _require_planner(part)
    require_over(part.circle_session)
    if said.spoken_on > today():
        raise Refused("acknowledgement_day")
    found = found or Acknowledgement(
        id=random_id(), session_id=part.circle_session.id, answer=NOTHING, answered_by=NOTHING
    )
    if found.published_on is not None:
        raise Refused("acknowledgement_public")
    found.office_id, found.harm, found.words, found.spoken_on = said.office_id, said.harm, said.words, said.spoken_on
    session.add(found)
    session.flush()
    return found


def publish_acknowledgement(part: Participation, found: Acknowledgement) -> None:
    """Publish an acknowledgement permanently. Raises NotAllowed, Refused."""
    _require_planner(part)
    if not (found.harm.is_whole and found.words.is_whole):
        raise Refused("acknowledgement_one_language")
    if found.published_on is None:
        found.slug = random_tail()
        found.published_on = today()
        session.flush()
        renew_cache_version()
        record("session.acknowledged", "member", part.seat.member.id, part.seat.member.id)


def answer_acknowledgement(part: Participation, found: Acknowledgement, answer: Bilingual, by: Bilingual) -> None:
    """Add the community's answer, dated today. Only members of the community may. Raises NotAllowed, Refused."""
    require_open(part.seat.circle)
    if not part.of_community:
        raise NotAllowed
    if found.published_on is None or not (answer.is_whole and by.is_whole):
        raise Refused("acknowledgement_one_language")
    found.answer, found.answered_by, found.answered_on = answer, by, today()
    session.flush()
    renew_cache_version()
    record("session.answered", "member", part.seat.member.id, part.seat.member.id)


def _require_facilitator(part: Participation) -> None:
    require_open(part.seat.circle)
    if not part.facilitates:
        raise NotAllowed


def _require_planner(part: Participation) -> None:
    require_open(part.seat.circle)
    if not part.plans:
        raise NotAllowed


def offices_of(part: Participation) -> list[Office]:
    """Return the offices for which the member may record a promise."""
    me = promise_actor(part.seat.member)
    if me.roles.isdisjoint(KEEPERS | SPEAKERS):
        return []
    return [office for house, office in open_offices() if may_write(me, house.id)]


def enter_promise(part: Participation, what: Bilingual, office_id: int, due_on: date) -> Commitment:
    """Draft a commitment with the day and occasion of the session. Raises NotAllowed, Refused."""
    require_over(part.circle_session)
    values = {
        "what": what,
        "made_at": OCCASIONS[Component(part.circle_session.component)],
        "made_on": part.circle_session.held_on,
        "due_on": due_on,
        "office_id": office_id,
    }
    origin = origin_of(part.circle_session) + random_tail()
    made = draft_commitment(values, promise_actor(part.seat.member), origin)
    session.flush()
    return made


def listed_pages() -> Iterator[SitemapPage]:
    """Yield the pages of acknowledgements and notices for the sitemap.

    Open notices have no day: the day of publication would tell when a session was planned.
    """
    yield from (SitemapPage("acknowledgements.index"), SitemapPage("listening.index"))
    for notice in open_notices():
        yield SitemapPage("listening.ask", values={"slug": notice.slug})
    for one in public_acknowledgements():
        yield SitemapPage("acknowledgements.show", one.answered_on or one.published_on, {"slug": one.slug})
