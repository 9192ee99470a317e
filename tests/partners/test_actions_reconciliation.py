"""Sessions: who can open what, what is approved before it is shared, what goes when it is withdrawn or over."""

from datetime import UTC, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.core import purge
from portal.core.clock import now, today, zone
from portal.core.crypto import CannotOpen, unseal
from portal.core.db import db
from portal.core.page_cache import current_cache_version
from portal.core.purge import Purge
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.partners import members
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import my_seat
from portal.partners.members import close_circle
from portal.partners.reconciliation import planning, sessions
from portal.partners.reconciliation.rules import Envelope, QuoteScope, ThemeSource
from portal.partners.reconciliation.sessions import (
    Acceptance,
    Acknowledgement,
    GroundRules,
    Quote,
    SealedEnvelope,
    Theme,
)
from tests.make import SCHEDULE, both, keys_of, make_circle, make_member, make_office, private_key_of, sit_in
from tests.partners.sessions import make_circle_session, part_of

DAY = timedelta(days=1)
SUGGESTED = {"suggestion": "Why did nobody call back?", "lang": "en"}
THEME = {"title_en": "Calls", "title_es": "Llamadas", "body_en": "B", "body_es": "B", "few_en": "", "few_es": ""}
LINE = both("I waited.", "Yo esperé."), both("A neighbor", "Una vecina")


class Table:
    """A circle with its lead, who facilitates, an elder, an organizer, and somebody of the police."""

    def __init__(self, session, days=14) -> None:
        self.lead = make_member(session, ["facilitator"])
        self.elder = make_member(session, [])
        self.organizer = make_member(session, ["organizer"])
        self.police = make_member(session, ["police_liaison"])
        self.circle = make_circle(
            session, self.lead, self.elder, self.organizer, self.police, kind="reconciliation", with_police=True
        )
        self.circle_session = make_circle_session(session, self.circle, self.lead, days=days)
        session.flush()

    def part(self, member):
        return part_of(self.circle, self.circle_session, member)

    def ask(self, days=3):
        planning.ask_public(self.part(self.lead), both("Talk", "Hablar"), both("About", "Sobre"), today() + days * DAY)
        return self.circle_session.notice


def reads(row, member):
    return planning.open_locked(row, member.id, private_key_of(member))


def rows(session, kind):
    return session.scalars(select(SealedEnvelope).where(SealedEnvelope.kind == kind.value)).all()


def test_a_suggestion_is_for_the_facilitator_alone(session) -> None:
    table = Table(session)
    planning.suggest(table.circle_session, SUGGESTED, b"n" * 32)
    (row,) = rows(session, Envelope.SUGGESTION)
    assert reads(row, table.lead) == SUGGESTED
    for other in (table.elder, table.organizer, table.police):
        assert reads(row, other) is None
    # Nor does the key of the circle, which police hold too.
    keys = keys_of(table.police)
    (copy,) = row.keys
    assert keys and copy.member_id == table.lead.id
    for key in keys.values():
        with pytest.raises(CannotOpen):
            unseal(row.about, row.box, copy.sealed_key, key)
    told = {column.name for column in SealedEnvelope.__table__.columns}
    assert told == {"id", "session_id", "kind", "box", "week_on", "expires_on", "theme_id", "guests_of_id"}
    assert (row.week_on.weekday(), row.guests_of_id) == (0, None)
    assert row.expires_on == table.circle_session.held_on + 30 * DAY
    # A new key of the circle locks no facilitator out.
    members.leave(my_seat(table.circle.id, table.elder))
    assert reads(row, table.lead) == SUGGESTED


def test_the_public_is_asked_until_the_day_at_most(session) -> None:
    table = Table(session)
    part = table.part(table.lead)
    for day in (today() - DAY, table.circle_session.held_on + DAY):
        with pytest.raises(Refused, match="notice_days"):
            planning.ask_public(part, both("Talk", "Hablar"), both("About", "Sobre"), day)
    notice = table.ask(days=2)
    assert sessions.open_notices() == [notice]
    assert sessions.open_notice(notice.slug) is notice
    with time_machine.travel(now() + 3 * DAY):
        assert sessions.open_notices() == []
        with pytest.raises(NotFound):
            sessions.open_notice(notice.slug)


