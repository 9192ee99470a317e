"""What is stored of a call-in on both databases: order, consents, clocks, what is erased when, what others are told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import retention
from portal.accounts.roles import Role
from portal.core.clock import now, today
from portal.core.statuses import NotAllowed, Refused
from portal.markets.places import exposed_places
from portal.partners.callin import call_in as actions
from portal.partners.callin import call_in as coming
from portal.partners.callin.call_in import CallInCard, CallInItem, CallInOffer, CallInPlan, CallInStep, lines, steps
from portal.partners.callin.evening_rules import AftercareStep, Consent, EveningState, Lack, VoicePoint
from portal.partners.circles import my_seat
from portal.partners.members import close_circle
from tests.make import let_in, make_circle, make_market, make_meeting, make_member
from tests.partners.callin.evenings import add_voice, let_speak, opened, plan


def test_ready_needs_somebody_for_every_voice_and_nobody_twice(session, circle, lead) -> None:
    call_in = plan(circle, lead)
    voices = [add_voice(circle, lead, call_in, Consent.SPEAK, name=f"Voice {one}") for one in range(4)]
    let_speak(circle, lead, call_in, *voices, voices[0])
    assert opened(circle, lead, call_in).lacks == [Lack.VOICES]
    fifth = add_voice(circle, lead, call_in, Consent.SPEAK, ride="")
    let_speak(circle, lead, call_in, *voices, fifth)
    assert opened(circle, lead, call_in).lacks == [Lack.SAFETY]


def test_the_matrix_follows_who_steps_in(session, circle, lead) -> None:
    call_in, seat = plan(circle, lead), my_seat(circle.id, lead)
    spare = add_voice(circle, lead, call_in, Consent.SPEAK, name="Spare", point="stop")
    voice = add_voice(circle, lead, call_in, Consent.SPEAK, point="harm", alternate=str(spare.id))
    let_speak(circle, lead, call_in, voice)
    assert opened(circle, lead, call_in).matrix.counts[VoicePoint.STOP] == 0
    words = opened(circle, lead, call_in).cards[voice.id].words
    actions.take_consent(seat, voice, words, Consent.SPEAK, given=False)
    evening = opened(circle, lead, call_in)
    assert evening.matrix.counts[VoicePoint.STOP] == 1
    assert evening.matrix.counts[VoicePoint.HARM] == 0
    line = evening.lines[1]
    assert (line.voice.name, line.planned.name, line.by_spare) == ("Spare", "Vera Voice", True)


def test_a_point_is_covered_by_who_said_yes(session, circle, lead) -> None:
    call_in, seat = plan(circle, lead), my_seat(circle.id, lead)
    add_voice(circle, lead, call_in, name="Asked", point="help")
    found = opened(circle, lead, call_in).matrix
    assert (found.counts[VoicePoint.HELP], found.asked[VoicePoint.HELP]) == (0, 1)
    assert VoicePoint.HELP in found.uncovered
    spare = add_voice(circle, lead, call_in, Consent.SPEAK, name="Spare", point="stop")
    voices = [add_voice(circle, lead, call_in, Consent.SPEAK, alternate=str(spare.id)) for _each in range(2)]
    for voice in voices:
        words = opened(circle, lead, call_in).cards[voice.id].words
        actions.take_consent(seat, voice, words, Consent.SPEAK, given=False)
    evening = opened(circle, lead, call_in)
    assert evening.matrix.doubled == [VoicePoint.STOP]
    assert [voice.name for voice in evening.turns].count("Spare") == 2
    assert [voice.name for voice in evening.speaking].count("Spare") == 1


def test_a_member_gets_no_voice(session, circle, lead, elder) -> None:
    call_in = plan(circle, lead)
    let_speak(circle, lead, call_in, add_voice(circle, lead, call_in, Consent.SPEAK, Consent.NAME))
    evening = opened(circle, elder, call_in)
    assert evening.voices == evening.speaking == evening.turns == []
    assert {(line.voice, line.planned) for line in evening.lines} == {(None, None)}
    assert set(evening.words) == {"begins", "where", "people", "coordinator", "reach"}
    seat = my_seat(circle.id, elder)
    card = lines(CallInCard, call_in)[0]
    for tried in (
        lambda: actions.change_line(seat, call_in, card, {}),
        lambda: actions.drop_line(seat, call_in, card),
        lambda: actions.take_consent(seat, card, {}, Consent.SPEAK, given=True),
        lambda: actions.change_door(seat, call_in, {}),
        lambda: actions.move_on(seat, call_in, EveningState.READY),
        lambda: actions.fill_run(seat, plan(circle, lead, run=False)),
    ):
        with pytest.raises(NotAllowed):
            tried()


def test_what_is_over_is_not_planned_any_more(session, circle, lead) -> None:
    call_in, seat = plan(circle, lead), my_seat(circle.id, lead)
    card = add_voice(circle, lead, call_in, Consent.CONTACT)
    actions.move_on(seat, call_in, EveningState.OFF)
    with pytest.raises(Refused, match="call_in_over"):
        actions.change_line(seat, call_in, card, {})
    with pytest.raises(Refused, match="call_in_state"):
        actions.move_on(seat, call_in, EveningState.READY)
    words = opened(circle, lead, call_in).cards[card.id].words
    actions.take_consent(seat, card, words, Consent.CONTACT, given=False)
    close_circle(seat)
    with pytest.raises(Refused, match="circle_closed"):
        actions.add_line(seat, call_in, CallInOffer(), {})


def test_clocks_run_from_the_end_and_follow_the_lead(app, session, circle, lead, elder) -> None:
    call_in, seat = plan(circle, lead), my_seat(circle.id, lead)
    with app.test_request_context("/en/"):
        assert [item.on for item in coming.coming(seat)] == [today()]
    call_in.state, call_in.ended_on = "ended", today() - timedelta(days=5)
    actions.finish_step(my_seat(circle.id, elder), call_in, AftercareStep.FIRST, {"reached": "4"})
    actions.finish_step(seat, call_in, AftercareStep.FIRST, {"reached": "9"})
    assert list(steps(call_in)) == [AftercareStep.FIRST]
    assert {clock.step: clock.state for clock in coming.clocks_of(call_in)}[AftercareStep.FIRST] == "late"
    with app.test_request_context("/en/"):
        assert len(coming.coming(seat)) == 4
        assert [item.must for item in coming.left_open(seat)] == [False] * 4
        assert coming.left_open(my_seat(circle.id, elder)) == []
    actions.reopen_step(seat, call_in, AftercareStep.FIRST)
    assert steps(call_in) == {}


def test_voices_go_after_thirty_days_and_the_rest_later(app, work) -> None:
    made = {}
    with work() as session:
        lead = make_member(session, [Role.ORGANIZER])
        circle = make_circle(session, lead)
        for days in (29, 30, 179, 180):
            call_in = plan(circle, lead)
            card = add_voice(circle, lead, call_in, Consent.SPEAK)
            call_in.held_on, call_in.state, call_in.ended_on = today() - timedelta(days=days), "ended", today()
            actions.finish_step(my_seat(circle.id, lead), call_in, AftercareStep.THANKS, {"reached": ""})
            made[days] = call_in.id, card.id
    with app.app_context():
        retention.run()
    with work() as session:
        kept = {days: (session.get(CallInPlan, one), session.get(CallInCard, two)) for days, (one, two) in made.items()}
        assert [days for days, (call_in, _card) in kept.items() if call_in] == [29, 30, 179]
        assert [days for days, (_call_in, card) in kept.items() if card] == [29]
        left = {kept_id for kind in (CallInItem, CallInStep) for kept_id in session.scalars(select(kind.call_in_id))}
        assert left == {made[days][0] for days in (29, 30, 179)}


def test_a_call_in_alone_exposes_a_hidden_place(session, circle, lead) -> None:
    market, public = make_market(session, "Hawthorn Street", released=False), make_market(session, "Mill Street")
    let_in(session, market, lead)
    call_in = plan(circle, lead, today() + timedelta(days=9))
    assert exposed_places(lead.id) == []
    call_in.market_id = market.id
    assert exposed_places(lead.id) == [market]
    for state, day in (("off", 9), ("preparing", 60), ("preparing", -2)):
        call_in.state, call_in.held_on = state, today() + timedelta(days=day)
        assert exposed_places(lead.id) == []
    call_in.held_on = today() + timedelta(days=9)
    make_meeting(session, market_id=public.id, starts_at=now() + timedelta(days=8))
    assert exposed_places(lead.id) == []
