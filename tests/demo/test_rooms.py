"""Whoever signs in as one of the demonstration's people finds something in their rooms, and nothing of the others'."""

from collections import Counter

from sqlalchemy import select

from demo.texts import read
from portal.accounts.roles import RECEIVES
from portal.accounts.sign_in import check_password
from portal.accounts.users import desk_private_keys, open_desks
from portal.core.pii import personal_details
from portal.markets.gate_rules import STEPS, EvidenceState
from portal.markets.places import evidence, public_markets
from portal.reports.complaints import complaints, freeze_months
from portal.reports.reports import Thread, opened_by_receiver, received
from portal.reports.triage import Category


def unlocked(name, handover):
    return check_password(f"{name}@alderfalls.example", handover.password)


def passed_on_to(name, handover):
    """What somebody reads of what was passed on: to whom, the words, how the clock stands, whether they answered."""
    me = unlocked(name, handover)
    keys = desk_private_keys(me.member_id, me.private_key)
    rows, _more = received(me.member_id, open_desks(me.member_id, keys, RECEIVES), 1)
    shared = [opened_by_receiver(row, keys) for row in rows]
    return [
        (one.row.passed_to, one.words, one.running[1] if one.running else "", one.finding is not None) for one in shared
    ]


def test_reports_were_passed_on_read_answered_and_forgotten(work, handover):
    for name, to, clocks in (
        ("marta", "team", ["", "overdue"]),
        ("ruth", "team", ["", "overdue"]),
        ("karen", "police", ["on_time"]),
        ("joel", "outreach", ["", "overdue"]),
        ("lena", "property", ["", "on_time", "overdue"]),
    ):
        with work():
            found = passed_on_to(name, handover)
            assert {one[0] for one in found} == {to}, name
            assert all(words for _to, words, _clock, _answered in found)
            assert sorted(clock for _to, _words, clock, _answered in found) == clocks
            assert all(answered is not bool(clock) for _to, _words, clock, answered in found)


def test_what_the_police_read_is_masked_and_names_nobody(work, handover):
    with work():
        (words,) = [one[1] for one in passed_on_to("karen", handover)]
    assert "[left out]" in words
    written = [one for one in read("reports")["reports"] if any("readable" in step for step in one.get("steps", ()))]
    assert any(personal_details(one["what"]) for one in written)
    assert [personal_details(step["readable"]) for one in written for step in one["steps"] if "readable" in step] == [
        ()
    ] * 10


def test_complaints_are_at_oversight_and_counted(app, work, handover):
    with work() as session:
        states = Counter(session.scalars(select(Thread.state).where(Thread.category == Category.CONDUCT)))
        assert states == {"new": 1, "read": 1, "closed": 2}
        told = complaints()
        assert told is not None
        assert told.low == 20
    with app.app_context():
        freeze_months()
    with work():
        assert complaints() == told


def test_every_public_place_shows_what_its_steps_were(work, handover):
    with work():
        for market in public_markets():
            known = evidence(market.id)
            states = [known[item].state if item in known else EvidenceState.OPEN for item in STEPS]
            assert states[:7] == [EvidenceState.DONE] * 7, market.slug
            assert EvidenceState.OPEN not in states, market.slug
