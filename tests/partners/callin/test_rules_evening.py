"""The run of an evening, those who speak, how far it is, and what is owed afterwards."""

from datetime import date, time, timedelta

from portal.accounts.roles import Role
from portal.partners.callin import evening_rules as evening, rules
from portal.partners.callin.evening_rules import (
    USUAL,
    AftercareStep,
    Amiss,
    Consent,
    EveningState,
    Lack,
    RunItem,
    RunPart,
    VoicePoint,
)
from portal.partners.callin.rules import EveningSheet, Found
from portal.partners.circle_rules import CircleRole

DAY = date(2026, 5, 4)
YES = evening.give({}, Consent.SPEAK, DAY)


def test_what_is_amiss_with_a_run_is_said() -> None:
    assert (evening.total(USUAL), evening.amiss(USUAL), evening.amiss([])) == (63, [], [])
    items = [RunItem(RunPart.WELCOME, 1, 10), RunItem(RunPart.CLOSE, 2, 5), RunItem(RunPart.MEAL, 1, 30)]
    assert evening.total(items) == 15, "the meal is not counted and has its hour"
    assert evening.starts(time(18, 30), items) == [time(18, 30), time(18, 40), time(18, 45)]
    assert evening.starts(time(23, 55), items)[1] == time(0, 5)
    for minutes, wrong in ((59, [Amiss.SHORT]), (60, []), (75, []), (76, [Amiss.LONG])):
        welcome = RunItem(RunPart.WELCOME, 1, USUAL[0].minutes + min(minutes - 63, 0))
        other = RunItem(RunPart.OTHER, 1, max(minutes - 63, 0))
        assert evening.amiss([welcome, *USUAL[1:], other]) == wrong
    law_first = [USUAL[-3], *USUAL[1:6], RunItem(RunPart.VOICE, 1, 5), RunItem(RunPart.VOICE, 1, 25)]
    assert set(evening.amiss(law_first)) == {
        *(Amiss.NO_WELCOME, Amiss.NO_SERVICES, Amiss.NO_CLOSE, Amiss.LAW_BEFORE_VOICES),
        *(Amiss.MANY_VOICES, Amiss.LONG_VOICE),
    }


def test_an_item_moves_one_step() -> None:
    assert evening.moved([1, 2, 3], 2, up=True) == [2, 1, 3]
    assert evening.moved([1, 2, 3], 2, up=False) == [1, 3, 2]
    assert evening.moved([1, 2, 3], 1, up=True) == [1, 2, 3]
    assert evening.moved([1, 2, 3], 3, up=False) == [1, 2, 3]


def test_points_that_nobody_or_several_make_are_shown() -> None:
    found = evening.matrix([VoicePoint.STORY, VoicePoint.HARM, VoicePoint.HARM, None])
    assert found.uncovered == [VoicePoint.WORTH, VoicePoint.STOP, VoicePoint.HELP]
    assert found.doubled == [VoicePoint.HARM]
    # Who only was asked covers none.
    found = evening.matrix([VoicePoint.HARM], [VoicePoint.HARM, VoicePoint.STOP])
    assert VoicePoint.STOP in found.uncovered and found.asked[VoicePoint.STOP] == 1
    assert found.doubled == [VoicePoint.HARM]


def test_a_consent_has_its_day_is_taken_back() -> None:
    words = evening.give({}, Consent.NAME, DAY)
    assert evening.agreed(words, Consent.NAME).given_on == DAY
    assert not evening.speaks(words)
    words = evening.take_back(words, Consent.NAME, DAY + timedelta(days=3))
    assert evening.agreed(words, Consent.NAME) == evening.agreed(
        {"name_given": "2026-05-04", "name_taken": "2026-05-07"}, Consent.NAME
    )
    assert not evening.agreed(words, Consent.NAME).holds
    assert evening.agreed(evening.give(words, Consent.NAME, DAY + timedelta(days=4)), Consent.NAME).holds
    assert evening.take_back({}, Consent.PHOTO, DAY) == {}, "what was never given"


def test_who_speaks_is_decided_anew_each_time() -> None:
    gone = evening.take_back({**YES, "alternate": "2"}, Consent.SPEAK, DAY)
    for voices, speaker, planned in (
        ({1: YES}, 1, 1),
        ({1: {}}, None, 1),
        ({1: {"alternate": "2"}, 2: YES}, 2, 1),
        ({1: gone, 2: YES}, 2, 2),
        ({1: gone, 2: {}}, None, None),
        ({1: {"alternate": "1"}}, None, 1),
        ({1: {"alternate": "3"}}, None, 1),
    ):
        assert (evening.who_speaks(1, voices), evening.who_is_planned(1, voices)) == (speaker, planned), voices
    assert evening.who_speaks(1, {}) is None


