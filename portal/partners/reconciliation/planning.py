"""Actions on sessions: the plan, ground rules and public notice, sealed envelopes, and what is told afterwards.

Sealed envelopes hold public suggestions, the facilitator's notes and lists of names. They are not sealed to the
circle's key, which all its members hold, police included, but to the own keys of the members who may read them, so that
a leak of the circle's key opens none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from nacl.public import PrivateKey
from sqlalchemy import ColumnElement, and_, delete

from portal.accounts.users import Member
from portal.commitments.promise_rules import KEEPERS, SPEAKERS
from portal.commitments.promise_steps import draft_commitment
from portal.commitments.promises import Commitment, offices_to_write_for, promise_actor
from portal.core.clock import today, week_of
from portal.core.crypto import keyed_hash, reseal, site_key
from portal.core.db import added, random_id, session
from portal.core.feature import SitemapPage
from portal.core.i18n import Bilingual
from portal.core.page_cache import renew_cache_version
from portal.core.portal import current_portal
from portal.core.purge import RetentionRule
from portal.core.slugs import random_tail
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.core.vouched import key_of
from portal.organisations.organisations import Office
from portal.partners.circles import CircleSeat, Upcoming, Words, require_open, seal_words, unseal_words
from portal.partners.reconciliation import rules, sessions
from portal.partners.reconciliation.rules import Envelope, QuoteScope, ThemeState
from portal.partners.reconciliation.sessions import Acknowledgement, Participation, ReconciliationSession


def plan_session(
    seat: CircleSeat, values: Mapping[str, Any], sealed: Words, ground_rules: Bilingual
) -> ReconciliationSession:
    """Plan a session, with a `sealed` part for its circle; its author accepts the ground rules. Raises Refused."""
    require_open(seat.circle)
    circle_session = ReconciliationSession(circle_id=seat.circle.id, circle=seat.circle, **values)
    circle_session.rules = [sessions.GroundRules.after(None, ground_rules)]
    circle_session.store(seat.circle, sealed)
    added(sessions.Acceptance(rules_id=circle_session.ground_rules.id, member_id=seat.member.id))
    seat.record("session.planned")
    return circle_session


def change_plan(part: Participation, values: Mapping[str, Any], sealed: Words) -> None:
    require_open(part.seat.circle)
    for name, value in values.items():
        setattr(part.circle_session, name, value)
    part.circle_session.store(part.seat.circle, sealed)
    part.seat.record("session.planned")


def appoint(part: Participation, facilitator: Member, private_key: PrivateKey) -> None:
    """Appoint another facilitator. Only the previous one can pass on suggestions; their notes stay theirs alone."""
    require_open(part.seat.circle)
    if facilitator.id == part.circle_session.facilitator_id:
        return
    for row in sessions.locked(part.circle_session, Envelope.SUGGESTION, part.seat.member):
        own = next(key for key in row.keys if key.member_id == part.seat.member.id)
        sealed = reseal(own.sealed_key, private_key, key_of(facilitator))
        row.keys.remove(own)
        row.keys.append(sessions.SealedEnvelopeKey(member_id=facilitator.id, sealed_key=sealed))
    part.circle_session.facilitator_id = facilitator.id
    session.flush()
    part.seat.record("session.facilitator_named", facilitator.id)


def restate_rules(part: Participation, words: Bilingual) -> None:
    """Replace the ground rules; members must accept them before they see the agenda again."""
    require_open(part.seat.circle)
    ground_rules = sessions.GroundRules.after(part.circle_session.ground_rules, words)
    part.circle_session.rules.insert(0, ground_rules)
    session.flush()
    session.add(sessions.Acceptance(rules_id=ground_rules.id, member_id=part.seat.member.id))
    part.seat.record("session.rules_changed")


def accept_rules(part: Participation, rules_id: int) -> None:
    """Accept the ground rules as shown. Raises Refused("rules_changed") if there is a newer version."""
    if part.circle_session.ground_rules.id != rules_id:
        raise Refused("rules_changed")
    if not part.has_accepted:
        added(sessions.Acceptance(rules_id=rules_id, member_id=part.seat.member.id))


def ask_public(part: Participation, title: Bilingual, about: Bilingual, closes_on: date) -> None:
    """Publish the notice that asks the public for suggestions, or change it. Raises Refused("notice_days")."""
    require_open(part.seat.circle)
    if not today() <= closes_on <= part.circle_session.held_on:
        raise Refused("notice_days")
    notice = part.circle_session.notice
    if notice is None:
        notice = part.circle_session.notice = sessions.Notice(id=random_id(), slug=random_tail())
    notice.title, notice.about, notice.closes_on = title, about, closes_on
    session.flush()
    renew_cache_version()
    part.seat.record("session.opened")


def stop_asking(part: Participation) -> None:
    """Withdraw the public notice at once; suggestions already made stay with the facilitator."""
    if part.circle_session.is_open:
        renew_cache_version()
    part.circle_session.notice = None
    session.flush()
    part.seat.record("session.closed")


def count_heads(part: Participation, heads: Mapping[str, int]) -> None:
    """Replace the number of people present of each kind. Raises Refused("session_ahead")."""
    _require_over(part.circle_session)
    session_id = part.circle_session.id
    session.execute(delete(sessions.Heads).where(sessions.Heads.session_id == session_id))
    counted = [(present, number) for present, number in heads.items() if number]
    session.add_all(sessions.Heads(session_id=session_id, present=present, heads=number) for present, number in counted)
    session.flush()


def report_back(part: Participation) -> None:
    """Record that the results were reported back. Raises Refused("session_ahead")."""
    _require_over(part.circle_session)
    part.circle_session.reported_on = part.circle_session.reported_on or today()
    part.seat.record("session.reported")


def _require_over(circle_session: ReconciliationSession) -> None:
    """Raise Refused("session_ahead") before the day of the session, Refused("circle_closed") in a closed circle."""
    require_open(circle_session.circle)
    if not circle_session.is_over:
        raise Refused("session_ahead")


def suggest(circle_session: ReconciliationSession, words: Words, nonce: bytes) -> None:
    """Seal a suggestion, with its week only, to the facilitator, once for a form. Raises NotFound without a reader."""
    facilitator = session.get(Member, circle_session.facilitator_id)
    if facilitator is None or facilitator.left_at is not None:
        raise NotFound
    # An id that is the same for the same form only, and reveals nothing about it.
    hashed = keyed_hash(site_key(current_portal.settings.secret, "suggestions"), nonce.hex())
    row_id = int(hashed[:15], 16) + 1
    if session.get(sessions.SealedEnvelope, row_id) is None:
        row = sessions.SealedEnvelope(id=row_id, kind=Envelope.SUGGESTION, week_on=week_of(today()))
        row.expires_on = circle_session.held_on + rules.SUGGESTIONS_KEPT
        _lock(row, circle_session, words, [facilitator])


def write_note(part: Participation, words: Words, days: int) -> None:
    require_open(part.seat.circle)
    row = sessions.SealedEnvelope(id=random_id(), kind=Envelope.NOTE, expires_on=today() + timedelta(days=days))
    _lock(row, part.circle_session, words, [part.seat.member])


def keep_names(part: Participation, words: Words, days: int, guests_of: Member | None = None) -> date:
    """Replace the names for rides and name tags, kept until so many days after the session. Returns the last day.

    Only members who arrange the evening can open them, and `guests_of`, if they name their own guests. Raises
    Refused("guests_over") for guests of a session that has passed.
    """
    require_open(part.seat.circle)
    if guests_of and part.circle_session.is_past:
        raise Refused("guests_over")
    whose = guests_of.id if guests_of else None
    forget_names(part, sessions.SealedEnvelope.guests_of_id.is_not_distinct_from(whose))
    last = max(part.circle_session.held_on, today()) + timedelta(days=days)
    row = sessions.SealedEnvelope(id=random_id(), kind=Envelope.NAMES, expires_on=last, guests_of_id=whose)
    readers = sessions.arrangers(part.seat.circle)
    # Stored, so that the form offers the same period again and does not silently shorten it.
    words = {**words, "days": str(days)}
    _lock(row, part.circle_session, words, [*readers, guests_of] if guests_of else readers)
    return last


def forget_names(part: Participation, *of_whom: ColumnElement[bool]) -> None:
    """Erase all names of a session now, those of guests too, or only `of_whom`."""
    names = sessions.SealedEnvelope.session_id == part.circle_session.id, sessions.SealedEnvelope.kind == Envelope.NAMES
    session.execute(delete(sessions.SealedEnvelope).where(*names, *of_whom))


def group(rows: Iterable[sessions.SealedEnvelope], theme: sessions.Theme | None) -> None:
    for row in rows:
        row.theme_id = theme.id if theme else None
    session.flush()


def erase(rows: Iterable[sessions.SealedEnvelope]) -> None:
    for row in rows:
        session.delete(row)


def open_locked(row: sessions.SealedEnvelope, member_id: int, private_key: PrivateKey) -> Words | None:
    """Return the content of a sealed envelope; None if the member's key does not open it."""
    own = next((key for key in row.keys if key.member_id == member_id), None)
    return unseal_words(row, own.sealed_key, private_key) if own else None