def test_the_next_facilitator_gets_the_suggestions(session) -> None:
    table = Table(session)
    second = make_member(session, ["facilitator"])
    sit_in(session, table.circle, second, CircleRole.FACILITATOR)
    planning.suggest(table.circle_session, SUGGESTED, b"n" * 32)
    planning.write_note(table.part(table.lead), {"note": "Mine."}, 7)
    planning.appoint(table.part(table.lead), second, private_key_of(table.lead))
    (suggestion,), (note,) = rows(session, Envelope.SUGGESTION), rows(session, Envelope.NOTE)
    assert (reads(suggestion, second), reads(suggestion, table.lead)) == (SUGGESTED, None)
    assert (reads(note, second), reads(note, table.lead)) == (None, {"note": "Mine."})
    assert table.part(second).facilitates and not table.part(table.lead).facilitates
    # Who facilitates names somebody else before leaving.
    assert planning.to_facilitate(my_seat(table.circle.id, second)) == [table.circle_session]
    with pytest.raises(Refused, match="handover_open"):
        members.leave(my_seat(table.circle.id, second))
    planning.appoint(table.part(second), table.lead, private_key_of(second))
    assert planning.to_facilitate(my_seat(table.circle.id, second)) == []


def _purge(app, what, on):
    # Whoever has read holds SQLite's file: a purge would wait for this test.
    db.commit()
    (rule,) = [one for one in SCHEDULE if one.what == what]
    then = now().astimezone(zone()) + (on - today())
    with time_machine.travel(then.astimezone(UTC)), app.app_context():
        purge.purge(rule)


def test_each_kind_is_erased_on_its_own_day(session, app) -> None:
    table = Table(session)
    planning.suggest(table.circle_session, SUGGESTED, b"n" * 32)
    planning.write_note(table.part(table.lead), {"note": "Mine."}, 7)
    for names in ("Wanda Witness, a ride", "Wanda Witness, no ride"):
        last = planning.keep_names(table.part(table.organizer), {"names": names}, 3)
    (kept,) = rows(session, Envelope.NAMES)
    assert reads(kept, table.organizer) == {"names": "Wanda Witness, no ride", "days": "3"}
    # The lead facilitates: no list of names for whoever stands between the sides.
    assert reads(kept, table.lead) is None
    assert last == table.circle_session.held_on + 3 * DAY
    session.commit()
    what = "suggestions, notes and names of sessions"
    for kind, day in (
        (Envelope.NOTE, today() + 7 * DAY),
        (Envelope.NAMES, last),
        (Envelope.SUGGESTION, table.circle_session.held_on + 30 * DAY),
    ):
        _purge(app, what, day)
        session.expire_all()
        assert len(rows(session, kind)) == 1, kind
        _purge(app, what, day + DAY)
        session.expire_all()
        assert rows(session, kind) == [], kind
    assert sorted(session.scalars(select(Purge.count).where(Purge.what == what))) == [0, 0, 0, 1, 1, 1]


def test_a_theme_is_approved_before_it_is_read(session) -> None:
    table = Table(session)
    lead, elder, police = (table.part(one) for one in (table.lead, table.elder, table.police))
    theme = planning.keep_theme(lead, Theme(source=ThemeSource.TOLD), THEME)
    assert sessions.themes(elder) == [theme]
    assert sessions.themes(police) == []
    with pytest.raises(Refused, match="theme_unapproved"):
        planning.share_theme(lead, theme)
    for part in (lead, police):
        with pytest.raises(NotAllowed):
            planning.approve_theme(part, theme, theme.version)
    shown = theme.version
    planning.keep_theme(lead, theme, {**THEME, "title_en": "Other words"})
    with pytest.raises(Refused, match="theme_changed"):
        planning.approve_theme(elder, theme, shown)
    planning.approve_theme(elder, theme, theme.version)
    assert sessions.themes(police) == []
    with pytest.raises(NotFound):
        sessions.one_of(sessions.themes(police), theme.id)
    planning.share_theme(lead, theme)
    assert sessions.themes(police) == [theme]
    with pytest.raises(Refused, match="theme_shared"):
        planning.keep_theme(lead, theme, THEME)


def test_a_line_is_read_as_far_as_its_scope(session) -> None:
    held = Table(session, days=0)
    lead, elder, police = (held.part(one) for one in (held.lead, held.elder, held.police))
    for scope in QuoteScope:
        planning.keep_line(lead, scope, *LINE, today(), today() + DAY)
    assert len(sessions.lines(elder)) == 3
    assert {line.scope for line in sessions.lines(police)} == {QuoteScope.SIDES, QuoteScope.PUBLIC}
    (shown,) = sessions.public_lines(held.circle_session.id)
    assert shown.shown == LINE[0]
    assert {line.shown.en for line in sessions.lines(elder)} == {"", "I waited."}
    with time_machine.travel(now() + 2 * DAY):
        assert (sessions.lines(elder), sessions.public_lines(held.circle_session.id)) == ([], [])
    for consent, end in ((today() + DAY, today() + DAY), (today(), today() - DAY), (today(), today() + 366 * DAY)):
        with pytest.raises(Refused, match="line_days"):
            planning.keep_line(lead, QuoteScope.SIDES, *LINE, consent, end)
    with pytest.raises(NotAllowed):
        planning.keep_line(elder, QuoteScope.SIDES, *LINE, today(), today())
    ahead = Table(session)
    with pytest.raises(Refused, match="session_ahead"):
        planning.keep_line(ahead.part(ahead.lead), QuoteScope.SIDES, *LINE, today(), today())