def test_what_is_open_with_a_voice_is_said() -> None:
    assert evening.unprepared({}, [], 1) == list(evening.VoicePreparation)
    whole = {**YES, "asked_by": "x", "point": "harm", "rehearsed": "2026-05-01", "alternate": "2"}
    assert evening.unprepared({**whole, "block": "yes", "door": "no"}, [], 1) == [evening.VoicePreparation.SAFETY]
    assert evening.unprepared({**whole, "block": "yes", "door": "no", "ride": "yes"}, [], 1) == []
    assert evening.VoicePreparation.ALTERNATE not in evening.unprepared({}, [1], 1)


def test_an_evening_cannot_have_taken_place_before_its_day() -> None:
    for state in (EveningState.READY, EveningState.PREPARING):
        assert EveningState.ENDED not in evening.moves(state, held_on=DAY, today=DAY - timedelta(days=1))
        assert EveningState.ENDED in evening.moves(state, held_on=DAY, today=DAY)
    for over in (EveningState.ENDED, EveningState.OFF):
        assert not evening.moves(over, held_on=DAY, today=DAY)


def test_what_is_missing_before_it_is_ready() -> None:
    nothing = {"begins": "", "coordinator": False, "wrong": [], "items": 0, "planned": 0, "spoken": 0, "checked": 0}
    whole = {"begins": "18:30", "coordinator": True, "wrong": [], "items": 9, "planned": 5, "spoken": 5, "checked": 5}
    for facts, missing in (
        (nothing, [Lack.BEGINS, Lack.RUN, Lack.COORDINATOR, Lack.VOICES]),
        (whole, []),
        (whole | {"spoken": 4, "checked": 4}, [Lack.VOICES]),
        (whole | {"checked": 4}, [Lack.SAFETY]),
        (whole | {"wrong": [Amiss.LONG, Amiss.NO_LAW]}, [Lack.RUN, Lack.LENGTH]),
    ):
        assert evening.lacks(**facts) == missing


def test_clocks_run_from_the_end() -> None:
    found = {clock.step: clock for clock in evening.clocks(DAY, {}, DAY)}
    first, last = found[AftercareStep.FIRST], found[AftercareStep.DAY_90]
    assert (first.from_on, first.until_on) == (DAY + timedelta(days=1), DAY + timedelta(days=3))
    assert last.from_on == DAY + timedelta(days=90)
    assert {clock.state for clock in found.values()} == {"on_time"}
    for days, done, state in (
        (2, None, "on_time"),
        (3, None, "due_today"),
        (4, None, "overdue"),
        (9, 3, "met"),
        (9, 4, "late"),
    ):
        finished = {} if done is None else {AftercareStep.FIRST: DAY + timedelta(days=done)}
        assert evening.clocks(DAY, finished, DAY + timedelta(days=days))[0].state == state


def test_only_organizing_or_faith_leads_keep_the_roster() -> None:
    keepers = {Role.COMMUNITY_LEAD, Role.ORGANIZER, Role.FAITH_PARTNER}
    assert {role for role in Role if rules.keeps_roster(CircleRole.LEAD, [role])} == keepers
    assert not any(rules.keeps_roster(place, [role]) for place in CircleRole if place != "lead" for role in Role)
    assert not rules.keeps_roster(CircleRole.LEAD, [])
    # Each opens the sheets that are theirs.
    inside = [EveningSheet.SPEAKER, EveningSheet.SERVICES, EveningSheet.LAW]
    assert rules.sheets(CircleRole.LEAD, [Role.FAITH_PARTNER]) == list(EveningSheet)
    assert rules.sheets(CircleRole.LEAD, [Role.FACILITATOR]) == rules.sheets(CircleRole.MEMBER, []) == inside
    assert rules.sheets(CircleRole.MEMBER, [Role.POLICE_LIAISON]) == [EveningSheet.LAW]


# --- What is refused as the name of somebody who was called in ---