def _lock(
    row: sessions.SealedEnvelope, circle_session: ReconciliationSession, words: Words, readers: list[Member]
) -> None:
    row.session_id = circle_session.id
    sealed = seal_words(row.about, words, [key_of(reader) for reader in readers])
    row.box = sealed.box
    for reader, key in zip(readers, sealed.keys, strict=True):
        row.keys.append(sessions.SealedEnvelopeKey(member_id=reader.id, sealed_key=key))
    added(row)


def keep_theme(part: Participation, theme: sessions.Theme, words: Words) -> sessions.Theme:
    """Store a theme, new or changed: a draft until the community approves this text. Raises NotAllowed, Refused."""
    _require(part, part.facilitates)
    if theme.state == ThemeState.SHARED:
        raise Refused("theme_shared")
    theme.session_id, theme.state = part.circle_session.id, ThemeState.DRAFTED
    theme.store(part.seat.circle, words)
    return theme


def approve_theme(part: Participation, theme: sessions.Theme, version: int) -> None:
    """Approve a theme for the community, in the version that was shown. Raises NotAllowed, Refused."""
    _require(part, part.of_community)
    if theme.version != version or theme.state != ThemeState.DRAFTED:
        raise Refused("theme_changed")
    theme.state = ThemeState.APPROVED
    session.flush()
    part.seat.record("session.theme_approved")