def test_withdrawing_a_line_leaves_no_trace_of_it(session) -> None:
    held = Table(session, days=0)
    lead = held.part(held.lead)
    planning.keep_line(lead, QuoteScope.PUBLIC, *LINE, today(), today() + DAY)
    session.commit()
    before = current_cache_version()
    planning.withdraw_line(lead, sessions.lines(lead)[0])
    session.commit()
    assert (session.scalars(select(Quote)).all(), current_cache_version() > before) == ([], True)


def said(office, day=None):
    words = {"harm": both("Stops", "Retenes"), "words": both("We did it.", "Lo hicimos.")}
    return {"office_id": office.id, "spoken_on": day or today(), **words}


def test_an_acknowledgement_is_public_or_none(session) -> None:
    held = Table(session, days=0)
    lead, elder, office = held.part(held.lead), held.part(held.elder), make_office(session)
    found = planning.draft_acknowledgement(lead, said(office))
    assert sessions.public_acknowledgements() == []
    assert sessions.acknowledgements_of(elder) == []
    answer = both("We heard it.", "Lo oímos."), both("Neighbors", "Vecinos")
    with pytest.raises(NotFound):
        planning.answer_acknowledgement(elder, found, *answer)
    planning.publish_acknowledgement(lead, found)
    assert sessions.public_acknowledgement(found.slug) is found
    assert (found.published_on, found.answered_on) == (today(), None)
    with pytest.raises(Refused, match="acknowledgement_public"):
        planning.draft_acknowledgement(lead, said(office), found)
    for part in (lead, held.part(held.police)):
        with pytest.raises(NotAllowed):
            planning.answer_acknowledgement(part, found, *answer)
    with time_machine.travel(now() + 2 * DAY):
        planning.answer_acknowledgement(elder, found, *answer)
        assert found.answered_on == today()
    assert found.published_on == today()


def test_an_acknowledgement_outlives_its_circle(session, app) -> None:
    held = Table(session, days=0)
    lead, office = held.part(held.lead), make_office(session)
    planning.publish_acknowledgement(lead, planning.draft_acknowledgement(lead, said(office)))
    planning.draft_acknowledgement(lead, said(office))
    planning.keep_theme(lead, Theme(source=ThemeSource.TOLD), THEME)
    close_circle(my_seat(held.circle.id, held.lead))
    session.commit()
    _purge(app, "closed circles", today() + 31 * DAY)
    _purge(app, "acknowledgements that were never said", today())
    session.expire_all()
    assert not any(session.scalars(select(one)).all() for one in (sessions.ReconciliationSession, Theme, GroundRules))
    assert len(session.scalars(select(Acknowledgement)).all()) == len(sessions.public_acknowledgements()) == 1


def test_new_ground_rules_are_accepted_anew(session) -> None:
    table = Table(session)
    part = table.part(table.elder)
    shown = table.circle_session.ground_rules.id
    assert not part.has_accepted
    planning.accept_rules(part, shown)
    assert table.part(table.elder).has_accepted
    planning.restate_rules(table.part(table.lead), both("Other rules.", "Otras reglas."))
    assert table.part(table.lead).has_accepted and not table.part(table.elder).has_accepted
    with pytest.raises(Refused, match="rules_changed"):
        planning.accept_rules(table.part(table.elder), shown)
    assert (len(sessions.has_accepted(table.circle_session)), len(session.scalars(select(Acceptance)).all())) == (1, 3)


def test_nothing_is_added_to_a_closed_circle(session) -> None:
    held = Table(session, days=0)
    part = held.part(held.lead)
    close_circle(my_seat(held.circle.id, held.lead))
    for act in (
        lambda: planning.keep_theme(part, Theme(source=ThemeSource.TOLD), THEME),
        lambda: planning.keep_line(part, QuoteScope.SIDES, *LINE, today(), today()),
        lambda: planning.write_note(part, {"note": "x"}, 7),
        lambda: planning.keep_names(part, {"names": "x"}, 1),
        lambda: planning.restate_rules(part, both("x", "y")),
        lambda: planning.count_heads(part, {"residents": 1}),
    ):
        with pytest.raises(Refused, match="circle_closed"):
            act()