NAMES = {
    Found.FULL_NAME: (
        *("Marcus Hill", "Hill, Marcus", "Keep Dontrell Brooks apart", "Dontrell J. Brooks", "Ángel Núñez"),
        *("Yadiel de la Cruz", "Nayeli Pérez Robles", "Ximena García-Ochoa comes late", "D’Angelo O'Neill"),
        *("TREVONTE JACKSON", "Family Torres", "Familia Quiñones"),
        *("Yadiel Quiñones, 1420 Linden St", "1420 Linden St Yadiel Quiñones"),
    ),
    Found.TITLE: (
        *("Mr. Hill", "mr Hill", "Mrs. Ochoa and her sister", "Sr. Peña", "la Sra. Ochoa", "señora Quiñones"),
        *("don Chuy", "Don Cheto"),
    ),
    Found.NICKNAME: (
        *('"Smoke"', "the one they call “Lil Ray”", "«El Flaco»", "'Boo' and his brother", "le dicen flaco"),
        *("alias flaco", "goes by smoke", "apodado el güero"),
    ),
    Found.FIRST_NAME: ("marcus and his brother", "el hermano de javier"),
    Found.NUMBER: ("call 555 010 2234",),
}
NEUTRAL = (
    "",
    "Group A and group B",
    "Group A\nGroup B\nGroup C",
    "Familia Uno, familia dos",
    "8 people, 2 with children",
    "Two brothers of group A come by the North Door",
    "Grupo B entra por la Puerta Norte",
    "Person 3 uses a wheelchair",
    "3 personas hablan español",
    "Person One and Person Two must not meet",
    "don't seat group A by the door",
    "the family that needs an interpreter",
)


def test_a_name_is_refused() -> None:
    for why, texts in NAMES.items():
        assert {text: rules.obvious_name(text) for text in texts} == dict.fromkeys(texts, why)
        assert {text: rules.not_neutral(text) for text in texts} == dict.fromkeys(texts, why)


def test_counts_and_neutral_labels_may_be_written() -> None:
    assert [text for text in NEUTRAL if rules.obvious_name(text) or rules.not_neutral(text)] == []
    for text in ("1420 Linden St", "1420 N Linden Street", "1420 Martin Luther King Jr. Blvd", "Calle Linden 1420"):
        assert rules.obvious_name(f"Ride from {text}") is None
    # In a label one own word is enough.
    for text in ("Yadiel", "the brother of Yadiel", "grupo A: Nayeli"):
        assert (rules.obvious_name(text), rules.not_neutral(text)) == (None, Found.FIRST_NAME)


def test_where_people_meet_may_bear_a_name_but_nobodys() -> None:
    for text in (
        *("Hall", "library, side door", "Rosa Parks Community Center", "Dr. Martin Luther King Jr. Center"),
        *("St. Mary's parish hall", "Fellowship Hall of Grace Baptist Church", "1420 Linden St", "Calle Linden 1420"),
        *("Biblioteca de Alder Falls", "Iglesia Bautista El Buen Pastor", "Salón comunitario San Juan"),
        "Casa de la Cultura",
    ):
        assert rules.named_there(text) is None, text
    for text, why in (
        ('Casa de Jorge "Flaco" Pérez', Found.NICKNAME),
        ("Casa de Jorge Pérez", Found.FULL_NAME),
        ("Yadiel Quiñones, 12 Oak Street", Found.FULL_NAME),
        ("Iglesia Bautista, preguntar por Yadiel Quiñones", Found.FULL_NAME),
        ("Mrs. Jones's house", Found.TITLE),
        ("marcus, his house", Found.FIRST_NAME),
        ("hall, 555-123-4567", Found.NUMBER),
    ):
        assert rules.named_there(text) is why, text


# --- What in the words of a voice is looked at once more: names, numbers and threats ---


def test_a_threat_is_seen_in_what_is_said() -> None:
    for text in (
        *("We will find you.", "I'm gonna kill him", "We know where you live", "You will pay for this"),
        *("Stop, or else!", "This is your last warning", "Los vamos a agarrar a todos", "Van a pagarla"),
        *("Te vas a arrepentir", "Sabemos dónde vives", "Es el último aviso"),
    ):
        assert (rules.delicate(text, ""), rules.delicate("", text)) == (("threat",), ()), text
    for text in (
        "I lost my son on this street. You are worth something to us. It has to stop.",
        "We will find you a job. We are going to help you. This will kill you one day.",
        "I paid for it with ten years.",
        "Mi hijo murió en esta calle. Queremos que se quede con nosotros. Los vamos a ayudar.",
        "Vamos a buscarle trabajo. Te vamos a encontrar trabajo.",
        "A mí también me costó diez años.",
    ):
        assert rules.delicate(text, text) == (), text
    # Everything in it is said once.
    said = "Te vamos a encontrar. Jorge Pérez mató a mi primo. 919-555-0101"
    assert set(rules.delicate(said, "")) == {"phone", "name", "threat"}