def share_theme(part: Participation, theme: sessions.Theme) -> None:
    """Share a theme with the other side. Raises NotAllowed, Refused("theme_unapproved")."""
    _require(part, part.facilitates)
    if theme.state != ThemeState.APPROVED:
        raise Refused("theme_unapproved")
    theme.state = ThemeState.SHARED
    session.flush()
    part.seat.record("session.theme_shared")


def delete_theme(part: Participation, theme: sessions.Theme) -> None:
    """Delete a theme; public suggestions assigned to it are kept without a theme."""
    _require(part, part.facilitates)
    session.delete(theme)


def keep_line(
    part: Participation, scope: QuoteScope, words: Bilingual, by: Bilingual, consent_on: date, expires_on: date
) -> None:
    """Store a quote with its speaker's consent. Raises NotAllowed, Refused."""
    _require(part, part.plans)
    _require_over(part.circle_session)
    if not rules.may_expire_on(expires_on, today()) or consent_on > today():
        raise Refused("line_days")
    line = sessions.Quote(session_id=part.circle_session.id, scope=scope, consent_on=consent_on, expires_on=expires_on)
    if scope is QuoteScope.PUBLIC:
        line.shown, line.shown_by = words, by
        renew_cache_version()
    line.store(part.seat.circle, {"words_en": words.en, "words_es": words.es, "by_en": by.en, "by_es": by.es})
    part.seat.record("session.line_kept")


def withdraw_line(part: Participation, line: sessions.Quote) -> None:
    """Delete a quote whose speaker withdrew consent: no other copy exists, and cached pages become invalid."""
    _require(part, part.plans)
    session.delete(line)
    session.flush()
    if line.scope == QuoteScope.PUBLIC:
        renew_cache_version()
    part.seat.record("session.line_withdrawn")


def draft_acknowledgement(
    part: Participation, values: Mapping[str, Any], draft: Acknowledgement | None = None
) -> Acknowledgement:
    """Create an acknowledgement, or change one that is not public yet. Raises NotAllowed, Refused."""
    _require(part, part.plans)
    _require_over(part.circle_session)
    if draft is None:
        draft = Acknowledgement(session_id=part.circle_session.id)
    if draft.published_on is not None:
        raise Refused("acknowledgement_public")
    for name, value in values.items():
        setattr(draft, name, value)
    return added(draft)


def publish_acknowledgement(part: Participation, draft: Acknowledgement) -> None:
    """Publish an acknowledgement permanently. Raises NotAllowed, Refused."""
    _require(part, part.plans)
    if draft.published_on is None:
        draft.slug = random_tail()
        draft.published_on = today()
        session.flush()
        renew_cache_version()
        part.seat.record("session.acknowledged")


def answer_acknowledgement(part: Participation, draft: Acknowledgement, answer: Bilingual, by: Bilingual) -> None:
    """Add the community's answer, dated today. Only members of the community may. Raises NotAllowed, NotFound."""
    _require(part, part.of_community)
    if draft.published_on is None:
        raise NotFound
    draft.answer, draft.answered_by, draft.answered_on = answer, by, today()
    session.flush()
    renew_cache_version()
    part.seat.record("session.answered")


def _require(part: Participation, may: bool) -> None:
    require_open(part.seat.circle)
    if not may:
        raise NotAllowed


def offices_of(part: Participation) -> list[Office]:
    """Return the offices for which the member may record a promise of a session that was held."""
    me = promise_actor(part.seat.member)
    is_closed = part.seat.circle.closed_on is not None
    if is_closed or not part.circle_session.is_over or me.roles.isdisjoint(KEEPERS | SPEAKERS):
        return []
    return offices_to_write_for(me)


