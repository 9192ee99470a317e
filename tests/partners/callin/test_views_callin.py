"""The pages of call-ins: planning, moving, consents, offers, clocks, and what is refused."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import retention
from portal.accounts.roles import Role
from portal.core.clock import now, today
from portal.core.statuses import NotAllowed, Refused
from portal.markets.places import exposed_places
from portal.partners.callin import call_ins
from portal.partners.callin.call_ins import CallInCard, CallInItem, CallInOffer, CallInPlan, CallInStep, lines, steps
from portal.partners.callin.evening_rules import (
    AftercareStep,
    Consent,
    EveningState,
    Lack,
    RunItem,
    RunPart,
    VoicePoint,
    merged,
    written,
)
from portal.partners.callin.rules import EveningSheet
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, my_seat
from portal.partners.members import close_circle
from tests.conftest import Work
from tests.make import let_in, make_circle, make_market, make_meeting, make_member, sign_in, sit_in
from tests.page import Form, Reader, send
from tests.partners.callin.evenings import add_voice, let_speak, opened, plan

NAMES = ("Vera Voice", "Sara Spare", "Cora Coordinator", "Hall", "desk 4", "Ruth", "Work, with a coach", "City")


class City(dict[str, Any]):
    """A circle of a lead and an elder, with a call-in today whose first voice is Vera, and Sara steps in."""

    def __init__(self, session: Session) -> None:
        lead = make_member(session, [Role.COMMUNITY_LEAD], name="Ruth Lead")
        elder = make_member(session, [], name="Ezra Elder")
        circle = make_circle(session, lead, elder)
        call_in = plan(circle, lead)
        spare = add_voice(circle, lead, call_in, Consent.SPEAK, Consent.NAME, name="Sara Spare")
        voice = add_voice(circle, lead, call_in, Consent.SPEAK, Consent.NAME, Consent.PHOTO, alternate=str(spare.id))
        let_speak(circle, lead, call_in, voice)
        first = lines(CallInItem, call_in)[0]
        super().__init__(lead=lead, elder=elder, circle=circle.id, call_in=call_in.id, voice=voice.id)
        self.update(spare=spare.id, item=first.id, today=today())


def url(city, rest: str = "", lang: str = "en") -> str:
    return f"/{lang}/circles/{city['circle']}/call-ins/{city['call_in']}/{rest}"


def test_every_page_is_what_a_page_must_be(page: Reader, city) -> None:
    sign_in(page.client, city["lead"])
    page(f"/es/circles/{city['circle']}/call-ins/")
    page(f"/es/circles/{city['circle']}/call-ins/new")
    for rest in (
        *("", "edit", "run/", "run/new", f"run/{city['item']}/", "voices/", "voices/new", f"voices/{city['voice']}/"),
        *(f"voices/{city['voice']}/edit", "help/", "help/new", "door", "tonight/"),
        *(f"tonight/{sheet}" for sheet in EveningSheet),
    ):
        page(url(city, rest, "es"), quotes=NAMES)
    assert "Call-in" in page(f"/en/circles/{city['circle']}/").text


def test_a_call_in_is_planned(page: Reader, city, work: Work) -> None:
    client = page.client
    sign_in(client, city["lead"])
    new = f"/en/circles/{city['circle']}/call-ins/new"
    when = (city["today"] + timedelta(days=9)).isoformat()
    assert send(client, new, held_on="", begins="").status_code == 422
    made = send(client, new, held_on=when, begins="18:00", where="", people="", coordinator="", reach="", market="")
    run = f"{made.location}run/"
    assert (made.status_code, send(client, f"{run}usual").status_code) == (302, 302)
    shown = page(run)
    assert "63 minutes without the meal" in shown.text and "6:08" in shown.text
    assert send(client, f"{run}usual").status_code == 409
    first, second, *_rest = shown.form("/run/save").values.getlist("item")
    moved = shown.form("/run/save").send(press=f"up-{second}")
    assert moved.location.endswith(f"#item-{second}")
    assert page(run).text.index("Community voice 1") < page(run).text.index("Welcome and ground rules")
    page(f"{run}{first}/").form_with("minutes").submit(minutes="25")
    assert "longer than 75 minutes" in page(run).text
    assert send(client, f"{run}{first}/drop", sure="y").status_code == 302
    assert "There is no welcome" in page(run).text


def test_the_night_before_a_word_is_taken_back(page: Reader, city) -> None:
    client = page.client
    sign_in(client, city["lead"])
    assert "Vera Voice" in page(url(city, "tonight/host")).text
    assert send(client, url(city, f"voices/{city['voice']}/consent/speak/no")).status_code == 302
    host = page(url(city, "tonight/host")).text
    assert "Vera Voice" not in host and "Sara Spare" in host
    assert "Somebody stepped in." in page(url(city, "tonight/")).text
    assert "Sara Spare in place of Vera Voice, who does not speak" in page(url(city, "run/")).text
    assert "taken back on" in page(url(city, f"voices/{city['voice']}/")).text
    send(client, url(city, f"voices/{city['spare']}/consent/speak/no"))
    assert "Sara Spare" not in page(url(city, "tonight/host")).text
    assert "Nobody: go on to the next." in page(url(city, "tonight/")).text


def test_the_name_of_somebody_called_in_is_not_kept(page: Reader, city) -> None:
    sign_in(page.client, city["lead"])
    form = page(url(city, "door")).form_with("labels")
    for field, text in (("labels", "Marcus Hill"), ("apart", "Yadiel"), ("chairs", "Ángel Núñez comes later")):
        refused = form.submit(422, **{field: text})
        assert "group A" in refused.text
        assert text not in page(url(city, "tonight/door")).text
    form.submit(labels="group A, 3 people", apart="")
    assert "group A, 3 people" in page(url(city, "tonight/door")).text


def test_whoever_was_slower_sees_every_difference(page: Reader, city, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Hawthorn Street", released=False)
        session.get_one(CallInPlan, city["call_in"]).market_id = market.id
        hidden = str(market.id)
    client = page.client
    sign_in(client, city["lead"])
    values = {"held_on": city["today"].isoformat(), "begins": "03:07", "where": "Elsewhere", "version": "0"}
    answer = send(client, url(city, "edit"), **values)
    assert answer.status_code == 409
    differences = answer.text.split('<dl class="facts">')[1].split("</dl>")[0]
    assert 'href="#begins"' in differences and 'href="#where"' in differences
    assert 'href="#market"' not in differences
    assert hidden not in answer.text and "Hawthorn" not in answer.text


def test_nobody_reads_ready_after_a_yes_was_taken_back(page: Reader, city, work: Work) -> None:
    with work() as session:
        call_in, circle = session.get_one(CallInPlan, city["call_in"]), session.get_one(Circle, city["circle"])
        more = [add_voice(circle, city["lead"], call_in, Consent.SPEAK, name=f"Voice {one}") for one in range(5)]
        let_speak(circle, city["lead"], call_in, *more)
        call_in.state = EveningState.READY
        circle.with_police, police = True, make_member(session, [Role.POLICE_LIAISON])
        sit_in(session, circle, police, CircleRole.MEMBER)

    pages = (url(city, lang="es"), f"/es/circles/{city['circle']}/call-ins/")

    def warned() -> list[bool]:
        texts: list[str] = []
        for person in (city["lead"], city["elder"], police):
            sign_in(page.client, person)
            texts += [page(address, quotes=NAMES).text for address in pages]
        return ["Estaba lista, pero ahora falta algo" in text for text in texts]

    assert not any(warned())
    sign_in(page.client, city["lead"])
    send(page.client, url(city, f"voices/{more[0].id}/consent/speak/no", "es"))
    assert all(warned())


def test_names_and_threats_need_a_second_press(page: Reader, city, work: Work) -> None:
    sign_in(page.client, city["lead"])
    notes = "Te vamos a encontrar. Jorge Pérez mató a mi primo. 919-555-0101"
    asked = page(url(city, "voices/new", "es")).form("/new").submit(422, quotes=(notes,), name="Vera", notes=notes)
    assert all(words in asked.text for words in ("teléfono", "nombre", "amenaza"))
    again = asked.form("/new")
    assert again.values["notes"] == notes
    assert notes in again.submit(quotes=(notes,), sure="y").text
    # No name of somebody young is kept, and of others none is missing.
    for who, name, status, said in (("youth", "Yara", 422, "under 18"), ("youth", "", 302, ""), ("elder", "", 422, "")):
        answer = send(page.client, url(city, "voices/new"), alternate="", who=who, name=name)
        assert answer.status_code == status and said in answer.text, (who, name)
    with work() as session:
        assert len(session.scalars(select(CallInCard)).all()) == 4


def test_the_place_is_shown_to_whoever_is_admitted(page: Reader, city, work: Work) -> None:
    client = page.client
    with work() as session:
        market = make_market(session, "Hawthorn Street", released=False)
        other = make_market(session, "Willow Street", released=False)
        let_in(session, market, city["lead"])
        session.get_one(CallInPlan, city["call_in"]).market_id = market.id
    sign_in(client, city["lead"])
    assert "Hawthorn Street" in page(url(city), quotes=(*NAMES, "Hawthorn")).text
    form = page(url(city, "edit"), quotes=("Hawthorn",)).response.text
    assert "Hawthorn" in form and "Willow" not in form
    version = re.search(r'name="version"[^>]*value="(\d+)"', form)[1]
    values = {"held_on": city["today"].isoformat(), "version": version, "market": str(other.id)}
    assert send(client, url(city, "edit"), **values).status_code == 422
    sign_in(client, city["elder"])
    assert "Hawthorn" not in client.get(url(city)).text
    assert "Hawthorn" not in client.get(f"/en/circles/{city['circle']}/").text


def test_the_stage_has_no_name_and_no_token(page: Reader, city) -> None:
    sign_in(page.client, city["lead"])
    shown = page.client.get(url(city, "tonight/")).text
    assert "csrf" not in shown
    assert not [name for name in ("Vera", "Sara", "Ruth", "Hall", "Elm", "Cora", "Elder") if name in shown]
    assert "Community voice 1: The harm it does" in re.sub(r"\s+", " ", shown)
    worker = page.client.get(url(city, "tonight/worker.js"))
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Content-Security-Policy"]


# --- What is stored of a call-in ---


def test_ready_needs_somebody_for_every_voice_and_nobody_twice(session, circle, lead) -> None:
    call_in = plan(circle, lead)
    voices = [add_voice(circle, lead, call_in, Consent.SPEAK, name=f"Voice {one}") for one in range(4)]
    unsafe = add_voice(circle, lead, call_in, Consent.SPEAK, ride="")
    for fifth, missing in ((voices[0], Lack.VOICES), (unsafe, Lack.SAFETY)):
        let_speak(circle, lead, call_in, *voices, fifth)
        assert opened(circle, lead, call_in).lacks == [missing]


def test_the_matrix_follows_who_steps_in(session, circle, lead) -> None:
    call_in, seat = plan(circle, lead), my_seat(circle.id, lead)
    add_voice(circle, lead, call_in, name="Asked", point="help")
    found = opened(circle, lead, call_in).matrix
    assert (found.counts[VoicePoint.HELP], found.asked[VoicePoint.HELP]) == (0, 1)
    assert VoicePoint.HELP in found.uncovered
    spare = add_voice(circle, lead, call_in, Consent.SPEAK, name="Spare", point="stop")
    voices = [
        add_voice(circle, lead, call_in, Consent.SPEAK, point="harm", alternate=str(spare.id)) for _each in range(2)
    ]
    let_speak(circle, lead, call_in, *voices)
    before = opened(circle, lead, call_in)
    assert (before.matrix.counts[VoicePoint.STOP], before.matrix.counts[VoicePoint.HARM]) == (0, 2)
    for voice in voices:
        call_ins.take_consent(seat, voice, before.cards[voice.id].words, Consent.SPEAK, given=False)
    evening = opened(circle, lead, call_in)
    assert (evening.matrix.doubled, evening.matrix.counts[VoicePoint.HARM]) == ([VoicePoint.STOP], 0)
    line = evening.lines[1]
    assert (line.voice.name, line.planned.name, line.by_spare) == ("Spare", "Vera Voice", True)
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
        lambda: call_ins.keep_line(seat, call_in, card, {}),
        lambda: call_ins.drop_line(seat, call_in, card),
        lambda: call_ins.take_consent(seat, card, {}, Consent.SPEAK, given=True),
        lambda: call_ins.change_door(seat, call_in, {}),
        lambda: call_ins.move_on(seat, call_in, EveningState.READY),
        lambda: call_ins.fill_run(seat, plan(circle, lead, run=False)),
    ):
        with pytest.raises(NotAllowed):
            tried()


def test_what_is_over_is_not_planned_any_more(session, circle, lead) -> None:
    call_in, seat = plan(circle, lead), my_seat(circle.id, lead)
    card = add_voice(circle, lead, call_in, Consent.CONTACT)
    call_ins.move_on(seat, call_in, EveningState.OFF)
    with pytest.raises(Refused, match="call_in_over"):
        call_ins.keep_line(seat, call_in, card, {})
    with pytest.raises(Refused, match="call_in_state"):
        call_ins.move_on(seat, call_in, EveningState.READY)
    words = opened(circle, lead, call_in).cards[card.id].words
    call_ins.take_consent(seat, card, words, Consent.CONTACT, given=False)
    close_circle(seat)
    with pytest.raises(Refused, match="circle_closed"):
        call_ins.keep_line(seat, call_in, CallInOffer(), {})


def test_clocks_run_from_the_end_and_follow_the_lead(app, session, circle, lead, elder) -> None:
    call_in, seat = plan(circle, lead), my_seat(circle.id, lead)
    with app.test_request_context("/en/"):
        assert [item.on for item in call_ins.coming(seat)] == [today()]
    call_in.state, call_in.ended_on = EveningState.ENDED, today() - timedelta(days=5)
    call_ins.finish_step(my_seat(circle.id, elder), call_in, AftercareStep.FIRST, {"reached": "4"})
    call_ins.finish_step(seat, call_in, AftercareStep.FIRST, {"reached": "9"})
    assert list(steps(call_in)) == [AftercareStep.FIRST]
    assert {clock.step: clock.state for clock in call_ins.clocks_of(call_in)}[AftercareStep.FIRST] == "late"
    with app.test_request_context("/en/"):
        assert len(list(call_ins.coming(seat))) == 4
    call_ins.reopen_step(seat, call_in, AftercareStep.FIRST)
    assert steps(call_in) == {}


def test_voices_go_after_thirty_days_and_the_rest_later(app, work) -> None:
    made = {}
    with work() as session:
        lead = make_member(session, [Role.ORGANIZER])
        circle = make_circle(session, lead)
        for days in (29, 30, 179, 180):
            call_in = plan(circle, lead)
            card = add_voice(circle, lead, call_in, Consent.SPEAK)
            call_in.held_on, call_in.state, call_in.ended_on = (
                today() - timedelta(days=days),
                EveningState.ENDED,
                today(),
            )
            call_ins.finish_step(my_seat(circle.id, lead), call_in, AftercareStep.THANKS, {"reached": ""})
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
    for state, day in ((EveningState.OFF, 9), (EveningState.PREPARING, 60), (EveningState.PREPARING, -2)):
        call_in.state, call_in.held_on = state, today() + timedelta(days=day)
        assert exposed_places(lead.id) == []
    call_in.held_on = today() + timedelta(days=9)
    make_meeting(session, market_id=public.id, starts_at=now() + timedelta(days=8))
    assert exposed_places(lead.id) == []


# --- The run of an evening: its order, rooms and minutes in one form, and two people who change it at once ---


def stored(work: Work, city) -> list[tuple[int, int, int]]:
    """The run as it is kept."""
    with work() as session:
        rows = lines(CallInItem, session.get_one(CallInPlan, city["call_in"]))
        return [(row.id, row.room, row.minutes) for row in rows]


def run_of(page: Reader, city, lang: str = "en") -> Form:
    """The form of the run, as whoever leads sees it."""
    sign_in(page.client, city["lead"])
    return page(url(city, "run/", lang), quotes=NAMES).form("/run/save")


def test_an_order_is_kept_with_what_is_still_there() -> None:
    for order, there, kept in (
        ([3, 1, 2], [1, 2, 3], [3, 1, 2]),
        ([3, 9, 1, 3], [1, 3], [3, 1]),
        ([3, 1, 2], [1, 2, 7, 3], [3, 1, 2, 7]),
        ([2, 1], [7, 1, 8, 2], [7, 2, 1, 8]),
        ([], [1, 2], [1, 2]),
    ):
        assert merged(order, there) == kept
    assert written([RunItem(RunPart.WELCOME, 1, 8, 4), RunItem(RunPart.CLOSE, 2, 3, 5)]) == "4.1.8-5.2.3"


def test_order_rooms_and_minutes_are_saved_in_one_request(page: Reader, city, work: Work) -> None:
    before = stored(work, city)
    ids = [place[0] for place in before]
    order = [ids[-1], *ids[:-1]]
    saved = run_of(page, city).submit(item=order, **{f"minutes_{ids[0]}": "25", f"room_{ids[1]}": "2"})
    after = stored(work, city)
    assert [place[0] for place in after] == order
    assert after[1:3] == [(ids[0], 1, 25), (ids[1], 2, 3)]
    assert after[3:] == before[2:-1]
    assert "80 minutes without the meal" in saved.text and "longer than 75 minutes" in saved.text


def test_minutes_that_cannot_be_are_told(page: Reader, city, work: Work) -> None:
    before = stored(work, city)
    ids = [place[0] for place in before]
    form = run_of(page, city, "es")
    for wrong in ("", "0", "121", "three", "9" * 40):
        found = form.submit(422, item=ids[::-1], quotes=NAMES, **{f"minutes_{ids[3]}": wrong}).form("/run/save")
        assert found.values.getlist("item") == [str(one) for one in ids[::-1]]
        assert found.values[f"minutes_{ids[3]}"] == wrong
    assert stored(work, city) == before
    found.submit(quotes=NAMES, **{f"minutes_{ids[3]}": "2"})
    assert [place[0] for place in stored(work, city)] == ids[::-1]


def test_whoever_is_slower_sees_both_runs_and_decides(page: Reader, city, work: Work) -> None:
    ids = [place[0] for place in stored(work, city)]
    mine, theirs = run_of(page, city, "es"), run_of(page, city)
    theirs.submit(item=[ids[1], ids[0], *ids[2:]], **{f"minutes_{ids[7]}": "21"})
    saved, order = stored(work, city), [*ids[:8], ids[9], ids[8]]
    found = mine.submit(409, item=order, quotes=NAMES, **{f"minutes_{ids[0]}": "5"})
    assert stored(work, city) == saved
    assert "21 minutos" in " ".join(found.find("[role=alert]").itertext())
    again = found.form("/run/save")
    assert again.values.getlist("item") == [str(one) for one in order]
    assert again.values[f"minutes_{ids[0]}"] == "5"
    again.submit(quotes=NAMES)
    assert [place[0] for place in stored(work, city)] == order


def test_what_is_off_has_no_form_of_its_run(page: Reader, city, work: Work) -> None:
    form = run_of(page, city)
    with work() as session:
        session.get_one(CallInPlan, city["call_in"]).state = EveningState.OFF
    assert form.send().status_code == 409
    assert not page(url(city, "run/")).has("input[name=item]")