def enter_promise(part: Participation, what: Bilingual, office_id: int, due_on: date) -> Commitment:
    """Draft a commitment with the day and occasion of the session. Raises NotAllowed, Refused."""
    circle_session = part.circle_session
    _require_over(circle_session)
    values = {"what": what, "office_id": office_id, "due_on": due_on, "made_on": circle_session.held_on}
    values["made_at"] = sessions.PATTERNS[circle_session.component]["occasion"]
    origin = sessions.origin_of(circle_session) + random_tail()
    commitment = draft_commitment(values, promise_actor(part.seat.member), origin)
    session.flush()
    return commitment


ERASED_OF_SESSIONS = (
    RetentionRule(
        "suggestions, notes and names of sessions",
        "suggestions 30 days after the session, notes at most 90 days, names 1 to 14 days after it, as was chosen",
        "with the keys that open them; themes made of them, and how many came in which role, are kept",
        sessions.SealedEnvelope,
        lambda _now: sessions.SealedEnvelope.expires_on < today(),
    ),
    RetentionRule(
        "lines word by word",
        "until the consent ends, at most a year, or at once when it is withdrawn",
        "the line, everywhere it stood",
        sessions.Quote,
        lambda _now: sessions.Quote.expires_on < today(),
    ),
    RetentionRule(
        "acknowledgements that were never said",
        "until their circle is erased",
        "the draft",
        Acknowledgement,
        lambda _now: and_(Acknowledgement.published_on.is_(None), Acknowledgement.session_id.is_(None)),
    ),
)


def sessions_ahead(seat: CircleSeat) -> Iterator[Upcoming]:
    """Yield the coming dates of sessions: each side's meeting, the session, last day of suggestions, due reports."""
    for circle_session in sessions.circle_sessions(seat.circle):
        url, what = sessions.page_of(circle_session), sessions.COMPONENTS[circle_session.component]
        days = [
            (circle_session.agencies_on, _("Police and agencies meet before: %(what)s", what=what)),
            (circle_session.held_on, _("Session: %(what)s", what=what)),
        ]
        if not sessions.part_in(seat, circle_session.id).of_agencies:
            days.append((circle_session.community_on, _("The community meets before: %(what)s", what=what)))
        if circle_session.notice is not None:
            days.append((circle_session.notice.closes_on, _("Last day for suggestions: %(what)s", what=what)))
        yield from (Upcoming(on, words, url) for on, words in days if on >= today())
        if circle_session.is_over and circle_session.reported_on is None:
            yield Upcoming(circle_session.report_on, _("Report back: %(what)s", what=what), url)


def to_facilitate(seat: CircleSeat) -> list[ReconciliationSession]:
    """Return the sessions that the member is to facilitate: before they leave they name somebody else for each."""
    if seat.circle.closed_on is not None:
        return []
    rows = sessions.circle_sessions(seat.circle)
    return [row for row in rows if row.facilitator_id == seat.member.id and row.held_on >= today()]


def listed_pages() -> Iterator[SitemapPage]:
    """Yield the public pages; notices without a day, as that of publication would tell when a session was planned."""
    yield from (SitemapPage("acknowledgements.index"), SitemapPage("listening.index"))
    for notice in sessions.open_notices():
        yield SitemapPage("listening.ask", values={"slug": notice.slug})
    for said in sessions.public_acknowledgements():
        yield SitemapPage("acknowledgements.show", said.answered_on or said.published_on, {"slug": said.slug})


REFUSALS = {
    "session_ahead": _l("This can be done from the day of the session on."),
    "rules_changed": _l("The ground rules were changed in the meantime. Please read them again."),
    "notice_days": _l("The last day for suggestions lies between today and the day of the session."),
    "guests_over": _l("This session is over, so nobody names guests for it any more."),
    "theme_changed": _l("This theme was changed in the meantime. Please read it again."),
    "theme_shared": _l("Both sides have read this theme already. Write another one beside it."),
    "theme_unapproved": _l("The community has not approved this theme."),
    "line_days": _l("A consent is given today or earlier, and ends within a year."),
    "acknowledgement_public": _l("What was said in public stays as it is."),
}
AUDITED = {
    "session.planned": _l("planned a session of a circle"),
    "session.facilitator_named": _l("named somebody to facilitate a session"),
    "session.rules_changed": _l("changed the ground rules of a session"),
    "session.opened": _l("asked the public for suggestions"),
    "session.closed": _l("stopped asking the public for suggestions"),
    "session.reported": _l("said that a session was reported back"),
    "session.theme_approved": _l("approved a theme for the community"),
    "session.theme_shared": _l("shared a theme with both sides"),
    "session.line_kept": _l("kept a line with consent"),
    "session.line_withdrawn": _l("withdrew a line"),
    "session.acknowledged": _l("published an acknowledgement"),
    "session.answered": _l("answered an acknowledgement for the community"),
}
